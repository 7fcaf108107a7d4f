/**
 * @file The vocabulary's matrix in pieces: the head's product and the embedding's rows, computed from views of the stored weight, so that
 * no constant and no result is larger than a device's buffers.
 */
import {
  Builder,
  byteLength,
  elementCount,
  int,
  rankOf,
  sameShape,
  sizeAt,
  type Graph,
  type Node,
  type Tensor,
  type Value,
} from '../onnx/index.ts';
import { isQuantisedProduct } from './lower/quantised.ts';
import { UnsupportedOperatorError } from './lower/unsupported.ts';
import { findHead, weightOf, type Head } from './projections.ts';

/** Words [from, to) of the vocabulary. */
interface Range {
  from: number;
  to: number;
}

/** Ranges begin at a multiple of this, so that a row of 4-bit elements begins with a byte. */
const alignment = 64;

function rangesOf(vocabulary: number, pieces: number): Range[] {
  const size = Math.ceil(vocabulary / pieces / alignment) * alignment;
  return Array.from({ length: Math.ceil(vocabulary / size) }, (_, i) => ({
    from: i * size,
    to: Math.min(vocabulary, (i + 1) * size),
  }));
}

/**
 * How many pieces of the vocabulary [V] a graph needs, so that neither its head's matrix in float32 [D, V] nor `rows` rows of logits
 * [rows, V] take more than `limit` bytes a piece. With `stored` only the matrix counts, as it is stored.
 */
export function piecesWithin(graph: Graph, limit: number, rows: number, stored = false): number {
  const { node, hidden } = findHead(graph);
  const vocabulary = sizeAt(graph.output('logits'), -1);
  const tensor = weightOf(node.need(1))?.tensor;
  const bytes =
    stored && tensor ? tensor.bytes.length : 4 * vocabulary * Math.max(rows, sizeAt(hidden, -1));
  const most = Math.ceil(vocabulary / alignment);
  return Math.max(1, Math.min(most, Math.ceil(bytes / Math.max(1, limit))));
}

/**
 * The logits of the rows [N, D] as pieces [N, V₁], [N, V₂] …, what follows the head's product (a cap, a bias) included. Where the
 * embedding has the same weight, it takes its rows from the same pieces. The graph's outputs are gone afterwards.
 */
export function headInPieces(
  b: Builder,
  { node, after }: Head,
  rows: Value,
  vocabulary: number,
  pieces: number,
): Value[] {
  const ranges = rangesOf(vocabulary, pieces);
  const weight = weightOf(node.need(1));
  b.graph.outputs.splice(0, b.graph.outputs.length);
  const logits = ranges.map((range) => {
    let piece = product(b, node, rows, vocabulary, range);
    let before = node.out();
    for (const step of after) {
      if (!['Reshape', 'Squeeze', 'Unsqueeze'].includes(step.op)) {
        const inputs = step.inputs.map((input) =>
          input === before ? piece : input && ofVocabulary(b, input, vocabulary, range),
        );
        piece = b.op(step.op, inputs, step.attributes);
      }
      before = step.out();
    }
    return piece;
  });
  for (const each of ranges.length > 1 ? [...b.graph.nodes] : [])
    if (each.op === 'Gather' && weight && weightOf(each.need(0)) === weight)
      gatherInPieces(b, each, ranges);
  return logits;
}

/** A constant that follows the head, where it has an entry a word. */
function ofVocabulary(b: Builder, value: Value, vocabulary: number, range: Range): Value {
  return value.shape?.[value.shape.length - 1] === vocabulary ? columns(b, value, range) : value;
}

