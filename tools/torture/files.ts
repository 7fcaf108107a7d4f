/**
 * @file Damaged files of every kind: each is read, or refused in words that a visitor can read, in time. What does neither is reduced to a
 * small case, and kept in `corpus`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { uniform } from 'lethe-lora/engine';
import { apply, drawEdits, reduce, type Edit } from './edits.ts';
import readers, { endReaders, type Bytes, type Reader } from './readers.ts';

const corpus = join(import.meta.dirname, 'corpus');
/** The case in work, for whoever finds that it never ends. */
const current = '.cache/torture/current.json';
/** Milliseconds that reading a damaged file may take, and after which it counts as endless. */
const slow = 3000;
const endless = 60_000;
/** Bytes up to which a kept case is the file itself: what it was made from may change. */
const smallCase = 6000;

export interface Case {
  kind: string;
  /** What was wrong when it was found. */
  was: string;
  /** The file in base64, or what was done to the kind's good one. */
  file?: string;
  edits?: readonly Edit[];
}

/** What is wrong with how a file was read; null where it was read, or refused in words. */
export async function fault({ read }: Reader, bytes: Bytes): Promise<string | null> {
  const since = performance.now();
  try {
    await read(bytes);
  } catch (error) {
    if (!isFit(error))
      return `thrown: ${error instanceof Error ? (error.stack ?? '') : String(error)}`;
  }
  const took = performance.now() - since;
  return took > slow ? `took ${took.toFixed(0)} ms` : null;
}

/** Errors that the language throws tell a reader nothing; a sentence has an end, and is shorter than a page. */
function isFit(error: unknown): boolean {
  if (!(error instanceof Error) || error.message === '' || error.message.length > 3000)
    return false;
  return ![TypeError, RangeError, ReferenceError, SyntaxError, URIError, EvalError].some(
    (raw) => error instanceof raw,
  );
}

/** Reads damaged files until there are so many or the time is over. Gives how many were read, and the faults. */
export async function tortureFiles(
  seed: number,
  { count, until }: { count: number; until: number },
): Promise<{ count: number; faults: Case[] }> {
  const draw = uniform(seed);
  const goods = new Map<Reader, Awaited<ReturnType<Reader['good']>>>();
  for (const reader of readers) {
    const good = await reader.good();
    const wrong = await fault(reader, good.bytes);
    if (wrong !== null) throw new Error(`The good ${reader.kind} is not read: ${wrong}`);
    goods.set(reader, good);
  }
  const watch = watchdog();
  const faults: Case[] = [];
  let done = 0;
  for (; done < count && Date.now() < until; done++) {
    const reader = byShare(draw());
    const { bytes, json } = goods.get(reader) as Awaited<ReturnType<Reader['good']>>;
    // Half of the edits of a file with a part in JSON meet that part.
    const part = json && draw() < 0.6 ? { ...json, json: true } : {};
    const edits = drawEdits(bytes, draw, part);
    const whole = (list: readonly Edit[]) => repaired(reader, bytes, list);
    watch.begin({ kind: reader.kind, was: 'never ended', edits });
    const was = await fault(reader, whole(edits));
    if (was === null || faults.some((known) => sameFault(known.was, was))) continue;
    const least = await reduce(edits, async (list) => {
      const now = await fault(reader, whole(list));
      return now !== null && sameFault(now, was);
    });
    faults.push(keep({ kind: reader.kind, was, edits: least }, whole(least)));
  }
  watch.end();
  await endReaders();
  return { count: done, faults };
}

/** The same line of the same file threw. */
function sameFault(a: string, b: string): boolean {
  const place = (text: string): string =>
    text.split('\n').find((line) => /\s+at /.test(line)) ?? text;
  return place(a) === place(b);
}

/** A safetensors file whose header was edited tells the new length, or nothing behind it would be reached. */
function repaired({ kind }: Reader, bytes: Bytes, edits: readonly Edit[]): Bytes {
  const damaged = apply(bytes, edits);
  if (!/safetensors|^checkpoint$/.test(kind) || damaged.length < 8) return damaged;
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const isInside = edits.every(({ at, removed }) => at >= 8 && at + removed <= 8 + length);
  if (!isInside) return damaged;
  const grown = edits.reduce(
    (sum, { removed, inserted }) => sum - removed + Buffer.from(inserted, 'base64').length,
    length,
  );
  new DataView(damaged.buffer).setBigUint64(0, BigInt(grown), true);
  return damaged;
}

function byShare(drawn: number): Reader {
  let left = drawn * readers.reduce((sum, { share }) => sum + share, 0);
  return readers.find(({ share }) => (left -= share) < 0) ?? (readers[0] as Reader);
}

function keep(found: Case, bytes: Bytes): Case {
  const { kind, was, edits } = found;
  const small = bytes.length <= smallCase;
  const kept: Case = small
    ? { kind, was, file: Buffer.from(bytes).toString('base64') }
    : { kind, was, ...(edits && { edits }) };
  const text = `${JSON.stringify({ ...kept, was: was.split('\n').slice(0, 2).join(' ') }, null, 2)}\n`;
  const name = createHash('sha256').update(text).digest('hex').slice(0, 10);
  writeFileSync(join(corpus, `${kind.replace(/\W+/g, '-')}-${name}.json`), text);
  return kept;
}

/** The cases that were found before. */
export function keptCases(): { name: string; found: Case }[] {
  return readdirSync(corpus)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({
      name,
      found: JSON.parse(readFileSync(join(corpus, name), 'utf8')) as Case,
    }));
}

/** Reads a kept case again; null where all is well. */
export async function replay({ kind, file, edits = [] }: Case): Promise<string | null> {
  const reader = readers.find((each) => each.kind === kind);
  if (!reader) return `there is no kind ${kind}`;
  const bytes =
    file === undefined
      ? repaired(reader, (await reader.good()).bytes, edits)
      : new Uint8Array(Buffer.from(file, 'base64'));
  return fault(reader, bytes);
}

/** Ends the process where one case never ends: nothing else can interrupt a loop. */
function watchdog(): { begin: (found: Case) => void; end: () => void } {
  mkdirSync('.cache/torture', { recursive: true });
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const source = `const { workerData } = require('node:worker_threads');
    let last = 0, silent = 0;
    setInterval(() => {
      const now = Atomics.load(workerData, 0);
      silent = now === last ? silent + 1000 : 0;
      last = now;
      if (silent < ${endless}) return;
      console.error('Reading never ends: the case is in ${current}');
      process.kill(process.pid, 'SIGKILL');
    }, 1000);`;
  const worker = new Worker(source, { eval: true, workerData: beats });
  worker.unref();
  return {
    begin: (found) => {
      Atomics.add(beats, 0, 1);
      writeFileSync(current, JSON.stringify(found));
    },
    end: () => void worker.terminate(),
  };
}
