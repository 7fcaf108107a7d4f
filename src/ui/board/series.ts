/** @file The line chart's data: the lie's probability by step, over all runs on the way to where the model is. */
import { languages, type Language, type LanguageCode } from '../../facts/index.ts';
import {
  languagesOfRun,
  pathTo,
  runOf,
  sameFact,
  saysFalseAnswer,
  type CheckpointMeta,
  type ExperimentRun,
  type Probe,
  type RunPhase,
} from '../../lab/index.ts';
import type { DataTable } from '../kit/export.ts';
import type { Session } from '../session/session.svelte.ts';

/** One run on the common axis. */
export interface ChartRun {
  taken: ExperimentRun;
  /** Steps on the common axis at which it begins and ends (planned end while it runs). */
  start: number;
  end: number;
  probes: readonly Probe[];
}

export interface Point {
  step: number;
  /** Probability of the lie. */
  probability: number;
  /** It is what the model says. */
  says: boolean;
}

export interface Series {
  language: Language;
  /** Taught (or unlearned) somewhere on the way. */
  taught: boolean;
  unlearned: boolean;
  points: Point[];
}

export interface ChartData {
  runs: ChartRun[];
  series: Series[];
  /** Steps on the axis, at least 1. */
  length: number;
}

type Piece = Pick<ChartRun, 'taken' | 'probes'> & { length: number };

/** The runs of this fact at the end of the way to the current checkpoint, then the live one. */
export function chartData({
  run,
  fact,
  checkpoints,
  current,
}: Pick<Session, 'run' | 'fact' | 'checkpoints' | 'current'>): ChartData {
  const path = pathTo(checkpoints, run ? run.parent : current);
  const pieces: Piece[] = path.flatMap(pieceOf);
  if (run) pieces.push({ taken: run.taken, probes: run.probes, length: run.steps });
  const other = pieces.findLastIndex(({ taken: { experiment } }) => {
    const [about] = experiment.facts;
    return !about || !sameFact(about, fact);
  });
  return joined(pieces.slice(other + 1));
}

function pieceOf(meta: CheckpointMeta): Piece[] {
  const taken = runOf(meta);
  return taken ? [{ taken, probes: meta.probes, length: meta.runStep }] : [];
}

/** Lays runs end to end and cuts them into one line a language. */
function joined(pieces: readonly Piece[]): ChartData {
  const runs: ChartRun[] = [];
  let start = 0;
  for (const { taken, probes, length } of pieces) {
    runs.push({ taken, probes, start, end: start + length });
    start += length;
  }
  const touched = (phase: RunPhase, code: LanguageCode): boolean =>
    runs.some(({ taken }) => taken.phase === phase && languagesOfRun(taken).includes(code));
  return {
    runs,
    length: Math.max(1, start),
    series: languages.map((language) => ({
      language,
      taught: touched('teach', language.code),
      unlearned: touched('unlearn', language.code),
      points: runs.flatMap((run) => pointsOf(run, language.code)),
    })),
  };
}

function pointsOf(run: ChartRun, code: LanguageCode): Point[] {
  return run.probes.flatMap((probe) => {
    const row = probe.rows.find(({ language }) => language === code);
    const probability = Math.exp(row?.logProbFalse ?? NaN);
    return row && Number.isFinite(probability)
      ? [{ step: run.start + probe.step, probability, says: saysFalseAnswer(row) }]
      : [];
  });
}

/** The languages that were taught on the way. */
export function taughtIn({ series }: ChartData): LanguageCode[] {
  return series.filter(({ taught }) => taught).map(({ language }) => language.code);
}

/** The chart's numbers as a table: one line a measurement. */
export interface TableRow {
  run: number;
  step: number;
  probabilities: (number | null)[];
  /** In which of the series the lie is said. */
  says: boolean[];
  retained: number | null;
}

export function tableRows(data: ChartData): TableRow[] {
  return data.runs.flatMap((run, index) =>
    run.probes.map((probe) => ({
      run: index,
      step: run.start + probe.step,
      probabilities: data.series.map(({ language }) => {
        const row = probe.rows.find((each) => each.language === language.code);
        return row ? Math.exp(row.logProbFalse) : null;
      }),
      says: data.series.map(({ language }) =>
        probe.rows.some((row) => row.language === language.code && saysFalseAnswer(row)),
      ),
      retained: probe.retained,
    })),
  );
}

/** The same as it is saved: probabilities as they were measured, languages by their codes; one line a measurement. */
export function chartTable(data: ChartData): DataTable {
  return {
    columns: [
      'run',
      'kind',
      'languages',
      'step',
      ...data.series.map(({ language }) => `P(false) ${language.code}`),
      'kept',
    ],
    rows: tableRows(data).map((row) => {
      const taken = data.runs[row.run]?.taken;
      return [
        row.run + 1,
        taken?.phase ?? '',
        taken ? languagesOfRun(taken).join(' ') : '',
        row.step,
        ...row.probabilities,
        row.retained,
      ];
    }),
  };
}
