/** @file Progress that is told seldom: what is told more often is drawn again and again, by a processor that has better to do. */

/** Milliseconds from one telling to the next. */
const tellEvery = 100;

/** A function of bytes that are here and bytes in all, which calls `tell` at most ten times a second, and at the end in any case. */
export function seldom(
  tell: (loaded: number, total: number) => void,
): (loaded: number, total: number) => void {
  let told = -Infinity;
  return (loaded, total) => {
    const now = performance.now();
    if (now - told < tellEvery && loaded < total) return;
    told = now;
    tell(loaded, total);
  };
}
