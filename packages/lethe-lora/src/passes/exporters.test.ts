/**
 * Decoders in exporters' forms: the logits of the file as ONNX Runtime's own kernels compute them against those of Lethe's decode
 * graph, and the train graph's gradient along a random direction against a central difference of its loss.
 */
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { writeModel, type Graph } from '../onnx/index.ts';
import { options } from './lower/fused-kernel.ts';
import { batch, exported, sizes, weightsNeeded, type Form } from './exporters.ts';
import { mergedDecoder } from './merged-decoder.ts';
import {
  adapterLayout,
  arenaLength,
  buildDecodeGraph,
  buildGradientGraph,
  buildScoreGraph,
  findProjections,
  lower,
  prepare,
  residualStream,
} from './index.ts';

type Feeds = Record<string, ort.Tensor>;
const { rows, time } = batch;
const long = (values: readonly number[], dims: readonly number[]): ort.Tensor =>
  new ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims);

async function open(graph: Graph): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(writeModel(graph), options);
}

async function compute(
  session: ort.InferenceSession,
  feeds: Feeds,
): Promise<Record<string, number[]>> {
  const used = Object.fromEntries(
    session.inputNames.map((name) => [name, feeds[name] as ort.Tensor]),
  );
  const outputs = await session.run(used);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  );
}

async function run(graph: Graph, feeds: Feeds): Promise<Record<string, number[]>> {
  const session = await open(graph);
  const results = await compute(session, feeds);
  await session.release();
  return results;
}

function feedsOf(source: Graph, adapter: Float32Array): Feeds {
  const labels = batch.ids.map((id, i) => (batch.mask[i] === 1 && i % time > 1 ? id : -100));
  const feeds: Feeds = {
    input_ids: long(batch.ids, [rows, time]),
    attention_mask: long(batch.mask, [rows, time]),
    position_ids: long([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 3, 3], [rows, time]),
    positions: long([...Array(rows * time).keys()], [rows * time]),
    labels: long(labels, [rows, time]),
    use_cache_branch: new ort.Tensor('bool', Uint8Array.of(0), [1]),
    adapter: new ort.Tensor('float32', adapter, [adapter.length]),
  };
  for (const { name, shape } of source.inputs)
    if (name.startsWith('past')) {
      const named: Record<string, number> = { batch: rows, past: 0, head: sizes.head };
      const dims = (shape ?? []).map((dim) => named[dim] ?? Number(dim));
      const count = dims.reduce((product, size) => product * size, 1);
      feeds[name] = new ort.Tensor('float32', new Float32Array(count), dims);
    }
  return feeds;
}

/** Largest difference of the logits at real tokens, relative to the largest logit. */
function difference(ours: readonly number[], theirs: readonly number[]): number {
  const isReal = (i: number): boolean => batch.mask[Math.floor(i / sizes.vocabulary)] === 1;
  const scale = Math.max(...theirs.map(Math.abs));
  expect(ours.length).toBe(theirs.length);
  return (
    theirs.reduce(
      (most, value, i) => (isReal(i) ? Math.max(most, Math.abs(value - (ours[i] ?? NaN))) : most),
      0,
    ) / scale
  );
}

const wave = (length: number, scale: number, pace: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => scale * Math.sin(i * pace + i / 11));

