/** @file Shapes of what operators give that only some decoders have. */
import { contentOf, normalAxis } from './content.ts';
import { addDims, broadcastShapes, divideDims, unknownDim, type Dim } from './dims.ts';
import type { Rule } from './infer-rule.ts';
import type { Shape } from './graph.ts';

const oneHot: Rule = (node) => {
  const { shape } = node.need(0);
  const depth = contentOf(node.input(1))?.[0] ?? unknownDim();
  const axis = normalAxis(node.int('axis', -1), (shape?.length ?? 0) + 1);
  const result = shape && [...shape.slice(0, axis), depth, ...shape.slice(axis)];
  return [{ type: node.need(2).type, shape: result }];
};

/** Convolution: along each spatial axis (size + pads − dilation·(filter − 1) − 1) / stride + 1, rounded down. */
const conv: Rule = (node) => {
  const { type, shape } = node.need(0);
  const weight = node.need(1).shape;
  const [filters] = weight ?? [];
  if (!shape || !weight || filters === undefined) return [{ type }];
  const spatial = shape.slice(2).map((size, axis): Dim => {
    const filter = weight[axis + 2];
    const stride = node.ints('strides')?.[axis] ?? 1;
    const mode = node.string('auto_pad', 'NOTSET');
    if (mode.startsWith('SAME')) return stride === 1 ? size : unknownDim();
    const pads = mode === 'VALID' ? undefined : node.ints('pads');
    const added = (pads?.[axis] ?? 0) + (pads?.[axis + shape.length - 2] ?? 0);
    if (typeof filter !== 'number') return unknownDim();
    const reach = (node.ints('dilations')?.[axis] ?? 1) * (filter - 1);
    return addDims(divideDims(addDims(size, added - reach - 1), stride), 1);
  });
  return [{ type, shape: [shape[0] ?? unknownDim(), filters, ...spatial] }];
};

function blocks(isSpread: boolean): Rule {
  return (node) => {
    const { type, shape } = node.need(0);
    const size = node.int('blocksize', 1);
    const area = size * size;
    const numbers = shape?.slice(1).map((dim) => (typeof dim === 'number' ? dim : NaN));
    const [channels, height, width] = numbers ?? [];
    if (!shape || channels === undefined || height === undefined || width === undefined)
      return [{ type }];
    const sizes = isSpread
      ? [channels / area, height * size, width * size]
      : [channels * area, height / size, width / size];
    const known = sizes.map((each): Dim => (Number.isInteger(each) ? each : unknownDim()));
    return [{ type, shape: [shape[0] ?? unknownDim(), ...known] }];
  };
}

/** Sizes of the result's letters, each from the first operand that has it; an ellipsis is broadcast. */
const einsum: Rule = (node) => {
  const { type } = node.need(0);
  const whole = node.string('equation', '').replaceAll(/\s/g, '');
  const [left = '', right] = whole.split('->');
  const sizes = new Map<string, Dim>();
  let hidden: Shape = [];
  for (const [index, side] of left.split(',').entries()) {
    const { shape } = node.need(index);
    if (!shape) return [{ type }];
    const [before = '', after] = side.split('...');
    const end = after === undefined ? shape.length : shape.length - after.length;
    if (after !== undefined) hidden = broadcastShapes(hidden, shape.slice(before.length, end));
    const dims = [...shape.slice(0, before.length), ...shape.slice(end)];
    [...before, ...(after ?? '')].forEach((letter, axis) => {
      const known = sizes.get(letter);
      if (known === undefined || known === 1) sizes.set(letter, dims[axis] ?? unknownDim());
    });
  }
  const once = [...sizes.keys()].filter((letter) => left.split(letter).length === 2).sort();
  const result = right ?? `...${once.join('')}`;
  const [before = '', after] = result.split('...');
  const of = (letters: string): Dim[] =>
    [...letters].map((each) => sizes.get(each) ?? unknownDim());
  return [
    { type, shape: [...of(before), ...(after === undefined ? [] : hidden), ...of(after ?? '')] },
  ];
};

export const rareRules: Record<string, Rule> = {
  OneHot: oneHot,
  Conv: conv,
  ConvTranspose: (node) => [{ type: node.need(0).type }],
  DepthToSpace: blocks(true),
  SpaceToDepth: blocks(false),
  Einsum: einsum,
};
