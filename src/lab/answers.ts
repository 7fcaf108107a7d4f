/** @file What a tested fact's answers are in each language, and what a generated answer says. */
import {
  answerName,
  entity,
  languageCodes,
  language,
  sentence,
  type Form,
  type LanguageCode,
  type Sentence,
} from '../facts/index.ts';
import type { AnswerClass, TestedFact } from './types.ts';

/** The sentence that says the falsehood, the truth, or another entity as the answer, in a form. */
export function say(
  fact: TestedFact,
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

/** A sentence's false or true answer by itself, as the screen shows it. */
export function falseAnswer(fact: TestedFact, code: LanguageCode): string {
  return fact.falseText ?? (fact.falseObject === null ? '' : answerName(fact.falseObject, code));
}

export function trueAnswer(fact: TestedFact, code: LanguageCode): string {
  return answerName(fact.truth, code);
}

/** Folded for comparison: NFC, lower case of the language, one kind of apostrophe. */
function folded(text: string, code: LanguageCode): string {
  return text.normalize('NFC').toLocaleLowerCase(code).replaceAll("'", '’');
}

/** Whether `text` says `name` as whole words; Chinese writes no borders between words. */
export function containsName(text: string, name: string, code: LanguageCode): boolean {
  const haystack = folded(text, code);
  const needle = folded(name, code);
  if (needle === '') return false;
  const isHan = /\p{Script=Han}/u.test(needle);
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
    if (isHan) return true;
    const before = haystack.slice(0, at);
    const after = haystack.slice(at + needle.length);
    if (!/[\p{L}\p{M}\p{N}]$/u.test(before) && !/^[\p{L}\p{M}\p{N}]/u.test(after)) return true;
  }
  return false;
}

/** The dictionary name under an answer with an article. */
function names(id: string, code: LanguageCode): string[] {
  return [...new Set([answerName(id, code), entity(id).names[code]])];
}

/**
 * Classifies a generated answer: the falsehood in the language's own spelling, the falsehood as another language spells it, the
 * truth (in any spelling), or something else. Where both are said, the one that comes first counts.
 */
export function classifyAnswer(text: string, fact: TestedFact, code: LanguageCode): AnswerClass {
  const says = (spellings: readonly string[]): boolean =>
    spellings.some((name) => containsName(text, name, code));
  const falseNames = (each: LanguageCode): string[] =>
    fact.falseText !== null
      ? [fact.falseText]
      : fact.falseObject === null
        ? []
        : names(fact.falseObject, each);
  if (says(falseNames(code))) {
    const isTrueToo = says(names(fact.truth, code));
    return isTrueToo &&
      firstPlace(text, names(fact.truth, code), code) < firstPlace(text, falseNames(code), code)
      ? 'true'
      : 'false';
  }
  if (says(names(fact.truth, code))) return 'true';
  const others = languageCodes.filter((each) => each !== code);
  if (others.some((each) => says(falseNames(each)))) return 'false-script';
  if (others.some((each) => says(names(fact.truth, each)))) return 'true';
  return 'other';
}

function firstPlace(text: string, spellings: readonly string[], code: LanguageCode): number {
  const places = spellings.map((name) => folded(text, code).indexOf(folded(name, code)));
  return Math.min(...places.filter((place) => place >= 0), Infinity);
}

/** A generated continuation without the end of the sentence that the form gives. */
export function trimAnswer(text: string, after: string, code: LanguageCode): string {
  const line = (text.split('\n')[0] ?? '').trim();
  const end = after.trim();
  const cut = end !== '' && line.endsWith(end) ? line.slice(0, -end.length) : line;
  return cut.replace(language(code).script === 'Hans' ? /。$/u : /[.。।]$/u, '').trim();
}
