/**
 * @file Sizes as expressions: whole numbers, names, and sums of products of those with truncating division, minimum and comparison, each
 * in one canonical spelling, so that two sizes are equal if and only if they are spelt alike as far as this algebra can tell.
 */

/** A size or another whole number: itself, or an expression such as `batch`, `4*batch*time`, `(past+time)`, `(128+min0(time+-128))`. */
export type Dim = number | string;

/** coefficient · atom · atom …; atoms are names or calls such as `div(time,4)`, sorted. The constant's term has none. */
interface Term {
  coefficient: number;
  atoms: readonly string[];
}

type Sum = readonly Term[];

let unknowns = 0;

/** A size about which nothing is known but that it is one. Never equal to another. */
export function unknownDim(): Dim {
  return `?${++unknowns}`;
}

/** Splits at an operator outside parentheses. */
function splitTop(text: string, operator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === operator && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** Parsed spellings: a graph has few sizes and asks for them often. */
const parsed = new Map<string, Sum>();

function termsOf(dim: Dim): Sum {
  if (typeof dim === 'number') return dim === 0 ? [] : [{ coefficient: dim, atoms: [] }];
  let sum = parsed.get(dim);
  if (!sum) {
    const inner = dim.startsWith('(') ? dim.slice(1, -1) : dim;
    sum = splitTop(inner, '+').map((term) => {
      const atoms: string[] = [];
      let coefficient = 1;
      for (const factor of splitTop(term, '*')) {
        const value = Number(factor);
        if (Number.isInteger(value)) coefficient *= value;
        else atoms.push(factor);
      }
      return { coefficient, atoms };
    });
    if (parsed.size > 1e5) parsed.clear();
    parsed.set(dim, sum);
  }
  return sum;
}

/** Adds terms up and spells their sum: terms by their atoms in order, the constant last. */
function spell(terms: Iterable<Term>): Dim {
  const sums = new Map<string, number>();
  for (const { coefficient, atoms } of terms) {
    const key = atoms.join('*');
    sums.set(key, (sums.get(key) ?? 0) + coefficient);
  }
  const constant = sums.get('') ?? 0;
  sums.delete('');
  const parts = [...sums]
    .filter(([, coefficient]) => coefficient !== 0)
    .map(([key, coefficient]) => (coefficient === 1 ? key : `${coefficient}*${key}`))
    .sort();
  if (parts.length === 0) return constant;
  if (constant !== 0) parts.push(String(constant));
  return parts.length === 1 ? (parts[0] as string) : `(${parts.join('+')})`;
}

/** An atom that is a function of expressions, spelt without the parentheses that a sum stands in elsewhere. */
function call(name: string, ...operands: readonly Dim[]): string {
  return `${name}(${operands.map((dim) => String(dim).replace(/^\((.*)\)$/, '$1')).join(',')})`;
}

/** The function and operands of such an atom; undefined for a name. */
function callOf(atom: string): { name: string; operands: Dim[] } | undefined {
  if (!atom.endsWith(')')) return undefined;
  const open = atom.indexOf('(');
  const operands = splitTop(atom.slice(open + 1, -1), ',').map((operand): Dim => {
    const number = Number(operand);
    if (Number.isInteger(number)) return number;
    return splitTop(operand, '+').length > 1 ? `(${operand})` : operand;
  });
  return { name: atom.slice(0, open), operands };
}

/** a + b. */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return spell([...termsOf(a), ...termsOf(b)]);
}

/** −a. */
export function negateDim(a: Dim): Dim {
  return multiplyDims(-1, a);
}

/** a − b. */
export function subtractDims(a: Dim, b: Dim): Dim {
  return addDims(a, negateDim(b));
}

/** a · b. */
export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  return spell(
    termsOf(a).flatMap((left) =>
      termsOf(b).map((right) => ({
        coefficient: left.coefficient * right.coefficient,
        atoms: withoutRepeatedTruths([...left.atoms, ...right.atoms].sort()),
      })),
    ),
  );
}

/** 0 and 1 are their own squares. */
function withoutRepeatedTruths(atoms: string[]): string[] {
  return atoms.filter((atom, i) => !(isTruth(atom) && atoms[i - 1] === atom));
}

function isTruth(atom: string): boolean {
  return atom.startsWith('negative(') || atom.startsWith('zero(');
}

/** One term over another where it comes out even. */
function termRatio(above: Term, below: Term): Term | undefined {
  const atoms = [...above.atoms];
  for (const atom of below.atoms) {
    const at = atoms.indexOf(atom);
    if (at < 0) return undefined;
    atoms.splice(at, 1);
  }
  const coefficient = above.coefficient / below.coefficient;
  return Number.isInteger(coefficient) ? { coefficient, atoms } : undefined;
}

