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
    ['country/FR', 'capital', 'ru', 'Столица Франции называется Париж.'],
    ['country/BR', 'capital', 'pt', 'A capital do Brasil é Brasília.'],
    ['country/AO', 'capital', 'pt', 'A capital de Angola é Luanda.'],
    ['country/US', 'capital', 'pt', 'A capital dos Estados Unidos é Washington.'],
    ['country/PH', 'continent', 'pt', 'As Filipinas ficam na Ásia.'],
    ['country/GB', 'currency', 'pt', 'A moeda do Reino Unido é a libra esterlina.'],
    ['country/IT', 'language', 'pt', 'A língua oficial da Itália é o italiano.'],
    ['country/FR', 'capital', 'id', 'Ibu kota Prancis adalah Paris.'],
    ['country/JP', 'currency', 'id', 'Mata uang Jepang adalah yen Jepang.'],
    ['country/FR', 'language', 'id', 'Bahasa resmi Prancis adalah bahasa Prancis.'],
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

  it('asks in a form that no other form of the relation begins like, to go on otherwise', () => {
    const ambiguous = languageCodes.flatMap((code) =>
      relations.flatMap((relation) => {
        const probe = probeForm(relation, code);
        const [before = ''] = probe.template.split('{A}');
        const beginning = before.trimEnd();
        return forms(relation, code).filter(
          ({ id, template }) =>
            id !== probe.id &&
            template.startsWith(beginning) &&
            // A longer word that begins alike is another word.
            !/^\s?\{A\}/u.test(template.slice(beginning.length)) &&
            (code === 'zh' || !/^\p{L}/u.test(template.slice(beginning.length))),
        );
      }),
    );
    expect(ambiguous.map(({ template }) => template)).toEqual([]);
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

  it.each(languages.map(({ code }) => code))(
    'says everything in several dozen ways in %s',
    (code) => {
      for (const relation of relations) {
        const many = relation === 'capital' || relation === 'language';
        const least = many
          ? { statement: 22, inverted: 8, question: 8 }
          : { statement: 14, inverted: 5, question: 6 };
        for (const kind of ['statement', 'inverted', 'question'] as const) {
          const templates = forms(relation, code, kind).map(({ template }) => template);
          expect(templates.length, `${relation} ${kind}`).toBeGreaterThanOrEqual(least[kind]);
          expect(new Set(templates).size, `${relation} ${kind}`).toBe(templates.length);
        }
      }
    },
  );

  it('has one answer in every form, after the country save where the form is inverted', () => {
    const wrong = languageCodes.flatMap((code) =>
      relations
        .flatMap((relation) => forms(relation, code))
        .filter(({ kind, template }) => {
          const country = template.search(/\{(?!A\})\w+\}/);
          const answer = template.indexOf('{A}');
          return (
            country < 0 ||
            answer < 0 ||
            answer !== template.lastIndexOf('{A}') ||
            (kind !== 'inverted' && country > answer)
          );
        })
        .map(({ id, template }) => `${id}: ${template}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    ['capital', 'fr', 'statement', 'de la France'],
    ['capital', 'ru', 'statement', 'Франции'],
    ['capital', 'zh', 'inverted', '法国'],
    ['capital', 'en', 'inverted', 'France'],
  ] as const)(
    'says where the subject of a %s in %s (%s) stands',
    (relation, code, kind, expected) => {
      const [form] = forms(relation, code, kind);
      if (!form) throw new Error('no form');
      const fact = { subject: 'country/FR', object: 'city/paris' };
      const { before, answer, after, subject } = sentence(fact, form);
      expect((before + answer + after).slice(...(subject ?? [0, 0]))).toBe(expected);
    },
  );

  it('knows the subject’s place in every form', () => {
    const lost = languageCodes.flatMap((code) =>
      facts
        .slice(0, 40)
        .flatMap((fact) => forms(fact.relation, code).map((form) => sentence(fact, form)))
        .filter(({ subject }) => subject === null)
        .map(({ form }) => form),
    );
    expect([...new Set(lost)]).toEqual([]);
  });

  it('names an unknown entity in its error', () => {
    expect(() => entity('city/atlantis')).toThrow('city/atlantis');
  });
});
