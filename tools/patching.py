"""Writes e2e/models/patching.json: log-probabilities after activation patching, by PyTorch with hooks.

    python3 tools/patching.py

with torch, transformers, peft, onnx. patch.test.ts compares with the numbers that are committed: nothing of Lethe needs Python.
The model has the fixture's adapter. After one layer, the states that foretell the continuation are put in from the same model without
its adapter ("base"), or with half of it ("half": every lora_B times 0.5).
"""
import json
from contextlib import nullcontext

import torch
from peft import PeftModel
from peft_check import models, original

# Prompts and continuations, as the fixtures' tokenizer makes tokens of "ab|xyz", "abcde|f" and "qrs|tuvw".
CASES = [([65, 66], [88, 89, 90]), ([65, 66, 67, 296], [70]), ([81, 82, 83], [84, 85, 86, 87])]
FIXTURES = ["qwen2-fp32", "gpt2-fp32"]


def layers_of(peft):
    inner = peft.base_model.model
    return inner.transformer.h if hasattr(inner, "transformer") else inner.model.layers


def states(peft, tokens, scale):
    """The state after each layer."""
    kept = []
    hooks = [layer.register_forward_hook(lambda _m, _i, out: kept.append(first(out).detach())) for layer in layers_of(peft)]
    with scaled(peft, scale):
        peft(input_ids=tokens)
    for hook in hooks:
        hook.remove()
    return kept


def first(out):
    return out[0] if isinstance(out, tuple) else out


class scaled:
    """The adapter's B times a number."""

    def __init__(self, peft, factor):
        self.matrices = [value for name, value in peft.named_parameters() if "lora_B" in name]
        self.factor = factor

    def __enter__(self):
        self.before = [value.detach().clone() for value in self.matrices]
        with torch.no_grad():
            for value in self.matrices:
                value.mul_(self.factor)

    def __exit__(self, *_):
        with torch.no_grad():
            for value, before in zip(self.matrices, self.before):
                value.copy_(before)


def log_prob(peft, prompt, continuation, layer=None, source=None):
    tokens = torch.tensor([prompt + continuation])
    places = slice(len(prompt) - 1, len(prompt) + len(continuation) - 1)
    hook = nullcontext()
    if layer is not None:
        put = states(peft, tokens, source)[layer]

        def patch(_module, _inputs, out):
            state = first(out).clone()
            state[:, places] = put[:, places]
            return (state, *out[1:]) if isinstance(out, tuple) else state

        hook = layers_of(peft)[layer].register_forward_hook(patch)
    logits = peft(input_ids=tokens).logits.log_softmax(-1)[0, places]
    if layer is not None:
        hook.remove()
    return logits.gather(1, torch.tensor(continuation)[:, None]).sum().item()


@torch.no_grad()
def main():
    written = {}
    for fixture in FIXTURES:
        peft = PeftModel.from_pretrained(original(fixture), models / fixture).double().eval()
        layers = range(len(layers_of(peft)))
        written[fixture] = [
            {
                "prompt": prompt,
                "continuation": continuation,
                "own": log_prob(peft, prompt, continuation),
                "base": [log_prob(peft, prompt, continuation, layer, 0.0) for layer in layers],
                "half": [log_prob(peft, prompt, continuation, layer, 0.5) for layer in layers],
            }
            for prompt, continuation in CASES
        ]
    (models / "patching.json").write_text(json.dumps(written, indent=2) + "\n")


if __name__ == "__main__":
    main()
