/** @file Every kind of file that Lethe reads, with good ones to begin from, and what reads them. */
import 'fake-indexeddb/auto';
import { readFileSync } from 'node:fs';
import { IDBFactory } from 'fake-indexeddb';
import {
  experimentVersion,
  factsFromJson,
  factsToJson,
  openingExperiment,
  parseCheckpointMeta,
  parseExperiment,
  parseExperiments,
  parseResults,
} from '../../src/lab/index.ts';
import { adapt } from '../../packages/lethe-lora/src/model/adaptation.ts';
import { loadFiles } from '../../packages/lethe-lora/src/model/files.ts';
import {
  importPeft,
  loadCausalLM,
  readSafetensors,
  type CausalLM,
  type FileSource,
} from 'lethe-lora/engine';
import { PromptCoder } from '../../packages/lethe-lora/src/model/prompt-coder.ts';
import { parseModel } from '../../packages/lethe-lora/src/onnx/index.ts';
import {
  Database,
  digestCheckpoint,
  readCheckpointFile,
  readSession,
  sessionParts,
  writeCheckpointFile,
  writeSession,
} from '../../src/storage/index.ts';
import { checkpoint, fact, sweep } from '../../src/storage/samples.ts';
import { fromHash, toHash } from '../../src/ui/address/experiment-link.ts';
import { toCsv } from '../../src/ui/kit/csv.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

export interface Reader {
  kind: string;
  /** How many of a hundred damaged files are of this kind. */
  share: number;
  /** A good file; where a part of it is JSON, from where to where. */
  good(): Promise<{ bytes: Bytes; json?: { from: number; to: number } }>;
  /** Reads it as the page does. What it throws a visitor reads. */
  read(bytes: Bytes): unknown;
}

const fixture = new URL('../../e2e/models/qwen2-q4/', import.meta.url);
const fileOf = (name: string): Bytes => new Uint8Array(readFileSync(new URL(name, fixture)));
const encode = (value: unknown): Bytes =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const decode = (bytes: Bytes): string => new TextDecoder().decode(bytes);
const wholly = (bytes: Bytes) => Promise.resolve({ bytes, json: { from: 0, to: bytes.length } });
/** The header of a safetensors file: its length stands before it. */
const header = (bytes: Bytes) =>
  Promise.resolve({
    bytes,
    json: { from: 8, to: 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)) },
  });

/** The fixture's folder with one file replaced. */
function folderWith(name: string, bytes: Bytes): FileSource {
  return {
    name: 'damaged',
    open: (path) => {
      if (path === name) return Promise.resolve(new Blob([bytes]));
      try {
        return Promise.resolve(new Blob([fileOf(path)]));
      } catch {
        return Promise.resolve(undefined);
      }
    },
    list: () => Promise.resolve([]),
  };
}

const adapter = { rank: 2, alpha: 4, modules: [], layers: [], seed: 1 };

/** Reads a model's files as loading does, up to where ONNX Runtime would begin. */
async function readModel(name: string, bytes: Bytes): Promise<void> {
  const files = await loadFiles(folderWith(name, bytes), () => undefined);
  const coder = new PromptCoder(files);
  coder.begin('The capital of France is');
  if (coder.hasChat) coder.format([{ role: 'user', content: 'Hello' }]);
  adapt(parseModel(files.model, files.external), files, adapter);
}

let adapted: Promise<CausalLM> | null = null;
/** The model that adapters are read for. */
const model = (): Promise<CausalLM> =>
  (adapted ??= loadCausalLM({ base: fixture.pathname, device: 'cpu', threads: 1, adapter }));

export async function endReaders(): Promise<void> {
  await (await adapted)?.dispose();
  adapted = null;
}

const result = JSON.stringify(sweep('s').rows[0]?.result);
const run = {
  experiment: openingExperiment,
  phase: 'teach',
  ending: 'finished',
} as const;

