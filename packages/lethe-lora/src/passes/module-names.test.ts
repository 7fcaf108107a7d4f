/** Names that exporters and quantisers leave, as PEFT's modules. */
import { describe, expect, it } from 'vitest';
import { Builder, float32Tensor, Graph, type Value } from '../onnx/index.ts';
import { findProjections, type Projection } from './index.ts';
import { canonicalPath, renamed } from './module-names.ts';

describe('a module is found in', () => {
  const q = 'model.layers.0.self_attn.q_proj';
  it.each([
    ['model.layers.0.self_attn.q_proj.weight', q],
    ['model.layers.0.attn.q_proj.MatMul.weight', q],
    ['model.layers.0.attn.q_proj.MatMul.weight_Q4', q],
    ['model.layers.0.attn.q_proj.MatMul.weight_Q4G32', q],
    ['model.layers.0.attn.q_proj.MatMul.weight_DQ_Q4', q],
    ['model.layers.0.attn.q_proj.MatMul.qweight', q],
    ['model.layers.0.attn.q_proj.MatMul.DequantizeLinear.qweight', q],
    ['model.layers.0.self_attn.q_proj.weight_quantized', q],
    ['model.layers.0.self_attn.q_proj.weight_transposed_quantized', q],
    ['model.layers.0.self_attn.q_proj.weight_QuantizeLinear', q],
    ['model.layers.0.self_attn.q_proj.MatMul_quant.MatMul', q],
    ['model.layers.0.self_attn.q_proj.MatMul_Bnb4', q],
    ['model.layers.0.self_attn.q_proj.MatMul_output_0', q],
    ['model.layers.0.self_attn.q_proj_Q4', q],
    ['transformer.h.1.attn.c_attn.Gemm_MatMul_quant', 'transformer.h.1.attn.c_attn'],
    ['transformer.h.1.mlp.c_fc.bias', 'transformer.h.1.mlp.c_fc'],
    ['model.decoder.project_in.MatMul_quant', 'model.decoder.project_in'],
  ])('%s', (name, module) => expect(canonicalPath(name)).toBe(module));
});

describe('a table of a model type', () => {
  const product = (names: readonly (readonly [string, number])[], path: string): Projection => {
    let start = 0;
    const parts = names.map(([tail, length]) => {
      const name = `model.layers.3.${tail}`;
      const module = tail.split('.').pop() ?? '';
      start += length;
      return { name, module, layer: 3, start: start - length, length, from: 0, rows: length };
    });
    return {
      output: path,
      path: `model.layers.3.${path}`,
      inFeatures: 4,
      outFeatures: start,
      parts,
    };
  };
  const packed = product(
    [
      ['self_attn.q_proj', 8],
      ['self_attn.k_proj', 4],
      ['self_attn.v_proj', 4],
    ],
    'self_attn.qkv_proj',
  );
  const [gate, up] = ['gate_proj', 'up_proj'].map((name) =>
    product([[`mlp.${name}`, 6]], `mlp.${name}`),
  ) as [Projection, Projection];
  const modules = {
    'self_attn.qkv_proj': ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
    'mlp.gate_up_proj': ['mlp.gate_proj', 'mlp.up_proj'],
  };

  it('makes one part of what lies together in one product and one module', () => {
    expect(renamed([packed], { modules })[0]?.parts).toEqual([
      {
        name: 'model.layers.3.self_attn.qkv_proj',
        module: 'qkv_proj',
        layer: 3,
        start: 0,
        length: 16,
        from: 0,
        rows: 16,
      },
    ]);
  });

  it('gives products of their own their rows of one module', () => {
    const parts = renamed([gate, up], { modules }).flatMap((each) => each.parts);
    const name = 'model.layers.3.mlp.gate_up_proj';
    expect(parts).toMatchObject([
      { name, start: 0, length: 6, from: 0, rows: 12 },
      { name, start: 0, length: 6, from: 6, rows: 12 },
    ]);
  });

  it('leaves alone what the file does not have whole', () => {
    expect(renamed([up], { modules })).toEqual([up]);
  });

  it('moves the layers, and leaves out what is no module', () => {
    const table = { layers: 'transformer.blocks', without: ['mlp.up_proj'] };
    const found = renamed([gate, up], table);
    expect(found.map(({ parts }) => parts[0]?.name)).toEqual([
      'transformer.blocks.3.mlp.gate_proj',
    ]);
  });
});

/** A decoder of products with the given node names, each with a weight of its own, and the file's other weights. */
function namesOf(nodes: readonly string[], others: readonly string[]): string[] {
  const graph = new Graph();
  let x = graph.addInput('x', 'float32', ['T', 4]);
  const weight = (name: string): Value =>
    graph.addInitializer(name, float32Tensor(Array(16).fill(1), [4, 4]));
  const b = new Builder(graph, 'test');
  for (const name of others) x = b.add(x, weight(name));
  nodes.forEach((node, index) => {
    const y = graph.addValue(`y${index}`);
    graph.addNode('MatMul', [x, weight(`onnx::MatMul_${index}`)], [y], {}, node);
    x = y;
  });
  graph.addOutput('logits', b.op('MatMul', [x, weight('onnx::MatMul_head')]));
  return findProjections(graph).flatMap(({ parts }) => parts.map(({ name }) => name));
}

describe('a module whose weight has no name of its own', () => {
  it('is called by its node', () => {
    const nodes = ['/model/layers.0/mlp/up_proj/MatMul', '/model/layers.0/mlp/down_proj/MatMul'];
    expect(namesOf(nodes, ['model.embed_tokens.weight'])).toEqual([
      'model.layers.0.mlp.up_proj',
      'model.layers.0.mlp.down_proj',
    ]);
  });

  it('begins where the weights do, though the trace begins below', () => {
    const nodes = ['/decoder/project_in/MatMul', '/decoder/layers.0/fc1/MatMul'];
    expect(namesOf(nodes, ['model.decoder.embed_tokens.weight'])).toEqual([
      'model.decoder.project_in',
      'model.decoder.layers.0.fc1',
    ]);
  });

  it('is none where a module multiplies with several weights, as one of experts does', () => {
    const experts = ['/model/layers.0/mlp/experts/MatMul', '/model/layers.0/mlp/experts/MatMul_1'];
    const nodes = ['/model/layers.0/self_attn/o_proj/MatMul', ...experts];
    expect(namesOf(nodes, [])).toEqual(['model.layers.0.self_attn.o_proj']);
  });
});
