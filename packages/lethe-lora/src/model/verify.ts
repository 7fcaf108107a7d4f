/** @file Compares a model's loss, gradients and stepped adapters with what PyTorch and PEFT computed (`expected.*`). */
import { parseModel, type ExternalFiles, type Tensor as SafeTensor } from '../onnx/index.ts';
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

/** The files of a fixture folder (docs/models.md). */
export interface Expectation {
  model: Bytes;
  /** Weights beside the model's file, by the name that it gives them. */
  external?: ExternalFiles;
  /** `expected.json`, `expected.safetensors`, `adapter_model.safetensors`. */
  expected: Bytes;
  tensors: Bytes;
  adapter: Bytes;
  /** `config.json`, by which modules are named whose names the model's file does not tell. */
  config?: Bytes;
}

/** Largest errors, each relative to the largest entry of its tensor (of the loss: to the loss) where nothing else is said. */
export interface Comparison {
  /** Of the losses before each of three AdamW steps and after the third. */
  loss: number;
  sequenceLogProb: number;
  /** log P of every token of the batch, prompt and completion. */
  tokenLogProb: number;
  gradients: number;
  /** Adapters after three AdamW steps: distance over norm, of the entries whose gradient is above a thousandth of their tensor's largest. */
  stepped: number;
  worst: { gradient: string; stepped: string };
  /** Adapter modules by PEFT's names that Lethe lacks, or has beside them, or has with another size. */
  modules: ModuleDifference[];
  /** Bytes read back from the GPU by one train step (0 elsewhere). */
  readBackPerStep: number;
  /** Nodes of the train graph. */
  nodes: number;
}

export interface ModuleDifference {
  name: string;
  /** `[in, out]` as PEFT has them, and as Lethe has them; null where one has none. */
  peft: readonly [number, number] | null;
  lethe: readonly [number, number] | null;
}

/** What `expected.json` holds. */
export interface Expected {
  input_ids: number[][];
  attention_mask: number[][];
  labels: number[][];
  token_logprobs: number[][];
  losses_before_each_step_and_after_3: number[];
  adamw: { lr: number; betas: [number, number]; eps: number; weight_decay: number };
  lora: { r: number; alpha: number };
  family?: string;
  form?: string;
  /** `margins`: by how much each new token's logit was above the next one's. */
  greedy?: { prompt: string; ids: number[]; new: number[]; margins?: number[] };
  modules_in_order?: [name: string, inFeatures: number, outFeatures: number][];
}

const prefix = 'base_model.model.';
/** AdamW makes noise of entries whose gradient is nearly nothing: its step is the gradient's sign there. */
const leastGradient = 1e-3;

export function readExpected(bytes: Uint8Array): Expected {
  return JSON.parse(new TextDecoder().decode(bytes)) as Expected;
}

