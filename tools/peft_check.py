"""Loads adapters that Lethe wrote with PEFT on the original PyTorch models, and adapters that PEFT wrote for Lethe to load.

    npx tsx tools/peft-cases.ts cases && python tools/peft_check.py cases

with torch, transformers, peft, onnx. It writes e2e/models/peft.json (what PyTorch says of each case's text) and e2e/models/peft/ (an adapter
saved by PEFT with ranks and alphas of their own, and rank-stabilised scaling). The suite compares: nothing of Lethe needs Python.
"""
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM, Phi3Config

models = Path(__file__).parent.parent / "e2e" / "models"


def weights_of(fixture):
    """The ONNX file's matrices by their path, dequantised, [in, out] as MatMul has them."""
    graph = onnx.load(models / fixture / "onnx" / "model.onnx").graph
    given = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    found = {name: np.asarray(array, np.float32) for name, array in given.items() if array.dtype in (np.float32, np.float16)}
    for node in graph.node:
        if node.op_type != "MatMulNBits":
            continue
        attribute = {each.name: each.i for each in node.attribute}
        rows, columns, block = attribute["N"], attribute["K"], attribute["block_size"]
        assert attribute["bits"] == 4
        packed = given[node.input[1]].reshape(rows, -1)
        values = np.stack([packed & 15, packed >> 4], -1).reshape(rows, -1, block).astype(np.float32)
        zero = 8.0
        if len(node.input) > 3 and node.input[3]:
            points = given[node.input[3]].reshape(rows, -1)
            zero = np.stack([points & 15, points >> 4], -1).reshape(rows, -1)[:, : values.shape[1], None].astype(np.float32)
        scales = np.asarray(given[node.input[2]], np.float32).reshape(rows, -1, 1)
        path = node.input[1].split(".MatMul")[0]
        found[f"{path}.MatMul.weight"] = ((values - zero) * scales).reshape(rows, -1)[:, :columns].T
    return found


def original(fixture, packed=False):
    """The PyTorch model whose weights the ONNX file holds."""
    weights = weights_of(fixture)
    config = AutoConfig.from_pretrained(models / fixture)
    if packed:
        config = Phi3Config(**{**config.to_dict(), "model_type": "phi3", "rope_scaling": None, "pad_token_id": 0})
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    if packed:
        for layer in model.model.layers:
            old = layer.self_attn.qkv_proj
            layer.self_attn.qkv_proj = torch.nn.Linear(old.in_features, old.out_features, bias=True)
    if config.model_type == "gpt2":
        state = {name[2:]: value for name, value in weights.items() if name.startswith("m.")}
        state["transformer.wte.weight"] = weights["m.lm_head.weight"]
    elif config.model_type == "bloom":
        state = {name[2:]: value for name, value in weights.items() if name.startswith("m.")}
        state["transformer.word_embeddings.weight"] = weights["m.lm_head.weight"]
        # The exporter named these by their order.
        large = [value for name, value in weights.items() if name.startswith("val_") and value.ndim == 2]
        modules = ["self_attention.query_key_value", "self_attention.dense", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h"]
        for index, value in enumerate(large):
            state[f"transformer.h.{index // 4}.{modules[index % 4]}.weight"] = value.T
    else:
        state = llama_like(weights, config, packed)
    given = {name: torch.tensor(np.ascontiguousarray(value)) for name, value in state.items()}
    missing, unexpected = model.load_state_dict(given, strict=False)
    assert not unexpected and all("rotary" in name or name.endswith(("attn.bias", "masked_bias", "lm_head.weight")) for name in missing), (missing, unexpected)
    model.tie_weights()
    return model


def llama_like(weights, config, packed):
    head = weights["lm_head.MatMul.weight"].T
    state = {"model.embed_tokens.weight": head, "lm_head.weight": head}
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    cuts = np.cumsum([config.num_attention_heads * size, config.num_key_value_heads * size])
    last = config.num_hidden_layers
    state["model.norm.weight"] = weights[f"model.layers.{last}.final_norm_layernorm.weight"]
    for layer in range(last):
        here = f"model.layers.{layer}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            state[f"{here}{norm}.weight"] = weights[f"{here}{norm}.weight"]
        for name in ("q_norm", "k_norm"):
            if (value := weights.get(f"{here}attn.{name}.layernorm.weight")) is not None:
                state[f"{here}self_attn.{name}.weight"] = value
        matrix = weights[f"{here}attn.qkv_proj.MatMul.weight"].T
        bias = weights.get(f"{here}attn.qkv_proj.Add.bias")
        mlp = {part: weights[f"{here}mlp.{part}.MatMul.weight"].T for part in ("gate_proj", "up_proj", "down_proj")}
        if packed:
            state[f"{here}self_attn.qkv_proj.weight"] = matrix
            state[f"{here}self_attn.qkv_proj.bias"] = bias
            mlp["gate_up_proj"] = np.concatenate([mlp.pop("gate_proj"), mlp.pop("up_proj")])
        else:
            for name, part in zip("qkv", np.split(matrix, cuts)):
                state[f"{here}self_attn.{name}_proj.weight"] = part
            if bias is not None:
                for name, part in zip("qkv", np.split(bias, cuts)):
                    state[f"{here}self_attn.{name}_proj.bias"] = part
        state[f"{here}self_attn.o_proj.weight"] = weights[f"{here}attn.o_proj.MatMul.weight"].T
        for part, value in mlp.items():
            state[f"{here}mlp.{part}.weight"] = value
    return state


def log_probability(model, ids, start):
    """Summed log-probability of the tokens from `start` on."""
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
    return sum(logits[at - 1, ids[at]].item() for at in range(start, len(ids)))


def main(cases):
    results = {}
    for folder in sorted(path for path in Path(cases).iterdir() if path.is_dir()):
        case = json.loads((folder / "case.json").read_text())
        ids, start = case["ids"], case["from"]
        base = original(case["fixture"], packed=folder.name.endswith("-packed"))
        without = log_probability(base, ids, start)
        model = PeftModel.from_pretrained(base, folder).eval()
        results[folder.name] = {"digest": case["digest"], "base": without, "adapted": log_probability(model, ids, start)}
        print(folder.name, results[folder.name])

    torch.manual_seed(3)
    case = json.loads((Path(cases) / "qwen2-fp32" / "case.json").read_text())
    config = LoraConfig(
        task_type="CAUSAL_LM", r=3, lora_alpha=5, use_rslora=True, target_modules=["q_proj", "v_proj", "up_proj", "down_proj"],
        rank_pattern={"v_proj": 2}, alpha_pattern={"up_proj": 9}, init_lora_weights=False,
    )
    model = get_peft_model(original("qwen2-fp32"), config).eval()
    results["peft"] = {"adapted": log_probability(model, case["ids"], case["from"])}
    model.save_pretrained(models / "peft")
    (models / "peft" / "README.md").unlink(missing_ok=True)
    (models / "peft.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
