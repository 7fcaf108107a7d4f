/** @file How many operations a train step takes: nodes a layer, and dispatches of a whole step in Chromium on WebGPU. */
import { writeModel, type Graph } from '../packages/lethe-lora/src/onnx/index.ts';
import {
  arenaLength,
  buildTrainGraph,
  findProjections,
  prepare,
} from '../packages/lethe-lora/src/passes/index.ts';
import { decoder, small, type DecoderSize } from './decoder.ts';
import { openStepPage, type Feed, type Step } from './step-page.ts';

/** The train graph of a decoder with adapters of rank 8 on its seven projections, AdamW included. */
export function trainGraph(size: DecoderSize): { graph: Graph; parameters: number } {
  const source = prepare(decoder(size));
  const projections = findProjections(source);
  const { graph, layout } = buildTrainGraph(
    source,
    { kind: 'adapters', projections, rank: 8, alpha: 16 },
    'cross-entropy',
  );
  return { graph, parameters: arenaLength(layout) };
}

/** Feeds of one step of rows × time tokens. */
export function stepFeeds(
  { vocabulary }: DecoderSize,
  parameters: number,
  rows: number,
  time: number,
): Record<string, Feed> {
  const ids = Array.from({ length: rows * time }, (_, i) => (i * 37 + 11) % vocabulary);
  const long = (values: number[]): Feed => ({ type: 'int64', dims: [rows, time], values });
  const flat = (values: number[]): Feed => ({ type: 'float32', dims: [parameters], values });
  const zeros = Array<number>(parameters).fill(0);
  return {
    input_ids: long(ids),
    attention_mask: long(ids.map(() => 1)),
    labels: long(ids.map((id, i) => (i % time < time / 4 ? -100 : id))),
    adapter: flat(zeros.map((_, i) => 0.02 * Math.sin(i))),
    moment1: flat(zeros),
    moment2: flat(zeros),
    lr: { type: 'float32', dims: [], values: [1e-4] },
    step: { type: 'float32', dims: [], values: [1] },
  };
}

/** One step of a decoder as it is run. */
export function stepOf(size: DecoderSize, rows: number, time: number): Step {
  const { graph, parameters } = trainGraph(size);
  return { model: writeModel(graph), feeds: stepFeeds(size, parameters, rows, time) };
}

/** Nodes that each further layer adds to the train graph, forward and backward together. */
export function nodesPerLayer(size: DecoderSize): number {
  const [two, three] = [2, 3].map((layers) => trainGraph({ ...size, layers }).graph.nodes.length);
  return (three ?? NaN) - (two ?? NaN);
}

const qwen3 = { ...small, headNorms: true, packed: false };

/**
 * Dispatches of one step of 2 × 16 tokens, and nodes a layer, of decoders with two layers, 64 wide: Llama's operators with packed queries,
 * keys and values, Qwen3's in float32, and Qwen3's packed in 4 bits.
 */
export async function measureOperations(): Promise<
  Record<string, { nodesPerLayer: number; dispatches: number }>
> {
  const { run, close } = await openStepPage('webgpu');
  try {
    const shapes = {
      llama: small,
      qwen3,
      qwen3Quantised: { ...qwen3, packed: true, quantised: true },
    };
    const steps = Object.values(shapes).map((size) => stepOf(size, 2, 16));
    const measured = await run(steps, 1);
    return Object.fromEntries(
      Object.entries(shapes).map(([name, size], index) => [
        name,
        { nodesPerLayer: nodesPerLayer(size), dispatches: measured[index]?.dispatches ?? NaN },
      ]),
    );
  } finally {
    await close();
  }
}
