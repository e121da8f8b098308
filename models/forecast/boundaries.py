"""Boundaries within a series: as a dataset, and how well they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    from ergodica.models.trajectories import Trajectories


class BoundaryScores(NamedTuple):
    """How well boundaries are found.

    Attributes:
        precision: share of those that were found that are true, NaN where none was found.
        recall: share of the true ones that were found, NaN where there are none.
        f1: their harmonic mean, 2 hits/(found + true); 1 where there are none and none was found.
    """

    precision: float
    recall: float
    f1: float


def boundary_scores(found: ArrayLike, true: ArrayLike, margin: float) -> BoundaryScores:
    """Precision, recall and F1 of boundaries that may be off by a margin.

    A hit is a true boundary with one that was found at most `margin` away, each counted once: hits are the most pairs
    that can be made so.

    Args:
        found: where boundaries were found, times or numbers of snapshots, any order.
        true: where they are, in the same unit.
        margin: 0 or more, in the same unit.

    Returns:
        Numbers from 0 to 1.

    Raises:
        ParameterError: places that are no finite numbers, or a margin that cannot be.

    Good values: a margin of a few snapshots, well below half the shortest distance of two true boundaries; 5 in the
    benchmark that this is the score of.

    Source: van den Burg and Williams 2020, An evaluation of change point detection algorithms, arXiv 2003.06222.
    """
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 <= margin < np.inf:
        raise ParameterError(f"margin: must be a number of at least 0, got {margin!r}; use 5 snapshots")
    places = _places("found", found), _places("true", true)
    hits = _pairs(*places, float(margin))
    count, there = (len(one) for one in places)
    return BoundaryScores(
        precision=hits / count if count else float("nan"),
        recall=hits / there if there else float("nan"),
        f1=2 * hits / (count + there) if count + there else 1.0,
    )


def boundaries_over_time(
    series: Trajectories,
    begins: NDArray[np.bool_],
    entropies: NDArray[np.float64] | None,
    config: dict[str, Any],
) -> xr.Dataset:
    """Boundaries (members, snapshots), and entropies where there are some, as a dataset."""
    import xarray as xr

    from ergodica.data.declarations import MEMBER, TIME
    from ergodica.data.provenance import make_attrs
    from ergodica.data.schema import KIND

    dims = (TIME,) if series.members is None else (MEMBER, TIME)
    coordinates: dict[str, Any] = {TIME: (TIME, series.t, series.layout.time)}
    if series.members is not None:
        said = {"units": "1", "long_name": "ensemble member"}
        coordinates[MEMBER] = (MEMBER, series.members, said)
    values: dict[str, tuple[NDArray[Any], str, str]] = {
        "boundary": (begins.astype(np.int8), "1", "1 where a patch begins, 0 elsewhere")
    }
    if entropies is not None:
        values["entropy"] = (entropies, "nat", "entropy of the next quantised value")
    found = {
        name: (
            dims,
            one[0] if series.members is None else one,
            {"units": units, "long_name": words, KIND: "series"},
        )
        for name, (one, units, words) in values.items()
    }
    attrs = make_attrs(title="Patches of a series", references="EntroPE, arXiv 2509.26157", config=config)
    return xr.Dataset(found, coordinates, attrs)


def _places(name: str, given: ArrayLike) -> NDArray[np.float64]:
    try:
        places = np.sort(np.asarray(given, dtype=np.float64).ravel())
    except (TypeError, ValueError):
        places = np.array([np.nan])
    if not np.isfinite(places).all():
        raise ParameterError(
            f"{name}: must be finite numbers, got {given!r}; give times or numbers of snapshots"
        )
    return places


def _pairs(found: NDArray[np.float64], true: NDArray[np.float64], margin: float) -> int:
    """The most pairs within a margin of sorted places, each in one pair."""
    hits = at = number = 0
    while at < len(found) and number < len(true):
        away = found[at] - true[number]
        hits += abs(away) <= margin
        # of two that are too far apart the earlier one has no partner left
        at, number = at + (away <= margin), number + (away >= -margin)
    return int(hits)
