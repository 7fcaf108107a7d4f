/** @file What lowerings of one graph share: positions and the causal mask, made once from the attention mask. */
import { Builder, int, sizeAt, type Graph, type Value } from '../../onnx/index.ts';
import type { Angles, Turn, Turning } from './angles.ts';
import { chosenRows, type Choice } from './chosen-rows.ts';
import type { UnsupportedOperatorError } from './unsupported.ts';

export interface LoweringOptions {
  /**
   * Keep past keys and values (a decode graph). Without it they are dropped and every sequence starts at its first token
   * (a train or scoring graph).
   */
  cache: boolean;
  /**
   * Keep products with 4- and 8-bit weights fused. Where it is left out, nothing stays fused; a graph that is run says yes or no, and keeps
   * rotary embeddings and activations that every provider computes in one operation.
   */
  fusedProducts?: boolean;
  /** Takes every use of an operator that has no lowering, for a list of all; without it the first is thrown. */
  unsupported?: UnsupportedOperatorError[];
}

/** Added to the attention scores of positions that may not be seen; finite, so that a row of padding stays a number. */
const hidden = -1e9;

export class LoweringContext {
  readonly b: Builder;
  /** Tables that are chosen when the graph runs. */
  readonly choices = new Map<Value, Choice>();
  private positionsValue: Value | undefined;
  private realTokensValue: Value | undefined;
  private readonly masks = new Map<number, Value>();
  private readonly tables = new Map<string, Value>();
  private readonly turnings = new Map<string, Turning>();
  /** Angles whose sine or cosine was asked for. */
  readonly turns = new Map<Value, Turn>();

  constructor(
    readonly graph: Graph,
    readonly options: LoweringOptions,
  ) {
    this.b = new Builder(graph, 'lower');
  }

  /** Whether operators outside of ONNX' own set may stay. */
  get keepsFused(): boolean {
    return this.options.fusedProducts !== undefined;
  }

  /** 1 for real tokens; an input of the graph, added where the file has none. */
  get mask(): Value {
    const { graph } = this;
    return (
      graph.inputs.find(({ name }) => name === 'attention_mask') ??
      graph.addInput('attention_mask', 'int64', graph.input('input_ids').shape ?? [])
    );
  }

  private length(value: Value): Value {
    const { b } = this;
    return b.op('Gather', [b.shapeOf(value), b.integers([1])]);
  }

  /** Position of each token among its sequence's real ones, int64 [B, T]: 0 for padding on the left. */
  get positions(): Value {
    if (!this.positionsValue) {
      const { b } = this;
      const tokens = this.graph.input('input_ids');
      const counted = b.op('CumSum', [this.mask, b.scalar(1, 'int64')]);
      const one = b.scalar(1, 'int64');
      let positions = b.op('Max', [b.op('Sub', [counted, one]), b.scalar(0, 'int64')]);
      if (this.options.cache) {
        const end = this.length(this.mask);
        const start = b.op('Sub', [end, this.length(tokens)]);
        positions = b.op('Slice', [positions, start, end, b.integers([1])]);
      }
      positions.shape = tokens.shape;
      this.positionsValue = positions;
    }
    return this.positionsValue;
  }

  /** 1 for the real ones of the tokens given, 0 for padding, float32 [B, T]. */
  get realTokens(): Value {
    if (!this.realTokensValue) {
      const { b } = this;
      const tokens = this.graph.input('input_ids');
      let mask = this.mask;
      if (this.options.cache) {
        const end = this.length(this.mask);
        const start = b.op('Sub', [end, this.length(tokens)]);
        mask = b.op('Slice', [mask, start, end, b.integers([1])]);
      }
      mask.shape = tokens.shape;
      this.realTokensValue = b.cast(mask, 'float32');
    }
    return this.realTokensValue;
  }

