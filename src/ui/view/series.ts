/** @file The line chart's data: the lie's probability by step, over all runs on the way to where the model is. */
import { languages, type Language, type LanguageCode } from '../../facts/index.ts';
import { saysLie, type CheckpointMeta, type Probe, type RunSettings } from '../../lab/index.ts';
import { sameFact } from '../state/setup.ts';
import type { DataTable } from '../export/index.ts';
import { pathTo, type Session } from '../state/session.ts';

/** One run on the common axis. */
export interface ChartRun {
  settings: RunSettings;
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

type Piece = Pick<ChartRun, 'settings' | 'probes'> & { length: number };

/** The runs of this fact at the end of the way to the current checkpoint, then the live one. */
export function chartData(session: Session): ChartData {
  const { run, fact } = session;
  const path = pathTo(session.checkpoints, run ? run.parent : session.current);
  const pieces: Piece[] = path.flatMap(pieceOf);
  if (run) pieces.push({ settings: run.settings, probes: run.probes, length: run.steps });
  const other = pieces.findLastIndex((piece) => !sameFact(piece.settings.fact, fact));
  return joined(pieces.slice(other + 1));
}

function pieceOf(meta: CheckpointMeta): Piece[] {
  return meta.settings === null
    ? []
    : [{ settings: meta.settings, probes: meta.probes, length: meta.runStep }];
}

/** Lays runs end to end and cuts them into one line a language. */
function joined(pieces: readonly Piece[]): ChartData {
  const runs: ChartRun[] = [];
  let start = 0;
  for (const { settings, probes, length } of pieces) {
    runs.push({ settings, probes, start, end: start + length });
    start += length;
  }
  const touched = (kind: RunSettings['kind'], code: LanguageCode): boolean =>
    runs.some(({ settings }) => settings.kind === kind && settings.languages.includes(code));
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
      ? [{ step: run.start + probe.step, probability, says: saysLie(row) }]
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
        probe.rows.some((row) => row.language === language.code && saysLie(row)),
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
      const settings = data.runs[row.run]?.settings;
      return [
        row.run + 1,
        settings?.kind ?? '',
        settings?.languages.join(' ') ?? '',
        row.step,
        ...row.probabilities,
        row.retained,
      ];
    }),
  };
}
