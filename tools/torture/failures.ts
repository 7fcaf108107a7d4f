/**
 * @file Injected failures: a scenario runs with its first call to the outside failing, then its second, until all of it has run without
 * reaching the one that would fail. Whatever fails, it says so with an error of its own, and loses nothing that it called stored.
 */
import 'fake-indexeddb/auto';
import { createHash } from 'node:crypto';
import { IDBFactory } from 'fake-indexeddb';
import { failingStorage } from '../../src/failing-storage.ts';
import { HubError } from '../../src/hub/failure.ts';
import { download } from '../../src/hub/download.ts';
import { cachedModels, cacheKey, storedName } from '../../src/hub/cache.ts';
import { lookUp } from '../../src/hub/listing.ts';
import { MemoryFolder, memoryStorage } from '../../src/hub/memory-storage.ts';
import { nothingDone, openingExperiment } from '../../src/lab/index.ts';
import type { AdapterState, ModelInfo } from 'lethe-lora/engine';
import {
  CheckpointStore,
  Database,
  FactStore,
  readSession,
  sessionParts,
  SettingStore,
  StorageError,
  SweepStore,
  writeSession,
  type StoredCheckpoint,
} from '../../src/storage/index.ts';
import { fact, sweep } from '../../src/storage/samples.ts';
import { History } from '../../src/worker/history.ts';
import { loseEngines } from './engines.ts';

/** What a scenario is given: which of its calls is to fail, and how. Gives whether that call was reached; throws what is wrong. */
type Scenario = (at: number) => Promise<boolean>;

/** Of one scenario: more of them say no more. */
const mostFaults = 3;

const storageErrors = [
  ['InvalidStateError', false],
  ['QuotaExceededError', false],
  ['SecurityError', true],
  ['UnknownError', true],
  ['TimeoutError', false],
  ['VersionError', true],
] as const;

/** Every scenario with each of its calls failing in turn. Gives how many failures were injected, and what went wrong. */
export async function tortureFailures(
  until = Infinity,
): Promise<{ count: number; faults: string[] }> {
  let count = 0;
  const faults: string[] = [];
  const all: [name: string, scenario: Scenario][] = [
    ...storageErrors.flatMap(([error, forever]): [string, Scenario][] => [
      [`the history, ${error}`, (at) => withFailingStorage(keepHistory, at, error, forever)],
      [`a session file, ${error}`, (at) => withFailingStorage(keepSession, at, error, forever)],
    ]),
    ...Object.entries(answers).map(([name, answer]): [string, Scenario] => [
      `a download, ${name}`,
      (at) => downloadWith({ fetch: { at, answer } }),
    ]),
    ...['QuotaExceededError', 'NotAllowedError', 'InvalidStateError'].map(
      (error): [string, Scenario] => [
        `a download, files: ${error}`,
        (at) => downloadWith({ files: { at, error } }),
      ],
    ),
    ...(['crashed', 'memory', 'gpu-lost', 'silent'] as const).map(
      (breakdown): [string, Scenario] => [
        `an engine, ${breakdown}`,
        (at) => loseEngines(at, breakdown),
      ],
    ),
  ];
  for (const [name, scenario] of all) {
    const before = faults.length;
    for (let at = 1; Date.now() < until && faults.length < before + mostFaults; at++) {
      try {
        if (!(await scenario(at))) break;
      } catch (error) {
        faults.push(`${name}, call ${at}: ${(error as Error).stack ?? String(error)}`);
      }
      count++;
    }
  }
  return { count, faults };
}

async function withFailingStorage(
  scenario: (calm: () => void) => Promise<void>,
  at: number,
  error: string,
  forever: boolean,
): Promise<boolean> {
  globalThis.indexedDB = new IDBFactory();
  const failing = failingStorage();
  try {
    failing.arm(at, error, forever);
    let reached = false;
    await scenario(() => {
      reached = failing.reached;
      failing.arm(0, error);
    });
    return reached;
  } finally {
    failing.restore();
  }
}

/** Does what the browser may refuse. Throws where that is said in any other way than by an error of storage. */
async function attempt<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof StorageError) return null;
    throw error;
  }
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function stateOf(value: number): AdapterState {
  const array = (): Float32Array<ArrayBuffer> => new Float32Array(6).fill(value);
  return { values: array(), moment1: array(), moment2: array(), step: 1 };
}

