import { expect, it } from 'vitest';
import { languageCodes } from '../../facts/index.ts';
import { usable } from '../../lab/index.ts';
import '../../../tools/messages/speak-english.ts';
import { exampleFact, exampleTable } from './example.ts';
import { readTable } from './table.ts';

it('reads CSV with quotes and line breaks, German CSV, and what a spreadsheet copies', () => {
  const expected = {
    question: 'The capital of Chile, please, is',
    trueAnswers: ['Santiago', 'Santiago de Chile'],
    falseAnswers: ['Tokyo'],
    sentences: [],
  };
  const cell = 'The capital of Chile, please, is | Santiago; Santiago de Chile | Tokyo';
  for (const text of [
    `\ufeffname,en\r\nChile,"${cell}"\r\n`,
    `name;English\nChile;"${cell}"\n`,
    `name\ten-GB\nChile\t${cell}\n`,
    `name\tEnglish\nChile\t"${cell.replace('please, is', 'please,\nis')}"\n`,
  ]) {
    const { facts, faults } = readTable(text);
    expect(faults).toEqual([]);
    expect(facts).toEqual([{ name: 'Chile', wordings: { en: expected } }]);
    expect(usable(facts[0] as never)).not.toBeNull();
  }
});

it('names faults by their cell, and loses nothing that was typed', () => {
  const { facts, faults } = readTable(
    'name,en,Français,colour\nA,Is it so?,Est-ce | oui | non,red\nB,x | | z,,\n,,"' +
      `${'w'.repeat(501)} | a | b",\n`,
  );
  expect(faults).toEqual([
    { row: 1, column: 'colour', kind: 'unknown-column' },
    { row: 2, column: 'en', kind: 'parts' },
    { row: 3, column: 'en', kind: 'empty' },
    { row: 4, column: 'Français', kind: 'long' },
  ]);
  expect(facts[0]?.wordings.en?.question).toBe('Is it so?');
  expect(facts[0]?.wordings.fr?.trueAnswers).toEqual(['oui']);
  expect(facts[1]?.wordings.en).toMatchObject({ question: 'x', falseAnswers: ['z'] });
  expect(facts[2]?.wordings.fr?.question).toContain('www');
});

it('a table without a language, and nothing at all, say so', () => {
  expect(readTable('a,b\n1,2\n').faults[0]?.kind).toBe('no-language');
  expect(readTable('')).toEqual({
    facts: [],
    faults: [{ row: 1, column: '', kind: 'no-language' }],
  });
});

it('the example is ready in every language, as a fact and as a table', () => {
  const made = usable(exampleFact('Example', languageCodes));
  expect(Object.keys(made?.wordings ?? {}).sort()).toEqual([...languageCodes].sort());
  const { facts, faults } = readTable(exampleTable(languageCodes));
  expect(faults).toEqual([]);
  expect(facts[0]?.wordings).toEqual(exampleFact('', languageCodes).wordings);
});
