/** @file Adapters in PEFT's format (`adapter_config.json`, `adapter_model.safetensors`), in and out. */
import { ownEntry } from '../own-entry.ts';
import { float32Numbers, float32Tensor, type Tensor } from '../onnx/index.ts';
import type { ArenaSlice } from '../passes/index.ts';
import { readPeftConfig, scalingOf, type PeftConfig } from './peft-config.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import type { AdapterState, ModelInfo } from './types.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** An adapter as PEFT keeps it, file by file. */
export interface PeftFiles {
  config: Bytes;
  weights: Bytes;
}

type Adapted = Pick<ModelInfo, 'adapter' | 'layout'>;

const prefix = 'base_model.model.';

/** Modules that some models pack into one in PyTorch, with the parts from top to bottom of its weight. */
export const packedModules: Readonly<Record<string, readonly string[]>> = {
  qkv_proj: ['q_proj', 'k_proj', 'v_proj'],
  c_attn: ['q_proj', 'k_proj', 'v_proj'],
  gate_up_proj: ['gate_proj', 'up_proj'],
};

export interface ExportOptions {
  /** The original's name on the Hub, where it is known. */
  baseModel?: string | null;
  /** Modules that the original packs (names of `packedModules`), where this model has them apart. */
  packed?: readonly string[];
}

/**
 * The adapter's values as PEFT's files. Names and shapes are those of the original PyTorch model; where that packs modules which are
 * apart here, theirs become one adapter with the parts' ranks summed: A one below the other, B in blocks along the diagonal, and the
 * same scaling α/r.
 */
export function exportPeft(
  { adapter, layout }: Adapted,
  values: Float32Array,
  { baseModel = null, packed = [] }: ExportOptions = {},
): PeftFiles {
  const tensors = new Map<string, Tensor>(
    layout.map(({ name, dims, offset, length }) => [
      `${prefix}${name}.weight`,
      float32Tensor(values.slice(offset, offset + length), dims),
    ]),
  );
  const ranks = packed.flatMap((module): [string, number][] => {
    const parts = ownEntry(packedModules, module);
    if (!parts) throw new Error(`"${module}" is no packed module that is known.`);
    return join(tensors, module, parts) ? [[module, adapter.rank * parts.length]] : [];
  });
  const modules = [
    ...new Set([...tensors.keys()].map((name) => name.split('.').slice(-3)[0] ?? '')),
  ];
  const alphas = ranks.map(([module, rank]): [string, number] => [
    module,
    (adapter.alpha / adapter.rank) * rank,
  ]);
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    rank_pattern: Object.fromEntries(ranks),
    alpha_pattern: Object.fromEntries(alphas),
    lora_dropout: 0,
    target_modules: modules,
    layers_to_transform: adapter.layers.length > 0 ? [...adapter.layers] : null,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    modules_to_save: null,
    use_dora: false,
    use_rslora: false,
  };
  return {
    config: new TextEncoder().encode(JSON.stringify(config, null, 2) + '\n'),
    weights: writeSafetensors(tensors, { format: 'pt' }),
  };
}

/**
 * Makes one adapter of those of a module's parts, in every layer that has them all; whether there was any. The joint A [Σr, in] has the
 * parts' one below the other, the joint B [Σout, Σr] theirs along the diagonal.
 */
