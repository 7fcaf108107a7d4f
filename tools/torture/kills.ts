/**
 * @file Kills at random moments in a real Chromium: the page, its process, or the whole browser, while it runs, imports, deletes, sweeps,
 * saves or takes a new version of the site. Afterwards the page opens, and all that it had shown as stored is there.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from 'playwright';
import { uniform } from 'lethe-lora/engine';
import { noWebgpuFlags, shortLivedFlags } from '../chromium.ts';
import { siteServer } from '../site-server.ts';
import { checkpoints, KillableBrowser, ready } from './browser.ts';

const root = resolve(import.meta.dirname, '../..');

/** The built site with the micro model; every new version has another service worker. */
export async function tortureSite(): Promise<{
  url: string;
  nextVersion: () => void;
  close: () => void;
}> {
  const site = siteServer(`${root}/dist`, { micro: `${root}/.cache/models/micro` });
  let version = 0;
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/sw.js')) {
      response.setHeader('Content-Type', 'text/javascript');
      response.setHeader('Cache-Control', 'no-cache');
      response.end(`${readFileSync(`${root}/dist/sw.js`, 'utf8')}\n// ${String(version)}`);
    } else site.emit('request', request, response);
  });
  await new Promise<void>((begun) => server.listen(0, '127.0.0.1', begun));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    nextVersion: () => void version++,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What was known to be stored before an act, and may be gone after it. */
interface Act {
  name: string;
  /** Whether it can be done here; it is begun, and not waited for. */
  begin(page: Page): Promise<boolean>;
  /** Ids that it may delete. */
  deletes?: string[];
}

const quick = { timeout: 3000, noWaitAfter: true };

/** The acts of a visitor, by a number from 0 to 1. */
function actOf(drawn: number, ids: readonly string[], file: string | null, next: () => void): Act {
  const click = (name: string, id: string): Act => ({
    name,
    begin: async (page) => {
      const button = page.getByTestId(id).first();
      if (!(await button.isVisible()) || !(await button.isEnabled())) return false;
      await button.click(quick);
      return true;
    },
  });
  if (ids.length > 6)
    return {
      name: 'delete',
      deletes: [...ids],
      begin: async (page) => {
        await page.getByTestId('checkout').first().click(quick);
        await ready(page);
        for (let left = 0; left < 5; left++) {
          const button = page.getByTestId('remove').last();
          if (!(await button.isVisible()) || !(await button.isEnabled())) break;
          await button.click(quick);
          await page.getByTestId('remove-yes').last().click(quick);
        }
        return true;
      },
    };
  const acts: Act[] = [
    click('teach', 'teach'),
    click('teach', 'teach'),
    click('unlearn', 'unlearn'),
    click('go on', 'resume'),
    {
      name: 'import',
      begin: async (page) => {
        if (file === null) return false;
        await page.getByTestId('import').setInputFiles(file, quick);
        return true;
      },
    },
    {
      name: 'sweep',
      begin: async (page) => {
        await page.evaluate(
          () =>
            (location.hash =
              '#/research?view=spread&facts=CL.capital:city/tokyo&in=fr,sw&steps=20&seed=1'),
        );
        await page.getByTestId('sweep-start').click(quick);
        return true;
      },
    },
    {
      name: 'save the session',
      begin: async (page) => {
        await page.evaluate(() => (location.hash = '#/storage'));
        await page.getByTestId('save-session').click(quick);
        return true;
      },
    },
    {
      name: 'new version',
      begin: async (page) => {
        next();
        await page.evaluate(() => {
          void navigator.serviceWorker.getRegistration().then((found) => found?.update());
        });
        return true;
      },
    },
  ];
  return acts[Math.floor(drawn * acts.length)] as Act;
}

/** Kills until there were so many or the time is over. */
export async function tortureKills(
  seed: number,
  { count, until }: { count: number; until: number },
): Promise<{ count: number; faults: string[]; acts: Record<string, number> }> {
  const draw = uniform(seed);
  const site = await tortureSite();
  const browser = new KillableBrowser([...noWebgpuFlags, ...shortLivedFlags]);
  const faults: string[] = [];
  const acts: Record<string, number> = {};
  let known: string[] = [];
  let before = 'nothing';
  let file: string | null = null;
  let done = 0;
  try {
    for (let round = 0; done < count && Date.now() < until && faults.length < 5; round++) {
      const context = await browser.context();
      const page = await context.newPage();
      try {
        await page.goto(
          `${site.url}?model=micro/&threads=1&round=${round}#steps=8&keep=1&rate=0.001`,
        );
        await ready(page);
        const ids = await checkpoints(page);
        const gone = known.filter((id) => !ids.includes(id));
        if (gone.length > 0) throw new Error(`gone: ${gone.join(', ')}`);
        const damaged = page.getByTestId('damaged');
        if ((await damaged.count()) > 0)
          throw new Error(`damaged: ${String(await damaged.first().textContent())}`);
        if (file === null && ids.length > 1) file = await saved(page);
        let act = actOf(draw(), ids, file, site.nextVersion);
        known = ids.filter((id) => act.deletes?.includes(id) !== true);
        while (!(await act.begin(page))) act = actOf(draw(), ids, file, site.nextVersion);
        await page.waitForTimeout(draw() ** 2 * 2500);
        before = act.name;
        acts[act.name] = (acts[act.name] ?? 0) + 1;
        // What the history shows by now is stored, unless it is just being deleted.
        if (act.deletes === undefined && !page.url().includes('#/'))
          known = [...new Set([...known, ...(await checkpoints(page))])];
      } catch (error) {
        const { message } = error as Error;
        faults.push(
          `round ${round} (seed ${seed}), after “${before}” was killed: ${message.slice(0, 400)}`,
        );
        known = [];
      }
      await kill(page, browser, draw());
      done++;
    }
  } finally {
    await browser.close();
    site.close();
  }
  return { count: done, faults, acts };
}

/** Mostly the tab, often its process, at times the whole browser. */
async function kill(page: Page, browser: KillableBrowser, drawn: number): Promise<void> {
  if (drawn < 0.2) {
    await browser.kill();
    return;
  }
  if (drawn < 0.6) {
    const devtools = await page.context().newCDPSession(page);
    // Its answer never comes: who would give it is gone.
    void devtools.send('Page.crash').catch(() => undefined);
    await new Promise((crashed) => {
      page.once('crash', crashed);
      setTimeout(crashed, 2000);
    });
  }
  await page.close().catch(() => undefined);
}

async function saved(page: Page): Promise<string> {
  const waiting = page.waitForEvent('download');
  await page.getByTestId('export').last().click(quick);
  const path = `${root}/.cache/torture/saved.safetensors`;
  await (await waiting).saveAs(path);
  return path;
}
