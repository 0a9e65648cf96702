"""Speed of transformers with the same shape on the same GPU: random weights, bfloat16, sdpa attention, its fastest way with experts."""
import sys
import time

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.cache_utils import DynamicCache

PROMPT = 256


def build(folder, layers, experts):
    config = AutoConfig.from_pretrained(folder)
    config.num_hidden_layers = layers
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", experts_implementation=experts)
    return model.eval()


@torch.no_grad()
def decode(model, streams, steps):
    """Tokens per second of all streams."""
    ids = torch.randint(0, model.config.vocab_size, (streams, PROMPT), device="cuda")
    cache = DynamicCache(config=model.config)
    next_ids = model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1).logits[:, -1:].argmax(-1)
    for step in range(steps + 3):
        if step == 3:
            torch.cuda.synchronize()
            start = time.perf_counter()
        next_ids = model(next_ids, past_key_values=cache, use_cache=True).logits[:, -1:].argmax(-1)
    torch.cuda.synchronize()
    return streams * steps / (time.perf_counter() - start)


@torch.no_grad()
def prefill(model, tokens):
    """Milliseconds of a prompt to its first token."""
    ids = torch.randint(0, model.config.vocab_size, (1, tokens), device="cuda")
    times = []
    for _ in range(4):
        torch.cuda.synchronize()
        start = time.perf_counter()
        model(ids, use_cache=True, logits_to_keep=1).logits[:, -1:].argmax(-1)
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return sorted(times[1:])[1] * 1000


def main():
    folder, layers = sys.argv[1], int(sys.argv[2])
    best = {}
    for experts in ("grouped_mm", "batched_mm", "eager"):
        try:
            model = build(folder, layers, experts)
            measures = {
                "decode_1_tokens_per_s": lambda: decode(model, 1, 20),
                "decode_64_tokens_per_s": lambda: decode(model, 64, 12),
                "decode_256_tokens_per_s": lambda: decode(model, 256, 8),
                "first_token_1024_ms": lambda: -prefill(model, 1024),
                "first_token_4096_ms": lambda: -prefill(model, 4096),
                "first_token_8192_ms": lambda: -prefill(model, 8192),
            }
            for name, measure in measures.items():
                try:
                    value = measure()
                    print(f"# {experts} {name} {abs(value):.2f}", flush=True)
                    if name not in best or value > best[name]:
                        best[name] = value
                except Exception as error:
                    print(f"# {experts} {name}: {type(error).__name__}: {str(error)[:150]}", flush=True)
            del model, measures
            torch.cuda.empty_cache()
        except Exception as error:
            print(f"# {experts}: {type(error).__name__}: {str(error)[:200]}", flush=True)
    for name, value in best.items():
        print(f"RESULT transformers_{name} {abs(value):.2f}")


main()