function join(tensors: Map<string, Tensor>, module: string, parts: readonly string[]): boolean {
  const first = `.${parts[0] ?? ''}.lora_A.weight`;
  let joined = false;
  for (const name of [...tensors.keys()].filter((each) => each.endsWith(first))) {
    const path = name.slice(0, -first.length);
    const keys = parts.map((part) => `${path}.${part}.lora_`);
    const pairs = keys.map((key) => [tensors.get(`${key}A.weight`), tensors.get(`${key}B.weight`)]);
    if (!pairs.every((pair): pair is [Tensor, Tensor] => Boolean(pair[0] && pair[1]))) continue;
    const size = (index: 0 | 1, axis: number): number =>
      pairs.reduce((sum, pair) => sum + (pair[index].dims[axis] ?? 0), 0);
    const [rank, rows, columns] = [size(0, 0), size(1, 0), pairs[0]?.[0].dims[1] ?? 0];
    const [down, up] = [new Float32Array(rank * columns), new Float32Array(rows * rank)];
    let [row, column] = [0, 0];
    for (const [a, b] of pairs) {
      const width = a.dims[0] ?? 0;
      down.set(float32Numbers(a), column * columns);
      float32Numbers(b).forEach((value, i) => {
        up[(row + Math.floor(i / width)) * rank + column + (i % width)] = value;
      });
      row += b.dims[0] ?? 0;
      column += width;
    }
    for (const key of keys) for (const half of ['A', 'B']) tensors.delete(`${key}${half}.weight`);
    tensors.set(`${path}.${module}.lora_A.weight`, float32Tensor(down, [rank, columns]));
    tensors.set(`${path}.${module}.lora_B.weight`, float32Tensor(up, [rows, rank]));
    joined = true;
  }
  return joined;
}

export interface ImportedAdapter {
  /** The adapter's values, with zero moments and step. */
  state: AdapterState;
  /** Modules of this model that the file does not adapt; they begin afresh, without effect. */
  absent: string[];
}

/**
 * Reads PEFT's files into a state for this model; `fresh` is the state of a new adapter. A smaller rank than the model's is filled up
 * with directions that have no effect yet, another scaling is taken into B. Throws with the name and the reason when the files do
 * not belong to this model.
 */
export function importPeft(
  { adapter, layout }: Adapted,
  files: PeftFiles,
  fresh: AdapterState,
): ImportedAdapter {
  const config = readPeftConfig(files.config);
  const tensors = unpacked(scaled(readSafetensors(files.weights), config), layout);
  const values = fresh.values.slice();
  const absent: string[] = [];
  for (const [index, down] of layout.entries()) {
    if (!down.name.endsWith('.lora_A')) continue;
    const up = layout[index + 1] as ArenaSlice;
    const module = down.name.slice(0, -'.lora_A'.length);
    const [a, b] = [take(tensors, down), take(tensors, up)];
    if (!a && !b) absent.push(module);
    else if (!a || !b)
      throw new Error(`The adapter has only one of lora_A and lora_B of ${module}.`);
    else place(values, { module, down, up, a, b }, adapter);
  }
  const [foreign] = tensors.keys();
  if (foreign !== undefined)
    throw new Error(
      `The adapter's "${foreign}" belongs to no projection of this model: it was made for another model, or for modules that Lethe does not adapt.`,
    );
  if (absent.length * 2 === layout.length)
    throw new Error('The adapter has no weights for this model.');
  const zeros = (): Float32Array<ArrayBuffer> => new Float32Array(values.length);
  return { state: { values, moment1: zeros(), moment2: zeros(), step: 0 }, absent };
}

function take(tensors: Map<string, Tensor>, { name }: ArenaSlice): Tensor | undefined {
  const key = `${prefix}${name}.weight`;
  const tensor = tensors.get(key);
  tensors.delete(key);
  return tensor;
}

interface Pair {
  module: string;
  down: ArenaSlice;
  up: ArenaSlice;
  a: Tensor;
  b: Tensor;
}

/** The tensors with each module's own scaling taken into its B, so that B·A is the change of its weight. */
function scaled(tensors: Map<string, Tensor>, config: PeftConfig): Map<string, Tensor> {
  const end = '.lora_B.weight';
  for (const [name, tensor] of tensors) {
    if (!name.endsWith(end)) continue;
    const module = name.slice(name.startsWith(prefix) ? prefix.length : 0, -end.length);
    const scaling = scalingOf(config, module, tensor.dims[1] ?? 1);
    const values = Float32Array.from(float32Numbers(tensor), (value) => value * scaling);
    tensors.set(name, float32Tensor(values, tensor.dims));
  }
  return tensors;
}

