/**
 * @file Products of activations that are transposed before or after become one Einsum, which reads and writes them as they lie. Axes that
 * were merged for the product (the heads of a group and their tokens, say) come apart again.
 */
import {
  multiplyDims,
  text,
  type Builder,
  type Dim,
  type Graph,
  type Node,
  type Shape,
  type Value,
} from '../../onnx/index.ts';
import { reshaped } from './shapes.ts';

/** An index of the product; one that was merged consists of others. */
interface Index {
  size: Dim;
  parts: readonly Index[] | null;
}

/** A value whose axes run over these indices, several in one axis where they are merged. */
interface Seen {
  value: Value;
  axes: readonly (readonly Index[])[];
  transposes: number;
}

/** Whether any were found. */
export function foldTransposes(graph: Graph, b: Builder): boolean {
  let changed = false;
  for (const node of [...graph.nodes])
    if (node.op === 'MatMul' && folded(graph, b, node)) changed = true;
  return changed;
}

function folded(graph: Graph, b: Builder, node: Node): boolean {
  const [x, y] = [node.need(0).shape, node.need(1).shape];
  const rank = x?.length ?? 0;
  if (!x || !y || rank < 3 || y.length !== rank || node.out().shape?.length !== rank) return false;
  if (!x.slice(0, -2).every((size, axis) => size === y[axis])) return false;
  const index = (size: Dim | undefined): Index => ({ size: size ?? 1, parts: null });
  const batch = x.slice(0, -2).map((size) => [index(size)]);
  const [row, inner, column] = [index(x[rank - 2]), index(x[rank - 1]), index(y[rank - 1])];
  const left = back({ value: node.need(0), axes: [...batch, [row], [inner]], transposes: 0 });
  const right = back({ value: node.need(1), axes: [...batch, [inner], [column]], transposes: 0 });
  const result = onward(graph, {
    value: node.out(),
    axes: [...batch, [row], [column]],
    transposes: 0,
  });
  if (left.transposes + right.transposes + result.transposes === 0) return false;

  const letters = new Map<Index, string>();
  const spelt = ({ axes }: Seen): string =>
    axes
      .flat()
      .flatMap(atoms)
      .map((atom) => {
        const letter = letters.get(atom) ?? String.fromCharCode(97 + letters.size);
        letters.set(atom, letter);
        return letter;
      })
      .join('');
  const equation = `${spelt(left)},${spelt(right)}->${spelt(result)}`;
  const [a, c] = [apart(b, left), apart(b, right)];
  if (!a || !c) return false;
  const product = b.op('Einsum', [a, c], { equation: text(equation) });
  product.type = node.out().type;
  const sizes = sizesOf(result);
  product.shape = sizes;
  const target = result.value.shape ?? [];
  const by = sizes.length === target.length ? product : reshaped(b, product, target);
  if (!by) return false;
  by.type = product.type;
  graph.replaceUses(result.value, by);
  return true;
}

/** What an index consists of, in the end. */
function atoms(index: Index): Index[] {
  return index.parts ? index.parts.flatMap(atoms) : [index];
}

function sizesOf({ axes }: Seen): Shape {
  return axes
    .flat()
    .flatMap(atoms)
    .map(({ size }) => size);
}

/** The value with an axis for each index. */
function apart(b: Builder, seen: Seen): Value | undefined {
  const sizes = sizesOf(seen);
  return sizes.length === seen.axes.length ? seen.value : reshaped(b, seen.value, sizes);
}

/** The same numbers before transposes and merging reshapes. */
function back(seen: Seen): Seen {
  let best = seen;
  for (let current: Seen | undefined = seen; current; current = stepBack(current))
    if (current.transposes > best.transposes) best = current;
  return best;
}

function stepBack({ value, axes, transposes }: Seen): Seen | undefined {
  const { producer } = value;
  if (producer?.op === 'Transpose') {
    const perm = producer.ints('perm');
    if (!perm) return undefined;
    const before = perm.map((_, axis) => axes[perm.indexOf(axis)] ?? []);
    return { value: producer.need(0), axes: before, transposes: transposes + 1 };
  }
  if (producer?.op !== 'Reshape') return undefined;
  const source = producer.need(0);
  const merged = source.shape && grouping(source.shape, value.shape ?? []);
  if (!merged) return undefined;
  const before: (readonly Index[])[] = [];
  for (const [axis, sizes] of merged.entries()) {
    const [own, ...others] = axes[axis] ?? [];
    if (!own || others.length > 0) return undefined;
    if (sizes.length === 1) before.push([own]);
    else {
      own.parts ??= sizes.map((size) => ({ size, parts: null }));
      const { parts } = own;
      const fits =
        parts.length === sizes.length && parts.every((part, i) => part.size === sizes[i]);
      if (!fits) return undefined;
      before.push(...parts.map((part) => [part]));
    }
  }
  return { value: source, axes: before, transposes };
}

/** Which neighbouring sizes of a shape each size of a shorter one is the product of. */
function grouping(from: Shape, to: Shape): Dim[][] | undefined {
  if (from.includes(1) || to.includes(1)) return undefined;
  const groups: Dim[][] = [];
  let next = 0;
  for (const size of to) {
    const group: Dim[] = [];
    let product: Dim = 1;
    while (product !== size && next < from.length) {
      group.push(from[next] ?? 1);
      product = multiplyDims(product, from[next] ?? 1);
      next++;
    }
    if (product !== size) return undefined;
    groups.push(group);
  }
  return next === from.length ? groups : undefined;
}

/** The same numbers after transposes and reshapes that nothing else comes between. */
function onward(graph: Graph, seen: Seen): Seen {
  let best = seen;
  for (let current: Seen | undefined = seen; current; current = stepOn(graph, current))
    if (current.transposes > 0) best = current;
  return best;
}

function stepOn(graph: Graph, { value, axes, transposes }: Seen): Seen | undefined {
  const [use, ...others] = value.uses;
  if (!use || others.length > 0 || use.index !== 0 || graph.outputs.includes(value))
    return undefined;
  const next = use.node.out();
  if (use.node.op === 'Transpose') {
    const perm = use.node.ints('perm');
    if (!perm) return undefined;
    return { value: next, axes: perm.map((axis) => axes[axis] ?? []), transposes: transposes + 1 };
  }
  if (use.node.op !== 'Reshape' || !next.shape) return undefined;
  const isTransposedNext = next.uses.length === 1 && next.uses[0]?.node.op === 'Transpose';
  if (isTransposedNext) split(axes.flat().flatMap(atoms), next.shape);
  const flat = axes.flat().flatMap(atoms);
  const groups = grouping(
    flat.map(({ size }) => size),
    next.shape,
  );
  if (!groups) return undefined;
  let start = 0;
  const regrouped = groups.map(({ length }) => flat.slice(start, (start += length)));
  return { value: next, axes: regrouped, transposes };
}

/** Indices come apart where a reshape splits their axes. */
function split(flat: readonly Index[], to: Shape): void {
  const groups = grouping(
    to,
    flat.map(({ size }) => size),
  );
  for (const [place, sizes] of groups?.entries() ?? []) {
    const index = flat[place];
    if (index && sizes.length > 1) index.parts = sizes.map((size) => ({ size, parts: null }));
  }
}
