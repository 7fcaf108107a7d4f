/** @file Makes nodes in a graph the way one writes arithmetic; every value's type and shape is inferred as it is made. */
import { sameShape, type Dim } from './dims.ts';
import type { Attribute, Attributes, Graph, Node, Shape, Value } from './graph.ts';
import { inferNode } from './infer.ts';
import { dataTypes, float32Tensor, int64Tensor, type DataType } from './tensor.ts';

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
export const text = (value: string): Attribute => ({ kind: 'string', value });

/** An operand: a value, or a number that becomes a float32 scalar constant. */
export type Operand = Value | number;

/** Appends nodes to one graph under a name prefix. Constants and shapes that were made before are used again. */
export class Builder {
  private readonly scalars = new Map<string, Value>();
  private readonly shapes: { shape: Shape; value: Value }[] = [];

  constructor(
    readonly graph: Graph,
    readonly prefix = 'lethe',
  ) {}

  /** Makes a node with several outputs. */
  node(
    op: string,
    inputs: readonly (Value | null)[],
    outputs: number,
    attributes: Attributes = {},
  ): Node {
    const opType = op.slice(op.lastIndexOf(':') + 1);
    const name = `${this.prefix}/${opType}`;
    const results = Array.from({ length: outputs }, () => this.graph.addValue(name));
    const node = this.graph.addNode(op, inputs, results, attributes, results[0]?.name ?? name);
    inferNode(node);
    return node;
  }

  /** Makes a node with one output and returns it. */
  op(op: string, inputs: readonly (Value | null)[], attributes: Attributes = {}): Value {
    return this.node(op, inputs, 1, attributes).out();
  }

  add = (a: Operand, b: Operand): Value => this.op('Add', this.operands(a, b));
  sub = (a: Operand, b: Operand): Value => this.op('Sub', this.operands(a, b));
  mul = (a: Operand, b: Operand): Value => this.op('Mul', this.operands(a, b));
  div = (a: Operand, b: Operand): Value => this.op('Div', this.operands(a, b));

  private operands(a: Operand, b: Operand): Value[] {
    const like = typeof a === 'number' ? b : a;
    const type = typeof like === 'number' ? 'float32' : (like.type ?? 'float32');
    return [a, b].map((operand) =>
      typeof operand === 'number' ? this.scalar(operand, type) : operand,
    );
  }

  /** A scalar constant, in the element type it will meet (float16 constants are cast by the runtime's constant folding). */
  scalar(value: number, type: DataType = 'float32'): Value {
    const key = `${type}:${value}`;
    let constant = this.scalars.get(key);
    if (!constant) {
      if (type === 'int64')
        constant = this.graph.addInitializer(`${this.prefix}/${value}`, int64Tensor([value], []));
      else {
        constant = this.graph.addInitializer(`${this.prefix}/${value}`, float32Tensor([value], []));
        if (type !== 'float32') constant = this.cast(constant, type);
      }
      this.scalars.set(key, constant);
    }
    return constant;
  }

  /** A one-dimensional int64 constant. */
  integers(values: readonly number[]): Value {
    const key = `[${values.join()}]`;
    let constant = this.scalars.get(key);
    if (!constant) {
      constant = this.graph.addInitializer(
        `${this.prefix}/${key}`,
        int64Tensor(values, [values.length]),
      );
      this.scalars.set(key, constant);
    }
    return constant;
  }

  cast(value: Value, type: DataType): Value {
    return value.type === type ? value : this.op('Cast', [value], { to: int(dataTypes[type]) });
  }

  /** The shape of a value as an int64 tensor; values of one symbolic shape share the node. */
  shapeOf(value: Value): Value {
    const { shape } = value;
    if (shape?.every((dim) => typeof dim === 'number')) return this.integers(shape as number[]);
    const known = shape && this.shapes.find((entry) => sameShape(entry.shape, shape));
    if (known) return known.value;
    const made = this.op('Shape', [value]);
    if (shape) this.shapes.push({ shape, value: made });
    return made;
  }

