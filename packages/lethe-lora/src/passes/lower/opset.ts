/** @file Raises the version of the default operator set, so that newer operators may be put beside a file's older ones. */
import { ownEntry } from '../../own-entry.ts';
import {
  float32Tensor,
  int,
  int64Tensor,
  type Attribute,
  type Attributes,
  type Graph,
  type Node,
  type Value,
} from '../../onnx/index.ts';

/** The version from which on every operator that the passes write is as they write it. */
export const modernOpset = 18;

type Rewrite = (graph: Graph, node: Node) => void;

interface Change {
  /** The version in which the operator changed. */
  since: number;
  rewrite: Rewrite;
}

const reductions = 'Mean Max Min Prod L1 L2 SumSquare LogSum LogSumExp'.split(' ');

/** What attributes became inputs, in their order after the first inputs, and in which version. */
const changes: Readonly<Record<string, readonly Change[] | undefined>> = {
  ...Object.fromEntries(
    reductions.map((op) => [`Reduce${op}`, [{ since: 18, rewrite: moved('axes') }]]),
  ),
  ReduceSum: [{ since: 13, rewrite: moved('axes') }],
  Squeeze: [{ since: 13, rewrite: moved('axes') }],
  Unsqueeze: [{ since: 13, rewrite: moved('axes') }],
  Split: [
    { since: 13, rewrite: moved('split') },
    { since: 18, rewrite: nameParts },
  ],
  Slice: [{ since: 10, rewrite: moved('starts', 'ends', 'axes') }],
  TopK: [{ since: 10, rewrite: moved('k') }],
  Clip: [{ since: 11, rewrite: moved('min', 'max') }],
  Pad: [{ since: 11, rewrite: moved('pads', 'value') }],
  Scatter: [{ since: 11, rewrite: (graph, node) => replaceBy(graph, node, 'ScatterElements') }],
  Dropout: [{ since: 12, rewrite: without('ratio') }],
  Softmax: [{ since: 13, rewrite: overLastAxis }],
  LogSoftmax: [{ since: 13, rewrite: overLastAxis }],
  Hardmax: [{ since: 13, rewrite: overLastAxis }],
};

/**
 * Changes `graph` to mean the same under a later version: what was an attribute and became an input moves, and a softmax over several
 * axes at once is written as one over a flattened tensor.
 */
export function raiseOpset(graph: Graph, version: number): void {
  const current = graph.opsets.get('') ?? 1;
  if (current >= version) return;
  for (const node of [...graph.nodes])
    for (const { since, rewrite } of ownEntry(changes, node.op) ?? [])
      if (current < since && since <= version) rewrite(graph, node);
  graph.opsets.set('', version);
  graph.irVersion = Math.max(graph.irVersion, 10);
  graph.prune();
}

/** Attributes that become the inputs after those that the node has. */
function moved(...names: readonly string[]): Rewrite {
  return (graph, node) => {
    if (names.every((name) => !ownEntry(node.attributes, name))) return;
    const rest = Object.entries(node.attributes).filter(([name]) => !names.includes(name));
    const made = names.map((name) =>
      constantOf(graph, node, name, ownEntry(node.attributes, name)),
    );
    replaceBy(graph, node, node.op, [...node.inputs, ...made], Object.fromEntries(rest));
  };
}

function constantOf(graph: Graph, node: Node, name: string, given?: Attribute): Value | null {
  const hint = `${node.name || node.opType}.${name}`;
  if (given?.kind === 'ints')
    return graph.addInitializer(hint, int64Tensor(given.value, [given.value.length]));
  if (given?.kind === 'int') return graph.addInitializer(hint, int64Tensor([given.value], [1]));
  return given?.kind === 'float'
    ? graph.addInitializer(hint, float32Tensor([given.value], []))
    : null;
}

function without(name: string): Rewrite {
  return (graph, node) => {
    const rest = Object.entries(node.attributes).filter(([each]) => each !== name);
    replaceBy(graph, node, node.op, node.inputs, Object.fromEntries(rest));
  };
}

/** A Split into equal parts says how many since version 18. */
function nameParts(graph: Graph, node: Node): void {
  if (node.input(1) || node.ints('split')) return;
  replaceBy(graph, node, 'Split', node.inputs, {
    ...node.attributes,
    num_outputs: int(node.outputs.length),
  });
}

/** Before version 13 a softmax ran over all axes from its own on (1, where none is given), seen as one. */
function overLastAxis(graph: Graph, node: Node): void {
  const axis = node.int('axis', 1);
  const x = node.need(0);
  const attributes = { ...node.attributes, axis: int(-1) };
  if (axis === -1 || axis === (x.shape?.length ?? 0) - 1) {
    replaceBy(graph, node, node.op, [x], attributes);
    return;
  }
  const value = (part: string): Value => graph.addValue(`${node.name || node.opType}.${part}`);
  const [flat, normal, shape] = [value('flat'), value('normal'), value('shape')];
  graph.addNode('Flatten', [x], [flat], { axis: int(axis) }, flat.name);
  graph.addNode(node.op, [flat], [normal], attributes, normal.name);
  graph.addNode('Shape', [x], [shape], {}, shape.name);
  replaceBy(graph, node, 'Reshape', [normal, shape], {});
}

/** Puts another node in the place of one, with outputs of the same names; the first one falls away when the graph is pruned. */
function replaceBy(
  graph: Graph,
  node: Node,
  op: string,
  inputs: readonly (Value | null)[] = node.inputs,
  attributes: Attributes = node.attributes,
): void {
  const outputs = node.outputs.map((output) => {
    if (!output) return null;
    const value = graph.addValue(`${output.name}.raised`);
    value.type = output.type;
    value.shape = output.shape;
    return value;
  });
  graph.addNode(op, inputs, outputs, attributes, node.name);
  node.outputs.forEach((output, index) => {
    const value = outputs[index];
    if (!output || !value) return;
    const { name } = output;
    graph.replaceUses(output, value);
    graph.rename(value, name);
  });
}