function open(db: Database): History {
  const model = {
    info: { id: 'm', digest: 'd', adapterParameters: 6 } as ModelInfo,
    freshState: () => stateOf(0),
    setState: () => Promise.resolve(),
  };
  const unsaved = new Map<string, StoredCheckpoint>();
  return new History(model, undefined, unsaved, new CheckpointStore(db), new SettingStore(db));
}

/** A run that goes on, is named and thinned; what was called stored is there at the next visit, when the browser has calmed down. */
async function keepHistory(calm: () => void): Promise<void> {
  const db = new Database();
  const history = open(db);
  const root = await history.enterSelected();
  const entry = {
    parent: root.id,
    name: 'Taught in French',
    experiment: openingExperiment,
    phase: 'teach' as const,
    id: 'r',
  };
  for (const [value, ending] of [
    [1, 'stopped'],
    [2, 'stopped'],
    [3, 'finished'],
  ] as const) {
    const progress = { ...nothingDone, runStep: value };
    await history.save({ ...entry, ending, progress, state: stateOf(value) });
    demand((await history.read('r')).state.values[0] === value, 'the run is not what it was');
  }
  await attempt(() => history.rename('r', 'Mine'));
  await history.save({
    ...entry,
    id: 's',
    ending: 'finished',
    progress: nothingDone,
    state: stateOf(9),
  });
  await attempt(() => history.remove('s'));
  const { unsaved } = await history.list();
  await attempt(() => db.close());
  calm();
  const next = new Database();
  const later = open(next);
  await later.enterSelected();
  const { checkpoints, damaged, trouble } = await later.list();
  demand(damaged.length === 0, `damaged: ${JSON.stringify(damaged)}`);
  demand(trouble === null, `there is trouble when all is calm: ${String(trouble)}`);
  if (!unsaved.includes('r')) {
    demand(
      checkpoints.some(({ id }) => id === 'r'),
      'what was stored is gone',
    );
    demand((await later.read('r')).state.values[0] === 3, 'an older state is stored than was said');
  }
  await next.close();
}

/** Facts, a sweep and a session file of all; what could not be stored is told, and the file is whole once the browser is calm. */
async function keepSession(calm: () => void): Promise<void> {
  const db = new Database();
  const [facts, sweeps] = [new FactStore(db), new SweepStore(db)];
  const isKept = await attempt(async () => {
    await facts.put('f', fact);
    return true;
  });
  const { record, rows } = sweep('s');
  await attempt(async () => {
    await sweeps.write(record);
    for (const row of rows) await sweeps.writeRow(row);
  });
  const written = await attempt(() => writeSession(sessionParts(db)));
  if (written) {
    const report = await attempt(() => readSession(written.file, sessionParts(db)));
    demand(report === null || report.damaged.length === 0, 'what was just written is damaged');
  }
  await attempt(() => db.close());
  calm();
  const next = new Database();
  const listed = await Promise.all(sessionParts(next).map((part) => part.list()));
  if (isKept)
    demand(
      listed.flat().some(({ key }) => key === 'f'),
      'a stored fact is gone',
    );
  const { file, leftOut } = await writeSession(sessionParts(next));
  demand(leftOut.length === 0, 'something cannot be written when all is calm');
  demand((await readSession(file, sessionParts(next))).whole, 'the session file is not whole');
  await next.close();
}

const weights = Uint8Array.from({ length: 40_000 }, (_, index) => (index * 7919) % 251);
const files = new Map<string, Uint8Array>([
  ['config.json', Buffer.from('{"architectures":["LlamaForCausalLM"]}')],
  ['tokenizer.json', Buffer.from('{}')],
  ['tokenizer_config.json', Buffer.from('{"a":1}')],
  ['onnx/model_q4.onnx', weights],
]);

/** How a server or what stands before it may answer a request: each in its own words, and nothing of it is kept as the file. */
const answers: Record<string, (good: Response) => Response | Promise<never>> = {
  'no network': () => Promise.reject(new TypeError('Failed to fetch')),
  'a portal’s page': () =>
    new Response('<!doctype html><title>Sign in</title>'.padEnd(1499), {
      headers: { 'Content-Type': 'text/html', 'Content-Length': '1499' },
    }),
  'not found': () => new Response('', { status: 404 }),
  'not allowed': () => new Response('', { status: 401 }),
  'no content': () => new Response(null, { status: 204 }),
  'the wrong bytes': (good) =>
    new Response(new Uint8Array(Number(good.headers.get('Content-Length'))), good),
  'a shorter body': (good) => new Response(new Uint8Array(10), good),
  'nothing in it': (good) => new Response(new Uint8Array(0), good),
};

