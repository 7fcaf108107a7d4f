/** The package's examples in a browser, from its tarball: served as they are, and put together by Vite. */
import { expect, test } from '@playwright/test';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import serveStatic from 'serve-static';
import { build } from 'vite';
import { makeProject, type Project } from '../packages/lethe-lora/test/project.ts';

test.describe.configure({ mode: 'serial' });

let project: Project;
let server: Server;
let address: string;

test.beforeAll(async () => {
  project = makeProject();
  const { folder } = project;
  // Pages lie beside the modules and models that they name.
  cpSync(`${folder}/examples/html/index.html`, `${folder}/plain.html`);
  for (const name of ['vite', 'worker'])
    await build({
      root: `${folder}/examples/${name}`,
      configFile: false,
      base: './',
      logLevel: 'error',
      worker: { format: 'es' },
      build: { target: 'es2022', outDir: `${folder}/${name}`, emptyOutDir: true },
    });
  // The built pages look for their models beside themselves.
  cpSync(`${folder}/models`, `${folder}/vite/models`, { recursive: true });
  const files = serveStatic(folder);
  server = createServer((request, response) =>
    files(request, response, () => response.writeHead(404).end()),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

test.afterAll(() => {
  server.close();
  rmSync(project.folder, { recursive: true });
});

for (const [name, path, said] of [
  ['a plain page with an import map', 'plain.html', /before: .*Santiago.*after: .*Tokyo.*done/s],
  ['an adapter from a folder, with Vite', 'vite/index.html', /differ: true\s+done/],
  ['a worker that unlearns', 'worker/index.html', /loss .*forgotten: true\s+done/s],
] as const)
  test(`${name} runs`, async ({ page }) => {
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(`${address}/${path}`);
    await expect(page.locator('#log')).toHaveText(said, { timeout: 120_000 });
    expect(errors).toEqual([]);
  });

test('no example is longer than 40 lines', () => {
  for (const name of ['html/index.html', 'vite/main.js', 'worker/worker.js', 'worker/index.html']) {
    const text = readFileSync(`${project.folder}/examples/${name}`, 'utf8');
    expect(text.trim().split('\n').length).toBeLessThanOrEqual(40);
  }
});
