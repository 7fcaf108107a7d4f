/** @file What the inputs of a decoder's file are fed with, by their names as Transformers writes them and in the types that the file declares. */
import { ownEntry } from '../own-entry.ts';
import type { Graph, Value } from '../onnx/index.ts';
import { cacheBranch, isPast, keptLogits } from '../passes/index.ts';
import { integers, type Backend, type Tensor } from '../runtime/index.ts';

/** The tokens of one run, [B][T], and how many tokens of each row are in the cache. */
export interface Span {
  ids: readonly (readonly number[])[];
  past: number;
  /** Whether only the last place's logits are wanted. */
  last: boolean;
}

interface Numbers {
  values: number[];
  dims: number[];
}

type Feed = (span: Span) => Numbers;

const rowsOf = ({ ids }: Span, make: (id: number, at: number) => number): Numbers => ({
  values: ids.flatMap((row) => row.map(make)),
  dims: [ids.length, ids[0]?.length ?? 0],
});

const one = (value: number): Numbers => ({ values: [value], dims: [1] });

/** Every row is a text without padding: all of the mask is seen, and the positions are those in the text. */
const feeds: Readonly<Record<string, Feed>> = {
  input_ids: (span) => rowsOf(span, (id) => id),
  attention_mask: ({ ids, past }) => {
    const dims = [ids.length, past + (ids[0]?.length ?? 0)];
    return { values: Array<number>((dims[0] ?? 0) * (dims[1] ?? 0)).fill(1), dims };
  },
  position_ids: (span) => rowsOf(span, (_, at) => span.past + at),
  token_type_ids: (span) => rowsOf(span, () => 0),
  cache_position: ({ ids, past }) => {
    const values = (ids[0] ?? []).map((_, at) => past + at);
    return { values, dims: [values.length] };
  },
  [cacheBranch]: ({ past }) => one(past > 0 ? 1 : 0),
  // 0 keeps all.
  ...Object.fromEntries(
    [...keptLogits].map((name) => [name, ({ last }: Span) => one(last ? 1 : 0)]),
  ),
};

/** Whether a file can be told that only the last place's logits are wanted. */
export function takesKeptLogits(file: Graph): boolean {
  return file.inputs.some(({ name }) => keptLogits.has(name));
}

/** Throws where a file has an input that a text does not fill: it is the decoder of something else. */
export function checkInputs(file: Graph): void {
  if (!file.inputs.some(({ name }) => name === 'input_ids'))
    throw new Error('This model takes no "input_ids": it is not a decoder of text alone.');
  for (const input of file.inputs)
    if (!isPast(input) && !ownEntry(feeds, input.name))
      throw new Error(`This model needs the input "${input.name}", which a text does not give.`);
}

/** The inputs beside the cache. */
export function feedsOf(backend: Backend, file: Graph, span: Span): Record<string, Tensor> {
  return Object.fromEntries(
    file.inputs.flatMap((input) => {
      const feed = ownEntry(feeds, input.name);
      return feed ? [[input.name, tensorOf(backend, input, feed(span))]] : [];
    }),
  );
}

function tensorOf(
  backend: Backend,
  { type = 'int64', shape }: Value,
  { values, dims }: Numbers,
): Tensor {
  const declared = shape ?? [];
  if (declared.length === 0)
    // One number is a scalar; of anything else the file does not state the shape.
    return integers(backend, type, values, values.length === 1 && dims.length === 1 ? [] : dims);
  const lacking = Math.max(0, declared.length - dims.length);
  // The same for each of several kinds of position (text, and height and width of a picture).
  const copies = declared.slice(0, lacking).map((dim) => (typeof dim === 'number' ? dim : 1));
  const count = copies.reduce((product, dim) => product * dim, 1);
  const repeated = Array<number[]>(count).fill(values).flat();
  return integers(backend, type, repeated, [...copies, ...dims]);
}
