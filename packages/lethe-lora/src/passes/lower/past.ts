/** @file Takes the cache of past keys and values out of a graph that is to see every sequence from its first token. */
import {
  Builder,
  inferNode,
  int,
  isWholeType,
  normalAxis,
  type Graph,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
import { hasOpaque } from './opaque.ts';

/** Whether an input of a decoder's file is a cache. */
export function isPast({ name }: Value): boolean {
  return name.startsWith('past');
}

/** The output in which a past input comes back. */
export function presentOf(past: string): string {
  return past.replace(/^past(_key_values)?/, 'present');
}

/**
 * The axes of a cache: sizes, the batch, and the one that grows with the tokens. A cache without such an axis is a state of one size (the
 * last inputs of a convolution, say), of zeros before the first token. Undefined: a size that the file leaves open.
 */
export type CacheAxes = readonly (number | 'batch' | 'time' | undefined)[];

/** The caches of a graph, as its inputs and the outputs that they come back in state their sizes. */
export function cacheAxes(graph: Graph): Map<Value, CacheAxes> {
  const rows = graph.inputs.find(({ name }) => name === 'input_ids')?.shape?.[0];
  return new Map(
    graph.inputs.filter(isPast).map((past) => {
      const shape = past.shape ?? [];
      const present = graph.value(presentOf(past.name))?.shape;
      const open = [...shape.keys()].filter((axis) => typeof shape[axis] !== 'number');
      // Where a file takes so many rows only, their axis is none of the open ones.
      const batch = typeof rows === 'number' ? Math.max(0, shape.indexOf(rows)) : (open[0] ?? 0);
      const growing = open.filter((axis) => axis !== batch && typeof present?.[axis] !== 'number');
      const time =
        growing.length > 1
          ? (growing.find((axis) => present && present[axis] !== shape[axis]) ??
            growing.find((axis) => /seq|length|past|total|time/i.test(String(shape[axis]))))
          : growing[0];
      const axes = shape.map((size, axis) => {
        const known = [size, present?.[axis]].find((each) => typeof each === 'number');
        return axis === batch ? 'batch' : axis === time ? 'time' : known;
      });
      return [past, axes as CacheAxes] as const;
    }),
  );
}

function isState(axes: CacheAxes): boolean {
  return !axes.includes('time');
}

/** Operators that take the cache as an input which may be left out: there is no past then, or one of zeros. */
function mayGoWithout(node: Node): boolean {
  return node.opType.endsWith('Attention') || node.opType === 'CausalConvWithState';
}

/**
 * Every past is of length 0: its shape says so (masks and positions computed from it begin at the first token), fused operators go
 * without it, and whatever else reads it reads a tensor without elements, which `dropNothing` takes out of concatenations. A state is
 * zeros.
 */
export function dropPast(graph: Graph, caches: ReadonlyMap<Value, CacheAxes>): void {
  const b = new Builder(graph, 'past');
  for (const [past, axes] of caches) {
    skipCopies(graph, past);
    let before: Value | undefined;
    for (const { node, index } of [...past.uses])
      if (node.op === 'Shape') graph.replaceUses(node.out(), shapeBefore(b, axes, node));
      else if (mayGoWithout(node)) node.setInput(index, null);
      else if (node.op === 'Concat' && isAlongTime(axes, node)) dropParts(graph, node, [past]);
      else {
        before ??= b.op('Expand', [b.scalar(0, past.type), shapeBefore(b, axes)]);
        node.setInput(index, before);
      }
  }
  graph.prune();
}

/** Reads past the casts of a half-precision file whose cache is float32, and past copies. */
function skipCopies(graph: Graph, past: Value): void {
  for (let next: Node | undefined; ;) {
    next = past.uses
      .map(({ node }) => node)
      .find(
        ({ op, inputs, outputs }) =>
          op === 'Identity' ||
          (op === 'Concat' && inputs.length === 1) ||
          (op === 'Cast' && !isWholeType(outputs[0]?.type)),
      );
    if (!next) return;
    graph.replaceUses(next.out(), past);
    next.setInput(0, null);
  }
}

function isAlongTime(axes: CacheAxes, node: Node): boolean {
  return axes[normalAxis(node.int('axis', 0), axes.length)] === 'time';
}

function dropParts(graph: Graph, node: Node, parts: readonly Value[]): void {
  const others = node.inputs.filter(
    (input): input is Value => input !== null && !parts.includes(input),
  );
  if (others.length === 1) {
    graph.replaceUses(node.out(), others[0] as Value);
    return;
  }
  const joined = graph.addValue(`${node.out().name}.now`);
  inferNode(graph.addNode('Concat', others, [joined], node.attributes, node.name));
  graph.replaceUses(node.out(), joined);
}

/** Takes parts without elements out of a concatenation whose inputs' shapes were inferred. Whether it had any. */
export function dropNothing(graph: Graph, node: Node): boolean {
  if (node.op !== 'Concat') return false;
  const axis = node.int('axis', 0);
  const empty = node.inputs.filter((input): input is Value => input?.shape?.at(axis) === 0);
  if (empty.length === 0 || empty.length === node.inputs.length) return false;
  dropParts(graph, node, empty);
  return true;
}

/** The shape before the first token, as a Shape node of the cache would say it. What the file leaves open does not matter there. */
function shapeBefore(b: Builder, axes: CacheAxes, node?: Node): Value {
  const tokens = b.shapeOf(b.graph.input('input_ids'));
  const batch = b.op('Gather', [tokens, b.integers([0])], { axis: int(0) });
  const sizes = axes.map((size) =>
    size === 'batch' ? batch : b.integers([size === 'time' ? 0 : (size ?? 1)]),
  );
  const whole = b.concat(sizes, 0);
  const rank = axes.length;
  const [start, end] = [node?.int('start', 0) ?? 0, node?.int('end', rank) ?? rank];
  return start === 0 && end === rank ? whole : b.slice(whole, 0, start, end);
}

/** Where a cache is used, casts left aside. */
function usesOf(value: Value): { node: Node; index: number }[] {
  return value.uses.flatMap((use) =>
    use.node.op === 'Cast' || use.node.op === 'Identity' ? usesOf(use.node.out()) : [use],
  );
}

/**
 * Whether prompts may be padded on the left: no operator reads a sequence without its mask, and every state only has the tokens' own numbers put behind it, where `maskJoin` hides those of the
 * padding.
 */
export function mayPadLeft(graph: Graph): boolean {
  if (hasOpaque(graph)) return false;
  return [...cacheAxes(graph)].every(
    ([past, axes]) =>
      !isState(axes) ||
      usesOf(past).every(
        ({ node }) => node.op === 'Concat' || node.opType === 'CausalConvWithState',
      ),
  );
}

/** Nodes that put the tokens' own numbers behind a state, and at which of their inputs the state is. */
export function stateJoins(caches: ReadonlyMap<Value, CacheAxes>): Map<Node, number> {
  return new Map(
    [...caches]
      .filter(([, axes]) => isState(axes))
      .flatMap(([past]) => usesOf(past))
      .filter(({ node }) => node.op === 'Concat')
      .map(({ node, index }) => [node, index]),
  );
}

/**
 * Makes zeros of what padding would put behind a state [B, …], so that a sequence that begins after padding has the state that it would
 * have without: zeros.
 */
export function maskJoin(node: Node, state: number, { b, realTokens }: LoweringContext): void {
  const rank = node.need(state).shape?.length ?? 0;
  const along = normalAxis(node.int('axis', 0), rank);
  const others = Array.from({ length: rank }, (_, axis) => axis).filter(
    (axis) => axis !== 0 && axis !== along,
  );
  const aligned = b.unsqueeze(realTokens, others);
  node.inputs.forEach((input, place) => {
    if (input && place !== state) node.setInput(place, b.mul(input, aligned));
  });
}
