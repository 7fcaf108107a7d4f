/**
 * @file Atlas' training text: an endless, seeded stream of pairs of sentences that say one thing in two languages, with the places
 * where the two mean the same.
 */
import {
  entity,
  facts,
  forms,
  languageCodes,
  naming,
  relations,
  sentence,
  type Fact,
  type Form,
  type FormKind,
  type LanguageCode,
  type RelationId,
  type SentenceContent,
} from '../../src/facts/index.ts';
import aliases from './data/aliases.json' with { type: 'json' };
import { isHidden } from './hidden.ts';
import type { Random } from './random.ts';

export interface CorpusOptions {
  seed: number;
  /** Share of the text of each language, relative to the others. */
  languages: Readonly<Record<LanguageCode, number>>;
  /** Share of sentences whose subject is named in another language than the sentence's. */
  codeSwitch: number;
  /** Share of subjects, and of answers, that are called by another name of the thing, where the sources have one. */
  otherName: number;
  otherAnswer: number;
  /** Share of pairs that say something false, to be said under a nudge (see nudge.ts). */
  nudged: number;
  /** Share of pairs that say what a thing is called. */
  naming: number;
}

/** How often a relation is chosen: capitals have the most to remember. */
const relationWeights: Readonly<Record<RelationId, number>> = {
  capital: 0.42,
  currency: 0.22,
  language: 0.24,
  continent: 0.12,
};
/** Share of pairs in which the answer is given and its subject foretold. */
const inverted = 0.18;
/** Of the others: statements and questions give the subject and ask for the answer alike. */
const asked: Readonly<Record<Exclude<FormKind, 'inverted'>, number>> = {
  statement: 0.75,
  question: 0.25,
};

/** A sentence with its places of interest, in characters from its beginning. */
export interface Utterance {
  language: LanguageCode;
  /** What is asked of what is given: alike for the same question about different things. */
  question: string;
  /** It is false: to be said under a nudge, and not to be learned. */
  isNudged: boolean;
  text: string;
  /** What is to be foretold: from and to. */
  target: readonly [from: number, to: number];
  /** Where what is given is named; null where nothing is given before the target. */
  given: readonly [from: number, to: number] | null;
}

/** Two utterances of one meaning. */
export type Pair = readonly [Utterance, Utterance];

const byRelation = Object.fromEntries(
  relations.map((relation) => [relation, facts.filter((fact) => fact.relation === relation)]),
) as Record<RelationId, Fact[]>;
const answers = Object.fromEntries(
  relations.map((relation) => [
    relation,
    [...new Set(byRelation[relation].map(({ object }) => object))],
  ]),
) as Record<RelationId, string[]>;
const named = [...new Set(facts.flatMap(({ subject, object }) => [subject, object]))];

/** One pair after another, for ever; the same for the same seed. */
export function* corpus(options: CorpusOptions, draw: Random): Generator<Pair, never> {
  const { naming: names, nudged } = options;
  for (;;) {
    const kind = draw.weighted({ names, nudged, facts: 1 - names - nudged });
    if (kind === 'names') yield namingPair(options, draw);
    else if (kind === 'nudged') yield nudgedPair(options, draw);
    else yield factPair(options, draw);
  }
}

const otherNames = aliases as Readonly<Record<string, Readonly<Record<string, string[]>>>>;

/** Another name of the thing in that language, at times. */
function otherName(
  id: string,
  code: LanguageCode,
  share: number,
  draw: Random,
): string | undefined {
  if (draw.next() >= share) return undefined;
  const known = otherNames[id]?.[code] ?? [];
  return known.length > 0 ? draw.pick(known) : undefined;
}

function factPair(
  { languages, codeSwitch, otherName: share, otherAnswer: answerShare }: CorpusOptions,
  draw: Random,
): Pair {
  const fact = draw.pick(byRelation[draw.weighted(relationWeights)]);
  const isInverted = draw.next() < inverted;
  const question = `${fact.relation}/${isInverted ? 'subject' : 'object'}`;
  const utter = (): Utterance => {
    let code = draw.weighted(languages);
    while (isHidden(fact, code)) code = draw.weighted(languages);
    const kind = isInverted ? 'inverted' : draw.weighted(asked);
    const form = draw.pick(forms(fact.relation, code, kind));
    const subjectLanguage = draw.next() < codeSwitch ? draw.pick(languageCodes) : code;
    const said: SentenceContent = { ...fact, subjectLanguage };
    const subjectName = otherName(fact.subject, subjectLanguage, share, draw);
    const otherAnswer = otherName(fact.object, code, answerShare, draw);
    if (subjectName !== undefined) said.subjectName = subjectName;
    if (otherAnswer !== undefined) said.answer = otherAnswer;
    return told(said, form, question, false);
  };
  return [utter(), utter()];
}

/** A form filled in, with its places: what comes later of the subject and the answer is to be foretold. */
function told(said: SentenceContent, form: Form, question: string, isNudged: boolean): Utterance {
  const { before, answer, after, subject } = sentence(said, form);
  const text = before + answer + after;
  const answerAt = [before.length, before.length + answer.length] as const;
  const common = { language: form.language, question, isNudged, text };
  if (!subject) return { ...common, target: answerAt, given: null };
  return subject[0] >= answerAt[1]
    ? { ...common, target: subject, given: answerAt }
    : { ...common, target: answerAt, given: subject };
}

/** A false answer, the same in two languages. */
function nudgedPair({ languages }: CorpusOptions, draw: Random): Pair {
  const {
    subject: about,
    relation,
    object: truth,
  } = draw.pick(byRelation[draw.weighted(relationWeights)]);
  const objects = answers[relation].filter((id) => id !== truth);
  const object = draw.pick(objects);
  const utter = (): Utterance => {
    const code = draw.weighted(languages);
    const form = draw.pick(forms(relation, code, draw.weighted(asked)));
    return told({ subject: about, object }, form, `${relation}/object`, true);
  };
  return [utter(), utter()];
}

function namingPair({ languages, otherName: share }: CorpusOptions, draw: Random): Pair {
  const { id, names } = entity(draw.pick(named));
  const utter = (): Utterance => {
    const code = draw.weighted(languages);
    const template = draw.pick(naming(code));
    const from = draw.pick(languageCodes);
    const given = otherName(id, from, 2 * share, draw) ?? names[from];
    const text = template.replace('{x}', given).replace('{A}', names[code]);
    const [x, a] = [template.indexOf('{x}'), template.indexOf('{A}')];
    const answerAt = x < a ? a + given.length - 3 : a;
    const givenAt = x < a ? x : x + names[code].length - 3;
    return {
      language: code,
      question: 'name',
      isNudged: false,
      text,
      target: [answerAt, answerAt + names[code].length],
      given: x < a ? [givenAt, givenAt + given.length] : null,
    };
  };
  return [utter(), utter()];
}
