/** @file Everything that the runs on the way here measured, of one language: a line a measurement. */
import type { LanguageCode } from '../../facts/index.ts';
import { perplexity, probabilities, type ProbeRow } from '../../lab/index.ts';
import type { ChartData } from './series.ts';

/** What was not measured is null. */
export interface Measurement {
  run: number;
  step: number;
  false: number;
  true: number;
  other: number;
  share: number;
  answer: string | null;
  rank: number | null;
  /** Nats a token. */
  loss: number | null;
  /** Share of the lie in held-out statements, held-out questions, and inverted sentences. */
  statement: number | null;
  question: number | null;
  inverted: number | null;
  /** Of the retain sentences, in all languages. */
  retained: number | null;
  perplexity: number | null;
}

export function measurements({ runs }: ChartData, code: LanguageCode): Measurement[] {
  return runs.flatMap((run, index) =>
    run.probes.flatMap(({ step, rows, retained, retainLoss }) => {
      const row = rows.find(({ language }) => language === code);
      return row
        ? [
            {
              run: index,
              step: run.start + step,
              ...ofRow(row),
              retained,
              perplexity: retainLoss === undefined ? null : perplexity(retainLoss),
            },
          ]
        : [];
    }),
  );
}

function ofRow({ logProbFalse, logProbTrue, ...row }: ProbeRow) {
  return {
    ...probabilities(logProbFalse, logProbTrue),
    share: row.falseShare,
    answer: row.answer,
    rank: row.truthRank ?? null,
    loss: row.falseLoss ?? null,
    statement: row.paraphrases?.statement ?? null,
    question: row.paraphrases?.question ?? null,
    inverted: row.paraphrases?.inverted ?? null,
  };
}
