"""What learned numbers carry in a dataset: names of degrees of freedom, units, errors, and where they come from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.models.score.evaluation import Scores

KINDS = {
    ("degree",): "parts",
    ("variable",): "parts",
    ("particle",): "agent_values",
    ("t",): "series",
    ("t", "particle"): "agent_values",
}
"""Pictures of rates, by their dims; what has none is told in numbers alone."""
NO_PICTURE = "parameter"
WORDS = {
    "degree": "degree of freedom",
    "by_degree": "degree of freedom of the second factor",
    "variable": "variable of degrees of freedom",
}


def rate_unit(ds: xr.Dataset) -> str:
    """nat over the unit of time, in words where that has none."""
    from ergodica.estimators.units import per_time

    return per_time("nat", str(ds["t"].attrs.get("units", "1")))


def titled(words: str, ds: xr.Dataset) -> str:
    """`words` of what the dataset is of."""
    title = str(ds.attrs.get("title", "")).strip() or "a dataset"
    return f"{words} of " + (title[:1].lower() + title[1:] if title[1:2].islower() else title)


@dataclass
class Labels:
    """Variables of a dataset to be, with their errors.

    Attributes:
        rate: unit of rates.
        arrays, dims, units, long_names, kinds: by name, as `data.from_arrays` takes them.
        notes: further attributes of the dataset.
    """

    rate: str
    arrays: dict[str, Any] = field(default_factory=dict)
    dims: dict[str, tuple[str, ...]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    long_names: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def part(
        self,
        name: str,
        values: Any,
        words: str,
        *,
        dims: tuple[str, ...] = (),
        units: str | None = None,
        kind: str | None = None,
    ) -> None:
        """One variable; a rate without `units`."""
        self.arrays[name] = np.asarray(values, dtype=np.float64)
        self.dims[name] = dims
        self.units[name] = self.rate if units is None else units
        self.long_names[name] = words
        self.kinds[name] = kind or KINDS.get(dims, NO_PICTURE)

    def add(
        self,
        name: str,
        values: Any,
        error: Any,
        words: str,
        *,
        dims: tuple[str, ...] = (),
        rate: bool = False,
        infinite: Any = False,
        undefined: bool = False,
        kind: str | None = None,
    ) -> None:
        """A variable and its standard error; where `infinite`, inf and an error of NaN, or both NaN if `undefined`."""
        units = None if rate else "1"
        value = np.where(infinite, np.nan if undefined else np.inf, values)
        self.part(name, value, words, dims=dims, units=units, kind=kind)
        self.part(
            f"{name}_standard_error",
            np.where(infinite, np.nan, error),
            f"standard error of the {words}",
            dims=dims,
            units=units,
            kind=NO_PICTURE,
        )

    def frames(self, name: str, values: Any, particles: bool, members: bool) -> None:
        """A variable of each frame, (members, frames, ...)."""
        words = {
            "velocity": "velocity of the probability flow, its current over its density",
            "score": "score, the gradient of the logarithm of the density",
            "production": "entropy production rate at a time",
        }[name]
        own = ("particle",) if particles else ()
        last = () if name == "production" else ("degree",)
        dims = (*(("member",) if members else ()), "t", *own, *last)
        kind = NO_PICTURE if last else "agent_values" if particles else "series"
        units = self.rate if name == "production" else "1"
        self.part(name, values if members else values[0], words, dims=dims, units=units, kind=kind)


def labelled(made: Labels, ds: xr.Dataset, scores: Scores, signs: Any, groups: Sequence[str]) -> xr.Dataset:
    """The dataset of `made`, with the coordinates of `ds`."""
    names = np.array(scores.process.names)
    used = {dim for dims in made.dims.values() for dim in dims}
    coordinates: dict[str, Any] = {
        dim: ds[dim] if dim in ds.coords else np.arange(ds.sizes[dim])
        for dim in ("member", "particle")
        if dim in used
    }
    coordinates |= {"degree": names, "by_degree": names, "variable": np.array(groups)}
    odd = ", ".join(names[signs < 0]) or "none"
    found = finished(
        made,
        ds,
        scores,
        title=titled("Entropy production", ds),
        coordinates={name: values for name, values in coordinates.items() if name in used},
        config={"parity_odd": odd},
        t=ds["t"] if "t" in used else None,
    )
    return found.assign_attrs(
        conventions="nat per unit of time; Ito drift; odd under time reversal: " + odd, **made.notes
    )


def finished(
    made: Labels,
    ds: xr.Dataset,
    scores: Scores | None,
    *,
    title: str,
    coordinates: dict[str, Any],
    config: dict[str, Any],
    t: Any = None,
) -> xr.Dataset:
    """The dataset of `made`, with its provenance: the data's and the network's."""
    from ergodica.data.arrays import from_arrays

    found = from_arrays(
        made.arrays,
        title=title,
        t=t,
        dims=made.dims,
        units=made.units,
        long_names=made.long_names | {name: WORDS[name] for name in coordinates if name in WORDS},
        kinds=made.kinds,
        coordinates=coordinates,
        source=f"score of {_network(scores)}" if scores else "",
        references="Boffi and Vanden-Eijnden 2023, arXiv 2309.12991",
        config={
            **config,
            "made_by": "models.score",
            "data": _config(ds),
            "network": [_described(one) for one in scores.networks] if scores else [],
        },
    )
    history = "\n".join(filter(None, (str(ds.attrs.get("history", "")).strip(), found.attrs["history"])))
    return found.assign_attrs(history=history)


def _described(network: Any) -> dict[str, Any]:
    name = getattr(type(network), "name", type(network).__name__)
    return {"name": name, "parameters": network.parameter_count, **network.config}


def _network(scores: Scores) -> str:
    first = scores.networks[0]
    name = getattr(type(first), "name", type(first).__name__)
    many = f"{len(scores.networks)} networks " if len(scores.networks) > 1 else ""
    return f"{many}{name} of {first.parameter_count} parameters"


def _config(ds: xr.Dataset) -> Any:
    try:
        return json.loads(ds.attrs.get("ergodica_config", "{}"))
    except ValueError:
        return {}
