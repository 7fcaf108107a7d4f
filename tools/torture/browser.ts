/** @file A Chromium of its own process and profile, which can be killed as a whole, and what a visitor does in its page. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright';
import { chromiumFlags, ensureChromium } from '../chromium.ts';

export class KillableBrowser {
  readonly #profile = mkdtempSync(join(tmpdir(), 'lethe-torture-'));
  #process: ChildProcess | null = null;
  #browser: Browser | null = null;

  constructor(private readonly flags: readonly string[]) {}

  /** Its windows, after a kill those of a new process on the same profile. */
  async context(): Promise<BrowserContext> {
    const { context = null } = { context: this.#browser?.contexts()[0] };
    if (context && this.#process) return context;
    const child = spawn(
      ensureChromium(),
      [
        ...chromiumFlags,
        ...this.flags,
        '--headless',
        `--user-data-dir=${this.#profile}`,
        '--remote-debugging-port=0',
        '--window-size=1366,768',
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    this.#process = child;
    const address = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stderr.on('data', (data: Buffer) => {
        said += data.toString();
        const [, found] = /DevTools listening on (ws:\S+)/.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      });
      child.once('exit', () => {
        reject(new Error(`Chromium did not start: ${said.slice(-500)}`));
      });
    });
    this.#browser = await chromium.connectOverCDP(address);
    const [opened] = this.#browser.contexts();
    if (!opened) throw new Error('Chromium has no window.');
    return opened;
  }

  /** As the machine does that runs out of power. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    this.#browser = null;
    if (child?.pid === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(-child.pid, 'SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** Waits until the model is loaded and has answered, or a run has ended. */
export async function ready(page: Page, timeout = 60_000): Promise<void> {
  await page.waitForSelector('[data-testid=page][data-phase=ready][data-asking=false]', {
    timeout,
  });
}

/** Ids of the checkpoints in the history. */
export function checkpoints(page: Page): Promise<string[]> {
  return page
    .getByTestId('checkpoint')
    .evaluateAll((items) => items.map((item) => (item as HTMLElement).dataset['id'] ?? ''));
}
