/** Sizes as expressions: what they come to is what whole-number arithmetic makes of the sizes, and their bounds hold. */
import { describe, expect, it } from 'vitest';
import {
  addDims,
  chooseDims,
  divideDims,
  equalDims,
  evaluateDim,
  highest,
  lessDims,
  lowest,
  maxDims,
  minDims,
  multiplyDims,
  negateDim,
  remainderDims,
  subtractDims,
  type Dim,
} from './dims.ts';

/** Numbers below `below`, the same ones each time (mulberry32). */
function draws(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const names = ['batch', 'time', 'past', 'past-time'];
/** Sizes that the names stand for: small ones, zero and one among them. */
const sizes = [0, 1, 2, 3, 5, 8, 17, 130];

/** An expression, and the number that it must be for given sizes; NaN where it divides by zero. */
interface Pair {
  dim: Dim;
  value: (sizes: ReadonlyMap<string, number>) => number;
  text: string;
}

type Four = [number, number, number, number];

const truth = (is: boolean): number => (is ? 1 : 0);

type Draw = (below: number) => number;

function leaf(draw: Draw): Pair {
  if (draw(3) === 0) {
    const value = [0, 1, 2, 3, 4, 7, 128, -1, -2, -5][draw(10)] ?? 0;
    return { dim: value, value: () => value, text: String(value) };
  }
  const name = names[draw(names.length)] ?? '';
  return { dim: name, value: (sizes) => sizes.get(name) ?? NaN, text: name };
}

const operators: Record<
  string,
  [(a: Dim, b: Dim) => Dim | undefined, (a: number, b: number) => number]
> = {
  add: [addDims, (a, b) => a + b],
  subtract: [subtractDims, (a, b) => a - b],
  multiply: [multiplyDims, (a, b) => a * b],
  divide: [divideDims, (a, b) => (b === 0 ? NaN : Math.trunc(a / b))],
  remainder: [remainderDims, (a, b) => (b === 0 ? NaN : a % b)],
  min: [minDims, (a, b) => Math.min(a, b)],
  max: [maxDims, (a, b) => Math.max(a, b)],
  less: [lessDims, (a, b) => truth(a < b)],
  equal: [equalDims, (a, b) => truth(a === b)],
  negate: [negateDim, (a) => -a],
};

function expression(draw: Draw, depth: number): Pair {
  if (depth === 0 || draw(6) === 0) return leaf(draw);
  const a = expression(draw, depth - 1);
  const b = expression(draw, depth - 1);
  const chosen = draw(12);
  const [name, rule] = Object.entries(operators)[chosen] ?? [];
  if (!name || !rule) {
    const [c, d] = [expression(draw, 1), expression(draw, 1)];
    return {
      dim: chooseDims(lessDims(c.dim, d.dim), a.dim, b.dim),
      value: (sizes) => {
        const [x, y, left, right] = [a, b, c, d].map((each) => each.value(sizes)) as Four;
        return Number.isNaN(x + y + left + right) ? NaN : left < right ? x : y;
      },
      text: `(${c.text} < ${d.text} ? ${a.text} : ${b.text})`,
    };
  }
  const dim = rule[0](a.dim, b.dim);
  if (dim === undefined) return a;
  return {
    dim,
    value: (sizes) => {
      const [x, y] = [a.value(sizes), b.value(sizes)];
      return Number.isNaN(x + y) ? NaN : rule[1](x, y);
    },
    text: `${name}(${a.text}, ${b.text})`,
  };
}

function drawnSizes(draw: Draw): Map<string, number> {
  return new Map(names.map((name) => [name, sizes[draw(sizes.length)] ?? 0]));
}

describe('sizes as expressions', () => {
  it('come to what whole-number arithmetic comes to, and lie within their bounds', () => {
    const wrong: string[] = [];
    for (let seed = 1; seed <= 1000; seed++) {
      const draw = draws(seed);
      const { dim, value, text } = expression(draw, 1 + draw(3));
      const [low, high] = [lowest(dim), highest(dim)];
      for (let trial = 0; trial < 8; trial++) {
        const given = drawnSizes(draw);
        const wanted = value(given) + 0;
        if (Number.isNaN(wanted)) continue;
        const got = evaluateDim(dim, (name) => given.get(name) ?? NaN);
        const where = JSON.stringify([...given]);
        if (got + 0 !== wanted) wrong.push(`${text} = ${dim}: ${got}, not ${wanted} at ${where}`);
        if (!(low <= wanted && wanted <= high))
          wrong.push(`${text} = ${dim}: ${wanted} is not within ${low} … ${high} at ${where}`);
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
  });
});
