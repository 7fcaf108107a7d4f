/** @file What a file's own names cannot tell of PyTorch's modules, by `model_type`: data for reading and writing PEFT's adapters. */
import { ownEntry } from '../own-entry.ts';
import type { ModuleTable } from '../passes/index.ts';

const queryKeyValue = ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'];
const gateUp = ['mlp.gate_proj', 'mlp.up_proj'];

const phi3: ModuleTable = {
  modules: { 'self_attn.qkv_proj': queryKeyValue, 'mlp.gate_up_proj': gateUp },
};

const lfm2: ModuleTable = {
  modules: {
    'self_attn.out_proj': ['self_attn.o_proj'],
    'feed_forward.w1': ['mlp.gate_proj'],
    'feed_forward.w3': ['mlp.up_proj'],
    'feed_forward.w2': ['mlp.down_proj'],
  },
};

const sharedMlp: ModuleTable = {
  modules: {
    'shared_mlp.input_linear': gateUp,
    'shared_mlp.output_linear': ['mlp.down_proj'],
  },
};

/**
 * Builders of ONNX files name every decoder's projections alike (`q_proj`, `gate_proj` …) and pack or unpack them as suits the runtime.
 * Exporters that trace PyTorch keep its names, of which none stands on the right here.
 */
const tables: Readonly<Record<string, ModuleTable>> = {
  phi: { modules: { 'self_attn.dense': ['self_attn.o_proj'] } },
  phi3,
  phi3_v: phi3,
  phi4mm: phi3,
  phimoe: { modules: { 'block_sparse_moe.gate': ['moe.router'] } },
  glm: { modules: { 'mlp.gate_up_proj': gateUp } },
  glm4: { modules: { 'mlp.gate_up_proj': gateUp } },
  chatglm: {
    layers: 'transformer.encoder.layers',
    modules: {
      'self_attention.query_key_value': queryKeyValue,
      'self_attention.dense': ['self_attn.o_proj'],
      'mlp.dense_h_to_4h': gateUp,
      'mlp.dense_4h_to_h': ['mlp.down_proj'],
    },
  },
  granitemoehybrid: sharedMlp,
  granitemoeshared: sharedMlp,
  lfm2,
  lfm2_moe: lfm2,
  gpt_oss: { without: ['moe.router', 'mlp.router'] },
};

/** The table for a model's `config.json`; empty where its file's names are PyTorch's. */
export function moduleTable(config: Readonly<Record<string, unknown>>): ModuleTable {
  const type = config['model_type'];
  return (typeof type === 'string' && ownEntry(tables, type)) || {};
}
