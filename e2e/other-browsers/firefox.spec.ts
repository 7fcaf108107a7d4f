/** @file The page in stock Firefox: the whole way of a newcomer, and a browser that lets the page store nothing. */
import { expect, test } from '@playwright/test';
import { serveSite } from '../site.ts';
import { findFirefox, openFirefox } from './firefox.ts';
import {
  exportAndImport,
  goOffline,
  openScreens,
  readArabic,
  stopAndResume,
  teachAndUnlearn,
} from './journey.ts';
import { counts, idle, runBy, textOf } from './visitor.ts';

// A whole life in one browser: most of it is waiting where two cores are busy.
test.setTimeout(600_000);
test.skip(findFirefox() === undefined, 'Firefox is not installed: apt-get install firefox-esr');

test('Firefox: taught, unlearned, stopped, resumed, exported, imported, read in Arabic, offline', async ({
  baseURL,
}) => {
  const visitor = await openFirefox();
  const site = await serveSite();
  try {
    await test.step('teach and unlearn', () => teachAndUnlearn(visitor, String(baseURL)));
    await test.step('Arabic', () => readArabic(visitor));
    await test.step('stop and resume', () => stopAndResume(visitor, String(baseURL)));
    await test.step('export and import', () => exportAndImport(visitor));
    await test.step('screens', () => openScreens(visitor));
    await test.step('offline', () => goOffline(visitor, site));
  } finally {
    await visitor.close();
    await site.close();
  }
});

test('Firefox that blocks all site data: asked and taught, and what will not outlive the tab is said', async ({
  baseURL,
}) => {
  const visitor = await openFirefox({ 'network.cookie.cookieBehavior': 2 });
  try {
    await visitor.goto(`${String(baseURL)}?threads=1#steps=2`);
    await idle(visitor);
    await runBy(visitor, 'teach');
    await counts(visitor, 'checkpoint', 2);
    await expect.poll(() => textOf(visitor, 'unsaved')).toContain('Taught in French');
    await openScreens(visitor);
  } finally {
    await visitor.close();
  }
});
