"""How a job is timed within a repetition, and how seconds of several jobs become rows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping


def best(job: Callable[[], object], calls: int = 3) -> float:
    """Seconds of the fastest call."""
    found = math.inf
    for _ in range(calls):
        begin = time.perf_counter()
        job()
        found = min(found, time.perf_counter() - begin)
    return found


def rows_of_seconds(
    names: Mapping[str, str], ours: list[dict[str, float]], peer: list[dict[str, float]], peer_name: str
) -> list[dict[str, object]]:
    """A row a job by its name in words: seconds, and the other's time over ours where it does the job too."""
    found: list[dict[str, object]] = []
    for job, words in names.items():
        mine = min(r[job] for r in ours)
        theirs = min((r[job] for r in peer if job in r), default=None)
        found.append(
            {
                "job": words,
                "ours": f"{mine:.3g} s",
                "against": "-" if theirs is None else f"{peer_name}: {theirs:.3g} s",
                "ratio": None if theirs is None else theirs / mine,
            }
        )
    return found