/** `reference` is the file whose kernels are compared with, where ONNX Runtime's CPU provider lacks those of `file`. */
async function check(file: Graph, tolerance: number, reference = file): Promise<void> {
  const source = prepare(file.clone());
  const projections = findProjections(source);
  const trainable = { kind: 'adapters', projections, rank: 2, alpha: 4 } as const;
  const size = arenaLength(adapterLayout(projections, 2));
  const none = new Float32Array(size);
  const feeds = feedsOf(file, none);
  const theirs = (await run(reference, feeds))['logits'] ?? [];
  const ours = (await run(buildDecodeGraph(source, trainable), feeds))['logits'] ?? [];
  expect(difference(ours, theirs)).toBeLessThan(tolerance);

  // The layer's state is what the feed-forward part adds to, before the final norm.
  const stream = residualStream(lower(source, { cache: false }));
  expect(stream).toHaveLength(1);
  const needed = stream.flatMap(weightsNeeded).filter((name) => name.startsWith('model.layers'));
  expect(needed.some((name) => name.includes('mlp.down_proj'))).toBe(true);
  expect(needed.some((name) => name.endsWith('.0.norm.weight'))).toBe(false);

  // Along a direction d, which the gradient g is part of: (loss(w + h·d) − loss(w − h·d)) / 2h against g·d.
  const { graph } = buildGradientGraph(source, trainable, 'cross-entropy');
  const at = wave(size, 0.1, 1.3);
  const session = await open(graph);
  const gradient = (await compute(session, feedsOf(file, at)))['grad'] ?? [];
  const [g, other] = [unit(gradient), unit([...wave(size, 1, 2.1)])];
  const along = g.map((value, i) => value + 0.5 * (other[i] ?? 0));
  const h = 0.01;
  const lossAt = async (shift: number): Promise<number> => {
    const moved = at.map((value, i) => value + shift * (along[i] ?? 0));
    return (await compute(session, feedsOf(file, moved)))['loss']?.[0] ?? NaN;
  };
  const slope = gradient.reduce((sum, value, i) => sum + value * (along[i] ?? 0), 0);
  const measured = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
  await session.release();
  // Rounding of a loss of about 4 (5e-7) over 2h is 3e-5; the h² term adds as much.
  expect(Math.abs(slope - measured)).toBeLessThan(1e-3 * Math.max(1, slope));
  expect(slope).toBeGreaterThan(0.1);
}

