import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Builder, float32Tensor, Graph, int, parseModel, type Value } from '../onnx/index.ts';
import { weightsNeeded } from './exporters.ts';
import { lower } from './lower/index.ts';
import { prepare } from './prepare.ts';
import { residualStream } from './residual.ts';

const models = new URL('../../../../e2e/models/', import.meta.url);
const fixtures = readdirSync(models).filter((name) =>
  existsSync(new URL(`${name}/config.json`, models)),
);

interface Config {
  num_hidden_layers?: number;
  n_layer?: number;
  hidden_size?: number;
  n_embd?: number;
  layer_types?: string[];
}

function fixture(name: string): {
  graph: Graph;
  layers: number;
  /** Of those, the ones that attend; the others of a hybrid end where one that attends ends. */
  attending: number;
  width: number;
} {
  const read = (file: string): Uint8Array<ArrayBuffer> =>
    new Uint8Array(readFileSync(new URL(`${name}/${file}`, models)));
  const config = JSON.parse(new TextDecoder().decode(read('config.json'))) as Config;
  const layers = config.num_hidden_layers ?? config.n_layer ?? NaN;
  const types = config.layer_types ?? Array<string>(layers).fill('attention');
  const attends = types.filter((type) => type.includes('attention'));
  return {
    graph: lower(prepare(parseModel(read('onnx/model.onnx'))), {
      cache: false,
      fusedProducts: true,
    }),
    layers,
    attending: attends.length,
    width: config.hidden_size ?? config.n_embd ?? NaN,
  };
}

/** Numbers of the layers whose weights a value needs, by the weights' names, which the pass does not look at. */
function layersOf(value: Value): number[] {
  const names = weightsNeeded(value).map((name) => /(?:layers|h)\.(\d+)[./]/.exec(name)?.[1]);
  return [
    ...new Set(names.flatMap((layer) => (layer === undefined ? [] : [Number(layer)]))),
  ].sort();
}

describe('the residual stream', () => {
  it.each(fixtures)('of %s is one state a layer, made by that layer and those before', (name) => {
    const { graph, layers, attending, width } = fixture(name);
    const stream = residualStream(graph);
    expect(stream).toHaveLength(attending);
    stream.forEach((state, layer) => {
      expect(state.shape?.at(-1)).toBe(width);
      const before = layer === attending - 1 ? layers : layer + 1;
      expect(layersOf(state)).toEqual([...Array(before).keys()]);
    });
  });

  it('is refused of a graph without layers', () => {
    const graph = new Graph();
    graph.opsets.set('', 21);
    const ids = graph.addInput('input_ids', 'int64', ['batch', 'time']);
    const b = new Builder(graph, 'model');
    const constant = (name: string): Value =>
      graph.addInitializer(name, float32Tensor(new Float32Array(16), [4, 4]));
    const hidden = b.op('Gather', [constant('embedding.weight'), ids], { axis: int(0) });
    graph.addOutput('logits', b.op('MatMul', [hidden, constant('head.weight')]));
    expect(() => residualStream(graph)).toThrow('does not show its residual stream');
  });
});
