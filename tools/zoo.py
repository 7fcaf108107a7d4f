"""Makes small random-weight decoders in exporters' forms, each with what PyTorch and PEFT compute from the same weights beside.

    python tools/zoo.py FOLDER TOKENIZER NAME...        (NAME: family.form, or a shell pattern such as 'llama.*')

An optional cross-check: with torch, transformers, peft, onnx, onnxruntime. Transformers 4.57 gives the spelling of most files on the Hub.
The layout of each folder is that of the fixtures (docs/models.md). A form is `opt` (torch.onnx by tracing, with cache, as Optimum calls it),
`opt14` and `opt11` (other opsets), `sdpa` (the same with PyTorch's fused attention), `nopos`, `dyn` (dynamo, no cache), `dynkv` (dynamo, with cache), then, after a hyphen, what is done to
the file: `q8`, `uint8`, `q4`, `q4a` (asymmetric), `q4b128`, `bnb4`, `fp4`, `qdq4`, `fp16`, `half` (inputs and outputs in half too), `q4f16`, `fused`, `qdq8`.
"""
import fnmatch
import functools
import inspect
import json
import logging
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast, pytorch_utils
from zoo_families import FAMILIES
from zoo_forms import rewrite
from zoo_patches import register, traced

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
onnxruntime.set_default_logger_severity(4)
LENGTHS = (12, 9, 5)


def build(family, attention):
    """The PyTorch model with weights whose logits spread enough to tell right from wrong."""
    model_type, settings = FAMILIES[family]
    settings = {"vocab_size": 512, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0, **settings}
    seed = settings.pop("seed", 1)
    config = AutoConfig.for_model(model_type, **settings)
    torch.manual_seed(seed)
    try:
        model = AutoModelForCausalLM.from_config(config, attn_implementation=attention)
    except ValueError:
        model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    for name, parameter in model.named_parameters():
        spread = 0.1 if parameter.ndim >= 2 else 0.05
        if parameter.ndim >= 2 and not name.endswith("bias"):
            parameter.data.normal_(0, spread)
        else:
            parameter.data.add_(torch.randn_like(parameter) * spread)
    model.tie_weights()
    return model.float().eval()


def shapes_of_past(model):
    """[heads, size] of each layer's keys and values, as the model itself makes them."""
    with torch.no_grad():
        past = model(input_ids=torch.ones(1, 3, dtype=torch.long), use_cache=True).past_key_values
    if hasattr(past, "to_legacy_cache"):
        past = past.to_legacy_cache()
    elif hasattr(past, "layers"):
        past = [(layer.keys, layer.values) for layer in past.layers]
    return [[(tensor.shape[1], tensor.shape[3]) for tensor in layer[:2]] for layer in past]


def cache_of(pairs):
    from transformers import DynamicCache

    if hasattr(DynamicCache, "from_legacy_cache"):
        return DynamicCache.from_legacy_cache(tuple(pairs))
    cache = DynamicCache()
    for layer, (key, value) in enumerate(pairs):
        cache.update(key, value, layer)
    return cache


def pairs_of(cache):
    if hasattr(cache, "to_legacy_cache"):
        return [tensor for layer in cache.to_legacy_cache() for tensor in layer[:2]]
    if hasattr(cache, "layers"):
        return [tensor for layer in cache.layers for tensor in (layer.keys, layer.values)]
    return [tensor for layer in cache for tensor in layer[:2]]