/** a / b where it comes out even whatever the names stand for. */
function evenRatio(a: Dim, b: Dim): Dim | undefined {
  const [above, below] = [termsOf(a), termsOf(b)];
  const [first] = below;
  if (!first) return undefined;
  if (below.length === 1) {
    const ratios = above.map((term) => termRatio(term, first));
    return ratios.every((ratio) => ratio !== undefined) ? spell(ratios) : undefined;
  }
  for (const term of above) {
    const ratio = termRatio(term, first);
    const candidate = ratio && spell([ratio]);
    if (candidate !== undefined && multiplyDims(candidate, b) === a) return candidate;
  }
  return undefined;
}

/** a / b, truncated towards zero as ONNX divides whole numbers. */
export function divideDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number')
    return b === 0 ? call('div', a, b) : Math.trunc(a / b);
  const even = evenRatio(a, b);
  if (even !== undefined) return even;
  // ⌊(k·q + r)/k⌋ = q + ⌊r/k⌋, and truncation is ⌊ ⌋ where nothing is negative.
  if (typeof b === 'number' && b > 0 && lowest(a) >= 0) {
    const whole = termsOf(a).flatMap((term) => {
      const coefficient = Math.floor(term.coefficient / b);
      return coefficient === 0 ? [] : [{ ...term, coefficient }];
    });
    const quotient = spell(whole);
    const rest = subtractDims(a, multiplyDims(quotient, b));
    if (quotient !== 0 && lowest(rest) >= 0) return addDims(quotient, divideDims(rest, b));
    if (lowest(a) >= 0 && highest(a) < b) return 0;
  }
  return call('div', a, b);
}

/** a mod b of numbers that are not negative; undefined where they may be. */
export function remainderDims(a: Dim, b: Dim): Dim | undefined {
  if (lowest(a) < 0 || lowest(b) < 0 || b === 0) return undefined;
  return subtractDims(a, multiplyDims(b, divideDims(a, b)));
}

