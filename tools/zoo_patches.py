"""What torch.onnx cannot trace in Transformers 4.57, written as Optimum writes it, so that the file has the spelling of those on the Hub."""
import contextlib
import inspect

import torch


def broadcast_mask(batch_size, cache_position, kv_length, kv_offset=0, mask_function=None, attention_mask=None, **_):
    """The attention mask by broadcasting instead of vmap."""
    from transformers import masking_utils as masks

    mask_function = mask_function or masks.causal_mask_function
    padding = masks.prepare_padding_mask(attention_mask, kv_length, kv_offset, _slice=False)
    if padding is not None:
        mask_function = masks.and_masks(mask_function, masks.padding_mask_function(padding))
    keys = torch.arange(kv_length) + kv_offset if kv_offset else torch.arange(kv_length)
    batch = torch.arange(batch_size)[:, None, None, None]
    head = torch.arange(1)[None, :, None, None]
    mask = mask_function(batch, head, cache_position[None, None, :, None], keys[None, None, None, :])
    return mask.expand(batch_size, -1, cache_position.shape[0], kv_length)


def additive_mask(*args, dtype=torch.float32, **kwargs):
    mask = broadcast_mask(*args, **kwargs)
    return torch.where(mask, torch.tensor(0.0, dtype=dtype), torch.finfo(dtype).min)


def interleave(self, repeats, dim=None, output_size=None):
    """repeat_interleave by a mask: the symbolic of torch.onnx needs a known rank."""
    repeats = torch.full((self.shape[dim],), repeats, dtype=torch.long)
    dim = dim % self.ndim
    moved = self.transpose(0, dim) if dim else self
    most = repeats.max()
    expanded = moved.unsqueeze(1).expand(-1, most, *moved.shape[1:])
    taken = expanded[torch.arange(most) < repeats.unsqueeze(1)]
    return taken.transpose(0, dim) if dim else taken


def rms_norm(input, normalized_shape, weight=None, eps=None):
    scaled = input * torch.rsqrt(input.pow(2).mean(-1, keepdim=True) + (eps if eps is not None else torch.finfo(input.dtype).eps))
    return scaled if weight is None else scaled * weight


def alibi(attention_mask, num_heads, dtype):
    """Falcon's: without the rounding to bfloat16, which the exporter's types do not know. For a power of two of heads."""
    batch, length = attention_mask.shape
    slopes = torch.pow(torch.tensor(2 ** (-8 / num_heads)), torch.arange(1, num_heads + 1, dtype=torch.float32))
    positions = ((attention_mask.cumsum(dim=-1) - 1) * attention_mask)[:, None, :]
    return (slopes[..., None] * positions).reshape(batch * num_heads, 1, length).to(dtype)


class Expert(int):
    def __getitem__(self, _):
        return int(self)


class EveryExpert:
    """Stands for the list of experts that some token chose: a traced loop must go over all of them, as Optimum's does."""

    def __init__(self, chosen):
        self.experts = len(chosen)

    def nonzero(self):
        return [Expert(index) for index in range(self.experts)]


def register():
    """What holds for the reference too. Transformers 5 needs none of it."""
    from transformers import masking_utils as masks
    from transformers.models.falcon import modeling_falcon

    if "_slice" not in inspect.signature(masks.prepare_padding_mask).parameters:
        return
    masks.ALL_MASK_ATTENTION_FUNCTIONS.register("sdpa", broadcast_mask)
    masks.ALL_MASK_ATTENTION_FUNCTIONS.register("eager", additive_mask)
    modeling_falcon.build_alibi_tensor = alibi


@contextlib.contextmanager
def traced():
    """What holds while torch.onnx traces."""
    from torch.onnx import register_custom_op_symbolic

    register_custom_op_symbolic("aten::expm1", lambda g, x: g.op("Sub", g.op("Exp", x), g.op("Constant", value_t=torch.tensor(1.0))), 9)
    replaced = [(torch, "greater", lambda sums, _: EveryExpert(sums)), (torch, "repeat_interleave", interleave),
                (torch.Tensor, "repeat_interleave", interleave), (torch.nn.functional, "rms_norm", rms_norm)]
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in replaced]
    for owner, name, value in replaced:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in kept:
            setattr(owner, name, value)
