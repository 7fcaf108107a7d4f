/** @file For tests: one small decoder in the forms that exporters write, on the same numbers from a formula. */
import {
  Builder,
  dataTypes,
  elementCount,
  float,
  float32Tensor,
  Graph,
  int,
  numberToHalf,
  tensorOver,
  type Value,
} from '../onnx/index.ts';
import { sizes, type Form } from './exported-form.ts';
import {
  attentionWithWeights,
  gatedConvolution,
  mixtureOfExperts,
  switchedTables,
} from './rare-parts.ts';

export { sizes, type Form } from './exported-form.ts';

/** The decoder: inputs `input_ids`, `attention_mask` (and what the form has), outputs `logits` (and `present.*`). */
export function exported(form: Form): Graph {
  const graph = new Graph();
  graph.opsets.set('', 23);
  graph.opsets.set('com.microsoft', 1);
  const ids = graph.addInput('input_ids', 'int64', ['batch', 'time']);
  graph.addInput('attention_mask', 'int64', ['batch', form.cache ? 'total' : 'time']);
  const writer = new Writer(graph, form);
  const table = writer.real('model.embed_tokens.weight', [sizes.vocabulary, sizes.width], 1);
  const { b } = writer;
  let x = b.op('Gather', [table, ids], { axis: int(0) });
  if (form.convolution) {
    const isFused = form.convolution === 'fused';
    const normal = writer.norm(x, 'operator_layernorm');
    const { y, present } = gatedConvolution(b, normal, sizes.width, isFused);
    writer.present.push(present);
    x = b.add(x, y);
  }
  x = b.add(x, writer.attention(writer.norm(x, 'input_layernorm')));
  x = b.add(x, writer.feedForward(writer.norm(x, 'post_attention_layernorm')));
  x = writer.norm(x, 'norm');
  const head = form.tied
    ? b.transpose(table, [1, 0])
    : writer.weight('lm_head', sizes.width, sizes.vocabulary);
  const logits = b.op('MatMul', [x, head]);
  graph.addOutput('logits', form.half ? b.cast(logits, 'float32') : logits);
  graph.outputs.push(...writer.present);
  graph.prune();
  return graph;
}

class Writer {
  readonly b: Builder;
  readonly present: Value[] = [];
  private seed = 1;

  constructor(
    readonly graph: Graph,
    readonly form: Form,
  ) {
    this.b = new Builder(graph, 'model');
  }

  private numbers(dims: readonly number[], scale: number, shift = 0): Float32Array<ArrayBuffer> {
    const seed = ++this.seed;
    return Float32Array.from(
      { length: elementCount(dims) },
      (_, i) => shift + scale * Math.sin(seed + i * (1.7 + seed / 10) + (i % 7)),
    );
  }

  /** A constant in the model's real type. */
  real(name: string, dims: readonly number[], scale: number, shift = 0): Value {
    const values = this.numbers(dims, scale, shift);
    return this.graph.addInitializer(
      name,
      this.form.half
        ? tensorOver('float16', dims, Uint16Array.from(values, numberToHalf))
        : float32Tensor(values, dims),
    );
  }

