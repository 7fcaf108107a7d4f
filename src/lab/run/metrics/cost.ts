/** @file What a run cost: what else was lost on the way. */
import * as v from 'valibot';
import { measured, perhapsMeasured, renamed } from '../../check.ts';
import type { Probe } from '../../experiment/checkpoint.ts';
import { perplexity } from './perplexity.ts';

/** What a run cost: what else was lost on the way. Null is what was not measured. */
export const cost = renamed(
  { keptLost: 'retainedDrop' },
  v.object({
    /** Drop in the share of the retain facts that are answered right, from before the run to after it. */
    retainedDrop: perhapsMeasured,
    /** Perplexity of the retain set before and after. */
    perplexity: v.nullable(v.object({ before: measured, after: measured })),
    /** How far the run moved the weights: the Frobenius norm of the change of scale·B·A, all matrices together. */
    moved: perhapsMeasured,
  }),
);

export type Cost = v.InferOutput<typeof cost>;

/** The cost of a run from its first and its last probe. */
export function costOf(probes: readonly Probe[]): Cost {
  const first = probes[0];
  const last = probes[probes.length - 1];
  const known = (value: number | null | undefined): value is number =>
    value !== null && value !== undefined;
  return {
    retainedDrop:
      known(first?.retained) && known(last?.retained) ? first.retained - last.retained : null,
    perplexity:
      known(first?.retainLoss) && known(last?.retainLoss)
        ? { before: perplexity(first.retainLoss), after: perplexity(last.retainLoss) }
        : null,
    moved: last?.moved ?? null,
  };
}
