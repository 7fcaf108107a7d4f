import { defineConfig } from '@playwright/test';
import {
  chromiumFlags,
  findChromium,
  noWebgpuFlags,
  shortLivedFlags,
  webgpuFlags,
} from './tools/chromium.ts';
import { findHalfGpu, halfGpuFlags } from './tools/half-gpu/build.ts';

const port = Number(process.env['E2E_PORT'] ?? 5199);
const executablePath = findChromium();
const halfGpu = findHalfGpu();
const flags = [...chromiumFlags, ...shortLivedFlags];

/** The environment without some of its variables. */
function without(...names: string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || names.includes(name) ? [] : [[name, value]],
    ),
  );
}

export default defineConfig({
  testDir: 'e2e',
  // A page computes on one core of the two that there are at least.
  workers: 2,
  fullyParallel: true,
  retries: 0,
  timeout: 240_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: '.cache/reports/e2e.json' }]],
  outputDir: '.cache/e2e',
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    viewport: { width: 1366, height: 768 },
    // Only the tests of offline use let the page keep itself: the others would each fetch all of it again.
    serviceWorkers: 'block',
    // A trace is written of every test, kept or not, and costs a fifth of its time: `npx playwright test --trace retain-on-failure`.
    trace: 'off',
    screenshot: 'only-on-failure',
    actionTimeout: 30_000,
    launchOptions: { ...(executablePath && { executablePath }), args: flags },
  },
  projects: [
    // First, because its tests are long: none of them is then left to run alone.
    {
      name: 'webgpu',
      testMatch: '**/*.webgpu.spec.ts',
      use: {
        launchOptions: {
          ...(executablePath && { executablePath }),
          args: [...flags, ...webgpuFlags],
        },
      },
    },
    // WebGPU in half precision, where the browser for it has been built.
    {
      name: 'half precision',
      testMatch: '**/*.half.spec.ts',
      use: {
        launchOptions: {
          ...(halfGpu !== undefined && { executablePath: halfGpu }),
          args: [...flags, ...halfGpuFlags],
          // Those would name another driver than the system's own list.
          env: without('VK_ICD_FILENAMES', 'VK_DRIVER_FILES'),
        },
      },
    },
    // Firefox and WebKit, where they are installed; Playwright only counts and reports.
    { name: 'other browsers', testMatch: '**/other-browsers/*.spec.ts' },
    {
      name: 'wasm',
      testIgnore: ['**/*.{webgpu,half}.spec.ts', '**/other-browsers/**'],
      use: {
        launchOptions: {
          ...(executablePath && { executablePath }),
          args: [...flags, ...noWebgpuFlags],
        },
      },
    },
  ],
  webServer: {
    command: `npx tsx e2e/micro-model.ts && npx tsx e2e/taught.ts && npx vite build --config e2e/harness/vite.config.ts --logLevel warn && npx tsx tools/serve.ts --strict-port --port ${port} --also fixtures=e2e/models --also harness=.cache/harness --also micro=.cache/models/micro`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
    timeout: 120_000,
  },
});
