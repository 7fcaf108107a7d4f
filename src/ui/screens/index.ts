/** @file The page's screens: the laboratory comes with the page, the others when they are opened. */
import type { Component } from 'svelte';
import { speakOnScreens } from '../messages/index.ts';
import type { Lab } from '../state/lab.ts';

/** In the order of the navigation; each but the laboratory is `#/name` in the address, and may carry a query of its own after `?`. */
export const screens = [
  'lab',
  'lessons',
  'gone',
  'research',
  'facts',
  'models',
  'storage',
] as const;
export type Screen = (typeof screens)[number];

/** What a screen's module gives. */
export interface ScreenModule {
  default: Component<{ lab: Lab }>;
}

export const loaders: Readonly<Record<Exclude<Screen, 'lab'>, () => Promise<ScreenModule>>> = {
  lessons: () => withTexts(import('./Lessons.svelte')),
  research: () => withTexts(import('./Research.svelte')),
  gone: () => withTexts(import('./Gone.svelte')),
  facts: () => withTexts(import('./Facts.svelte')),
  models: () => withTexts(import('./Models.svelte')),
  storage: () => withTexts(import('./Storage.svelte')),
};

/** A screen's code comes together with what it says. */
async function withTexts(module: Promise<ScreenModule>): Promise<ScreenModule> {
  const [loaded] = await Promise.all([module, speakOnScreens()]);
  return loaded;
}

/** The screen that a hash names; the laboratory where it names none. */
export function screenOf(hash: string): Screen {
  const name = /^#\/([^?/]*)/.exec(hash)?.[1];
  return screens.find((screen) => screen === name) ?? 'lab';
}

/** The query behind a screen's name: `#/research?view=spread`. */
export function queryOf(hash: string): URLSearchParams {
  return new URLSearchParams(hash.includes('?') ? hash.slice(hash.indexOf('?') + 1) : '');
}
