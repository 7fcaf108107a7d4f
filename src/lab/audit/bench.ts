/** @file Where an examination is made: the model, in small portions, so that progress shows and it can be stopped. */
import type { CausalLM, Continuation, Prompt, Score } from '../../model/index.ts';
import type { Ask } from '../run/ask.ts';

/** Raised between two portions when somebody asked to stop. */
export class Stopped extends Error {
  constructor() {
    super('The examination was stopped.');
    this.name = 'Stopped';
  }
}

export interface Bench {
  model: CausalLM;
  /**
   * 0 to 1, within one examination of one state. Lets other things be heard, such as a wish to stop: then it rejects with `Stopped`.
   */
  report(fraction: number): Promise<void>;
}

/** Sentences scored at once. */
const portion = 48;

/**
 * Scores everything that `plan` asks and returns what `plan`'s result makes of it. Sentences of about the same length are scored
 * together, since a batch is padded to its longest.
 */
export async function scored<T>(bench: Bench, plan: (ask: Ask) => () => T): Promise<T> {
  const { model } = bench;
  const items: { asked: Continuation; tokens: number; score: Score }[] = [];
  const result = plan((prompt, continuation) => {
    const item = {
      asked: { prompt, continuation },
      tokens: lengthOf(model, prompt) + model.encode(continuation).length,
      score: { logProb: NaN, isGreedy: false },
    };
    items.push(item);
    return () => item.score;
  });
  const ordered = [...items].sort((a, b) => a.tokens - b.tokens);
  for (let at = 0; at < ordered.length; at += portion) {
    await bench.report(at / ordered.length);
    const part = ordered.slice(at, at + portion);
    const scores = await model.score(part.map(({ asked }) => asked));
    part.forEach((item, index) => {
      item.score = scores[index] ?? item.score;
    });
  }
  await bench.report(1);
  return result();
}

/** About how many tokens a prompt has; a conversation's turns without what its template puts around them. */
function lengthOf(model: CausalLM, prompt: Prompt): number {
  const texts =
    typeof prompt === 'string' ? [prompt] : prompt.messages.map(({ content }) => content);
  return texts.reduce((sum, text) => sum + model.encode(text).length, 0);
}
