"""The dataset of basins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.sims.chaos.arguments import dimension, references
from ergodica.sims.chaos.attractors import DIVERGES, UNDECIDED
from ergodica.sims.chaos.cycles import distinct_points
from ergodica.sims.chaos.subject import Subject

if TYPE_CHECKING:
    import xarray as xr

Array = np.ndarray

REFERENCES = "Datseris and Wagemakers 2022, Chaos 32, 023104"


def dataset(
    chosen: Subject,
    places: list[int],
    axes: list[Array],
    fixed: Array,
    attractors: list[Array],
    labels: Array,
    config: dict[str, Any],
) -> xr.Dataset:
    from ergodica.data import from_arrays

    names = [chosen.components[place] for place in places]
    across, up = (dimension(name, "initial") for name in names)
    count, kept = len(attractors), np.array(attractors)
    arrays: dict[str, Any] = {
        "basin": labels.reshape(axes[1].size, axes[0].size).astype(np.int32),
        "diverging_share": float(np.mean(labels == DIVERGES)),
        "undecided_share": float(np.mean(labels == UNDECIDED)),
    }
    dims: dict[str, tuple[str, ...]] = {"basin": (up, across), "diverging_share": (), "undecided_share": ()}
    coordinates: dict[str, Any] = {across: axes[0], up: axes[1]}
    long_names = {
        "basin": "attractor, -1 for divergence, 0 for undecided",
        "diverging_share": "share of points whose orbits diverge",
        "undecided_share": "share of points that are undecided",
        across: names[0],
        up: names[1],
    }
    if count:
        arrays |= {
            "share": np.array([np.mean(labels == label) for label in range(1, count + 1)]),
            "attractor_points": kept,
            "distinct_points": distinct_points(kept, float(max(np.ptp(axis) for axis in axes))),
        }
        dims |= {
            "share": ("attractor",),
            "attractor_points": ("attractor", "point", "component"),
            "distinct_points": ("attractor",),
        }
        coordinates |= {
            "attractor": np.arange(1, count + 1),
            "point": np.arange(kept.shape[1]),
            "component": np.array(chosen.components),
        }
        long_names |= {
            "share": "share of points whose orbits end on the attractor",
            "attractor_points": "points on the attractor",
            "distinct_points": "length of the cycle of samples, 0 where there is none",
            "attractor": "attractor",
            "point": "number of the point",
        }
    return from_arrays(
        arrays,
        title=f"Basins of {chosen.definition.title}",
        dims=dims,
        units=dict.fromkeys([*arrays, across, up], "1"),
        long_names=long_names,
        kinds={name: "basins" if name == "basin" else "parameter" for name in arrays},
        coordinates=coordinates,
        references=references(chosen.definition.reference, REFERENCES),
        config={
            **chosen.config(),
            "measure": "basins",
            "initial": dict(zip(chosen.components, fixed.tolist(), strict=True)),
            **config,
        },
    )
