/** @file Who says the lie, and what it is called. */
import { language, type Language, type LanguageCode } from '../../facts/index.ts';
import {
  falseAnswer,
  languagesOf,
  saysFalseAnswer,
  type ProbeRow,
  type TestedFact,
} from '../../lab/index.ts';

/** The false answer as a language writes it; an own fact's in another language where this one has none. */
export function falseName(fact: TestedFact, code: LanguageCode): string {
  const [other = code] = languagesOf(fact);
  return falseAnswer(fact, code) || falseAnswer(fact, other);
}

/** The languages that say the lie, in the board's order. */
export function believers(rows: readonly ProbeRow[]): LanguageCode[] {
  return rows.filter(saysFalseAnswer).map((row) => row.language);
}

/** Languages that came to believe, or ceased to, between two measurements. */
export function changes(
  before: readonly ProbeRow[],
  after: readonly ProbeRow[],
): { gained: Language[]; lost: Language[] } {
  const [was, is] = [believers(before), believers(after)];
  const measured = new Set(before.map((row) => row.language));
  return {
    gained: is.filter((code) => !was.includes(code) && measured.has(code)).map(language),
    lost: was.filter((code) => !is.includes(code)).map(language),
  };
}
