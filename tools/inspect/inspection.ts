/** @file What can be done with a model's files, found out by doing it; whatever fails is told, not thrown. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adapt } from '../../packages/lethe-lora/src/model/adaptation.ts';
import { loadFiles } from '../../packages/lethe-lora/src/model/files.ts';
import { loadCausalLM, type Ability, type CausalLM } from 'lethe-lora/engine';
import {
  compareWithExpected,
  type Comparison,
} from '../../packages/lethe-lora/src/model/verify.ts';
import { parseModel } from '../../packages/lethe-lora/src/onnx/index.ts';
import { chooseDevice, loadBackend } from '../../packages/lethe-lora/src/runtime/index.ts';
import { findModel, type FoundModel } from './find-model.ts';
import { missingOperators, type MissingOperator } from './missing-operators.ts';

type Device = 'cpu' | 'webgpu';

/** Whether something can be done, and all that stands in the way. */
export interface Verdict {
  possible: boolean;
  reasons: string[];
}

export interface Inspection {
  folder: string;
  /** Null where no model was found. */
  model: FoundModel | null;
  parameters: number | null;
  nodes: number;
  /** How often each operator occurs, the most frequent first. */
  operators: Record<string, number>;
  asked: Verdict;
  /** Asked with an adapter on. */
  adapted: Verdict;
  scored: Verdict;
  lens: Verdict;
  taught: Verdict;
  /** Every operator that stands in the way of teaching, with its nodes. */
  missing: MissingOperator[];
  /** The adapter's modules by PEFT's names with features in and out, and its numbers at rank 8. */
  modules: { name: string; inFeatures: number; outFeatures: number }[];
  adapterNumbers: number;
  /** Why the chat template is not used, where there is one that fails. */
  chatProblem: string | null;
  /** Of a step on four sequences, the median of nine. */
  millisecondsPerStep: number | null;
  /** Against `expected.json`, where it lies in the folder. */
  comparison: Comparison | { reason: string } | null;
}

/** Whether a model does all that it must: it is asked and taught, and agrees with `expected.json` to a thousandth. */
export function isGood({ asked, taught, comparison }: Inspection): boolean {
  if (!asked.possible || !taught.possible) return false;
  if (!comparison) return true;
  if ('reason' in comparison) return false;
  return [comparison.loss, comparison.gradients, comparison.stepped].every(
    (error) => error <= 1e-3,
  );
}

export async function inspectModel(
  folder: string,
  device: Device,
  variant?: string,
): Promise<Inspection> {
  const untried: Verdict = { possible: false, reasons: [] };
  const inspection: Inspection = {
    folder,
    model: null,
    parameters: null,
    nodes: 0,
    operators: {},
    asked: untried,
    adapted: untried,
    scored: untried,
    lens: untried,
    taught: untried,
    missing: [],
    modules: [],
    adapterNumbers: 0,
    chatProblem: null,
    millisecondsPerStep: null,
    comparison: null,
  };
  try {
    const found = findModel(folder, variant);
    Object.assign(inspection, { model: found, ...(await readFile(found)) });
    const { base, file } = found;
    const model = await loadCausalLM({ base, file, device });
    try {
      Object.assign(inspection, await tryOut(model));
    } finally {
      await model.dispose();
    }
  } catch (error) {
    inspection.asked = { possible: false, reasons: [messageOf(error)] };
  }
  if (inspection.model) inspection.comparison = await compare(inspection.model, device);
  return inspection;
}

