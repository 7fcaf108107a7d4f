/** @file Writes a decoder as a folder in the Hub's layout, its weights one after the other, so that it need not fit into memory. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import {
  writeModelOver,
  type Value,
  type WeightPlace,
} from '../../packages/lethe-lora/src/onnx/index.ts';
import { configuration } from './configuration.ts';
import { decoderGraph, type Embedding } from './graph.ts';
import { checkShape, fileOf, type DecoderShape, type Precision } from './shape.ts';
import { specialIds, type TokenizerFiles } from './tokenizer.ts';

export interface MakeOptions {
  seed?: number;
  embedding?: Embedding;
  tokenizer: TokenizerFiles;
}

/** Where weights begin in their file, so that it can be mapped into memory. */
const alignment = 4096;

export interface MadeModel {
  /** The ONNX file's path in the folder. */
  file: string;
  /** Bytes of the ONNX file and its weights. */
  bytes: number;
}

/**
 * Writes `config.json`, `generation_config.json`, the tokenizer, `onnx/model_q4.onnx` and `onnx/model_q4.onnx_data` (or another precision's)
 * into a folder. Several precisions of one shape and seed may share a folder: they hold the same numbers.
 */
export function writeModelFolder(
  folder: string,
  shape: DecoderShape,
  precision: Precision,
  { tokenizer, ...options }: MakeOptions,
): MadeModel {
  checkShape(shape);
  const { graph, weights } = decoderGraph(shape, precision, options);
  const name = fileOf[precision];
  mkdirSync(`${folder}/onnx`, { recursive: true });
  const places = new Map<Value, WeightPlace>();
  const file = openSync(`${folder}/onnx/${name}_data`, 'w');
  let end = 0;
  try {
    for (const { value, length, bytes } of weights.made) {
      const offset = Math.ceil(end / alignment) * alignment;
      writeSync(file, new Uint8Array(offset - end));
      end = offset;
      for (const chunk of bytes()) end += writeAll(file, chunk);
      if (end !== offset + length)
        throw new Error(`"${value.name}" has ${end - offset} bytes, not ${length}.`);
      places.set(value, { location: `${name}_data`, offset, length });
    }
  } finally {
    closeSync(file);
  }
  const model = writeModelOver(graph, (value) => places.get(value));
  writeFileSync(`${folder}/onnx/${name}`, model);
  const ids = specialIds(tokenizer);
  const json = (path: string, content: object): void =>
    writeFileSync(`${folder}/${path}`, JSON.stringify(content, null, 2) + '\n');
  json('config.json', { ...configuration(shape, precision), ...ids });
  json('generation_config.json', { ...ids, do_sample: false });
  writeFileSync(`${folder}/tokenizer.json`, tokenizer.tokenizer);
  writeFileSync(`${folder}/tokenizer_config.json`, tokenizer.configuration);
  return { file: `onnx/${name}`, bytes: model.length + end };
}

/** A write may take less than it is given. */
function writeAll(file: number, bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  return bytes.length;
}
