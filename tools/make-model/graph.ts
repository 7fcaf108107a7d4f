/**
 * @file The decoder's graph in the form that onnxruntime-genai's builder writes: packed queries, keys and values,
 * `GroupQueryAttention` with its rotary tables, `SkipSimplifiedLayerNormalization`, `MatMulNBits`, and a head that is the embedding.
 */
import {
  Builder,
  float,
  Graph,
  int,
  numberToHalf,
  tensorOver,
  type DataType,
  type Value,
} from '../../packages/lethe-lora/src/onnx/index.ts';
import { isLocal, localRopeTheta, type DecoderShape, type Precision } from './shape.ts';
import { block, StreamedWeights, type Matrix } from './weights.ts';

/** How words become vectors: the head's own weight, or a table of real numbers beside it. */
export type Embedding = 'shared' | 'table';

export interface DecoderGraph {
  graph: Graph;
  weights: StreamedWeights;
}

/**
 * `input_ids`, `attention_mask`, `past_key_values.*` → `logits` [B, T, V], `present.*`. Large weights have no bytes yet: they are in
 * `weights`. Random weights are scaled so that activations and logits are of the order of one.
 */
export function decoderGraph(
  shape: DecoderShape,
  precision: Precision,
  { seed = 1, embedding = 'shared' }: { seed?: number; embedding?: Embedding } = {},
): DecoderGraph {
  const graph = new Graph();
  graph.name = 'main_graph';
  graph.opsets.set('', 21);
  graph.opsets.set('com.microsoft', 1);
  const weights = new StreamedWeights(graph, seed);
  new DecoderWriter(graph, weights, shape, precision).write(embedding);
  return { graph, weights };
}

class DecoderWriter {
  /** Constants that all layers share are made here. */
  private readonly shared: Builder;
  private readonly real: DataType;
  private readonly isPacked: boolean;

  constructor(
    private readonly graph: Graph,
    private readonly weights: StreamedWeights,
    private readonly shape: DecoderShape,
    precision: Precision,
  ) {
    this.shared = new Builder(graph, '/model');
    this.real = precision.endsWith('f16') || precision === 'fp16' ? 'float16' : 'float32';
    this.isPacked = precision.startsWith('q4');
  }

  write(embedding: Embedding): void {
    const { graph, shape, shared: b } = this;
    const ids = graph.addInput('input_ids', 'int64', ['batch_size', 'sequence_length']);
    const mask = graph.addInput('attention_mask', 'int64', ['batch_size', 'total_sequence_length']);
    const counts = b.op('ReduceSum', [mask, b.integers([1])], { keepdims: int(0) });
    const last = b.cast(b.op('Sub', [counts, b.integers([1])]), 'int32');
    const total = b.cast(b.op('Gather', [b.op('Shape', [mask]), b.scalar(1, 'int64')]), 'int32');
    const { embedded, head } = this.vocabulary(ids, embedding);
    const presents: [string, Value][] = [];
    let stream = embedded;
    let branch: Value | null = null;
    for (let layer = 0; layer < shape.layers; layer++) {
      const attended = this.norm(stream, branch, `model.layers.${layer}.input_layernorm`);
      const attention = this.attention(attended.normal, layer, last, total);
      presents.push(...attention.present);
      const sum = this.afterAttention(attended.stream, attention.y, layer);
      stream = sum.stream;
      branch = this.afterMlp(this.mlp(sum.normal, layer), layer);
    }
    const final = this.norm(stream, branch, `model.layers.${shape.layers}.final_norm_layernorm`);
    const logits = head(final.normal);
    logits.type = this.real;
    logits.shape = ['batch_size', 'sequence_length', shape.vocabulary];
    graph.addOutput('logits', logits);
    for (const [name, value] of presents) graph.addOutput(name, value);
    graph.prune();
  }

