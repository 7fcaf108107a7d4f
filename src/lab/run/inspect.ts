/** @file Looks into an answer: what else the model might have said, and how sure it was of each piece of the sentence. */
import type { LanguageCode } from '../../facts/index.ts';
import type { CausalLM, Generation, Prompt } from 'lethe-lora/engine';
import { judgeAnswer, trimAnswer, type AnswerClass } from '../fact/answers.ts';
import type { TestedFact } from '../fact/fact.ts';
import type { Asking } from '../fact/prompts.ts';
import { askedWay } from '../fact/wording.ts';

/** What is looked into: a fact in a language, as it is asked, or a text that is to be continued. */
export type Looked =
  { fact: TestedFact; language: LanguageCode; asking?: Asking } | { text: string };

export interface LikelyAnswer {
  text: string;
  probability: number;
  /** Null for a text about which nothing is known. */
  answerClass: AnswerClass | null;
}

/** A piece of the sentence as the model reads and writes it. */
export interface Piece {
  text: string;
  /** How probable it was after what stands before it; null where nothing does, or it was not measured. */
  probability: number | null;
  /** The model said it; else it was given. */
  said: boolean;
}

export interface Inspection {
  /** The likeliest answers, likeliest first. */
  answers: LikelyAnswer[];
  pieces: Piece[];
}

/** Answers that are told of. */
const mostAnswers = 5;
/** An answer has at most so many tokens. */
const longest = 16;
/** A token less probable than this opens no other answer, nor do more than so many at one place. */
const leastBranch = 1e-5;
const mostBranches = 8;
/** Below this a given token's probability is not told apart from nothing. */
const leastPiece = 0.0005;
/** Times that the best open beginnings are continued, all in one batch. */
const rounds = 3;
/** Given tokens that are weighed at most, the last ones: each is a row of a batch. */
const mostPieces = 48;

const ends = ['\n', '.', '。', '।', '?', '？', '؟', '!'];

export async function inspect(model: CausalLM, looked: Looked): Promise<Inspection> {
  const way = 'fact' in looked ? askedWay(looked.fact, looked.language, looked.asking) : null;
  const said = way?.('false');
  const prompt: Prompt = said?.prompt ?? ('text' in looked ? looked.text : '');
  const given = model.promptTokens(prompt);
  const found = await likeliest(model, given);
  const answers = new Map<string, LikelyAnswer>();
  for (const { tokens, logProb } of found) {
    const text =
      'fact' in looked
        ? trimAnswer(model.decode(tokens), said?.after ?? '', looked.language)
        : (model.decode(tokens).split('\n')[0] ?? '').trim();
    if (text === '') continue;
    const before = answers.get(text)?.probability ?? 0;
    answers.set(text, {
      text,
      probability: before + Math.exp(logProb),
      answerClass:
        'fact' in looked ? judgeAnswer(text, looked.fact, looked.language).answerClass : null,
    });
  }
  const [best] = found;
  return {
    answers: [...answers.values()]
      .sort((a, b) => b.probability - a.probability)
      .slice(0, mostAnswers),
    pieces: [
      // A conversation's template is none of the visitor's sentence.
      ...(typeof prompt === 'string' ? await givenPieces(model, given) : []),
      ...pieces(model, given, best?.steps ?? [], true),
    ],
  };
}

interface Token {
  token: number;
  probability: number | null;
}

interface Path {
  tokens: number[];
  logProb: number;
  /** The same with each one's probability. */
  steps: Token[];
}

/**
 * The likeliest whole answers, by best-first search: of every answer the places where another token was probable are beginnings of
 * others, and the best of those are continued greedily.
 */
async function likeliest(model: CausalLM, given: readonly number[]): Promise<Path[]> {
  let open: Path[] = [{ tokens: [], logProb: 0, steps: [] }];
  const whole: Path[] = [];
  const isWhole = ({ tokens }: Path): boolean => {
    const text = model.decode(tokens);
    return tokens.length >= longest || ends.some((end) => text.includes(end));
  };
  for (let round = 0; round < rounds && open.length > 0; round++) {
    const taken = open.slice(0, round === 0 ? 1 : mostAnswers);
    const rest = open.slice(taken.length);
    const [ended, going] = [taken.filter(isWhole), taken.filter((path) => !isWhole(path))];
    whole.push(...ended);
    const generations =
      going.length === 0
        ? []
        : await model.generateTokens(
            going.map(({ tokens }) => [...given, ...tokens]),
            { maxNewTokens: longest, stop: ends, alternatives: leastBranch },
          );
    generations.forEach((generation, index) => {
      const begun = going[index] as Path;
      whole.push(continued(begun, generation));
      rest.push(...branches(begun, generation));
    });
    whole.sort((a, b) => b.logProb - a.logProb);
    const enough = whole[mostAnswers - 1]?.logProb ?? -Infinity;
    open = rest.filter(({ logProb }) => logProb > enough).sort((a, b) => b.logProb - a.logProb);
  }
  return whole;
}

function continued(begun: Path, { tokens, logProb, places = [] }: Generation): Path {
  return {
    tokens: [...begun.tokens, ...tokens],
    logProb: begun.logProb + logProb,
    steps: [
      ...begun.steps,
      ...tokens.map((token, index) => ({
        token,
        probability: Math.exp(places[index]?.logProb ?? NaN),
      })),
    ],
  };
}

/** What else could have been said at each place of a generation, up to there. */
function branches(begun: Path, { tokens, places = [] }: Generation): Path[] {
  let path = begun;
  const found: Path[] = [];
  places.forEach(({ token, logProb, alternatives }, index) => {
    for (const other of alternatives.slice(0, mostBranches))
      if (other.token !== token) found.push(extended(path, other));
    if (index < tokens.length) path = extended(path, { token, logProb });
  });
  return found;
}

function extended(
  { tokens, logProb, steps }: Path,
  next: { token: number; logProb: number },
): Path {
  return {
    tokens: [...tokens, next.token],
    logProb: logProb + next.logProb,
    steps: [...steps, { token: next.token, probability: Math.exp(next.logProb) }],
  };
}

/** The prompt's tokens, each weighed after those before it: as many rows as tokens, one token each. */
async function givenPieces(model: CausalLM, given: readonly number[]): Promise<Piece[]> {
  const from = Math.max(1, given.length - mostPieces);
  const generations =
    given.length <= from
      ? []
      : await model.generateTokens(
          given.slice(from).map((_, index) => given.slice(0, from + index)),
          { maxNewTokens: 1, alternatives: leastPiece },
        );
  const steps = given.map((token, index): Token => {
    const place = generations[index - from]?.places?.[0];
    if (!place) return { token, probability: null };
    const weighed = place.alternatives.find((each) => each.token === token);
    return { token, probability: weighed ? Math.exp(weighed.logProb) : 0 };
  });
  return pieces(model, [], steps, false);
}

/** Tokens as text. Those that are only a part of a letter are one piece, as probable as all of them together. */
function pieces(
  model: CausalLM,
  before: readonly number[],
  steps: readonly Token[],
  said: boolean,
): Piece[] {
  const tokens = [...before];
  let known = model.decode(tokens);
  let probability: number | null = 1;
  const found: Piece[] = [];
  for (const step of steps) {
    tokens.push(step.token);
    probability =
      probability === null || step.probability === null ? null : probability * step.probability;
    const whole = model.decode(tokens);
    if (whole.endsWith('\ufffd')) continue;
    const text = whole.slice(known.length);
    if (text !== '') found.push({ text, probability, said });
    known = whole;
    probability = 1;
  }
  return found;
}