function unit(values: readonly number[]): number[] {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

describe('a decoder with', () => {
  const forms: readonly (readonly [string, Form])[] = [
    ['separate queries, keys and values', {}],
    ['packed queries, keys and values', { attention: 'packed', groups: 2 }],
    ['one key for all heads', { groups: 1 }],
    ['interleaved rotary embedding inside attention', { interleaved: true, groups: 2 }],
    ['a local window', { window: 3 }],
    ['a soft cap', { softcap: 1.5 }],
    ['a sink of each head', { sinks: true, groups: 2 }],
    ['ONNX Attention with a cache', { attention: 'onnx', rotary: 'onnx', groups: 2, cache: true }],
    ['a convolution with its state', { convolution: 'spelt' }],
    ['a convolution with its state by an operator', { convolution: 'fused' }],
    ['a mixture of experts', { experts: true }],
    ['the projection inside of attention', { attention: 'weights-inside' }],
    ['tables that are chosen, the first', { switchedAt: 3 }],
    ['tables that are chosen, the second', { switchedAt: 8 }],
    ['biases', { biases: true, groups: 2 }],
    ['a tied head', { tied: true }],
    [
      'MultiHeadAttention and a rotary operator',
      { attention: 'multi-head', rotary: 'contributed' },
    ],
    [
      'MultiHeadAttention with biases inside',
      { attention: 'multi-head', rotary: 'none', biases: true },
    ],
    [
      'an interleaved rotary operator',
      { attention: 'multi-head', rotary: 'contributed', interleaved: true },
    ],
    [
      'position_ids as an input',
      { attention: 'multi-head', rotary: 'contributed', positionIds: true },
    ],
    [
      'ONNX Attention, RotaryEmbedding and RMSNormalization',
      { attention: 'onnx', rotary: 'onnx', norm: 'rms', groups: 2 },
    ],
    [
      'ONNX RotaryEmbedding, interleaved, by position_ids',
      { attention: 'onnx', rotary: 'onnx', interleaved: true, positionIds: true },
    ],
    ['ONNX Attention with a cap', { attention: 'onnx', rotary: 'none', softcap: 1.5 }],
    ['attention spelt out, keys repeated', { attention: 'plain', rotary: 'onnx', groups: 2 }],
    [
      'attention spelt out, with a cache',
      { attention: 'plain', rotary: 'onnx', groups: 2, cache: true },
    ],
    ['attention spelt out, capped', { attention: 'plain', rotary: 'none', softcap: 1.5 }],
    ['(1 + w) norms', { norm: 'plus-one' }],
    ['layer norms', { norm: 'layer', biases: true }],
    ['Gelu', { activation: 'Gelu' }],
    ['Gelu by tanh', { activation: 'tanh' }],
    ['FastGelu', { activation: 'com.microsoft::FastGelu' }],
    ['QuickGelu', { activation: 'com.microsoft::QuickGelu' }],
    ['BiasGelu', { activation: 'com.microsoft::BiasGelu' }],
    ['float16 weights and casts', { weights: 'float16' }],
    ['8-bit weights by channel', { weights: 'int8' }],
    ['4-bit weights by block', { weights: 'uint4' }],
  ];
  it.each(forms)('%s', async (_, form) => {
    await check(exported(form), 2e-5);
  });

  it('MultiHeadAttention over packed heads, for which only GPUs have a kernel', async () => {
    const form: Form = { rotary: 'none' };
    await check(
      exported({ ...form, attention: 'multi-head-packed' }),
      2e-5,
      exported({ ...form, attention: 'multi-head' }),
    );
  });

  it('float16 everywhere but in the norms', async () => {
    // ONNX Runtime computes it in float16 (eps 1e-3), Lethe in float32.
    await check(exported({ half: true, attention: 'plain', rotary: 'none' }), 1e-2);
  });
});

describe('tables that are chosen by the length', () => {
  it('are those of each row by itself when rows on both sides of the switch are scored together', async () => {
    const source = exported({ switchedAt: 5 });
    const trainable = {
      kind: 'adapters',
      projections: findProjections(source),
      rank: 2,
      alpha: 4,
    } as const;
    const size = arenaLength(adapterLayout(trainable.projections, 2));
    const together = await run(
      buildScoreGraph(source, trainable),
      feedsOf(source, new Float32Array(size)),
    );
    for (const row of [0, 1]) {
      const ids: number[] = batch.ids
        .slice(row * time)
        .filter((_, i) => batch.mask[row * time + i] === 1);
      const own = ids.slice(0, time);
      const feeds: Feeds = {
        ...feedsOf(source, new Float32Array(0)),
        input_ids: long(own, [1, own.length]),
        attention_mask: long(
          own.map(() => 1),
          [1, own.length],
        ),
      };
      for (const name of Object.keys(feeds))
        if (name.startsWith('past'))
          feeds[name] = new ort.Tensor('float32', new Float32Array(0), [1, sizes.heads, 0, 16]);
      const logits = (await run(source, feeds))['logits'] ?? [];
      const expected = own.slice(2).reduce<number>((sum, id, i) => {
        const from = (i + 1) * sizes.vocabulary;
        const each = logits.slice(from, from + sizes.vocabulary);
        const total = each.reduce((all, z) => all + Math.exp(z), 0);
        return sum + (each[id] ?? 0) - Math.log(total);
      }, 0);
      expect(together['sequence_logprob']?.[row]).toBeCloseTo(expected, 4);
    }
  });
});

describe('a merged decoder', () => {
  it('is asked from the first token on and taught by its branch without a cache', async () => {
    const file = mergedDecoder({ rotary: 'none' });
    await check(file, 2e-5);
    const opened = prepare(file.clone());
    expect(opened.inputs.map(({ name }) => name)).toEqual(['input_ids', 'attention_mask']);
    expect(findProjections(opened).map(({ parts }) => parts[0]?.name)).toContain(
      'model.layers.0.self_attn.q_proj',
    );
  });
});
