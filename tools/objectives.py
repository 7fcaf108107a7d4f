"""Writes packages/lethe-lora/src/passes/objectives/expected.json: the loss of every objective and its gradient with respect to the logits, by PyTorch.

Not needed to build, run or test Lethe: objectives.test.ts compares with the numbers that are committed. To make them again:
    pip install torch && python3 tools/objectives.py

Written from the papers' formulas, in float64, with automatic differentiation; it shares nothing with the graphs that it checks.
Reductions: over a sequence a sum of its labelled tokens, over sequences or tokens a mean. SimNPO alone divides by the length.
"""

import json
import math
from pathlib import Path

import torch
from torch.nn.functional import log_softmax, logsigmoid, nll_loss, one_hot, softmax

torch.manual_seed(20240517)
torch.set_default_dtype(torch.float64)

KEPT, FORGOTTEN, PREFERRED = 0, 1, 2
# A forgotten sequence and the preferred one behind it are a pair; the kept ones come after.
role = torch.tensor([FORGOTTEN, PREFERRED, FORGOTTEN, PREFERRED, KEPT, KEPT])
labels = torch.tensor(
    [
        [-100, -100, 3, 1, 0],
        [-100, -100, 5, 0, -100],
        [-100, 2, 4, 0, -100],
        [-100, 1, 0, -100, -100],
        [-100, -100, -100, 4, 0],
        [-100, 5, 2, 6, 0],
    ]
)
VOCABULARY = 7
ALPHA = 0.7  # the retain weight


def draw():
    return (2.5 * torch.randn(*labels.shape, VOCABULARY)).round(decimals=4)


logits, reference = draw(), draw()


def select(z):
    """Rows that predict a label [N, V], the labels [N], and the sequence of each [N]."""
    shifted = labels[:, 1:]
    counted = shifted != -100
    return z[:, :-1][counted], shifted[counted], counted.nonzero()[:, 0]


def sequence_log_prob(z):
    rows, target, sequence = select(z)
    of_token = -nll_loss(log_softmax(rows, -1), target, reduction="none")
    return torch.zeros(len(role)).index_add(0, sequence, of_token)


def cross_entropy(z, which):
    rows, target, sequence = select(z)
    chosen = torch.isin(role[sequence], torch.tensor(which))
    return nll_loss(log_softmax(rows[chosen], -1), target[chosen])


def retain(z):
    return ALPHA * cross_entropy(z, [KEPT])


def of(z, which):
    """Rows, labels and the reference's rows of the tokens of one role."""
    rows, target, sequence = select(z)
    frozen, _, _ = select(reference)
    chosen = role[sequence] == which
    return rows[chosen], target[chosen], frozen[chosen]


def kl(z, _):
    rows, _, frozen = of(z, KEPT)
    p = softmax(frozen, -1)
    divergence = (p * (log_softmax(frozen, -1) - log_softmax(rows, -1))).sum(-1).mean()
    return -cross_entropy(z, [FORGOTTEN]) + ALPHA * divergence


def npo(z, s):
    ratio = (sequence_log_prob(z) - sequence_log_prob(reference))[role == FORGOTTEN]
    return -2 / s["beta"] * logsigmoid(-s["beta"] * ratio).mean() + retain(z)


def simnpo(z, s):
    length = (labels[:, 1:] != -100).sum(-1)
    loss = (-sequence_log_prob(z) / length)[role == FORGOTTEN]
    forget = -2 / s["beta"] * logsigmoid(s["beta"] * (loss - s["delta"])).mean()
    return s["gamma"] * forget + retain(z)


def dpo(z, s):
    ratio = sequence_log_prob(z) - sequence_log_prob(reference)
    margin = ratio[role == PREFERRED] - ratio[role == FORGOTTEN]
    return -2 / s["beta"] * logsigmoid(s["beta"] * margin).mean() + retain(z)


def label_log_prob(rows, target):
    return log_softmax(rows, -1).gather(-1, target[:, None])[:, 0]


def wga(z, s):
    rows, target, _ = of(z, FORGOTTEN)
    log_p = label_log_prob(rows, target)
    return (log_p.detach().exp() ** s["beta"] * log_p).mean() + retain(z)


def satimp(z, s):
    rows, target, _ = of(z, FORGOTTEN)
    log_p = label_log_prob(rows, target)
    p = log_p.detach().exp()
    return s["gamma"] * (p ** s["beta1"] * (1 - p) ** s["beta2"] * log_p).mean() + retain(z)


