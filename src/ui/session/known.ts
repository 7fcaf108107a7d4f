/** @file What the model was found to know while the page is open, by the state it was asked in. No effects here. */
import { facts, languageCodes, type LanguageCode, type RelationId } from '../../facts/index.ts';
import type { SurveyAnswer, SurveyBatch } from '../../lab/index.ts';

/** One state's answers about one relation: by language, then by country. */
export type Answers = ReadonlyMap<LanguageCode, ReadonlyMap<string, SurveyAnswer>>;

/** All answers of the session; see `answersOf`. */
export type Known = ReadonlyMap<string, Answers>;

export const nothingKnown: Known = new Map();

const nothing: Answers = new Map();

function keyOf(state: string, relation: RelationId): string {
  return `${state} ${relation}`;
}

export function answersOf(known: Known, state: string | null, relation: RelationId): Answers {
  return (state === null ? undefined : known.get(keyOf(state, relation))) ?? nothing;
}

/** Takes a batch in; what is asked again is answered anew. */
export function withAnswers(known: Known, relation: RelationId, batch: SurveyBatch): Known {
  const answers = new Map(answersOf(known, batch.state, relation));
  for (const code of new Set(batch.answers.map(({ language }) => language))) {
    const own = batch.answers.filter(({ language }) => language === code);
    answers.set(
      code,
      new Map([...(answers.get(code) ?? []), ...own.map((each) => [each.subject, each] as const)]),
    );
  }
  return new Map([...known, [keyOf(batch.state, relation), answers]]);
}

/** Countries of which a relation is known. */
export function subjectsOf(relation: RelationId): string[] {
  return facts.filter((fact) => fact.relation === relation).map(({ subject }) => subject);
}

/** Languages in which some fact is still to be asked, `first` at the head. */
export function unasked(
  answers: Answers,
  relation: RelationId,
  first: LanguageCode,
): LanguageCode[] {
  const all = subjectsOf(relation).length;
  return [first, ...languageCodes.filter((code) => code !== first)].filter(
    (code) => (answers.get(code)?.size ?? 0) < all,
  );
}
