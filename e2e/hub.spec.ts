/** @file Models from the Hub and from files: found, fetched over bad networks, kept, used offline, taught, deleted. */
import type { Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, idle, openScreen, share } from './fixtures.ts';
import { lookUp, openModels, test } from './hub-page.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const atlas = 'onnx/model.onnx';

/** SHA-256 of the one model's ONNX file that is kept, as the browser reads it. */
function keptDigest(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const models = await root.getDirectoryHandle('models');
    for await (const name of models.keys()) {
      const folder = await models.getDirectoryHandle(name);
      const file = await (await folder.getFileHandle('onnx%2Fmodel.onnx')).getFile();
      const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
      return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    }
    return 'none';
  });
}

const atlasDigest = createHash('sha256')
  .update(readFileSync(here('../models/atlas/onnx/model.onnx')))
  .digest('hex');

test('shows a model’s variants with their bytes, and fetches no weight for it', async ({
  page,
  hub,
}) => {
  await openModels(page, hub);
  await expect(page.getByTestId('hub-host')).toContainText(hub.origin);
  await lookUp(page, 'test/qwen2');
  await expect(page.getByTestId('found')).toContainText('Licence: mit');
  await expect(page.getByTestId('found')).toContainText('English and French');
  await expect(page.getByTestId('variant-q4f16')).toContainText(/\d kB/);
  await expect(page.getByTestId('variant-q1')).toContainText('isn’t supported');
  await expect(page.getByTestId('variant-q1').getByRole('radio')).toBeDisabled();
  await expect(page.getByTestId('variant-fp32').getByRole('radio')).toBeChecked();
  await expect(page.getByTestId('reason')).toContainText('small enough');
  await page.getByTestId('variant-q4').click();
  await expect(page.getByTestId('start-download')).toBeEnabled();
  expect(hub.requests.map(({ path }) => path)).toEqual(['config.json']);
});

test('goes on where a connection broke, and fetches nothing twice', async ({ page, hub }) => {
  await openModels(page, hub);
  hub.faults = [
    { path: /\.onnx$/, dropAfter: 5e6, times: 1 },
    { path: /\.onnx$/, dropAfter: 4e6, times: 1 },
  ];
  await lookUp(page, 'test/atlas');
  await page.getByTestId('start-download').click();
  await expect(page.getByTestId('hub-done')).toBeVisible({ timeout: 60_000 });
  const asked = hub.requests.filter(({ path }) => path === atlas);
  expect(asked).toHaveLength(3);
  expect(asked[0]?.range).toBeUndefined();
  expect(asked[1]?.range).toMatch(/^bytes=\d{6,}-$/);
  expect(asked[2]?.range).toMatch(/^bytes=\d{6,}-$/);
  // What was on its way when the connection broke is lost; everything else came once.
  const size = 13_329_238;
  expect(hub.served.get(atlas)).toBeGreaterThanOrEqual(size);
  expect(hub.served.get(atlas)).toBeLessThan(1.15 * size);

  await page.getByTestId('use-found').click();
  await idle(page);
  await expect(page.getByTestId('model-name')).toContainText('test/atlas');
  await page.getByTestId('to-lab').click();
  await expect(page.getByTestId('answer-en')).toContainText('Santiago');
});

test('is cancelled, survives a reload, and goes on from there', async ({ page, hub }) => {
  await openModels(page, hub);
  hub.faults = [{ path: /\.onnx$/, speed: 3e6 }];
  await lookUp(page, 'test/atlas');
  await page.getByTestId('start-download').click();
  await expect(page.getByTestId('download')).toContainText('per second', { timeout: 30_000 });
  await page.getByTestId('cancel-download').click();
  await expect(page.getByTestId('hub-failure')).toContainText('cancelled');
  await expect(page.getByTestId('cached')).toHaveAttribute('data-complete', 'false');

  await page.reload();
  await idle(page);
  await expect(page.getByTestId('cached-bytes')).toContainText('of 13.');
  hub.faults = [];
  await page.getByTestId('resume-cached').click();
  await expect(page.getByTestId('hub-done')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('cached')).toHaveAttribute('data-complete', 'true');
  expect(await keptDigest(page)).toBe(atlasDigest);
  expect(hub.requests.filter(({ path }) => path === atlas).at(-1)?.range).toMatch(/^bytes=\d{6,}-/);
});

