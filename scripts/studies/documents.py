"""What the documents hold that can be run or made: code blocks, their output, and tables between markers.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`. A block ```` ```python ```` that prints is
followed by a block ```` ```text ```` with what it prints.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TABLE = re.compile(r"(?P<open><!-- table: (?P<name>[\w./-]+) -->\n).*?(?P<close><!-- end -->)", re.DOTALL)
BLOCK = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.])")
ROUND_OFF = 1e-12
BOUND = re.compile(r"< (\d+(?:\.\d+)?(?:e[-+]?\d+)?)")


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    language: str
    code: str
    line: int
    span: tuple[int, int]


def documents() -> list[Path]:
    """README, changelog and every page."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str, *languages: str) -> list[Block]:
    """The fenced blocks of these languages, in order."""
    found = [
        Block(m["language"], m["code"], text.count("\n", 0, m.start()) + 2, m.span("code"))
        for m in BLOCK.finditer(text)
    ]
    return [block for block in found if block.language in languages]


def run(code: str, names: dict[str, Any], where: str) -> str:
    """Execute Python code with these names and give back what it prints."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, where, "exec", dont_inherit=True), names)
    return said.getvalue()


def outputs(text: str, where: str) -> list[tuple[Block, str]]:
    """Run every Python block of a document, one after the other; each output block with what is printed fresh."""
    names: dict[str, Any] = {"__name__": "document"}
    found, printed = [], ""
    for block in blocks(text, "python", "text"):
        if block.language == "python":
            printed = run("\n" * (block.line - 1) + block.code, names, where)
        else:
            found.append((block, printed))
    return found


def with_outputs(text: str, where: str) -> str:
    """The document with its output blocks made anew."""
    for block, printed in reversed(outputs(text, where)):
        text = text[: block.span[0]] + printed + text[block.span[1] :]
    return text


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def bound(value: float, margin: float) -> str:
    """The next power of ten above a number.

    >>> bound(3e-9, 1.0), bound(0.0, 1.0)
    ('< 1e-8', '< 1e-12')
    """
    if not value * margin > ROUND_OFF:
        return f"< {ROUND_OFF:.0e}"
    return f"< 1e{math.ceil(math.log10(value * margin)):d}"


def tables(text: str) -> dict[str, str]:
    """The tables of a document, by name."""
    return {m["name"]: m.group(0)[len(m["open"]) : -len(m["close"])] for m in TABLE.finditer(text)}


def with_tables(text: str, fresh: dict[str, str]) -> str:
    """The document with its tables replaced."""

    def replaced(match: re.Match[str]) -> str:
        return f"{match['open']}{fresh[match['name']].strip()}\n{match['close']}"

    return TABLE.sub(replaced, text)


def differences(shown: str, fresh: str, measured: Collection[str] | None = None) -> list[str]:
    """Lines that differ by more than what is measured may.

    A measured number may differ by one unit of the last digit shown, and a bound `< 1e-9` be kept better.

    Args:
        shown: what a document shows.
        fresh: what is made now.
        measured: the columns of a table that are measured; all others, parameters and defaults, must be equal
            to the letter. None for printed text, in which every number may be measured.
    """
    ours, theirs = shown.strip().splitlines(), fresh.strip().splitlines()
    if len(ours) != len(theirs):
        return [f"{len(ours)} lines are shown, {len(theirs)} are made now"]
    head = _cells(ours[0]) if ours else []
    return [
        f"shown: {a}\n  now: {b}"
        for a, b in zip(ours, theirs, strict=True)
        if not (_agree(a, b) if measured is None else _same_row(a, b, head, measured))
    ]


def _same_row(shown: str, fresh: str, head: list[str], measured: Collection[str]) -> bool:
    ours, theirs = _cells(shown), _cells(fresh)
    if not len(ours) == len(theirs) == len(head):
        return shown == fresh
    return all(
        _agree(a, b) if name in measured else a == b for name, a, b in zip(head, ours, theirs, strict=True)
    )


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]


def _agree(shown: str, fresh: str) -> bool:
    ours, theirs = BOUND.findall(shown), BOUND.findall(fresh)
    if len(ours) != len(theirs) or any(float(b) > float(a) for a, b in zip(ours, theirs, strict=True)):
        return False
    shown, fresh = BOUND.sub("<", shown), BOUND.sub("<", fresh)
    ours, theirs = NUMBER.findall(shown), NUMBER.findall(fresh)
    if _words(shown) != _words(fresh) or len(ours) != len(theirs):
        return False
    return all(abs(float(a) - float(b)) <= 1.01 * _unit(a) for a, b in zip(ours, theirs, strict=True))


def _words(line: str) -> str:
    return re.sub(r"[\s-]+", " ", NUMBER.sub("#", line))


def _unit(number: str) -> float:
    """One unit of the last digit; nothing for a whole number.

    >>> _unit("2.50"), _unit("1.2e-3"), _unit("7")
    (0.01, 0.0001, 0.0)
    """
    mantissa, _, exponent = number.partition("e")
    _, _, decimals = mantissa.partition(".")
    if not decimals and not exponent:
        return 0.0
    return float(f"1e{int(exponent or 0) - len(decimals)}")
