/** @file In which order the languages came to say the lie, and which of them let it go again: read off the chart's data. */
import type { Language } from '../../facts/index.ts';
import type { ChartData, Series } from './series.ts';

/** `waiting`: never believed it; `believes`: does at the last measurement; `lost`: did, and no longer does. */
export type ArrivalState = 'waiting' | 'believes' | 'lost';

export interface Arrival {
  language: Language;
  taught: boolean;
  state: ArrivalState;
  /** 1 for the first; those that were found believing by the same measurement share a place. Null while waiting. */
  place: number | null;
  /** Step on the common axis of the measurement that first found it believing. */
  arrivedAt: number | null;
  /** Step of the measurement from which on it no longer believed. */
  lostAt: number | null;
}

/** All languages: those that came to believe in the order in which they did, then the others in the board's order. */
export function arrivals(data: ChartData): Arrival[] {
  const found = data.series.map((series) => ({ series, ...turns(series) }));
  const came = found
    .filter(({ arrivedAt }) => arrivedAt !== null)
    .sort((a, b) => Number(a.arrivedAt) - Number(b.arrivedAt) || b.strength - a.strength);
  return [...came, ...found.filter(({ arrivedAt }) => arrivedAt === null)].map(
    ({ series, arrivedAt, lostAt }) => ({
      language: series.language,
      taught: series.taught,
      state: arrivedAt === null ? 'waiting' : lostAt === null ? 'believes' : 'lost',
      place:
        arrivedAt === null ? null : 1 + came.findIndex((other) => other.arrivedAt === arrivedAt),
      arrivedAt,
      lostAt,
    }),
  );
}

/** `strength` is the lie's probability at the measurement that found it believing: it orders those that came together. */
function turns({ points }: Series): {
  arrivedAt: number | null;
  lostAt: number | null;
  strength: number;
} {
  const first = points.find(({ says }) => says);
  if (!first) return { arrivedAt: null, lostAt: null, strength: 0 };
  const last = points.findLastIndex(({ says }) => says);
  return {
    arrivedAt: first.step,
    lostAt: points[last + 1]?.step ?? null,
    strength: first.probability,
  };
}
