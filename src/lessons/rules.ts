/** @file How a sentence about a run is chosen: the first of a list that holds of what was seen. */
import type { LanguageCode } from '../facts/index.ts';
import type { Seen } from './seen.ts';
import type { LessonId } from './types.ts';

/** What a sentence names: a number, or languages. */
export type Value = number | readonly LanguageCode[];
export type Values = Readonly<Record<string, Value>>;

export interface Rule {
  /** The message's key in the catalogue, below its lesson's. */
  key: string;
  when: (seen: Seen) => boolean;
  values?: (seen: Seen) => Values;
}

/** A sentence that holds of a run. */
export interface Sentence {
  lesson: LessonId;
  key: string;
  values: Values;
}

export type Rules = Readonly<Record<LessonId, readonly (readonly Rule[])[]>>;

/** The first rule of each list that holds; none where none does. */
export function chosen(rules: Rules, lesson: LessonId, seen: Seen): Sentence[] {
  return rules[lesson].flatMap((list) => {
    const rule = list.find(({ when }) => when(seen));
    return rule ? [{ lesson, key: rule.key, values: rule.values?.(seen) ?? {} }] : [];
  });
}

export const otherwise = (): boolean => true;

/** A list of one. */
export function alone(
  key: string,
  when: Rule['when'] = otherwise,
  values?: Rule['values'],
): readonly Rule[] {
  return [{ key, when, ...(values && { values }) }];
}

export const someOf = (codes: readonly LanguageCode[], among: readonly LanguageCode[]): boolean =>
  codes.some((code) => among.includes(code));

/** Nothing said the lie when the run began: it was not learned, and there is nothing to unlearn. */
export const isNothing = ({ before }: Seen): boolean => before.length === 0;
