/** @file One fixture: asked through the model's face, taught by its train graph, each by itself; and what of it is right. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadCausalLM } from 'lethe-lora/engine';
import {
  compareWithExpected,
  readExpected,
  type Comparison,
  type Expected,
} from '../../packages/lethe-lora/src/model/verify.ts';
import { externalWeights } from '../../packages/lethe-lora/src/onnx/index.ts';
import type { Backend } from '../../packages/lethe-lora/src/runtime/index.ts';

/** What was asked of a model as it is, without an adapter. */
export interface Answer {
  /** How many of `greedy`'s tokens came before the first that differs, of how many. */
  same: number;
  of: number;
  /** By how much PyTorch preferred its own token there; null where none differs. */
  margin: number | null;
  /** Whether an adapter could have changed the answer; else the file's own kernels gave it. */
  adapted: boolean;
}

export interface FixtureResult {
  name: string;
  family: string;
  /** The exporter's form, and what was done to the file: `opt-q4`. */
  form: string;
  /** Null where it could not be asked. */
  answer: Answer | null;
  /** Null where it could not be taught. */
  comparison: Comparison | null;
  /** Why it cannot be asked, taught. */
  reasons: { asked?: string; taught?: string };
}

/** The largest errors that are right, relative as in `Comparison`. */
export interface Tolerance {
  loss: number;
  tokenLogProb: number;
  gradients: number;
  stepped: number;
  /** Of logits: the nearer two tokens are, the less it says which of them is chosen. */
  margin: number;
}

const exact: Tolerance = {
  loss: 1e-5,
  tokenLogProb: 1e-5,
  gradients: 1e-3,
  stepped: 1e-3,
  margin: 1e-4,
};
/** Where a processor multiplies integers, each token's activations are rounded to 8 bits for answers; nothing is in training. */
const eightBits: Tolerance = { ...exact, margin: 5e-2 };
/**
 * Tables and constants in half precision are off by up to 5e-4, and PyTorch's reference computes its own in float32. AdamW's first steps
 * are as long for a small gradient as for a large one, which turns what is off in small gradients into whole steps.
 */
const half: Tolerance = {
  loss: 1e-3,
  tokenLogProb: 1e-3,
  gradients: 1e-2,
  stepped: 5e-2,
  margin: 5e-2,
};

export function toleranceOf({ form }: Pick<FixtureResult, 'form'>): Tolerance {
  if (/fp?16|half/.test(form)) return half;
  return /q8|int8/.test(form) ? eightBits : exact;
}

/** Asks and teaches a fixture; what fails is told, not thrown. */
export async function checkFixture(folder: string, backend: Backend): Promise<FixtureResult> {
  const name = basename(folder);
  const result: FixtureResult = {
    name,
    ...familyAndForm(name, readExpected(read(folder, 'expected.json'))),
    answer: null,
    comparison: null,
    reasons: {},
  };
  try {
    result.answer = await ask(folder);
  } catch (error) {
    result.reasons.asked = messageOf(error);
  }
  try {
    result.comparison = await teach(folder, backend);
  } catch (error) {
    result.reasons.taught = messageOf(error);
  }
  return result;
}

/** As `expected.json` tells them, else by the folder's name: `qwen2-q4`. */
function familyAndForm(
  name: string,
  { family, form }: Expected,
): Record<'family' | 'form', string> {
  const [, first = name, rest = ''] = /^([^.-]+)[.-]?(.*)$/.exec(name) ?? [];
  return { family: family ?? first, form: form ?? rest };
}

function read(folder: string, name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(folder, name)));
}

async function ask(folder: string): Promise<Answer> {
  const { greedy } = readExpected(read(folder, 'expected.json'));
  const { ids, new: wanted } = greedy ?? { ids: [1, 2, 3], new: [] };
  const model = await loadCausalLM({ base: `${folder}/`, device: 'cpu' });
  try {
    const maxNewTokens = greedy ? wanted.length : 4;
    const [generation] = await model.generateTokens([ids], { maxNewTokens });
    const tokens = generation?.tokens ?? [];
    const differs = wanted.findIndex((token, i) => token !== tokens[i]);
    return {
      same: differs < 0 ? wanted.length : differs,
      of: wanted.length,
      margin: differs < 0 ? null : (greedy?.margins?.[differs] ?? Infinity),
      adapted: model.info.can.adapt === 'yes',
    };
  } finally {
    await model.dispose();
  }
}

function teach(folder: string, backend: Backend): Promise<Comparison> {
  const model = read(folder, 'onnx/model.onnx');
  const external = new Map(
    [...externalWeights(model).keys()].map((name) => [name, read(folder, join('onnx', name))]),
  );
  const files = {
    model,
    external,
    config: read(folder, 'config.json'),
    expected: read(folder, 'expected.json'),
    tensors: read(folder, 'expected.safetensors'),
    adapter: read(folder, 'adapter_model.safetensors'),
  };
  return compareWithExpected(files, backend);
}

/** An error's first line: ONNX Runtime adds where in its own source it arose. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/** Asked, with the tokens that PyTorch chose, up to one that it hardly preferred to the other. */
export function isAsked(result: FixtureResult): boolean {
  return result.answer !== null && (result.answer.margin ?? 0) <= toleranceOf(result).margin;
}

/** The errors of a comparison, in the table's order. */
export const errors = ['loss', 'tokenLogProb', 'gradients', 'stepped'] as const;

/** Taught under PEFT's names, with the numbers that PyTorch and PEFT computed. */
export function isTaught(result: FixtureResult): boolean {
  const { comparison } = result;
  if (!comparison || comparison.modules.length > 0) return false;
  const most = toleranceOf(result);
  return errors.every((kind) => comparison[kind] <= most[kind]);
}

/** One line: what was found, or what stands in the way. */
export function lineOf(result: FixtureResult): string {
  const { name, answer, comparison, reasons } = result;
  const isRight = isAsked(result) && isTaught(result);
  const asked = answer
    ? `asked ${answer.same}/${answer.of}${marginOf(answer)}${answer.adapted ? '' : ' without adapters'}`
    : `NOT ASKED: ${reasons.asked}`;
  const taught = comparison ? errorsOf(comparison) : `NOT TAUGHT: ${reasons.taught}`;
  return `${isRight ? 'right' : 'WRONG'} ${name.padEnd(24)} ${asked} | ${taught}`;
}

/** How near the two tokens were where an answer differs. */
export function marginOf({ margin }: Answer): string {
  return margin === null ? '' : ` (margin ${margin.toPrecision(1)})`;
}

function errorsOf({ modules, worst, nodes, ...found }: Comparison): string {
  const text = (error: number): string => error.toExponential(1);
  const wrong = modules.map(
    ({ name, peft, lethe }) =>
      `${name} PEFT ${peft?.join('→') ?? 'none'}, here ${lethe?.join('→') ?? 'none'}`,
  );
  const names =
    wrong.length > 0 ? `; NAMES: ${wrong.slice(0, 3).join('; ')} (${wrong.length})` : '';
  return (
    `loss ${text(found.loss)}, tokens ${text(found.tokenLogProb)}, ` +
    `gradients ${text(found.gradients)} (${worst.gradient}), stepped ${text(found.stepped)}, ` +
    `${nodes} nodes${names}`
  );
}
