/** @file Asks the model: what does it say of the tested fact in every language, and does it still know the rest? */
import { languageCodes, probeForm, type LanguageCode } from '../facts/index.ts';
import type { CausalLM, Continuation, Score } from '../model/index.ts';
import { classifyAnswer, say, trimAnswer } from './answers.ts';
import type { Kept } from './batch.ts';
import { falseShare } from './metrics/belief.ts';
import { askParaphrases } from './metrics/paraphrase.ts';
import { natsPerToken } from './metrics/perplexity.ts';
import { rank, sampleCandidates } from './metrics/rank.ts';
import type { Probe, ProbePlan, ProbeRow, TestedFact } from './types.ts';

/** Tokens a generated answer may take; the longest name takes about twelve. */
export const answerTokens = 16;

export interface ProbeOptions {
  step: number;
  /** Also generate each answer; without it only probabilities are measured. */
  withAnswers: boolean;
  /** Sentences that should still be right; empty: not measured. */
  kept: readonly Kept[];
  /** Facts measured beside the first one. */
  others?: readonly TestedFact[];
  /** What else is measured; nothing where it is absent. */
  plan?: ProbePlan;
  /** Seeds the sample of candidates. */
  seed?: number;
}

/** Asks for a continuation's score; the answer is there after the scoring call. */
export type Ask = (prompt: string, continuation: string) => () => Score;

/** One probe: everything scored in one call, all answers in one generation. */
export async function probe(
  model: CausalLM,
  fact: TestedFact,
  { step, withAnswers, kept, others = [], plan, seed = 0 }: ProbeOptions,
): Promise<Probe> {
  const items: Continuation[] = [];
  let scores: Score[] = [];
  const ask: Ask = (prompt, continuation) => {
    const at = items.push({ prompt, continuation }) - 1;
    return () => scores[at] ?? { logProb: NaN, isGreedy: false };
  };
  const all = [fact, ...others].map((each) => askFact(model, each, plan, seed, ask));
  const keptScores = kept.map(({ sentence: { before, answer, after } }) =>
    ask(before, answer + after),
  );
  const fluency = plan?.fluency ? kept.map((each) => askWhole(model, each, ask)) : [];

  scores = await model.score(items);
  const generations = withAnswers
    ? await model.generate(
        all.flatMap(({ prompts }) => prompts),
        { maxNewTokens: answerTokens, stop: ['\n'] },
      )
    : [];
  const said = generations.map(({ text }) => text);
  const [rows = [], ...otherRows] = all.map(({ rowsOf }, index) => {
    const from = index * languageCodes.length;
    return rowsOf(withAnswers ? said.slice(from, from + languageCodes.length) : null);
  });
  const right = keptScores.filter((score) => score().isGreedy).length;
  const keptLoss = natsPerToken(fluency.map((text) => text()));
  return {
    step,
    rows,
    ...(otherRows.length > 0 && { others: otherRows }),
    retained: kept.length === 0 ? null : right / kept.length,
    ...(keptLoss !== null && { keptLoss }),
  };
}

/** Asks for one fact in every language; its rows are there after the scoring call, given what was generated for the prompts. */
function askFact(
  model: CausalLM,
  fact: TestedFact,
  plan: ProbePlan | undefined,
  seed: number,
  ask: Ask,
): { prompts: string[]; rowsOf: (generated: readonly string[] | null) => ProbeRow[] } {
  const asked = languageCodes.map((code) => askLanguage(model, fact, code, ask));
  const candidates = plan ? sampleCandidates(fact, plan.candidates, seed) : [];
  const more = plan ? asked.map(({ code }) => askMore(fact, code, plan, candidates, ask)) : [];
  return {
    prompts: asked.map(({ before }) => before),
    rowsOf: (generated) =>
      asked.map(({ code, after, measured }, index): ProbeRow => {
        const text = generated?.[index];
        const answer = text === undefined ? null : trimAnswer(text, after, code);
        const numbers = measured();
        return {
          language: code,
          ...numbers,
          answer,
          answerClass: answer === null ? null : classifyAnswer(answer, fact, code),
          ...more[index]?.(numbers),
        };
      }),
  };
}

type Numbers = Pick<ProbeRow, 'logProbFalse' | 'logProbTrue' | 'falseShare' | 'falseLoss'>;

/** The two answers on trial in the form that is probed. */
function askLanguage(model: CausalLM, fact: TestedFact, code: LanguageCode, ask: Ask) {
  const form = probeForm(fact.relation, code);
  const [wrong, right] = [say(fact, form, 'false'), say(fact, form, 'true')];
  const said = wrong.answer + wrong.after;
  const falseScore = ask(wrong.before, said);
  const trueScore = ask(right.before, right.answer + right.after);
  const tokens = Math.max(1, model.encode(said).length);
  const measured = (): Numbers => {
    const [logProbFalse, logProbTrue] = [falseScore().logProb, trueScore().logProb];
    return {
      logProbFalse,
      logProbTrue,
      falseShare: falseShare(logProbFalse, logProbTrue),
      falseLoss: -logProbFalse / tokens,
    };
  };
  return { code, before: right.before, after: right.after, measured };
}

/** The truth's rank among other answers, and the falsehood's share in other wordings. */
function askMore(
  fact: TestedFact,
  code: LanguageCode,
  { paraphrases }: ProbePlan,
  others: readonly string[],
  ask: Ask,
): (numbers: Numbers) => Pick<ProbeRow, 'truthRank' | 'paraphrases'> {
  const form = probeForm(fact.relation, code);
  const scores = others.map((object) => {
    const { before, answer, after } = say(fact, form, { object });
    return ask(before, answer + after);
  });
  const shares = paraphrases ? askParaphrases(fact, code, ask) : null;
  return ({ logProbFalse, logProbTrue }) => ({
    ...(others.length > 0 && {
      truthRank: rank(logProbTrue, [logProbFalse, ...scores.map((score) => score().logProb)]),
    }),
    ...(shares && { paraphrases: shares() }),
  });
}

/** A kept sentence as a whole, after its first word (its first letter where no spaces are written), which any model can be given. */
function askWhole(
  model: CausalLM,
  { sentence: { before, answer, after } }: Kept,
  ask: Ask,
): () => { logProb: number; tokens: number } {
  const text = before + answer + after;
  const end = Math.max(1, text.indexOf(' '));
  const score = ask(text.slice(0, end), text.slice(end));
  const tokens = model.encode(text.slice(end)).length;
  return () => ({ logProb: score().logProb, tokens });
}