  /** W [in, out] of a projection, in the form's kind of storage. */
  weight(module: string, inFeatures: number, outFeatures: number): Value {
    const { b, form, graph } = this;
    const name = `${module}.weight`;
    const dims = [inFeatures, outFeatures];
    if (form.weights === 'float16') {
      const halves = Uint16Array.from(this.numbers(dims, 0.25), numberToHalf);
      const stored = graph.addInitializer(name, tensorOver('float16', dims, halves));
      return b.op('Cast', [stored], { to: int(dataTypes.float32) });
    }
    if (form.weights === 'int8') {
      const bytes = Int8Array.from(this.numbers(dims, 100));
      const stored = graph.addInitializer(name, tensorOver('int8', dims, bytes));
      const scale = this.real(`${module}.scale`, [outFeatures], 0.0005, 0.002);
      return b.op('DequantizeLinear', [stored, scale], { axis: int(1) });
    }
    if (form.weights === 'uint4') {
      const bytes = Uint8Array.from(this.numbers([elementCount(dims) / 2], 120, 125));
      const stored = graph.addInitializer(name, tensorOver('uint4', dims, bytes));
      const blocks = [inFeatures / 16, outFeatures];
      const scale = this.real(`${module}.scale`, blocks, 0.005, 0.03);
      const zeros = new Uint8Array(elementCount(blocks) / 2).fill(0x77);
      const zero = graph.addInitializer(`${module}.zero`, tensorOver('uint4', blocks, zeros));
      return b.op('DequantizeLinear', [stored, scale, zero], { axis: int(0), block_size: int(16) });
    }
    return this.real(name, dims, 0.25);
  }

  private project(x: Value, module: string, inFeatures: number, outFeatures: number): Value {
    const path = `model.layers.0.${module}`;
    const y = this.b.op('MatMul', [x, this.weight(path, inFeatures, outFeatures)]);
    return this.form.biases ? this.b.add(y, this.real(`${path}.bias`, [outFeatures], 0.2)) : y;
  }

  norm(x: Value, name: string): Value {
    const { b, form } = this;
    const input = form.half ? b.cast(x, 'float32') : x;
    const gain = (shift: number): Value =>
      this.graph.addInitializer(
        `model.layers.0.${name}.weight`,
        float32Tensor(this.numbers([sizes.width], 0.3, shift), [sizes.width]),
      );
    const attributes = { axis: int(-1), epsilon: float(1e-5) };
    const normal =
      form.norm === 'layer'
        ? b.op('LayerNormalization', [input, gain(1), gain(0)], attributes)
        : form.norm === 'rms'
          ? b.op('RMSNormalization', [input, gain(1)], attributes)
          : form.norm === 'plus-one'
            ? this.plusOneNorm(input, gain(0))
            : b.op('SimplifiedLayerNormalization', [input, gain(1)], attributes);
    return form.half ? b.cast(normal, 'float16') : normal;
  }

  /** x·(mean(x²) + ε)^−½·(1 + w), spelt out as Gemma's exports do. */
  private plusOneNorm(x: Value, w: Value): Value {
    const { b } = this;
    const mean = b.reduceMean(b.op('Pow', [x, b.scalar(2)]), [-1]);
    const root = b.op('Sqrt', [b.add(mean, 1e-5)]);
    return b.mul(b.mul(x, b.div(1, root)), b.add(w, 1));
  }

  feedForward(x: Value): Value {
    const { b, form } = this;
    if (form.experts) return mixtureOfExperts(b, x, sizes.width);
    const gate = this.project(x, 'mlp.gate_proj', sizes.width, sizes.hidden);
    const up = this.project(x, 'mlp.up_proj', sizes.width, sizes.hidden);
    const op = form.activation ?? 'Sigmoid';
    let active: Value;
    if (op === 'Sigmoid') active = b.mul(gate, b.op('Sigmoid', [gate]));
    else if (op === 'tanh')
      active = b.op('Gelu', [gate], { approximate: { kind: 'string', value: 'tanh' } });
    else if (op === 'com.microsoft::BiasGelu')
      active = b.op(op, [gate, this.real('gelu.bias', [sizes.hidden], 0.3)]);
    else active = b.op(op, [gate]);
    return this.project(b.mul(active, up), 'mlp.down_proj', sizes.hidden, sizes.width);
  }

