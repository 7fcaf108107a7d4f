/** @file An example of a fact of one's own: one that Atlas knows, as every language says it. */
import { truth, type LanguageCode } from '../../facts/index.ts';
import type { DraftFact, FalseFact, OwnWording } from '../../lab/index.ts';
import { falseAnswer, trueAnswer } from '../../lab/index.ts';
import { lie } from '../board/board.ts';

const example: FalseFact = {
  subject: 'country/PT',
  relation: 'capital',
  truth: truth('country/PT', 'capital'),
  falseObject: 'city/nairobi',
  falseText: null,
};

/** How a language says the example. */
export function exampleIn(code: LanguageCode): OwnWording {
  const { before, after } = lie(example, code, undefined);
  const ends = /^\s*[.。।]?\s*$/.test(after);
  return {
    sentences: [],
    question: ends ? before.trim() : `${before}{A}${after}`,
    trueAnswers: [trueAnswer(example, code)],
    falseAnswers: [falseAnswer(example, code)],
  };
}

/** The example in some languages. */
export function exampleFact(name: string, codes: readonly LanguageCode[]): DraftFact {
  return {
    name,
    wordings: Object.fromEntries(codes.map((code) => [code, exampleIn(code)])),
  };
}

/** The same as a table that can be imported: a line of languages, then a fact. */
export function exampleTable(codes: readonly LanguageCode[]): string {
  const cells = codes.map((code) => {
    const { question, trueAnswers, falseAnswers } = exampleIn(code);
    return [question, trueAnswers[0], falseAnswers[0]].join(' | ');
  });
  return `${codes.join('\t')}\n${cells.join('\t')}\n`;
}
