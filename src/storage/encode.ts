/** @file Any stored value as bytes and back: JSON, with typed arrays beside it as they are. */

const kinds = { Float32Array, Float64Array, Int32Array, Uint8Array, Uint32Array } as const;
type Kind = keyof typeof kinds;

/** Stands in the JSON for a typed array among the bytes behind it, or for a number that JSON cannot hold. */
interface Stand {
  $array?: [kind: Kind, at: number, length: number];
  $number?: string;
}

/**
 * The JSON's length (uint32, little-endian), the JSON, then the arrays' bytes one behind the other. Throws on what is neither JSON nor
 * one of the typed arrays above.
 */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: Uint8Array[] = [];
  let at = 0;
  const json = JSON.stringify(value, (_key, each: unknown): unknown => {
    if (typeof each === 'number' && !Number.isFinite(each))
      return { $number: String(each) } satisfies Stand;
    if (!ArrayBuffer.isView(each)) return each;
    const kind = each.constructor.name as Kind;
    if (!(kind in kinds)) throw new Error(`A ${kind} cannot be written to a session file.`);
    const stand: Stand = { $array: [kind, at, (each as Uint8Array).length] };
    arrays.push(new Uint8Array(each.buffer, each.byteOffset, each.byteLength));
    at += each.byteLength;
    return stand;
  });
  const text = new TextEncoder().encode(json);
  const bytes = new Uint8Array(4 + text.length + at);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let end = 4 + text.length;
  for (const array of arrays) {
    bytes.set(array, end);
    end += array.length;
  }
  return bytes;
}

/** Reads what `encode` wrote. Throws where the bytes are not that, before it allocates anything by their word. */
export function decode(bytes: Uint8Array<ArrayBuffer>): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 4 + view.getUint32(0, true);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, start));
  return JSON.parse(text, (_key, each: unknown): unknown => {
    const stand = each as Stand | null;
    if (typeof stand?.$number === 'string') return Number(stand.$number);
    if (!Array.isArray(stand?.$array)) return each;
    const [kind, at, length] = stand.$array;
    const make = kinds[kind];
    const from = start + at;
    const end = from + length * make.BYTES_PER_ELEMENT;
    if (!(from >= start && end <= bytes.length)) throw new Error('its numbers are cut off');
    // A copy of its own: an array must begin at a multiple of its element's size.
    return new make(bytes.slice(from, end).buffer);
  });
}
