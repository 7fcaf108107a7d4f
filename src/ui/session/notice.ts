/** @file What the page tells at its foot, until it is dismissed or replaced. */

export type Notice =
  | { kind: 'bad-link'; detail: string }
  /** Another tab runs, and one at a time may. */
  | { kind: 'busy-elsewhere' }
  /** The engine says nothing for longer than it should. */
  | { kind: 'silent' }
  /** In the page's own words. */
  | { kind: 'message'; words: string }
  /** The detail is English here and below: the engine's words, or the browser's. */
  | { kind: 'action-failed'; detail: string }
  | { kind: 'run-failed'; detail: string }
  | { kind: 'low-space'; detail: string }
  | {
      kind: 'ended';
      ending: 'diverged';
      detail: string;
    };
