/** @file A damaged file as what was done to a good one: edits of its bytes, drawn by a seed, that can be left out one by one. */

/** So many bytes at a place give way to others. Places are those of the good file; edits do not overlap and are in order. */
export interface Edit {
  at: number;
  removed: number;
  /** Base64. */
  inserted: string;
}

type Draw = () => number;

export function apply(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { at, removed, inserted } of edits) {
    parts.push(bytes.subarray(from, at), Buffer.from(inserted, 'base64'));
    from = Math.min(bytes.length, at + removed);
  }
  parts.push(bytes.subarray(from));
  return new Uint8Array(Buffer.concat(parts));
}

/** What has broken readers of JSON: wrong kinds, extremes, names of the language, depth. */
const hostile = [
  'null',
  'true',
  '-1',
  '0',
  '1e308',
  '9007199254740993',
  '9e15',
  '0.5',
  '""',
  '[]',
  '{}',
  '[[]]',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '{"__proto__":{"a":1}}',
  '"\\ud800"',
  '"\\u0000"',
  '"country/ZZ"',
  '"../../x"',
  '"=1+1"',
  JSON.stringify('x'.repeat(2000)),
  `${'['.repeat(3000)}${']'.repeat(3000)}`,
  '<!doctype html><title>Sign in</title>',
];

const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/g;

function pick<T>(draw: Draw, items: readonly T[]): T {
  return items[Math.floor(draw() * items.length)] as T;
}

/** One to four edits of a part of a file; of JSON mostly its values and marks. */
export function drawEdits(
  bytes: Uint8Array,
  draw: Draw,
  { from = 0, to = bytes.length, json = false } = {},
): Edit[] {
  const wanted = 1 + Math.floor(draw() ** 2 * 4);
  const places = json ? tokensOf(bytes.subarray(from, to)) : [];
  const edits = Array.from({ length: wanted }, (): Edit => {
    if (places.length > 0 && draw() < 0.85) {
      const { at, length } = pick(draw, places);
      return { at: from + at, removed: length, inserted: toBase64(pick(draw, hostile)) };
    }
    return ofBytes(bytes, draw, from, to);
  });
  return inOrder(edits);
}

function tokensOf(bytes: Uint8Array): { at: number; length: number }[] {
  // Byte for byte: places in the text are places in the bytes.
  const text = Buffer.from(bytes).toString('latin1');
  return [...text.matchAll(token)].map(({ index, 0: { length } }) => ({ at: index, length }));
}

function ofBytes(bytes: Uint8Array, draw: Draw, from: number, to: number): Edit {
  const at = from + Math.floor(draw() * Math.max(1, to - from));
  const length = Math.min(to - at, 1 + Math.floor(draw() ** 3 * 200));
  const random = (count: number): string =>
    Buffer.from(Uint8Array.from({ length: count }, () => draw() * 256)).toString('base64');
  switch (Math.floor(draw() * 7)) {
    case 0: {
      const flipped = (bytes[at] ?? 0) ^ (1 << Math.floor(draw() * 8));
      return { at, removed: 1, inserted: Buffer.from([flipped]).toString('base64') };
    }
    case 1:
      return { at, removed: bytes.length - at, inserted: '' };
    case 2:
      return { at, removed: length, inserted: '' };
    case 3:
      return { at, removed: length, inserted: random(length) };
    case 4:
      return { at, removed: 0, inserted: random(length) };
    case 5:
      return { at, removed: 8, inserted: Buffer.alloc(8, pick(draw, [0, 255])).toString('base64') };
    default:
      return {
        at,
        removed: 0,
        inserted: Buffer.from(bytes.subarray(at, at + length)).toString('base64'),
      };
  }
}

function inOrder(edits: Edit[]): Edit[] {
  const kept: Edit[] = [];
  for (const edit of edits.sort((a, b) => a.at - b.at)) {
    const before = kept.at(-1);
    if (!before || before.at + Math.max(1, before.removed) <= edit.at) kept.push(edit);
  }
  return kept;
}

export function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The fewest edits that still fail: each is left out in turn, and what is inserted is cut in half. */
export async function reduce(
  edits: readonly Edit[],
  fails: (edits: readonly Edit[]) => Promise<boolean>,
): Promise<readonly Edit[]> {
  let smallest = edits;
  for (let at = smallest.length - 1; at >= 0 && smallest.length > 1; at--) {
    const fewer = smallest.filter((_, index) => index !== at);
    if (await fails(fewer)) smallest = fewer;
  }
  for (const [at, edit] of smallest.entries()) {
    const bytes = Buffer.from(edit.inserted, 'base64');
    for (let length = bytes.length >> 1; length > 0; length >>= 1) {
      const inserted = bytes.subarray(0, length).toString('base64');
      const shorter = smallest.map((each, index) => (index === at ? { ...edit, inserted } : each));
      if (!(await fails(shorter))) break;
      smallest = shorter;
    }
  }
  return smallest;
}
