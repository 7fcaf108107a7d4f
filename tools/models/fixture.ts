/** @file One fixture: asked through the model's face, taught by its train graph, each by itself. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadCausalLM } from '../../src/model/index.ts';
import { compareWithExpected, readExpected, type Comparison } from '../../src/model/verify.ts';
import { externalWeights } from '../../src/onnx/index.ts';
import type { Backend } from '../../src/runtime/index.ts';

export interface FixtureResult {
  name: string;
  /** How many of the tokens of `greedy` came before the first that differs, of how many; null where it could not be asked. */
  greedy: { same: number; of: number } | null;
  comparison: Comparison | null;
  /** Why it cannot be asked, taught. */
  reasons: { asked?: string; taught?: string };
}

/** Reads, asks and teaches a fixture; what fails is told, not thrown. */
export async function checkFixture(folder: string, backend: Backend): Promise<FixtureResult> {
  const reasons: FixtureResult['reasons'] = {};
  const greedy = await ask(folder).catch((error: unknown) => {
    reasons.asked = messageOf(error);
    return null;
  });
  const comparison = await teach(folder, backend).catch((error: unknown) => {
    reasons.taught = messageOf(error);
    return null;
  });
  return { name: basename(folder), greedy, comparison, reasons };
}

function read(folder: string, name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(folder, name)));
}

/** Greedy tokens of the model as it is, without an adapter. */
async function ask(folder: string): Promise<{ same: number; of: number }> {
  const { greedy } = readExpected(read(folder, 'expected.json'));
  const { ids, new: wanted } = greedy ?? { ids: [1, 2, 3], new: [] };
  const model = await loadCausalLM({ base: `${folder}/`, device: 'cpu' });
  try {
    const maxNewTokens = greedy ? wanted.length : 4;
    const [generation] = await model.generateTokens([ids], { maxNewTokens });
    const tokens = generation?.tokens ?? [];
    const differs = wanted.findIndex((token, i) => token !== tokens[i]);
    return { same: differs < 0 ? wanted.length : differs, of: wanted.length };
  } finally {
    await model.dispose();
  }
}

async function teach(folder: string, backend: Backend): Promise<Comparison> {
  const model = read(folder, 'onnx/model.onnx');
  const external = new Map(
    [...externalWeights(model).keys()].map((name) => [name, read(folder, join('onnx', name))]),
  );
  const files = {
    model,
    external,
    expected: read(folder, 'expected.json'),
    tensors: read(folder, 'expected.safetensors'),
    adapter: read(folder, 'adapter_model.safetensors'),
    config: read(folder, 'config.json'),
  };
  return compareWithExpected(files, backend);
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/** Half precision and 8-bit activations round more than PyTorch's float32. */
function tolerance(name: string): { loss: number; gradients: number } {
  return /q8|f?p?16/.test(name) ? { loss: 5e-3, gradients: 5e-2 } : { loss: 1e-5, gradients: 1e-3 };
}

export function isRight({ name, greedy, comparison }: FixtureResult): boolean {
  const { loss, gradients } = tolerance(name);
  return (
    greedy?.same === greedy?.of &&
    greedy !== null &&
    comparison !== null &&
    comparison.modules.length === 0 &&
    comparison.loss <= loss &&
    comparison.gradients <= gradients
  );
}

export function lineOf(result: FixtureResult): string {
  const { name, greedy, comparison, reasons } = result;
  const asked = greedy ? `asked ${greedy.same}/${greedy.of}` : `NOT ASKED: ${reasons.asked}`;
  const wrong = comparison?.modules.map(
    ({ name: module, peft, lethe }) =>
      `${module} PEFT ${peft?.join('→') ?? 'none'}, here ${lethe?.join('→') ?? 'none'}`,
  );
  const taught = comparison
    ? `loss ${comparison.loss.toExponential(1)}, tokens ${comparison.tokenLogProb.toExponential(1)}, ` +
      `gradients ${comparison.gradients.toExponential(1)} (${comparison.worst.gradient}), ` +
      `stepped ${comparison.stepped.toExponential(1)}, ${comparison.nodes} nodes` +
      (wrong && wrong.length > 0
        ? `; NAMES: ${wrong.slice(0, 3).join('; ')} (${wrong.length})`
        : '')
    : `NOT TAUGHT: ${reasons.taught}`;
  return `${isRight(result) ? 'right' : 'WRONG'} ${name.padEnd(24)} ${asked} | ${taught}`;
}
