/** @file What a run cost: what else was lost on the way. */
import type { Cost } from '../result.ts';
import type { Probe } from '../types.ts';
import { perplexity } from './perplexity.ts';

/** The cost of a run from its first and its last probe. */
export function costOf(probes: readonly Probe[]): Cost {
  const first = probes[0];
  const last = probes[probes.length - 1];
  const known = (value: number | null | undefined): value is number =>
    value !== null && value !== undefined;
  return {
    keptLost:
      known(first?.retained) && known(last?.retained) ? first.retained - last.retained : null,
    perplexity:
      known(first?.keptLoss) && known(last?.keptLoss)
        ? { before: perplexity(first.keptLoss), after: perplexity(last.keptLoss) }
        : null,
    moved: last?.moved ?? null,
  };
}
