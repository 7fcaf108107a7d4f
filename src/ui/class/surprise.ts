/** @file *Surprise me*: a fact that the model is sure of, a lie about it, and a language to tell it in. */
import type { LanguageCode } from '../../facts/index.ts';
import { chooseFalseFacts, type FalseFact, type Probe } from '../../lab/index.ts';

/** Facts that are tried, and the languages, of twelve, in which the model must say the truth. */
const tries = 8;
const least = 9;

export interface Surprise {
  fact: FalseFact;
  language: LanguageCode;
}

/**
 * Tries facts until the model says the truth of one in most languages; else the one of which it said it most often. The same seed tries the
 * same ones. Null where it cannot be asked.
 */
export async function surprise(
  ask: (fact: FalseFact) => Promise<Probe | null>,
  seed: number,
): Promise<Surprise | null> {
  let best: { fact: FalseFact; sure: LanguageCode[] } | null = null;
  for (const fact of chooseFalseFacts(tries, seed)) {
    const rows = (await ask(fact))?.rows;
    if (!rows) return null;
    const sure = rows
      .filter(({ answerClass }) => answerClass === 'true')
      .map(({ language }) => language);
    if (!best || sure.length > best.sure.length) best = { fact, sure };
    if (sure.length >= least) break;
  }
  const language = best?.sure[seed % best.sure.length];
  return best && language ? { fact: best.fact, language } : null;
}
