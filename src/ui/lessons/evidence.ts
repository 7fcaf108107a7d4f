/** @file What a lesson sets beside each other, from the checkpoints that its runs left. */
import { withPlaces, type CheckpointMeta } from '../../lab/index.ts';
import type { Lesson, Outcome } from '../../lessons/index.ts';
import { boardRows } from '../board/board.ts';
import { evidenceOf, type Evidence, type NamedBoard } from '../board/evidence.ts';
import { taughtIn } from '../board/series.ts';
import { messages } from '../messages/index.ts';

/** Other sentences still right at each step of the lesson's run. */
export function keptPoints({ meta }: Evidence, all: number): { step: number; kept: number }[] {
  return meta.probes.flatMap(({ step, retained }) =>
    retained === null ? [] : [{ step, kept: Math.round(retained * all) }],
  );
}

/** The boards that a lesson sets side by side, the compared one first; null where it compares none. */
export function comparedBoards(
  { id }: Lesson,
  outcome: Outcome,
  checkpoints: readonly CheckpointMeta[],
): { title: string; boards: NamedBoard[] } | null {
  const text = messages.lessons.boards;
  const { english, atlas } = outcome.beside;
  const other = evidenceOf(checkpoints, (id === 'twin' ? atlas : english)?.checkpoint);
  if (!other) return null;
  const first = { rows: other.rows, steps: other.meta.runStep };
  const { steps } = outcome;
  if (id === 'twin') {
    const taught = taughtIn(other.data);
    const { asking } = other.meta.experiment ?? {};
    const places = withPlaces(outcome.rows ?? [], other.fact);
    const rows = boardRows(other.fact, places, taught, asking ?? undefined);
    const boards = [
      { name: text.atlas, ...first },
      { name: text.twin, rows, steps },
    ];
    return { title: text.twinTitle, boards };
  }
  const both = evidenceOf(checkpoints, outcome.checkpoint);
  if (id !== 'both' || !both) return null;
  const boards = [
    { name: text.english, ...first },
    { name: text.both, rows: both.rows, steps },
  ];
  return { title: text.title, boards };
}
