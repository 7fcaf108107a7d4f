/** @file Follows the arithmetic on shapes: what a small integer tensor holds, in symbolic dimensions. */
import { addDims, divideDims, multiplyDims, negateDim, type Dim } from './dims.ts';
import { contentOf, normalAxis, numbersOf } from './infer.ts';
import type { Node } from './graph.ts';

type Rule = (node: Node) => readonly Dim[] | undefined;

/** The content of a node's first output, where it is an integer tensor of rank 0 or 1 that can be worked out. */
export function inferShapeArithmetic(node: Node): readonly Dim[] | undefined {
  return rules[node.op]?.(node);
}

const first: Rule = (node) => contentOf(node.input(0));

function elementwise(combine: (a: Dim, b: Dim) => Dim): Rule {
  return (node) => {
    const a = contentOf(node.input(0));
    const b = contentOf(node.input(1));
    if (!a || !b || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return undefined;
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) =>
      combine((a.length === 1 ? a[0] : a[index]) as Dim, (b.length === 1 ? b[0] : b[index]) as Dim),
    );
  };
}

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
  Identity: first,
  Squeeze: first,
  Unsqueeze: first,
  Reshape: first,
  Cast: (node) => {
    const to = node.int('to');
    return to === 7 || to === 6 ? contentOf(node.input(0)) : undefined;
  },
  Concat: (node) => {
    const parts = node.inputs.map(contentOf);
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  },
  Gather: (node) => {
    const content = contentOf(node.input(0));
    const indices = numbersOf(node.input(1));
    if (!content || !indices) return undefined;
    const picked = indices.map((index) => content[normalAxis(index, content.length)]);
    return picked.every((dim) => dim !== undefined) ? picked : undefined;
  },
  Slice: (node) => {
    const content = contentOf(node.input(0));
    const start = numbersOf(node.input(1));
    const end = numbersOf(node.input(2));
    const step = numbersOf(node.input(4)) ?? [1];
    if (!content || start?.length !== 1 || end?.length !== 1 || step[0] !== 1) return undefined;
    return content.slice(start[0], end[0]);
  },
  Add: elementwise(addDims),
  Sub: elementwise((a, b) => addDims(a, negateDim(b))),
  Mul: elementwise(multiplyDims),
  Div: elementwise(divideDims),
};
