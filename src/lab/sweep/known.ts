/** @file False facts about what a model knows: only what it says right can be unsettled. */
import { languageCodes } from '../../facts/index.ts';
import type { CausalLM } from 'lethe-lora/engine';
import { chooseFalseFacts } from '../fact/false-facts.ts';
import { probe } from '../run/probe.ts';
import type { FalseFact } from '../fact/fact.ts';

/** Candidates looked at before the best of them have to do. */
const most = 40;

/** Languages that may get the truth wrong where a fact counts as known. */
const mayMiss = 1;

/**
 * The first `count` of the seeded false facts whose truth the untouched model says in all languages but one; where there are too few,
 * those that it says in most. Leaves the model with a fresh adapter. `onAsked` is told after each question.
 */
export async function knownFalseFacts(
  model: CausalLM,
  count: number,
  onAsked: (asked: number) => void = () => undefined,
): Promise<FalseFact[]> {
  await model.setState(model.freshState());
  const asked: { fact: FalseFact; right: number }[] = [];
  const enough = languageCodes.length - mayMiss;
  const isKnown = ({ right }: { right: number }): boolean => right >= enough;
  for (const fact of chooseFalseFacts(most)) {
    const { rows } = await probe(model, fact, { step: 0, withAnswers: true, retainSet: [] });
    asked.push({ fact, right: rows.filter(({ answerClass }) => answerClass === 'true').length });
    onAsked(asked.length);
    if (asked.filter(isKnown).length === count) break;
  }
  const order = asked.map((each, index) => ({ ...each, index, known: isKnown(each) }));
  return order
    .sort((a, b) =>
      a.known || b.known
        ? Number(b.known) - Number(a.known) || a.index - b.index
        : b.right - a.right || a.index - b.index,
    )
    .slice(0, count)
    .map(({ fact }) => fact);
}
