/** @file Symbolic dimensions: a number, or a name, or a product or sum of those in one canonical spelling. */

/** A dimension: its size, or an expression such as `batch`, `4*batch*time`, `past+time`. */
export type Dim = number | string;

let unknowns = 0;

/** A dimension about which nothing is known. Never equal to another. */
export function unknownDim(): Dim {
  return `?${++unknowns}`;
}

function factors(dim: Dim): { coefficient: number; names: string[] } {
  if (typeof dim === 'number') return { coefficient: dim, names: [] };
  const names: string[] = [];
  let coefficient = 1;
  for (const part of splitTop(dim, '*')) {
    const value = Number(part);
    if (Number.isInteger(value)) coefficient *= value;
    else names.push(part);
  }
  return { coefficient, names };
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

function product(coefficient: number, names: readonly string[]): Dim {
  if (coefficient === 0 || names.length === 0) return coefficient;
  const sorted = [...names].sort();
  return coefficient === 1 ? sorted.join('*') : [String(coefficient), ...sorted].join('*');
}

/** a · b. */
export function multiplyDims(a: Dim, b: Dim): Dim {
  const left = factors(a);
  const right = factors(b);
  return product(left.coefficient * right.coefficient, [...left.names, ...right.names]);
}

/** a / b where it comes out even, else unknown. */
export function divideDims(a: Dim, b: Dim): Dim {
  if (a === b) return 1;
  const left = factors(a);
  const right = factors(b);
  const names = [...left.names];
  for (const name of right.names) {
    const at = names.indexOf(name);
    if (at < 0) return unknownDim();
    names.splice(at, 1);
  }
  const coefficient = left.coefficient / right.coefficient;
  return Number.isInteger(coefficient) ? product(coefficient, names) : unknownDim();
}

/** a + b; terms that cancel do. */
export function addDims(a: Dim, b: Dim): Dim {
  const terms = new Map<string, number>();
  let constant = 0;
  for (const dim of [a, b]) {
    const text = String(dim);
    const inner = text.startsWith('(') && text.endsWith(')') ? text.slice(1, -1) : text;
    for (const term of splitTop(inner, '+')) {
      const { coefficient, names } = factors(Number.isInteger(Number(term)) ? Number(term) : term);
      const key = [...names].sort().join('*');
      if (key === '') constant += coefficient;
      else terms.set(key, (terms.get(key) ?? 0) + coefficient);
    }
  }
  const parts = [...terms]
    .filter(([, coefficient]) => coefficient !== 0)
    .map(([key, coefficient]) => String(product(coefficient, [key])))
    .sort();
  if (parts.length === 0) return constant;
  if (constant !== 0) parts.push(String(constant));
  return parts.length === 1 ? (parts[0] as string) : `(${parts.join('+')})`;
}

/** −a. */
export function negateDim(a: Dim): Dim {
  if (typeof a === 'number') return -a;
  const inner = a.startsWith('(') && a.endsWith(')') ? a.slice(1, -1) : a;
  return splitTop(inner, '+')
    .map((term) => multiplyDims(-1, Number.isInteger(Number(term)) ? Number(term) : term))
    .reduce((sum, term) => addDims(sum, term), 0);
}

/** Shapes equal, dimension by dimension. Unknown dimensions are equal to nothing but themselves. */
export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, index) => dim === b[index]);
}

/** NumPy broadcasting of two shapes; of two different names the result is unknown. */
export function broadcastShapes(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index) => {
    const left = a[index - rank + a.length] ?? 1;
    const right = b[index - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    if (typeof left === 'number' && typeof right === 'number')
      throw new Error(`Shapes [${a.join(', ')}] and [${b.join(', ')}] do not broadcast.`);
    // A name beside a number greater than one must have that size, or be 1.
    if (typeof left === 'number') return left;
    if (typeof right === 'number') return right;
    return unknownDim();
  });
}
