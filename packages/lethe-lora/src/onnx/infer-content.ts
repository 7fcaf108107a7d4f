/** @file Follows the arithmetic on shapes: one rule an operator, from what its inputs hold to what its outputs hold. */
import { ownEntry } from '../own-entry.ts';
import {
  blockFrom,
  blockOf,
  contentOf,
  itemAt,
  longestContent,
  normalAxis,
  numbersOf,
  type Block,
} from './content.ts';
import {
  addDims,
  broadcastShapes,
  chooseDims,
  divideDims,
  equalDims,
  lessDims,
  maxDims,
  minDims,
  multiplyDims,
  negateDim,
  remainderDims,
  subtractDims,
  type Dim,
} from './dims.ts';
import type { Node, Value } from './graph.ts';
import { dataTypes, elementCount, tensorNumbers } from './tensor.ts';

type Content = readonly Dim[] | undefined;
type Rule = (node: Node) => Content;

/** Content of each output of a node, where it is a small whole-number tensor that can be worked out. Shapes are inferred before. */
export function inferContent(node: Node): readonly Content[] {
  if (node.op === 'Split') return split(node);
  return [ownEntry(rules, node.op)?.(node)];
}

/** All or nothing. */
function whole(items: readonly (Dim | undefined)[]): Content {
  return items.every((item) => item !== undefined) ? items : undefined;
}

const same: Rule = (node) => contentOf(node.input(0));

/** Sizes of a value's shape, where they are numbers and few. */
function smallDims(value: Value | null | undefined): readonly number[] | undefined {
  const shape = value?.shape;
  if (!shape?.every((dim) => typeof dim === 'number')) return undefined;
  const dims = shape as readonly number[];
  return elementCount(dims) <= longestContent ? dims : undefined;
}

function blocksOf(node: Node): Block[] | undefined {
  const blocks = node.inputs.map(blockOf);
  return blocks.every((block) => block !== undefined) ? blocks : undefined;
}

/** An operator that works element by element on any number of operands, which are broadcast. */
function elementwise(combine: (...items: Dim[]) => Dim | undefined): Rule {
  return (node) => {
    const blocks = blocksOf(node);
    if (!blocks) return undefined;
    const dims = blocks.reduce<Dim[]>((shape, block) => broadcastShapes(shape, block.dims), []);
    if (elementCount(dims as number[]) > longestContent) return undefined;
    return whole(
      blockFrom(dims as number[], (at) => combine(...blocks.map((block) => itemAt(block, at) ?? 0)))
        .items,
    );
  };
}

const folded = (combine: (a: Dim, b: Dim) => Dim): Rule =>
  elementwise((...items) => items.reduce(combine));

function axesIn(node: Node, index: number, rank: number): number[] | undefined {
  const given = node.ints('axes') ?? numbersOf(node.input(index));
  if (!given && node.input(index)) return undefined;
  return (given ?? Array.from({ length: rank }, (_, axis) => axis)).map((axis) =>
    normalAxis(axis, rank),
  );
}

function reduction(combine: (a: Dim, b: Dim) => Dim): Rule {
  return (node) => {
    const block = blockOf(node.input(0));
    const axes = block && axesIn(node, 1, block.dims.length);
    if (!block || !axes || block.items.length === 0) return undefined;
    const kept = block.dims.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const ranges = block.dims.map((size, axis) => (axes.includes(axis) ? size : 1));
    return blockFrom(kept, (at) =>
      blockFrom(
        ranges,
        (offset) =>
          itemAt(
            block,
            at.map((place, i) => place + (offset[i] ?? 0)),
          ) ?? 0,
      ).items.reduce(combine),
    ).items;
  };
}

/** Places of a range as `Slice` reads them: numbers only. */
function sliced(size: number, start: number, end: number, step: number): number[] {
  const clamp = (at: number): number =>
    Math.min(Math.max(at < 0 ? at + size : at, step < 0 ? -1 : 0), step < 0 ? size - 1 : size);
  const places: number[] = [];
  for (let at = clamp(start); step > 0 ? at < clamp(end) : at > clamp(end); at += step)
    places.push(at);
  return places;
}

