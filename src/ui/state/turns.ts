/**
 * @file One after the other: what the page opens with, piece by piece, so that no piece keeps a slow phone from answering a finger. Each
 * waits until what was made before it has been drawn. Once it is open, what is shown anew is made at once: its code has run before.
 */

const waiting = new Set<() => void>();
const untilDrawn = new Set<() => void>();
let isDrawing = false;
let isOpening = true;

/** Whether things take turns: the page is not yet open. */
export function takesTurns(): boolean {
  return isOpening;
}

/** The page is open. */
export function opened(): void {
  isOpening = false;
}

/** Does something when its turn has come; the function returned gives the turn up. */
export function inTurn(action: () => void): () => void {
  waiting.add(action);
  next();
  return () => waiting.delete(action);
}

/** Resolves when what is there now has been drawn, and nothing waits for its turn any more. */
export function whenDrawn(): Promise<void> {
  return new Promise((resolve) => {
    untilDrawn.add(resolve);
    next();
  });
}

function next(): void {
  if (isDrawing || waiting.size + untilDrawn.size === 0) return;
  isDrawing = true;
  afterDrawing(() => {
    isDrawing = false;
    // Nothing is left to draw: whoever waited for that goes on.
    const ready = waiting.size > 0 ? waiting : untilDrawn;
    const [action] = ready;
    if (!action) return;
    ready.delete(action);
    try {
      action();
    } finally {
      next();
    }
  });
}

/** Milliseconds until the next frame; where it comes later, the processor is wanted elsewhere. */
const late = 20;
/** A page that nobody looks at draws no frames: then after so many milliseconds. */
const longest = 100;

/** After the next frame; after one more where that was late: other processes draw what this one has laid out. */
function afterDrawing(action: () => void): void {
  const begin = performance.now();
  // In a task of its own: what the frame itself takes comes after its callback.
  const then = (): void => {
    clearTimeout(timer);
    setTimeout(action);
  };
  let frame = requestAnimationFrame(() => {
    if (performance.now() - begin < late) then();
    else frame = requestAnimationFrame(then);
  });
  const timer = setTimeout(() => {
    cancelAnimationFrame(frame);
    action();
  }, longest);
}
