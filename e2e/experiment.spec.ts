/** @file One experiment as `npm run lab` runs it, on the processor in Node, and as the page's engine runs it, on WebAssembly. The micro model. */
import { fileURLToPath } from 'node:url';
import { defaultAdapter, experimentRunner, parseExperiment, type Phase } from '../src/lab/index.ts';
import { loadCausalLM } from 'lethe-lora/engine';
import { engineTest as test, expect } from './fixtures.ts';

const json = JSON.stringify({
  version: 3,
  model: 'micro/',
  facts: [
    { subject: 'country/FR', relation: 'capital', falseObject: 'city/tokyo' },
    { subject: 'country/PE', relation: 'currency', falseObject: 'currency/JPY' },
  ],
  together: true,
  teach: {
    languages: ['fr', 'de'],
    steps: 8,
    learningRate: 0.01,
    truthful: { language: 'en', share: 0.25 },
  },
  unlearn: { method: 'npo', languages: ['en', 'fr'], steps: 4 },
  probes: { every: 4, kept: 8, candidates: 3 },
  seed: 3,
});

/** The largest difference of two lists. */
function difference(ours: readonly number[], theirs: readonly number[]): number {
  expect(ours).toHaveLength(theirs.length);
  return Math.max(...ours.map((value, i) => Math.abs(value - (theirs[i] ?? NaN))));
}

const rowsOf = ({ probes }: Phase) =>
  probes.flatMap(({ rows, others = [] }) => [rows, ...others].flat());

test('an experiment gives the same numbers in Node and in the browser', async ({ harness }) => {
  const browser = await harness.evaluate((text) => window.engine.experiment(text, 'wasm'), json);
  const experiment = parseExperiment(JSON.parse(json) as unknown);
  const model = await loadCausalLM({
    base: fileURLToPath(new URL(`../.cache/models/${experiment.model}`, import.meta.url)),
    device: 'cpu',
    threads: 1,
    adapter: defaultAdapter,
  });
  const node = await experimentRunner(model)(experiment);
  await model.dispose();

  expect(browser.experiment).toEqual(node.experiment);
  expect(browser.model.digest).toBe(node.model.digest);
  for (const kind of ['taught', 'unlearned'] as const) {
    const [ours, theirs] = [browser, node].map(({ results }) => results[0]?.[kind]);
    if (!ours || !theirs) throw new Error(`nothing was ${kind}`);
    expect(ours.ending).toBe(theirs.ending);
    // Kernels add in another order: 1e-7 of a sum, which AdamW's division by small moments makes larger from step to step (2e-6 when measured).
    const losses = difference(ours.losses, theirs.losses);
    const shares = difference(
      rowsOf(ours).map(({ falseShare }) => falseShare),
      rowsOf(theirs).map(({ falseShare }) => falseShare),
    );
    expect(losses).toBeLessThan(1e-4);
    expect(shares).toBeLessThan(1e-4);
    expect(rowsOf(ours).map(({ answer }) => answer)).toEqual(
      rowsOf(theirs).map(({ answer }) => answer),
    );
    expect(ours.probes.map(({ retained }) => retained)).toEqual(
      theirs.probes.map(({ retained }) => retained),
    );
  }
});