  attention(x: Value): Value {
    const { form } = this;
    const { heads, head, width } = sizes;
    const groups = form.groups ?? heads;
    const project = (name: string, count: number): Value =>
      this.project(x, `self_attn.${name}`, width, count * head);
    const kind = form.attention ?? 'grouped';
    if (kind === 'weights-inside') {
      const { y, present } = attentionWithWeights(this.b, x, heads, head);
      this.present.push(present);
      return this.project(y, 'self_attn.o_proj', heads * head, width);
    }
    const mixed =
      kind === 'packed'
        ? this.grouped(project('qkv_proj', heads + 2 * groups), null, null, groups)
        : this.unpacked(
            project('q_proj', heads),
            project('k_proj', groups),
            project('v_proj', groups),
          );
    return this.project(mixed, 'self_attn.o_proj', heads * head, width);
  }

  private unpacked(query: Value, key: Value, value: Value): Value {
    const { b, form } = this;
    const { heads, head } = sizes;
    const groups = form.groups ?? heads;
    const [q, k] = [this.turned(query, heads), this.turned(key, groups)];
    const byHead = (each: Value, count: number): Value =>
      b.transpose(b.reshape(each, [0, 0, count, head]), [0, 2, 1, 3]);
    switch (form.attention) {
      case 'multi-head': {
        const bias = form.biases ? this.real('attention.bias', [3 * heads * head], 0.2) : null;
        const mask = b.cast(this.graph.input('attention_mask'), 'int32');
        return this.made('com.microsoft::MultiHeadAttention', [q, k, value, bias, mask], {
          num_heads: int(heads),
          unidirectional: int(1),
        });
      }
      case 'multi-head-packed': {
        const five = [q, k, value].map((each) => b.reshape(each, [0, 0, heads, 1, head]));
        return this.made(
          'com.microsoft::MultiHeadAttention',
          [b.concat(five, 3), null, null, null, null, this.causal()],
          {
            num_heads: int(heads),
          },
        );
      }
      case 'onnx': {
        const real = b.unsqueeze(b.cast(this.graph.input('attention_mask'), 'bool'), [1, 2]);
        const shown = b.op('And', [real, this.seen()]);
        const attributes = {
          q_num_heads: int(heads),
          kv_num_heads: int(groups),
          ...(form.softcap && { softcap: float(form.softcap) }),
        };
        if (!form.cache) return this.made('Attention', [q, k, value, shown], attributes);
        const pasts = this.pasts(groups);
        const inputs = form.causalInside ? [q, k, value, null] : [q, k, value, shown];
        const node = b.node('Attention', [...inputs, ...pasts], 3, {
          ...attributes,
          is_causal: int(form.causalInside ? 1 : 0),
        });
        for (const output of node.outputs) if (output) output.type = 'float32';
        node.out().shape = ['batch', 'time', heads * head];
        this.handOn([node.out(1), node.out(2)], groups);
        return node.out();
      }
      case 'plain':
        return this.plain(byHead(q, heads), byHead(k, groups), byHead(value, groups), groups);
      default:
        return this.grouped(q, k, value, groups);
    }
  }

  /** Inputs for the keys and values of the tokens before. */
  private pasts(groups: number): Value[] {
    const dims = ['batch', groups, 'past', sizes.head];
    return ['key', 'value'].map((name) =>
      this.graph.addInput(`past_key_values.0.${name}`, 'float32', dims),
    );
  }

  /** Keys and values as outputs. */
  private handOn(presents: readonly Value[], groups: number): void {
    presents.forEach((present, index) => {
      present.shape = ['batch', groups, 'total', sizes.head];
      this.graph.rename(present, `present.0.${index === 0 ? 'key' : 'value'}`);
      this.present.push(present);
    });
  }

  private made(
    op: string,
    inputs: (Value | null)[],
    attributes: Parameters<Builder['op']>[2],
  ): Value {
    const y = this.b.op(op, inputs, attributes);
    y.type = 'float32';
    y.shape = ['batch', 'time', sizes.heads * sizes.head];
    return y;
  }

  /** Whether key j ≤ query i, [T, S]. */
  private seen(): Value {
    const { b } = this;
    const [start, total] = this.span();
    const [zero, one] = [b.scalar(0, 'int64'), b.scalar(1, 'int64')];
    const keys = b.unsqueeze(b.op('Range', [zero, total, one]), [0]);
    return b.op('LessOrEqual', [keys, b.unsqueeze(b.op('Range', [start, total, one]), [1])]);
  }

