/** @file Two tabs at once, a tab that is frozen in a run, and a clock that jumps: nothing is lost, and nobody waits for ever. */
import { chromium, type Page } from 'playwright';
import { chromiumFlags, ensureChromium, noWebgpuFlags, shortLivedFlags } from '../chromium.ts';
import { checkpoints, ready } from './browser.ts';
import { tortureSite } from './kills.ts';

/** Gives what went wrong. */
export async function tortureTabs(): Promise<string[]> {
  const site = await tortureSite();
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...chromiumFlags, ...shortLivedFlags, ...noWebgpuFlags],
  });
  const faults: string[] = [];
  const link = `${site.url}?model=micro/&threads=1#steps=10&keep=1&rate=0.001`;
  const scenes: [string, (page: Page) => Promise<void>][] = [
    ['two tabs', (page) => twoTabs(page, link)],
    ['a frozen tab', (page) => frozen(page, link)],
    ['a clock that jumps', (page) => jumps(page, link)],
  ];
  try {
    for (const [name, scene] of scenes) {
      const context = await browser.newContext({ serviceWorkers: 'block' });
      try {
        await scene(await context.newPage());
      } catch (error) {
        faults.push(`${name}: ${(error as Error).message.slice(0, 400)}`);
      } finally {
        await context.close();
      }
    }
  } finally {
    await browser.close();
    site.close();
  }
  return faults;
}

async function expectCount(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelectorAll('[data-testid=checkpoint]').length === wanted,
    count,
    { timeout: 30_000 },
  );
}

/** Both teach at once: one of them does, and both see it. */
async function twoTabs(first: Page, link: string): Promise<void> {
  const second = await first.context().newPage();
  await Promise.all([first.goto(link), second.goto(link)]);
  await Promise.all([ready(first), ready(second)]);
  await first.getByTestId('teach').click();
  await second.bringToFront();
  await second.getByTestId('teach').click();
  await Promise.all([ready(first), ready(second)]);
  const ids = await checkpoints(first);
  if (ids.length < 2 || ids.length > 3) throw new Error(`${ids.length} checkpoints`);
  await expectCount(second, ids.length);
}

/** Frozen in a run, as a browser freezes a tab in the background, and thawed: the run ends. */
async function frozen(page: Page, link: string): Promise<void> {
  await page.goto(link.replace('steps=10', 'steps=200'));
  await ready(page);
  await page.getByTestId('teach').click();
  await page.waitForTimeout(500);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  await page.waitForTimeout(5000);
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  await ready(page);
  if ((await checkpoints(page)).length !== 2) throw new Error('the run did not end');
}

/** A day back and a year on, in a run: it ends, nobody is taken for stuck, and the history opens again. */
async function jumps(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await ready(page);
  for (const by of [-86_400_000, 31_536_000_000]) {
    await page.getByTestId('teach').click();
    await page.evaluate((offset) => {
      const own = Date.now.bind(Date);
      Date.now = () => own() + offset;
    }, by);
    await ready(page);
  }
  if ((await page.getByTestId('notice').count()) > 0)
    throw new Error(`said: ${String(await page.getByTestId('notice').textContent())}`);
  await page.goto(`${link}&unsteps=1`);
  await page.reload();
  await ready(page);
  await expectCount(page, 3);
}
