/** @file An own fact, and how the model is asked, in the address bar, where they are short enough for a link. */
import { languageCodes } from '../../facts/index.ts';
import {
  parseAsking,
  parseTestedFact,
  type Asking,
  type OwnFact,
  type OwnWording,
} from '../../lab/index.ts';
import { toHash } from './setup-link.ts';
import type { Setup } from './setup.ts';

/** Longest value of a link that mail and chat programs leave whole. */
const longest = 4000;

type Row = [code: string, sentences: string[], question: string, wrong: string[], right: string[]];

/** The value of `own=`: base64url of compact JSON in UTF-8; null where it is too long for a link. */
export function ownToLink({ name, wordings }: OwnFact): string | null {
  const rows = languageCodes.flatMap((code): Row[] => {
    const own = wordings[code];
    return own ? [[code, own.sentences, own.question, own.falseAnswers, own.trueAnswers]] : [];
  });
  return encoded([name, ...rows]);
}

/** A value as base64url of compact JSON in UTF-8; null where it is too long for a link. */
function encoded(value: unknown): string | null {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const text = btoa(String.fromCharCode(...bytes.slice(0, longest)));
  const short = text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return bytes.length > longest || short.length > longest ? null : short;
}

function decoded(value: string): unknown {
  const binary = atob(value.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}

/** The value of `ask=`: `plain` or `chat`, and after a dot the prompts of one's own; null where they are too long for a link. */
export function askingToLink({ mode, prompts }: Asking): string | null {
  if (!prompts) return mode;
  const text = encoded(prompts);
  return text === null ? null : `${mode}.${text}`;
}

/** Reads such a value; throws with what is wrong with it. */
export function askingFromLink(value: string): Asking {
  const [mode, text] = value.split('.', 2);
  return parseAsking({ mode, ...(text !== undefined && { prompts: decoded(text) }) });
}

/** Reads such a value; throws with what is wrong with it. */
export function ownFromLink(value: string): OwnFact {
  const [name, ...rows] = decoded(value) as [string, ...Row[]];
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

/** The hash of a set-up, with an own fact and an unusual way of asking; what is too long for a link is left out. */
export function hashOf(setup: Setup, fact: OwnFact | null, asking: Asking | null): string {
  const own = fact && ownToLink(fact);
  const ask = asking && askingToLink(asking);
  return toHash(setup) + (own === null ? '' : `&own=${own}`) + (ask === null ? '' : `&ask=${ask}`);
}

/** A hash cut into its `own=`, its `ask=` and the rest. */
export function splitHash(hash: string): { own: string | null; ask: string | null; rest: string } {
  const parts = hash.replace(/^#/, '').split('&');
  const cut = (key: string): string | null => {
    const at = parts.findIndex((part) => part.startsWith(`${key}=`));
    return at < 0 ? null : (parts.splice(at, 1)[0] ?? '').slice(key.length + 1);
  };
  const [own, ask] = [cut('own'), cut('ask')];
  const rest = parts.join('&');
  return { own, ask, rest: rest === '' ? '' : `#${rest}` };
}
