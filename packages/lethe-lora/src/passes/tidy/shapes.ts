/** @file Reshapes to a shape that is known by its names, with as little arithmetic on shapes as it takes. */
import { type Builder, type Dim, type Graph, type Shape, type Value } from '../../onnx/index.ts';
import { pieceNames } from '../piece-names.ts';

/** `value` in another shape, as a new node; undefined where the graph does not say how to compute the shape. */
export function reshaped(b: Builder, value: Value, shape: Shape): Value | undefined {
  const plain = reshapedPlainly(b, value, shape);
  if (plain) return plain;
  const operand = ofTokens(b, shape);
  if (!operand) return undefined;
  const result = b.reshapeTo(value, operand);
  result.shape = shape;
  return result;
}

/** The same by constant sizes alone. */
export function reshapedPlainly(b: Builder, value: Value, shape: Shape): Value | undefined {
  const sizes = constantSizes(value.shape, shape);
  const result = sizes && b.reshape(value, sizes);
  if (result) result.shape = shape;
  return result;
}

/** Sizes for a Reshape: 0 copies the one at the same place, −1 is worked out. Undefined where more than one would have to be. */
function constantSizes(from: Shape | undefined, to: Shape): number[] | undefined {
  const open = to.filter((dim) => typeof dim !== 'number').length;
  if (to.some((dim) => typeof dim === 'number' && dim <= 0)) return undefined;
  const sizes = to.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    return open > 1 && from?.[axis] === dim ? 0 : -1;
  });
  return sizes.filter((size) => size === -1).length > 1 ? undefined : sizes;
}

/**
 * What says how many sequences and tokens there are, by its first two axes: the tokens, or the state that a layer alone reads; undefined
 * where a graph has neither.
 */
export function tokensOf({ inputs }: Graph): Value | undefined {
  const named = (name: string): Value | undefined => inputs.find((input) => input.name === name);
  const tokens = named('input_ids') ?? named(pieceNames.state(0));
  return tokens?.shape && tokens.shape.length >= 2 ? tokens : undefined;
}

/** [B, T, sizes…] by the shape of the tokens. */
function ofTokens(b: Builder, shape: Shape): Value | undefined {
  const tokens = tokensOf(b.graph);
  const [batch, time, ...rest] = shape;
  const isByToken = tokens?.shape?.[0] === batch && tokens?.shape?.[1] === time;
  if (!tokens || !isByToken || !rest.every((dim: Dim) => typeof dim === 'number')) return undefined;
  const sizes = b.shapeOf(tokens);
  const both = tokens.shape?.length === 2 ? sizes : b.slice(sizes, 0, 0, 2);
  return b.concat([both, b.integers(rest)], 0);
}