const slice: Rule = (node) => {
  const block = blockOf(node.input(0));
  const starts = node.ints('starts') ?? numbersOf(node.input(1));
  const ends = node.ints('ends') ?? numbersOf(node.input(2));
  const rank = block?.dims.length ?? 0;
  const axes = node.ints('axes') ?? numbersOf(node.input(3)) ?? starts?.map((_, axis) => axis);
  const steps = numbersOf(node.input(4)) ?? starts?.map(() => 1);
  if (!block || !starts || !ends || !axes || !steps) return undefined;
  const places = block.dims.map((size) => Array.from({ length: size }, (_, at) => at));
  starts.forEach((start, index) => {
    const axis = normalAxis(axes[index] ?? index, rank);
    const size = block.dims[axis] ?? 0;
    places[axis] = sliced(size, start, ends[index] ?? 0, steps[index] ?? 1);
  });
  return picked(
    block,
    places.map(({ length }) => length),
    (at) => at.map((place, axis) => places[axis]?.[place] ?? 0),
  );
};

/** Items of a block at other places. */
function picked(
  block: Block,
  dims: readonly number[],
  place: (at: readonly number[]) => readonly number[],
): Content {
  return whole(blockFrom(dims, (at) => itemAt(block, place(at))).items);
}

const gather: Rule = (node) => {
  const block = blockOf(node.input(0));
  const indices = numbersOf(node.input(1));
  const indexDims = smallDims(node.input(1));
  if (!block || !indices || !indexDims) return undefined;
  const axis = normalAxis(node.int('axis', 0), block.dims.length);
  const size = block.dims[axis] ?? 0;
  const dims = [...block.dims.slice(0, axis), ...indexDims, ...block.dims.slice(axis + 1)];
  const index: Block = { dims: indexDims, items: indices };
  return picked(block, dims, (at) => [
    ...at.slice(0, axis),
    normalAxis(Number(itemAt(index, at.slice(axis, axis + indexDims.length))), size),
    ...at.slice(axis + indexDims.length),
  ]);
};

const concat: Rule = (node) => {
  const blocks = blocksOf(node);
  const first = blocks?.[0];
  if (!blocks || !first) return undefined;
  const axis = normalAxis(node.int('axis', 0), first.dims.length);
  const sizes = blocks.map(({ dims }) => dims[axis] ?? 0);
  const dims = first.dims.map((size, i) => (i === axis ? sizes.reduce((a, b) => a + b, 0) : size));
  return whole(
    blockFrom(dims, (at) => {
      let place = at[axis] ?? 0;
      let part = 0;
      for (; place >= (sizes[part] ?? Infinity); part++) place -= sizes[part] ?? 0;
      const block = blocks[part];
      return (
        block &&
        itemAt(
          block,
          at.map((each, i) => (i === axis ? place : each)),
        )
      );
    }).items,
  );
};

function split(node: Node): Content[] {
  const block = blockOf(node.input(0));
  if (!block) return [];
  const axis = normalAxis(node.int('axis', 0), block.dims.length);
  let start = 0;
  return node.outputs.map((output) => {
    const dims = smallDims(output);
    if (!dims) return undefined;
    const from = start;
    start += dims[axis] ?? 0;
    return picked(block, dims, (at) => at.map((place, i) => (i === axis ? place + from : place)));
  });
}

/** The output's own shape, every item taken from where broadcasting takes it. */
const spread: Rule = (node) => {
  const block = blockOf(node.input(0));
  const dims = smallDims(node.out());
  return block && dims && picked(block, dims, (at) => at);
};

