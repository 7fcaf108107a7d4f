/** Models whose weights lie in several files beside them, and what is wrong with such files. */
import { fromBinary, toBinary, create } from '@bufbuild/protobuf';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  openAsBlob,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { ModelProtoSchema, StringStringEntryProtoSchema, TensorProto_DataLocation } from 'onnx-buf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseModel, writeModel, writeModelFiles } from '../onnx/index.ts';
import { loadFiles, type FileSource } from './files.ts';

const fixture = fileURLToPath(new URL('../../e2e/models/qwen2-fp32', import.meta.url));
const names = ['model.onnx_data', 'model.onnx_data_1', 'model.onnx.data'];
const ignore = (): void => undefined;

/** Moves the larger weights of a model file into three files, in turns. */
function scatter(folder: string, locations: readonly string[]): void {
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
  locations.forEach((name, at) =>
    writeFileSync(join(folder, 'onnx', name), Buffer.concat(parts[at] ?? [])),
  );
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
    const blobs: FileSource = {
      name: 'chosen',
      open: (name) =>
        existsSync(join(folder, name))
          ? openAsBlob(join(folder, name))
          : Promise.resolve(undefined),
    };
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

  it('that would lie elsewhere is refused', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'lethe-'));
    cpSync(fixture, copy, { recursive: true });
    scatter(copy, ['../stolen']);
    await expect(loadFiles(copy, ignore)).rejects.toThrow(/"\.\.\/stolen", which is not the name/);
    rmSync(copy, { recursive: true });
  });
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
