/** @file The gradient of a product that is written as an equation of indices. */
import { rankOf, text, type Node, type Value } from '../../onnx/index.ts';
import { cotangentOf, type GradientRule } from './rule.ts';

/** Index letters of each operand and of the result, an ellipsis spelt out in letters that are free. */
interface Equation {
  operands: string[];
  result: string;
}

function equationOf(node: Node): Equation {
  const whole = node.string('equation', '').replaceAll(/\s/g, '');
  const [left = '', right] = whole.split('->');
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const free = [...letters].filter((letter) => !whole.includes(letter));
  const sides = left.split(',');
  const hidden = sides.map((side, index) =>
    side.includes('...') ? rankOf(node.need(index)) - (side.length - 3) : 0,
  );
  const most = Math.max(0, ...hidden);
  const spelt = (side: string, count: number): string =>
    side.replace('...', free.slice(most - count, most).join(''));
  const operands = sides.map((side, index) => spelt(side, hidden[index] ?? 0));
  const once = [...letters].filter((letter) => left.split(letter).length === 2);
  const result = right === undefined ? `...${once.join('')}` : right;
  return { operands, result: spelt(result, most) };
}

/**
 * Einsum: the gradient of one operand is the product of the cotangent and the other operands, with that operand's indices for its
 * result. Where an index stands in that operand alone, the sum over it was of one number each, so that the result is repeated along it.
 */
const einsum: GradientRule = (input) => {
  const { b, node, wanted } = input;
  const { operands, result } = equationOf(node);
  for (const side of operands)
    if (new Set(side).size !== side.length)
      throw new Error(`${node.label}: the gradient of a diagonal ("${side}") is not supported.`);
  return operands.map((side, index) => {
    if (!wanted[index]) return null;
    const x = node.need(index);
    const others = operands.flatMap((_, other) => (other === index ? [] : [other]));
    const known = new Set([result, ...others.map((other) => operands[other] ?? '')].join(''));
    const kept = [...side].filter((letter) => known.has(letter)).join('');
    const left = [result, ...others.map((other) => operands[other] ?? '')].join(',');
    const values: Value[] = [cotangentOf(input), ...others.map((other) => node.need(other))];
    const part = b.op('Einsum', values, { equation: text(`${left}->${kept}`) });
    if (kept === side) return part;
    const missing = [...side].flatMap((letter, axis) => (known.has(letter) ? [] : [axis]));
    return b.op('Expand', [b.unsqueeze(part, missing), b.shapeOf(x)]);
  });
};

export const einsumRules: Record<string, GradientRule> = { Einsum: einsum };
