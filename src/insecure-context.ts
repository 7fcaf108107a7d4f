/**
 * @file What a browser withholds from a page that came over an unencrypted connection, such as http on a local network, and that the engine
 * cannot do without: SHA-256, and names that nobody else has given.
 */

/** Gives `crypto` the two functions that Lethe uses of it where it lacks them; to be called before anything else in the page and in workers. */
export function completeCrypto(target: Partial<Crypto> = crypto): void {
  // Absent there, whatever TypeScript believes.
  if (target.subtle === undefined) define(target, 'subtle', { digest });
  if (target.randomUUID === undefined) define(target, 'randomUUID', randomUuid);
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true });
}

/** As `SubtleCrypto.digest`, of SHA-256 alone. The library is fetched when the first digest is wanted. */
async function digest(
  algorithm: string,
  data: ArrayBuffer | ArrayBufferView,
): Promise<ArrayBuffer> {
  if (algorithm !== 'SHA-256')
    throw new Error(`There is no ${algorithm} without an encrypted connection.`);
  const { createSHA256 } = await import('hash-wasm');
  const hash = (await createSHA256()).init();
  hash.update(
    ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data),
  );
  return hash.digest('binary').slice().buffer as ArrayBuffer;
}

/** A random UUID, version 4 (RFC 9562). */
function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
