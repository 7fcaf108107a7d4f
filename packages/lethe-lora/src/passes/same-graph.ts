/** @file Which graphs are the same but for their weights. */
import type { Graph, Tensor } from '../onnx/index.ts';
import { attributesKey, TensorPlaces } from './merge-equal.ts';

/** Element types of constants that are a graph's form (shapes, axes, truth values) and not its weights. */
const formTypes = new Set(['int64', 'int32', 'bool']);

export interface Form {
  /** Equal for graphs that are the same but for the numbers of their weights. */
  key: string;
  /** Names of the constants that are weights, in the order in which the graph meets them. */
  weights: string[];
}

/** The form of a graph, whose nodes must be in the order that `prune` gives. */
export function formOf(graph: Graph): Form {
  const numbers = new Map<object, number>();
  const weights: string[] = [];
  const places = new TensorPlaces();
  const unknown = new Map<string, number>();
  const dims = (shape: readonly (number | string)[] | undefined): string =>
    (shape ?? ['-'])
      .map((dim) =>
        String(dim).replace(/\?\d+/g, (name) => {
          if (!unknown.has(name)) unknown.set(name, unknown.size);
          return `?${unknown.get(name)}`;
        }),
      )
      .join();
  const parts: string[] = [];
  for (const { name, type, shape, content } of graph.inputs)
    parts.push(`${name} ${type} [${dims(shape)}] ${content ? dims(content) : ''}`);
  for (const value of graph.inputs) numbers.set(value, numbers.size);
  for (const { op, attributes, inputs, outputs } of graph.nodes) {
    const read = inputs.map((value) => {
      if (!value) return '-';
      const { tensor } = value;
      if (tensor && formTypes.has(tensor.type)) return places.contentOf(tensor);
      let number = numbers.get(value);
      if (number === undefined) {
        numbers.set(value, (number = numbers.size));
        if (tensor) {
          weights.push(value.name);
          return `${number}: ${tensor.type} [${tensor.dims.join()}]`;
        }
      }
      return number;
    });
    for (const output of outputs) if (output) numbers.set(output, numbers.size);
    // All is computed in float32; some exporters say so of a norm, and some do not.
    const { stash_type: _, ...rest } = attributes;
    parts.push(`${op} ${attributesKey(rest)} ${read.join()} > ${outputs.map(Boolean).join()}`);
  }
  for (const output of graph.outputs) parts.push(`${output.name} ${numbers.get(output)}`);
  return { key: parts.join('\n'), weights };
}

/** Constants of at least this many bytes are fed to a graph's runs even where all graphs of a form have the same. */
const fedBytes = 4096;

/**
 * Graphs of one form as one graph, the first, and the weights that each of them feeds it. Constants in which the graphs differ, and
 * large ones, are fed; the others stay in the graph.
 */
export function weightsOfEach(
  graphs: readonly Graph[],
  forms: readonly Form[],
): ReadonlyMap<string, Tensor>[] {
  const places = new TensorPlaces();
  const fed = graphs.map(() => new Map<string, Tensor>());
  (forms[0]?.weights ?? []).forEach((name, position) => {
    const tensors = graphs.map((graph, index) => {
      const own = graph.value(forms[index]?.weights[position] ?? '')?.tensor;
      if (!own) throw new Error(`The weight "${name}" has no counterpart in a layer.`);
      return own;
    });
    const [first] = tensors as [Tensor];
    const content = places.contentOf(first);
    const isSame = tensors.every((tensor) => places.contentOf(tensor) === content);
    if (isSame && first.bytes.length < fedBytes) return;
    tensors.forEach((tensor, index) => fed[index]?.set(name, tensor));
  });
  return fed;
}
