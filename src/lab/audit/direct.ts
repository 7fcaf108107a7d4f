/**
 * @file Asked as ever, in every language, those not unlearned too: Lu and Koehn (2024, arXiv 2406.13748) found that a false answer
 * unlearned in English lives on in the others. Retain facts are asked beside it: a model that lost everything has not forgotten one thing.
 */
import { retainSet } from '../run/batch.ts';
import { probe } from '../run/probe.ts';
import type { Examiner } from './examiner.ts';
import type { Direct, Examined, ExaminationSettings } from './types.ts';

/** Greedy answers and probabilities in every language, and the share of the retain facts that are right. */
export async function examineDirectly(
  { model, report }: Examiner,
  { fact, asking }: Examined,
  { kept, seed }: ExaminationSettings,
): Promise<Direct> {
  await report(0);
  const { rows, retained } = await probe(model, fact, {
    step: 0,
    withAnswers: true,
    retainSet: retainSet([fact], seed, kept, asking),
    ...(asking && { asking }),
  });
  await report(1);
  return { rows, retained };
}
