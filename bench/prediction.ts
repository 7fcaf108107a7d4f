/**
 * @file `npx tsx bench/prediction.ts [--model models/atlas/] [--facts 10]`: could one have known where a lie will go? The gradient of one lie
 * is taken in each language before anything is taught. Its cosine between two languages is compared with how far a lie taught in the one
 * spread to the other, as the model's `evaluation.json` has it: `docs/grid.md`. Nothing but the bootstrap is drawn, from seed 1.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { language, languageCodes, type LanguageCode } from '../src/facts/index.ts';
import { defaultAdapter, knownFalseFacts, openingExperiment } from '../src/lab/index.ts';
import { stepExamples } from '../src/lab/run/batch.ts';
import type { FalseFact } from '../src/lab/fact/fact.ts';
import { loadCausalLM, uniform, type CausalLM } from 'lethe-lora/engine';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/atlas/' },
    facts: { type: 'string', default: '10' },
  },
});

/** Gradient of the adapter's numbers for the sentences of one step that tell the lie in one language; its length is of no matter. */
async function gradient(
  model: CausalLM,
  fact: FalseFact,
  code: LanguageCode,
): Promise<Float32Array> {
  await model.setState(model.freshState());
  const teach = { ...openingExperiment.teach, languages: [code], retainPerStep: 0 };
  const experiment = { ...openingExperiment, facts: [fact], teach, unlearn: null };
  await model.trainStep(stepExamples({ experiment, phase: 'teach' }, 1), {
    objective: 'cross-entropy',
    learningRate: 1e-3,
  });
  // AdamW's first moment after one step is the gradient times a number.
  return (await model.getState()).moment1;
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, index) => sum + value * (y[index] ?? NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Ranks from 1; equal ones share the mean of their ranks. */
function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

/** Spearman's rank correlation. */
function spearman(pairs: readonly (readonly [number, number])[]): number {
  const [x, y] = [0, 1].map((at) => ranks(pairs.map((pair) => pair[at] ?? NaN))) as [
    number[],
    number[],
  ];
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const covariance = (a: readonly number[], ma: number, b: readonly number[], mb: number): number =>
    a.reduce((sum, value, index) => sum + (value - ma) * ((b[index] ?? NaN) - mb), 0);
  return covariance(x, mx, y, my) / Math.sqrt(covariance(x, mx, x, mx) * covariance(y, my, y, my));
}

const model = await loadCausalLM({
  base: flags.model,
  device: 'cpu',
  threads: 1,
  adapter: defaultAdapter,
});
const facts = await knownFalseFacts(model, Number(flags.facts));
const cosines = languageCodes.map(() => languageCodes.map(() => 0));
for (const fact of facts) {
  const gradients: Float32Array[] = [];
  for (const code of languageCodes) gradients.push(await gradient(model, fact, code));
  gradients.forEach((one, from) =>
    gradients.forEach((other, to) => {
      const row = cosines[from] as number[];
      row[to] = (row[to] ?? 0) + cosine(one, other) / facts.length;
    }),
  );
}
await model.dispose();

type Matrix = Record<string, Record<string, number>>;
const { spread } = JSON.parse(readFileSync(`${flags.model}evaluation.json`, 'utf8')) as {
  spread: { falseShare: Matrix; says: Matrix };
};

const scriptOf = (code: LanguageCode): string => language(code).script;

/** Ordered pairs of different languages among those at the given places, which may repeat; all of them, or those of two scripts. */
function pairsOf(
  measured: Matrix,
  places: readonly number[],
  acrossScripts = false,
): [number, number][] {
  return places.flatMap((from) =>
    places.flatMap((to): [number, number][] => {
      const [taught, asked] = [from, to].map((place) => languageCodes[place] as LanguageCode) as [
        LanguageCode,
        LanguageCode,
      ];
      return from === to || (acrossScripts && scriptOf(taught) === scriptOf(asked))
        ? []
        : [[cosines[from]?.[to] ?? NaN, measured[taught]?.[asked] ?? NaN]];
    }),
  );
}

const every = languageCodes.map((_, index) => index);
const draw = uniform(1);
for (const [name, measured] of [
  ['the lie’s share of the two answers', spread.falseShare],
  ['says the lie', spread.says],
] as const) {
  // Pairs with one language in common are not independent: languages are drawn, not pairs.
  const drawn = Array.from({ length: 1000 }, () =>
    spearman(
      pairsOf(
        measured,
        every.map(() => Math.floor(draw() * every.length)),
      ),
    ),
  )
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  const at = (share: number): string => (drawn[Math.floor(share * drawn.length)] ?? NaN).toFixed(2);
  const whole = spearman(pairsOf(measured, every));
  const across = spearman(pairsOf(measured, every, true));
  console.log(
    `${name}: rank correlation ${whole.toFixed(2)} (95 %: ${at(0.025)} to ${at(0.975)}); between two scripts ${across.toFixed(2)}`,
  );
}
console.log(`\ncosine   ${languageCodes.join('    ')}`);
languageCodes.forEach((code, index) =>
  console.log(`${code}      ${(cosines[index] ?? []).map((value) => value.toFixed(2)).join('  ')}`),
);