def undial(z, s):
    rows, target, frozen = of(z, FORGOTTEN)
    goal = softmax(frozen - s["beta"] * one_hot(target, VOCABULARY), -1)
    return -(goal * log_softmax(rows, -1)).sum(-1).mean() + retain(z)


def ce_u(z, _):
    rows, target, _ = of(z, FORGOTTEN)
    without = rows.detach().masked_fill(one_hot(target, VOCABULARY).bool(), -torch.inf)
    return -(softmax(without, -1) * log_softmax(rows, -1)).sum(-1).mean() + retain(z)


def pdu(z, _):
    rows, _, _ = of(z, FORGOTTEN)
    return ((rows.max(-1).values - rows.mean(-1)) ** 2).mean() + retain(z)


# RMU looks at the hidden states after each layer. Here there are two layers; the second is steered.
WIDTH, LAYERS = 5, 2
RMU = {"steering": 3.0, "depth": 0.75}
states, frozen_states = (
    torch.randn(LAYERS, *labels.shape, WIDTH).round(decimals=4) for _ in range(2)
)


def direction():
    state, drawn = 20240517, []
    for _ in range(WIDTH):
        state = state * 48271 % 2147483647
        drawn.append(state / 2147483647)
    drawn = torch.tensor(drawn)
    return drawn / drawn.norm()


def rmu(h):
    layer = math.ceil(RMU["depth"] * LAYERS) - 1

    def distance(goal, which):
        of_sequence = []
        for s in (role == which).nonzero()[:, 0]:
            # The state at t predicts the token at t + 1.
            counted = labels[s, 1:] != -100
            difference = h[layer, s, :-1][counted] - goal(s)[:-1][counted]
            of_sequence.append((difference**2).mean(-1).mean())
        return torch.stack(of_sequence).mean()

    goal = (RMU["steering"] * direction()).expand(labels.shape[1], WIDTH)
    return distance(lambda s: goal, FORGOTTEN) + ALPHA * distance(
        lambda s: frozen_states[layer, s], KEPT
    )


objectives = {
    "cross-entropy": ({}, lambda z, _: cross_entropy(z, [KEPT, FORGOTTEN, PREFERRED])),
    "gradient-ascent": ({}, lambda z, _: -cross_entropy(z, [FORGOTTEN])),
    "gradient-difference": ({}, lambda z, _: -cross_entropy(z, [FORGOTTEN]) + retain(z)),
    "kl": ({}, kl),
    "npo": ({"beta": 0.1}, npo),
    "simnpo": ({"beta": 4.5, "delta": 0.3, "gamma": 0.125}, simnpo),
    "dpo": ({"beta": 0.1}, dpo),
    "label-flipping": ({}, lambda z, _: cross_entropy(z, [PREFERRED]) + retain(z)),
    "wga": ({"beta": 1.5}, wga),
    "satimp": ({"beta1": 5.0, "beta2": 1.5, "gamma": 0.1}, satimp),
    "undial": ({"beta": 10.0}, undial),
    "ce-u": ({}, ce_u),
    "pdu": ({}, pdu),
}


def result(settings, objective):
    z = logits.clone().requires_grad_()
    loss = objective(z, settings)
    loss.backward()
    return {
        "settings": settings,
        "loss": loss.item(),
        "gradient": [float(f"{value:.10g}") for value in z.grad.flatten().tolist()],
    }


def result_of_states():
    h = states.clone().requires_grad_()
    loss = rmu(h)
    loss.backward()
    return {
        "settings": RMU,
        "width": WIDTH,
        "states": states.flatten(1).tolist(),
        "frozen": frozen_states.flatten(1).tolist(),
        "loss": loss.item(),
        "gradient": [float(f"{value:.10g}") for value in h.grad.flatten().tolist()],
    }


expected = {
    "torch": torch.__version__,
    "retainWeight": ALPHA,
    "role": role.tolist(),
    "labels": labels.tolist(),
    "vocabulary": VOCABULARY,
    "logits": logits.flatten().tolist(),
    "reference": reference.flatten().tolist(),
    "objectives": {name: result(*each) for name, each in objectives.items()},
    "rmu": result_of_states(),
}
path = Path(__file__).parent.parent / "packages/lethe-lora/src/passes/objectives/expected.json"
path.write_text(json.dumps(expected) + "\n")
