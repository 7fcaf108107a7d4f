/** @file The class's guess: how many think that a language will say the lie, counted by hand or read off codes. */
import type { LanguageCode } from '../../facts/index.ts';
import { readGuessCode } from '../kit/guess-code.ts';

export interface Tally {
  /** Pupils who guessed. */
  pupils: number;
  /** Of these, how many named a language. */
  hands: Readonly<Partial<Record<LanguageCode, number>>>;
}

export const noHands: Tally = { pupils: 0, hands: {} };

/** More pupils than this are a slip of the finger. */
export const mostPupils = 2000;

/** A count typed in; no language has more hands than there are pupils. */
export function withHands(tally: Tally, code: LanguageCode, hands: number): Tally {
  const counted = whole(hands);
  return {
    pupils: Math.max(tally.pupils, counted),
    hands: { ...tally.hands, [code]: counted },
  };
}

export function withPupils({ hands }: Tally, pupils: number): Tally {
  const most = Math.max(0, ...Object.values(hands));
  return { pupils: Math.max(whole(pupils), most), hands };
}

function whole(value: number): number {
  return Number.isFinite(value) ? Math.min(mostPupils, Math.max(0, Math.round(value))) : 0;
}

/** Adds pasted codes, whatever stands between them; those that are none are named. */
export function withCodes(
  tally: Tally,
  text: string,
): { tally: Tally; wrong: string[]; read: number } {
  const wrong: string[] = [];
  let { pupils } = tally;
  const hands = { ...tally.hands };
  for (const code of text.split(/[^\p{L}\p{N}]+/u).filter((each) => each !== '')) {
    const languages = readGuessCode(code);
    if (!languages) {
      wrong.push(code);
      continue;
    }
    pupils++;
    for (const each of languages) hands[each] = (hands[each] ?? 0) + 1;
  }
  return { tally: { pupils, hands }, wrong, read: pupils - tally.pupils };
}

export interface Compared {
  code: LanguageCode;
  hands: number;
  /** More than half of the pupils thought that it says the lie; null where it was half and half. */
  expected: boolean | null;
  says: boolean;
}

/** The class's guess beside what the model says. */
export function compared(
  { pupils, hands }: Tally,
  asked: readonly LanguageCode[],
  says: readonly LanguageCode[],
): Compared[] {
  return asked.map((code) => {
    const own = hands[code] ?? 0;
    return {
      code,
      hands: own,
      expected: 2 * own === pupils ? null : 2 * own > pupils,
      says: says.includes(code),
    };
  });
}
