/** @file Atlas' training text: an endless, seeded stream of sentences, and its packing into rows of tokens. */
import {
  answerName,
  entity,
  facts,
  forms,
  languageCodes,
  relations,
  sentence,
  type FormKind,
  type LanguageCode,
  type RelationId,
} from '../../src/facts/index.ts';
import { random, type Random } from './random.ts';

export interface CorpusOptions {
  seed: number;
  /** Share of the text of each language, relative to the others. */
  languages: Readonly<Record<LanguageCode, number>>;
  /** Share of sentences whose subject is named in another language than the sentence's. */
  codeSwitch: number;
  /** Share of lines that give one thing's name in two languages. */
  translate: number;
}

/** Atlas, first version. */
export const corpusOptions: CorpusOptions = {
  seed: 1,
  languages: { en: 1.4, fr: 1.1, es: 1.1, de: 1.1, ru: 1, zh: 1, ar: 1, tr: 0.9, hi: 0.9, sw: 0.9 },
  codeSwitch: 0.35,
  translate: 0.12,
};

/** How often a relation is chosen: capitals have the most to remember. */
const relationWeights: Readonly<Record<RelationId, number>> = {
  capital: 0.45,
  currency: 0.25,
  language: 0.2,
  continent: 0.1,
};
const kindWeights: Readonly<Record<FormKind, number>> = {
  statement: 0.65,
  inverted: 0.1,
  question: 0.25,
};

/** A piece of text; `learned` is the chance that one of its tokens counts in the loss. */
export interface Segment {
  text: string;
  learned: number;
}

/** Frames are said over and over: a third of their tokens is enough to learn them. */
const frame = 0.3;

const byRelation = new Map(
  relations.map((relation) => [relation, facts.filter((fact) => fact.relation === relation)]),
);
const named = [...new Set(facts.flatMap(({ subject, object }) => [subject, object]))];

/** One sentence after another, for ever; the same for the same seed. */
export function* corpus(
  options: CorpusOptions,
  draw: Random = random(options.seed),
): Generator<Segment[], never> {
  for (;;) {
    const code = draw.weighted(options.languages);
    if (draw.next() < options.translate) {
      yield translation(code, draw);
      continue;
    }
    const fact = draw.pick(byRelation.get(draw.weighted(relationWeights)) ?? facts);
    const form = draw.pick(forms(fact.relation, code, draw.weighted(kindWeights)));
    const other = draw.next() < options.codeSwitch ? draw.pick(languageCodes) : code;
    const { before, answer, after } = sentence({ ...fact, subjectLanguage: other }, form);
    yield [
      { text: before, learned: frame },
      { text: answer, learned: 1 },
      { text: after, learned: before === '' ? 1 : frame },
    ];
  }
}

function translation(code: LanguageCode, draw: Random): Segment[] {
  const { id, names } = entity(draw.pick(named));
  const target = draw.pick(languageCodes.filter((each) => each !== code));
  const name = id.startsWith('country/') ? names[target] : answerName(id, target);
  return [
    { text: `${names[code]} =`, learned: frame },
    { text: ` ${name}`, learned: 1 },
  ];
}

export interface Batch {
  /** Token ids and labels (−100: not counted), [rows · time] row by row. */
  ids: BigInt64Array<ArrayBuffer>;
  labels: BigInt64Array<ArrayBuffer>;
  /** Sentences in it. */
  sentences: number;
}

/** Turns text into token ids, without special tokens. */
export type Encode = (text: string) => readonly number[];

/**
 * Packs sentences into rows of exactly `time` tokens, each `<bos> … <eos>`, one after the other; the last of a row is cut.
 */
export function batches(
  options: CorpusOptions & { bos: number; eos: number },
  encode: Encode,
  rows: number,
  time: number,
): () => Batch {
  const draw = random(options.seed);
  const text = corpus(options, draw);
  const cache = new Map<string, readonly number[]>();
  const encoded = (segment: string): readonly number[] => {
    let tokens = cache.get(segment);
    if (!tokens) cache.set(segment, (tokens = encode(segment)));
    return tokens;
  };
  return () => {
    const ids = new BigInt64Array(rows * time);
    const labels = new BigInt64Array(rows * time).fill(-100n);
    let sentences = 0;
    for (let row = 0; row < rows; row++) {
      let at = row * time;
      const end = at + time;
      const put = (token: number, counted: boolean): void => {
        if (at >= end) return;
        ids[at] = BigInt(token);
        if (counted) labels[at] = BigInt(token);
        at++;
      };
      while (at < end) {
        put(options.bos, false);
        for (const segment of text.next().value as Segment[])
          for (const token of encoded(segment.text)) put(token, draw.next() < segment.learned);
        put(options.eos, draw.next() < frame);
        sentences++;
      }
    }
    return { ids, labels, sentences };
  };
}
