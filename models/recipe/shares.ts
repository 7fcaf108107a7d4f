/** @file How much of the training text each language has, measured on the text itself. */
import type { Encode } from './batches.ts';
import { corpus } from './corpus.ts';
import { phases, type Phase } from './options.ts';
import { random } from './random.ts';

/**
 * Share of each language in the tokens of a whole training of so many steps, from so many pairs of sentences of every phase; to three
 * digits. They sum to 1 but for rounding. `read` changes a phase, as the twin's training does.
 */
export function textShares(
  steps: number,
  encode: Encode,
  { pairs = 8000, read = (phase: Phase) => phase } = {},
): Record<string, number> {
  const shares = new Map<string, number>();
  phases.map(read).forEach((phase, index) => {
    const next = Math.min(phases[index + 1]?.from ?? Infinity, steps + 1);
    const weight = Math.max(0, next - phase.from) / steps;
    if (weight === 0) return;
    const stream = corpus(phase, random(phase.seed));
    const tokens = new Map<string, number>();
    for (let i = 0; i < pairs; i++)
      for (const { language, text } of stream.next().value)
        tokens.set(language, (tokens.get(language) ?? 0) + encode(text).length);
    const all = [...tokens.values()].reduce((a, b) => a + b, 0);
    for (const [code, count] of tokens)
      shares.set(code, (shares.get(code) ?? 0) + (weight * count) / all);
  });
  return Object.fromEntries(
    Object.keys(phases[0]?.languages ?? {}).map((code) => [
      code,
      Number((shares.get(code) ?? 0).toFixed(3)),
    ]),
  );
}
