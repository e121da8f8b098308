"""The four states of a school in Couzin's model, by the width of the zone of orientation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ergodica.sims.simulation import Preset

SOURCE = "Couzin, Krause, James, Ruxton, Franks 2002, J. theor. Biol. 218, 1, figure 3"


def _state(summary: str, orientation_width: float, **others: Any) -> Preset:
    parameters = {"orientation_width": orientation_width, **others}
    return Preset(summary=summary, parameters=parameters, t_end=400.0, snapshots=401, source=SOURCE)


PRESETS: Mapping[str, Preset] = {
    "swarm": _state("a group that stays together without a common direction", 0.0),
    "torus": _state("a mill: all swim around an empty centre, which hardly moves", 2.5),
    "dynamic-parallel": _state("a common direction, which wanders, in a school that changes its shape", 4.0),
    "highly-parallel": _state("a school that swims straight on, all in one direction", 10.0),
}