/** x [N, D] times the columns of the head's weight that belong to a range. */
function product(b: Builder, node: Node, x: Value, vocabulary: number, range: Range): Value {
  if (isQuantisedProduct(node)) {
    if (node.opType === 'MatMulBnb4' && node.int('K', 0) % node.int('block_size', 64) !== 0)
      throw new UnsupportedOperatorError(node, 'pieces of blocks that span several rows');
    const inputs = node.inputs.map((input, index) =>
      index === 0 ? x : input && index !== 4 ? rowsOf(b, input, range, vocabulary) : input,
    );
    const attributes = { ...node.attributes, N: int(range.to - range.from) };
    return b.op(node.op, inputs, attributes);
  }
  const operand = node.need(1).producer;
  if (node.op === 'MatMul' && operand?.op === 'Transpose' && rankOf(node.need(1)) === 2)
    return b.op('Gemm', [x, rowsOf(b, operand.need(0), range, vocabulary)], { transB: int(1) });
  const isFlipped = node.int('transB', 0) === 1;
  const weight = isFlipped
    ? rowsOf(b, node.need(1), range, vocabulary)
    : columns(b, node.need(1), range);
  const added = node.input(2);
  const rest = added ? [ofVocabulary(b, added, vocabulary, range)] : [];
  return b.op(node.op, [x, weight, ...rest], node.attributes);
}

/** Columns of a value [.., V]. */
function columns(b: Builder, value: Value, range: Range): Value {
  const rank = rankOf(value);
  const { producer, tensor } = value;
  if (range.from === 0 && range.to === sizeAt(value, -1)) return value;
  if (rank === 1) return rowsOf(b, value, range, sizeAt(value, 0));
  if (rank === 2 && producer?.op === 'Transpose')
    return b.transpose(rowsOf(b, producer.need(0), range, sizeAt(value, 1)), [1, 0]);
  if (producer?.op === 'Cast' || producer?.op === 'Identity')
    return b.op(producer.op, [columns(b, producer.need(0), range)], producer.attributes);
  if (producer?.op === 'DequantizeLinear' && rank === 2 && isOfBytes(producer.need(0)))
    return b.op(
      producer.op,
      producer.inputs.map((input) =>
        input?.shape?.at(-1) === sizeAt(value, 1) ? columns(b, input, range) : input,
      ),
      producer.attributes,
    );
  const bits = tensor && (8 * tensor.bytes.length) / elementCount(tensor.dims);
  if (tensor && rank === 2 && Number.isInteger(bits) && bits && bits >= 8)
    return shared(b, value.name, range, () => copiedColumns(tensor, range));
  return b.slice(value, rank - 1, range.from, range.to);
}

function isOfBytes({ type }: Value): boolean {
  return type === 'int8' || type === 'uint8';
}

/** Copies of a constant's columns, made once for all graphs of a model. */
const copies = new WeakMap<Tensor, Map<string, Tensor>>();

function copiedColumns(tensor: Tensor, { from, to }: Range): Tensor {
  const made = copies.get(tensor) ?? new Map<string, Tensor>();
  copies.set(tensor, made);
  const key = `${from}:${to}`;
  let copy = made.get(key);
  if (!copy) {
    const [rows, columns] = tensor.dims as [number, number];
    const width = tensor.bytes.length / rows / columns;
    const bytes = new Uint8Array(rows * (to - from) * width);
    for (let row = 0; row < rows; row++) {
      const start = row * columns * width;
      const part = tensor.bytes.subarray(start + from * width, start + to * width);
      bytes.set(part, row * (to - from) * width);
    }
    copy = { ...tensor, dims: [rows, to - from], bytes };
    made.set(key, copy);
  }
  return copy;
}

/** A constant made once in a graph by its name and range. */
function shared(b: Builder, name: string, { from, to }: Range, make: () => Tensor): Value {
  const key = `${name}[${from}:${to}]`;
  return b.graph.value(key) ?? b.graph.addInitializer(key, make());
}

/** Rows of a value of `count` rows, one behind the other in its elements: a view of a constant's bytes, through casts and the like. */
function rowsOf(b: Builder, value: Value, range: Range, count: number): Value {
  const { producer, tensor } = value;
  if (range.from === 0 && range.to === count) return value;
  if (tensor) return view(b, value.name, tensor, range, count);
  const source = producer?.input(0);
  if (producer?.op === 'Reshape' && source?.tensor) {
    const dims = (value.shape ?? []).map(Number);
    if (dims.every(Number.isInteger))
      return view(b, value.name, { ...source.tensor, dims }, range, count);
  }
  if ((producer?.op === 'Cast' || producer?.op === 'Identity') && source)
    return b.op(producer.op, [rowsOf(b, source, range, count)], producer.attributes);
  // Blocks that were put together to rows they are already.
  if (producer?.op === 'Reshape' && source?.shape && sameShape(source.shape, value.shape ?? []))
    return rowsOf(b, source, range, count);
  if (producer?.op === 'Transpose' && source) return b.transpose(columns(b, source, range), [1, 0]);
  if (producer?.op === 'DequantizeLinear')
    return b.op(
      producer.op,
      producer.inputs.map((input) =>
        input?.shape?.[0] === count ? rowsOf(b, input, range, count) : input,
      ),
      producer.attributes,
    );
  const step = sizeAt(value, 0) / count;
  return b.slice(value, 0, range.from * step, range.to * step);
}

