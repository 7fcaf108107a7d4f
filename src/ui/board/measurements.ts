/** @file Everything that the runs on the way here measured, of one language: a line a measurement, a column a metric. */
import type { LanguageCode } from '../../facts/index.ts';
import { perplexity, probabilities, type Probe, type ProbeRow } from '../../lab/index.ts';
import type { messages } from '../messages/index.ts';
import type { ChartData } from './series.ts';

/** One language at one moment of the way. */
export interface Measurement {
  /** Index of the run. */
  run: number;
  /** Its step, counted from the beginning of the way. */
  step: number;
  probe: Probe;
  row: ProbeRow;
}

/** What a column shows of a measurement, and how; undefined and null are what was not measured. */
interface Column {
  as: 'count' | 'share' | 'decimal' | 'answer';
  of: (measurement: Measurement) => number | string | null | undefined;
}

const weighed = ({ row }: Measurement) => probabilities(row.logProbFalse, row.logProbTrue);

/** The columns in their order; the catalogue names each (`chart.measured.columns`). */
export const columns: Record<keyof typeof messages.chart.measured.columns, Column> = {
  step: { as: 'count', of: ({ step }) => step },
  false: { as: 'share', of: (at) => weighed(at).false },
  true: { as: 'share', of: (at) => weighed(at).true },
  other: { as: 'share', of: (at) => weighed(at).other },
  share: { as: 'share', of: ({ row }) => row.falseShare },
  answer: { as: 'answer', of: ({ row }) => row.answer },
  rank: { as: 'count', of: ({ row }) => row.truthRank },
  loss: { as: 'decimal', of: ({ row }) => row.falseLoss },
  extraction: { as: 'share', of: ({ row }) => row.extractionStrength },
  memorised: { as: 'share', of: ({ row }) => row.exactMemorisation },
  statement: { as: 'share', of: ({ row }) => row.paraphrases?.statement },
  question: { as: 'share', of: ({ row }) => row.paraphrases?.question },
  inverted: { as: 'share', of: ({ row }) => row.paraphrases?.inverted },
  kept: { as: 'share', of: ({ probe }) => probe.retained },
  perplexity: {
    as: 'decimal',
    of: ({ probe: { retainLoss } }) => (retainLoss === undefined ? null : perplexity(retainLoss)),
  },
};

export type ColumnId = keyof typeof columns;

export function measurements({ runs }: ChartData, code: LanguageCode): Measurement[] {
  return runs.flatMap((run, index) =>
    run.probes.flatMap((probe) => {
      const row = probe.rows.find(({ language }) => language === code);
      return row ? [{ run: index, step: run.start + probe.step, probe, row }] : [];
    }),
  );
}
