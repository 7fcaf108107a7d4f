/** @file What a lesson's run left to be looked at: the board, the order of arrival and the chart, from its checkpoint. */
import { withPlaces, type CheckpointMeta, type TestedFact } from '../../lab/index.ts';
import type { Lesson, Outcome } from '../../lessons/index.ts';
import { boardRows, type BoardRow } from '../board/board.ts';
import { messages } from '../messages/index.ts';
import { chartData, taughtIn, type ChartData } from '../board/series.ts';

export interface Evidence {
  fact: TestedFact;
  meta: CheckpointMeta;
  rows: BoardRow[];
  data: ChartData;
  /** Share of the kept sentences that are right; null where they were not asked. */
  retained: number | null;
}

/** What a checkpoint measured; null where it is no longer in the history. */
export function evidenceOf(
  checkpoints: readonly CheckpointMeta[],
  id: string | undefined,
): Evidence | null {
  const meta = checkpoints.find((each) => each.id === id);
  const [fact] = meta?.experiment?.facts ?? [];
  const last = meta?.probes.at(-1);
  if (!meta || !fact || !last) return null;
  const data = chartData({ run: null, fact, checkpoints, current: meta.id });
  const rows = withPlaces(last.rows, fact);
  return {
    fact,
    meta,
    data,
    rows: boardRows(fact, rows, taughtIn(data), meta.experiment?.asking ?? undefined),
    retained: last.retained,
  };
}

/** Other sentences still right at each step of the lesson's run. */
export function keptPoints({ meta }: Evidence, all: number): { step: number; kept: number }[] {
  return meta.probes.flatMap(({ step, retained }) =>
    retained === null ? [] : [{ step, kept: Math.round(retained * all) }],
  );
}

/** What two runs left in each language, the compared one first. */
export interface Boards {
  title: string;
  boards: readonly { name: string; rows: readonly BoardRow[]; steps: number }[];
}

/** The boards that a lesson sets side by side; null where it compares none. */
export function comparedBoards(
  { id }: Lesson,
  outcome: Outcome,
  checkpoints: readonly CheckpointMeta[],
): Boards | null {
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
