"""Print a Markdown table of `benchmarks/results/*.json`: what stands in the README comes from here."""

from __future__ import annotations

import json
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def shown(ratio: float | None) -> str:
    """A ratio in three digits; a dash where nothing was compared."""
    return "-" if ratio is None else f"{ratio:.3g}"


def table(folder: Path = RESULTS, jobs: tuple[str, ...] = ("",)) -> str:
    """One line a measured row whose job has one of these words in it, then the machines and dates of those."""
    lines = ["| job | ours | compared with | ratio |", "| --- | --- | --- | --- |"]
    notes = []
    for path in sorted(folder.glob("*.json")):
        result = json.loads(path.read_text())
        if "title" not in result:  # a study that times nothing
            continue
        rows = [row for row in result["rows"] if any(word in row["job"] for word in jobs)]
        if not rows:
            continue
        lines += [
            f"| {row['job']} | {row['ours']} | {row['against']} | {shown(row['ratio'])} |" for row in rows
        ]
        machine = result["machine"]
        versions = ", ".join(f"{name} {version}" for name, version in result["versions"]["ours"].items())
        state = "" if result["clean"] else " with changes"
        notes.append(
            f"- {result['title']}: {result['date']}, {machine['cpu']}, {machine['cores']} cores, "
            f"load {machine['load']} before, {result['threads']} thread(s) at most; {versions}; "
            f"commit {result['commit'][:10]}{state}."
        )
    return "\n".join([*lines, "", *notes])


if __name__ == "__main__":
    print(table())