  /** Positions [start, end) of the tokens given, by how long the mask and they are, int64 []. */
  private span(): [Value, Value] {
    const { b, graph } = this;
    const scalarLength = (value: Value): Value =>
      b.op('Squeeze', [b.op('Gather', [b.op('Shape', [value]), b.integers([1])])]);
    const total = scalarLength(graph.input('attention_mask'));
    return [b.op('Sub', [total, scalarLength(graph.input('input_ids'))]), total];
  }

  private causal(): Value {
    const { b } = this;
    const real = b.unsqueeze(b.cast(this.graph.input('attention_mask'), 'bool'), [1, 2]);
    const shown = this.form.oneToken ? real : b.op('And', [b.unsqueeze(this.seen(), [0, 1]), real]);
    const type = this.form.half ? 'float16' : 'float32';
    return b.op('Where', [shown, b.scalar(0, type), b.scalar(-1e4, type)]);
  }

  private plain(query: Value, key: Value, value: Value, groups: number): Value {
    const { b, form, graph } = this;
    const { heads, head } = sizes;
    const withCache = (name: string, now: Value): Value => {
      if (!form.cache) {
        if (!form.presents) return now;
        const named = b.op('Identity', [now]);
        graph.rename(named, `present.0.${name}`);
        this.present.push(named);
        return named;
      }
      const dims = ['batch', groups, 'past', head];
      const past = graph.addInput(`past_key_values.0.${name}`, 'float32', dims);
      const all = b.concat([past, now], 2);
      graph.rename(all, `present.0.${name}`);
      this.present.push(all);
      return all;
    };
    const repeated = (each: Value): Value => {
      if (groups === heads) return each;
      const shape = b.concat(
        [
          b.op('Shape', [each], { end: int(2) }),
          b.integers([heads / groups]),
          b.op('Shape', [each], { start: int(2) }),
        ],
        0,
      );
      return b.reshape(b.op('Expand', [b.unsqueeze(each, [2]), shape]), [0, heads, -1, head]);
    };
    const [k, v] = [withCache('key', key), withCache('value', value)].map(repeated) as [
      Value,
      Value,
    ];
    const scores = b.mul(b.op('MatMul', [query, b.transposeLast(k)]), 1 / Math.sqrt(head));
    const capped = form.softcap
      ? b.mul(b.op('Tanh', [b.div(scores, form.softcap)]), form.softcap)
      : scores;
    const weights = b.op('Softmax', [b.add(capped, this.causal())], { axis: int(-1) });
    const mixed = b.transpose(b.op('MatMul', [weights, v]), [0, 2, 1, 3]);
    return b.reshape(mixed, [0, 0, heads * head]);
  }

  private tables(): [Value, Value] {
    const half = sizes.head / 2;
    const { switchedAt } = this.form;
    if (switchedAt !== undefined) {
      const rows = (count: number, base: number, turn: (angle: number) => number): Float32Array =>
        Float32Array.from({ length: count * half }, (_, i) =>
          turn(Math.floor(i / half) * base ** (-(i % half) / half)),
        );
      const tables = [Math.cos, Math.sin].map((turn) => ({
        short: rows(switchedAt, 100, turn),
        long: rows(sizes.positions, 900, turn),
      }));
      return switchedTables(this.b, tables, half, switchedAt) as [Value, Value];
    }
    const table = (name: string, turn: (angle: number) => number): Value =>
      this.graph.value(name) ??
      this.graph.addInitializer(
        name,
        float32Tensor(
          Float32Array.from({ length: sizes.positions * half }, (_, i) =>
            turn(Math.floor(i / half) * 100 ** (-(i % half) / half)),
          ),
          [sizes.positions, half],
        ),
      );
    return [table('cos_cache', Math.cos), table('sin_cache', Math.sin)];
  }

