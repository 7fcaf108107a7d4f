/** @file Methods compared: what each made forgotten against what it kept, and which of them no other one beats. */
import type { LanguageCode } from '../../facts/index.ts';
import { groupBy, mean } from '../average.ts';
import { canonicalJson } from '../canonical.ts';
import type { ExperimentResult, Phase } from './result.ts';
import type { RunEnding } from '../experiment/checkpoint.ts';
import type { Unlearning } from '../experiment/experiment.ts';
import type { Method } from '../experiment/methods.ts';

/** One method with one setting, averaged over the false facts that it unlearned. */
export interface MethodPoint {
  /** Names method and setting. */
  id: string;
  method: Method;
  settings: Unlearning;
  runs: number;
  /** 1 − mean falseShare at the end: over all languages, over those it was unlearned in, and over the others (null: there are none). */
  forgotten: number;
  forgottenHere: number | null;
  forgottenElsewhere: number | null;
  /** Share of the retain facts that are right at the end; null where it was not measured. */
  retained: number | null;
  /** Perplexity of the retain sentences at the end divided by that before; null where it was not measured. */
  perplexityRatio: number | null;
  /** Distance moved by unlearning. */
  moved: number | null;
  steps: number;
  endings: Partial<Record<RunEnding, number>>;
}

/** A point a method and setting, in order of first appearance; results that unlearned nothing are left out. */
export function methodPoints(results: readonly ExperimentResult[]): MethodPoint[] {
  const ended = results.flatMap(({ experiment: { unlearn }, results: own }) =>
    own.flatMap(({ unlearned }) =>
      unlearn && unlearned && unlearned.probes.length > 0 ? [{ unlearn, phase: unlearned }] : [],
    ),
  );
  return [...groupBy(ended, ({ unlearn }) => canonicalJson(unlearn))].flatMap(([id, runs]) => {
    const [first] = runs;
    return first
      ? [
          pointOf(
            id,
            first.unlearn,
            runs.map(({ phase }) => phase),
          ),
        ]
      : [];
  });
}

function pointOf(id: string, settings: Unlearning, phases: readonly Phase[]): MethodPoint {
  const forgotten = (of: (code: LanguageCode) => boolean): number | null => {
    const shares = phases.flatMap(({ probes }) =>
      (probes.at(-1)?.rows ?? [])
        .filter((row) => of(row.language))
        .map(({ falseShare }) => falseShare),
    );
    const share = mean(shares);
    return share === null ? null : 1 - share;
  };
  const measured = (value: (phase: Phase) => number | null | undefined): number | null =>
    mean(phases.map(value).filter((each): each is number => typeof each === 'number'));
  const isHere = (code: LanguageCode): boolean => settings.languages.includes(code);
  return {
    id,
    method: settings.method,
    settings,
    runs: phases.length,
    forgotten: forgotten(() => true) ?? NaN,
    forgottenHere: forgotten(isHere),
    forgottenElsewhere: forgotten((code) => !isHere(code)),
    retained: measured(({ probes }) => probes.at(-1)?.retained),
    perplexityRatio: measured(
      ({ cost: { perplexity } }) => perplexity && perplexity.after / perplexity.before,
    ),
    moved: measured(({ cost }) => cost.moved),
    steps: measured(({ steps }) => steps) ?? 0,
    endings: Object.fromEntries(
      [...groupBy(phases, ({ ending }) => ending)].map(([ending, own]) => [ending, own.length]),
    ),
  };
}

/** The items that no other one beats: at least as good in both, and better in one. `x` and `y` are better the larger they are. */
export function paretoFront<T>(
  items: readonly T[],
  x: (item: T) => number,
  y: (item: T) => number,
): T[] {
  return items.filter(
    (item) =>
      !items.some(
        (other) =>
          x(other) >= x(item) && y(other) >= y(item) && (x(other) > x(item) || y(other) > y(item)),
      ),
  );
}
