/** @file Sweeps and files as the screen names them, and which a view shows. */
import {
  defaultFact,
  planSize,
  type PlanDraft,
  type ExperimentResult,
  type Plan,
  type PlanKind,
} from '../../lab/index.ts';
import { locale, messages } from '../messages/index.ts';
import type { Live, Source } from './sweeps.svelte.ts';
import { moment } from '../kit/format.ts';

/** Experiments that a draft makes; 0 where something is not chosen. */
export function planDraftSize(draft: PlanDraft): number {
  const { facts } = draft;
  // Facts that are still to be chosen are as many of the kind that is worded in every language.
  const plan = {
    ...draft,
    facts: typeof facts === 'number' ? Array.from({ length: facts }, () => defaultFact) : facts,
  } as Plan;
  return planSize(plan);
}

export function sourceName({ file, name, plan, createdAt }: Source): string {
  const text = messages.research.source;
  if (file !== null) return messages.research.results.file({ name: file });
  const when = moment(createdAt, locale);
  const own = plan
    ? text.sweep({ kind: text.kinds[plan.kind], facts: plan.facts.length, when })
    : when;
  return name === undefined ? own : `${own} ${name}`;
}

/** Sources that a view can show: sweeps of its kind, those that unlearn as lessons too, and files. */
export function fitting(sources: readonly Source[], kind: PlanKind): Source[] {
  return sources.filter(
    ({ file, plan }) => file !== null || plan?.kind === kind || kind === 'spread',
  );
}

/** The source that a view shows: the one asked for, that which runs, or the newest of its kind. */
export function shown(
  sources: readonly Source[],
  kind: PlanKind,
  asked: string | null,
  live: Live | null,
): Source | null {
  const fit = fitting(sources, kind);
  const by = (id: string | null): Source | undefined => fit.find((source) => source.id === id);
  const own = fit.filter(
    ({ plan, file }) => plan?.kind === kind || (file !== null && kind === 'methods'),
  );
  const running = live?.stage === 'running' ? own.find(({ id }) => id === live.id) : undefined;
  return by(asked) ?? running ?? own.at(-1) ?? null;
}

/** The view that shows most of what results hold. */
export function viewOf(results: readonly ExperimentResult[]): PlanKind {
  return results.some(({ experiment }) => experiment.unlearn !== null) ? 'methods' : 'spread';
}

/** Milliseconds that the rest of a sweep will take by what its rows took so far; null before the first. */
export function sweepTimeLeft(
  live: Live | null,
  source: Source | null,
  now: number,
): number | null {
  if (live?.stage !== 'running' || source?.id !== live.id) return null;
  const rows = source.done - live.before;
  return rows > 0 ? ((now - live.since) / rows) * (source.total - source.done) : null;
}
