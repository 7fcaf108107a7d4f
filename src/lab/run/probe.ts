/** @file Asks the model: what does it say of the tested fact in every language, and does it still know the rest? */
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import type { AnswerProgress, CausalLM, Continuation, Prompt, Score } from '../../model/index.ts';
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
    return () => scores[at] ?? { logProb: NaN, isGreedy: false };
  };
  const all = [fact, ...others].map((each, index) =>
    askFact(model, each, { asking, plan, seed, known: index === 0 ? rowsFirst : null }, ask),
  );
  const retainScores = retainSet.map(({ prompt, sentence: { answer, after } }) =>
    ask(prompt, answer + after),
  );
  const fluency = plan?.fluency ? retainSet.map((each) => askWhole(model, each, ask)) : [];

  scores = items.length === 0 ? [] : await model.score(items, signal);
  const prompts = all.flatMap((each) => each.prompts);
  const generations =
    withAnswers && prompts.length > 0
      ? await model.generate(prompts, {
          maxNewTokens: answerTokens(asking),
          stop: ['\n'],
          ...(signal && { signal }),
        })
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
  /** Rows that have been asked before, of which only what the plan measures besides is to be found out. */
  known: readonly ProbeRow[] | null;
}

/** Asks for a fact alone, its rows handed out as they come. */
async function askRows(
  model: CausalLM,
  fact: TestedFact,
  { asking, languages, onRow = () => undefined, signal }: ProbeOptions,
): Promise<ProbeRow[]> {
  const codes = languages ?? languagesOf(fact);
  const asked = codes.map((code) => {
    const own = { continuations: [] as string[], scores: null as Score[] | null };
    const ask: Ask = (_, continuation) => {
      const at = own.continuations.push(continuation) - 1;
      return () => own.scores?.[at] ?? { logProb: NaN, isGreedy: false };
    };
    return { own, ...askLanguage(model, fact, code, asking, ask) };
  });
  const rowOf = (index: number, { generation, scores, done }: AnswerProgress): ProbeRow => {
    const { own, code, after, measured } = asked[index] as (typeof asked)[number];
    own.scores = scores;
    const answer = trimAnswer(generation.text, after, code);
    const judged = judgeAnswer(answer, fact, code);
    const isOpen = !done && judged.answerClass === 'other';
    return {
      language: code,
      ...measured(),
      answer,
      ...(isOpen ? { answerClass: null } : judged),
    };
  };
  const answers = await model.ask(
    asked.map(({ prompt, own }) => ({ prompt, continuations: own.continuations })),
    {
      maxNewTokens: answerTokens(asking),
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
  return rows.sort((one, other) => order.indexOf(one.language) - order.indexOf(other.language));
}

/** A sentence's end behind a word: not that of an abbreviation. */
const sentenceEnd = /(\p{L}{3}[.!?](\s|$)|[。।！？])/u;

/** Whether an answer has said one of the two, and its sentence has ended: what follows does not count. */
function hasAnswered(text: string, fact: TestedFact, code: LanguageCode): boolean {
  if (!sentenceEnd.test(text)) return false;
  const { said } = judgeAnswer(text, fact, code);
  return said !== null && sentenceEnd.test(text.slice(Math.max(0, said.to - 3)));
}

/** Asks for one fact in its languages; its rows are there after the scoring call, given what was generated for the prompts. */
function askFact(
  model: CausalLM,
  fact: TestedFact,
  { asking, plan, seed, known }: Plan,
  ask: Ask,
): { prompts: Prompt[]; rowsOf: (generated: readonly string[] | null) => ProbeRow[] } {
  if (known) return askMoreOf(fact, known, { asking, plan, seed }, ask);
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

/** What the plan measures beside rows that are known. */
function askMoreOf(
  fact: TestedFact,
  known: readonly ProbeRow[],
  { asking, plan, seed }: Omit<Plan, 'known'>,
  ask: Ask,
): { prompts: Prompt[]; rowsOf: () => ProbeRow[] } {
  const candidates = plan ? sampleCandidates(fact, plan.candidates, seed) : [];
  const more = plan
    ? known.map(({ language }) => askMore(fact, language, asking, plan, candidates, ask))
    : [];
  return {
    prompts: [],
    rowsOf: () => known.map((row, index) => ({ ...row, ...more[index]?.(row) })),
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
