/** @file What a lesson sets beside each other, from the checkpoints that its runs left. */
import type { CheckpointMeta } from '../../lab/index.ts';
import type { Lesson, Outcome } from '../../lessons/index.ts';
import { evidenceOf, type Evidence } from '../board/evidence.ts';

/** Other sentences still right at each step of the lesson's run. */
export function keptPoints({ meta }: Evidence, all: number): { step: number; kept: number }[] {
  return meta.probes.flatMap(({ step, retained }) =>
    retained === null ? [] : [{ step, kept: Math.round(retained * all) }],
  );
}

/** The boards that a lesson sets side by side, the compared one first; null where it compares none. */
export function comparedBoards(
  lesson: Lesson,
  outcome: Outcome,
  checkpoints: readonly CheckpointMeta[],
): { english: Evidence; both: Evidence } | null {
  if (lesson.id !== 'both') return null;
  const english = evidenceOf(checkpoints, outcome.beside.english?.checkpoint);
  const both = evidenceOf(checkpoints, outcome.checkpoint);
  return english && both ? { english, both } : null;
}
