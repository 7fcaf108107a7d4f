/** @file An adapter by itself: what it is, where its numbers lie, and the numbers; laid into other shapes, and weighted together. */
import {
  adapterLayout,
  adaptable,
  arenaLength,
  chosen,
  freshState,
  type AdapterState,
  type ArenaSlice,
  type Projection,
} from './engine.ts';
import { LetheError } from './errors.ts';
import type { LoraConfig } from './lora-config.ts';

/** What the engine is opened for. Empty lists mean all. */
export interface Shape {
  rank: number;
  alpha: number;
  modules: readonly string[];
  layers: readonly number[];
  seed: number;
}

/** An adapter's numbers, and what they are of. */
export interface Adapter {
  readonly name: string;
  readonly config: LoraConfig;
  readonly shape: Shape;
  readonly layout: readonly ArenaSlice[];
  /** Its numbers as they were last read back. */
  state: AdapterState;
}

/** Where numbers lie, and what the product of the two matrices is multiplied by. */
export type Placed = Pick<Adapter, 'layout' | 'shape'>;

export function shapeOf(config: LoraConfig): Shape {
  return {
    rank: config.r,
    alpha: config.lora_alpha,
    modules: config.target_modules === 'all-linear' ? [] : config.target_modules,
    layers: config.layers_to_transform ?? [],
    seed: config.seed,
  };
}

/** Where an adapter of a shape lies. Throws `LetheError` where a module or layer that it names is not in the model. */
export function layoutOf(projections: readonly Projection[], shape: Shape): ArenaSlice[] {
  const all = adaptable(projections);
  for (const [what, asked, there] of [
    ['module', shape.modules, new Set<unknown>(all.map(({ module }) => module))],
    ['layer', shape.layers, new Set<unknown>(all.map(({ layer }) => layer))],
  ] as const) {
    const missing = asked.find((each) => !there.has(each));
    if (missing !== undefined)
      throw new LetheError(
        'invalid_adapter',
        `This model has no ${what} ${JSON.stringify(missing)}. It has ${[...there].map(String).sort().join(', ')}.`,
      );
  }
  return adapterLayout(chosen(projections, { ...shape }), shape.rank);
}

/** A new adapter, which changes nothing yet. */
export function newAdapter(
  projections: readonly Projection[],
  name: string,
  config: LoraConfig,
): Adapter {
  const shape = shapeOf(config);
  const layout = layoutOf(projections, shape);
  const state = freshState({ layout, adapter: shape, adapterParameters: arenaLength(layout) });
  return { name, config, shape, layout, state };
}

/** Whether an adapter's modules are all in a layout and its rank is not larger. */
export function fits(adapter: Placed, host: Placed): boolean {
  const names = new Set(host.layout.map(({ name }) => name));
  return (
    adapter.shape.rank <= host.shape.rank && adapter.layout.every(({ name }) => names.has(name))
  );
}

/** The smallest shape into which all of these fit. */
export function union(shapes: readonly Shape[]): Shape {
  const [first] = shapes;
  if (!first) return { rank: 1, alpha: 1, modules: [], layers: [], seed: 0 };
  const all = <T>(lists: readonly (readonly T[])[]): T[] =>
    lists.some(({ length }) => length === 0) ? [] : [...new Set(lists.flat())].sort();
  return {
    rank: Math.max(...shapes.map(({ rank }) => rank)),
    alpha: first.alpha,
    modules: all(shapes.map(({ modules }) => modules)),
    layers: all(shapes.map(({ layers }) => layers)),
    seed: first.seed,
  };
}

/** Adds the columns of a matrix [rows, from] to one [rows, to], from a column on, each times a factor. */
function addColumns(
  source: Float32Array,
  target: Float32Array,
  { from, to, at, factor }: { from: number; to: number; at: number; factor: number },
): void {
  source.forEach((value, i) => {
    const index = Math.floor(i / from) * to + at + (i % from);
    target[index] = (target[index] ?? 0) + value * factor;
  });
}

const scalingOf = ({ shape }: Placed): number => shape.alpha / shape.rank;

/**
 * The numbers of some adapters in another layout, so that the change of every weight is the weighted sum of theirs: the A of each [r, in] below
 * the one before it, the B [out, r] beside it, with the scaling taken into B. They must fit, and their ranks together.
 */
export function laid(
  parts: readonly { adapter: Placed & { values: Float32Array }; weight: number }[],
  host: Placed,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(arenaLength(host.layout));
  const slices = new Map(host.layout.map((slice) => [slice.name, slice]));
  let at = 0;
  for (const { adapter, weight } of parts) {
    const { rank } = adapter.shape;
    for (const { name, offset, length, dims } of adapter.layout) {
      const slice = slices.get(name);
      if (!slice) throw new Error(`The layout has no ${name}.`);
      const source = adapter.values.subarray(offset, offset + length);
      const target = values.subarray(slice.offset, slice.offset + slice.length);
      if (name.endsWith('.lora_A')) target.set(source, at * (dims[1] ?? 0));
      else {
        const factor = (weight * scalingOf(adapter)) / scalingOf(host);
        addColumns(source, target, { from: rank, to: host.shape.rank, at, factor });
      }
    }
    at += rank;
  }
  return values;
}

/** PEFT's `linear`: A = Σ sign(w)·√|w·s|·A, B = Σ √|w·s|·B, of adapters of one rank, with s = α/r. Weights of one layout. */
export function linear(
  parts: readonly { adapter: Placed & { values: Float32Array }; weight: number }[],
  target: Placed,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(arenaLength(target.layout));
  const slices = new Map(target.layout.map((slice) => [slice.name, slice]));
  for (const { adapter, weight } of parts) {
    const scaled = weight * scalingOf(adapter);
    for (const { name, offset, length } of adapter.layout) {
      const factor =
        Math.sqrt(Math.abs(scaled)) * (name.endsWith('.lora_A') && scaled < 0 ? -1 : 1);
      const at = slices.get(name)?.offset ?? 0;
      for (let i = 0; i < length; i++)
        values[at + i] = (values[at + i] ?? 0) + factor * (adapter.values[offset + i] ?? 0);
    }
  }
  return values;
}
