/** @file What `config.json` says of a decoder, as Transformers writes it. */
import { isLocal, localRopeTheta, type DecoderShape, type Kind, type Precision } from './shape.ts';

const architectures: Readonly<Record<Kind, string>> = {
  llama: 'LlamaForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
  gemma3_text: 'Gemma3ForCausalLM',
};

export function configuration(shape: DecoderShape, precision: Precision): Record<string, unknown> {
  const { kind, window } = shape;
  const activation = kind === 'gemma3_text' ? 'hidden_activation' : 'hidden_act';
  return {
    architectures: [architectures[kind]],
    model_type: kind,
    [activation]: kind === 'gemma3_text' ? 'gelu_pytorch_tanh' : 'silu',
    attention_bias: false,
    dtype: precision.endsWith('f16') || precision === 'fp16' ? 'float16' : 'float32',
    head_dim: shape.headSize,
    hidden_size: shape.width,
    intermediate_size: shape.mlp,
    max_position_embeddings: shape.positions,
    num_attention_heads: shape.heads,
    num_hidden_layers: shape.layers,
    num_key_value_heads: shape.kvHeads,
    rms_norm_eps: shape.epsilon,
    rope_theta: shape.ropeTheta,
    tie_word_embeddings: true,
    use_cache: true,
    vocab_size: shape.vocabulary,
    ...(window !== undefined && {
      layer_types: Array.from({ length: shape.layers }, (_, layer) =>
        isLocal(shape, layer) ? 'sliding_attention' : 'full_attention',
      ),
      query_pre_attn_scalar: shape.headSize,
      rope_local_base_freq: localRopeTheta,
      sliding_window: window,
    }),
  };
}
