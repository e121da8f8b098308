"""The lines that a training writes: for machines as JSON, for eyes in TensorBoard."""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ergodica.data.atomic import replace_file

LINES, EVENTS = "metrics.jsonl", "events"


def lines_until(path: Path, step: int) -> list[dict[str, Any]]:
    """The lines of a file up to a step; what a kill tore, and what came after the step, is left out."""
    kept: list[dict[str, Any]] = []
    if not path.is_file():
        return kept
    for text in path.read_bytes().splitlines():
        try:
            line = json.loads(text)
            if line["step"] > step:
                break
        except (ValueError, TypeError, KeyError):
            break
        kept.append(line)
    return kept


def digest_of(lines: Sequence[Mapping[str, Any]]) -> str:
    """By which lines are known again that a state was written after."""
    return hashlib.sha256(b"".join(map(_text, lines))).hexdigest()


class Metrics:
    """The lines of a training.

    Args:
        folder: where `metrics.jsonl` and TensorBoard's `events` are written; None to keep the lines in memory alone.
        lines: those of before.
    """

    def __init__(self, folder: Path | None, lines: list[dict[str, Any]]) -> None:
        self.lines = lines
        self._file, self._writer = None, None
        if folder is not None:
            # whole lines alone go on, in a file that is replaced in one step
            replace_file(folder / LINES, b"".join(map(_text, lines)))
            self._file = (folder / LINES).open("ab", buffering=0)
            self._writer = _tensorboard(folder / EVENTS, lines[-1]["step"] + 1 if lines else 0)

    def write(self, line: Mapping[str, float]) -> None:
        """Adds a line; numbers that are not finite are written as null."""
        kept = {name: value if math.isfinite(value) else None for name, value in line.items()}
        self.lines.append(kept)
        if self._file is not None:
            self._file.write(_text(kept))
        if self._writer is not None:
            for name, value in kept.items():
                if name != "step" and value is not None:
                    self._writer.add_scalar(name, value, int(line["step"]))

    def close(self) -> None:
        """Closes the files."""
        if self._file is not None:
            self._file.close()
        if self._writer is not None:
            self._writer.close()


def _text(line: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(line, allow_nan=False)}\n".encode()


def _tensorboard(folder: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        warnings.warn(
            "tensorboard: is not installed, so that only metrics.jsonl is written; pip install 'ergodica[models]'",
            stacklevel=2,
        )
        return None
    return SummaryWriter(str(folder), purge_step=step)
