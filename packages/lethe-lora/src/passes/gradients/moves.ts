/** @file Gradients of rarer moves: padding, cutting triangles, turning blocks into space. */
import { int, type Builder, type Value } from '../../onnx/index.ts';
import { cotangentOf, type GradientRule } from './rule.ts';

/** Pad with a constant: what was added is cut off again, by as much padding of the other sign. */
const pad: GradientRule = (input) => {
  const { b, node } = input;
  const mode = node.string('mode', 'constant');
  if (mode !== 'constant')
    throw new Error(`${node.label}: the gradient of mode "${mode}" is not supported.`);
  const back = b.op('Neg', [node.need(1)]);
  const axes = node.input(3);
  const inputs: (Value | null)[] = [cotangentOf(input), back, ...(axes ? [null, axes] : [])];
  return [b.op('Pad', inputs)];
};

/** Moves that undo what they did when they are done again, and triangles. */
const again: GradientRule = (input) => {
  const { b, node } = input;
  return [b.op(node.op, [cotangentOf(input), ...node.inputs.slice(1)], node.attributes)];
};

/** Depth and space, each in the other's place. */
const depthToSpace: GradientRule = (input) => {
  const { b, node } = input;
  const mode = node.string('mode', 'DCR');
  if (mode !== 'DCR')
    throw new Error(`${node.label}: the gradient of mode "${mode}" is not supported.`);
  const attributes = { blocksize: int(node.int('blocksize', 1)) };
  return [b.op('SpaceToDepth', [cotangentOf(input)], attributes)];
};

const spaceToDepth: GradientRule = (input) => {
  const { b, node } = input;
  const attributes = { blocksize: int(node.int('blocksize', 1)) };
  return [b.op('DepthToSpace', [cotangentOf(input)], attributes)];
};

/** The cotangent in the type of x. */
const castLike: GradientRule = (input) => {
  const { b, node } = input;
  return [b.cast(cotangentOf(input), node.need(0).type ?? 'float32')];
};

/** Rotary embedding (x, positions, cosines, sines): turned back, by the angles with the other sign. */
const rotaryEmbedding: GradientRule = (input) => {
  const { b, node } = input;
  const [positions, cosine, sine] = [node.need(1), node.need(2), node.need(3)];
  const back = negated(b, sine);
  return [b.op(node.op, [cotangentOf(input), positions, cosine, back], node.attributes)];
};

/** −x; layers that share x share it too. */
function negated(b: Builder, value: Value): Value {
  const made = value.uses.find(({ node }) => node.op === 'Neg');
  return made ? made.node.out() : b.op('Neg', [value]);
}

export const moveRules: Record<string, GradientRule> = {
  Pad: pad,
  Trilu: again,
  ReverseSequence: again,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  CastLike: castLike,
  'com.microsoft::RotaryEmbedding': rotaryEmbedding,
};
