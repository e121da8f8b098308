"""Arguments checked alike, and the bar that long work shows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError

MEANT = {
    "t",
    "time",
    "member",
    "component",
    "space",
    "particle",
    "mode",
    "point",
    "attractor",
    "basin",
    "share",
    "bifurcation",
}
"""Names that a dataset uses for something else."""


def whole(name: str, value: Any, *, least: int, use: int) -> int:
    """A whole number of at least `least`. Raises ParameterError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ParameterError(f"{name}: a whole number of at least {least}, got {value!r}; use {use}")
    return int(value)


def number(name: str, value: Any, *, above: float = -np.inf, least: float = -np.inf) -> float:
    """A finite number above one bound and not below another. Raises ParameterError for anything else."""
    bounds = f" above {above:g}" if above > -np.inf else f" of at least {least:g}" if least > -np.inf else ""
    real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not real or not np.isfinite(value) or not value > above or value < least:
        raise ParameterError(
            f"{name}: a finite number{bounds}, got {value!r}; leave it out for a fitting one"
        )
    return float(value)


def dimension(name: str, suffix: str) -> str:
    """A parameter's or component's name as that of a dimension: `x[3]` as `x_3`, `t` with a suffix."""
    plain = name.replace("[", "_").replace("]", "")
    return f"{plain}_{suffix}" if plain in MEANT else plain


def references(*papers: str) -> str:
    """Papers in a row, each once, empty ones left out."""
    return "; ".join(dict.fromkeys(filter(None, papers)))


def bar(total: float, name: str, unit: str) -> Any:
    """A progress bar that shows on a terminal only; `update` and `close` it."""
    from tqdm import tqdm

    return tqdm(total=total, desc=name, unit=unit, disable=None, leave=False, mininterval=0.2)
