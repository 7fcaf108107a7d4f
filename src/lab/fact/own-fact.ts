/** @file Facts that a visitor writes: in any of the languages, with several spellings of either answer. */
import * as v from 'valibot';
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import { isSameName } from './judge.ts';

const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const list = (many: number, most: number) =>
  v.pipe(v.array(v.pipe(text(most), v.regex(/\S/u, 'it is empty'))), v.maxLength(many));

/**
 * How a language says an own fact. Anything that a person may have typed so far: fields may be empty, and are no longer than the
 * editor's.
 */
const wording = v.strictObject({
  /** Texts that tell the lie, which are taught; where there are none, the question with its false answer is. */
  sentences: list(5000, 5000),
  /** What is asked: a question, or the beginning of a sentence that the answer ends, or a sentence with `{A}` where the answer stands. */
  question: text(1000),
  /** Accepted spellings, the first of which is taught; their probabilities are added up. */
  falseAnswers: list(500, 500),
  trueAnswers: list(500, 500),
});

export type OwnWording = v.InferOutput<typeof wording>;

/** Fields of a wording, in the order in which they are asked for. */
export const wordingFields = ['sentences', 'question', 'falseAnswers', 'trueAnswers'] as const;
export type WordingField = (typeof wordingFields)[number];

const wordings = v.strictObject(
  Object.fromEntries(languageCodes.map((code) => [code, v.exactOptional(wording)])) as Record<
    LanguageCode,
    v.ExactOptionalSchema<typeof wording, undefined>
  >,
);

export const draftFact = v.strictObject({ name: text(200), wordings });

/** A fact as it is typed, perhaps not whole yet. */
export type DraftFact = v.InferOutput<typeof draftFact>;

export const emptyWording: OwnWording = {
  sentences: [],
  question: '',
  falseAnswers: [],
  trueAnswers: [],
};

function isBlank({ sentences, question, falseAnswers, trueAnswers }: OwnWording): boolean {
  return (
    question.trim() === '' && [...sentences, ...falseAnswers, ...trueAnswers].join('').trim() === ''
  );
}

/** What a language's wording still needs before it can be asked: `same`, where a spelling is given as both true and false. */
export function lacks(
  own: OwnWording,
  code: LanguageCode,
): ('question' | 'falseAnswers' | 'trueAnswers' | 'same')[] {
  const { question, falseAnswers, trueAnswers } = own;
  const isBoth = falseAnswers.some((wrong) =>
    trueAnswers.some((right) => isSameName(wrong, right, code)),
  );
  return [
    ...(question.trim() === '' ? (['question'] as const) : []),
    ...(falseAnswers.length === 0 ? (['falseAnswers'] as const) : []),
    ...(trueAnswers.length === 0 ? (['trueAnswers'] as const) : []),
    ...(isBoth ? (['same'] as const) : []),
  ];
}

/** Languages of a draft that are begun but not whole, and what each lacks. */
export function unfinished(
  fact: DraftFact,
): { code: LanguageCode; lacks: ReturnType<typeof lacks> }[] {
  return languageCodes.flatMap((code) => {
    const own = fact.wordings[code];
    if (!own || isBlank(own)) return [];
    const missing = lacks(own, code);
    return missing.length > 0 ? [{ code, lacks: missing }] : [];
  });
}

/** The fact in those languages in which it is whole; null where it is in none. */
export function usable(fact: DraftFact): OwnFact | null {
  const whole = languageCodes.flatMap((code) => {
    const own = fact.wordings[code];
    return own && lacks(own, code).length === 0 ? [[code, own] as const] : [];
  });
  if (whole.length === 0) return null;
  return { kind: 'own', name: fact.name, wordings: Object.fromEntries(whole) };
}

/** A fact on trial: whole in every language that it has. */
export const ownFact = v.pipe(
  v.strictObject({ kind: v.literal('own'), name: text(200), wordings }),
  v.check(({ wordings: all }) => Object.keys(all).length > 0, 'it is worded in no language'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const { code, lacks: missing } of unfinished(dataset.value))
      addIssue({ message: `in ${code}, ${missing.map((field) => problems[field]).join(', ')}` });
  }),
);

/** A fact that the visitor wrote, in some of the languages: only in these is it asked, taught and unlearned. */
export type OwnFact = v.InferOutput<typeof ownFact>;

const problems = {
  question: 'question is empty',
  falseAnswers: 'falseAnswers is empty',
  trueAnswers: 'trueAnswers is empty',
  same: 'the same answer is in falseAnswers and in trueAnswers',
} as const;
