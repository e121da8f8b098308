"""Whether a network was trained on the process that it is applied to."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

FREE = frozenset({"particles", "box", "packing_fraction", "initial", "dt", "scheme"})
"""Parameters that may be others where a network is applied: sizes, starts and steps of time."""


def differences(trained: Any, applied: Any) -> list[str]:
    """What differs between the configurations of two simulations, as "speed 0.3 and 1.5"; none where one is unknown."""
    if not isinstance(trained, Mapping) or not isinstance(applied, Mapping):
        return []
    if not trained.get("system") or not applied.get("system"):
        return []
    if trained["system"] != applied["system"]:
        return [f"system {trained['system']} and {applied['system']}"]
    found = []
    for part in ("parameters", "digests"):
        one, other = trained.get(part), applied.get(part)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            names = [name for name in one if name in other and name not in FREE]
            found += [
                f"{name} {one[name]} and {other[name]}" for name in names if not _same(one[name], other[name])
            ]
    return found


def warn_of_other_process(network: Any, ds: xr.Dataset, *, stacklevel: int = 3) -> None:
    """A warning where what `network` was trained on has other forces, rates or noise than `ds`."""
    first = next(iter(getattr(network, "networks", [network])), None)
    notes = getattr(network, "notes", None) or getattr(first, "notes", None) or {}
    try:
        applied = json.loads(ds.attrs.get("ergodica_config") or "null")
    except (TypeError, ValueError):
        return
    found = differences(notes.get("config"), applied)
    if found:
        warnings.warn(
            f"network: must be trained on the process it is applied to, got {', '.join(found)} (trained, applied); "
            "its score is of another density: train one on this run",
            stacklevel=stacklevel + 1,
        )


def _same(one: Any, other: Any) -> bool:
    try:
        return one == other or math.isclose(one, other, rel_tol=1e-9)
    except TypeError:
        return False
