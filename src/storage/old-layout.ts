/** @file For tests: databases and files as earlier versions of the page (up to 5ac3a56) wrote them. */
import type { StoredCheckpoint } from './checkpoint-file.ts';
import { sha256 } from './sha256.ts';

/** What an earlier version stored, by database and store; `keyPath` where keys lie in the values. */
export interface OldDatabases {
  lethe: Record<'checkpoints' | 'states' | 'settings', [key: string, value: unknown][]>;
  'lethe-facts': Record<'facts' | 'settings', [key: string, value: unknown][]>;
  'lethe-sweeps': Record<'sweeps' | 'rows', unknown[]>;
}

/**
 * Makes the three databases of version 1 and fills them. It stands alone, so that it can be run in a page (`page.evaluate`) as well.
 */
export async function makeOldDatabases(content: Partial<OldDatabases>): Promise<void> {
  const keyPaths = new Map<string, string | string[]>([
    ['sweeps', 'id'],
    ['rows', ['sweep', 'at']],
  ]);
  for (const [name, stores] of Object.entries(content)) {
    await new Promise<void>((resolve, reject) => {
      const opening = indexedDB.open(name, 1);
      opening.onupgradeneeded = () => {
        for (const store of Object.keys(stores)) {
          const keyPath = keyPaths.get(store);
          opening.result.createObjectStore(store, keyPath === undefined ? {} : { keyPath });
        }
      };
      opening.onerror = () => {
        reject(opening.error ?? new Error('It could not be opened.'));
      };
      opening.onsuccess = () => {
        const database = opening.result;
        const transaction = database.transaction(Object.keys(stores), 'readwrite');
        for (const [store, entries] of Object.entries(stores) as [string, unknown[]][])
          for (const entry of entries) {
            if (keyPaths.has(store)) transaction.objectStore(store).put(entry);
            else {
              const [key, value] = entry as [string, unknown];
              transaction.objectStore(store).put(value, key);
            }
          }
        transaction.oncomplete = () => {
          database.close();
          resolve();
        };
        transaction.onabort = () => {
          reject(transaction.error ?? new Error('It could not be filled.'));
        };
      };
    });
  }
}

/** `LETHE1\n`, the header's length, the header, three arrays. */
export function oldCheckpointFile({
  record,
  state,
}: Pick<StoredCheckpoint, 'record' | 'state'>): Uint8Array<ArrayBuffer> {
  const { values, moment1, moment2, step } = state;
  const header = JSON.stringify({ meta: record, optimiserStep: step, length: values.length });
  return joined('LETHE1\n', framed(header), values, moment1, moment2);
}

/** `LETHES1\n` and a record for each thing; values as JSON with typed arrays beside it. */
export async function oldSessionFile(
  things: readonly { kind: string; key: string; name: string; value: unknown }[],
): Promise<Uint8Array<ArrayBuffer>> {
  const mark = Uint8Array.from([0x89, 0x4c, 0x52, 0x45, 0x43, 0x0d, 0x0a, 0x1a]);
  const parts: Uint8Array[] = [joined('LETHES1\n')];
  const digests: string[] = [];
  const add = (header: object, body: Uint8Array): void => {
    parts.push(joined(mark, framed(JSON.stringify(header)), body));
  };
  for (const { kind, key, name, value } of things) {
    const body = encoded(value);
    const digest = await sha256(joined(JSON.stringify([kind, key]), body));
    digests.push(digest);
    add({ kind, key, name, length: body.length, digest }, body);
  }
  const digest = await sha256(joined(digests.join('')));
  add({ kind: 'end', key: '', name: String(digests.length), length: 0, digest }, joined());
  return joined(...parts);
}

function encoded(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: Uint8Array[] = [];
  let at = 0;
  const json = JSON.stringify(value, (_key, each: unknown): unknown => {
    if (typeof each === 'number' && !Number.isFinite(each)) return { $number: String(each) };
    if (!(each instanceof Float32Array)) return each;
    const stand = { $array: ['Float32Array', at, each.length] };
    arrays.push(joined(each));
    at += each.byteLength;
    return stand;
  });
  return joined(framed(json), ...arrays);
}

/** A text behind its length in bytes (uint32, little-endian). */
function framed(text: string): Uint8Array<ArrayBuffer> {
  const bytes = joined(text);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length, true);
  return joined(length, bytes);
}

function joined(...parts: (string | ArrayBufferView)[]): Uint8Array<ArrayBuffer> {
  const all = parts.map((part) =>
    typeof part === 'string'
      ? new TextEncoder().encode(part)
      : new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
  );
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
