/** @file Facts in an address: `CL.capital:city/tokyo`, `CL.capital:~Tokyo` for a lie that was typed, `own:…` for a fact of one's own. */
import { languageCodes } from '../../facts/index.ts';
import {
  parseTestedFact,
  type OwnFact,
  type OwnWording,
  type TestedFact,
} from '../../lab/index.ts';
import { falseCandidates } from './editing.ts';
import type { Spelling } from './leaves.ts';

/** Longest value of a link that mail and chat programs leave whole. */
const longest = 4000;

/** Longest false answer that a person may type. */
export const longestFalseText = 60;

/** A value as base64url of compact JSON in UTF-8; null where it is too long for a link. */
export function packed(value: unknown): string | null {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  if (bytes.length > longest) return null;
  const text = btoa(String.fromCharCode(...bytes));
  const short = text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return short.length > longest ? null : short;
}

export function unpacked(text: string): unknown {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}

type Row = [code: string, sentences: string[], question: string, wrong: string[], right: string[]];

/** An own fact, packed; null where it is too long for a link. */
export function ownToLink({ name, wordings }: OwnFact): string | null {
  const rows = languageCodes.flatMap((code): Row[] => {
    const own = wordings[code];
    return own ? [[code, own.sentences, own.question, own.falseAnswers, own.trueAnswers]] : [];
  });
  return packed([name, ...rows]);
}

function ownFromLink(text: string): TestedFact {
  const [name, ...rows] = unpacked(text) as [string, ...Row[]];
  const wordings = Object.fromEntries(
    rows.map(([code, sentences, question, falseAnswers, trueAnswers]): [string, OwnWording] => [
      code,
      { sentences, question, falseAnswers, trueAnswers },
    ]),
  );
  return parseTestedFact({ kind: 'own', name, wordings });
}

const ownPrefix = 'own:';

function factText(fact: TestedFact): string | null {
  if (fact.kind === 'own') {
    const text = ownToLink(fact);
    return text === null ? null : ownPrefix + text;
  }
  const { subject, relation, falseObject, falseText } = fact;
  const lie = falseText === null ? (falseObject ?? '') : `~${encodeURIComponent(falseText)}`;
  return `${subject.replace('country/', '')}.${relation}:${lie}`;
}

/** Throws where it cannot be read: as a fact, or as one that the page would offer. */
function factFrom(text: string): TestedFact {
  if (text.startsWith(ownPrefix)) return ownFromLink(text.slice(ownPrefix.length));
  const [, country = '', relation = '', lie = ''] = /^(\w+)\.(\w+):(.+)$/.exec(text) ?? [];
  const isTyped = lie.startsWith('~');
  const falseText = isTyped ? decodeURIComponent(lie.slice(1)).trim() : null;
  const fact = parseTestedFact({
    subject: `country/${country}`,
    relation,
    falseObject: isTyped ? null : lie,
    falseText,
  });
  if (fact.kind === 'own') throw new Error('it is of another kind');
  if (falseText !== null ? falseText.length > longestFalseText : !isOffered(fact))
    throw new Error('this lie is not offered');
  return fact;
}

function isOffered({ subject, relation, falseObject }: Exclude<TestedFact, OwnFact>): boolean {
  return falseObject !== null && falseCandidates(subject, relation).includes(falseObject);
}

/** Facts, one after the other; a number stands for so many that are still to be chosen. */
export const factsSpelling: Spelling = {
  write: (facts: readonly TestedFact[] | number) => {
    if (typeof facts === 'number') return String(facts);
    const texts = facts.map(factText);
    return texts.includes(null) ? null : texts.join(';');
  },
  read: (text) => (/^\d+$/.test(text) ? Number(text) : text.split(';').map(factFrom)),
};
