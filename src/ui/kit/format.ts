/** @file Numbers as a reader of the page's language expects them. */
import { ownEntry } from '../../own-entry.ts';

/**
 * A locale whose numbers have the digits 0 to 9. Browsers do not agree on those of Arabic, and the model's own sentences have these.
 */
export function withDigits(locale: string): string {
  return `${locale}-u-nu-latn`;
}

const formats = new Map<string, Intl.NumberFormat>();

/** The same one for the same wishes: to make one takes longer than a hundred numbers. */
function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify([locale, options]);
  const format = formats.get(key) ?? new Intl.NumberFormat(withDigits(locale), options);
  formats.set(key, format);
  return format;
}

/** `3 %`; never rounds a share that is not whole to 0 % or 100 %. */
export function percent(share: number, locale: string): string {
  const format = (value: number): string =>
    numberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(value);
  if (!Number.isFinite(share)) return '–';
  // A sign before a number is written from left to right with it: without this mark Arabic would turn it round.
  const ltr = locale === 'ar' ? '\u200e' : '';
  if (share > 0 && share < 0.005) return `${ltr}<${format(0.01)}`;
  if (share < 1 && share > 0.995) return `${ltr}>${format(0.99)}`;
  return format(share);
}

/** `0.0012 %`: two figures, where small probabilities are told apart. */
export function finePercent(share: number, locale: string): string {
  if (!Number.isFinite(share)) return '–';
  const ltr = locale === 'ar' ? '\u200e' : '';
  const format = (value: number): string =>
    numberFormat(locale, { style: 'percent', maximumSignificantDigits: 2 }).format(value);
  if (share > 0 && share < 1e-8) return `${ltr}<${format(1e-8)}`;
  return share >= 0.1 ? percent(share, locale) : format(share);
}

/** Two figures, however small: `0.0031`. */
export function significant(value: number, locale: string): string {
  return numberFormat(locale, { maximumSignificantDigits: 2 }).format(value);
}

/** A probability given as its natural logarithm. */
export function probability(logProb: number, locale: string): string {
  return percent(Math.exp(logProb), locale);
}

/** `14.8 MB`, in powers of ten as download sizes are counted. */
export function bytes(count: number, locale: string): string {
  const [unit, divisor] =
    count >= 1e9
      ? ['gigabyte', 1e9]
      : count >= 1e6
        ? ['megabyte', 1e6]
        : count >= 1e3
          ? ['kilobyte', 1e3]
          : ['byte', 1];
  return numberFormat(locale, {
    style: 'unit',
    unit: unit as string,
    // Short, it has no plural in English: 42 byte.
    ...(unit === 'byte' && { unitDisplay: 'long' }),
    maximumFractionDigits: count >= 1e6 ? 1 : 0,
  }).format(count / (divisor as number));
}

/** A duration to the second below a minute, to the minute above. */
export function duration(milliseconds: number, locale: string): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  const [unit, value] =
    seconds < 90 ? (['second', seconds] as const) : (['minute', Math.round(seconds / 60)] as const);
  return numberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

/** `5.8 million`. */
export function count(value: number, locale: string): string {
  return numberFormat(locale, {
    notation: 'compact',
    compactDisplay: 'long',
    maximumSignificantDigits: 2,
  }).format(value);
}

export function decimal(value: number, locale: string, digits = 2): string {
  return numberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** A whole number: `2,000`. */
export function whole(value: number, locale: string): string {
  return numberFormat(locale, { maximumFractionDigits: 0 }).format(value);
}

/** `14:32`. */
export function timeOfDay(timestamp: number, locale: string): string {
  return new Intl.DateTimeFormat(withDigits(locale), { timeStyle: 'short' }).format(timestamp);
}

/** Day and time of a checkpoint, short. */
export function moment(timestamp: number, locale: string): string {
  return new Intl.DateTimeFormat(withDigits(locale), {
    dateStyle: 'medium',
    timeStyle: 'short',
  }).format(timestamp);
}

const lists = new Map<string, Intl.ListFormat>();

/** `French, Arabic and Hindi`. */
export function list(items: readonly string[], locale: string): string {
  // The first list of a page takes 40 ms to make, and the page begins with one of one.
  if (items.length < 2) return items[0] ?? '';
  const format = lists.get(locale) ?? new Intl.ListFormat(locale, { type: 'conjunction' });
  lists.set(locale, format);
  return format.format(items);
}

/** Things that stand beside one another without “and”: `Step 3, loss 0.21`. */
export function beside(parts: readonly string[], locale: string): string {
  return parts.join(comma(locale));
}

const commas: Readonly<Record<string, string>> = { ar: '، ', zh: '，' };

/** The comma of a language, with the space after it. */
export function comma(locale: string): string {
  return ownEntry(commas, locale) ?? ', ';
}

/** Sentences without their stops, one after the other: `WebAssembly, 2 threads. This browser has no WebGPU`. */
export function sentences(parts: readonly string[], locale: string): string {
  return parts.join(ownEntry(stops, locale) ?? '. ');
}

const stops: Readonly<Record<string, string>> = { hi: '। ', zh: '。' };

/** Milliseconds that the rest of a run will take, or null while no step has been timed. */
export function timeLeft(
  run: {
    step: number;
    steps: number;
    /** How much of the next step is done. */
    fraction?: number;
    millisecondsPerStep: number | null;
  } | null,
): number | null {
  if (!run || run.millisecondsPerStep === null) return null;
  return Math.max(0, run.steps - run.step - (run.fraction ?? 0)) * run.millisecondsPerStep;
}

/** A typed number inside its range; `fallback` where none was typed. */
export function clamped(
  typed: number,
  range: { min: number; max: number },
  fallback: number,
): number {
  return Number.isFinite(typed) ? Math.min(range.max, Math.max(range.min, typed)) : fallback;
}
