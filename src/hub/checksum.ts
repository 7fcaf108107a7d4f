/** @file SHA-256 of a file that is too long to be held at once: it is read and hashed in pieces. */

/** A file that is open: reads into `bytes` from the place `at` on, and says how many it read. */
export interface Readable {
  getSize(): number;
  read(bytes: Uint8Array, options: { at: number }): number;
}

/** Bytes that are read at a time. */
const piece = 2 ** 24;

/**
 * SHA-256 of a whole file, hexadecimal. `crypto.subtle` takes a file in one piece only, which a browser has no room for; the library is
 * fetched when the first file is to be checked. Throws the signal's reason.
 */
export async function sha256Of(file: Readable, signal: AbortSignal): Promise<string> {
  const { createSHA256 } = await import('hash-wasm');
  const hash = (await createSHA256()).init();
  const size = file.getSize();
  const bytes = new Uint8Array(Math.min(size, piece));
  for (let at = 0; at < size;) {
    const read = file.read(bytes, { at });
    if (read === 0) break;
    hash.update(bytes.subarray(0, read));
    at += read;
    // Lets the word arrive that it shall stop.
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
  }
  return hash.digest('hex');
}
