/** @file What a run left to be looked at: the board, the order of arrival and the chart, from its checkpoint. */
import { withPlaces, type CheckpointMeta, type TestedFact } from '../../lab/index.ts';
import { boardRows, type BoardRow } from './board.ts';
import { chartData, taughtIn, type ChartData } from './series.ts';

export interface Evidence {
  fact: TestedFact;
  meta: CheckpointMeta;
  rows: BoardRow[];
  data: ChartData;
  /** Share of the kept sentences that are right; null where they were not asked. */
  retained: number | null;
}

/** A state's board beside others: what it is called, and the steps that its run took. */
export interface NamedBoard {
  name: string;
  rows: readonly BoardRow[];
  steps: number;
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
