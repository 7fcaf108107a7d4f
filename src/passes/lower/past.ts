/** @file Takes the cache of past keys and values out of a graph that is to see every sequence from its first token. */
import { Builder, int, type Graph, type Node, type Value } from '../../onnx/index.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

/** Whether an input of a decoder's file is a cache. */
export function isPast({ name }: Value): boolean {
  return name.startsWith('past');
}

/**
 * Every past is of length 0: a concatenation with it is the other part, its shape says 0 (so that masks and positions computed
 * from it begin at the first token), and a fused operator goes without it.
 */
export function dropPast(graph: Graph): void {
  const b = new Builder(graph, 'past');
  for (const past of graph.inputs.filter(isPast))
    for (const { node, index } of [...past.uses]) {
      if (node.op === 'Concat') dropPart(graph, node, past);
      else if (node.op === 'Shape') graph.replaceUses(node.out(), emptyShape(b, past, node));
      else if (node.opType.endsWith('Attention')) node.setInput(index, null);
      else throw new UnsupportedOperatorError(node, `the cache "${past.name}"`);
    }
  graph.prune();
}

function dropPart(graph: Graph, node: Node, past: Value): void {
  const others = node.inputs.filter((input): input is Value => input !== null && input !== past);
  if (others.length === 1) {
    graph.replaceUses(node.out(), others[0] as Value);
    return;
  }
  const joined = graph.addValue(`${node.out().name}.now`);
  graph.addNode('Concat', others, [joined], node.attributes, node.name);
  graph.replaceUses(node.out(), joined);
}

/** [B, H, 0, D] as the node's Shape would say it. Sizes that the file leaves open do not matter where there is nothing. */
function emptyShape(b: Builder, past: Value, node: Node): Value {
  const rank = past.shape?.length ?? 4;
  const time = rank - 2;
  const sizes = Array.from({ length: rank }, (_, axis) => {
    const dim = past.shape?.[axis];
    return axis === time ? 0 : typeof dim === 'number' ? dim : 1;
  });
  const batch = b.op('Gather', [b.shapeOf(b.graph.input('input_ids')), b.integers([0])], {
    axis: int(0),
  });
  const whole = b.concat([batch, b.integers(sizes.slice(1))], 0);
  const [start, end] = [node.int('start', 0), node.int('end', rank)];
  return start === 0 && end === rank ? whole : b.slice(whole, 0, start, end);
}
