/** Models whose weights lie in several files beside them, and what is wrong with such files. */
import { fromBinary, toBinary, create } from '@bufbuild/protobuf';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openAsBlob,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { ModelProtoSchema, StringStringEntryProtoSchema, TensorProto_DataLocation } from 'onnx-buf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseModel, writeModel, writeModelFiles } from '../onnx/index.ts';
import { loadFiles, type FileSource } from './files.ts';

const fixture = fileURLToPath(new URL('../../../../e2e/models/qwen2-fp32', import.meta.url));
const names = ['model.onnx_data', 'model.onnx_data_1', 'model.onnx.data'];
const ignore = (): void => undefined;

/** Moves the larger weights of a model file into several files, in turns; they are written only where they are to be read. */
function scatter(folder: string, locations: readonly string[], writes = true): void {
  const path = join(folder, 'onnx/model.onnx');
  const model = fromBinary(ModelProtoSchema, readFileSync(path));
  const parts = locations.map(() => [] as Uint8Array[]);
  const ends = locations.map(() => 0);
  for (const [i, tensor] of (model.graph?.initializer ?? []).entries()) {
    if (tensor.rawData.length < 64) continue;
    const at = i % locations.length;
    const entries = {
      location: locations[at] ?? '',
      offset: ends[at],
      length: tensor.rawData.length,
    };
    tensor.externalData = Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value: String(value) }),
    );
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
    parts[at]?.push(tensor.rawData);
    ends[at] = (ends[at] ?? 0) + tensor.rawData.length;
    tensor.rawData = new Uint8Array(0);
  }
  writeFileSync(path, toBinary(ModelProtoSchema, model));
  if (!writes) return;
  locations.forEach((name, at) =>
    writeFileSync(join(folder, 'onnx', name), Buffer.concat(parts[at] ?? [])),
  );
}

/** What a clone without Git LFS, or a download through Git, has in a file's place. */
const pointer = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 450775
`;

describe('something else in a file’s place', () => {
  const load = async (path: string, content: string | Buffer): Promise<unknown> => {
    const copy = mkdtempSync(join(tmpdir(), 'lethe-'));
    cpSync(fixture, copy, { recursive: true });
    scatter(copy, ['model.onnx_data']);
    writeFileSync(join(copy, path), content);
    const blobs: FileSource = { name: 'chosen', open: (name) => blobAt(copy, name) };
    try {
      await loadFiles(copy, ignore);
      return undefined;
    } catch (error) {
      // From wherever it comes, the same is said.
      await expect(loadFiles(blobs, ignore)).rejects.toThrow((error as Error).message);
      return (error as Error).message;
    } finally {
      rmSync(copy, { recursive: true });
    }
  };

  it.each(['onnx/model.onnx', 'onnx/model.onnx_data', 'tokenizer.json', 'generation_config.json'])(
    'is said to be a Git LFS pointer, with what to do: %s',
    async (path) => {
      expect(await load(path, pointer)).toBe(
        `${path} is a Git LFS pointer, not the file itself, which has 450775 bytes: run “git lfs pull” in the model’s folder, or download the file from the model’s page.`,
      );
    },
  );

  it('is said to be a web page, even if the rest of the file is behind it', async () => {
    const page = Buffer.from('<!DOCTYPE html>\n<html><body>Sorry</body></html>');
    expect(await load('onnx/model.onnx', page)).toMatch(/model\.onnx begins with a web page/);
    const mixed = Buffer.concat([page, Buffer.alloc(436_480)]);
    expect(await load('onnx/model.onnx_data', mixed)).toMatch(/_data begins with a web page/);
  });
});

describe('a chat template in files of their own', () => {
  const contents = {
    'chat_template.jinja': 'A',
    'chat_template.json': '{}',
    'additional_chat_templates/rag.jinja': 'B',
    'additional_chat_templates/notes.txt': 'no',
  };
  const found = {
    'chat_template.jinja': 'A',
    'chat_template.json': '{}',
    'additional_chat_templates/rag.jinja': 'B',
  };
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lethe-'));
    cpSync(fixture, folder, { recursive: true });
    mkdirSync(join(folder, 'additional_chat_templates'));
    for (const [path, text] of Object.entries(contents)) writeFileSync(join(folder, path), text);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is found in a folder, and among files that can be listed', async () => {
    expect((await loadFiles(folder, ignore)).templates).toEqual(found);
    const source = { name: 'chosen', open: (name: string) => blobAt(folder, name) };
    const list = (within: string) => Promise.resolve(readdirSync(join(folder, within)));
    expect((await loadFiles({ ...source, list }, ignore)).templates).toEqual(found);
    const { 'additional_chat_templates/rag.jinja': _, ...known } = found;
    expect((await loadFiles(source, ignore)).templates).toEqual(known);
  });

  it('is asked for at a URL only if it is likely: a request that fails is an error in the browser’s console', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const path = join(folder, decodeURIComponent(request.url ?? ''));
      asked.push(request.url ?? '');
      if (!existsSync(path)) response.writeHead(404).end();
      else response.end(readFileSync(path));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const base = `http://127.0.0.1:${port}/`;
    const change = (name: string, more: (before: Record<string, unknown>) => object): void => {
      const path = join(folder, name);
      const before = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      writeFileSync(path, JSON.stringify({ ...before, ...more(before) }));
    };
    // No special token could mark a turn.
    expect((await loadFiles(base, ignore)).templates).toEqual({});
    expect(asked.filter((url) => url.includes('template'))).toEqual([]);
    change('tokenizer.json', ({ added_tokens: tokens }) => ({
      added_tokens: [4, 5, 6].reduce<unknown[]>(
        (all, id) => [...all, { ...(all[0] as object), id, content: `<${id}>` }],
        tokens as unknown[],
      ),
    }));
    expect((await loadFiles(base, ignore)).templates).toEqual({ 'chat_template.jinja': 'A' });
    // It is said that there is none.
    change('tokenizer_config.json', () => ({ chat_template: null }));
    asked.length = 0;
    expect((await loadFiles(base, ignore)).templates).toEqual({});
    expect(asked.filter((url) => url.includes('template'))).toEqual([]);
    server.close();
  });
});

