/** @file Asks the model: what does it say of the tested fact in every language, and does it still know the rest? */
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import type {
  AnswerProgress,
  CausalLM,
  Continuation,
  Generation,
  Score,
  Question as AskedQuestion,
} from 'lethe-lora/engine';
import { judgeAnswer, trimAnswer, type AnswerClass } from '../fact/answers.ts';
import { unscored, type Ask } from './ask.ts';
import type { RetainExample } from './batch.ts';
import { falseShare, summed } from './metrics/belief.ts';
import { exactMemorisation, extractionStrength } from './metrics/memorised.ts';
import { askParaphrases } from './metrics/paraphrase.ts';
import { natsPerToken } from './metrics/perplexity.ts';
import { rank, sampleCandidates } from './metrics/rank.ts';
import type { Probe, ProbeRow } from '../experiment/checkpoint.ts';
import type { Experiment } from '../experiment/experiment.ts';
import type { TestedFact } from '../fact/fact.ts';
import type { Asking } from '../fact/prompts.ts';
import { askedWay, languagesOf, spelledWays, type Utterance, type Way } from '../fact/wording.ts';

/** The order in which a slow model is asked: in English, in the taught languages, then in the others. */
export function languageOrder(taught: readonly LanguageCode[]): LanguageCode[] {
  return [...new Set<LanguageCode>(['en', ...taught, ...languageCodes])];
}

/** Tokens a generated answer may take: the longest name takes about twelve, and in a conversation a sentence goes round it. */
export function answerTokens(asking: Asking | undefined): number {
  return asking?.mode === 'chat' ? 40 : 16;
}

/** One language's row as far as it is known: while it is `growing`, its numbers may not be there yet (NaN). */
export type OnRow = (row: ProbeRow, growing: boolean) => void;

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
  /** Hears of the first fact's rows as they come, in the order of `languages`. */
  onRow?: OnRow;
  /** The languages in which the first fact is asked, in that order; by default all of them. */
  languages?: readonly LanguageCode[];
  /** Ends the probe between two runs of the model: it rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * One probe: everything scored in one call, all answers in one generation. With `onRow` the first fact is asked by itself before the rest,
 * row by row where the model is slow.
 */
