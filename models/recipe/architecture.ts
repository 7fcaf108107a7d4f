/** @file Atlas' architecture as an ONNX graph: a Llama-like decoder in the form that public exporters write. */
import {
  Builder,
  float,
  float32Tensor,
  Graph,
  int,
  type Tensor,
  type Value,
} from '../../packages/lethe-lora/src/onnx/index.ts';

export interface Architecture {
  vocabulary: number;
  /** Width of the residual stream. */
  width: number;
  layers: number;
  heads: number;
  /** Width of the gated feed-forward layer. */
  feedForward: number;
  /** Longest sequence. */
  positions: number;
  ropeTheta: number;
  epsilon: number;
}

/** The shipped model: 6.6 M parameters. */
export const atlas: Architecture = {
  vocabulary: 8192,
  width: 256,
  layers: 6,
  heads: 4,
  feedForward: 640,
  positions: 256,
  ropeTheta: 10000,
  epsilon: 1e-5,
};

/** Gives a weight's tensor by its name and dimensions: random at first, trained later. */
export type Weights = (name: string, dims: readonly number[]) => Tensor;

/**
 * The decoder with a KV cache: `input_ids`, `attention_mask`, `past_key_values.*` → `logits`, `present.*`. RMS norm, packed
 * queries, keys and values, rotary embedding inside `GroupQueryAttention`, SwiGLU, tied embeddings.
 *
 * `exchangeAfter` numbers layers (from 0) after which states change places: each adds an input `exchange_after_<layer>` int64 [B·T]
 * that says from which place of the flattened batch each place takes its state. Pretraining uses it (see batches.ts); the model that
 * ships is built without. `nudgeAfter` is a layer after which the input `nudge` float32 [B·T, width] is added to the states, in units of
 * each state's root mean square.
 */