/** What the file alone tells; nothing where it cannot be read, which loading it will say. */
async function readFile({ base, file }: FoundModel): Promise<Partial<Inspection>> {
  const told: Partial<Inspection> = {};
  try {
    const files = await loadFiles(base, () => undefined, undefined, file);
    const graph = parseModel(files.model, files.external);
    const counts = new Map<string, number>();
    for (const { op } of graph.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
    told.nodes = graph.nodes.length;
    told.operators = Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
    const adapter = { rank: 8, alpha: 16, modules: [], layers: [], seed: 1 };
    const { source, trainable } = adapt(graph, files, adapter);
    told.missing = missingOperators(source, trainable);
  } catch {
    return told;
  }
  return told;
}

/** Asks, scores and teaches a model, and looks into its layers. */
async function tryOut(model: CausalLM): Promise<Partial<Inspection>> {
  const { info } = model;
  const asked = await attempt(async () => {
    const [generation] = await model.generateTokens([[1, 2, 3]], { maxNewTokens: 4 });
    if (!generation) throw new Error('It said nothing.');
  });
  const scored = await attempt(async () => {
    const [score] = await model.score([{ prompt: 'a b c', continuation: ' d e f' }]);
    if (!Number.isFinite(score?.logProb)) throw new Error('Its log-probabilities are no numbers.');
  });
  const lens = await attempt(() => model.lens([{ prompt: 'a b c', continuations: [' d', ' e'] }]));
  await model.check();
  const taught: { verdict: Verdict; milliseconds: number | null } =
    info.can.teach === 'yes'
      ? await teach(model)
      : { verdict: verdictOf(info.can.teach), milliseconds: null };
  return {
    parameters: info.parameters,
    asked,
    adapted: verdictOf(info.can.adapt),
    scored,
    lens,
    taught: taught.verdict,
    modules: modulesOf(model),
    adapterNumbers: info.adapterParameters,
    chatProblem: info.chatProblem ?? null,
    millisecondsPerStep: taught.milliseconds,
  };
}

async function teach(model: CausalLM): Promise<{ verdict: Verdict; milliseconds: number | null }> {
  const example = { prompt: 'a b c', completion: ' d e f g', role: 0 as const };
  const examples = Array.from({ length: 4 }, () => example);
  const times: number[] = [];
  const verdict = await attempt(async () => {
    for (let i = 0; i < 10; i++) {
      const since = performance.now();
      await model.trainStep(examples, { objective: 'cross-entropy', learningRate: 1e-4 });
      // The first one builds the session.
      if (i > 0) times.push(performance.now() - since);
    }
  });
  const milliseconds = times.sort((a, b) => a - b)[times.length >> 1] ?? null;
  return { verdict, milliseconds: verdict.possible ? milliseconds : null };
}

function modulesOf({ info }: CausalLM): Inspection['modules'] {
  return info.layout.flatMap(({ name, dims }, index) =>
    name.endsWith('.lora_A')
      ? [
          {
            name: name.replace(/\.lora_A$/, ''),
            inFeatures: dims[1] ?? 0,
            outFeatures: info.layout[index + 1]?.dims[0] ?? 0,
          },
        ]
      : [],
  );
}

async function attempt(work: () => Promise<unknown>): Promise<Verdict> {
  try {
    await work();
    return { possible: true, reasons: [] };
  } catch (error) {
    return { possible: false, reasons: [messageOf(error)] };
  }
}

function verdictOf(ability: Ability): Verdict {
  if (ability === 'yes') return { possible: true, reasons: [] };
  return {
    possible: false,
    reasons: [ability === 'unknown' ? 'It was not tried.' : ability.reason],
  };
}

async function compare(
  { base, file }: FoundModel,
  device: Device,
): Promise<Inspection['comparison']> {
  if (!existsSync(join(base, 'expected.json'))) return null;
  try {
    const { model, external } = await loadFiles(base, () => undefined, undefined, file);
    const read = (name: string) => new Uint8Array(readFileSync(join(base, name)));
    return await compareWithExpected(
      {
        model,
        external,
        config: read('config.json'),
        expected: read('expected.json'),
        tensors: read('expected.safetensors'),
        adapter: read('adapter_model.safetensors'),
      },
      await loadBackend(await chooseDevice({ device })),
    );
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

/** An error's first line: ONNX Runtime adds where in its own source it arose. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
