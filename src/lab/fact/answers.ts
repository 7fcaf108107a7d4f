/** @file What a tested fact's answers are in each language, and what a generated answer says. */
import * as v from 'valibot';
import {
  answerName,
  entity,
  languageCodes,
  language,
  sentence,
  type Form,
  type LanguageCode,
  type Sentence,
} from '../../facts/index.ts';
import { NameSearch, type Place } from './judge.ts';
import type { FalseFact, TestedFact } from './fact.ts';

/** The sentence that says the false answer, the truth, or another entity as the answer, in a form. */
export function say(
  fact: FalseFact,
  form: Form,
  which: 'false' | 'true' | { object: string },
): Sentence {
  const { subject, truth, falseObject, falseText } = fact;
  if (which === 'true') return sentence({ subject, object: truth }, form);
  if (which !== 'false') return sentence({ subject, object: which.object }, form);
  if (falseText !== null) return sentence({ subject, object: truth, answer: falseText }, form);
  if (falseObject === null) throw new Error('A tested fact needs a false answer.');
  return sentence({ subject, object: falseObject }, form);
}

/** A fact's false or true answer by itself, as the screen shows it; empty where an own fact has no wording in the language. */
export function falseAnswer(fact: TestedFact, code: LanguageCode): string {
  if (fact.kind === 'own') return fact.wordings[code]?.falseAnswers[0] ?? '';
  return fact.falseText ?? (fact.falseObject === null ? '' : answerName(fact.falseObject, code));
}

export function trueAnswer(fact: TestedFact, code: LanguageCode): string {
  if (fact.kind === 'own') return fact.wordings[code]?.trueAnswers[0] ?? '';
  return answerName(fact.truth, code);
}

/** Every accepted spelling of an answer in a language: an entity's with its article and without. */
export function accepted(fact: TestedFact, code: LanguageCode, which: 'false' | 'true'): string[] {
  if (fact.kind === 'own') {
    const own = fact.wordings[code];
    return (which === 'false' ? own?.falseAnswers : own?.trueAnswers) ?? [];
  }
  if (which === 'false' && fact.falseText !== null) return [fact.falseText];
  const id = which === 'false' ? fact.falseObject : fact.truth;
  return id === null ? [] : [...new Set([answerName(id, code), entity(id).names[code]])];
}

/**
 * Every spelling in which an answer is recognised in a language: its own first, then those of other languages, as `judgeAnswer` finds them.
 */
export function allSpellings(
  fact: TestedFact,
  code: LanguageCode,
  which: 'false' | 'true',
): string[] {
  const own = accepted(fact, code, which);
  const others = languageCodes.flatMap((each) => accepted(fact, each, which));
  return [...new Set([...own, ...others])];
}

/** What a generated answer says. `false-script`: the false answer, in another language's spelling. */
export const answerClass = v.picklist(['true', 'false', 'false-script', 'other']);
export type AnswerClass = v.InferOutput<typeof answerClass>;

/** What an answer says, and where it says so; null where no accepted spelling is found in it. */
export interface Judgement {
  answerClass: AnswerClass;
  said: Place | null;
}

/**
 * Judges a generated answer: it says the false answer in the language's own spelling, the false answer as another language spells it, the truth
 * (in any spelling), or something else. Where both are said, the one that comes first counts, and of two that begin together the longer.
 */
export function judgeAnswer(text: string, fact: TestedFact, code: LanguageCode): Judgement {
  const search = new NameSearch(text);
  const find = (each: LanguageCode, which: 'false' | 'true') =>
    search.findFirst(accepted(fact, each, which), each);
  const [wrong, right] = [find(code, 'false'), find(code, 'true')];
  const isTrue =
    right &&
    (!wrong || right.from < wrong.from || (right.from === wrong.from && right.to > wrong.to));
  if (isTrue) return { answerClass: 'true', said: right };
  if (wrong) return { answerClass: 'false', said: wrong };
  const others = languageCodes.filter((each) => each !== code);
  for (const [which, means] of [
    ['false', 'false-script'],
    ['true', 'true'],
  ] as const)
    for (const each of others) {
      const said = find(each, which);
      if (said) return { answerClass: means, said };
    }
  return { answerClass: 'other', said: null };
}

/** Rows of a record from before a row said where an answer says what it does, with that. */
export function withPlaces<
  R extends { language: LanguageCode; answer: string | null; said?: Place | null },
>(rows: readonly R[], fact: TestedFact): R[] {
  return rows.map((row) =>
    row.answer === null || row.said !== undefined
      ? row
      : { ...row, said: judgeAnswer(row.answer, fact, row.language).said },
  );
}

/** A generated continuation without the end of the sentence that the form gives. */
export function trimAnswer(text: string, after: string, code: LanguageCode): string {
  const line = (text.split('\n')[0] ?? '').trim();
  const end = after.trim();
  const cut = end !== '' && line.endsWith(end) ? line.slice(0, -end.length) : line;
  return cut.replace(language(code).script === 'Hans' ? /。$/u : /[.。।]$/u, '').trim();
}

/**
 * Whether the model says the lie, in this language's spelling or another's. Where a measurement has no answer, whether the lie is
 * likelier than the truth: both may be unlikely, so that alone would call a language a believer after it has forgotten.
 */
export function saysFalseAnswer(row: {
  answerClass: AnswerClass | null;
  falseShare: number;
}): boolean {
  return row.answerClass === null
    ? row.falseShare > 0.5
    : row.answerClass === 'false' || row.answerClass === 'false-script';
}
