"""Our logits beside those of transformers on the same checkpoint: compare.py FOLDER OURS_F32 OURS_BF16.

The reference is transformers in float32 with eager attention; its own bfloat16 shows how far rounding alone leads.
"""
import sys

import numpy as np
import torch
from transformers import AutoModelForCausalLM

TOKENS = 1140


def load(folder, dtype):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="eager").cuda().eval()


def logits(model, ids):
    with torch.no_grad():
        return model(ids).logits[0].float().cpu().numpy()


def report(name, values, reference, limit_median, limit_worst=None):
    scale = np.abs(reference).max()
    per_position = np.abs(values - reference).max(axis=1) / scale
    argmax = float((values.argmax(axis=1) == reference.argmax(axis=1)).mean())
    median, worst = float(np.median(per_position)), float(per_position.max())
    good = median <= limit_median and (limit_worst is None or worst <= limit_worst)
    print(f"{name:<28} median {median:9.2e}  largest {worst:9.2e}  argmax {argmax:7.2%}  {'pass' if good else 'FAIL'}")
    return good


def main():
    folder, ours_single, ours_half = sys.argv[1:]
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    model = load(folder, torch.float32)
    vocabulary = model.config.vocab_size
    ids = torch.tensor([[(i * 7919 + 13) % vocabulary for i in range(TOKENS)]], device="cuda")
    reference = logits(model, ids)
    del model
    half = logits(load(folder, torch.bfloat16), ids)
    read = lambda path: np.fromfile(path, dtype=np.float32).reshape(TOKENS, vocabulary)
    report("transformers bfloat16", half, reference, 1.0)
    good = report("ours float32", read(ours_single), reference, 1e-4, 1e-4)
    good &= report("ours bfloat16", read(ours_half), reference, 0.1)
    print(f"RESULT transformers_parity {int(good)}")


main()