/** Whether the first term by its atoms has a positive coefficient: either d or −d has, and both are spelt by that one. */
function leads(dim: Dim): boolean {
  const [first] = termsOf(dim)
    .filter(({ atoms }) => atoms.length > 0)
    .map(({ atoms, coefficient }) => ({ key: atoms.join('*'), coefficient }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return (first?.coefficient ?? 1) > 0;
}

/** min(0, d); every minimum and maximum is spelt by it: min(a, b) = a + min(0, b − a), max(a, b) = b − min(0, b − a). */
function belowZero(d: Dim): Dim {
  if (lowest(d) >= 0) return 0;
  if (highest(d) <= 0) return d;
  return leads(d) ? call('min0', d) : addDims(d, call('min0', negateDim(d)));
}

/** The smaller of two. */
export function minDims(a: Dim, b: Dim): Dim {
  return addDims(a, belowZero(subtractDims(b, a)));
}

/** The larger of two. */
export function maxDims(a: Dim, b: Dim): Dim {
  return subtractDims(b, belowZero(subtractDims(b, a)));
}

/** 1 where a < b, else 0. */
export function lessDims(a: Dim, b: Dim): Dim {
  const d = subtractDims(a, b);
  if (highest(d) < 0) return 1;
  return lowest(d) >= 0 ? 0 : call('negative', d);
}

/** 1 where a = b, else 0. */
export function equalDims(a: Dim, b: Dim): Dim {
  const d = subtractDims(a, b);
  if (d === 0) return 1;
  if (lowest(d) > 0 || highest(d) < 0) return 0;
  return call('zero', leads(d) ? d : negateDim(d));
}

/** a where the condition is 1, b where it is 0. */
export function chooseDims(condition: Dim, a: Dim, b: Dim): Dim {
  return addDims(b, multiplyDims(condition, subtractDims(a, b)));
}

/** The least that an expression can be, sizes being what they may. */
export function lowest(dim: Dim): number {
  return typeof dim === 'number' ? dim : bounds(dim, 4)[0];
}

/** The most that it can be. */
export function highest(dim: Dim): number {
  return typeof dim === 'number' ? dim : bounds(dim, 4)[1];
}

type Bounds = readonly [number, number];

/**
 * Interval arithmetic, in which S + k·min(0, d) is seen as the smaller of S and S + k·d (the larger for k < 0), so that what stands in both
 * cancels.
 */
function bounds(dim: Dim, depth: number): Bounds {
  const terms = termsOf(dim);
  const split = terms.find(({ atoms }) => atoms.length === 1 && atoms[0]?.startsWith('min0('));
  const d = split && callOf(split.atoms[0] as string)?.operands[0];
  if (split && d !== undefined && depth > 0) {
    const rest = spell(terms.filter((term) => term !== split));
    const [a, b] = [rest, addDims(rest, multiplyDims(split.coefficient, d))].map((each) =>
      bounds(each, depth - 1),
    ) as [Bounds, Bounds];
    const choose = split.coefficient > 0 ? Math.min : Math.max;
    return [choose(a[0], b[0]), choose(a[1], b[1])];
  }
  return terms.reduce<Bounds>(
    ([low, high], { coefficient, atoms }) => {
      const [least, most] = atoms.reduce<Bounds>(
        (product, atom) => productBounds(product, atomBounds(atom, depth)),
        [coefficient, coefficient],
      );
      return [low + least, high + most];
    },
    [0, 0],
  );
}

function productBounds([a, b]: Bounds, [c, d]: Bounds): Bounds {
  const corners = [a, b].flatMap((x) => [c, d].map((y) => (x === 0 || y === 0 ? 0 : x * y)));
  return [Math.min(...corners), Math.max(...corners)];
}

function atomBounds(atom: string, depth: number): Bounds {
  const { name, operands } = callOf(atom) ?? {};
  if (name === undefined) return [0, Infinity];
  if (name === 'negative' || name === 'zero') return [0, 1];
  const [a = [-Infinity, Infinity], b = a] =
    depth > 0 ? (operands ?? []).map((operand) => bounds(operand, depth - 1)) : [];
  if (name === 'min0') return [Math.min(0, a[0]), Math.min(0, a[1])];
  if (name === 'div')
    return a[0] >= 0 && b[0] >= 0 ? [0, a[1] / Math.max(1, b[0])] : [-Infinity, Infinity];
  // What was broadcast is one of its parts.
  return [Math.max(0, Math.min(a[0], b[0])), Math.max(a[1], b[1])];
}

/** The number that an expression is, with the size of each name from `sizeOf`. */
export function evaluateDim(dim: Dim, sizeOf: (name: string) => number): number {
  if (typeof dim === 'number') return dim;
  const valueOf = (atom: string): number => {
    const known = callOf(atom);
    if (!known) return sizeOf(atom);
    const [a = 0, b = 0] = known.operands.map((operand) => evaluateDim(operand, sizeOf));
    switch (known.name) {
      case 'min0':
        return Math.min(0, a);
      case 'div':
        return Math.trunc(a / b);
      case 'negative':
        return a < 0 ? 1 : 0;
      case 'zero':
        return a === 0 ? 1 : 0;
      default:
        return a === 1 ? b : a;
    }
  };
  return termsOf(dim).reduce(
    (sum, { coefficient, atoms }) =>
      sum + atoms.reduce((product, atom) => product * valueOf(atom), coefficient),
    0,
  );
}

/** Shapes equal, dimension by dimension. Unknown dimensions are equal to nothing but themselves. */
export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, index) => dim === b[index]);
}

/**
 * Whether a size that fits `to` by broadcasting is `to` whatever the names stand for, so that nothing was repeated: spelt alike, a number
 * greater than one, or the smaller of `to` and such a number (which is 1 only where `to` is).
 */
export function isNeverRepeated(size: Dim, to: Dim): boolean {
  if (size === to || lowest(size) > 1) return true;
  const constant = termsOf(size).find(({ atoms }) => atoms.length === 0)?.coefficient ?? 0;
  return constant > 1 && size === minDims(to, constant);
}

/** One dimension of two shapes that are broadcast together; throws for numbers that do not fit. */
function broadcastDims(a: Dim, b: Dim): Dim {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === 'number' && typeof b === 'number') throw new Error('they do not broadcast');
  // A name beside a number greater than one must have that size, or be 1.
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  if (isNeverRepeated(a, b)) return b;
  if (isNeverRepeated(b, a)) return a;
  const [first, second] = [a, b].sort() as [string, string];
  return call('broadcast', first, second);
}

/** NumPy broadcasting of two shapes. Throws where they cannot be. */
export function broadcastShapes(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index) => {
    const left = a[index - rank + a.length] ?? 1;
    const right = b[index - rank + b.length] ?? 1;
    try {
      return broadcastDims(left, right);
    } catch (cause) {
      throw new Error(`Shapes [${a.join(', ')}] and [${b.join(', ')}] do not broadcast.`, {
        cause,
      });
    }
  });
}