/** A constant's rows as a constant of their own over the same bytes; made once however often it is asked for. */
function view(b: Builder, name: string, tensor: Tensor, range: Range, count: number): Value {
  return shared(b, name, range, () => {
    const rows = range.to - range.from;
    const perRow = elementCount(tensor.dims) / count;
    const [start, end] = [range.from, range.to].map((row) => byteLength(tensor.type, row * perRow));
    const dims = tensor.dims[0] === count ? [rows, ...tensor.dims.slice(1)] : [rows * perRow];
    return { ...tensor, dims, bytes: tensor.bytes.subarray(start, end) };
  });
}

/**
 * Rows of a table by `indices`, from pieces of the table: each index is looked up where it lies, and elsewhere counts zero. Rows of whole
 * numbers are made real, as the nodes behind them do, before the pieces are added.
 */
function gatherInPieces(b: Builder, node: Node, ranges: readonly Range[]): void {
  const table = node.need(0);
  if (node.int('axis', 0) !== 0) return;
  if ((table.type ?? 'float32').startsWith('float')) {
    replaceBySum(b, node, node.out(), ranges, (rows) => rows);
    return;
  }
  const readers = node.out().uses.map((use) => use.node);
  if (!readers.every(makesReal)) return;
  for (const { op, inputs, outputs, attributes } of readers)
    replaceBySum(b, node, outputs[0] as Value, ranges, (rows) =>
      b.op(op, [rows, ...inputs.slice(1)], attributes),
    );
}

/** Whether a node makes rows of whole numbers real, each by itself. */
function makesReal(node: Node): boolean {
  if (node.op === 'Cast') return node.out().type?.startsWith('float') === true;
  return node.op === 'DequantizeLinear' && node.inputs.slice(1).every((input) => !input?.producer);
}

/** In the place of `value`, which `real` makes of the rows that `node` gathers, the sum of what it makes of the pieces' rows. */
function replaceBySum(
  b: Builder,
  node: Node,
  value: Value,
  ranges: readonly Range[],
  real: (rows: Value) => Value,
): void {
  const [table, indices] = [node.need(0), node.need(1)];
  const zero = b.scalar(0, 'int64');
  const ids = b.cast(indices, 'int64');
  const found = ranges.map((range) => {
    const local = b.op('Sub', [ids, b.scalar(range.from, 'int64')]);
    const last = b.scalar(range.to - range.from - 1, 'int64');
    const place = b.op('Min', [b.op('Max', [local, zero]), last]);
    const isHere = b.unsqueeze(b.op('Equal', [place, local]), [-1]);
    const piece = rowsOf(b, table, range, sizeAt(table, 0));
    const rows = real(b.op('Gather', [piece, place], { axis: int(0) }));
    return b.op('Where', [isHere, rows, b.scalar(0, rows.type)]);
  });
  const sum = found.reduce((a, c) => b.add(a, c));
  sum.shape = value.shape;
  b.graph.replaceUses(value, sum);
}

/** Cuts tables of more than `limit` bytes that rows are taken from; those that the head shares are cut by `headInPieces`. */
export function splitTables(graph: Graph, limit: number): void {
  const b = new Builder(graph, 'table');
  for (const node of [...graph.nodes]) {
    const { tensor } = node.op === 'Gather' ? (weightOf(node.need(0)) ?? {}) : {};
    if (!tensor || tensor.bytes.length <= limit) continue;
    const rows = sizeAt(node.need(0), 0);
    gatherInPieces(b, node, rangesOf(rows, Math.ceil(tensor.bytes.length / limit)));
  }
}
