/** @file Graphics cards that are lost at random moments in a real Chromium: while a model is loaded, idle, and in a run. */
import { chromium, type Page } from 'playwright';
import { uniform } from 'lethe-lora/engine';
import { chromiumFlags, ensureChromium, shortLivedFlags, webgpuFlags } from '../chromium.ts';
import { ready } from './browser.ts';
import { tortureSite } from './kills.ts';

/** Keeps the devices that an engine opens. */
const hook = `{
  const open = GPUAdapter.prototype.requestDevice;
  self.devices = [];
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await open.call(this, descriptor);
    self.devices.push(device);
    return device;
  };
}`;

/** Destroys the devices of the engine; gives how many there were. */
async function lose(page: Page): Promise<number> {
  let lost = 0;
  for (const worker of page.workers())
    lost += await worker
      .evaluate(() => {
        const { devices = [] } = self as unknown as { devices?: GPUDevice[] };
        for (const device of devices) device.destroy();
        return devices.splice(0).length;
      })
      .catch(() => 0);
  return lost;
}

/** Loses devices until there were so many or the time is over; `seconds` are those from each loss to an engine that has answered. */
export async function tortureDevices(
  seed: number,
  { count, until }: { count: number; until: number },
): Promise<{ count: number; faults: string[]; seconds: number[] }> {
  const draw = uniform(seed);
  const site = await tortureSite();
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...chromiumFlags, ...shortLivedFlags, ...webgpuFlags],
  });
  const faults: string[] = [];
  const seconds: number[] = [];
  let done = 0;
  try {
    for (let round = 0; done < count && Date.now() < until && faults.length < 5; round++) {
      const context = await browser.newContext({ serviceWorkers: 'block' });
      const page = await context.newPage();
      try {
        await page.route(/assets\/worker-[^/]*\.js$/, async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, body: hook + (await response.text()) });
        });
        await page.goto(`${site.url}?model=micro/&device=webgpu#steps=6&keep=1&rate=0.001`);
        const moment = draw();
        if (moment > 0.2) await ready(page);
        if (moment > 0.4) await page.getByTestId('teach').click();
        await page.waitForTimeout(draw() * 3000);
        const since = Date.now();
        const lost = await lose(page);
        if (lost === 0) continue;
        done++;
        // Nobody does anything: it starts by itself, and a run goes on to its end.
        if (moment > 0.2) await page.getByTestId('notice').first().waitFor({ timeout: 90_000 });
        await ready(page, 90_000);
        if (moment > 0.2 && moment <= 0.4) seconds.push((Date.now() - since) / 1000);
        const expected = moment > 0.4 ? 2 : 1;
        await page.waitForFunction(
          (wanted) => document.querySelectorAll('[data-testid=checkpoint]').length === wanted,
          expected,
          { timeout: 60_000 },
        );
        if ((await page.getByTestId('resume').count()) > 0) throw new Error('the run did not end');
        const notice =
          (await page
            .getByTestId('notice')
            .first()
            .textContent()
            .catch(() => '')) ?? '';
        if (/GPUDevice|destroy|Instance/.test(notice)) throw new Error(`raw words: ${notice}`);
      } catch (error) {
        faults.push(`round ${round} (seed ${seed}): ${(error as Error).message.slice(0, 400)}`);
      } finally {
        await context.close();
      }
    }
  } finally {
    await browser.close();
    site.close();
  }
  return { count: done, faults, seconds };
}
