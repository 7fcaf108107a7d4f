/** @file A decoder of any size with random weights, in the form of onnxruntime-genai's builder, for the benches of the train graph. */
import {
  Builder,
  float,
  float32Tensor,
  Graph,
  int,
  tensorOver,
  type Value,
} from '../packages/lethe-lora/src/onnx/index.ts';

export interface DecoderSize {
  layers: number;
  /** Features of the residual stream. */
  width: number;
  heads: number;
  /** Heads of keys and values. */
  groups: number;
  /** Features of a head. */
  head: number;
  /** Features between the feed-forward products. */
  hidden: number;
  vocabulary: number;
  /** Norms of each head's queries and keys, as Qwen3 has. */
  headNorms: boolean;
  /** Queries, keys and values by one product. */
  packed: boolean;
  /** 4-bit products in blocks of 32, else float32. */
  quantised: boolean;
}

/** Llama's operators, 64 wide: the model that other libraries' steps were counted on. */
export const small: DecoderSize = {
  layers: 2,
  width: 64,
  heads: 4,
  groups: 2,
  head: 16,
  hidden: 128,
  vocabulary: 512,
  headNorms: false,
  packed: true,
  quantised: false,
};

const positions = 128;

/** Inputs `input_ids`, `attention_mask` int64 [B, T]; output `logits`. */
export function decoder(size: DecoderSize): Graph {
  const graph = new Graph();
  graph.opsets.set('', 21);
  graph.opsets.set('com.microsoft', 1);
  const ids = graph.addInput('input_ids', 'int64', ['batch', 'time']);
  const mask = graph.addInput('attention_mask', 'int64', ['batch', 'time']);
  const b = new Builder(graph, 'model');
  const { width, heads, groups, head, hidden } = size;
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  const real = (name: string, dims: number[], scale: number, shift = 0): Value => {
    const numbers = Float32Array.from(
      { length: dims.reduce((x, y) => x * y, 1) },
      () => shift + scale * random(),
    );
    return graph.addInitializer(name, float32Tensor(numbers, dims));
  };
  const norm = (x: Value, name: string, features = width): Value =>
    b.op('SimplifiedLayerNormalization', [x, real(`${name}.weight`, [features], 0.2, 1)], {
      axis: int(-1),
      epsilon: float(1e-6),
    });
  const project = (x: Value, path: string, from: number, to: number): Value => {
    const scale = 3.4 / Math.sqrt(from);
    let y: Value;
    if (size.quantised) {
      const bytes = Uint8Array.from({ length: (to * from) / 2 }, () => 256 * (random() + 0.5));
      const blocks = from / 32;
      const packed = tensorOver('uint8', [to, blocks, 16], bytes);
      const weight = graph.addInitializer(`${path}.MatMul.weight_Q4`, packed);
      const scales = real(`${path}.MatMul.weight_scales`, [to * blocks], 0.01, scale / 16);
      y = b.op('com.microsoft::MatMulNBits', [x, weight, scales], {
        K: int(from),
        N: int(to),
        bits: int(4),
        block_size: int(32),
      });
    } else y = b.op('MatMul', [x, real(`${path}.MatMul.weight`, [from, to], scale)]);
    graph.rename(
      y,
      `/${path.replaceAll('.', '/').replace('/layers/', '/layers.')}/MatMul/output_0`,
    );
    return y;
  };
  const byHead = (x: Value, name: string, count: number): Value => {
    const rows = b.reshape(x, [0, -1, head]);
    return b.reshape(norm(rows, name, head), [0, -1, count * head]);
  };
  const one = b.integers([1]);
  const lengths = b.op('Sub', [b.op('ReduceSum', [mask, one], { keepdims: int(0) }), one]);
  const total = b.op('Gather', [b.op('Shape', [mask]), b.scalar(1, 'int64')], { axis: int(0) });
  const angles = (turn: (angle: number) => number): Float32Array =>
    Float32Array.from({ length: (positions * head) / 2 }, (_, i) =>
      turn(Math.floor((2 * i) / head) * 10_000 ** (-(2 * (i % (head / 2))) / head)),
    );
  const [cosine, sine] = [Math.cos, Math.sin].map((turn, i) =>
    graph.addInitializer(
      i === 0 ? 'cos_cache' : 'sin_cache',
      float32Tensor(angles(turn), [positions, head / 2]),
    ),
  ) as [Value, Value];

  const table = real('model.embed_tokens.weight', [size.vocabulary, width], 1);
  let x = b.op('Gather', [table, ids], { axis: int(0) });
  for (let layer = 0; layer < size.layers; layer++) {
    const path = `model.layers.${layer}`;
    const y = norm(x, `${path}.input_layernorm`);
    const [query, shared] = [heads * head, groups * head];
    let inputs: (Value | null)[];
    if (size.packed) {
      const qkv = project(y, `${path}.attn.qkv_proj`, width, query + 2 * shared);
      inputs = [qkv, null, null];
      if (size.headNorms)
        inputs = [
          ...b.node('Split', [qkv, b.integers([query, shared, shared])], 3, { axis: int(-1) })
            .outputs,
        ];
    } else
      inputs = [
        project(y, `${path}.attn.q_proj`, width, query),
        project(y, `${path}.attn.k_proj`, width, shared),
        project(y, `${path}.attn.v_proj`, width, shared),
      ];
    if (size.headNorms) {
      inputs[0] = byHead(inputs[0] as Value, `${path}.attn.q_norm.layernorm`, heads);
      inputs[1] = byHead(inputs[1] as Value, `${path}.attn.k_norm.layernorm`, groups);
    }
    inputs.push(null, null, b.cast(lengths, 'int32'), b.cast(total, 'int32'), cosine, sine);
    const attended = b.node('com.microsoft::GroupQueryAttention', inputs, 3, {
      num_heads: int(heads),
      kv_num_heads: int(groups),
      do_rotary: int(1),
    });
    x = b.add(x, project(attended.out(), `${path}.attn.o_proj`, heads * head, width));
    const z = norm(x, `${path}.post_attention_layernorm`);
    const gate = project(z, `${path}.mlp.gate_proj`, width, hidden);
    const up = project(z, `${path}.mlp.up_proj`, width, hidden);
    const active = b.mul(b.mul(gate, b.op('Sigmoid', [gate])), up);
    x = b.add(x, project(active, `${path}.mlp.down_proj`, hidden, width));
  }
  const final = norm(x, `model.layers.${size.layers}.final_norm_layernorm`);
  graph.addOutput('logits', project(final, 'lm_head', width, size.vocabulary));
  graph.prune();
  return graph;
}
