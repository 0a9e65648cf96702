"""Puts the measurements of the engine and of llama.cpp side by side, as a table and as JSON, with the ratios that are aimed at."""
import json
import pathlib
import sys

# At least so many times llama.cpp's rate: without AMX and with it; on the dense shape llama.cpp's own AMX kernels run.
TARGETS = {
    "v2-lite": {"prefill": (4.0, 10.0), "1": (1.8, 1.8), "8": (4.0, 4.0), "16": (4.0, 4.0)},
    "qwen-1.5b": {part: (1.0, 1.0) for part in ("prefill", "1", "8", "16")},
}
CEILING_TARGET = 0.7


def read(folder: pathlib.Path, model: str, contender: str, part: str) -> dict | None:
    path = folder / f"{model}.{contender}.{part}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def rate(measured: dict | None, part: str) -> float | None:
    if measured is None:
        return None
    return measured["prefillTokensPerSecond"] if part == "prefill" else measured["decodes"][0]["tokensPerSecond"]


def main(folder: pathlib.Path, summary_path: str, has_amx: bool) -> int:
    rows = []
    for model, targets in TARGETS.items():
        for part, target in targets.items():
            ours, theirs = read(folder, model, "gateway", part), read(folder, model, "llama", part)
            if ours is None and theirs is None:
                continue
            our_rate, their_rate = rate(ours, part), rate(theirs, part)
            row = {
                "model": model,
                "part": part,
                "gateway": our_rate,
                "llama": their_rate,
                "ratio": our_rate / their_rate if our_rate and their_rate else None,
                "target": target[has_amx],
                "device": ours and ours["device"],
                "llamaVariant": theirs and theirs["variant"],
            }
            if part == "1" and ours:
                row |= {
                    "readBytesPerSecond": ours["readBytesPerSecond"],
                    "ceiling": ours["ceilingTokensPerSecond"],
                    "ceilingShare": our_rate / ours["ceilingTokensPerSecond"],
                    "ceilingTarget": CEILING_TARGET,
                }
            rows.append(row)

    def text(value: float | None) -> str:
        return f"{value:.2f}" if value is not None else "-"

    print(f"{'model':<10}{'measure':<20}{'gateway':>9}{'llama.cpp':>11}{'ratio':>8}{'target':>8}")
    for row in rows:
        measure = "prompt" if row["part"] == "prefill" else "1 stream" if row["part"] == "1" else f"{row['part']} streams"
        print(f"{row['model']:<10}{measure:<20}{text(row['gateway']):>9}{text(row['llama']):>11}{text(row['ratio']):>8}{row['target']:>8.1f}")
        if "ceiling" in row:
            print(
                f"{'':<10}of the ceiling, {row['ceiling']:.2f} tokens/s at {row['readBytesPerSecond'] / 1e9:.1f} GB/s: "
                f"{row['ceilingShare']:.0%} (target {row['ceilingTarget']:.0%})")
    for name, key in (("engine", "device"), ("llama.cpp's variant", "llamaVariant")):
        print(f"{name}: {', '.join(sorted({row[key] for row in rows if row[key]}))}")
    pathlib.Path(summary_path).write_text(json.dumps({"amx": has_amx, "rows": rows}, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "yes"))
