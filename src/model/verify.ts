/** @file Compares a model's loss, gradients and stepped adapters with what PyTorch and PEFT computed (`expected.*`). */
import { parseModel } from '../onnx/index.ts';
import {
  adamW,
  adapterLayout,
  arenaLength,
  buildScoreGraph,
  buildTrainGraph,
  findProjections,
  prepare,
  type ArenaSlice,
} from '../passes/index.ts';
import {
  float32,
  int64Rows,
  scalar,
  Session,
  SharedWeights,
  type Backend,
  type Tensor,
} from '../runtime/index.ts';
import { moduleTable } from './peft-modules.ts';
import { float32Values, readSafetensors } from './safetensors.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** The files of a fixture folder. */
export interface Expectation {
  model: Bytes;
  /** `expected.json`, `expected.safetensors`, `adapter_model.safetensors`. */
  expected: Bytes;
  tensors: Bytes;
  adapter: Bytes;
  /** `config.json`, by which modules are named whose names the model's file does not tell. */
  config?: Bytes;
}

/** Largest errors, each relative to the largest entry of its tensor (of the loss: to the loss). */
export interface Comparison {
  loss: number;
  sequenceLogProb: number;
  gradients: number;
  /** Adapters after three AdamW steps. */
  stepped: number;
  worst: { gradient: string; stepped: string };
  /** Bytes read back from the GPU by one train step (0 elsewhere). */
  readBackPerStep: number;
}

interface Expected {
  input_ids: number[][];
  attention_mask: number[][];
  labels: number[][];
  token_logprobs: number[][];
  losses_before_each_step_and_after_3: number[];
  adamw: { lr: number; betas: [number, number]; eps: number; weight_decay: number };
  lora: { r: number; alpha: number };
}

const prefix = 'base_model.model.';

/** Runs the model's train graph on a device and compares. Throws when a tensor that is expected is missing. */
export async function compareWithExpected(
  files: Expectation,
  backend: Backend,
): Promise<Comparison> {
  const expected = JSON.parse(new TextDecoder().decode(files.expected)) as Expected;
  const tensors = readSafetensors(files.tensors);
  const adapters = readSafetensors(files.adapter);
  const source = prepare(parseModel(files.model));
  const config = files.config ? new TextDecoder().decode(files.config) : '{}';
  const table = moduleTable(JSON.parse(config) as Record<string, unknown>);
  const trainable = {
    kind: 'adapters',
    projections: findProjections(source, table),
    rank: expected.lora.r,
    alpha: expected.lora.alpha,
  } as const;
  const layout = adapterLayout(trainable.projections, trainable.rank);
  const arena = new Float32Array(arenaLength(layout));
  for (const { name, offset } of layout) {
    const tensor = adapters.get(`${prefix}${name}.weight`);
    if (!tensor) throw new Error(`adapter_model.safetensors has no ${prefix}${name}.weight.`);
    arena.set(float32Values(tensor), offset);
  }
  const size = [arena.length];
  const feeds = {
    input_ids: int64Rows(backend, expected.input_ids),
    attention_mask: int64Rows(backend, expected.attention_mask),
    labels: int64Rows(backend, expected.labels),
    adapter: float32(backend, arena, size),
  };
  const traffic = { readBack: 0 };
  // Even small weights are shared on WebGPU, so that what large models do is seen.
  const shared = new SharedWeights(backend, 256);
  const score = buildScoreGraph(source, trainable);
  const scoring = await Session.create(score, backend, traffic, { shared });
  const scores = await scoring.run(feeds);
  const wanted = Float32Array.from(expected.labels, (row, b) =>
    row.reduce(
      (sum, label, t) => (label < 0 ? sum : sum + (expected.token_logprobs[b]?.[t - 1] ?? 0)),
      0,
    ),
  );
  const { betas, eps, weight_decay: weightDecay, lr } = expected.adamw;
  const optimiser = { ...adamW, beta1: betas[0], beta2: betas[1], epsilon: eps, weightDecay };
  const { graph } = buildTrainGraph(source, trainable, 'cross-entropy', { optimiser });
  const session = await Session.create(graph, backend, traffic, {
    onDevice: ['adapter_out', 'moment1_out', 'moment2_out'],
    shared,
  });
  let state: Record<string, Tensor> = {
    adapter: feeds.adapter,
    moment1: float32(backend, new Float32Array(arena.length), size),
    moment2: float32(backend, new Float32Array(arena.length), size),
  };
  let lossError = 0;
  let gradient = new Float32Array();
  traffic.readBack = 0;
  for (const step of [1, 2, 3]) {
    const output = await session.run({
      ...feeds,
      ...state,
      lr: scalar(backend, lr),
      step: scalar(backend, step),
    });
    const loss = expected.losses_before_each_step_and_after_3[step - 1] ?? NaN;
    lossError = Math.max(lossError, Math.abs(Number(output['loss']?.data[0]) - loss) / loss);
    state = Object.fromEntries(
      ['adapter', 'moment1', 'moment2'].map((name) => [name, output[`${name}_out`] as Tensor]),
    );
    // Without clipping, the first moment after one step is (1 − β₁) times the gradient.
    if (step === 1)
      gradient = Float32Array.from(
        (await state['moment1']?.getData()) as Float32Array,
        (value) => value / (1 - betas[0]),
      );
  }
  const readBackPerStep = traffic.readBack / 3;
  const stepped = (await state['adapter']?.getData()) as Float32Array;
  for (const tensor of Object.values(state)) tensor.dispose();
  await session.dispose();
  // The device lives as long as a session does, and the shared weights lie on it.
  await scoring.dispose();
  await shared.dispose();

  const reference =
    (kind: string) =>
    (slice: ArenaSlice): Float32Array => {
      const name = `${kind}/${prefix}${slice.name}.default.weight`;
      const tensor = tensors.get(name);
      if (!tensor) throw new Error(`expected.safetensors has no ${name}.`);
      return float32Values(tensor);
    };
  const gradients = largestError(layout, gradient, reference('grad'));
  const after = largestError(layout, stepped, reference('after3'));
  return {
    loss: lossError,
    sequenceLogProb: relativeError(scores['sequence_logprob']?.data as Float32Array, wanted),
    gradients: gradients.error,
    stepped: after.error,
    worst: { gradient: gradients.name, stepped: after.name },
    readBackPerStep,
  };
}

function largestError(
  layout: readonly ArenaSlice[],
  arena: Float32Array,
  reference: (slice: ArenaSlice) => Float32Array,
): { error: number; name: string } {
  return layout
    .map((slice) => ({
      name: slice.name,
      error: relativeError(
        arena.subarray(slice.offset, slice.offset + slice.length),
        reference(slice),
      ),
    }))
    .reduce((worst, item) => (item.error > worst.error ? item : worst));
}

/** Largest absolute difference over the reference's largest entry; infinite for lengths or numbers that do not compare. */
function relativeError(values: Float32Array, reference: Float32Array): number {
  if (values.length !== reference.length) return Infinity;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const delta = Math.abs((values[i] ?? NaN) - (reference[i] ?? NaN));
    if (Number.isNaN(delta)) return Infinity;
    difference = Math.max(difference, delta);
    largest = Math.max(largest, Math.abs(reference[i] ?? 0));
  }
  return difference / largest;
}
