/** @file How a step will be computed, found out before anything is built: whole, some sequences at a time, or layer by layer. */
import {
  estimateLayeredStep,
  estimateMemory,
  savedBytes,
  type LayeredSizes,
  type LayeredStep,
  type MemoryEstimate,
  type ObjectiveName,
} from '../passes/index.ts';
import { weightBytes } from '../runtime/index.ts';
import type { Graph } from '../onnx/index.ts';
import { rowsOf } from './decoder.ts';
import { BufferLimitError, checkBuffers, splitToFit, unitsOf } from './parts.ts';
import { paddedTime, type Example } from './sequences.ts';
import type { StepPlan } from './types.ts';

/** A plan, and the groups of sequences that it computes one after the other. */
export interface PlannedStep extends StepPlan {
  parts: Example[][];
  /** Layer by layer, and group by group: of how many layers the forward pass's products are kept for the backward pass. */
  kept: number[];
  /** The graphs, where it is computed layer by layer. */
  layered: LayeredStep | null;
}

/** What plans are made from. */
export interface PlanSource {
  /** The model as it was read. */
  source: Graph;
  /** The graph of a whole step. */
  whole: (objective: ObjectiveName) => Graph;
  /** The graphs of a step layer by layer. Throws where there are none. */
  layered: (objective: ObjectiveName) => LayeredStep;
  /** How a step is to be computed if it can be; by default that depends on the model's size and on the memory. */
  form: 'whole' | 'layers' | undefined;
  onGpu: boolean;
  /** Whether every run of a layer copies its weights, as under WebAssembly. */
  isFed: boolean;
  bufferLimit: number;
  /** Bytes that a step may take in all. */
  available: number | undefined;
}

/**
 * Bytes of weights up to which a step that fits is computed whole: a graph of so few is quickly built, and runs once a step instead of
 * twice a layer.
 */
const largestWhole = 32e6;

/** Tokens that are computed at a time, layer by layer: with more no product becomes faster, and a stop would be answered later. */
const tokensAtOnce = 512;

/** Bytes of intermediate values beyond which a group gets no further sequence, even if there is more memory. */
const mostAtOnce = 0.5e9;

/** Within a group the longest sequence is at most this many times as long as the shortest: padding costs as text does. */
const spread = 1.25;

/**
 * Under WebAssembly a further group costs as much as so many tokens: every layer's weights are made bytes and numbers for it, and copied.
 * Up to that, padding is the cheaper choice.
 */
const tokensOfGroup = 64;

/** Plans a step on these sequences. Throws what prevents it whatever the batch: a buffer that is too small, an operator without a gradient. */
export function planStep(
  examples: readonly Example[],
  objective: ObjectiveName,
  from: PlanSource,
): PlannedStep {
  const isSmall = from.form === 'whole' || weightBytes(from.source) <= largestWhole;
  const whole = isSmall && from.form !== 'layers' ? planWhole(examples, objective, from) : null;
  if (whole?.fits) return whole;
  const layered = layeredOrNull(objective, from);
  if (layered) return planLayers(examples, layered, from);
  return whole ?? planWhole(examples, objective, from);
}

/** The graphs of a step layer by layer. What prevents these may not prevent the whole one, which says best why where it does. */
function layeredOrNull(objective: ObjectiveName, from: PlanSource): LayeredStep | null {
  try {
    return from.layered(objective);
  } catch {
    return null;
  }
}

/** Throws what prevents teaching whatever the batch. */
export function checkTeaching(objective: ObjectiveName, from: Omit<PlanSource, 'available'>): void {
  const row: Example = { ids: Array<number>(16).fill(0), from: 8, role: 0 };
  const { layered } = planStep([row], objective, { ...from, available: undefined });
  if (!layered) checkBuffers(from.whole(objective), from.bufferLimit);
}

function fitsIn(memory: MemoryEstimate, { available }: PlanSource): boolean {
  return available === undefined || memory.total <= available;
}

function planWhole(
  examples: readonly Example[],
  objective: ObjectiveName,
  from: PlanSource,
): PlannedStep {
  const graph = from.whole(objective);
  const memoryOf = (part: readonly Example[]): MemoryEstimate =>
    estimateMemory(graph, part.length, timeOf(part, from), { labelled: labelledOf(part) });
  let parts = splitToFit(unitsOf(examples), graph, from.bufferLimit);
  // A graph that cannot be cut at its layers is still computed some sequences at a time, where all at once would be too much.
  while (parts.some((part) => !fitsIn(memoryOf(part), from)) && parts.some(canHalve))
    parts = parts.flatMap((part) =>
      canHalve(part) && !fitsIn(memoryOf(part), from) ? halves(part) : [part],
    );
  return {
    ...planOf(parts, from, largestOf(parts.map(memoryOf)), parts.length > 1 ? 'rows' : 'whole'),
    kept: [],
    layered: null,
  };
}

