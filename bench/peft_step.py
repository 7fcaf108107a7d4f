"""PyTorch's and PEFT's training step for `bench/peft.ts`: reads "step" by lines, and answers each with its seconds and its loss.

Arguments: config.json, rows, tokens, labelled tokens a row, rank, alpha, threads, modules (by commas).
"""

import sys
import time

import peft
import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers import initialization

config_path, rows, tokens, labelled, rank, alpha, threads, modules = sys.argv[1:]
torch.set_num_threads(int(threads))
torch.manual_seed(0)
config = AutoConfig.from_pretrained(config_path)
config.use_cache = False
# Numbers drawn by a fast rule: what they are does not change how long a product takes.
with initialization.no_init_weights():
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
with torch.no_grad():
    for name, weight in model.named_parameters():
        if weight.dim() > 1:
            weight.uniform_(-0.03, 0.03)
        else:
            weight.fill_(1.0)
model = peft.get_peft_model(
    model,
    peft.LoraConfig(
        r=int(rank), lora_alpha=float(alpha), target_modules=modules.split(","), lora_dropout=0.0
    ),
)
model.train()
trained = [weight for weight in model.parameters() if weight.requires_grad]
optimiser = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.01)
ids = torch.randint(0, config.vocab_size, (int(rows), int(tokens)))
labels = ids.clone()
labels[:, : int(tokens) - int(labelled)] = -100
print(f"ready {torch.__version__} {peft.__version__} {sum(w.numel() for w in trained)}", flush=True)

for line in sys.stdin:
    if line.strip() != "step":
        break
    since, used = time.perf_counter(), time.process_time()
    loss = model(input_ids=ids, labels=labels).loss
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimiser.step()
    value = loss.item()
    print(time.perf_counter() - since, time.process_time() - used, value, flush=True)