  /** Positions int64 [B, T]: the file's own input, or counted from the mask. */
  private positions(): Value {
    const { b, graph, form } = this;
    const given = graph.inputs.find(({ name }) => name === 'position_ids');
    if (given) return given;
    if (form.oneToken && !form.positionIds) return b.unsqueeze(this.span()[0], [0]);
    if (form.positionIds) return graph.addInput('position_ids', 'int64', ['batch', 'time']);
    const counted = b.op('CumSum', [graph.input('attention_mask'), b.scalar(1, 'int64')]);
    return b.op('Max', [b.op('Sub', [counted, b.scalar(1, 'int64')]), b.scalar(0, 'int64')]);
  }

  private turned(x: Value, heads: number): Value {
    const { form } = this;
    const kind = form.rotary ?? 'inside';
    if (kind === 'inside' || kind === 'none') return x;
    const [cosine, sine] = this.tables();
    const attributes = { num_heads: int(heads), interleaved: int(form.interleaved ? 1 : 0) };
    const y =
      kind === 'onnx'
        ? this.b.op('RotaryEmbedding', [x, cosine, sine, this.positions()], attributes)
        : this.b.op(
            'com.microsoft::RotaryEmbedding',
            [x, this.positions(), cosine, sine],
            attributes,
          );
    y.type = 'float32';
    y.shape = x.shape;
    return y;
  }

  private grouped(query: Value, key: Value | null, value: Value | null, groups: number): Value {
    const { b, form, graph } = this;
    const mask = graph.input('attention_mask');
    const counts = b.op('ReduceSum', [mask, b.integers([1])], { keepdims: int(0) });
    const last = b.cast(b.op('Sub', [counts, b.scalar(1, 'int64')]), 'int32');
    const total = b.cast(b.op('Gather', [b.op('Shape', [mask]), b.scalar(1, 'int64')]), 'int32');
    const inside = (form.rotary ?? 'inside') === 'inside';
    const [cosine, sine] = inside ? this.tables() : [null, null];
    const past = ['key', 'value'].map((name) =>
      graph.addInput(`past_key_values.0.${name}`, 'float32', ['batch', groups, 'past', 'head']),
    );
    const node = b.node(
      'com.microsoft::GroupQueryAttention',
      [
        query,
        key,
        value,
        ...past,
        last,
        total,
        cosine,
        sine,
        ...(form.sinks ? [null, null, this.real('model.layers.0.sinks', [sizes.heads], 1)] : []),
      ],
      3,
      {
        num_heads: int(sizes.heads),
        kv_num_heads: int(groups),
        do_rotary: int(inside ? 1 : 0),
        rotary_interleaved: int(form.interleaved ? 1 : 0),
        ...(form.window && { local_window_size: int(form.window) }),
        ...(form.softcap && { softcap: float(form.softcap) }),
      },
    );
    for (const output of node.outputs) if (output) output.type = 'float32';
    node.out().shape = ['batch', 'time', sizes.heads * sizes.head];
    this.handOn([node.out(1), node.out(2)], groups);
    return node.out();
  }
}

/** Two sequences of two lengths, padded on the right, as flat rows. */
export const batch = {
  rows: 2,
  time: 6,
  ids: [3, 17, 5, 29, 8, 11, 21, 2, 38, 6, 0, 0],
  mask: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0],
} as const;

/** Names of the constants that a value is computed from. */
export function weightsNeeded(value: Value): string[] {
  const names = new Set<string>();
  const met = new Set<Value>();
  const waiting = [value];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (met.has(next)) continue;
    met.add(next);
    if (next.isConstant) names.add(next.name);
    // An exporter that calls a weight `onnx::MatMul_12` names the product that reads it.
    if (next.producer?.inputs.some((input) => input?.isConstant)) names.add(next.producer.name);
    waiting.push(...(next.producer?.inputs ?? []).filter((input) => input !== null));
  }
  return [...names];
}
