/** @file Adapters in PEFT's format (`adapter_config.json`, `adapter_model.safetensors`), in and out. */
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

/**
 * The adapter's values as PEFT's files. Names and shapes are those of the original PyTorch model; packed queries, keys and values
 * are three modules there. `baseModel` is the original's name on the Hub, where it is known.
 */
export function exportPeft(
  { adapter, layout }: Adapted,
  values: Float32Array,
  baseModel: string | null = null,
): PeftFiles {
  const tensors = new Map<string, Tensor>(
    layout.map(({ name, dims, offset, length }) => [
      `${prefix}${name}.weight`,
      float32Tensor(values.slice(offset, offset + length), dims),
    ]),
  );
  const modules = [...new Set(layout.map(({ name }) => name.split('.').slice(-2)[0] ?? ''))];
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
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
  const tensors = unpacked(readSafetensors(files.weights), layout);
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
    else place(values, { module, down, up, a, b }, config, adapter);
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

/** Copies one module's A and B into the arena. */
function place(
  values: Float32Array,
  { module, down, up, a, b }: Pair,
  config: PeftConfig,
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
  const scaling = scalingOf(config, module, rank) / (adapter.alpha / adapter.rank);
  values.set(float32Numbers(a), down.offset);
  float32Numbers(b).forEach((value, i) => {
    const [row, column] = [Math.floor(i / rank), i % rank];
    values[up.offset + row * adapter.rank + column] = value * scaling;
  });
  for (let row = 0; row < outFeatures; row++)
    values.fill(0, up.offset + row * adapter.rank + rank, up.offset + (row + 1) * adapter.rank);
}

/**
 * Takes an adapter of one packed module apart (some models pack queries, keys and values in PyTorch too): each part has the
 * same A and its rows of B.
 */
function unpacked(
  tensors: Map<string, Tensor>,
  layout: readonly ArenaSlice[],
): Map<string, Tensor> {
  const parts = ['q_proj', 'k_proj', 'v_proj'];
  for (const [name, up] of [...tensors]) {
    const match = /^(.*\.)qkv_proj\.lora_B\.weight$/.exec(name);
    const path = match?.[1] ?? '';
    const own = parts.map((part) =>
      layout.find((slice) => `${prefix}${slice.name}` === `${path}${part}.lora_B`),
    );
    const down = tensors.get(name.replace('lora_B', 'lora_A'));
    const rows = own.reduce((sum, slice) => sum + (slice?.dims[0] ?? NaN), 0);
    if (!match || !down || up.dims[0] !== rows) continue;
    tensors.delete(name);
    tensors.delete(name.replace('lora_B', 'lora_A'));
    let start = 0;
    own.forEach((slice, index) => {
      const count = slice?.dims[0] ?? 0;
      const stride = up.bytes.length / rows;
      const bytes = up.bytes.subarray(start * stride, (start + count) * stride);
      start += count;
      const part = `${path}${parts[index] ?? ''}`;
      tensors.set(`${part}.lora_A.weight`, down);
      tensors.set(`${part}.lora_B.weight`, { ...up, dims: [count, up.dims[1] ?? 0], bytes });
    });
  }
  return tensors;
}
