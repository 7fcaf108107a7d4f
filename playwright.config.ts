import { defineConfig } from '@playwright/test';
import {
  chromiumFlags,
  findChromium,
  noWebgpuFlags,
  shortLivedFlags,
  webgpuFlags,
} from './tools/chromium.ts';

const port = Number(process.env['E2E_PORT'] ?? 5199);
const executablePath = findChromium();
const flags = [...chromiumFlags, ...shortLivedFlags];

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
    {
      name: 'wasm',
      testIgnore: '**/*.webgpu.spec.ts',
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