const rules: Record<string, Rule> = {
  Shape: (node) => {
    const { shape } = node.need(0);
    if (!shape) return undefined;
    return shape.slice(
      normalAxis(node.int('start', 0), shape.length),
      normalAxis(node.int('end', shape.length), shape.length),
    );
  },
  Size: (node) => {
    const { shape } = node.need(0);
    return shape && [shape.reduce(multiplyDims, 1)];
  },
  Identity: same,
  Squeeze: same,
  Unsqueeze: same,
  Reshape: same,
  Flatten: same,
  Cast: (node) => {
    const to = node.int('to');
    const content = contentOf(node.input(0));
    if (to === dataTypes.bool) return content?.map((item) => subtractDims(1, equalDims(item, 0)));
    return to === dataTypes.int64 || to === dataTypes.int32 ? content : undefined;
  },
  Add: folded(addDims),
  Sum: folded(addDims),
  Sub: elementwise(subtractDims as (...items: Dim[]) => Dim),
  Mul: folded(multiplyDims),
  Div: elementwise(divideDims as (...items: Dim[]) => Dim),
  Mod: elementwise(remainderDims as (...items: Dim[]) => Dim | undefined),
  Neg: elementwise(negateDim as (...items: Dim[]) => Dim),
  Abs: elementwise((a = 0) => maxDims(a, negateDim(a))),
  Min: folded(minDims),
  Max: folded(maxDims),
  Equal: elementwise(equalDims as (...items: Dim[]) => Dim),
  Less: elementwise(lessDims as (...items: Dim[]) => Dim),
  Greater: elementwise((a = 0, b = 0) => lessDims(b, a)),
  LessOrEqual: elementwise((a = 0, b = 0) => subtractDims(1, lessDims(b, a))),
  GreaterOrEqual: elementwise((a = 0, b = 0) => subtractDims(1, lessDims(a, b))),
  And: folded(multiplyDims),
  Or: elementwise((a = 0, b = 0) => subtractDims(addDims(a, b), multiplyDims(a, b))),
  Xor: elementwise((a = 0, b = 0) => subtractDims(1, equalDims(a, b))),
  Not: elementwise((a = 0) => subtractDims(1, a)),
  Where: elementwise(chooseDims as (...items: Dim[]) => Dim),
  ReduceSum: reduction(addDims),
  ReduceProd: reduction(multiplyDims),
  ReduceMax: reduction(maxDims),
  ReduceMin: reduction(minDims),
  Slice: slice,
  Gather: gather,
  Concat: concat,
  Expand: spread,
  Tile: (node) => {
    const block = blockOf(node.input(0));
    const dims = smallDims(node.out());
    if (!block || !dims) return undefined;
    return picked(block, dims, (at) => at.map((place, axis) => place % (block.dims[axis] ?? 1)));
  },
  Transpose: (node) => {
    const block = blockOf(node.input(0));
    const dims = smallDims(node.out());
    if (!block || !dims) return undefined;
    const perm = node.ints('perm') ?? block.dims.map((_, axis) => block.dims.length - 1 - axis);
    return picked(block, dims, (at) => block.dims.map((_, axis) => at[perm.indexOf(axis)] ?? 0));
  },
  ConstantOfShape: (node) => {
    const dims = smallDims(node.out());
    const { value } = node.attributes;
    if (!dims || value?.kind !== 'tensor' || !/^(u?int|bool)/.test(value.value.type))
      return undefined;
    const [item = 0] = tensorNumbers(value.value);
    return blockFrom(dims, () => item).items;
  },
  Range: (node) => {
    const dims = smallDims(node.out());
    const [start] = contentOf(node.input(0)) ?? [];
    const [step] = contentOf(node.input(2)) ?? [];
    if (!dims || start === undefined || step === undefined) return undefined;
    return blockFrom(dims, ([at = 0]) => addDims(start, multiplyDims(step, at))).items;
  },
  CumSum: (node) => {
    const block = blockOf(node.input(0));
    const [axis] = numbersOf(node.input(1)) ?? [];
    const plain = node.int('exclusive', 0) === 0 && node.int('reverse', 0) === 0;
    if (block?.dims.length !== 1 || axis === undefined || !plain) return undefined;
    let sum: Dim = 0;
    return block.items.map((item) => (sum = addDims(sum, item)));
  },
  Trilu: (node) => {
    const block = blockOf(node.input(0));
    const shift = node.input(1) ? numbersOf(node.input(1))?.[0] : 0;
    if (!block || shift === undefined) return undefined;
    const upper = node.int('upper', 1) === 1;
    return whole(
      blockFrom(block.dims, (at) => {
        const [row = 0, column = 0] = at.slice(-2);
        return (upper ? column - row >= shift : column - row <= shift) ? itemAt(block, at) : 0;
      }).items,
    );
  },
  NonZero: (node) => {
    const block = blockOf(node.input(0));
    if (!block?.items.every((item) => typeof item === 'number')) return undefined;
    const places = blockFrom(block.dims, (at) => at.join()).items.filter(
      (_, flat) => block.items[flat] !== 0,
    );
    return block.dims.flatMap((_, axis) => places.map((at) => Number(at.split(',')[axis])));
  },
  ScatterND: (node) => {
    const [data, indices, updates] = [0, 1, 2].map((index) => blockOf(node.input(index)));
    // Single elements of a vector: what exporters write into shapes.
    const places = numbersOf(node.input(1));
    if (data?.dims.length !== 1 || !places || !updates || indices?.dims.at(-1) !== 1)
      return undefined;
    const items = [...data.items];
    places.forEach((place, i) => (items[normalAxis(place, items.length)] = updates.items[i] ?? 0));
    return items;
  },
};
