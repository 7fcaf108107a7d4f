/**
 * @file Seeded weights, a few megabytes at a time. A matrix is drawn in 4 bits; the other precisions hold the very numbers that these
 * bits mean, so that a file in 4 bits and its twin in float32 compute the same.
 */
import {
  byteLength,
  elementCount,
  halfToNumber,
  numberToHalf,
  type DataType,
  type Graph,
  type Value,
} from '../../packages/lethe-lora/src/onnx/index.ts';
import { uniform } from '../../packages/lethe-lora/src/model/random.ts';

/** Elements of a block that share a scale. */
export const block = 32;

/** Root mean square of q − 8 over the sixteen values of 4 bits. */
const spread = Math.sqrt(21.5);

/** About as many numbers are held at a time, beside a matrix' 4-bit form. */
const chunkLength = 2 ** 20;

/** Bytes of a weight, in order. */
export type Bytes = Iterable<Uint8Array>;

/** The weights of a graph that are made when they are written. */
export class StreamedWeights {
  readonly made: { value: Value; length: number; bytes: () => Bytes }[] = [];

  constructor(
    readonly graph: Graph,
    readonly seed: number,
  ) {}

  /** A constant without bytes. */
  private add(name: string, type: DataType, dims: readonly number[], bytes: () => Bytes): Value {
    const value = this.graph.addInitializer(name, { type, dims, bytes: new Uint8Array(0) });
    this.made.push({ value, length: byteLength(type, elementCount(dims)), bytes });
    return value;
  }

  /** Real numbers in float32 or float16, from a function of their place. */
  numbers(name: string, type: DataType, dims: readonly number[], at: (i: number) => number): Value {
    return this.add(name, type, dims, () => chunksOf(type, elementCount(dims), at));
  }

  /** A norm's gain: near one. */
  gain(name: string, type: DataType, size: number): Value {
    const draw = uniform(seedOf(name, this.seed));
    const gains = Float32Array.from({ length: size }, () => halved(0.9 + 0.2 * draw()));
    return this.numbers(name, type, [size], (i) => gains[i] ?? 0);
  }

  /** A matrix of so many rows and columns in 4 bits: `_Q4` [rows, blocks, 16] and `_scales` [rows, blocks]. */
  packed(name: string, type: DataType, matrix: Matrix): { bits: Value; scales: Value } {
    const { rows, columns } = matrix;
    const blocks = columns / block;
    return {
      bits: this.add(`${name}_Q4`, 'uint8', [rows, blocks, block / 2], () => [
        bitsOf(name, this.seed, matrix),
      ]),
      scales: this.numbers(
        `${name}_scales`,
        type,
        [rows, blocks],
        scalesOf(name, this.seed, matrix),
      ),
    };
  }

  /** The same matrix as real numbers, [columns, rows] where `turned`, as products take it, else [rows, columns]. */
  real(name: string, type: DataType, matrix: Matrix, turned: boolean, as = name): Value {
    const { rows, columns } = matrix;
    const { seed } = this;
    return this.add(as, type, turned ? [columns, rows] : [rows, columns], function* () {
      const bits = bitsOf(name, seed, matrix);
      const scaleAt = scalesOf(name, seed, matrix);
      const blocks = columns / block;
      const scales = Float32Array.from({ length: rows * blocks }, (_, i) => scaleAt(i));
      const number = (row: number, column: number): number => {
        const i = row * columns + column;
        const level = ((bits[i >> 1] ?? 0) >> (4 * (i & 1))) & 15;
        return (level - 8) * (scales[row * blocks + Math.floor(column / block)] ?? 0);
      };
      yield* chunksOf(type, rows * columns, (i) =>
        turned
          ? number(i % rows, Math.floor(i / rows))
          : number(Math.floor(i / columns), i % columns),
      );
    });
  }
}

/** A weight [rows, columns] (rows are outputs) whose numbers have this standard deviation. */
export interface Matrix {
  rows: number;
  columns: number;
  deviation: number;
}

function bitsOf(name: string, seed: number, { rows, columns }: Matrix): Uint8Array {
  const words = new Uint32Array((rows * columns) / 8);
  const draw = uniform(seedOf(name, seed));
  for (let i = 0; i < words.length; i++) words[i] = draw() * 2 ** 32;
  return new Uint8Array(words.buffer);
}

/** Scale of each block: half to one and a half of the mean, and a number that float16 holds. */
function scalesOf(name: string, seed: number, { deviation }: Matrix): (i: number) => number {
  const start = seedOf(`${name}.scales`, seed);
  return (i) => {
    const mixed = Math.imul((start + Math.imul(i, 0x9e3779b1)) ^ (i >>> 7), 0x85ebca6b) >>> 0;
    return halved((deviation / spread) * (0.5 + mixed / 2 ** 32));
  };
}

function* chunksOf(type: DataType, count: number, at: (i: number) => number): Bytes {
  for (let start = 0; start < count; start += chunkLength) {
    const length = Math.min(chunkLength, count - start);
    const chunk = type === 'float16' ? new Uint16Array(length) : new Float32Array(length);
    for (let i = 0; i < length; i++)
      chunk[i] = type === 'float16' ? numberToHalf(at(start + i)) : at(start + i);
    yield new Uint8Array(chunk.buffer);
  }
}

const halved = (value: number): number => halfToNumber(numberToHalf(value));

/** FNV-1a of a name, mixed with the seed: a weight's numbers do not depend on what is drawn before it. */
function seedOf(name: string, seed: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
