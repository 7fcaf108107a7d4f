/** @file The history as a tree in rows: where each checkpoint stands and how it hangs on its parent. */
import type { CheckpointMeta } from '../../lab/index.ts';

export interface TreeRow {
  meta: CheckpointMeta;
  /** Column of the dot; a child that goes straight on stays in its parent's. */
  lane: number;
  /** Row and lane of the parent, or null for a root. */
  parent: { row: number; lane: number } | null;
}

/**
 * Depth first, so that a branch stays together. The oldest child goes straight on in its parent's lane when it is an only
 * child; where a checkpoint has several, each later one opens the next free lane to the side.
 * A checkpoint whose parent is gone counts as a root.
 */
export function treeRows(checkpoints: readonly CheckpointMeta[]): TreeRow[] {
  const known = new Set(checkpoints.map(({ id }) => id));
  const children = new Map<string | null, CheckpointMeta[]>();
  for (const meta of [...checkpoints].sort((a, b) => a.createdAt - b.createdAt)) {
    const parent = meta.parent !== null && known.has(meta.parent) ? meta.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), meta]);
  }
  const rows: TreeRow[] = [];
  let lanes = 0;
  const visit = (meta: CheckpointMeta, lane: number, parent: TreeRow['parent']): void => {
    lanes = Math.max(lanes, lane + 1);
    const row = rows.push({ meta, lane, parent }) - 1;
    const [straight, ...aside] = children.get(meta.id) ?? [];
    if (straight) visit(straight, lane, { row, lane });
    for (const branch of aside) visit(branch, lanes, { row, lane });
  };
  for (const root of children.get(null) ?? []) visit(root, rows.length === 0 ? 0 : lanes, null);
  return rows;
}

/** Where a lane stands, in pixels from the tree's beginning. */
export function laneX(lane: number): number {
  return 12 + 16 * lane;
}

/** Width of a tree's lines, in pixels. */
export function treeWidth(rows: readonly TreeRow[]): number {
  return laneX(rows.reduce((most, { lane }) => Math.max(most, lane + 1), 1));
}
