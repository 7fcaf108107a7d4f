/** @file What an engine says of itself beside its answers: that its code runs, or that it is lost. Both ends of the port know it. */

export type EngineWord =
  | { engine: 'started' }
  | { engine: 'here' }
  | { engine: 'not-started' | 'crashed' | 'memory' | 'gpu-lost'; detail: string };

/** What the page asks an engine for a word with. */
export const areYouThere = { engine: 'there?' } as const;

/** The word in a message of a worker; null for any other message. */
export function engineSays(data: unknown): EngineWord | null {
  return typeof data === 'object' && data !== null && 'engine' in data
    ? (data as EngineWord)
    : null;
}

/** Says it to the page, in a worker. */
export function sayToPage(word: EngineWord): void {
  (self as unknown as Pick<Worker, 'postMessage'>).postMessage(word);
}
