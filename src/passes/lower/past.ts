/** @file Takes the cache of past keys and values out of a graph that is to see every sequence from its first token. */
import {
  Builder,
  inferGraph,
  inferNode,
  int,
  normalAxis,
  type Graph,
  type Node,
  type Value,
} from '../../onnx/index.ts';
import type { LoweringContext } from './context.ts';
import { UnsupportedOperatorError } from './unsupported.ts';

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
  return new Map(
    graph.inputs.filter(isPast).map((past) => {
      const shape = past.shape ?? [];
      const present = graph.value(presentOf(past.name))?.shape;
      const open = [...shape.keys()].filter((axis) => typeof shape[axis] !== 'number');
      const batch = open[0] ?? 0;
      const growing = open.filter((axis) => axis !== batch && typeof present?.[axis] !== 'number');
      const time =
        growing.length > 1 && present
          ? growing.find((axis) => present[axis] !== shape[axis])
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
 * Every past is of length 0: a concatenation with it is the other part, its shape says 0 (so that masks and positions computed
 * from it begin at the first token), and a fused operator goes without it. A state is zeros.
 */
export function dropPast(graph: Graph, caches: ReadonlyMap<Value, CacheAxes>): void {
  const b = new Builder(graph, 'past');
  const tokens = graph.input('input_ids');
  const batch = b.op('Gather', [b.shapeOf(tokens), b.integers([0])], { axis: int(0) });
  /** Sizes of a tensor as another tensor; those that are open do not matter where there is nothing. */
  const sizes = (axes: CacheAxes): Value =>
    b.concat(
      axes.map((size) =>
        size === 'batch' ? batch : b.integers([size === 'time' ? 0 : (size ?? 1)]),
      ),
      0,
    );
  const empties = new Empties(b, sizes);
  for (const [past, axes] of caches) {
    for (const { node, index } of [...past.uses])
      if (mayGoWithout(node)) node.setInput(index, null);
    if (past.uses.length === 0) continue;
    if (isState(axes))
      graph.replaceUses(past, b.op('Expand', [b.scalar(0, past.type), sizes(axes)]));
    else {
      const name = tokens.shape?.[0] ?? 'batch';
      past.shape = axes.map((size) =>
        size === 'batch' ? name : size === 'time' ? 0 : (size ?? 1),
      );
      empties.drop(past, past.name);
    }
  }
  graph.prune();
}

/** Follows tensors without elements to where they end. */
class Empties {
  private isInferred = false;

  constructor(
    private readonly b: Builder,
    private readonly sizes: (axes: CacheAxes) => Value,
  ) {}

  /** Takes an empty value, made from the cache `name`, out of everything that uses it. */
  drop(value: Value, name: string): void {
    for (const { node, index } of [...value.uses]) {
      if (node.op === 'Shape') this.replaceShape(node, value);
      else if (mayGoWithout(node)) node.setInput(index, null);
      else if (node.op === 'Concat' && !this.isEmpty(node)) dropPart(node, value);
      else if (this.isEmpty(node) || this.isEmptyAfterAll(node))
        for (const output of node.outputs) {
          if (output) this.drop(output, name);
        }
      else throw new UnsupportedOperatorError(node, `the cache "${name}"`);
    }
  }

  /** Whether what a node gives has no elements, as far as its inputs tell. */
  private isEmpty(node: Node): boolean {
    inferNode(node);
    return node.outputs.every((output) => !output || output.shape?.includes(0));
  }

  /** The same with what the rest of the graph tells about its inputs. */
  private isEmptyAfterAll(node: Node): boolean {
    if (this.isInferred) return false;
    this.isInferred = true;
    inferGraph(this.b.graph);
    return this.isEmpty(node);
  }

  private replaceShape(node: Node, value: Value): void {
    const [batch] = this.b.graph.input('input_ids').shape ?? [];
    const shape = value.shape ?? [];
    const rank = shape.length;
    const whole = this.sizes(
      shape.map((size) => (typeof size === 'number' ? size : size === batch ? 'batch' : undefined)),
    );
    const start = normalAxis(node.int('start', 0), rank);
    const end = normalAxis(node.int('end', rank), rank);
    const part = start === 0 && end === rank ? whole : this.b.slice(whole, 0, start, end);
    this.b.graph.replaceUses(node.out(), part);
  }
}

function dropPart(node: Node, part: Value): void {
  const { graph } = node;
  const others = node.inputs.filter((input): input is Value => input !== null && input !== part);
  if (others.length === 1) {
    graph.replaceUses(node.out(), others[0] as Value);
    return;
  }
  const joined = graph.addValue(`${node.out().name}.now`);
  graph.addNode('Concat', others, [joined], node.attributes, node.name);
  graph.replaceUses(node.out(), joined);
}

/** Where a cache is used, casts left aside. */
function usesOf(value: Value): { node: Node; index: number }[] {
  return value.uses.flatMap((use) =>
    use.node.op === 'Cast' || use.node.op === 'Identity' ? usesOf(use.node.out()) : [use],
  );
}

/**
 * Whether prompts may be padded on the left: every state only has the tokens' own numbers put behind it, where `maskJoin` hides those of the
 * padding.
 */
export function mayPadLeft(graph: Graph): boolean {
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