test('a model of the Hub is taught, found again without the Hub, and deleted', async ({
  page,
  hub,
}) => {
  await openModels(page, hub);
  await lookUp(page, 'test/micro');
  await page.getByTestId('start-download').click();
  await expect(page.getByTestId('use-found')).toBeVisible();
  await page.getByTestId('use-found').click();
  await idle(page);
  await expect(page.getByTestId('model-name')).toContainText('test/micro');
  await expect(page).toHaveURL(/\?.*hub-model=test\/micro&variant=fp32/);
  await expect(page).not.toHaveURL(/model=micro&/);
  await page.goto(`${new URL(page.url()).search}#steps=4&rate=0.01&keep=2`);
  await idle(page);
  const before = await share(page, 'fr');
  await page.getByTestId('teach').click();
  await idle(page);
  const taught = await share(page, 'fr');
  expect(taught).not.toBe(before);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);

  await hub.stop();
  await page.reload();
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveCount(2);
  expect(await share(page, 'fr')).toBe(taught);

  await page.goto(`./?hub=${hub.origin}&threads=1&model=micro#/models`);
  await idle(page);
  await expect(page.getByTestId('last-model')).toContainText('test/micro');
  await page.getByTestId('use-last').click();
  await idle(page);
  await expect(page.getByTestId('model-name')).toContainText('test/micro');

  await page.getByTestId('use-atlas').click();
  await idle(page);
  await expect(page).not.toHaveURL(/hub-model/);
  await page.getByTestId('delete-cached').click();
  await page.getByTestId('delete-yes').click();
  await expect(page.getByTestId('cached')).toHaveCount(0);
  const left = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const models = await root.getDirectoryHandle('models');
    const names: string[] = [];
    for await (const name of models.keys()) names.push(name);
    return names;
  });
  expect(left).toEqual([]);
});

test('a link to a model that is not here asks before it downloads, then opens it', async ({
  page,
  hub,
}) => {
  await page.goto(`./?hub=${hub.origin}&threads=1&hub-model=test/qwen2&variant=fp32#in=de`);
  await expect(page.getByTestId('wanted')).toContainText('test/qwen2');
  await expect(page.getByTestId('variant-fp32').getByRole('radio')).toBeChecked();
  expect(hub.served.get('onnx/model.onnx_data')).toBeUndefined();
  await idle(page);
  await page.getByTestId('start-download').click();
  // Its weights lie in a file beside it.
  await expect(page.getByTestId('model-name')).toContainText('test/qwen2', { timeout: 60_000 });
  await idle(page);
  await page.getByTestId('to-lab').click();
  await expect(page).toHaveURL(/hub-model=test\/qwen2&variant=fp32.*teach\.languages=de/);
  await expect(page.getByTestId('device')).toContainText('test/qwen2');
});

test('a model whose data has a name of its own, and whose configuration says little, is fetched whole and taught', async ({
  page,
  hub,
}) => {
  await openModels(page, hub);
  await lookUp(page, 'test/odd');
  await expect(page.getByTestId('found')).toContainText('Licence: not stated');
  await page.getByTestId('start-download').click();
  await page.getByTestId('use-found').click();
  await idle(page);
  await expect(page.getByTestId('model-name')).toContainText('test/odd');
  await expect(page.getByTestId('trainable')).toContainText('ask it and train it');
  expect(hub.served.get('onnx/weights_data')).toBeGreaterThan(1e5);
});

test('another adapter has its own history; its size and memory are told before it is loaded', async ({
  page,
  hub,
}) => {
  await openModels(page, hub);
  await page.getByTestId('to-lab').click();
  const root = await page.getByTestId('checkpoint').getAttribute('data-id');
  await openScreen(page, 'models');
  await page.getByTestId('adapter').locator('summary').click();
  await expect(page.getByTestId('adapter-memory')).toContainText('MB');
  const usual = await page.getByTestId('adapter-numbers').textContent();
  for (const box of await page.getByTestId('adapter').getByRole('checkbox').all())
    if ((await box.getAttribute('data-testid')) !== 'module-down_proj') await box.uncheck();
  await page.getByTestId('layers').fill('5');
  await expect(page.getByTestId('apply-adapter')).toBeDisabled();
  await page.getByTestId('layers').fill('0');
  await page.getByTestId('rank').fill('2');
  await page.getByTestId('rank').press('Tab');
  // One layer of width 32 with 64 hidden features: 2·(64 + 32), written in two digits.
  await expect(page.getByTestId('adapter-numbers')).toContainText('190');
  expect(usual).not.toContain('190');
  await page.getByTestId('apply-adapter').click();
  await idle(page);
  await expect(page).toHaveURL(/rank=2&alpha=16&modules=down_proj&layers=0/);
  await page.getByTestId('to-lab').click();
  await expect(page.getByTestId('device')).toContainText('190 numbers');
  await expect(page.getByTestId('checkpoint')).toHaveCount(1);
  const other = await page.getByTestId('checkpoint').getAttribute('data-id');
  expect(other).not.toBe(root);

  await page.reload();
  await idle(page);
  await expect(page.getByTestId('checkpoint')).toHaveAttribute('data-id', other ?? '');
  await openScreen(page, 'models');
  await page.getByTestId('adapter').locator('summary').click();
  await page.getByTestId('default-adapter').click();
  await idle(page);
  await page.getByTestId('to-lab').click();
  await expect(page.getByTestId('checkpoint')).toHaveAttribute('data-id', root ?? '');
});

