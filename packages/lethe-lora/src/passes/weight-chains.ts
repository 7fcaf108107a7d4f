/** @file Weights that nodes make of constants: dequantised ones, widened ones. They can be made once instead of at every run. */
import type { Graph, Value } from '../onnx/index.ts';
import { extract } from './extract.ts';

/** A weight that is made of constants, and the input that it becomes. */
export interface WeightChain {
  value: Value;
  name: string;
}

export type WeightChains = readonly WeightChain[];

/** Weights of fewer bytes are made where they are needed. */
const smallest = 4096;

/** Operators that only move numbers: a weight in another order is not another weight. */
const moves = new Set(['Transpose', 'Reshape', 'Identity', 'Unsqueeze', 'Squeeze']);

/** The weights of that kind which `ends` need, each as the first value that no more than moves follow. */
export function weightInputs(
  ends: readonly Value[],
  cuts: { has: (value: Value) => boolean },
): WeightChain[] {
  const found = new Map<Value, WeightChain>();
  const bytes = new Map<Value, number>();
  const met = new Set<Value>();
  const take = (value: Value): void => {
    const { producer } = value;
    if (!producer || cuts.has(value) || found.has(value)) return;
    if (moves.has(producer.op)) take(producer.need(0));
    else if ((bytesOf(value, bytes) ?? 0) >= smallest && value.type === 'float32')
      found.set(value, { value, name: `weight.${found.size}` });
  };
  const waiting = [...ends];
  for (let value = waiting.pop(); value; value = waiting.pop()) {
    if (met.has(value) || cuts.has(value)) continue;
    met.add(value);
    if (value.producer && bytesOf(value, bytes) !== undefined) take(value);
    else for (const input of value.producer?.inputs ?? []) if (input) waiting.push(input);
  }
  return [...found.values()];
}

/** Bytes of the constants that a value is made of; undefined where it is not made of constants alone. */
function bytesOf(value: Value, known: Map<Value, number>): number | undefined {
  const before = known.get(value);
  if (before !== undefined) return before < 0 ? undefined : before;
  let sum: number | undefined = value.tensor?.bytes.length;
  if (!value.tensor && value.producer) {
    sum = 0;
    for (const input of value.producer.inputs) {
      if (!input) continue;
      const own = bytesOf(input, known);
      if (own === undefined) {
        sum = undefined;
        break;
      }
      sum += own;
    }
  }
  known.set(value, sum ?? -1);
  return sum;
}

/** The graph that makes the weights: no inputs, one output a weight. */
export function weightGraph(source: Graph, chains: WeightChains): Graph {
  const { graph, copies } = extract(
    source,
    chains.map(({ value }) => value),
    new Map(),
  );
  for (const { value, name } of chains) graph.addOutput(name, copies.get(value) as Value);
  return graph;
}
