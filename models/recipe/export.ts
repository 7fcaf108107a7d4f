/**
 * @file `npm run atlas:export`: writes the trained state of `.cache/atlas` as `models/atlas` in the Hub's layout, and its log. With `--plain`
 * it writes the twin of `.cache/twin` as `models/atlas-plain`, with Atlas' tokenizer.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  elementCount,
  float32Tensor,
  numberToHalf,
  tensorOver,
  writeModel,
  type Tensor,
} from '../../packages/lethe-lora/src/onnx/index.ts';
import { arenaLength, buildTrainGraph } from '../../packages/lethe-lora/src/passes/index.ts';
import { atlas, buildDecoder, type Architecture, type Weights } from './architecture.ts';
import { plain as plainly, suggestedAdapter } from './options.ts';
import { textShares } from './shares.ts';
import { loadTokenizer } from './vocabulary.ts';

/** The same numbers in half precision: half the download; computed in single precision after the file's own casts. */
function half(values: Float32Array, dims: readonly number[]): Tensor {
  return tensorOver('float16', dims, Uint16Array.from(values, numberToHalf));
}

/**
 * Writes `config.json`, `generation_config.json` and `onnx/model.onnx` into a folder (with a slash at its end). `told` is what else the
 * configuration says (see packages/lethe-lora/src/model/lethe-config.ts).
 */
export function writeModelFolder(
  folder: string,
  shape: Architecture,
  weights: (name: string, dims: readonly number[]) => Float32Array,
  told: Readonly<Record<string, unknown>> = {},
): void {
  const graph = buildDecoder(shape, (name, dims) => half(weights(name, dims), dims));
  mkdirSync(`${folder}onnx`, { recursive: true });
  writeFileSync(`${folder}onnx/model.onnx`, writeModel(graph));
  const special = { bos_token_id: 1, eos_token_id: 2, pad_token_id: 0 };
  const json = (name: string, value: object): void =>
    writeFileSync(folder + name, JSON.stringify(value, null, 2) + '\n');
  json('config.json', {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: shape.vocabulary,
    hidden_size: shape.width,
    intermediate_size: shape.feedForward,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.heads,
    head_dim: shape.width / shape.heads,
    hidden_act: 'silu',
    max_position_embeddings: shape.positions,
    rms_norm_eps: shape.epsilon,
    rope_theta: shape.ropeTheta,
    tie_word_embeddings: true,
    use_cache: true,
    ...special,
    ...told,
  });
  json('generation_config.json', { ...special, do_sample: false, max_new_tokens: 16 });
}

/** The parameters of a training state by name: the file that `train.ts` writes. */
export function readTrainedWeights(
  path: string,
  shape: Architecture,
): { step: number; weights: (name: string) => Float32Array } {
  const zeros: Weights = (_, dims) => float32Tensor(new Float32Array(elementCount(dims)), dims);
  const { layout } = buildTrainGraph(
    buildDecoder(shape, zeros),
    { kind: 'parameters' },
    'cross-entropy',
  );
  const bytes = new Uint8Array(readFileSync(path));
  if (bytes.length !== 8 + 12 * arenaLength(layout))
    throw new Error(`${path} is not a training state of this architecture.`);
  const slices = new Map(layout.map((slice) => [slice.name, slice]));
  return {
    step: new Float64Array(bytes.buffer, 0, 1)[0] ?? 0,
    weights: (name) => {
      const slice = slices.get(name);
      if (!slice) throw new Error(`The training state has no ${name}.`);
      return new Float32Array(bytes.buffer, 8 + 4 * slice.offset, slice.length);
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const { plain } = parseArgs({ options: { plain: { type: 'boolean', default: false } } }).values;
  const name = plain ? 'atlas-plain' : 'atlas';
  const trained = here(plain ? '../../.cache/twin/' : '../../.cache/atlas/');
  const folder = here(`../${name}/`);
  const { step, weights } = readTrainedWeights(`${trained}state.bin`, atlas);
  writeModelFolder(folder, atlas, weights, {
    training_text_shares: textShares(step, loadTokenizer().encode, plain ? { read: plainly } : {}),
    suggested_adapter: suggestedAdapter,
  });
  copyFileSync(`${trained}training.jsonl`, `${folder}training.jsonl`);
  if (plain)
    for (const file of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'])
      copyFileSync(here(`../atlas/${file}`), folder + file);
  console.log(`Wrote models/${name} from step ${step}.`);
}
