/** @file Low-rank adapters: y = x·W becomes y = x·W + (alpha/r)·(x·Aᵀ)·Bᵀ (Hu et al. 2021, arXiv 2106.09685). */
import { Builder, float, int, type Graph, type Node, type Value } from '../onnx/index.ts';
import { adapterInput, arenaLength, layoutArena, readArena, type ArenaSlice } from './arena.ts';
import type { Projection, ProjectionPart } from './projections.ts';

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
  const parameters = layout.map((slice) => readArena(b, arena, slice));
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
  const flattened = new Map<Value, Value>();
  const byName = new Map(
    adapterLayout(projections, rank).map(({ name }, index) => [name, parameters[index]]),
  );
  const parameter = (part: ProjectionPart, half: 'A' | 'B'): Value =>
    byName.get(`${part.name}.lora_${half}`) as Value;
  /** Ax of a module whose parts lie in several products. */
  const downs = new Map<string, Value>();
  for (const projection of projections) {
    const y = existing(graph, projection.output);
    const x = y.producer.need(0);
    const consumers = [...y.uses];
    const isMatrix = x.shape?.length === 2;
    let rows = isMatrix ? x : flattened.get(x);
    if (!rows) {
      rows = b.reshape(x, [-1, projection.inFeatures]);
      flattened.set(x, rows);
    }
    // Gemm adds its third operand for free: the frozen product itself, or its slice of a packed one.
    const base = isMatrix ? y : b.reshape(y, [-1, projection.outFeatures]);
    const bases =
      projection.parts.length === 1
        ? [base]
        : b.node(
            'Split',
            [base, b.integers(projection.parts.map(({ length }) => length))],
            projection.parts.length,
            { axis: int(1) },
          ).outputs;
    const adapted = projection.parts.map((part, index) => {
      const key = `${part.name} of ${rows.name}`;
      const hidden =
        downs.get(key) ?? b.op('Gemm', [rows, parameter(part, 'A')], { transB: int(1) });
      downs.set(key, hidden);
      const whole = parameter(part, 'B');
      const up =
        part.length === part.rows ? whole : b.slice(whole, 0, part.from, part.from + part.length);
      return b.op('Gemm', [hidden, up, bases[index] as Value], {
        transB: int(1),
        alpha: float(alpha / rank),
      });
    });
    const joined = b.concat(adapted, 1);
    const result = isMatrix ? joined : b.op('Reshape', [joined, b.shapeOf(y)]);
    if (y.shape) result.shape = y.shape;
    for (const { node, index } of consumers) node.setInput(index, result);
  }
}

function existing(graph: Graph, name: string): Value & { producer: Node } {
  const value = graph.value(name);
  if (!value?.producer) throw new Error(`The graph has no product "${name}" to adapt.`);
  return value as Value & { producer: Node };
}