  /** The embedded words, and the head that shares their weight. */
  private vocabulary(
    ids: Value,
    embedding: Embedding,
  ): { embedded: Value; head: (x: Value) => Value } {
    const { shape, weights, real } = this;
    const b = new Builder(this.graph, '/model/embed_tokens');
    const name = 'lm_head.MatMul.weight';
    const matrix = { rows: shape.vocabulary, columns: shape.width, deviation: 0.05 };
    const table = (): Value => weights.real(name, real, matrix, false, 'model.embed_tokens.weight');
    let rows: Value;
    let head: (x: Value) => Value;
    if (this.isPacked) {
      const { bits, scales } = weights.packed(name, real, matrix);
      head = (x) => this.quantisedProduct('/lm_head', x, bits, scales, matrix);
      const bytes = b.reshape(bits, [matrix.rows, matrix.columns / 2]);
      rows =
        embedding === 'table'
          ? b.op('Gather', [table(), ids])
          : b.op('com.microsoft::GatherBlockQuantized', [bytes, ids, scales], {
              bits: int(4),
              block_size: int(block),
              gather_axis: int(0),
              quantize_axis: int(1),
            });
    } else {
      const weight = weights.real(name, real, matrix, true);
      head = (x) => new Builder(this.graph, '/lm_head').op('MatMul', [x, weight]);
      rows = b.op('Gather', [embedding === 'table' ? table() : b.transpose(weight, [1, 0]), ids]);
    }
    rows.type = real;
    rows.shape = ['batch_size', 'sequence_length', shape.width];
    if (shape.kind !== 'gemma3_text') return { embedded: rows, head };
    // Gemma's embeddings are scaled by the root of the width.
    const scale = this.weights.graph.addInitializer(
      '/model/embed_tokens/scale',
      real === 'float16'
        ? tensorOver('float16', [], Uint16Array.of(numberToHalf(Math.sqrt(shape.width))))
        : tensorOver('float32', [], Float32Array.of(Math.sqrt(shape.width))),
    );
    return { embedded: b.op('Mul', [rows, scale]), head };
  }

  /** RMS norm of stream + branch, and that sum. */
  private norm(
    stream: Value,
    branch: Value | null,
    name: string,
  ): { normal: Value; stream: Value } {
    const { shape, real } = this;
    const b = new Builder(this.graph, `/${name.replaceAll('.', '/')}`);
    const gain = this.weights.gain(`${name}.weight`, real, shape.width);
    const epsilon = float(shape.epsilon);
    if (!branch) {
      const attributes = { axis: int(-1), epsilon, stash_type: int(1) };
      const normal = b.op('SimplifiedLayerNormalization', [stream, gain], attributes);
      return { normal, stream };
    }
    const [normal, sum] = ['output_0', 'output_3'].map((output) => {
      const value = this.graph.addValue(`${b.prefix}/${output}`);
      value.type = real;
      if (stream.shape) value.shape = stream.shape;
      return value;
    }) as [Value, Value];
    this.graph.addNode(
      'com.microsoft::SkipSimplifiedLayerNormalization',
      [stream, branch, gain],
      [normal, null, null, sum],
      { epsilon },
      `${b.prefix}/SkipLayerNorm`,
    );
    return { normal, stream: sum };
  }

  private plainNorm(x: Value, name: string): Value {
    return this.norm(x, null, name).normal;
  }

  /** What the feed-forward layer takes. A Gemma3 normalises what attention says before it is added. */
  private afterAttention(stream: Value, y: Value, layer: number): { normal: Value; stream: Value } {
    const path = `model.layers.${layer}`;
    if (this.shape.kind !== 'gemma3_text')
      return this.norm(stream, y, `${path}.post_attention_layernorm`);
    const normal = this.plainNorm(y, `${path}.post_attention_layernorm`);
    return this.norm(stream, normal, `${path}.pre_feedforward_layernorm`);
  }

  private afterMlp(y: Value, layer: number): Value {
    return this.shape.kind === 'gemma3_text'
      ? this.plainNorm(y, `model.layers.${layer}.post_feedforward_layernorm`)
      : y;
  }

