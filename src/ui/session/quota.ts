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

/** Whether the browser keeps this site's data until the visitor deletes them; null where it does not say. */
export async function isPersisted(): Promise<boolean | null> {
  try {
    return await navigator.storage.persisted();
  } catch {
    return null;
  }
}

/** Asks the browser to keep this site's data; null where it cannot be asked. */
export async function askToPersist(): Promise<boolean | null> {
  try {
    return await navigator.storage.persist();
  } catch {
    return null;
  }
}

/** Three float32 arrays, and about as much again for the record and what the database needs while it writes. */
const bytesPerParameter = 24;

/** There is room for fewer than forty more checkpoints of an adapter with so many parameters. */
export function isLow({ left }: Space, adapterParameters: number): boolean {
  return left < 40 * bytesPerParameter * adapterParameters;
}