def export(model, path, form):
    """Writes the model by torch.onnx: by tracing, or by dynamo. Inputs are in the order of the model's own `forward`, as Optimum has them."""
    original = model.forward
    accepts = list(inspect.signature(original).parameters)
    cached = not form.startswith("dyn") or "kv" in form
    digits = "".join(letter for letter in form if letter.isdigit())
    opset = int(digits) if digits else 18
    heads = shapes_of_past(model) if cached else []
    batch, length, past = 2, 7, 6
    given = {
        "input_ids": torch.randint(1, 500, (batch, length)),
        "attention_mask": torch.ones(batch, (past if cached else 0) + length, dtype=torch.long),
    }
    if cached and "position_ids" in accepts and form != "nopos":
        given["position_ids"] = torch.arange(past, past + length)[None].repeat(batch, 1)
    if cached:
        given["past_key_values"] = [[torch.randn(batch, head, past, size) for head, size in layer] for layer in heads]
    given = {name: given[name] for name in accepts if name in given}
    names, axes = [], {}
    for name in given:
        if name == "past_key_values":
            for layer in range(len(heads)):
                for part in ("key", "value"):
                    names.append(f"past_key_values.{layer}.{part}")
                    axes[names[-1]] = {0: "batch_size", 2: "past_sequence_length"}
        else:
            names.append(name)
            total = name == "attention_mask" and cached
            axes[name] = {0: "batch_size", 1: "past_sequence_length + sequence_length" if total else "sequence_length"}
    outputs = ["logits"] + [f"present.{layer}.{part}" for layer in range(len(heads)) for part in ("key", "value")]
    axes["logits"] = {0: "batch_size", 1: "sequence_length"}
    for name in outputs[1:]:
        axes[name] = {0: "batch_size", 2: "past_sequence_length + sequence_length"}

    @functools.wraps(original)
    def forward(*args, **kwargs):
        kwargs = {**dict(zip(given, args)), **kwargs}
        if kwargs.get("past_key_values") is not None:
            kwargs["past_key_values"] = cache_of(kwargs["past_key_values"])
        elif not cached:
            kwargs["use_cache"] = False
        result = original(**kwargs)
        return (result.logits, *pairs_of(result.past_key_values)) if cached else result.logits

    signature = inspect.signature(original)
    # torch.onnx would make an input of every default that is a number.
    forward.__signature__ = signature.replace(parameters=[signature.parameters[name] for name in given])
    model.forward = forward
    try:
        if form.startswith("dyn"):
            dynamic = {"input_ids": {0: "batch", 1: "sequence"}, "attention_mask": {0: "batch", 1: "total" if cached else "sequence"}}
            dynamic["position_ids"] = {0: "batch", 1: "sequence"}
            dynamic["past_key_values"] = [[{0: "batch", 2: "past"}, {0: "batch", 2: "past"}] for _ in heads]
            torch.onnx.export(model, (), path, kwargs=given, dynamo=True, input_names=names, output_names=outputs,
                              dynamic_shapes={name: dynamic[name] for name in given}, opset_version=opset, external_data=False, optimize=True, verbose=False)
        else:
            with traced():
                torch.onnx.export(model, (), path, kwargs=given, dynamo=False, input_names=names, output_names=outputs,
                                  dynamic_axes=axes, opset_version=opset, do_constant_folding=True)
    finally:
        model.forward = original


