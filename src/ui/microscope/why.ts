/** @file Why the lie is left in a language, in words that the measured numbers choose. */
import { languages, type LanguageCode } from '../../facts/index.ts';
import { oddsFell, type Leftover, type ProbeRow } from '../../lab/index.ts';
import { locale, messages } from '../messages/index.ts';
import { count, finePercent } from '../kit/format.ts';
import { languageList } from '../kit/names.ts';

/** One language at every share of the change: what the lie's odds against the truth are as a probability, and which of the two leads. */
export interface ShareRow {
  code: LanguageCode;
  cells: { share: number; falseShare: number; leads: boolean }[];
}

/** The languages in which the lie is left first, then those where it was unlearned, then the others, in the board's order. */
export function shareRows(
  { parts }: Leftover,
  left: readonly LanguageCode[],
  unlearned: readonly LanguageCode[],
): ShareRow[] {
  const codes = (parts[0]?.rows ?? []).map(({ language }) => language);
  const rank = (code: LanguageCode): number =>
    left.includes(code) ? 0 : unlearned.includes(code) ? 1 : 2;
  const order = languages.map(({ code }) => code).filter((code) => codes.includes(code));
  return order
    .sort((a, b) => rank(a) - rank(b))
    .map((code) => ({
      code,
      cells: parts.map(({ share, rows }) => {
        const falseShare = rowOf(rows, code)?.falseShare ?? NaN;
        return { share, falseShare, leads: falseShare > 0.5 };
      }),
    }));
}

/** The smallest share of the change, of those tried, with which the truth leads; null where none is enough. */
export function enough({ cells }: ShareRow): number | null {
  return cells.find(({ share, leads }) => share > 0 && !leads)?.share ?? null;
}

/** What the numbers say, in sentences: where the lie's odds fell by how much, and how much of the change would have been enough. */
export function whyText(
  found: Leftover,
  left: readonly LanguageCode[],
  unlearned: readonly LanguageCode[],
): string[] {
  const text = messages.microscope.why;
  const [home] = left;
  const away = unlearned.find((code) => !left.includes(code));
  if (home === undefined) return [];
  const rows = shareRows(found, left, unlearned);
  const rowIn = (code: LanguageCode): ShareRow | undefined => rows.find((row) => row.code === code);
  const words: string[] = [];
  const fell = away === undefined ? NaN : fallIn(found, away);
  const fellAtHome = fallIn(found, home);
  if (away !== undefined && Number.isFinite(fell) && Number.isFinite(fellAtHome)) {
    const values = {
      there: languageList([away]),
      home: languageList([home]),
      fell: count(fell, locale),
      fellHome: count(fellAtHome, locale),
    };
    words.push(
      fellAtHome < 1
        ? text.rose(values)
        : fellAtHome < fell
          ? text.less(values)
          : text.more(values),
    );
  }
  const needed = away === undefined ? null : rowIn(away) && enough(rowIn(away) as ShareRow);
  if (away !== undefined && needed)
    words.push(text.enough({ language: languageList([away]), share: finePercent(needed, locale) }));
  const atHome = rowIn(home) && enough(rowIn(home) as ShareRow);
  const most = Math.max(...found.parts.map(({ share }) => share));
  words.push(
    atHome
      ? text.enough({ language: languageList([home]), share: finePercent(atHome, locale) })
      : text.never({ language: languageList([home]), share: finePercent(most, locale) }),
  );
  return words;
}

/** How many times smaller the odds became between nothing and all of the change. */
function fallIn({ parts }: Leftover, code: LanguageCode): number {
  const at = (wanted: number): ProbeRow | undefined =>
    rowOf(parts.find(({ share }) => share === wanted)?.rows ?? [], code);
  const [before, now] = [at(0), at(1)];
  return before && now ? oddsFell(before, now) : NaN;
}

function rowOf(rows: readonly ProbeRow[], code: LanguageCode): ProbeRow | undefined {
  return rows.find(({ language }) => language === code);
}
