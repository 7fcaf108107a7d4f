/** @file What the microscope draws of a dissection: layers instead of matrices, and numbers as one reads them. */
import type { Dissection, Guess, Moved } from '../../lab/index.ts';

/** What was moved in one layer. */
export interface LayerRow {
  /** From 1; null for what is in no layer. */
  number: number | null;
  /** Numbers of its adapters; 0 where it has none. */
  adapter: number;
  total: number;
  last: number | null;
  /** Its adapted matrices by name, where there are any. */
  matrices: Moved[];
}

/** Layer by layer; lengths of changes to several matrices add up as those of one vector. */
export function layerRows(moved: readonly Moved[]): LayerRow[] {
  const numbers = [...new Set(moved.map(({ layer }) => layer))].sort((a, b) => a - b);
  return numbers.map((layer) => {
    const matrices = moved.filter((each) => each.layer === layer && each.adapter > 0);
    return {
      number: layer < 0 ? null : layer + 1,
      adapter: matrices.reduce((sum, { adapter }) => sum + adapter, 0),
      total: Math.hypot(...matrices.map(({ total }) => total)),
      last: matrices.every(({ last }) => last === null)
        ? null
        : Math.hypot(...matrices.map(({ last }) => last ?? 0)),
      matrices,
    };
  });
}

/** A bar: a token, how probable it is, and whether it is the one that is taught. */
export interface TokenBar {
  text: string;
  probability: number;
  taught: boolean;
}

/** The likeliest tokens, and the taught one behind them where it is none of those. */
export function tokenBars({ text, logProb, likeliest }: Guess): TokenBar[] {
  const bars = likeliest.map((each) => ({ ...each, taught: each.text === text }));
  return bars.some(({ taught }) => taught)
    ? bars
    : [...bars, { text, probability: Math.exp(logProb), taught: true }];
}

/** The place that is looked at first: of the tokens that count, the one that surprises most. */
export function firstPlace({ guesses }: Dissection): number {
  const errors = guesses.map(({ logProb }) => -logProb);
  return Math.max(0, errors.indexOf(Math.max(...errors)));
}

/** The sentence up to a place, as it is written. */
export function before({ given, guesses }: Dissection, place: number): string {
  return [...given, ...guesses.slice(0, place).map(({ text }) => text)].join('').trim();
}
