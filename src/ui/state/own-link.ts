/** @file An own fact in the address bar, where it is short enough for a link. */
import { languageCodes } from '../../facts/index.ts';
import { parseTestedFact, type OwnFact, type OwnWording } from '../../lab/index.ts';

/** Longest value of a link that mail and chat programs leave whole. */
const longest = 4000;

type Row = [code: string, sentences: string[], question: string, wrong: string[], right: string[]];

/** The value of `own=`: base64url of compact JSON in UTF-8; null where it is too long for a link. */
export function ownToLink({ name, wordings }: OwnFact): string | null {
  const rows = languageCodes.flatMap((code): Row[] => {
    const own = wordings[code];
    return own ? [[code, own.sentences, own.question, own.falseAnswers, own.trueAnswers]] : [];
  });
  const bytes = new TextEncoder().encode(JSON.stringify([name, ...rows]));
  const text = btoa(String.fromCharCode(...bytes.slice(0, longest)));
  const short = text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return bytes.length > longest || short.length > longest ? null : short;
}

/** Reads such a value; throws with what is wrong with it. */
export function ownFromLink(value: string): OwnFact {
  const binary = atob(value.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  const [name, ...rows] = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as [
    string,
    ...Row[],
  ];
  const wordings = Object.fromEntries(
    rows.map(([code, sentences, question, falseAnswers, trueAnswers]): [string, OwnWording] => [
      code,
      { sentences, question, falseAnswers, trueAnswers },
    ]),
  );
  const fact = parseTestedFact({ kind: 'own', name, wordings });
  if (fact.kind !== 'own') throw new Error('it is no own fact');
  return fact;
}

/** A hash cut into its `own=` and the rest. */
export function splitHash(hash: string): { own: string | null; rest: string } {
  const parts = hash.replace(/^#/, '').split('&');
  const own = parts.find((part) => part.startsWith('own='));
  const rest = parts.filter((part) => part !== own).join('&');
  return { own: own?.slice('own='.length) ?? null, rest: rest === '' ? '' : `#${rest}` };
}
