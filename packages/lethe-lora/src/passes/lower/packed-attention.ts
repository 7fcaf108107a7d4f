/** @file Opens ONNX Runtime's `Attention`, which holds the projection of queries, keys and values, so that adapters find it. */
import {
  Builder,
  int,
  sizeAt,
  type Attributes,
  type Graph,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/**
 * com.microsoft.Attention (x, W, bias?, mask?, past?, attention bias?): W [in, queries + keys + values] of one product, the past [2, B, H,
 * P, D] of keys and values in one. In its place: that product, its parts, and `MultiHeadAttention`. The graph is changed.
 */
export function unpackAttention(graph: Graph): void {
  const nodes = graph.nodes.filter(({ op }) => op === 'com.microsoft::Attention');
  if (nodes.length === 0) return;
  const b = new Builder(graph, 'attention');
  for (const node of nodes) unpack(b, node);
  graph.prune();
}

function unpack(b: Builder, node: Node): void {
  const { graph } = b;
  if (node.int('do_rotary', 0) === 1)
    throw new UnsupportedOperatorError(node, 'rotary embedding inside');
  if (node.input(6)) throw new UnsupportedOperatorError(node, 'a cache of fixed length');
  const weight = node.need(1);
  const width = sizeAt(weight, 1);
  const widths = node.ints('qkv_hidden_sizes') ?? [width / 3, width / 3, width / 3];
  let product = b.op('MatMul', [node.need(0), weight]);
  const bias = node.input(2);
  if (bias) product = b.add(product, bias);
  const parts = b.node('Split', [product, b.integers(widths)], 3, { axis: int(-1) });
  const past = node.input(4);
  const halves = [0, 1].map((index) =>
    past ? b.op('Gather', [past, b.scalar(index, 'int64')], { axis: int(0) }) : null,
  );
  const inputs: (Value | null)[] = [
    ...[0, 1, 2].map((index) => parts.out(index)),
    null,
    node.input(3),
    node.input(5),
    ...halves,
  ];
  const kept = ['num_heads', 'unidirectional', 'scale', 'mask_filter_value'];
  const attributes: Attributes = Object.fromEntries(
    Object.entries(node.attributes).filter(([name]) => kept.includes(name)),
  );
  const present = node.outputs[1];
  const results = Array.from({ length: present ? 3 : 1 }, () =>
    graph.addValue(`${node.name}/output`),
  );
  for (const result of results) result.type = node.need(0).type;
  graph.addNode('com.microsoft::MultiHeadAttention', inputs, results, attributes, node.name);
  const [mixed, key, value] = results;
  graph.replaceUses(node.out(), mixed as Value);
  if (!present || !key || !value) return;
  const both = [key, value].map((each) => b.unsqueeze(each, [0]));
  graph.replaceUses(present, b.concat(both, 0));
}
