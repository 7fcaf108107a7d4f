/** @file The gradient of a product that is written as an equation of indices. */
import { text, type Node, type Value } from '../../onnx/index.ts';
import { cotangentOf, unbroadcast, type GradientRule } from './rule.ts';

/** The indices of each operand and of the result: letters, and `...` for any number of axes in front. */
interface Equation {
  operands: string[];
  result: string;
}

function equationOf(node: Node): Equation {
  const whole = node.string('equation', '').replaceAll(/\s/g, '');
  const [left = '', right] = whole.split('->');
  const once = [...left].filter((each) => /[a-z]/i.test(each) && left.split(each).length === 2);
  const hidden = left.includes('...') ? '...' : '';
  return { operands: left.split(','), result: right ?? hidden + once.sort().join('') };
}

/** Letters, with `...` as one of them. */
function indicesOf(side: string): string[] {
  return side.match(/\.\.\.|\w/g) ?? [];
}

/**
 * Einsum: the gradient of one operand is the product of the cotangent and the other operands, with that operand's indices for its
 * result. Where an index stands in that operand alone, the sum over it was of one number each, so that the result is repeated along it.
 */
const einsum: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const { operands, result } = equationOf(node);
  for (const side of operands)
    if (new Set(indicesOf(side)).size !== indicesOf(side).length)
      throw new Error(`${node.label}: the gradient of a diagonal ("${side}") is not supported.`);
  return operands.map((side, index) => {
    if (!wanted[index]) return null;
    const x = node.need(index);
    const others = operands.flatMap((_, other) => (other === index ? [] : [other]));
    const sides = [result, ...others.map((other) => operands[other] ?? '')];
    const known = new Set(sides.flatMap(indicesOf));
    // An ellipsis must stay in the result; where this operand has none, what it stood for is summed over.
    const own = side.includes('...') || !known.has('...') ? side : `...${side}`;
    const letters = indicesOf(own);
    const kept = letters.filter((letter) => known.has(letter)).join('');
    const values: Value[] = [cotangentOf(input), ...others.map((other) => node.need(other))];
    const part = b.op('Einsum', values, { equation: text(`${sides.join(',')}->${kept}`) });
    if (kept === own) return unbroadcast(b, part, x);
    // Axes behind the ellipsis are counted from the end.
    const hidden = letters.indexOf('...');
    const missing = letters.flatMap((letter, axis) =>
      known.has(letter) ? [] : [axis < hidden ? axis : axis - letters.length],
    );
    return unbroadcast(b, b.op('Expand', [b.unsqueeze(part, missing), b.shapeOf(x)]), x);
  });
};

export const einsumRules: Record<string, GradientRule> = { Einsum: einsum };