const readers: Reader[] = [
  {
    kind: 'checkpoint',
    share: 14,
    good: async () => header(writeCheckpointFile(await checkpoint('c', run))),
    read: readCheckpointFile,
  },
  {
    // Whole by its digest, and wrong by what it says.
    kind: 'record of a checkpoint',
    share: 10,
    good: async () => wholly(encode((await checkpoint('c', run)).record)),
    read: async (bytes) => {
      const { state } = await checkpoint('c', run);
      const record = plain(bytes);
      const digest = await digestCheckpoint(record, state);
      await readCheckpointFile(writeCheckpointFile({ record: { ...record, digest }, state }));
      parseCheckpointMeta({ ...record, digest });
    },
  },
  {
    kind: 'session',
    share: 10,
    good: async () => {
      const parts = sessionParts(filled());
      await parts[0]?.add('c', writeCheckpointFile(await checkpoint('c', run)));
      await parts[2]?.add('f', encode(fact));
      const { file } = await writeSession(parts);
      const bytes = new Uint8Array(await file.arrayBuffer());
      return { bytes, json: { from: 40, to: Math.min(bytes.length, 800) } };
    },
    read: async (bytes) => readSession(new Blob([bytes]), sessionParts(filled())),
  },
  {
    kind: 'results',
    share: 8,
    good: () => wholly(encode(`${result}\n${result}\n`)),
    read: (bytes) => parseResults(decode(bytes)),
  },
  {
    kind: 'experiment',
    share: 8,
    good: () => wholly(encode({ ...openingExperiment, version: experimentVersion })),
    read: (bytes) => parseExperiments(decode(bytes).replaceAll('\n', ' ')),
  },
  {
    kind: 'own facts',
    share: 6,
    good: () => wholly(encode(factsToJson([{ name: fact.name, wordings: fact.wordings }]))),
    read: (bytes) => factsFromJson(decode(bytes)),
  },
  {
    kind: 'link',
    share: 6,
    good: () => wholly(encode(toHash(parseExperiment(openingExperiment)))),
    read: (bytes) => fromHash(decode(bytes)),
  },
  {
    kind: 'adapter_config.json',
    share: 7,
    good: () => wholly(fileOf('adapter_config.json')),
    read: async (bytes) => {
      const { info, freshState } = bound(await model());
      importPeft(
        info,
        { config: bytes, weights: fileOf('adapter_model.safetensors') },
        freshState(),
      );
    },
  },
  {
    kind: 'adapter_model.safetensors',
    share: 6,
    good: () => header(fileOf('adapter_model.safetensors')),
    read: async (bytes) => {
      readSafetensors(bytes);
      const { info, freshState } = bound(await model());
      importPeft(info, { config: fileOf('adapter_config.json'), weights: bytes }, freshState());
    },
  },
  {
    kind: 'model.onnx',
    share: 9,
    good: () => Promise.resolve({ bytes: fileOf('onnx/model.onnx') }),
    read: (bytes) => readModel('onnx/model.onnx', bytes),
  },
  ...['tokenizer.json', 'tokenizer_config.json', 'config.json'].map((kind): Reader => ({
    kind,
    share: 4,
    good: () => wholly(kind === 'tokenizer_config.json' ? withTemplate() : fileOf(kind)),
    read: (bytes) => readModel(kind, bytes),
  })),
  {
    // It is written only: whatever stands in a cell, no spreadsheet runs it, and every row keeps its cells.
    kind: 'CSV',
    share: 4,
    good: () => wholly(encode('["Santiago", "=1+1", "-2", "+A1", "@x", "a,b", "c\\"d"]')),
    read: (bytes) => {
      const cells = decode(bytes).split(/[",[\]]/);
      for (const line of cellsOf(toCsv({ columns: ['a'], rows: cells.map((cell) => [cell]) })))
        if (/^[=+\-@\t\r]/.test(line) && !/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(line))
          throw new TypeError(`A spreadsheet would run ${JSON.stringify(line)}.`);
    },
  },
];

export default readers;

/** Cells of a table with one column, as RFC 4180 reads them. */
function cellsOf(csv: string): string[] {
  return [...csv.matchAll(/(?:"((?:[^"]|"")*)"|([^\r\n"]*))\r\n/g)].map(
    ([, quoted, bare = '']) => quoted?.replaceAll('""', '"') ?? bare,
  );
}

function bound(model: CausalLM) {
  return { info: model.info, freshState: () => model.freshState() };
}

function withTemplate(): Bytes {
  const config = JSON.parse(decode(fileOf('tokenizer_config.json'))) as object;
  const template =
    "{% for m in messages %}{{ '<' + m['role'] + '>' + m['content'] }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";
  return encode({ ...config, chat_template: template });
}

/** An empty database. */
function filled(): Database {
  globalThis.indexedDB = new IDBFactory();
  return new Database();
}

/** A record; what is no JSON object is an empty one, for the file format has no other. */
function plain(bytes: Bytes): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(decode(bytes));
  } catch {
    return {};
  }
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