  /** Reshapes to given sizes (0 copies the input's, -1 is worked out). No node where nothing changes. */
  reshape(value: Value, sizes: readonly number[]): Value {
    return this.op('Reshape', [value, this.integers(sizes)]);
  }

  /** Reshapes to the shape of another value. */
  reshapeLike(value: Value, like: Value): Value {
    if (value.shape && like.shape && sameShape(value.shape, like.shape)) return value;
    const isKnown = like.shape?.every((dim) => typeof dim === 'number' && dim > 0);
    return isKnown
      ? this.op('Reshape', [value, this.shapeOf(like)])
      : this.reshapeTo(value, this.shapeOf(like));
  }

  /** Reshapes to sizes that the graph computes, none of them open. A size of 0 means what it says: there may be no elements. */
  reshapeTo(value: Value, sizes: Value): Value {
    return this.op('Reshape', [value, sizes], { allowzero: int(1) });
  }

  transpose(value: Value, perm: readonly number[]): Value {
    return this.op('Transpose', [value], { perm: ints(perm) });
  }

  /** Swaps the last two axes; the rank must be known. */
  transposeLast(value: Value): Value {
    const rank = rankOf(value);
    const perm = Array.from({ length: rank }, (_, axis) => axis);
    [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
    return this.transpose(value, perm);
  }

  unsqueeze(value: Value, axes: readonly number[]): Value {
    return this.op('Unsqueeze', [value, this.integers(axes)]);
  }

  reduceSum(value: Value, axes: readonly number[], keep: boolean): Value {
    return this.op('ReduceSum', [value, this.integers(axes)], { keepdims: int(keep ? 1 : 0) });
  }

  /** Mean over axes, kept as ones. (`ReduceMean` takes its axes as an input since opset 18; earlier as an attribute.) */
  reduceMean(value: Value, axes: readonly number[] | Value): Value {
    return this.reduce('ReduceMean', value, axes);
  }

  reduceMax(value: Value, axes: readonly number[] | Value): Value {
    return this.reduce('ReduceMax', value, axes);
  }

  reduceSumSquare(value: Value, axes: readonly number[] | Value): Value {
    return this.reduce('ReduceSumSquare', value, axes);
  }

  private reduce(op: string, value: Value, axes: readonly number[] | Value): Value {
    if ('length' in axes && this.opset < 18)
      return this.op(op, [value], { axes: ints(axes), keepdims: int(1) });
    const given = 'length' in axes ? this.integers(axes) : axes;
    return this.op(op, [value, given], { keepdims: int(1) });
  }

  /** Elements [start, end) along an axis. */
  slice(value: Value, axis: number, start: number, end: number): Value {
    return this.op('Slice', [
      value,
      ...[start, end, axis].map((number) => this.integers([number])),
    ]);
  }

  concat(values: readonly Value[], axis: number): Value {
    return values.length === 1
      ? (values[0] as Value)
      : this.op('Concat', values, { axis: int(axis) });
  }

  /** Zeros (or another number) of the shape of a value. */
  filledLike(value: Value, number = 0): Value {
    const zeros = this.op('Expand', [this.scalar(number, value.type), this.shapeOf(value)]);
    zeros.shape ??= value.shape;
    return zeros;
  }

  /** Version of the default operator set. */
  get opset(): number {
    return this.graph.opsets.get('') ?? 0;
  }
}

/** The rank of a value; throws with its name where it is not known. */
export function rankOf(value: Value): number {
  if (!value.shape) throw new Error(`The shape of "${value.name}" is not known.`);
  return value.shape.length;
}

/** The size of a value along an axis where it is a number; throws with its name otherwise. */
export function sizeAt(value: Value, axis: number): number {
  const rank = rankOf(value);
  const dim: Dim | undefined = value.shape?.[axis < 0 ? axis + rank : axis];
  if (typeof dim !== 'number')
    throw new Error(`The size of "${value.name}" along axis ${axis} is not known.`);
  return dim;
}