def run_file(path, ids, mask, past=None):
    """Logits and presents of the file; `past` is what an earlier run returned."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    seen = 0 if past is None else next(iter(past.values())).shape[2]
    feeds = {}
    for each in session.get_inputs():
        if each.name == "input_ids":
            feeds[each.name] = ids
        elif each.name == "attention_mask":
            feeds[each.name] = mask
        elif each.name == "position_ids":
            feeds[each.name] = np.tile(np.arange(seen, seen + ids.shape[1]), (len(ids), 1))
        elif past is None:
            feeds[each.name] = np.zeros([len(ids) if i == 0 else (0 if not isinstance(size, int) else size) for i, size in enumerate(each.shape)],
                                        np.float16 if "16" in each.type else np.float32)
        else:
            feeds[each.name] = past[each.name.replace("past_key_values", "present")]
    names = [each.name for each in session.get_outputs()]
    results = dict(zip(names, session.run(None, feeds)))
    return results.pop("logits").astype(np.float32), results


def compare(path, model, ids, mask):
    """Largest error of the file's logits against PyTorch's, relative to the largest: whole, and in two runs over the cache."""
    with torch.no_grad():
        wanted = model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)).logits.numpy()
    real = mask[:, :, None].astype(bool)
    error = lambda found: float(np.abs(np.where(real, found - wanted, 0)).max() / np.abs(wanted).max())
    logits, present = run_file(path, ids, mask)
    errors = {"ort_whole": error(logits)}
    if present:
        first, present = run_file(path, ids[:, :4], mask[:, :4])
        rest, _ = run_file(path, ids[:, 4:], mask, present)
        errors["ort_cache"] = error(np.concatenate([first, rest], 1))
    return errors


def expectations(model, folder):
    """What PEFT computes with a random adapter: log-probabilities, loss, gradients, three AdamW steps."""
    torch.manual_seed(7)
    linear = [(name, module) for name, module in model.named_modules()
              if isinstance(module, (torch.nn.Linear, pytorch_utils.Conv1D)) and module is not model.get_output_embeddings() and "lm_head" not in name]
    size = lambda module: list(module.weight.shape) if isinstance(module, pytorch_utils.Conv1D) else list(module.weight.shape)[::-1]
    modules = [[name, *size(module)] for name, module in linear]
    ids = torch.zeros(len(LENGTHS), max(LENGTHS), dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.randint(1, 512, (length,))
        mask[row, :length] = 1
        labels[row, 3:length] = ids[row, 3:length]
    prompt = "The capital of France is"
    tokens = PreTrainedTokenizerFast.from_pretrained(folder)(prompt)["input_ids"]
    said, margins = [], []
    with torch.no_grad():
        for _ in range(8):
            best = model(input_ids=torch.tensor([tokens + said])).logits[0, -1].topk(2)
            said.append(best.indices[0].item())
            margins.append((best.values[0] - best.values[1]).item())
    errors = compare(folder / "onnx" / "model.onnx", model, ids.numpy(), mask.numpy())
    peft = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules=[name for name, *_ in modules]))
    adapters = {name: value for name, value in peft.named_parameters() if "lora_" in name}
    for value in adapters.values():
        value.data.normal_(0, 0.05)
    peft.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    optimiser = torch.optim.AdamW(adapters.values(), lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    tensors, losses = {}, []
    for step in range(4):
        logits = peft(input_ids=ids, attention_mask=mask).logits
        loss = torch.nn.functional.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1))
        losses.append(loss.item())
        if step == 0:
            logprobs = logits[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0].tolist()
        if step == 3:
            break
        optimiser.zero_grad()
        loss.backward()
        if step == 0:
            tensors.update({f"grad/{name}": torch.zeros_like(value) if value.grad is None else value.grad.clone() for name, value in adapters.items()})
        optimiser.step()
    tensors.update({f"after3/{name}": value.detach().clone() for name, value in adapters.items()})
    save_file(tensors, folder / "expected.safetensors")
    family, form = folder.name.split(".", 1)
    (folder / "expected.json").write_text(json.dumps({
        "input_ids": ids.tolist(), "attention_mask": mask.tolist(), "labels": labels.tolist(), "token_logprobs": logprobs, "loss": losses[0],
        "losses_before_each_step_and_after_3": losses, "adamw": {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01},
        "lora": {"r": 4, "alpha": 8}, "modules_in_order": modules,
        "greedy": {"prompt": prompt, "ids": tokens, "new": said, "margins": margins}, "family": family, "form": form, "ort": errors}))
    return errors


def make(name, root, tokenizer):
    family, form = name.split(".", 1)
    exporter, _, change = form.partition("-")
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "onnx").mkdir(parents=True)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer / file, folder / file)
    model = build(family, "sdpa" if exporter.startswith(("sdpa", "dyn2")) else "eager")
    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    path = folder / "onnx" / "model.onnx"
    export(model, path, exporter)
    if change:
        rewrite(path, change, model)
    return expectations(model, folder)


def main(root, tokenizer, patterns):
    register()
    for pattern in patterns:
        wanted, _, form = pattern.partition(".")
        for family in fnmatch.filter(FAMILIES, wanted):
            try:
                print(f"{family}.{form}", make(f"{family}.{form}", root, tokenizer), flush=True)
            except Exception as error:  # One family's failure must not end the run.
                shutil.rmtree(root / f"{family}.{form}", ignore_errors=True)
                text = f"{type(error).__name__}: {error}".strip().replace("\n", " ")
                print(f"{family}.{form} FAILED {text[:300]}", flush=True)
                if "--trace" in sys.argv:
                    raise


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    main(Path(words[0]), Path(words[1]), words[2:])