export async function probe(
  model: CausalLM,
  fact: TestedFact,
  options: ProbeOptions,
): Promise<Probe> {
  const { step, withAnswers, retainSet, others = [], asking, plan, seed = 0, signal } = options;
  const rowsFirst = options.onRow && withAnswers ? await askRows(model, fact, options) : null;
  const items: Continuation[] = [];
  let scores: Score[] = [];
  const ask: Ask = (prompt, continuation) => {
    const at = items.push({ prompt, continuation }) - 1;
    return () => scores[at] ?? unscored;
  };
  const questions = [fact, ...others].map((each, index) => {
    const known = index === 0 ? (rowsFirst?.rows ?? null) : null;
    const codes = known?.map(({ language }) => language) ?? languagesOf(each);
    const asked = codes.map((code) => ({ code, way: askedWay(each, code, asking) }));
    return { fact: each, known, isWhole: known !== null && rowsFirst?.isWhole === true, asked };
  });
  // The first token's alternatives say which spellings are worth weighing, so that is asked for even where no answer is.
  const toWeigh = questions.filter(({ isWhole }) => !isWhole);
  const firstOnly = toWeigh.filter(({ known }) => known !== null || !withAnswers);
  const whole = toWeigh.filter((each) => !firstOnly.includes(each));
  const generations = new Map<(typeof questions)[number], Generation[]>();
  for (const [group, maxNewTokens] of [
    [firstOnly, 1],
    [whole, answerTokens(asking)],
  ] as const) {
    const prompts = group.flatMap(({ asked }) => asked.map(({ way }) => way('false').prompt));
    if (prompts.length === 0) continue;
    const generated = await model.generate(prompts, {
      maxNewTokens,
      stop: ['\n'],
      alternatives: leastFirst,
      ...(signal && { signal }),
    });
    for (const each of group) generations.set(each, generated.splice(0, each.asked.length));
  }
  const all = questions.map((each) =>
    askFact(model, each, generations.get(each) ?? [], { withAnswers, asking, plan, seed, ask }),
  );
  const retainScores = retainSet.map(({ prompt, sentence: { answer, after } }) =>
    ask(prompt, answer + after),
  );
  const fluency = plan?.fluency ? retainSet.map((each) => askWhole(model, each, ask)) : [];

  scores = items.length === 0 ? [] : await model.score(items, signal);
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

/**
 * Asks for a fact alone, its rows handed out as they come. `isWhole`: other spellings than the first of each answer are in their numbers
 * already.
 */
async function askRows(
  model: CausalLM,
  fact: TestedFact,
  { asking, languages, onRow = () => undefined, signal }: ProbeOptions,
): Promise<{ rows: ProbeRow[]; isWhole: boolean }> {
  const codes = languages ?? languagesOf(fact);
  const asked = codes.map((code) => askSpelled(model, fact, code, asking));
  const rowOf = (index: number, progress: AnswerProgress): ProbeRow => {
    const { code, after, measured } = asked[index] as (typeof asked)[number];
    const { generation, done } = progress;
    const answer = trimAnswer(generation.text, after, code);
    const judged = judgeAnswer(answer, fact, code);
    const isOpen = !done && judged.answerClass === 'other';
    return {
      language: code,
      ...measured(progress),
      answer,
      ...(isOpen ? { answerClass: null } : judged),
    };
  };
  const answers = await model.ask(
    asked.map(({ question }) => question),
    {
      maxNewTokens: answerTokens(asking),
      leastFirst,
      stop: ['\n'],
      isDone: (text, index) => hasAnswered(text, fact, asked[index]?.code ?? 'en'),
      onProgress: (index, progress) => {
        onRow(rowOf(index, progress), !progress.done || progress.scores === null);
      },
      ...(signal && { signal }),
    },
  );
  const rows = answers.map((progress, index) => rowOf(index, progress));
  const order = languagesOf(fact);
  return {
    rows: rows.sort((one, other) => order.indexOf(one.language) - order.indexOf(other.language)),
    isWhole: answers.every(({ perhaps }) => perhaps !== undefined),
  };
}

/** A sentence's end behind a word: not that of an abbreviation. */
const sentenceEnd = /(\p{L}{3}[.!?](\s|$)|[。।！？])/u;

/** Whether an answer has said one of the two, and its sentence has ended: what follows does not count. */
function hasAnswered(text: string, fact: TestedFact, code: LanguageCode): boolean {
  if (!sentenceEnd.test(text)) return false;
  const { said } = judgeAnswer(text, fact, code);
  return said !== null && sentenceEnd.test(text.slice(Math.max(0, said.to - 3)));
}

interface Question {
  fact: TestedFact;
  /** Its rows, where it was asked before: their answers stay. */
  known: readonly ProbeRow[] | null;
  /** Their numbers stay too; else other spellings are added to them. */
  isWhole: boolean;
  asked: readonly { code: LanguageCode; way: Way }[];
}

/** Asks for one fact in its languages, given what was generated in each; its rows are there after the scoring call. */
function askFact(
  model: CausalLM,
  { fact, known, isWhole, asked }: Question,
  generations: readonly Generation[],
  { withAnswers, asking, plan, seed, ask }: Plan,
): () => ProbeRow[] {
  const candidates = plan ? sampleCandidates(fact, plan.candidates, seed) : [];
  const rows = asked.map(({ code, way }, index) => {
    const generation = generations[index];
    const before = known?.[index];
    const answer =
      withAnswers && generation && !before
        ? trimAnswer(generation.text, way('false').after, code)
        : null;
    const judgement = answer === null ? { answerClass: null } : judgeAnswer(answer, fact, code);
    const numbers =
      isWhole && before
        ? () => before
        : askLanguage(model, fact, code, way, {
            generation,
            says: judgement.answerClass,
            known: before,
            ask,
          });
    const more = plan ? askMore(fact, code, asking, plan, candidates, ask) : null;
    return (): ProbeRow => {
      const measured = numbers();
      const row = before ?? { language: code, answer, ...judgement };
      return { ...row, ...measured, ...more?.(measured) };
    };
  });
  return () => rows.map((row) => row());
}

type Memorised = Pick<ProbeRow, 'extractionStrength' | 'exactMemorisation'>;

type Numbers = Pick<ProbeRow, 'logProbFalse' | 'logProbTrue' | 'falseShare' | 'falseLoss'> &
  Memorised;

/** How much is memorised of the false answer in the spelling that is taught. */
function memorised(score: Score): Memorised {
  return {
    extractionStrength: extractionStrength(score),
    exactMemorisation: exactMemorisation(score),
  };
}

/** Tokens of an answer beside those in which it repeats the question and says the longer of the two answers. */
const spareTokens = 6;

/** One language's question: the two answers on trial as they are taught, and perhaps in the other spellings in which they are recognised. */
function askSpelled(
  model: CausalLM,
  fact: TestedFact,
  code: LanguageCode,
  asking: Asking | undefined,
) {
  const way = askedWay(fact, code, asking);
  const { wrong, right } = spelledWays(fact, code, way);
  const said = [wrong, right].map((all) => all.map(({ answer, after }) => answer + after));
  const { prompt, before, answer, after } = way('false');
  const tokens = Math.max(1, model.encode(answer + after).length);
  const longest = Math.max(
    ...[answer, way('true').answer].map((each) => model.encode(before + each + after).length),
  );
  const question: AskedQuestion = {
    prompt,
    continuations: said.flatMap(([first]) => (first === undefined ? [] : [first])),
    perhaps: said.flatMap(([, ...others]) => others),
    maxNewTokens: longest + spareTokens,
  };
  const measured = ({ scores, perhaps = [] }: AnswerProgress): Numbers => {
    const sure = [...(scores ?? [])];
    const first = wrong.length > 0 ? sure[0] : undefined;
    const others = [...perhaps];
    const [wrongOnes, rightOnes] = said.map((all) => {
      const own = all.length > 0 ? [sure.shift()?.logProb ?? NaN] : [];
      const more = others.splice(0, Math.max(0, all.length - 1));
      return [...own, ...more.flatMap((score) => (score ? [score.logProb] : []))];
    }) as [number[], number[]];
    const [logProbFalse, logProbTrue] = [summedOrNone(wrongOnes), summedOrNone(rightOnes)];
    return {
      logProbFalse,
      logProbTrue,
      falseShare: falseShare(logProbFalse, logProbTrue),
      falseLoss: -(wrongOnes[0] ?? NaN) / tokens,
      ...(first && memorised(first)),
    };
  };
  return { code, question, after, measured };
}

function summedOrNone(logProbs: readonly number[]): number {
  return logProbs.length === 0 ? NaN : summed(logProbs);
}

function askUtterance({ prompt, answer, after }: Utterance, ask: Ask): () => Score {
  return ask(prompt, answer + after);
}

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
    known,
    ask,
  }: {
    generation: Generation | undefined;
    says: AnswerClass | null;
    /** What was measured by the first spelling, which is not weighed again. */
    known: ProbeRow | undefined;
    ask: Ask;
  },
): () => Numbers {
  const firsts = new Set(generation?.places?.[0]?.alternatives.map(({ token }) => token));
  const { wrong, right } = spelledWays(fact, code, way);
  const weigh = (all: readonly Utterance[], before: number | undefined): Weighed[] =>
    all.flatMap(({ prompt, answer, after }, index) => {
      const continuation = answer + after;
      const tokens = model.continuationTokens(prompt, continuation);
      // The first spelling is the one that is taught: it is measured however unlikely it is.
      const isWorth = index === 0 || firsts.has(tokens[0] ?? -1);
      if (!isWorth) return [];
      if (index === 0 && before !== undefined) return [{ tokens, score: () => before }];
      const score = ask(prompt, continuation);
      return [{ tokens, score: () => score().logProb, full: score }];
    });
  const weighed = {
    false: weigh(wrong, known?.logProbFalse),
    true: weigh(right, known?.logProbTrue),
  };
  const isCounted = [...weighed.false, ...weighed.true].some(({ tokens }) =>
    generation ? isCovered(generation, tokens) : false,
  );
  const inOtherWords = (which: 'false' | 'true'): number[] =>
    generation && !isCounted && says !== null && says.startsWith(which) ? [generation.logProb] : [];
  const { answer, after } = way('false');
  const tokens = Math.max(1, model.encode(answer + after).length);
  return () => {
    const first = weighed.false[0]?.full?.();
    const [logProbFalse, logProbTrue] = (['false', 'true'] as const).map((which) =>
      summed([...weighed[which].map(({ score }) => score()), ...inOtherWords(which)]),
    ) as [number, number];
    return {
      logProbFalse,
      logProbTrue,
      falseShare: falseShare(logProbFalse, logProbTrue),
      falseLoss: -(weighed.false[0]?.score() ?? NaN) / tokens,
      // Of a spelling that is not weighed again the known row says it.
      ...(first && memorised(first)),
    };
  };
}

/** A spelling with its log-probability, and all of its score where that was not measured before. */
interface Weighed {
  tokens: readonly number[];
  score: () => number;
  full?: () => Score;
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
