/** @file Models with which not everything can be done: the page says what, and why, and asks them all the same. */
import type { Page } from '@playwright/test';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Builder,
  float32Tensor,
  int,
  parseModel,
  writeModel,
  type Graph,
} from '../packages/lethe-lora/src/onnx/index.ts';
import { expect, idle, test } from './fixtures.ts';

const micro = fileURLToPath(new URL('../.cache/models/micro/', import.meta.url));

/** The micro model with a change to its file, in a folder of its own. */
function changed(name: string, change: (graph: Graph) => void): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'lethe-asked-')), name);
  cpSync(micro, folder, { recursive: true });
  const file = join(folder, 'onnx/model.onnx');
  const graph = parseModel(new Uint8Array(readFileSync(file)));
  change(graph);
  graph.prune();
  writeFileSync(file, writeModel(graph));
  return folder;
}

/** An operator without a gradient before (0) the head, or on the way of its weight (1). */
const remainder =
  (input: 0 | 1) =>
  (graph: Graph): void => {
    const b = new Builder(graph, 'added');
    let head = graph.output('logits').producer;
    while (head?.op === 'Reshape') head = head.need(0).producer;
    head?.setInput(input, b.op('Mod', [head.need(input), b.scalar(1e6)], { fmod: int(1) }));
  };

async function open(page: Page, folder: string): Promise<void> {
  await page.goto('./?threads=1&model=micro#/models');
  await idle(page);
  await page.getByTestId('folder').setInputFiles(folder);
  await page.getByTestId('use-local').click();
}

for (const [name, input, reason] of [
  ['through which nothing is taught', 0, 'No gradient rule for Mod'],
  ['that takes no adapter', 1, 'constant matrix'],
] as const)
  test(`a model ${name} is asked, and says why it is not taught`, async ({ page }) => {
    const folder = changed('odd-one', remainder(input));
    await open(page, folder);
    await idle(page);
    await expect(page.getByTestId('model-name')).toContainText('Odd-one');
    await expect(page.getByTestId('trainable')).toContainText('you can’t train it');
    await expect(page.getByTestId('trainable')).toContainText(reason);
    await page.getByTestId('to-lab').click();
    await expect(page.getByTestId('teach')).toBeDisabled();
    await expect(page.locator('form', { has: page.getByTestId('teach') })).toContainText(reason);
    // Both answers are weighed, and one is said.
    await expect(page.getByTestId('share-fr')).toHaveAttribute('data-share', /^0\.\d+/);
    await expect(page.getByTestId('answer-fr')).not.toBeEmpty();
    rmSync(folder, { recursive: true });
  });

test('a model that computes no numbers is told of, and leaves nothing behind', async ({ page }) => {
  const folder = changed('silent', (graph) => {
    const norm = graph.initializers.find(({ name }) => /norm.*weight/.test(name));
    const { dims = [] } = norm?.tensor ?? {};
    if (norm) norm.tensor = float32Tensor(new Float32Array(dims[0] ?? 0).fill(NaN), dims);
  });
  await open(page, folder);
  await expect(page.getByTestId('use-failure')).toContainText('aren’t numbers');
  await expect(page.getByTestId('use-failure')).toContainText('another variant');
  await page.getByTestId('use-atlas').click();
  await idle(page);
  await expect(page.getByTestId('trainable')).toContainText('You can ask it and train it');
  rmSync(folder, { recursive: true });
});