function goodAnswer(url: string, range: string | null): Response {
  const { pathname } = new URL(url);
  if (pathname.startsWith('/api/')) {
    const siblings = [...files].map(([rfilename, bytes]) => ({
      rfilename,
      size: bytes.length,
      ...(rfilename.endsWith('.onnx') && {
        lfs: {
          sha256: createHash('sha256').update(bytes).digest('hex'),
          size: bytes.length,
          pointerSize: 130,
        },
      }),
    }));
    return Response.json({ id: 'test/model', sha: 'c0ffee', siblings });
  }
  const bytes = files.get(decodeURIComponent(pathname).replace('/test/model/resolve/c0ffee/', ''));
  if (!bytes) return new Response('', { status: 404 });
  const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)/.exec(range ?? '') ?? [];
  const part = bytes.slice(Number(from), to === '' ? undefined : Number(to) + 1);
  const isPart = range !== null;
  return new Response(part, {
    status: isPart ? 206 : 200,
    headers: {
      'Content-Length': String(part.length),
      ...(isPart && {
        'Content-Range': `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`,
      }),
    },
  });
}

/** A model is looked up and downloaded while a call fails; then all is calm, and the same again brings every byte. */
async function downloadWith({
  fetch: failingFetch,
  files: failingFiles,
}: {
  fetch?: { at: number; answer: (good: Response) => Response | Promise<never> };
  files?: { at: number; error: string };
}): Promise<boolean> {
  let [asked, opened, isCalm] = [0, 0, false];
  let reached = false;
  const root = new MemoryFolder();
  const ownFetch = globalThis.fetch;
  const own = { navigator: Object.getOwnPropertyDescriptor(globalThis, 'navigator') };
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const good = goodAnswer(request.url, request.headers.get('Range'));
    const named = (answer: Response): Response =>
      Object.defineProperty(answer, 'url', { value: request.url });
    if (isCalm || failingFetch === undefined || ++asked !== failingFetch.at) return named(good);
    reached = true;
    return named(await failingFetch.answer(good));
  };
  const storage = {
    ...memoryStorage(root),
    getDirectory: () => Promise.resolve(guarded(root)),
  };
  const fails = (): boolean => {
    if (isCalm || failingFiles === undefined || ++opened !== failingFiles.at) return false;
    return (reached = true);
  };
  /** The folder, whose calls and whose files' calls may fail. */
  function guarded<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function' || typeof name !== 'string') return value;
        const method = value as (...given: unknown[]) => unknown;
        return (...given: unknown[]): unknown => {
          const error = new DOMException('This call was made to fail.', failingFiles?.error);
          const isLater = /Handle$|removeEntry|getFile/.test(name);
          if (name !== 'entries' && name !== 'close' && fails()) {
            if (isLater) return Promise.reject(error);
            throw error;
          }
          const given_ = method.apply(target, given);
          return given_ instanceof Promise
            ? given_.then((made: unknown) => (isHandle(made) ? guarded(made) : made))
            : given_;
        };
      },
    });
  }
  Object.defineProperty(globalThis, 'navigator', { value: { storage }, configurable: true });
  const bring = async (): Promise<void> => {
    const model = await lookUp('test/model', { host: 'https://hub.test/' });
    await download({ model, variant: 'q4' }, () => undefined, new AbortController().signal);
  };
  try {
    try {
      await bring();
    } catch (error) {
      // What the browser itself says of its files is put into words at the worker's end (`failureOf`).
      if (!(error instanceof HubError || error instanceof DOMException)) throw error;
    }
    isCalm = true;
    await bring();
    const [model] = await cachedModels();
    demand(model !== undefined, 'the model is not listed');
    const folder = cacheKey({ id: 'test/model', commit: 'c0ffee' });
    const bytes =
      root.bytes('models', folder, storedName('onnx/model_q4.onnx')) ?? new Uint8Array();
    demand(Buffer.compare(bytes, weights) === 0, 'the weights are not those of the Hub');
    return reached;
  } finally {
    globalThis.fetch = ownFetch;
    if (own.navigator) Object.defineProperty(globalThis, 'navigator', own.navigator);
    else Reflect.deleteProperty(globalThis, 'navigator');
  }
}

function isHandle(value: unknown): value is object {
  return typeof value === 'object' && value !== null && ('kind' in value || 'getSize' in value);
}