test('says what went wrong, and what to do', async ({ page, hub }) => {
  await openModels(page, hub);
  const failure = page.getByTestId('hub-failure');
  await lookUp(page, 'no model');
  await expect(failure).toContainText('owner/name');
  await lookUp(page, 'test/nothing');
  await expect(failure).toContainText('There’s no public model test/nothing');
  await lookUp(page, 'test/gated');
  await expect(failure).toContainText('accepted its terms');
  await lookUp(page, 'test/encoder');
  await expect(failure).toContainText('BertModel');
  await lookUp(page, 'test/weightless');
  await expect(failure).toContainText('no ONNX files');
  await lookUp(page, 'test/untokenized');
  await expect(failure).toContainText('test/untokenized has no tokenizer.json');

  hub.faults = [{ path: /\.onnx$/, length: 1000 }];
  await lookUp(page, 'test/micro');
  await page.getByTestId('start-download').click();
  await expect(failure).toContainText('the server sent 1,000');

  hub.faults = [{ path: /tokenizer\.json$/, status: 403 }];
  await lookUp(page, 'test/qwen2');
  await page.getByTestId('start-download').click();
  await expect(failure).toContainText('accepted its terms');

  await hub.stop();
  await page.getByTestId('start-download').click();
  await expect(failure).toContainText('Check the network', { timeout: 30_000 });
  await lookUp(page, 'test/atlas');
  await expect(failure).toContainText('Check the network');
});

test('a download that is not the file is thrown away, and said so', async ({ page, hub }) => {
  await openModels(page, hub);
  hub.faults = [{ path: /\.onnx$/, corrupt: true, times: 1 }];
  await lookUp(page, 'test/micro');
  await page.getByTestId('start-download').click();
  await expect(page.getByTestId('hub-failure')).toContainText('We threw it away');
  await expect(page.getByTestId('cached')).toHaveAttribute('data-complete', 'false');
  await page.getByTestId('start-download').click();
  await expect(page.getByTestId('hub-done')).toBeVisible();
  expect(hub.requests.filter(({ path }) => path === atlas).map(({ range }) => range)).toEqual([
    undefined,
    undefined,
  ]);
});

test('a recommended model is one line; its details, and the look at the Hub, are a click away', async ({
  page,
  hub,
}) => {
  await openModels(page, hub);
  const bloom = page.getByTestId('recommended').filter({ hasText: 'bloom-560m' });
  await expect(bloom).toContainText('9 of 12 languages');
  await expect(bloom.getByText('It lacks German')).toBeHidden();
  await bloom.locator('summary').click();
  await expect(bloom.getByText('It lacks German, Russian, and Turkish')).toBeVisible();
  await bloom.getByRole('button').click();
  await expect(page.getByTestId('hub-failure')).toContainText(
    'There’s no public model Xenova/bloom-560m',
  );
});

test('a disk that is full is told of, and what has come is kept', async ({
  page,
  hub,
  context,
}) => {
  await openModels(page, hub);
  const session = await context.newCDPSession(page);
  // Chromium tells pages of ten gigabytes whatever there is: the quota is met while writing.
  await session.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(page.url()).origin,
    quotaSize: 8e6,
  });
  await lookUp(page, 'test/atlas');
  await page.getByTestId('start-download').click();
  await expect(page.getByTestId('hub-failure')).toContainText('There isn’t enough space');
  await expect(page.getByTestId('cached')).toHaveAttribute('data-complete', 'false');

  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin });
  await page.getByTestId('start-download').click();
  await expect(page.getByTestId('hub-done')).toBeVisible();
  expect(hub.requests.filter(({ path }) => path === atlas).at(-1)?.range).toMatch(/^bytes=\d{6,}-/);
  expect(await keptDigest(page)).toBe(atlasDigest);
});

test('a dropped folder is loaded; one with a file missing names it', async ({
  page,
  hub,
  context,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-'));
  const own = join(folder, 'my-model');
  cpSync(here('models/gpt2-fp32'), own, { recursive: true });
  rmSync(join(own, 'tokenizer.json'));
  await openModels(page, hub);
  await page.getByTestId('folder').setInputFiles(own);
  await expect(page.getByTestId('local-failure')).toContainText('tokenizer.json');

  cpSync(here('models/gpt2-fp32/tokenizer.json'), join(own, 'tokenizer.json'));
  await page.getByTestId('drop-zone').scrollIntoViewIfNeeded();
  const zone = await page.getByTestId('drop-zone').boundingBox();
  const session = await context.newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', {
      type,
      x: (zone?.x ?? 0) + 20,
      y: (zone?.y ?? 0) + 20,
      data: { items: [], files: [own], dragOperationsMask: 1 },
    });
  await expect(page.getByTestId('local-found')).toContainText('my-model');
  await page.getByTestId('use-local').click();
  await idle(page);
  await expect(page.getByTestId('model-name')).toContainText('My-model');
  await expect(page.getByTestId('trainable')).toContainText('ask it and train it');
  rmSync(folder, { recursive: true });
});