/** Runs the model's score and train graphs on a device and compares. Throws where one of them cannot be built or run. */
export async function compareWithExpected(
  files: Expectation,
  backend: Backend,
): Promise<Comparison> {
  const expected = readExpected(files.expected);
  const tensors = readSafetensors(files.tensors);
  const adapters = readSafetensors(files.adapter);
  const source = prepare(parseModel(files.model, files.external), files.external);
  const config = files.config ? new TextDecoder().decode(files.config) : '{}';
  const table = moduleTable(JSON.parse(config) as Record<string, unknown>);
  const trainable = {
    kind: 'adapters',
    projections: findProjections(source, table),
    rank: expected.lora.r,
    alpha: expected.lora.alpha,
  } as const;
  const layout = adapterLayout(trainable.projections, trainable.rank);
  // What PEFT does not adapt is not adapted here either: zeros stay zeros.
  const known = layout.filter(({ name }) => adapters.has(`${prefix}${name}.weight`));
  const arena = new Float32Array(arenaLength(layout));
  for (const { name, offset } of known)
    arena.set(float32Values(adapters.get(`${prefix}${name}.weight`) as SafeTensor), offset);
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
  const tokens = tokenByToken(expected);
  const each = await scoring.run({
    input_ids: int64Rows(backend, tokens.ids),
    attention_mask: int64Rows(backend, tokens.mask),
    labels: int64Rows(backend, tokens.labels),
    adapter: feeds.adapter,
  });
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
  let stepped = new Float32Array();
  let readBackPerStep = 0;
  traffic.readBack = 0;
  for (const step of [1, 2, 3, 4]) {
    if (step === 4) {
      readBackPerStep = traffic.readBack / 3;
      stepped = (await state['adapter']?.getData()) as Float32Array<ArrayBuffer>;
    }
    const output = await session.run({
      ...feeds,
      ...state,
      lr: scalar(backend, lr),
      step: scalar(backend, step),
    });
    const loss = expected.losses_before_each_step_and_after_3[step - 1] ?? NaN;
    lossError = worse(lossError, Math.abs(Number(output['loss']?.data[0]) - loss) / loss);
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
  const [gradientOf, steppedTo] = [reference('grad'), reference('after3')];
  const gradients = worstOf(known, (slice) =>
    relativeError(part(gradient, slice), gradientOf(slice)),
  );
  const after = worstOf(known, (slice) => {
    const entries = gradientOf(slice);
    const least = leastGradient * largestOf(entries);
    return distance(part(stepped, slice), steppedTo(slice), (i) => {
      return Math.abs(entries[i] ?? 0) > least;
    });
  });
  return {
    loss: lossError,
    sequenceLogProb: relativeError(scores['sequence_logprob']?.data as Float32Array, wanted),
    tokenLogProb: relativeError(each['sequence_logprob']?.data as Float32Array, tokens.wanted),
    gradients: gradients.error,
    stepped: after.error,
    worst: { gradient: gradients.name, stepped: after.name },
    modules: moduleDifferences(layout, adapters),
    readBackPerStep,
    nodes: graph.nodes.length,
  };
}

/** Every sequence once for each of its tokens but the first, with that token alone as its label. */
function tokenByToken(expected: Expected) {
  const ids: number[][] = [];
  const mask: number[][] = [];
  const labels: number[][] = [];
  const wanted: number[] = [];
  expected.input_ids.forEach((row, b) => {
    const seen = expected.attention_mask[b] ?? [];
    row.forEach((token, t) => {
      if (t === 0 || seen[t] !== 1) return;
      ids.push(row);
      mask.push(seen);
      labels.push(row.map((_, place) => (place === t ? token : -100)));
      wanted.push(expected.token_logprobs[b]?.[t - 1] ?? NaN);
    });
  });
  return { ids, mask, labels, wanted: Float32Array.from(wanted) };
}

/** Where the adapter's modules here differ from those in PEFT's file, by name or size. */
function moduleDifferences(
  layout: readonly ArenaSlice[],
  adapters: ReadonlyMap<string, SafeTensor>,
): ModuleDifference[] {
  const peft = sizesOf(
    [...adapters].map(([name, { dims }]) => [
      name.slice(prefix.length).replace(/\.weight$/, ''),
      dims,
    ]),
  );
  const lethe = sizesOf(layout.map(({ name, dims }) => [name, dims]));
  return [...new Set([...peft.keys(), ...lethe.keys()])]
    .map((name) => ({ name, peft: peft.get(name) ?? null, lethe: lethe.get(name) ?? null }))
    .filter((each) => each.peft?.join() !== each.lethe?.join());
}

/** Features in and out of every module, from the shapes [r, in] of its A and [out, r] of its B. */
function sizesOf(
  matrices: readonly (readonly [string, readonly number[]])[],
): Map<string, [number, number]> {
  const sizes = new Map<string, [number, number]>();
  for (const [path, shape] of matrices) {
    const name = path.replace(/\.lora_[AB]$/, '');
    const [inFeatures, outFeatures] = sizes.get(name) ?? [0, 0];
    sizes.set(
      name,
      path.endsWith('A') ? [shape[1] ?? 0, outFeatures] : [inFeatures, shape[0] ?? 0],
    );
  }
  return sizes;
}

function part(arena: Float32Array, { offset, length }: ArenaSlice): Float32Array {
  return arena.subarray(offset, offset + length);
}

function worstOf(
  layout: readonly ArenaSlice[],
  errorOf: (slice: ArenaSlice) => number,
): { error: number; name: string } {
  return layout
    .map((slice) => ({ name: slice.name, error: errorOf(slice) }))
    .reduce((worst, item) => (item.error > worst.error ? item : worst), { error: 0, name: '' });
}

/** The larger of two errors, where what is no number is the largest. */
function worse(a: number, b: number): number {
  return Number.isNaN(b) ? Infinity : Math.max(a, b);
}

function largestOf(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** Largest absolute difference over the reference's largest entry; infinite for lengths or numbers that do not compare. */
function relativeError(values: Float32Array, reference: Float32Array): number {
  if (values.length !== reference.length) return Infinity;
  let difference = 0;
  for (let i = 0; i < values.length; i++)
    difference = worse(difference, Math.abs((values[i] ?? NaN) - (reference[i] ?? NaN)));
  return difference === 0 ? 0 : difference / largestOf(reference);
}

/** Euclidean distance of the entries that count over the norm of the reference's; infinite for lengths or numbers that do not compare. */
function distance(
  values: Float32Array,
  reference: Float32Array,
  counts: (index: number) => boolean,
): number {
  if (values.length !== reference.length) return Infinity;
  let [difference, norm] = [0, 0];
  reference.forEach((wanted, i) => {
    if (!counts(i)) return;
    difference += ((values[i] ?? NaN) - wanted) ** 2;
    norm += wanted ** 2;
  });
  if (Number.isNaN(difference)) return Infinity;
  return difference === 0 ? 0 : Math.sqrt(difference / norm);
}
