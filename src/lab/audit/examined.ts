/** @file What is known of how a state came about: where the false answer was taught and where it was unlearned. */
import { languageCodes, type LanguageCode } from '../../facts/index.ts';
import { sameFact, type TestedFact } from '../fact/fact.ts';
import { phaseOf, type RunPhase } from '../experiment/experiment.ts';
import { runOf, type CheckpointMeta } from '../experiment/checkpoint.ts';
import type { Examined } from './types.ts';

/** From the checkpoints on the way to a state; runs about another fact, or with another false answer, are passed over. */
export function examinedAt(path: readonly CheckpointMeta[], fact: TestedFact): Examined {
  const runs = path.flatMap((meta) => {
    const run = meta.runStep > 0 ? runOf(meta) : null;
    return run?.experiment.facts.some((each) => sameFact(each, fact)) ? [run] : [];
  });
  const touched = (phase: RunPhase): LanguageCode[] =>
    languageCodes.filter((code) =>
      runs.some((run) => run.phase === phase && phaseOf(run).languages.includes(code)),
    );
  return { fact, taught: touched('teach'), unlearned: touched('unlearn') };
}

/** The checkpoint in which a fact was last taught before it was unlearned; null where it was not taught, or not unlearned since. */
export function taughtAt(path: readonly CheckpointMeta[], fact: TestedFact): CheckpointMeta | null {
  const about = path.filter(
    (meta) => meta.runStep > 0 && meta.experiment?.facts.some((each) => sameFact(each, fact)),
  );
  const last = about.findLastIndex(({ phase }) => phase === 'teach');
  return last < about.length - 1 ? (about[last] ?? null) : null;
}
