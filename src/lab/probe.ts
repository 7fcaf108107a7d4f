/** @file Asks the model: what does it say of the tested fact in every language, and does it still know the rest? */
import { languageCodes, probeForm } from '../facts/index.ts';
import type { CausalLM } from '../model/index.ts';
import { classifyAnswer, say, trimAnswer } from './answers.ts';
import type { Kept } from './batch.ts';
import type { Probe, ProbeRow, TestedFact } from './types.ts';

/** Tokens a generated answer may take; the longest name takes about twelve. */
export const answerTokens = 16;

export interface ProbeOptions {
  step: number;
  /** Also generate each answer; without it only probabilities are measured. */
  withAnswers: boolean;
  /** Sentences that should still be right; empty: not measured. */
  kept: readonly Kept[];
}

/** P(false) / (P(false) + P(true)) from log-probabilities, without underflow. */
export function falseShare(logProbFalse: number, logProbTrue: number): number {
  return 1 / (1 + Math.exp(logProbTrue - logProbFalse));
}

/** One probe: all languages' two answers and the kept sentences in one scoring call, all answers in one generation. */
export async function probe(
  model: CausalLM,
  fact: TestedFact,
  { step, withAnswers, kept }: ProbeOptions,
): Promise<Probe> {
  const asked = languageCodes.map((code) => {
    const form = probeForm(fact.relation, code);
    return { code, false: say(fact, form, 'false'), true: say(fact, form, 'true') };
  });
  const pairs = asked.flatMap((item) => [item.false, item.true]);
  const scores = await model.score(
    [...pairs, ...kept.map(({ sentence }) => sentence)].map(({ before, answer, after }) => ({
      prompt: before,
      continuation: answer + after,
    })),
  );
  const generations = withAnswers
    ? await model.generate(
        asked.map((item) => item.true.before),
        { maxNewTokens: answerTokens, stop: ['\n'] },
      )
    : [];
  const rows = asked.map(({ code, true: { after } }, index): ProbeRow => {
    const logProbFalse = scores[2 * index]?.logProb ?? NaN;
    const logProbTrue = scores[2 * index + 1]?.logProb ?? NaN;
    const generated = generations[index];
    const answer = generated ? trimAnswer(generated.text, after, code) : null;
    return {
      language: code,
      logProbFalse,
      logProbTrue,
      falseShare: falseShare(logProbFalse, logProbTrue),
      answer,
      answerClass: answer === null ? null : classifyAnswer(answer, fact, code),
    };
  });
  const right = scores.slice(pairs.length).filter(({ isGreedy }) => isGreedy).length;
  return { step, rows, retained: kept.length === 0 ? null : right / kept.length };
}
