/** @file Moves of elements that follow one another become one, and those that change nothing none. */
import { sameShape, type Builder, type Graph, type Node, type Value } from '../../onnx/index.ts';
import { reshaped, reshapedPlainly } from './shapes.ts';

const reshapes = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten']);

/** Whether any were found. */
export function mergeMoves(graph: Graph, b: Builder): boolean {
  let changed = false;
  for (const node of [...graph.nodes]) {
    const by = reshapes.has(node.op)
      ? mergedReshape(b, node)
      : node.op === 'Transpose'
        ? mergedTranspose(b, node)
        : undefined;
    if (!by) continue;
    by.type ??= node.out().type;
    graph.replaceUses(node.out(), by);
    changed = true;
  }
  return changed;
}

/** Reshapes that follow one another, seen as one. */
function mergedReshape(b: Builder, node: Node): Value | undefined {
  const { shape } = node.out();
  if (!shape) return undefined;
  let source = node.need(0);
  while (source.producer && reshapes.has(source.producer.op)) source = source.producer.need(0);
  if (source.shape && sameShape(source.shape, shape) && !b.graph.outputs.includes(node.out()))
    return source;
  // Small whole numbers are shapes in the making, which cost nothing.
  if (source.type === 'int64') return undefined;
  if (source !== node.need(0)) return reshaped(b, source, shape);
  // A shape that is computed from another value would keep that alive.
  const isComputed = node.op === 'Reshape' && node.input(1)?.producer;
  return isComputed ? reshapedPlainly(b, source, shape) : undefined;
}

function mergedTranspose(b: Builder, node: Node): Value | undefined {
  const perm = node.ints('perm');
  const before = node.need(0).producer;
  if (perm?.every((axis, index) => axis === index)) return node.need(0);
  const first = before?.op === 'Transpose' ? before.ints('perm') : undefined;
  if (!perm || !first || !before) return undefined;
  const both = perm.map((axis) => first[axis] ?? 0);
  return both.every((axis, index) => axis === index)
    ? before.need(0)
    : b.transpose(before.need(0), both);
}