function planLayers(
  examples: readonly Example[],
  layered: LayeredStep,
  from: PlanSource,
): PlannedStep {
  const { bufferLimit, onGpu, source } = from;
  const [batch, time] = source.input('input_ids').shape ?? [];
  const most = rowsOf(source);
  const sizesOf = (part: readonly Example[]): LayeredSizes => ({
    source,
    sizes: new Map([
      [String(batch), part.length],
      [String(time), timeOf(part, from)],
      ['labelled', labelledOf(part)],
      ['whole', examples.length],
    ]),
    tokens: part.length * timeOf(part, from),
    copiesWeights: !onGpu,
  });
  const estimated = new Map<string, MemoryEstimate>();
  const memoryOf = (part: readonly Example[]): MemoryEstimate => {
    const key = [part.length, timeOf(part, from), labelledOf(part)].join();
    const estimate = estimated.get(key) ?? estimateLayeredStep(layered, sizesOf(part));
    estimated.set(key, estimate);
    return estimate;
  };
  /** What a group leaves free is used to keep products. */
  const keptOf = (part: readonly Example[]): { layers: number; bytes: number } => {
    const { total, activations } = memoryOf(part);
    const own = savedBytes(layered, sizesOf(part));
    const free = Math.min((from.available ?? Infinity) - total, mostAtOnce - activations);
    const count = own === 0 ? 0 : Math.floor(Math.max(0, free) / own);
    const layers = Math.min(layered.layers.length, count);
    return { layers, bytes: layers * own };
  };
  const units = unitsOf(examples).sort((one, other) => longest(one) - longest(other));
  const parts: Example[][] = [];
  let part: Example[] = [];
  for (const unit of units) {
    const together = [...part, ...unit];
    const isAlike =
      longest(together) <= spread * shortest(together) ||
      paddingOf(together) - paddingOf(part) <= (from.isFed ? tokensOfGroup : 0);
    const tokens = together.length * timeOf(together, from);
    if (part.length > 0 && (!isAlike || tokens > tokensAtOnce || together.length > most)) part = [];
    else if (part.length > 0) {
      const memory = memoryOf(together);
      const isTooMuch = !fitsIn(memory, from) || memory.activations > mostAtOnce;
      if (isTooMuch || memory.largest > bufferLimit) part = [];
    }
    if (part.length === 0) parts.push(part);
    part.push(...unit);
  }
  const kept = parts.map(keptOf);
  const memory = largestOf(
    parts.map((part, index) => withKept(memoryOf(part), kept[index]?.bytes ?? 0)),
  );
  if (memory.largest > bufferLimit)
    throw new BufferLimitError(
      memory.largestValue,
      memory.largest,
      bufferLimit,
      'use a shorter text',
    );
  return {
    ...planOf(parts, from, memory, 'layers'),
    kept: kept.map(({ layers }) => layers),
    layered,
  };
}

function withKept(memory: MemoryEstimate, bytes: number): MemoryEstimate {
  return {
    ...memory,
    activations: memory.activations + bytes,
    total: memory.total + bytes,
  };
}

function planOf(
  parts: Example[][],
  from: PlanSource,
  memory: MemoryEstimate,
  form: StepPlan['form'],
): Omit<PlannedStep, 'layered' | 'kept'> {
  return {
    form,
    parts,
    rowsAtOnce: Math.max(...parts.map(({ length }) => length)),
    groups: parts.length,
    tokens: parts.reduce((sum, part) => sum + part.length * timeOf(part, from), 0),
    memory,
    ...(from.available !== undefined && { available: from.available }),
    fits: fitsIn(memory, from),
  };
}

function timeOf(part: readonly Example[], { onGpu }: PlanSource): number {
  return onGpu ? paddedTime(part) : longest(part);
}

/** Tokens that are computed for nothing. */
function paddingOf(part: readonly Example[]): number {
  if (part.length === 0) return 0;
  return part.length * longest(part) - part.reduce((sum, { ids }) => sum + ids.length, 0);
}

function longest(part: readonly Example[]): number {
  return Math.max(...part.map(({ ids }) => ids.length));
}

function shortest(part: readonly Example[]): number {
  return Math.min(...part.map(({ ids }) => ids.length));
}

function labelledOf(part: readonly Example[]): number {
  return part.reduce((sum, { ids, from }) => sum + ids.length - from, 0);
}

function largestOf(estimates: readonly MemoryEstimate[]): MemoryEstimate {
  return estimates.reduce((most, each) => (each.total > most.total ? each : most));
}

function canHalve(part: readonly Example[]): boolean {
  return unitsOf(part).length > 1;
}

function halves(part: readonly Example[]): Example[][] {
  const units = unitsOf(part);
  const middle = Math.ceil(units.length / 2);
  return [units.slice(0, middle).flat(), units.slice(middle).flat()];
}
