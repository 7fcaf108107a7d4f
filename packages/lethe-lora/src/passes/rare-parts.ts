/** @file For tests: parts of decoders that only some have, in exporters' forms. */
import { create, fromBinary } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType, AttributeProtoSchema, ModelProtoSchema } from 'onnx-buf';
import type { Builder } from '../onnx/index.ts';
import {
  elementCount,
  float,
  float32Tensor,
  Graph,
  int,
  ints,
  text,
  writeModel,
  type Attribute,
  type Value,
} from '../onnx/index.ts';

/** Numbers of a wave, none of them alike. */
function constant(graph: Graph, name: string, dims: readonly number[], scale: number): Value {
  const values = Float32Array.from(
    { length: elementCount(dims) },
    (_, i) => scale * Math.sin(name.length + i * 1.93 + (i % 5)),
  );
  return graph.addInitializer(name, float32Tensor(values, dims));
}

/** Filters of a short convolution reach over this many tokens. */
const taps = 3;

/**
 * A gated convolution over three tokens, x [B, T, W] to [B, T, W], as LFM2's exports spell it (its state is as long as the filter), or by
 * ONNX Runtime's operator (its state is what the filter needs). Returns the present state too.
 */
export function gatedConvolution(
  b: Builder,
  x: Value,
  width: number,
  isFused: boolean,
): { y: Value; present: Value } {
  const { graph } = b;
  const projection = constant(graph, 'model.layers.0.conv.in_proj.weight', [width, 3 * width], 0.3);
  const turned = b.transpose(b.op('MatMul', [x, projection]), [0, 2, 1]);
  const [gate, open, input] = b
    .node('Split', [turned, b.integers([width, width, width])], 3, { axis: int(1) })
    .outputs.map((output) => output as Value) as [Value, Value, Value];
  const now = b.mul(gate, input);
  const filter = constant(graph, 'model.layers.0.conv.conv.weight', [width, 1, taps], 0.8);
  const length = isFused ? taps - 1 : taps;
  const past = graph.addInput('past_conv.0', 'float32', ['batch', width, length]);
  let mixed: Value;
  let present: Value;
  if (isFused) {
    const node = b.node(
      'com.microsoft::CausalConvWithState',
      [now, filter, constant(graph, 'model.layers.0.conv.conv.bias', [width], 0.2), past],
      2,
      { activation: text('silu') },
    );
    [mixed, present] = [node.out(0), node.out(1)];
    for (const value of [mixed, present]) value.type = 'float32';
    mixed.shape = now.shape;
  } else {
    const all = b.concat([past, now], 2);
    const attributes = { group: int(width), kernel_shape: ints([taps]), pads: ints([0, 0]) };
    const time = b.op('Gather', [b.op('Shape', [x]), b.integers([1])]);
    const start = b.op('Neg', [time]);
    const end = b.integers([2 ** 31 - 1]);
    const convolved = b.op('Conv', [all, filter], attributes);
    mixed = b.op('Slice', [convolved, start, end, b.integers([2])]);
    present = b.slice(all, 2, -taps, 2 ** 31 - 1);
  }
  present.shape = ['batch', width, length];
  graph.rename(present, 'present_conv.0');
  const back = constant(graph, 'model.layers.0.conv.out_proj.weight', [width, width], 0.3);
  return { y: b.op('MatMul', [b.transpose(b.mul(open, mixed), [0, 2, 1]), back]), present };
}

/** Four experts of which each token has two, by ONNX Runtime's operator: x [B, T, W] to [B, T, W]. */
export function mixtureOfExperts(b: Builder, x: Value, width: number): Value {
  const { graph } = b;
  const [experts, inner] = [4, 24];
  const path = 'model.layers.0.mlp';
  const router = constant(graph, `${path}.router.weight`, [width, experts], 0.5);
  const logits = b.reshape(b.op('MatMul', [x, router]), [-1, experts]);
  const y = b.op(
    'com.microsoft::MoE',
    [
      x,
      logits,
      constant(graph, `${path}.gate_up_proj.weight`, [experts, 2 * inner, width], 0.3),
      constant(graph, `${path}.gate_up_proj.bias`, [experts, 2 * inner], 0.2),
      constant(graph, `${path}.down_proj.weight`, [experts, width, inner], 0.3),
      constant(graph, `${path}.down_proj.bias`, [experts, width], 0.2),
    ],
    {
      k: int(2),
      activation_type: text('swiglu'),
      activation_alpha: float(1.702),
      activation_beta: float(1),
      swiglu_fusion: int(1),
      swiglu_limit: float(7),
      normalize_routing_weights: int(1),
    },
  );
  y.type = 'float32';
  y.shape = x.shape;
  return y;
}

/** ONNX Runtime's fused `Attention`, with the projection and its bias inside and the keys' and values' past in one tensor. */
export function attentionWithWeights(
  b: Builder,
  x: Value,
  heads: number,
  head: number,
): { y: Value; present: Value } {
  const { graph } = b;
  const width = Number(x.shape?.[2]);
  const path = 'model.layers.0.self_attn.qkv_proj';
  const past = graph.addInput('past_0', 'float32', [2, 'batch', heads, 'past', head]);
  const mask = b.cast(graph.input('attention_mask'), 'int32');
  const node = b.node(
    'com.microsoft::Attention',
    [
      x,
      constant(graph, `${path}.weight`, [width, 3 * heads * head], 0.3),
      constant(graph, `${path}.bias`, [3 * heads * head], 0.2),
      mask,
      past,
    ],
    2,
    { num_heads: int(heads), unidirectional: int(1) },
  );
  const [y, present] = [node.out(0), node.out(1)];
  for (const value of [y, present]) value.type = 'float32';
  y.shape = ['batch', 'time', heads * head];
  present.shape = [2, 'batch', heads, 'total', head];
  graph.rename(present, 'present_0');
  return { y, present };
}

/** One of two tables, by whether there are more tokens than `length`: an `If` over constants, as for LongRoPE. */
export function switchedTables(
  b: Builder,
  tables: readonly { short: Float32Array; long: Float32Array }[],
  columns: number,
  length: number,
): Value[] {
  const { graph } = b;
  const width = b.op('Gather', [
    b.op('Shape', [graph.input('attention_mask')]),
    b.scalar(1, 'int64'),
  ]);
  const isLong = b.op('Greater', [width, b.scalar(length, 'int64')]);
  const branch = (name: string, pick: (table: (typeof tables)[number]) => Float32Array) => {
    const inner = new Graph();
    inner.opsets.set('', 21);
    tables.forEach((table, index) => {
      const values = pick(table);
      const dims = [values.length / columns, columns];
      const value = inner.addValue(`${name}.${index}`);
      inner.addNode('Constant', [], [value], {
        value: { kind: 'tensor', value: float32Tensor(values, dims) },
      });
      value.type = 'float32';
      value.shape = dims;
      inner.outputs.push(value);
    });
    const g = fromBinary(ModelProtoSchema, writeModel(inner)).graph;
    if (!g) throw new Error('no graph');
    const value = create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.GRAPH,
      g,
    });
    return { kind: 'proto', value } satisfies Attribute;
  };
  const outputs = tables.map((_, index) => graph.addValue(`table.${index}`));
  for (const output of outputs) output.type = 'float32';
  graph.addNode('If', [isLong], outputs, {
    then_branch: branch('then_branch', ({ long }) => long),
    else_branch: branch('else_branch', ({ short }) => short),
  });
  return outputs;
}
