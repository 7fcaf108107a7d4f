/** @file How much of the training text each language has, measured on the text itself. */
import type { LanguageCode } from '../../src/facts/index.ts';
import type { Encode } from './batches.ts';
import { corpus, type CorpusOptions } from './corpus.ts';
import { random } from './random.ts';

/** Share of the tokens of so many pairs of sentences, by language, to three digits; they sum to 1 but for rounding. */
export function textShares(
  options: CorpusOptions,
  encode: Encode,
  pairs = 20_000,
): Record<string, number> {
  const stream = corpus(options, random(options.seed));
  const tokens = new Map<LanguageCode, number>();
  for (let i = 0; i < pairs; i++)
    for (const { language, text } of stream.next().value)
      tokens.set(language, (tokens.get(language) ?? 0) + encode(text).length);
  const all = [...tokens.values()].reduce((a, b) => a + b, 0);
  return Object.fromEntries(
    Object.keys(options.languages).map((code) => [
      code,
      Number(((tokens.get(code as LanguageCode) ?? 0) / all).toFixed(3)),
    ]),
  );
}
