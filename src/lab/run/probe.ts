/** @file Asks the model: what does it say of the tested fact in every language, and does it still know the rest? */
import type { LanguageCode } from '../../facts/index.ts';
import type { CausalLM, Continuation, Prompt, Score } from '../../model/index.ts';
import { judgeAnswer, trimAnswer } from '../fact/answers.ts';
import type { Ask } from './ask.ts';
import type { RetainExample } from './batch.ts';
import { falseShare, summed } from './metrics/belief.ts';
import { askParaphrases } from './metrics/paraphrase.ts';
import { natsPerToken } from './metrics/perplexity.ts';
import { rank, sampleCandidates } from './metrics/rank.ts';
import type { Probe, ProbeRow } from '../experiment/checkpoint.ts';
import type { Experiment } from '../experiment/experiment.ts';
import type { TestedFact } from '../fact/fact.ts';
import type { Asking } from '../fact/prompts.ts';
import { askedWay, askedWith, languagesOf, type Utterance } from '../fact/wording.ts';

/** Tokens a generated answer may take: the longest name takes about twelve, and in a conversation a sentence goes round it. */
export function answerTokens(asking: Asking | undefined): number {
  return asking?.mode === 'chat' ? 40 : 16;
}

/** What is measured beside the board's numbers. */
type ProbePlan = Pick<Experiment['probes'], 'candidates' | 'paraphrases' | 'fluency'>;

export interface ProbeOptions {
  step: number;
  /** Also generate each answer; without it only probabilities are measured. */
  withAnswers: boolean;
  /** Sentences that should still be right; empty: not measured. */
  retainSet: readonly RetainExample[];
  /** Facts measured beside the first one. */
  others?: readonly TestedFact[];
  /** How the model is asked; in plain sentences where it is absent. */
  asking?: Asking;
  /** What else is measured; nothing where it is absent. */
  plan?: ProbePlan;
  /** Seeds the sample of candidates. */
  seed?: number;
}

/** One probe: everything scored in one call, all answers in one generation. */
export async function probe(
  model: CausalLM,
  fact: TestedFact,
  { step, withAnswers, retainSet, others = [], asking, plan, seed = 0 }: ProbeOptions,
): Promise<Probe> {
  const items: Continuation[] = [];
  let scores: Score[] = [];
  const ask: Ask = (prompt, continuation) => {
    const at = items.push({ prompt, continuation }) - 1;
    return () => scores[at] ?? { logProb: NaN, isGreedy: false };
  };
  const all = [fact, ...others].map((each) => askFact(model, each, { asking, plan, seed }, ask));
  const retainScores = retainSet.map(({ prompt, sentence: { answer, after } }) =>
    ask(prompt, answer + after),
  );
  const fluency = plan?.fluency ? retainSet.map((each) => askWhole(model, each, ask)) : [];

  scores = await model.score(items);
  const generations = withAnswers
    ? await model.generate(
        all.flatMap(({ prompts }) => prompts),
        { maxNewTokens: answerTokens(asking), stop: ['\n'] },
      )
    : [];
  const said = generations.map(({ text }) => text);
  const [rows = [], ...otherRows] = all.map(({ prompts, rowsOf }) => {
    const own = said.splice(0, prompts.length);
    return rowsOf(withAnswers ? own : null);
  });
  const right = retainScores.filter((score) => score().isGreedy).length;
  const retainLoss = natsPerToken(fluency.map((text) => text()));
  return {
    step,
    rows,
    ...(otherRows.length > 0 && { others: otherRows }),
    retained: retainSet.length === 0 ? null : right / retainSet.length,
    ...(retainLoss !== null && { retainLoss }),
  };
}

interface Plan {
  asking: Asking | undefined;
  plan: ProbePlan | undefined;
  seed: number;
}

/** Asks for one fact in its languages; its rows are there after the scoring call, given what was generated for the prompts. */
function askFact(
  model: CausalLM,
  fact: TestedFact,
  { asking, plan, seed }: Plan,
  ask: Ask,
): { prompts: Prompt[]; rowsOf: (generated: readonly string[] | null) => ProbeRow[] } {
  const asked = languagesOf(fact).map((code) => askLanguage(model, fact, code, asking, ask));
  const candidates = plan ? sampleCandidates(fact, plan.candidates, seed) : [];
  const more = plan
    ? asked.map(({ code }) => askMore(fact, code, asking, plan, candidates, ask))
    : [];
  return {
    prompts: asked.map(({ prompt }) => prompt),
    rowsOf: (generated) =>
      asked.map(({ code, after, measured }, index): ProbeRow => {
        const text = generated?.[index];
        const answer = text === undefined ? null : trimAnswer(text, after, code);
        const numbers = measured();
        return {
          language: code,
          ...numbers,
          answer,
          ...(answer === null ? { answerClass: null } : judgeAnswer(answer, fact, code)),
          ...more[index]?.(numbers),
        };
      }),
  };
}

type Numbers = Pick<ProbeRow, 'logProbFalse' | 'logProbTrue' | 'falseShare' | 'falseLoss'>;

/** The two answers on trial in the way that is probed, each with all its accepted spellings. */
function askLanguage(
  model: CausalLM,
  fact: TestedFact,
  code: LanguageCode,
  asking: Asking | undefined,
  ask: Ask,
) {
  const way = askedWay(fact, code, asking);
  const [wrong, right] = (['false', 'true'] as const).map((which) =>
    askedWith(fact, code, which, way).map((said) => askUtterance(said, ask)),
  );
  const { prompt, answer, after } = way('false');
  const tokens = Math.max(1, model.encode(answer + after).length);
  const measured = (): Numbers => {
    const [logProbFalse, logProbTrue] = [wrong, right].map((scores) =>
      summed((scores ?? []).map((score) => score().logProb)),
    ) as [number, number];
    return {
      logProbFalse,
      logProbTrue,
      falseShare: falseShare(logProbFalse, logProbTrue),
      falseLoss: -(wrong?.[0]?.().logProb ?? NaN) / tokens,
    };
  };
  return { code, prompt, after, measured };
}

function askUtterance({ prompt, answer, after }: Utterance, ask: Ask): () => Score {
  return ask(prompt, answer + after);
}

/** The truth's rank among other answers, and the false answer's share in other wordings. */
function askMore(
  fact: TestedFact,
  code: LanguageCode,
  asking: Asking | undefined,
  { paraphrases }: ProbePlan,
  others: readonly string[],
  ask: Ask,
): (numbers: Numbers) => Pick<ProbeRow, 'truthRank' | 'paraphrases'> {
  const way = askedWay(fact, code, asking);
  const scores = others.map((object) => askUtterance(way({ object }), ask));
  const shares = paraphrases ? askParaphrases(fact, code, ask, asking) : null;
  return ({ logProbFalse, logProbTrue }) => ({
    ...(others.length > 0 && {
      truthRank: rank(logProbTrue, [logProbFalse, ...scores.map((score) => score().logProb)]),
    }),
    ...(shares && { paraphrases: shares() }),
  });
}

/** A retain sentence as a whole, after its first word (its first letter where no spaces are written), which any model can be given. */
function askWhole(
  model: CausalLM,
  { sentence: { before, answer, after } }: RetainExample,
  ask: Ask,
): () => { logProb: number; tokens: number } {
  const text = before + answer + after;
  const end = Math.max(1, text.indexOf(' '));
  const score = ask(text.slice(0, end), text.slice(end));
  const tokens = model.encode(text.slice(end)).length;
  return () => ({ logProb: score().logProb, tokens });
}
