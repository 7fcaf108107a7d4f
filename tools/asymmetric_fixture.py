"""Makes e2e/models/llama.opt-q4-asym: a decoder that Optimum exported, its products and its embedding in 4 bits with zero points.

    python tools/asymmetric_fixture.py EXPORTED FOLDER

EXPORTED holds the float32 export with its expectations (config, adapter, batch). FOLDER becomes the same with ONNX Runtime's own 4-bit
quantiser (blocks of 32, asymmetric), and with what PyTorch and PEFT compute from the weights that the file then really holds.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from peft import PeftModel
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

BLOCK = 32


def dequantised(node, constants):
    """The weight [rows, columns] of a MatMulNBits or GatherBlockQuantized as float32."""
    is_product = node.op_type == "MatMulNBits"
    names = node.input[1:4] if is_product else [node.input[0], *node.input[2:4]]
    data, scales, zeros = (numpy_helper.to_array(constants[name]) for name in names)
    rows = data.shape[0]

    def nibbles(packed):
        packed = packed.reshape(rows, -1)
        if packed.dtype != np.uint8:
            return packed.astype(np.uint8)
        return np.stack([packed & 15, packed >> 4], -1).reshape(rows, -1)

    scales = scales.reshape(rows, -1)
    zeros = nibbles(zeros)[:, : scales.shape[1]].astype(np.float32)
    blocks = nibbles(data).reshape(rows, scales.shape[1], BLOCK).astype(np.float32)
    return ((blocks - zeros[..., None]) * scales[..., None]).reshape(rows, -1)


def quantise(source, target):
    """Writes the quantised file and returns its weights by PyTorch's names."""
    quantiser = MatMulNBitsQuantizer(
        onnx.load(source), block_size=BLOCK, is_symmetric=False, op_types_to_quantize=("MatMul", "Gather")
    )
    quantiser.process()
    model = quantiser.model.model
    onnx.save(model, target)
    constants = {each.name: each for each in model.graph.initializer}
    weights = {}
    for node in model.graph.node:
        if node.op_type in ("MatMulNBits", "GatherBlockQuantized"):
            module = node.name.strip("/").rsplit("/", 1)[0].replace("/", ".")
            weights[f"{module}.weight"] = torch.from_numpy(dequantised(node, constants))
    for name, constant in constants.items():
        if name.endswith("norm.weight"):
            weights[name] = torch.from_numpy(numpy_helper.to_array(constant).copy())
    return weights


def greedy(base, ids, count):
    """Greedy tokens, and the margins by which they won."""
    new, margins = [], []
    for _ in range(count):
        best = base(torch.tensor([ids + new])).logits[0, -1].topk(2)
        new.append(int(best.indices[0]))
        margins.append(float(best.values[0] - best.values[1]))
    return new, margins


def main(exported, folder):
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"):
        shutil.copy(exported / name, folder)
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        shutil.copy(exported / name, folder)
    weights = quantise(exported / "onnx/model.onnx", folder / "onnx/model.onnx")
    base = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(exported)).float().eval()
    absent = base.load_state_dict(weights, strict=False)
    assert not absent.missing_keys and not absent.unexpected_keys, absent
    expected = json.loads((exported / "expected.json").read_text())
    with torch.no_grad():
        asked = expected["greedy"]
        asked["new"], asked["margins"] = greedy(base, asked["ids"], len(asked["new"]))
    model = PeftModel.from_pretrained(base, exported, is_trainable=True)
    batch = {
        name: torch.tensor(expected[name]) for name in ("input_ids", "attention_mask", "labels")
    }
    trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
    with torch.no_grad():
        logits = model(batch["input_ids"], batch["attention_mask"]).logits[:, :-1].log_softmax(-1)
        chosen = logits.gather(-1, batch["input_ids"][:, 1:, None])[..., 0]
        expected["token_logprobs"] = chosen.tolist()
    settings = expected["adamw"]
    optimiser = torch.optim.AdamW(trained.values(), **{**settings, "betas": tuple(settings["betas"])})
    losses, tensors = [], {}
    for step in range(4):
        optimiser.zero_grad()
        loss = model(**batch).loss
        losses.append(float(loss.detach()))
        if step == 3:
            break
        loss.backward()
        if step == 0:
            tensors = {f"grad/{name}": value.grad.clone() for name, value in trained.items()}
        optimiser.step()
    tensors |= {f"after3/{name}": value.detach().clone() for name, value in trained.items()}
    expected |= {"loss": losses[0], "losses_before_each_step_and_after_3": losses}
    expected |= {"form": "opt-q4-asym", "recovered": sorted(weights)}
    expected.pop("ort", None)
    (folder / "expected.json").write_text(json.dumps(expected))
    save_file(tensors, folder / "expected.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
