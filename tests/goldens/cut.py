"""Cuts the small golden set that the repository carries out of the full one.

    python3 tests/goldens/cut.py FULL_SET

FULL_SET is a folder with models/, gguf/, lora/, ops/, tokenizers/, chat/ and sampling/, and ../data/chat-templates beside it.
Third-party vocabularies stay out: the copy holds only what is generated.
"""
import json
import pathlib
import shutil
import struct
import sys

MODELS = ["deepseek_v2", "deepseek_v2_lite", "deepseek_v3_fp8", "llama_distill", "qwen2_distill", "qwen3_distill"]
REFUSED_MODEL = "deepseek_v32"  # its config.json alone: an architecture that must be refused by name
GGUF = ["deepseek_v2_lite-Q8_0", "llama_distill-Q8_0", "qwen2_distill-Q4_K_M"]
TOKENIZERS = ["tiny", "tiny-deepseek-llm", "tiny-qwen2", "tiny-llama3"]
TEMPLATES = ["deepseek-ai-DeepSeek-V2-Lite-Chat", "deepseek-ai-DeepSeek-V3"]

full = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")


def cut_arrays(source, target, keep):
    data = source.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    entries = json.loads(data[8:8 + length])
    header, body = {}, b""
    for name in keep:
        begin, end = entries[name]["data_offsets"]
        header[name] = entries[name] | {"data_offsets": [len(body), len(body) + end - begin]}
        body += data[8 + length + begin:8 + length + end]
    text = json.dumps(header).encode()
    target.write_bytes(struct.pack("<Q", len(text)) + text + body)


for model in MODELS:
    shutil.copytree(
        full / "models" / model, here / "models" / model, dirs_exist_ok=True, ignore=shutil.ignore_patterns("mtp.*", "w8a8.*"))

(here / "models" / REFUSED_MODEL).mkdir(exist_ok=True)
shutil.copy(full / "models" / REFUSED_MODEL / "config.json", here / "models" / REFUSED_MODEL)

gguf = json.loads((full / "gguf/golden.json").read_text(encoding="utf-8"))
gguf["files"] = [entry for entry in gguf["files"] if entry["file"].removesuffix(".gguf") in GGUF]
write(here / "gguf/golden.json", gguf)
cut_arrays(
    full / "gguf/golden.safetensors", here / "gguf/golden.safetensors",
    [prompt["logits"] for entry in gguf["files"] for prompt in entry["prompts"]])
for name in GGUF:
    shutil.copy(full / "gguf" / f"{name}.gguf", here / "gguf")
for blocks in (full / "gguf").glob("dequant_*.safetensors"):
    shutil.copy(blocks, here / "gguf")

shutil.copytree(full / "ops", here / "ops", dirs_exist_ok=True)
shutil.copytree(full / "lora", here / "lora", dirs_exist_ok=True)

cases = json.loads((full / "tokenizers/cases.json").read_text(encoding="utf-8"))
cases["tokenizers"] = {name: cases["tokenizers"][name] for name in TOKENIZERS}
write(here / "tokenizers/cases.json", cases)
for name in TOKENIZERS[1:]:
    shutil.copy(full / "tokenizers" / f"{name}.tokenizer.json", here / "tokenizers")
decode = json.loads((full / "tokenizers/decode.json").read_text(encoding="utf-8"))
decode["cases"] = [case for case in decode["cases"] if case["tokenizer"] in TOKENIZERS]
write(here / "tokenizers/decode.json", decode)

chat = json.loads((full / "chat/renderings.json").read_text(encoding="utf-8"))
chat["templates"] = {name: chat["templates"][name] for name in TEMPLATES}
chat["renderings"] = {name: chat["renderings"][name] for name in TEMPLATES}
write(here / "chat/renderings.json", chat)
(here / "chat/templates").mkdir(exist_ok=True)
for template in chat["templates"].values():
    shutil.copy(full / "../data/chat-templates" / template["file"], here / "chat/templates")

(here / "sampling").mkdir(exist_ok=True)
shutil.copy(full / "sampling/sampling.json", here / "sampling")