/** Copies one module's A and B into the arena. */
function place(
  values: Float32Array,
  { module, down, up, a, b }: Pair,
  adapter: ModelInfo['adapter'],
): void {
  const [inFeatures, outFeatures] = [down.dims[1] ?? 0, up.dims[0] ?? 0];
  const rank = a.dims[0] ?? 0;
  const fits = (tensor: Tensor, dims: readonly number[]): boolean =>
    tensor.dims.length === 2 && tensor.dims.every((size, axis) => size === dims[axis]);
  if (!fits(a, [rank, inFeatures]) || !fits(b, [outFeatures, rank]))
    throw new Error(
      `The adapter's ${module} is [${a.dims.join(', ')}] and [${b.dims.join(', ')}]; this model's is [r, ${inFeatures}] and [${outFeatures}, r]: it was made for another model.`,
    );
  if (rank > adapter.rank)
    throw new Error(
      `The adapter's ${module} has rank ${rank}; the model was loaded for rank ${adapter.rank}. Load the model with rank ${rank}.`,
    );
  const scaling = adapter.rank / adapter.alpha;
  values.set(float32Numbers(a), down.offset);
  float32Numbers(b).forEach((value, i) => {
    const [row, column] = [Math.floor(i / rank), i % rank];
    values[up.offset + row * adapter.rank + column] = value * scaling;
  });
  for (let row = 0; row < outFeatures; row++)
    values.fill(0, up.offset + row * adapter.rank + rank, up.offset + (row + 1) * adapter.rank);
}

/**
 * An adapter's modules as this model has them: of one that is packed in PyTorch and not here, each part has the same A and its rows of B;
 * parts that are packed here and not in PyTorch become one.
 */
function unpacked(
  tensors: Map<string, Tensor>,
  layout: readonly ArenaSlice[],
): Map<string, Tensor> {
  const owned = new Map(layout.map((slice) => [`${prefix}${slice.name}`, slice]));
  for (const [module, parts] of Object.entries(packedModules)) {
    if ([...owned.keys()].some((name) => name.endsWith(`.${module}.lora_A`)))
      join(tensors, module, parts);
    const end = `.${module}.lora_B.weight`;
    for (const [name, up] of [...tensors]) {
      const path = name.slice(0, -end.length);
      const own = parts.map((part) => owned.get(`${path}.${part}.lora_B`));
      const down = tensors.get(name.replace('lora_B', 'lora_A'));
      const rows = own.reduce((sum, slice) => sum + (slice?.dims[0] ?? NaN), 0);
      if (!name.endsWith(end) || !down || up.dims[0] !== rows) continue;
      tensors.delete(name);
      tensors.delete(name.replace('lora_B', 'lora_A'));
      let start = 0;
      own.forEach((slice, index) => {
        const count = slice?.dims[0] ?? 0;
        const rank = up.dims[1] ?? 0;
        const values = float32Numbers(up).subarray(start * rank, (start + count) * rank);
        start += count;
        const [a, b] = withoutZeros(down, float32Tensor(values, [count, rank]));
        const part = `${path}.${parts[index] ?? ''}`;
        tensors.set(`${part}.lora_A.weight`, a);
        tensors.set(`${part}.lora_B.weight`, b);
      });
    }
  }
  return tensors;
}

/** A and B without the ranks that B gives no weight, of which a joint adapter has many; one is left where all are so. */
function withoutZeros(a: Tensor, b: Tensor): [Tensor, Tensor] {
  const [rows = 0, rank = 0] = b.dims;
  const width = a.dims[1] ?? 0;
  const [down, up] = [float32Numbers(a), float32Numbers(b)];
  if (a.dims[0] !== rank) return [a, b];
  const used = Array.from({ length: rank }, (_, k) => k).filter((k) =>
    Array.from({ length: rows }, (_, row) => up[row * rank + k]).some((value) => value !== 0),
  );
  const kept = used.length > 0 ? used : [0];
  const keptA = kept.flatMap((k) => [...down.subarray(k * width, (k + 1) * width)]);
  const keptB = Array.from({ length: rows }, (_, row) => kept.map((k) => up[row * rank + k] ?? 0));
  return [
    float32Tensor(keptA, [kept.length, width]),
    float32Tensor(keptB.flat(), [rows, kept.length]),
  ];
}
