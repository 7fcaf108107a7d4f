/** @file Fetches one file into its place, from where an earlier attempt broke; what came is checked, and thrown away where it is not the file. */
import { sha256Of, type Readable } from './checksum.ts';
import { HubError, refuseAnswer, secondsToWait, type Failure } from './failure.ts';
import type { ListedFile } from './variants.ts';

/** The part of `FileSystemSyncAccessHandle` that is used; TypeScript has it only in its worker library. */
export interface FileAccess extends Readable {
  truncate(size: number): void;
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}

/** A file on the Hub and its model. */
export interface RemoteFile extends ListedFile {
  id: string;
  revision: string;
  url: string;
}

/** What a download does while no bytes come. */
export type Pause = { kind: 'checking'; path: string } | { kind: 'waiting'; seconds: number };

export interface Progress {
  /** Bytes of the file that are here. */
  arrived: (length: number) => void;
  paused: (pause: Pause) => void;
}

/** Attempts without a single new byte before it is given up, and the first wait between them, in milliseconds; each is twice the last. */
const attempts = 5;
const firstWait = 400;

/** Seconds that a server may ask to wait; where it asks for more, the person is told. */
const longestWait = 60;

/** Bytes after which what was written is sent to the disk. */
const flushEvery = 2 ** 24;

/** Why an answer ended before the file did, for a reason that another attempt may mend. */
interface Broken {
  failure: Failure;
  /** Seconds that the server asks to wait. */
  wait?: number | null;
}

/**
 * Fetches what is missing of a file. A dropped connection is taken up where it broke, by a request for the rest. Bytes stay for the next
 * time, unless they are found not to be the file's: of an answer that ended whole with another length, or by the SHA-256 of the whole
 * file where the Hub tells it. Throws `HubError`, or the signal's reason.
 */
export async function fetchFile(
  file: RemoteFile,
  access: FileAccess,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { path, size } = file;
  if (access.getSize() > size) access.truncate(0);
  for (let tries = 0; access.getSize() < size;) {
    signal.throwIfAborted();
    const before = access.getSize();
    const broken = await fetchRest(file, access, progress, signal);
    if (!broken) break;
    if (access.getSize() > before) tries = 0;
    if (++tries >= attempts) throw new HubError(broken.failure);
    const { wait } = broken;
    if (wait != null && wait > longestWait) throw new HubError(broken.failure);
    if (wait != null) progress.paused({ kind: 'waiting', seconds: wait });
    await pause(wait != null ? wait * 1000 : firstWait * 2 ** (tries - 1), signal);
  }
  if (file.sha256 !== undefined) {
    access.flush();
    progress.paused({ kind: 'checking', path });
    if ((await sha256Of(access, signal)) !== file.sha256) {
      access.truncate(0);
      throw new HubError({ kind: 'checksum', path });
    }
  }
  progress.arrived(size);
}

/** Asks for what is missing and writes it as it comes; null when the file is as long as it should be. */
async function fetchRest(
  file: RemoteFile,
  access: FileAccess,
  progress: Progress,
  signal: AbortSignal,
): Promise<Broken | null> {
  const { url, path, size } = file;
  const network: Broken = { failure: { kind: 'network', path } };
  let start = access.getSize();
  let response: Response;
  try {
    response = await fetch(url, {
      signal,
      // Kept once, not in the browser's own cache as well.
      cache: 'no-store',
      ...(start > 0 && { headers: { Range: `bytes=${start}-` } }),
    });
  } catch {
    signal.throwIfAborted();
    return network;
  }
  const later = laterOf(response, path);
  if (later) return later;
  const wrongLength = (got: number): HubError =>
    new HubError({ kind: 'length', path, expected: size, got });
  if (response.status === 416) {
    // The server's file ends where this one goes on.
    access.truncate(0);
    throw wrongLength(start);
  }
  refuseAnswer(response, file);
  if (response.status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+)/.exec(
      response.headers.get('content-range') ?? '',
    ) ?? [undefined, String(start), String(size)];
    if (Number(from) !== start || Number(total) !== size) {
      access.truncate(0);
      if (Number(total) !== size) throw wrongLength(Number(total));
      return network;
    }
  } else {
    start = 0;
    // Another length than the file's, told before a byte is kept.
    const told = response.headers.get('content-length');
    if (told !== null && !response.headers.has('content-encoding') && Number(told) !== size) {
      void response.body?.cancel().catch(() => undefined);
      if (access.getSize() > 0) access.truncate(0);
      throw wrongLength(Number(told));
    }
  }
  const reader = response.body?.getReader();
  if (!reader) return network;
  let at = start;
  let flushed = at;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done && at === size) return null;
      if (done || at + value.length > size) {
        // It ended as it should have, and is another file: none of it may stay.
        access.truncate(start);
        throw wrongLength(done ? at : at + value.length);
      }
      if (at === start && beginsLikePage(value)) {
        // Whatever the server calls it: a network that wants somebody to sign in answers so.
        throw new HubError({ kind: 'web-page', path });
      }
      // A server that knows no ranges begins anew.
      if (at === 0) access.truncate(0);
      write(access, value, at, size - at);
      at += value.length;
      if (at - flushed >= flushEvery) {
        access.flush();
        flushed = at;
      }
      progress.arrived(at);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HubError) throw error;
    return network;
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** Whether bytes are the beginning of a web page. No file of a model begins so, and none of its middles that is not text. */
function beginsLikePage(bytes: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 256));
  return /^\s*(<!--[^>]*-->\s*)?<(!doctype html|html|head)\b/i.test(text);
}

/** An answer that asks for patience: the server is overloaded or restarts. */
function laterOf(response: Response, path: string): Broken | null {
  const { status } = response;
  if (status !== 429 && status < 500) return null;
  void response.body?.cancel().catch(() => undefined);
  const wait = secondsToWait(response);
  return status === 429
    ? { failure: { kind: 'crowded', seconds: wait }, wait }
    : { failure: { kind: 'server', status, path }, wait };
}

/** Writes all of a chunk. Throws `HubError` when there is no more room: Chromium then writes less, others throw. */
export function write(access: FileAccess, chunk: Uint8Array, at: number, needed: number): void {
  try {
    if (access.write(chunk, { at }) === chunk.length) return;
  } catch (cause) {
    if ((cause as Error).name !== 'QuotaExceededError') throw cause;
  }
  // What is there must be right: of this chunk nobody knows.
  access.truncate(at);
  throw new HubError({ kind: 'quota', needed, available: 0 });
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
}