  private attention(
    x: Value,
    layer: number,
    last: Value,
    total: Value,
  ): { y: Value; present: [string, Value][] } {
    const { graph, shape, shared, real } = this;
    const { heads, kvHeads, headSize, width } = shape;
    const path = `model.layers.${layer}.attn`;
    const b = new Builder(graph, `/${path.replaceAll('.', '/')}`);
    const sizes = [heads, kvHeads, kvHeads].map((count) => count * headSize);
    const rows = (heads + 2 * kvHeads) * headSize;
    const packed = this.project(x, `${path}.qkv_proj`, rows, width);
    let inputs: (Value | null)[] = [packed, null, null];
    if (shape.kind !== 'llama') {
      const parts = b.node('Split', [packed, shared.integers(sizes)], 3, { axis: int(-1) });
      const normed = ['q_norm', 'k_norm'].map((name, i) => {
        const byHead = b.op('Reshape', [parts.out(i), shared.integers([0, -1, headSize])]);
        const gain = this.weights.gain(`${path}.${name}.layernorm.weight`, real, headSize);
        const attributes = { axis: int(-1), epsilon: float(shape.epsilon), stash_type: int(1) };
        const normal = b.op('SimplifiedLayerNormalization', [byHead, gain], attributes);
        return b.op('Reshape', [normal, shared.integers([0, -1, sizes[i] ?? 0])]);
      });
      inputs = [...normed, parts.out(2)];
    }
    const [key, value] = ['key', 'value'].map((kind) =>
      graph.addInput(`past_key_values.${layer}.${kind}`, real, [
        'batch_size',
        kvHeads,
        'past_sequence_length',
        headSize,
      ]),
    ) as [Value, Value];
    const local = isLocal(shape, layer);
    const attention = b.node(
      'com.microsoft::GroupQueryAttention',
      [...inputs, key, value, last, total, ...this.rotary(local)],
      3,
      {
        num_heads: int(heads),
        kv_num_heads: int(kvHeads),
        scale: float(1 / Math.sqrt(headSize)),
        do_rotary: int(1),
        rotary_interleaved: int(0),
        ...(local && { local_window_size: int(shape.window ?? -1) }),
      },
    );
    attention.out().shape = ['batch_size', 'sequence_length', heads * headSize];
    const present = ['key', 'value'].map((kind, i): [string, Value] => {
      const output = attention.out(i + 1);
      output.shape = ['batch_size', kvHeads, 'total_sequence_length', headSize];
      return [`present.${layer}.${kind}`, output];
    });
    for (const output of attention.outputs) if (output) output.type = real;
    const y = this.project(attention.out(), `${path}.o_proj`, width, heads * headSize);
    return { y, present };
  }

  /** cos and sin of position · θ^(−2i/D), [positions, D/2]. */
  private rotary(local: boolean): Value[] {
    const { graph, shape } = this;
    const half = shape.headSize / 2;
    const theta = local ? localRopeTheta : shape.ropeTheta;
    return [Math.cos, Math.sin].map((turn, i) => {
      const suffix = shape.window === undefined ? '' : local ? '_local' : '_global';
      const name = `${i === 0 ? 'cos' : 'sin'}_cache${suffix}`;
      return (
        graph.value(name) ??
        this.weights.numbers(name, this.real, [shape.positions, half], (at) =>
          turn(Math.floor(at / half) * theta ** (-(at % half) / half)),
        )
      );
    });
  }

  private mlp(x: Value, layer: number): Value {
    const { width, mlp, kind } = this.shape;
    const path = `model.layers.${layer}.mlp`;
    const b = new Builder(this.graph, `/${path.replaceAll('.', '/')}`);
    const gate = this.project(x, `${path}.gate_proj`, mlp, width);
    const up = this.project(x, `${path}.up_proj`, mlp, width);
    const active =
      kind === 'gemma3_text'
        ? b.op('com.microsoft::FastGelu', [gate])
        : b.mul(gate, b.op('Sigmoid', [gate]));
    return this.project(b.mul(active, up), `${path}.down_proj`, width, mlp);
  }

  /** x · Wᵀ for W [rows, columns]. */
  private project(x: Value, module: string, rows: number, columns: number): Value {
    const name = `${module}.MatMul.weight`;
    const matrix = { rows, columns, deviation: 0.7 / Math.sqrt(columns) };
    const path = `/${module.replaceAll('.', '/')}`;
    if (!this.isPacked) {
      const weight = this.weights.real(name, this.real, matrix, true);
      return new Builder(this.graph, path).op('MatMul', [x, weight]);
    }
    const { bits, scales } = this.weights.packed(name, this.real, matrix);
    return this.quantisedProduct(path, x, bits, scales, matrix);
  }

  private quantisedProduct(
    path: string,
    x: Value,
    bits: Value,
    scales: Value,
    { rows, columns }: Matrix,
  ): Value {
    return new Builder(this.graph, path).op('com.microsoft::MatMulNBits', [x, bits, scales], {
      K: int(columns),
      N: int(rows),
      bits: int(4),
      block_size: int(block),
    });
  }
}
