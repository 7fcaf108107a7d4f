/** @file Which states of a long history can go. No effects here. */
import type { CheckpointMeta } from '../../lab/index.ts';

/**
 * Ids of the checkpoints to delete so that of those in between every n-th is left, the oldest first. What no run made, the ends of branches,
 * what was stopped and can go on, and what a later one needs (the start of a stopped run, the lesson that was unlearned) stay.
 */
export function thinned(
  checkpoints: readonly CheckpointMeta[],
  every: number,
  isSpared: (meta: CheckpointMeta) => boolean,
): string[] {
  const children = new Map<string | null, CheckpointMeta[]>();
  for (const meta of checkpoints) {
    const own = children.get(meta.parent);
    if (own) own.push(meta);
    else children.set(meta.parent, [meta]);
  }
  const between = checkpoints.filter((meta) => {
    const own = children.get(meta.id) ?? [];
    const isNeeded = own.some(
      (child) =>
        child.ending === 'stopped' || (child.phase === 'unlearn' && meta.phase === 'teach'),
    );
    return (
      meta.experiment !== null &&
      meta.ending !== 'stopped' &&
      own.length > 0 &&
      !isNeeded &&
      !isSpared(meta)
    );
  });
  return between
    .sort((a, b) => a.createdAt - b.createdAt)
    .filter((_, index) => (index + 1) % every !== 0)
    .map(({ id }) => id);
}
