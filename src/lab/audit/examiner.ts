/** @file Scores in batches of 48, so that an audit can report progress and be cancelled. */
import {
  isSlow,
  type CausalLM,
  type Continuation,
  type Prompt,
  type Score,
} from 'lethe-lora/engine';
import type { LanguageCode } from '../../facts/index.ts';
import { languagesOf } from '../fact/wording.ts';
import { unscored, type Ask } from '../run/ask.ts';
import type { Examined } from './types.ts';

/** Raised between two batches when somebody asked to stop. */
export class Stopped extends Error {
  constructor() {
    super('The examination was stopped.');
    this.name = 'Stopped';
  }
}

/** What an examination is given: the model, and where to report how far it is. */
export interface Examiner {
  model: CausalLM;
  /**
   * 0 to 1, within one examination of one state. Yields to other tasks, and rejects with `Stopped` where one asked to stop.
   */
  report(fraction: number): Promise<void>;
}

/**
 * The languages of an examination that asks many times in each: all of the fact's; of a slow model those in which it was taught and
 * unlearned, and one to which nothing was done.
 */
export function languagesToExamine(
  { info }: Pick<CausalLM, 'info'>,
  { fact, taught, unlearned }: Pick<Examined, 'fact' | 'taught' | 'unlearned'>,
): LanguageCode[] {
  const all = [...languagesOf(fact)];
  if (!isSlow(info)) return all;
  const done = all.filter((code) => taught.includes(code) || unlearned.includes(code));
  const other = all.find((code) => !done.includes(code));
  return all.filter((code) => done.includes(code) || code === other);
}

/** Sentences in a batch. */
const batchSize = 48;

/**
 * Scores everything that `plan` asks and returns what `plan`'s result makes of it. Sentences of about the same length are scored
 * together, since a batch is padded to its longest.
 */
export async function scored<T>(examiner: Examiner, plan: (ask: Ask) => () => T): Promise<T> {
  const { model } = examiner;
  const items: { asked: Continuation; tokens: number; score: Score }[] = [];
  const result = plan((prompt, continuation) => {
    const item = {
      asked: { prompt, continuation },
      tokens: lengthOf(model, prompt) + model.encode(continuation).length,
      score: unscored,
    };
    items.push(item);
    return () => item.score;
  });
  const ordered = [...items].sort((a, b) => a.tokens - b.tokens);
  for (let at = 0; at < ordered.length; at += batchSize) {
    await examiner.report(at / ordered.length);
    const part = ordered.slice(at, at + batchSize);
    const scores = await model.score(part.map(({ asked }) => asked));
    part.forEach((item, index) => {
      item.score = scores[index] ?? item.score;
    });
  }
  await examiner.report(1);
  return result();
}

/** About how many tokens a prompt has; a conversation's turns without what its template puts around them. */
function lengthOf(model: CausalLM, prompt: Prompt): number {
  const texts =
    typeof prompt === 'string' ? [prompt] : prompt.messages.map(({ content }) => content);
  return texts.reduce((sum, text) => sum + model.encode(text).length, 0);
}
