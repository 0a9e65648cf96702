"""Renders every "src" of jinja-semantics.json anew and writes the results into it: python3 jinja-semantics.py (Jinja 3.1.6)."""
import datetime
import json
import pathlib

from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment


def to_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise TemplateError(message)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
environment.filters.update(tojson=to_json, from_json=json.loads)
environment.globals.update(
    raise_exception=raise_exception,
    strftime_now=lambda format: datetime.datetime(2026, 1, 5, 15, 4, 9).strftime(format),
)

path = pathlib.Path(__file__).with_suffix(".json")
golden = json.loads(path.read_text())
for case in golden["cases"]:
    case.pop("text", None), case.pop("error", None)
    try:
        case["text"] = environment.from_string(case["src"]).render(golden["vars"])
    except Exception as error:
        case["error"] = f"{type(error).__name__}: {error}"
lines = [json.dumps(case, ensure_ascii=False) for case in golden["cases"]]
head = json.dumps(golden["vars"], ensure_ascii=False)
path.write_text('{"vars": ' + head + ',\n"cases": [\n' + ",\n".join(lines) + "\n]}\n")