export function buildDecoder(
  shape: Architecture,
  weights: Weights,
  {
    exchangeAfter = [],
    nudgeAfter,
  }: { exchangeAfter?: readonly number[]; nudgeAfter?: number } = {},
): Graph {
  const graph = new Graph();
  graph.name = 'atlas';
  graph.opsets.set('', 21);
  graph.opsets.set('com.microsoft', 1);
  const b = new Builder(graph, 'model');
  const weight = (name: string, dims: readonly number[]): Value => {
    const tensor = weights(name, dims);
    const value = graph.addInitializer(name, tensor);
    // Half-precision files are computed in single precision: the runtime folds this cast when it loads them.
    return b.cast(value, 'float32');
  };
  const headSize = shape.width / shape.heads;
  const tokens = graph.addInput('input_ids', 'int64', ['batch_size', 'sequence_length']);
  const mask = graph.addInput('attention_mask', 'int64', ['batch_size', 'total_sequence_length']);
  const pastShape = ['batch_size', shape.heads, 'past_sequence_length', headSize];
  const pasts = Array.from({ length: shape.layers }, (_, layer) =>
    ['key', 'value'].map((kind) =>
      graph.addInput(`past_key_values.${layer}.${kind}`, 'float32', pastShape),
    ),
  );

  const counts = b.op('ReduceSum', [mask, b.integers([1])], { keepdims: int(0) });
  const last = b.cast(b.op('Sub', [counts, b.scalar(1, 'int64')]), 'int32');
  const total = b.cast(b.op('Gather', [b.op('Shape', [mask]), b.scalar(1, 'int64')]), 'int32');
  const cosine = graph.addInitializer('cos_cache', rotaryCache(shape, Math.cos));
  const sine = graph.addInitializer('sin_cache', rotaryCache(shape, Math.sin));

  const norm = (x: Value, name: string): Value =>
    b.op('SimplifiedLayerNormalization', [x, weight(name, [shape.width])], {
      axis: int(-1),
      epsilon: float(shape.epsilon),
    });
  const project = (x: Value, name: string, from: number, to: number): Value =>
    b.op('MatMul', [x, weight(name, [from, to])]);

  const embedding = weight('model.embed_tokens.weight', [shape.vocabulary, shape.width]);
  let x = b.op('Gather', [embedding, tokens], { axis: int(0) });
  const presents: [string, Value][] = [];
  pasts.forEach(([pastKey, pastValue], layer) => {
    const name = `model.layers.${layer}`;
    const packed = project(
      norm(x, `${name}.input_layernorm.weight`),
      `${name}.attn.qkv_proj.MatMul.weight`,
      shape.width,
      3 * shape.width,
    );
    const attention = b.node(
      'com.microsoft::GroupQueryAttention',
      [packed, null, null, pastKey ?? null, pastValue ?? null, last, total, cosine, sine],
      3,
      { num_heads: int(shape.heads), kv_num_heads: int(shape.heads), do_rotary: int(1) },
    );
    presents.push([`present.${layer}.key`, attention.out(1)]);
    presents.push([`present.${layer}.value`, attention.out(2)]);
    for (const output of attention.outputs) if (output) output.type = 'float32';
    x = b.add(
      x,
      project(attention.out(), `${name}.attn.o_proj.MatMul.weight`, shape.width, shape.width),
    );
    const normal = norm(x, `${name}.post_attention_layernorm.weight`);
    const gate = project(
      normal,
      `${name}.mlp.gate_proj.MatMul.weight`,
      shape.width,
      shape.feedForward,
    );
    const up = project(normal, `${name}.mlp.up_proj.MatMul.weight`, shape.width, shape.feedForward);
    const inner = b.mul(b.mul(gate, b.op('Sigmoid', [gate])), up);
    x = b.add(
      x,
      project(inner, `${name}.mlp.down_proj.MatMul.weight`, shape.feedForward, shape.width),
    );
    if (exchangeAfter.includes(layer)) {
      const from = graph.addInput(exchangeInput(layer), 'int64', ['places']);
      const rows = b.reshape(x, [-1, shape.width]);
      x = b.reshapeLike(b.op('Gather', [rows, from], { axis: int(0) }), x);
    }
    if (nudgeAfter === layer) {
      const nudge = graph.addInput(nudgeInput, 'float32', ['places', shape.width]);
      const rows = b.reshape(x, [-1, shape.width]);
      const length = b.op('Sqrt', [b.reduceMean(b.mul(rows, rows), [1])]);
      x = b.reshapeLike(b.add(rows, b.mul(nudge, length)), x);
    }
  });
  const hidden = norm(x, 'model.norm.weight');
  const rows = b.reshape(hidden, [-1, shape.width]);
  const scores = b.op('Gemm', [rows, embedding], { transB: int(1) });
  const size = b.concat([b.op('Shape', [tokens]), b.integers([shape.vocabulary])], 0);
  const logits = b.op('Reshape', [scores, size]);
  logits.type = 'float32';
  logits.shape = ['batch_size', 'sequence_length', shape.vocabulary];
  graph.addOutput('logits', logits);
  for (const [name, value] of presents) {
    value.shape = ['batch_size', shape.heads, 'total_sequence_length', headSize];
    graph.addOutput(name, value);
  }
  graph.prune();
  return graph;
}

/** The input that is added to the states. */
export const nudgeInput = 'nudge';

/** The input that says which states change places after a layer. */
export function exchangeInput(layer: number): string {
  return `exchange_after_${layer}`;
}

/** cos or sin of position · θ^(−2i/D), [positions, D/2]. */
function rotaryCache(shape: Architecture, turn: (angle: number) => number): Tensor {
  const half = shape.width / shape.heads / 2;
  const values = Float32Array.from({ length: shape.positions * half }, (_, index) =>
    turn(Math.floor(index / half) * shape.ropeTheta ** (-(index % half) / half)),
  );
  return float32Tensor(values, [shape.positions, half]);
}
