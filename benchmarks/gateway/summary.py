"""Reads the wrk runs (one JSON object per line), prints a table of medians over the rounds and writes it as JSON."""
import json
import statistics
import sys


def main(runs_path: str, summary_path: str) -> int:
    with open(runs_path, encoding="utf-8") as file:
        runs = [json.loads(line) for line in file]
    groups: dict[tuple[int, str], list[dict]] = {}
    for run in runs:
        groups.setdefault((run["connections"], run["contender"]), []).append(run)

    rows = []
    for (connections, contender), group in groups.items():
        rows.append({
            "connections": connections,
            "contender": contender,
            "rounds": len(group),
            **{key: statistics.median(run[key] for run in group) for key in ("rps", "p50_us", "p99_us")},
            "errors": sum(run["errors"] for run in group),
        })

    baselines = {row["connections"]: row for row in rows if row["contender"] == "yarp"}
    print(f"{'conns':>5} {'contender':<10}{'requests/s':>12}{'p50 us':>9}{'p99 us':>9}{'rps/yarp':>10}{'p99/yarp':>10}{'errors':>8}")
    for row in rows:
        baseline = baselines.get(row["connections"])
        row["rps_to_yarp"] = row["rps"] / baseline["rps"] if baseline else None
        row["p99_to_yarp"] = row["p99_us"] / baseline["p99_us"] if baseline else None
        ratios = "".join(f"{value:>10.2f}" if value is not None else f"{'-':>10}" for value in (row["rps_to_yarp"], row["p99_to_yarp"]))
        print(f"{row['connections']:>5} {row['contender']:<10}{row['rps']:>12.0f}{row['p50_us']:>9.0f}{row['p99_us']:>9.0f}{ratios}{row['errors']:>8}")

    off = {row["connections"]: row for row in rows if row["contender"] == "gateway"}
    for row in rows:
        if row["contender"] == "budgets" and (without := off.get(row["connections"])):
            row["rps_to_off"] = row["rps"] / without["rps"]
            row["p50_added_us"] = row["p50_us"] - without["p50_us"]
            print(
                f"budgets at {row['connections']} connections: {row['rps_to_off']:.2f} of the throughput without, "
                f"{row['p50_added_us']:.0f} us more at the median")

    with open(summary_path, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=2)
        file.write("\n")
    failed = [row["contender"] for row in rows if row["errors"]]
    if failed:
        print(f"Requests failed through: {', '.join(sorted(set(failed)))}. The figures above do not count.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
