import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { float32Numbers, float32Tensor, tensorOver } from '../onnx/index.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

const fixture = new Uint8Array(
  readFileSync(
    new URL('../../../../e2e/models/qwen2-q4/adapter_model.safetensors', import.meta.url),
  ),
);

/** A file of any header and so many bytes of data. */
function file(header: unknown, size: number, length?: number): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(
    typeof header === 'string' ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (
  start: number,
  end: number,
  shape: unknown = [(end - start) / 4],
  dtype = 'F32',
) => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

describe('reading safetensors', () => {
  it('gives every tensor of a file by PEFT, and writes the same bytes again', () => {
    const tensors = readSafetensors(fixture);
    expect(tensors.size).toBe(28);
    expect(Buffer.compare(writeSafetensors(tensors, { format: 'pt' }), fixture)).toBe(0);
  });

  it('widens half precision exactly', () => {
    const halves = Uint16Array.of(0x3c00, 0xc500, 0x0001);
    expect([...float32Numbers(tensorOver('float16', [3], halves))]).toEqual([1, -5, 2 ** -24]);
    expect([
      ...float32Numbers(tensorOver('bfloat16', [2], Uint16Array.of(0x3f80, 0xc0a0))),
    ]).toEqual([1, -5]);
  });

  it.each([
    ['nothing', new Uint8Array(3), /shorter than 8 bytes/],
    ['a header longer than the file', file({}, 0, 999), /cut off/],
    ['a header of a size no file has', file({}, 0, 2 ** 52), /not a safetensors file/],
    ['a header that is not JSON', file('{"a":', 0), /not JSON/],
    ['a header that is not UTF-8', file('{}', 0).fill(0xff, 8), /not JSON/],
    ['a header that is a list', file([], 0), /not an object/],
    ['a tensor that is a number', file({ a: 3 }, 0), /"a" is not described/],
    ['an unknown type', file({ a: entry(0, 4, [1], 'F8_E4M3') }, 4), /unknown type "F8_E4M3"/],
    ['a negative size', file({ a: entry(0, 4, [-1]) }, 4), /not a list of sizes/],
    ['a size that is no integer', file({ a: entry(0, 4, [0.5]) }, 4), /not a list of sizes/],
    ['sizes whose product overflows', file({ a: entry(0, 4, [2 ** 50, 2 ** 50]) }, 4), /takes/],
    ['offsets that are missing', file({ a: { dtype: 'F32', shape: [1] } }, 4), /data_offsets/],
    ['a size that is not the shape’s', file({ a: entry(0, 8, [3]) }, 8), /takes 12 bytes, not 8/],
    ['offsets the wrong way round', file({ a: entry(8, 4, [1]) }, 8), /takes 4 bytes/],
    ['an overlap', file({ a: entry(0, 8), b: entry(4, 12) }, 12), /"b" overlaps/],
    ['two tensors in one place', file({ a: entry(0, 8), b: entry(0, 8) }, 8), /overlaps/],
    ['a gap', file({ a: entry(0, 4), b: entry(8, 12) }, 12), /before tensor "b", belong to no/],
    ['a tensor past the end', file({ a: entry(0, 16) }, 8), /cut off/],
    ['a name of a megabyte', file({ ['n'.repeat(1e6)]: entry(0, 4) }, 4), /^.{30,150}$/],
    [
      'more tensors than any file has',
      file(Object.fromEntries(Array.from({ length: 50_001 }, (_, at) => [at, entry(0, 0)])), 0),
      /has 50001 tensors; at most 50000/,
    ],
    ['bytes behind the last tensor', file({ a: entry(0, 4) }, 8), /last 4 bytes/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  it('refuses a file that is cut off anywhere', () => {
    for (const length of [0, 7, 8, 100, 4000, fixture.length - 1])
      expect(() => readSafetensors(fixture.slice(0, length))).toThrow(/safetensors file/);
  });

  it('does not take what it cannot write', () => {
    expect(() =>
      writeSafetensors(new Map([['a', { ...float32Tensor([1], [1]), type: 'uint4' as const }]])),
    ).toThrow(/has no type uint4/);
  });
});
