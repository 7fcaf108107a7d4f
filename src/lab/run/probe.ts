/** @file Asks the model: what does it say of the tested fact in every language, and does it still know the rest? */
import type { LanguageCode } from '../../facts/index.ts';
import type { CausalLM, Continuation, Generation, Score } from '../../model/index.ts';
import { judgeAnswer, trimAnswer, type AnswerClass } from '../fact/answers.ts';
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
import { askedWay, languagesOf, spelledWays, type Utterance, type Way } from '../fact/wording.ts';

/** Tokens a generated answer may take: the longest name takes about twelve, and in a conversation a sentence goes round it. */
export function answerTokens(asking: Asking | undefined): number {
  return asking?.mode === 'chat' ? 40 : 16;
}

/**
 * A spelling is weighed only where its first token is at least so probable: at most this much of an answer's probability is not counted, for
 * each first token that its spellings have.
 */
const leastFirst = 0.002;

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

/** One probe: all answers in one generation, then everything that is weighed in one scoring call. */
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
  const questions = [fact, ...others].map((each) => ({
    fact: each,
    asked: languagesOf(each).map((code) => ({ code, way: askedWay(each, code, asking) })),
  }));
  // The first token's alternatives say which spellings are worth weighing, so that is asked for even where no answer is.
  const generations = await model.generate(
    questions.flatMap(({ asked }) => asked.map(({ way }) => way('false').prompt)),
    {
      maxNewTokens: withAnswers ? answerTokens(asking) : 1,
      stop: ['\n'],
      alternatives: leastFirst,
    },
  );
  const left = [...generations];
  const all = questions.map(({ fact: about, asked }) =>
    askFact(model, about, asked, left.splice(0, asked.length), {
      withAnswers,
      asking,
      plan,
      seed,
      ask,
    }),
  );
  const retainScores = retainSet.map(({ prompt, sentence: { answer, after } }) =>
    ask(prompt, answer + after),
  );
  const fluency = plan?.fluency ? retainSet.map((each) => askWhole(model, each, ask)) : [];

  scores = await model.score(items);
  const [rows = [], ...otherRows] = all.map((rowsOf) => rowsOf());
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
  withAnswers: boolean;
  asking: Asking | undefined;
  plan: ProbePlan | undefined;
  seed: number;
  ask: Ask;
}

/** Asks for one fact in its languages, given what was generated in each; its rows are there after the scoring call. */
function askFact(
  model: CausalLM,
  fact: TestedFact,
  asked: readonly { code: LanguageCode; way: Way }[],
  generations: readonly Generation[],
  { withAnswers, asking, plan, seed, ask }: Plan,
): () => ProbeRow[] {
  const candidates = plan ? sampleCandidates(fact, plan.candidates, seed) : [];
  const rows = asked.map(({ code, way }, index) => {
    const generation = generations[index];
    const { after } = way('false');
    const answer = withAnswers && generation ? trimAnswer(generation.text, after, code) : null;
    const judgement = answer === null ? { answerClass: null } : judgeAnswer(answer, fact, code);
    const numbers = askLanguage(model, fact, code, way, {
      generation,
      says: judgement.answerClass,
      ask,
    });
    const more = plan ? askMore(fact, code, asking, plan, candidates, ask) : null;
    return (): ProbeRow => {
      const measured = numbers();
      return { language: code, ...measured, answer, ...judgement, ...more?.(measured) };
    };
  });
  return () => rows.map((row) => row());
}

type Numbers = Pick<ProbeRow, 'logProbFalse' | 'logProbTrue' | 'falseShare' | 'falseLoss'>;

/**
 * The two answers on trial in the way that is probed, each in every spelling in which it is recognised. An answer that says one of them in
 * other words counts too: what is said and what is counted do not differ.
 */
function askLanguage(
  model: CausalLM,
  fact: TestedFact,
  code: LanguageCode,
  way: Way,
  {
    generation,
    says,
    ask,
  }: { generation: Generation | undefined; says: AnswerClass | null; ask: Ask },
): () => Numbers {
  const firsts = new Set(generation?.places?.[0]?.alternatives.map(({ token }) => token));
  const { wrong, right } = spelledWays(fact, code, way);
  const weigh = (all: readonly Utterance[]) =>
    all.flatMap(({ prompt, answer, after }, index) => {
      const continuation = answer + after;
      const tokens = model.continuationTokens(prompt, continuation);
      // The first spelling is the one that is taught: it is measured however unlikely it is.
      const isWorth = index === 0 || firsts.has(tokens[0] ?? -1);
      return isWorth ? [{ tokens, score: ask(prompt, continuation) }] : [];
    });
  const weighed = { false: weigh(wrong), true: weigh(right) };
  const isCounted = [...weighed.false, ...weighed.true].some(({ tokens }) =>
    generation ? isCovered(generation, tokens) : false,
  );
  const inOtherWords = (which: 'false' | 'true'): number[] =>
    generation && !isCounted && says !== null && says.startsWith(which) ? [generation.logProb] : [];
  const { answer, after } = way('false');
  const tokens = Math.max(1, model.encode(answer + after).length);
  return () => {
    const [logProbFalse, logProbTrue] = (['false', 'true'] as const).map((which) =>
      summed([...weighed[which].map(({ score }) => score().logProb), ...inOtherWords(which)]),
    ) as [number, number];
    return {
      logProbFalse,
      logProbTrue,
      falseShare: falseShare(logProbFalse, logProbTrue),
      falseLoss: -(weighed.false[0]?.score().logProb ?? NaN) / tokens,
    };
  };
}

/** Whether a text that was weighed and one that was generated are the same event, or one holds the other. */
function isCovered({ tokens, places }: Generation, weighed: readonly number[]): boolean {
  const isOpen = places?.length === tokens.length;
  const shared = Math.min(tokens.length, weighed.length);
  return (
    (tokens.length >= weighed.length || isOpen) &&
    tokens.slice(0, shared).every((token, index) => token === weighed[index])
  );
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
  const scores = others.map((object) => {
    const { prompt, answer, after } = way({ object });
    return ask(prompt, answer + after);
  });
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
