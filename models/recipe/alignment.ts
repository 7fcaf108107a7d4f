/** @file The alignment loss: states that mean the same in two languages are to be the same vector. */
import { Builder, int, type Graph, type Value } from '../../packages/lethe-lora/src/onnx/index.ts';
import { exchangeInput } from './architecture.ts';

/** Places in a batch at which states are compared: at the end of what is given, or where the target is foretold. */
export type AlignedPlace = 'given' | 'target';

export interface AlignmentOptions {
  /** Layers (from 0) after which states are compared, by place; each must be a layer after which states can be exchanged. */
  layers: Readonly<Record<AlignedPlace, readonly number[]>>;
}

/** The input that weighs every term, float32 []. */
export const alignmentWeight = 'alignment_weight';

/** The inputs that name the compared places, int64 [P], in the flattened batch. */
export function alignmentInputs(place: AlignedPlace): [first: string, second: string] {
  return [`${place}_first`, `${place}_second`];
}

/**
 * The sum over all terms of weight · E|a − b|² / E|x − E x|², a and b the states of a pair's two sentences, x all of them: the share
 * of the variance that translations do not have in common (1 minus the intraclass correlation; Fisher 1925, Statistical Methods for
 * Research Workers, chapter 7). Unlike a distance, it cannot be made small by making all states alike.
 */
export function alignmentLoss(graph: Graph, { layers }: AlignmentOptions): Value {
  const b = new Builder(graph, 'alignment');
  const terms = (Object.keys(layers) as AlignedPlace[]).flatMap((place) => {
    const [first, second] = alignmentInputs(place).map((name) =>
      graph.addInput(name, 'int64', [`${place}_pairs`]),
    ) as [Value, Value];
    return layers[place].map((layer) => {
      const exchange = graph.input(exchangeInput(layer)).uses[0]?.node;
      if (!exchange) throw new Error(`No states are exchanged after layer ${layer}.`);
      const states = exchange.need(0);
      const take = (at: Value): Value => b.op('Gather', [states, at], { axis: int(0) });
      return unshared(b, take(first), take(second));
    });
  });
  return b.mul(
    terms.reduce((sum, term) => b.add(sum, term)),
    graph.addInput(alignmentWeight, 'float32', []),
  );
}

/** Float32 []: ½ E|a − b|² / E|x − E x|² for a, b [P, D] and x both of them: 0 for equal states, 1 for independent ones. */
export function unshared(b: Builder, first: Value, second: Value): Value {
  const all = b.concat([first, second], 0);
  const mean = (value: Value): Value =>
    b.op('ReduceMean', [value, b.integers([0, 1])], { keepdims: int(0) });
  const square = (value: Value): Value => b.mul(value, value);
  const within = mean(square(b.sub(first, second)));
  const total = mean(square(b.sub(all, b.reduceMean(all, [0]))));
  return b.div(b.mul(within, 0.5), b.add(total, 1e-6));
}
