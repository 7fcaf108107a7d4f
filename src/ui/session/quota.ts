/** @file How much room the browser gives this site, and when to say that it is running out. */

/** Bytes in use and bytes left, as the browser estimates them. */
export interface Space {
  used: number;
  left: number;
}

/** Null where the browser does not say. */
export async function measureSpace(): Promise<Space | null> {
  try {
    const { usage, quota } = await navigator.storage.estimate();
    if (usage === undefined || quota === undefined) return null;
    return { used: usage, left: Math.max(0, quota - usage) };
  } catch {
    return null;
  }
}

/** Three float32 arrays, and about as much again for the record and what the database needs while it writes. */
const bytesPerParameter = 24;

/** There is room for fewer than ten more checkpoints of an adapter with so many parameters. */
export function isLow({ left }: Space, adapterParameters: number): boolean {
  return left < 10 * bytesPerParameter * adapterParameters;
}
