/** @file One step, or a part of one, layer by layer: forward with the states between layers kept, then backward. */
import { ownEntry } from '../own-entry.ts';
import type { LayeredStep } from '../passes/index.ts';
import type { Feeds, Outputs, Tensor } from '../runtime/index.ts';
import type { Ready, ReadyStep } from './layered-sessions.ts';

/** What a group of sequences gave. */
export interface GroupResult {
  loss: number;
  sequenceLogProb: Float32Array;
}

export interface LayeredFeeds {
  /** Tokens, labels, roles, settings. */
  batch: Feeds;
  /** The adapter in the pieces' parts: first piece, layers, last piece. */
  adapter: (Tensor | undefined)[];
  reference: (Tensor | undefined)[] | null;
  /** The gradient so far, part by part; replaced by the sums. */
  gradient: (Tensor | undefined)[];
  /** Of so many layers, the last ones, the products are kept for the backward pass; those of the others are computed again. */
  kept: number;
  /** Called before each layer; what it throws ends the run. */
  onLayer: () => void | Promise<void>;
}

interface Pass {
  first: Outputs;
  states: Tensor[];
  /** What was kept of each layer. */
  saved: (Feeds | undefined)[];
}

/** Runs one group. The gradients are added to `gradient`. */
export async function runLayered(
  step: LayeredStep,
  ready: ReadyStep,
  feeds: LayeredFeeds,
): Promise<GroupResult> {
  const { batch, adapter, reference, gradient } = feeds;
  const last = step.layers.length;
  const held: Tensor[] = [];
  /** Runs a piece with its part of the gradient, and puts the sum in its place. */
  const backward = async (run: Ready, part: number, inputs: Feeds): Promise<Outputs> => {
    const before = gradient[part];
    const output = await run({ ...inputs, ...(before && { gradient: before }) });
    if (output['gradient_out']) {
      before?.dispose();
      gradient[part] = output['gradient_out'];
    }
    return output;
  };
  try {
    const all = new Set([...Array(last + 1).keys()]);
    const now = await forward(step, ready, feeds, adapter, all, held, feeds.kept);
    const frozen =
      reference && step.readsFrozen.length > 0
        ? await forward(step, ready, feeds, reference, new Set(step.readsFrozen), held)
        : null;
    await feeds.onLayer();
    const after = await backward(ready.after, last + 1, {
      ...batch,
      ...ofStates('state', step.readsStates, now.states),
      ...(frozen && ofStates('frozen', step.readsFrozen, frozen.states)),
      ...part(adapter[last + 1]),
    });
    let arriving: Tensor | undefined;
    const lowest = lowestAdapted(step);
    for (let index = last; index >= lowest; index--) {
      const own = after[`gradient.${index}`];
      if (own && arriving) {
        const { sum } = await ready.sum({ one: arriving, other: own });
        arriving.dispose();
        own.dispose();
        arriving = sum;
      } else arriving = own ?? arriving;
      if (!arriving) continue;
      const layer = step.layers[index - 1];
      const run = index === 0 ? ready.beforeBackward : ready.layers[index - 1]?.backward;
      if (!run) break;
      await feeds.onLayer();
      const state = now.states[index - 1];
      const inputs: Feeds = {
        ...batch,
        ...(layer && contextOf(layer.context, now.first, batch)),
        ...(state && { 'state.0': state }),
        ...part(adapter[index]),
      };
      let saved = now.saved[index - 1];
      if (layer && !saved) {
        saved = await (ready.layers[index - 1] as { forward: Ready }).forward(inputs, layer.saved);
        held.push(...Object.values(saved));
        await feeds.onLayer();
      }
      const output = await backward(run, index, { ...inputs, ...saved, next_gradient: arriving });
      for (const tensor of Object.values(saved ?? {})) giveUp(tensor);
      now.saved[index - 1] = undefined;
      arriving.dispose();
      arriving = output['state_gradient'];
    }
    arriving?.dispose();
    const [loss, sequences] = ['loss', 'sequence_logprob'].map(
      (name) => ownEntry(after, name)?.data as Float32Array | undefined,
    );
    return { loss: loss?.[0] ?? NaN, sequenceLogProb: Float32Array.from(sequences ?? []) };
  } finally {
    for (const tensor of held) giveUp(tensor);
  }
}

/** The states, first layer's input first; those that are not wanted are given up as soon as the next layer has read them. */
async function forward(
  step: LayeredStep,
  ready: ReadyStep,
  { batch, onLayer }: LayeredFeeds,
  adapter: readonly (Tensor | undefined)[],
  wanted: ReadonlySet<number>,
  held: Tensor[],
  kept = 0,
): Promise<Pass> {
  const first = await ready.before({ ...batch, ...part(adapter[0]) });
  held.push(...Object.values(first));
  const states = [first['state.0'] as Tensor];
  const saved: (Feeds | undefined)[] = [];
  for (const [index, layer] of step.layers.entries()) {
    await onLayer();
    const run = ready.layers[index]?.forward as Ready;
    const state = states[index] as Tensor;
    const isKept = index >= step.layers.length - kept;
    const { next, ...rest } = await run(
      {
        ...contextOf(layer.context, first, batch),
        'state.0': state,
        ...part(adapter[index + 1]),
      },
      isKept ? ['next', ...layer.saved] : ['next'],
    );
    saved[index] = isKept ? rest : undefined;
    held.push(...Object.values(rest));
    if (!wanted.has(index) && index > 0) giveUp(state);
    states.push(next as Tensor);
    held.push(next as Tensor);
  }
  return { first, states, saved };
}

/** A tensor may be given up once. */
function giveUp(tensor: Tensor): void {
  if (tensor.location !== 'none') tensor.dispose();
}

function part(tensor: Tensor | undefined): Feeds {
  return tensor ? { adapter: tensor } : {};
}

function contextOf(names: ReadonlyMap<string, string>, first: Outputs, batch: Feeds): Feeds {
  return Object.fromEntries(
    [...names].map(([input, name]) => [
      input,
      (ownEntry(first, name) ?? ownEntry(batch, name)) as Tensor,
    ]),
  );
}

function ofStates(kind: string, indices: readonly number[], states: readonly Tensor[]): Feeds {
  return Object.fromEntries(indices.map((i) => [`${kind}.${i}`, states[i] as Tensor]));
}

/** The first piece with an adapter: the gradient need not go further back. */
function lowestAdapted({ beforeSpan, layers }: LayeredStep): number {
  if (beforeSpan.length > 0) return 0;
  const index = layers.findIndex(({ span }) => span.length > 0);
  return index < 0 ? layers.length + 1 : index + 1;
}
