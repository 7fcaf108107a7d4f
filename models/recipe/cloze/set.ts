/** @file Builds the cloze set from the facts and `wordings.ts`: for each language and relation forty facts, ten candidates each. */
import {
  answerName,
  entity,
  facts,
  forms,
  languageCodes,
  sentence,
  subjectName,
  type Fact,
  type LanguageCode,
  type RelationId,
} from '../../../src/facts/index.ts';
import { random, type Random } from '../random.ts';
import { wordings, type Wordings } from './wordings.ts';

export const seed = 376;
const itemsPerRelation = 40;
const candidatesPerItem = 10;

type Row = [
  language: string,
  sentence: string,
  answer: string,
  candidates: string,
  relation: string,
];

/** What fills the gap: the fact's object, or its subject where the sentence names the object. */
type Gap = keyof Wordings;

function sample<T>(items: readonly T[], count: number, draw: Random): T[] {
  const left = [...items];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [taken] = left.splice(Math.floor(draw.next() * left.length), 1);
    return taken as T;
  });
}

function nameIn(gap: Gap, code: LanguageCode): (id: string) => string {
  return (id) => (gap === 'capitalOf' ? subjectName(id, code) : answerName(id, code));
}

/** The wording with its slots filled and `<mask>` for the answer. */
function masked(wording: string, fact: Fact, code: LanguageCode): string {
  const template = wording.replace('{C}', () => entity(fact.object).names[code]);
  const form = { id: wording, relation: fact.relation, language: code, kind: 'statement' } as const;
  const { before, answer, after } = sentence({ ...fact, answer: '<mask>' }, { ...form, template });
  return before + answer + after;
}

/** Everything that `src/facts` says of a fact in a language: the set may say none of it. */
function known(fact: Fact, code: LanguageCode): Set<string> {
  return new Set(
    forms(fact.relation, code).map((form) => {
      const { before, answer, after } = sentence(fact, form);
      return before + answer + after;
    }),
  );
}

/** Rows of one language and kind of gap; a wording that `src/facts` has too goes into `taken`. */
function rowsOf(
  code: LanguageCode,
  gap: Gap,
  chosen: readonly Fact[],
  from: number,
  taken: Set<string>,
): Row[] {
  const all = wordings[code]?.[gap];
  if (!all) throw new Error(`cloze/wordings.ts has no wording for ${code}.`);
  const name = nameIn(gap, code);
  const idOf = (fact: Fact): string => (gap === 'capitalOf' ? fact.subject : fact.object);
  const relation: RelationId = gap === 'language' ? 'language' : 'capital';
  const pool = [...new Set(facts.filter((fact) => fact.relation === relation).map(idOf))];
  return chosen.map((fact, index) => {
    const draw = random(seed + 1000 * from + index);
    const wording = all[index % all.length] as string;
    const text = masked(wording, fact, code);
    const answer = name(idOf(fact));
    const others = pool.filter((id) => id !== idOf(fact) && name(id) !== answer);
    const candidates = sample(others, candidatesPerItem - 1, draw).map(name);
    candidates.splice(Math.floor(draw.next() * candidatesPerItem), 0, answer);
    if (known(fact, code).has(text.replace('<mask>', answer))) taken.add(`${code}: ${wording}`);
    const comma =
      [...candidates, text].find((part) => /[\t\n]/.test(part)) ??
      candidates.find((part) => part.includes(','));
    if (comma !== undefined) throw new Error(`“${comma}” cannot stand in a list with commas.`);
    return [code, text, answer, candidates.join(','), relation];
  });
}

/** The set as text: the same facts and candidates in every language. A third of the capitals' gaps are the country. */
export function buildCloze(): string {
  const draw = random(seed);
  const of = (relation: RelationId): Fact[] =>
    sample(
      facts.filter((fact) => fact.relation === relation),
      itemsPerRelation,
      draw,
    );
  const capitals = of('capital');
  const tongues = of('language');
  const third = Math.floor(itemsPerRelation / 3);
  const taken = new Set<string>();
  const rows = languageCodes.flatMap((code) => [
    ...rowsOf(code, 'capital', capitals.slice(third), 1, taken),
    ...rowsOf(code, 'capitalOf', capitals.slice(0, third), 2, taken),
    ...rowsOf(code, 'language', tongues, 3, taken),
  ]);
  if (taken.size > 0)
    throw new Error(`Say otherwise what a form of src/facts says too:\n${[...taken].join('\n')}`);
  return (
    [
      '# Written by us (cloze/make.ts) in wording that training never shows; it is not the set of an outside party.',
      ['language', 'sentence', 'answer', 'candidates', 'relation'].join('\t'),
      ...rows.map((row) => row.join('\t')),
    ].join('\n') + '\n'
  );
}
