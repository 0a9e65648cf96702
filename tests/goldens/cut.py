"""Cuts the small golden set that the repository carries out of the full one.

    python3 tests/goldens/cut.py FULL_SET

FULL_SET is a folder with models/, tokenizers/, chat/ and sampling/, and ../data/chat-templates beside it.
Third-party vocabularies stay out: the copy holds only what is generated.
"""
import json
import pathlib
import shutil
import sys

MODELS = ["deepseek_v2", "deepseek_v2_lite"]
REFUSED_MODEL = "llama_distill"  # its config.json alone: an architecture that must be refused by name
TOKENIZERS = ["tiny", "tiny-deepseek-llm", "tiny-qwen2", "tiny-llama3"]
TEMPLATES = ["deepseek-ai-DeepSeek-V2-Lite-Chat", "deepseek-ai-DeepSeek-V3"]

full = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")


for model in MODELS:
    shutil.copytree(full / "models" / model, here / "models" / model, dirs_exist_ok=True)

(here / "models" / REFUSED_MODEL).mkdir(exist_ok=True)
shutil.copy(full / "models" / REFUSED_MODEL / "config.json", here / "models" / REFUSED_MODEL)
shutil.copytree(full / "ops", here / "ops", dirs_exist_ok=True)

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
