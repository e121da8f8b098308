"""A first look at several orbits, of which some may escape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ergodica.numerics.errors import RunError
from ergodica.sims.chaos.subject import Subject
from ergodica.sims.chaos.survey import Survey, survey

Array = np.ndarray

MOST = 8
"""Orbits that are looked at, of many."""
ESCAPED = 1e12
"""An orbit that grows so many times is on its way to infinity, even if it has not come there."""


def look_at(orbits: Iterable[tuple[Subject, Array]]) -> tuple[list[Survey], RunError | None]:
    """Surveys of those orbits (subject, start (d,)) that stay finite, and the error of the last that does not."""
    seen: list[Survey] = []
    last: RunError | None = None
    for chosen, start in orbits:
        try:
            one = survey(chosen, start)
            if not np.abs(one.point).max() < ESCAPED * (1.0 + np.abs(start).max()):
                raise RunError(
                    f"{chosen.name}: the orbit grows without bound, to {np.abs(one.point).max():.1e}; start "
                    "elsewhere or change the parameters"
                )
            seen.append(one)
        except RunError as error:
            last = error
    return seen, last


def look_at_each(chosen: Subject, starts: Array) -> list[Survey]:
    """A survey of the orbit from each of `starts` (m, d), for one that escapes that of the first which does not.

    Raises RunError when every one escapes.
    """
    alone = [look_at([(chosen, start)]) for start in starts]
    finite = [seen[0] for seen, _ in alone if seen]
    for _, error in alone:
        if error is not None and not finite:
            raise error
    return [seen[0] if seen else finite[0] for seen, _ in alone]


def common_look(orbits: list[tuple[Subject, Array]]) -> Survey:
    """The largest scales and a typical time of a few of the orbits. Raises RunError when every one escapes."""
    few = np.unique(np.linspace(0, len(orbits) - 1, min(MOST, len(orbits))).astype(int))
    seen, last = look_at(orbits[one] for one in few)
    if last is not None and not seen:
        # those between them may be better
        seen, last = look_at(orbits[: MOST**2])
    if last is not None and not seen:
        raise last
    return replace(
        seen[0],
        scale=np.max([one.scale for one in seen], axis=0),
        mean=np.mean([one.mean for one in seen], axis=0),
        time=float(np.median([one.time for one in seen])),
    )
