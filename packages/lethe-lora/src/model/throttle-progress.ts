/** @file Throttles progress callbacks to ten a second. */

/** Milliseconds between two calls. */
const interval = 100;

/** Calls `report(loaded, total)`, in bytes, at most ten times a second, and always at the end. */
export function throttleProgress(
  report: (loaded: number, total: number) => void,
): (loaded: number, total: number) => void {
  let reported = -Infinity;
  return (loaded, total) => {
    const now = performance.now();
    if (now - reported < interval && loaded < total) return;
    reported = now;
    report(loaded, total);
  };
}
