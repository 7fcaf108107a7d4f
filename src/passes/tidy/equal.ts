/** @file Nodes that compute the same from the same become one. */
import type { Attribute, Graph, Node, Value } from '../../onnx/index.ts';

/** What is dequantised anew for the backward pass is so to be free of it in between. */
const apart = new Set(['DequantizeLinear']);

/** Whether any were found. The graph is in topological order. */
export function mergeEqual(graph: Graph): boolean {
  const first = new Map<string, Node>();
  const numbers = new Map<Value, number>();
  const numberOf = (value: Value | null): number => {
    if (!value) return -1;
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  };
  let changed = mergeConstants(graph);
  for (const node of graph.nodes) {
    const attributes = spelt(node);
    if (attributes === undefined || apart.has(node.op)) continue;
    const key = `${node.op} ${node.inputs.map(numberOf).join()} ${attributes}`;
    const same = first.get(key);
    if (!same) {
      first.set(key, node);
      continue;
    }
    if (node.outputs.some((output) => output && graph.outputs.includes(output))) continue;
    node.outputs.forEach((output, index) => {
      if (output) graph.replaceUses(output, same.namedOut(index));
    });
    changed = true;
  }
  return changed;
}

/** Small constants that hold the same become one. */
function mergeConstants(graph: Graph): boolean {
  const first = new Map<string, Value>();
  let changed = false;
  for (const value of graph.initializers) {
    const { tensor } = value;
    if (!tensor || tensor.bytes.length > 64 || graph.outputs.includes(value)) continue;
    const key = `${tensor.type} ${tensor.dims.join()} ${tensor.bytes.join()}`;
    const same = first.get(key);
    if (!same) first.set(key, value);
    else if (value.uses.length > 0) {
      graph.replaceUses(value, same);
      changed = true;
    }
  }
  return changed;
}

/** Attributes as text; undefined for those that are not compared. */
function spelt({ attributes }: Node): string | undefined {
  const entries = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.some(([, { kind }]) => kind === 'proto' || kind === 'tensor')) return undefined;
  return entries.map(([name, each]) => `${name}=${numbersIn(each)}`).join(' ');
}

function numbersIn({ value }: Attribute): string {
  return JSON.stringify(value);
}
