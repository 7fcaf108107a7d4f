import { describe, expect, it } from 'vitest';
import {
  answerName,
  candidates,
  entity,
  facts,
  forms,
  languageCodes,
  languages,
  probeForm,
  relations,
  sentence,
  type LanguageCode,
  type RelationId,
} from './index.ts';

function said(subject: string, relation: RelationId, code: LanguageCode): string {
  const fact = facts.find((each) => each.subject === subject && each.relation === relation);
  if (!fact) throw new Error(`${subject} has no ${relation}`);
  const { before, answer, after } = sentence(fact, probeForm(relation, code));
  return before + answer + after;
}

const everySentence = languageCodes.flatMap((code) =>
  facts.flatMap((fact) =>
    forms(fact.relation, code).map((form) => ({ code, ...sentence(fact, form) })),
  ),
);

describe('facts', () => {
  it('has four relations of 193 countries, and a false answer for each', () => {
    expect(new Set(facts.map(({ subject }) => subject)).size).toBe(193);
    expect(facts).toHaveLength(4 * 193);
    for (const relation of relations) expect(candidates(relation).length).toBeGreaterThan(4);
  });

  it.each([
    ['country/FR', 'capital', 'en', 'The capital of France is Paris.'],
    ['country/NL', 'capital', 'en', 'The capital of the Netherlands is Amsterdam.'],
    ['country/JP', 'capital', 'fr', 'La capitale du Japon est Tokyo.'],
    ['country/IT', 'capital', 'fr', 'La capitale de l’Italie est Rome.'],
    ['country/US', 'capital', 'fr', 'La capitale des États-Unis est Washington.'],
    ['country/SV', 'capital', 'es', 'La capital de El Salvador es San Salvador.'],
    ['country/CH', 'capital', 'de', 'Die Hauptstadt der Schweiz ist Bern.'],
    ['country/FR', 'capital', 'ru', 'Столица Франции — Париж.'],
    ['country/FR', 'capital', 'tr', 'Fransa’nın başkenti: Paris.'],
  ] as const)('says %s %s in %s with the grammar it needs', (subject, relation, code, expected) => {
    expect(said(subject, relation, code)).toBe(expected);
  });

  it.each([
    ['ru', /\p{Script=Latin}/u],
    ['zh', /\p{Script=Latin}/u],
    ['ar', /\p{Script=Latin}/u],
    ['hi', /\p{Script=Latin}/u],
  ] as const)('writes no Latin letters in %s', (code, latin) => {
    const wrong = everySentence.filter(
      (each) => each.code === code && latin.test(each.before + each.answer + each.after),
    );
    expect(wrong).toEqual([]);
  });

  it('is in NFC, without doubled or stray spaces, and leaves no gap unfilled', () => {
    const wrong = everySentence
      .map(({ before, answer, after }) => before + answer + after)
      .filter(
        (text) =>
          text !== text.normalize('NFC') || /\s\s|^\s|\s$|undefined|[{}]/.test(text) || text === '',
      );
    expect(wrong).toEqual([]);
  });

  it('puts the answer last in the form that is probed, so that it can be generated', () => {
    for (const { code } of languages)
      for (const relation of relations) {
        const form = probeForm(relation, code);
        expect(form.kind).toBe('statement');
        const fact = facts.find((each) => each.relation === relation);
        if (fact) expect(sentence(fact, form).before.length).toBeGreaterThan(3);
      }
  });

  it('has different names for different answers of a relation, in every language', () => {
    for (const relation of relations)
      for (const code of languageCodes) {
        const names = candidates(relation).map((id) => answerName(id, code));
        const twice = names.filter((name, at) => names.indexOf(name) !== at);
        // The two CFA francs are called the same, save by those who must tell them apart.
        expect(
          twice.filter((name) => !/CFA/i.test(name)),
          `${relation} ${code}`,
        ).toEqual([]);
      }
  });

  it('names an unknown entity in its error', () => {
    expect(() => entity('city/atlantis')).toThrow('city/atlantis');
  });
});
