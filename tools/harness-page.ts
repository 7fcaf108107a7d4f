/** @file The engine on a page of its own in Chromium (the harness of the end-to-end tests), for what is measured there. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright';
import { chromiumFlags, findChromium, noWebgpuFlags, webgpuFlags } from './chromium.ts';

export interface HarnessOptions {
  device: 'webgpu' | 'wasm';
  port: string;
  /** Folder of model folders, which the page finds by their names. */
  folder: string;
  harness?: string;
  /** Runs in the page before anything else. */
  before?: () => void;
}

/** Serves and opens the harness, which it builds where it is missing; `dist/` is to be built. `close` ends both. */
export async function openHarnessPage({
  device,
  port,
  folder,
  harness = '.cache/harness',
  before,
}: HarnessOptions): Promise<{ page: Page; close: () => Promise<void> }> {
  if (!existsSync(harness))
    spawnSync('npx', ['vite', 'build', '--config', 'e2e/harness/vite.config.ts'], {
      stdio: 'inherit',
    });
  const server = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', 'tools/serve.ts', '--strict-port', '--port', port],
      ...['--also', `fixtures=${folder}`, '--also', `harness=${harness}`],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => server.stdout.once('data', resolve));
  const executablePath = findChromium();
  // A profile on the disk: what is private may keep little.
  const profile = mkdtempSync(join(tmpdir(), 'lethe-profile-'));
  const browser = await chromium.launchPersistentContext(profile, {
    ...(executablePath && { executablePath }),
    args: [...chromiumFlags, ...(device === 'webgpu' ? webgpuFlags : noWebgpuFlags)],
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(600_000);
  // What tsx puts around functions that are handed to the page.
  await page.addInitScript('globalThis.__name = (each) => each');
  if (before) await page.addInitScript(before);
  await page.goto(`http://127.0.0.1:${port}/harness/index.html`);
  await page.waitForFunction(() => 'engine' in window);
  return {
    page,
    close: async () => {
      await browser.close();
      server.kill();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
