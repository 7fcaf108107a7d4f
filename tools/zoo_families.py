"""The zoo's families: Transformers' `model_type` and what makes it small."""
SMALL = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128}
GROUPED = {**SMALL, "num_key_value_heads": 2, "head_dim": 16}
GPT = {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 128}
UNTIED = {"tie_word_embeddings": False}


def rope(**settings):
    return {**GROUPED, "rope_scaling": settings}


FAMILIES = {
    # Those that are given as fixtures, to see that this writes what the exporters wrote.
    "llama": ("llama", GROUPED),
    "gpt2": ("gpt2", GPT),
    "falcon": ("falcon", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}),
    "qwen3moe": ("qwen3_moe", {**GROUPED, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}),
    "gemma2": ("gemma2", {**GROUPED, "head_dim": 32, "sliding_window": 6, "query_pre_attn_scalar": 24, "attn_logit_softcapping": 5.0, "final_logit_softcapping": 3.0}),
    "phi3": ("phi3", {**SMALL, "num_key_value_heads": 2}),
    "qwen2": ("qwen2", GROUPED),
    # Biases of position instead of a rotation.
    "bloom": ("bloom", {"hidden_size": 64, "n_layer": 2, "n_head": 4}),
    "bloom6": ("bloom", {"hidden_size": 96, "n_layer": 2, "n_head": 6}),
    "mpt": ("mpt", {"d_model": 64, "n_layers": 2, "n_heads": 4, "max_seq_len": 128}),
    "falconalibi": ("falcon", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "alibi": True, "bias": True, "parallel_attn": False, "multi_query": False}),
    "falconnew": ("falcon", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_kv_heads": 2, "new_decoder_architecture": True}),
    "falconone": ("falcon", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "new_decoder_architecture": True, "num_kv_heads": 2, "num_ln_in_parallel_attn": 1}),
    # GPT-like.
    "bigcode": ("gpt_bigcode", {**GPT, "multi_query": True}),
    "bigcodemha": ("gpt_bigcode", {**GPT, "multi_query": False}),
    "codegen": ("codegen", {**GPT, "rotary_dim": 8, "n_ctx": 128}),
    "gptj": ("gptj", {**GPT, "rotary_dim": 8}),
    "gptneo": ("gpt_neo", {"hidden_size": 64, "num_layers": 2, "num_heads": 4, "attention_types": [[["global", "local"], 1]], "window_size": 4, "max_position_embeddings": 128}),
    "xglm": ("xglm", {"d_model": 64, "ffn_dim": 128, "num_layers": 2, "attention_heads": 4, "max_position_embeddings": 128}),
    "biogpt": ("biogpt", SMALL),
    "ctrl": ("ctrl", {"n_embd": 64, "dff": 128, "n_layer": 2, "n_head": 4, "n_positions": 128}),
    "neoxja": ("gpt_neox_japanese", {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_multiple_size": 2, "rotary_pct": 0.5}),
    "neox": ("gpt_neox", {**SMALL, "rotary_pct": 0.25}),
    "neoxserial": ("gpt_neox", {**SMALL, "rotary_pct": 0.5, "use_parallel_residual": False}),
    "opt": ("opt", {"hidden_size": 64, "ffn_dim": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128, "word_embed_proj_dim": 64}),
    "opt350": ("opt", {"hidden_size": 64, "ffn_dim": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128, "word_embed_proj_dim": 32, "do_layer_norm_before": False}),
    # Partial or odd rotations.
    "phi": ("phi", {**SMALL, "partial_rotary_factor": 0.5}),
    "phiqk": ("phi", {**SMALL, "partial_rotary_factor": 0.5, "qk_layernorm": True, "num_key_value_heads": 2}),
    "persimmon": ("persimmon", {**SMALL, "partial_rotary_factor": 0.5}),
    "stablelmpar": ("stablelm", {**SMALL, "num_key_value_heads": 2, "partial_rotary_factor": 0.25, "use_qkv_bias": True, "use_parallel_residual": True}),
    "glm": ("glm", GROUPED),
    "glm4": ("glm4", GROUPED),
    "cohere": ("cohere", {**GROUPED, "logit_scale": 0.5}),
    "cohere2": ("cohere2", {**GROUPED, "num_hidden_layers": 4, "sliding_window": 4, "sliding_window_pattern": 2, "layer_types": ["sliding_attention", "full_attention"] * 2}),
    "helium": ("helium", GROUPED),
    "ernie": ("ernie4_5", {**GROUPED, "use_bias": True}),
    "smollm3": ("smollm3", {**GROUPED, "num_hidden_layers": 4, "no_rope_layers": [1, 0, 1, 0]}),
    "smollm3win": ("smollm3", {**GROUPED, "num_hidden_layers": 4, "no_rope_layers": [1, 0, 1, 0], "use_sliding_window": True, "sliding_window": 4}),
    # Windows, norms, multipliers.
    "mistral": ("mistral", {**GROUPED, "sliding_window": 6}),
    "ministral": ("ministral", {**GROUPED, "sliding_window": 4, "layer_types": ["sliding_attention", "full_attention"]}),
    "starcoder2": ("starcoder2", {**SMALL, "num_key_value_heads": 2, "sliding_window": 4}),
    "gemma": ("gemma", GROUPED),
    "gemma3": ("gemma3_text", {**GROUPED, "num_hidden_layers": 4, "sliding_window": 4, "layer_types": ["sliding_attention", "full_attention"] * 2, "query_pre_attn_scalar": 24}),
    "vaultgemma": ("vaultgemma", {**GROUPED, "sliding_window": 4, "layer_types": ["sliding_attention", "full_attention"]}),
    "olmo": ("olmo", {**SMALL, "num_key_value_heads": 2, "clip_qkv": 1.0}),
    "olmo2": ("olmo2", {**SMALL, "num_key_value_heads": 2}),
    "olmo3": ("olmo3", {**SMALL, "num_hidden_layers": 4, "num_key_value_heads": 2, "sliding_window": 4, "layer_types": ["sliding_attention", "full_attention"] * 2}),
    "exaone4": ("exaone4", {**GROUPED, "num_hidden_layers": 4, "sliding_window": 4, "sliding_window_pattern": "LG", "layer_types": ["sliding_attention", "full_attention"] * 2}),
    "granite": ("granite", {**SMALL, "num_key_value_heads": 2, "embedding_multiplier": 3.0, "residual_multiplier": 0.5, "attention_multiplier": 0.2, "logits_scaling": 2.0}),
    "hunyuan": ("hunyuan_v1_dense", GROUPED),
    "apertus": ("apertus", GROUPED),
    "seedoss": ("seed_oss", GROUPED),
    "nemotron": ("nemotron", {**GROUPED, "partial_rotary_factor": 0.5}),
    "arcee": ("arcee", GROUPED),
    "qwen3": ("qwen3", GROUPED),
    "diffllama": ("diffllama", {**SMALL, "num_key_value_heads": 2}),
    "bitnet": ("bitnet", {**SMALL, "num_key_value_heads": 2}),
    "doge": ("doge", {**SMALL, "num_key_value_heads": 2, "keep_window_size": 128}),
    "llamabias": ("llama", {**GROUPED, "attention_bias": True, "mlp_bias": True, "num_key_value_heads": 1}),
    "llamatied": ("llama", {**GROUPED, "tie_word_embeddings": True}),
    "llamamha": ("llama", {**SMALL, "num_hidden_layers": 3, "hidden_act": "gelu"}),
    "llamawide": ("llama", {**GROUPED, "head_dim": 24}),
    "gpt2tall": ("gpt2", {**GPT, "scale_attn_by_inverse_layer_idx": True, "reorder_and_upcast_attn": True, "activation_function": "relu"}),
    "qwen2win": ("qwen2", {**GROUPED, "use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1}),
    # Of Transformers 5.
    "jais2": ("jais2", GROUPED),
    "nanochat": ("nanochat", {**SMALL, "num_key_value_heads": 2}),
    "ministral3": ("ministral3", {**GROUPED, "rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 32, "llama_4_scaling_beta": 0.1, "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0}}),
    "cwm": ("cwm", {**GROUPED, "sliding_window": 4, "layer_types": ["sliding_attention", "full_attention"]}),
    "hyperclovax": ("hyperclovax", GROUPED),
    "lfm2": ("lfm2", {**SMALL, "num_hidden_layers": 3, "num_key_value_heads": 2, "layer_types": ["conv", "full_attention", "conv"]}),
    # Scaled rotations.
    "ropelinear": ("llama", rope(rope_type="linear", factor=2.0)),
    "rope3": ("llama", rope(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)),
    "ropeyarn": ("llama", rope(rope_type="yarn", factor=4.0, original_max_position_embeddings=32)),
    "ropedynamic": ("llama", rope(rope_type="dynamic", factor=2.0)),
    "phi3long": ("phi3", {**SMALL, "num_key_value_heads": 2, "original_max_position_embeddings": 64,
                          "rope_scaling": {"type": "longrope", "short_factor": [1.0 + 0.1 * i for i in range(8)], "long_factor": [2.0 + 0.3 * i for i in range(8)]}}),
    "phi3half": ("phi3", {**SMALL, "num_key_value_heads": 2, "partial_rotary_factor": 0.5, "sliding_window": 4}),
    # Mixtures of experts.
    "mixtral": ("mixtral", {**GROUPED, "num_local_experts": 4}),
    "qwen2moe": ("qwen2_moe", {**SMALL, "num_key_value_heads": 2, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32, "shared_expert_intermediate_size": 48}),
    "olmoe": ("olmoe", {**SMALL, "num_key_value_heads": 2, "num_experts": 4, "num_experts_per_tok": 2}),
    "phimoe": ("phimoe", {**SMALL, "num_key_value_heads": 2, "num_local_experts": 4}),
    "gptoss": ("gpt_oss", {**GROUPED, "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 4, "layer_types": ["sliding_attention", "full_attention"],
                           "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32, "beta_fast": 32.0, "beta_slow": 1.0}}),
    "deepseek3": ("deepseek_v3", {**SMALL, "num_key_value_heads": 4, "kv_lora_rank": 16, "q_lora_rank": 24, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16,
                                  "n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32, "first_k_dense_replace": 2, "n_group": 1, "topk_group": 1}),
}
