"""All results of run.sh as one table, with shares of the machine's own ceilings where both were measured: table.py RESULTS."""
import re
import sys

# DeepSeek-V2-Lite, bytes that a step must read: all but the embedding table, and of 64 experts those that are taken.
HIDDEN, LAYERS, INNER, DENSE, EXPERTS, TOP, SHARED, VOCABULARY = 2048, 27, 1408, 10944, 64, 6, 2, 102400
EXPANSION = 512 * 4096  # of latents, in bfloat16 always
ATTENTION = HIDDEN * (3072 + 576) + EXPANSION + 2048 * HIDDEN
EXPERT = 3 * HIDDEN * INNER


def step_bytes(streams, context, is_fp8=False):
    # Of random routing: the expected number of experts that nobody takes.
    used = EXPERTS * (1 - (1 - TOP / EXPERTS) ** streams)
    products = LAYERS * (ATTENTION - EXPANSION) + 3 * HIDDEN * DENSE + (LAYERS - 1) * EXPERT * (used + SHARED)
    kept = LAYERS * EXPANSION + VOCABULARY * HIDDEN
    router = 4 * (LAYERS - 1) * EXPERTS * HIDDEN
    # In 8 bits a byte each, and a scale of four bytes per row and 128 columns.
    return (1 + 4 / 128 if is_fp8 else 2) * products + 2 * kept + router + streams * context * 31_104


def prompt_operations(tokens):
    active = LAYERS * ATTENTION + 3 * HIDDEN * DENSE + (LAYERS - 1) * EXPERT * (TOP + SHARED)
    attention = LAYERS * 16 * tokens * tokens / 2 * 2 * (192 + 128)
    return 2 * active * tokens + attention


def main():
    results = {name: float(value) for name, value in re.findall(r"^RESULT (\S+) (\S+)$", open(sys.argv[1]).read(), re.M)}
    for name, value in results.items():
        notes = []
        other = results.get("transformers_" + name)
        if other:
            notes.append(f"{value / other if name.endswith('_per_s') else other / value:.2f} x transformers")
        decode = re.match(r"decode_(\d+)_(joined_|fp8_)?tokens_per_s", name)
        bandwidth = results.get("read_tb_per_s")
        if decode and bandwidth:
            streams = int(decode[1])
            ceiling = streams * bandwidth * 1e12 / step_bytes(streams, 320, decode[2] == "fp8_")
            notes.append(f"{value / ceiling:.1%} of {ceiling:.0f} (bandwidth)")
        step = re.match(r"step_(\d+)_\w+_us", name)
        if step and bandwidth:
            floor = step_bytes(int(step[1]), 321) / bandwidth / 1e6
            notes.append(f"{int(step[1]) * 1e6 / value:.0f} tokens/s, {floor / value:.1%} of the bandwidth's {floor:.0f} us")
        prompt = re.match(r"first_token_(\d+)_(?:fp8_)?ms", name)
        product = results.get("product_tflops")
        if prompt and product:
            rate = prompt_operations(int(prompt[1])) / value / 1e9
            notes.append(f"{rate:.0f} TFLOP/s, {rate / product:.1%} of the measured product")
        print(f"{name:<36} {value:>14.3f}  {'; '.join(notes)}")


main()