function blobAt(folder: string, name: string): Promise<Blob | undefined> {
  return existsSync(join(folder, name))
    ? openAsBlob(join(folder, name))
    : Promise.resolve(undefined);
}

describe('a model with weights in several files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lethe-'));
    cpSync(fixture, folder, { recursive: true });
    scatter(folder, names);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const changed = (change: (copy: string) => void): string => {
    const copy = mkdtempSync(join(tmpdir(), 'lethe-'));
    cpSync(folder, copy, { recursive: true });
    change(copy);
    return copy;
  };

  it('is read whole: the same graph as from one file', async () => {
    const files = await loadFiles(folder, ignore);
    expect([...files.external.keys()].sort()).toEqual([...names].sort());
    const whole = parseModel(new Uint8Array(readFileSync(join(fixture, 'onnx/model.onnx'))));
    const graph = parseModel(files.model, files.external);
    expect(Buffer.compare(writeModel(graph), writeModel(whole))).toBe(0);
    // Views of what was read, not copies.
    const weight = graph.value('cos_cache')?.tensor?.bytes.buffer;
    const buffers = [...files.external.values()].map((file) => 'buffer' in file && file.buffer);
    expect(buffers).toContain(weight);
  });

  it('is read in pieces where a file is longer than an array should be, and is the same model', async () => {
    const longest = 40_000;
    const blobs: FileSource = { name: 'chosen', open: (name) => blobAt(folder, name) };
    const whole = await loadFiles(folder, ignore);
    for (const source of [folder, blobs]) {
      const files = await loadFiles(source, ignore, undefined, undefined, longest);
      const pieces = [...files.external.values()].flatMap((file) =>
        'pieces' in file ? file.pieces.map(({ bytes }) => bytes.length) : [],
      );
      expect(pieces.length).toBeGreaterThan(names.length);
      // One weight alone is longer: the vocabulary's, 131 kB.
      expect(pieces.filter((length) => length > longest).length).toBeLessThanOrEqual(1);
      const [graph, expected] = [files, whole].map((each) => parseModel(each.model, each.external));
      expect(graph && expected && Buffer.compare(writeModel(graph), writeModel(expected))).toBe(0);
      expect(files.digest).toBe(whole.digest);
    }
  });

  it('of which one file is missing is refused by that file’s name', async () => {
    const copy = changed((at) => rmSync(join(at, 'onnx/model.onnx_data_1')));
    await expect(loadFiles(copy, ignore)).rejects.toThrow(/has no onnx\/model\.onnx_data_1/);
    rmSync(copy, { recursive: true });
  });

  it('of which one file is cut off is refused by the weight’s name', async () => {
    const copy = changed((at) => truncateSync(join(at, 'onnx/model.onnx.data'), 100));
    const files = await loadFiles(copy, ignore);
    expect(() => parseModel(files.model, files.external)).toThrow(
      /Weight ".*" should be .* of "model\.onnx\.data", which has 100 bytes/,
    );
    rmSync(copy, { recursive: true });
  });

  it.each(['./', './', './'])('that is called %sname is read as name', async (before) => {
    const copy = mkdtempSync(join(tmpdir(), 'lethe-'));
    cpSync(fixture, copy, { recursive: true });
    scatter(copy, [`${before}model.onnx_data`]);
    const files = await loadFiles(copy, ignore);
    expect([...files.external.keys()]).toEqual(['model.onnx_data']);
    const whole = parseModel(new Uint8Array(readFileSync(join(fixture, 'onnx/model.onnx'))));
    const graph = parseModel(files.model, files.external);
    expect(Buffer.compare(writeModel(graph), writeModel(whole))).toBe(0);
    rmSync(copy, { recursive: true });
  });

  // ONNX Runtime's native build reads nested ones; nobody publishes such for the browser.
  it.each(['../stolen', './../stolen', 'onnx/../../stolen', 'part/weights', '/etc/hostname', '.'])(
    'that would lie elsewhere is refused: %s',
    async (location) => {
      const copy = mkdtempSync(join(tmpdir(), 'lethe-'));
      cpSync(fixture, copy, { recursive: true });
      scatter(copy, [location], false);
      await expect(loadFiles(copy, ignore)).rejects.toThrow(/lies in ".*", which is not the name/);
      rmSync(copy, { recursive: true });
    },
  );
});

describe('a model too large for one file', () => {
  it('is written with its weights beside it, in the place where they are', () => {
    const graph = parseModel(new Uint8Array(readFileSync(join(fixture, 'onnx/model.onnx'))));
    const [model, data] = writeModelFiles(graph, 'model.onnx', 1000);
    expect(data?.name).toBe('model.onnx_data');
    expect(data?.parts).toContain(graph.value('cos_cache')?.tensor?.bytes);
    const again = parseModel(
      new Uint8Array(Buffer.concat(model?.parts ?? [])),
      new Map([['model.onnx_data', new Uint8Array(Buffer.concat(data?.parts ?? []))]]),
    );
    expect(Buffer.compare(writeModel(again), writeModel(graph))).toBe(0);
    expect(writeModelFiles(graph)).toHaveLength(1);
  });
});
