/** @file Low-rank adapters: y = x·W becomes y = x·W + (alpha/r)·(x·Aᵀ)·Bᵀ (Hu et al. 2021, arXiv 2106.09685). */
import { Builder, float, int, type Graph, type Node, type Value } from '../onnx/index.ts';
import { adapterInput, arenaLength, layoutArena, readWhole, type ArenaSlice } from './arena.ts';
import type { Projection, ProjectionPart } from './projection.ts';
import { splitInto } from './split.ts';

export interface AdapterShape {
  rank: number;
  alpha: number;
}

/** The arena of all adapters: for every module in order `….lora_A` [r, in], then `….lora_B` [out, r]. */
export function adapterLayout(projections: readonly Projection[], rank: number): ArenaSlice[] {
  const modules = new Map(
    projections.flatMap(({ parts, inFeatures }) =>
      parts.map(({ name, rows }) => [name, { rows, inFeatures }] as const),
    ),
  );
  return layoutArena(
    [...modules].flatMap(([name, { rows, inFeatures }]) => [
      { name: `${name}.lora_A`, dims: [rank, inFeatures] },
      { name: `${name}.lora_B`, dims: [rows, rank] },
    ]),
  );
}

/**
 * Adds the input `adapter` and its products to `graph`, which is changed. Returns the values of the single adapters in the
 * layout's order. Projections are found by the names of their values.
 */
export function injectAdapters(
  graph: Graph,
  projections: readonly Projection[],
  shape: AdapterShape,
): Value[] {
  const b = new Builder(graph, 'adapter');
  const layout = adapterLayout(projections, shape.rank);
  const arena = graph.addInput(adapterInput, 'float32', [arenaLength(layout)]);
  const parameters = readWhole(b, arena, layout);
  addLowRankProducts(b, projections, parameters, shape);
  return parameters;
}

/** Adds the products of `parameters` (A and B of every module, in the layout's order) to the projections of the builder's graph. */
export function addLowRankProducts(
  b: Builder,
  projections: readonly Projection[],
  parameters: readonly Value[],
  { rank, alpha }: AdapterShape,
): void {
  const { graph } = b;
  const byName = new Map(
    adapterLayout(projections, rank).map(({ name }, index) => [name, parameters[index]]),
  );
  const parameter = (part: ProjectionPart, half: 'A' | 'B'): Value =>
    byName.get(`${part.name}.lora_${half}`) as Value;
  const scaling = { transB: int(1), alpha: float(alpha / rank) };

  for (const [x, members] of byInput(graph, projections)) {
    const isMatrix = x.shape?.length === 2;
    const rows = isMatrix ? x : b.reshape(x, [-1, members[0]?.inFeatures ?? -1]);
    // Ax of all modules that read x, as one product; a module may have its parts in several of them.
    const modules = new Map(
      members.flatMap(({ parts }) => parts.map((part) => [part.name, part] as const)),
    );
    const downs = [...modules.values()].map((part) => parameter(part, 'A'));
    const all = b.op('Gemm', [rows, b.concat(downs, 0)], { transB: int(1) });
    const each = splitInto(
      b,
      all,
      downs.map(() => rank),
      1,
    );
    const hidden = new Map([...modules.keys()].map((name, index) => [name, each[index] as Value]));
    for (const projection of members) {
      const y = existing(graph, projection.output);
      const consumers = [...y.uses];
      const base = isMatrix ? y : productOfRows(b, y.producer, rows);
      const lengths = projection.parts.map(({ length }) => length);
      // Gemm adds its third operand for free: the frozen product itself, or its part of a packed one.
      const bases = splitInto(b, base, lengths, 1);
      const adapted = projection.parts.map((part, index) => {
        const whole = parameter(part, 'B');
        const up =
          part.length === part.rows ? whole : b.slice(whole, 0, part.from, part.from + part.length);
        return b.op('Gemm', [hidden.get(part.name) as Value, up, bases[index] as Value], scaling);
      });
      const joined = b.concat(adapted, 1);
      const result = isMatrix ? joined : withRowsOf(b, joined, x, projection.outFeatures);
      if (y.shape) result.shape = y.shape;
      for (const { node, index } of consumers) node.setInput(index, result);
    }
  }
}

/** The projections by the activation that they read, in order. */
function byInput(graph: Graph, projections: readonly Projection[]): Map<Value, Projection[]> {
  const groups = new Map<Value, Projection[]>();
  for (const projection of projections) {
    const x = existing(graph, projection.output).producer.need(0);
    groups.set(x, [...(groups.get(x) ?? []), projection]);
  }
  return groups;
}

/** The frozen product of the flattened activation. */
function productOfRows(b: Builder, product: Node, rows: Value): Value {
  return b.op(product.op, [rows, ...product.inputs.slice(1)], product.attributes);
}

/** Rows [.., N] in the place of those of x [.., K]: x's shape with another last size. */
function withRowsOf(b: Builder, rows: Value, x: Value, features: number): Value {
  const lead = b.op('Slice', [b.shapeOf(x), b.integers([0]), b.integers([-1])]);
  return b.reshapeTo(rows, b.concat([lead, b.integers([features])], 0));
}

function existing(graph: Graph, name: string): Value & { producer: Node } {
  const value = graph.value(name);
  if (!value?.producer) throw new Error(`The graph has no product "${name}" to adapt.`);
  return value as Value & { producer: Node };
}