  /**
   * Additive mask float32 [B, 1, T, S]: 0 where query i may see key j (j ≤ i, j a real token, i − j < window), else −1e9.
   * `window` 0 is unlimited.
   */
  causalMask(window: number): Value {
    let mask = this.masks.get(window);
    if (!mask) {
      const { b } = this;
      const scalar = (value: Value): Value => b.op('Squeeze', [value]);
      const zero = b.scalar(0, 'int64');
      const one = b.scalar(1, 'int64');
      const total = scalar(this.length(this.mask));
      const start = this.options.cache
        ? b.op('Sub', [total, scalar(this.length(this.graph.input('input_ids')))])
        : zero;
      const keys = b.unsqueeze(b.op('Range', [zero, total, one]), [0]);
      const queries = b.unsqueeze(b.op('Range', [start, total, one]), [1]);
      let seen = b.op('LessOrEqual', [keys, queries]);
      if (window > 0) {
        const near = b.op('Less', [b.op('Sub', [queries, keys]), b.scalar(window, 'int64')]);
        seen = b.op('And', [seen, near]);
      }
      const real = b.unsqueeze(b.cast(this.mask, 'bool'), [1, 2]);
      const visible = b.op('And', [b.unsqueeze(seen, [0, 1]), real]);
      mask = b.op('Where', [visible, b.scalar(0), b.scalar(hidden)]);
      this.masks.set(window, mask);
    }
    return mask;
  }

  /** A bias [B, 1, T or 1, S] for queries of so many heads, one head behind the other: [B, 1, share·T, S]. */
  repeated(bias: Value, share: number): Value {
    if (share === 1 || bias.shape?.[2] === 1) return bias;
    const key = `${bias.name} times ${share}`;
    let repeated = this.tables.get(key);
    if (!repeated) {
      const { b } = this;
      repeated = b.concat(Array<Value>(share).fill(bias), 2);
      this.tables.set(key, repeated);
    }
    return repeated;
  }

  /** Rows of a cosine or sine table [P, R/2] at positions int64 [B, T] (or from one first position [1] on): [B or 1, 1, T, R/2]. */
  angles(table: Value, positions: Value): Value {
    const key = `${table.name} at ${positions.name}`;
    let angles = this.tables.get(key);
    if (!angles) {
      const { b } = this;
      let places = positions;
      if (positions.shape?.length === 1) {
        const time = b.op('Squeeze', [this.length(this.graph.input('input_ids'))]);
        const range = b.op('Range', [b.scalar(0, 'int64'), time, b.scalar(1, 'int64')]);
        places = b.unsqueeze(b.op('Add', [range, positions]), [0]);
      }
      const choice = this.choices.get(table);
      const rows = choice
        ? chosenRows(b, choice, places)
        : b.op('Gather', [table, places], { axis: int(0) });
      angles = b.unsqueeze(rows, [1]);
      this.tables.set(key, angles);
    }
    return angles;
  }

  /**
   * Angles [B or 1, 1, T, R/2] as the runtime's rotary operator takes them: rows, and which row each token has. What is turned is
   * multiplied by `factor` too.
   */
  turning({ cosine, sine }: Angles, factor: number): Turning {
    const key = `${cosine.name} ${sine.name} ${factor}`;
    let turning = this.turnings.get(key);
    if (!turning) {
      const { b } = this;
      const rows = (angles: Value): Value => {
        const table = b.reshape(angles, [-1, sizeAt(angles, 3)]);
        return factor === 1 ? table : b.mul(table, factor);
      };
      const table = rows(cosine);
      turning = { positions: this.rowNumbers(cosine, table), cosine: table, sine: rows(sine) };
      this.turnings.set(key, turning);
    }
    return turning;
  }

  /** One first row for all sequences [1], or a row for each token [B, T]. */
  private rowNumbers(angles: Value, rows: Value): Value {
    const { b } = this;
    if (angles.shape?.[0] === 1) return b.integers([0]);
    const count = b.op('Squeeze', [b.op('Gather', [b.shapeOf(rows), b.integers([0])])]);
    const numbers = b.op('Range', [b.scalar(0, 'int64'), count, b.scalar(1, 'int64')]);
    const positions = b.reshapeTo(numbers, b.shapeOf(this.graph.input('input_ids')));
    positions.shape = this.graph.input('input_ids').shape;
    return positions;
  }
}
