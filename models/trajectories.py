"""Datasets as trajectories of vectors, and vectors as datasets again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.declarations import FORECAST, MEMBER, REALIZATION, TIME
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

KINDS = ("states", "field", "agents", "series", FORECAST)
"""Kinds that are the state of a system; the first that a dataset has is what is learned unless variables are named."""
EVEN = 1e-6
"""Largest difference of the spacings of the snapshots, relative to their mean."""


@dataclass(frozen=True, eq=False)
class Layout:
    """How the features of a vector lie in the variables of a dataset.

    Attributes:
        template: the variables at one time of one member, with their coordinates and attributes.
        dt: spacing of the snapshots.
        time: attributes of `t`.
    """

    template: xr.Dataset
    dt: float
    time: dict[str, Any]

    @property
    def features(self) -> int:
        """Length of a vector."""
        return sum(one.size for one in self.template.data_vars.values())

    @property
    def feature_names(self) -> list[str]:
        """A name for each feature: of the component, or of the variable with its indices."""
        names: list[str] = []
        components = (
            [str(one) for one in self.template.coords["component_name"].values]
            if ("component_name" in self.template.coords)
            else None
        )
        for name, one in self.template.data_vars.items():
            if components is not None and one.dims == ("component",):
                names += components
            elif one.ndim == 0:
                names.append(str(name))
            else:
                names += [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(one.shape)]
        return names

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` takes."""
        return {"template": self.template.to_dict(data="list"), "dt": self.dt, "time": dict(self.time)}

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> Layout:
        """The layout that `to_json` wrote."""
        import xarray as xr

        return Layout(xr.Dataset.from_dict(said["template"]), float(said["dt"]), dict(said["time"]))

    def variables(self, values: NDArray[Any], dims: Sequence[str]) -> dict[str, xr.Variable]:
        """Vectors as variables: `values` is (*dims, features), each variable (*dims, ...its own dims)."""
        import xarray as xr

        made, first = {}, 0
        for name, one in self.template.data_vars.items():
            block = values[..., first : first + one.size].reshape(*values.shape[:-1], *one.shape)
            made[str(name)] = xr.Variable((*dims, *one.dims), block, one.attrs)
            first += one.size
        return made

    def dataset(
        self,
        values: NDArray[Any],
        dims: Sequence[str],
        coordinates: Mapping[str, Any],
        attrs: Mapping[str, Any],
    ) -> xr.Dataset:
        """Vectors as a dataset with the coordinates of the template.

        Args:
            values: (*dims, features).
            dims: names of the leading axes, such as ("member", "t").
            coordinates: values or variables of the leading axes.
            attrs: of the dataset, see `data.provenance.make_attrs`.
        """
        import xarray as xr

        return xr.Dataset(self.variables(values, dims), {**self.template.coords, **coordinates}, dict(attrs))

    def times(self, first: float, count: int) -> xr.Variable:
        """`count` times from `first` on, with the attributes of `t`."""
        import xarray as xr

        return xr.Variable((TIME,), first + self.dt * np.arange(count), self.time)

    def refuse_other(self, other: Layout) -> None:
        """Check that another layout has the same features at the same spacing.

        Raises:
            ParameterError: it has not.
        """
        if self.feature_names != other.feature_names:
            own, got = (f"{', '.join(one.feature_names[:4])} ({one.features})" for one in (self, other))
            raise ParameterError(
                f"ds: must have the features that the model was fitted to, {own}, got {got}; give a run of the same "
                "system, or the same variables="
            )
        if not np.isclose(self.dt, other.dt, rtol=1e-4):
            raise ParameterError(
                f"ds: must have snapshots {self.dt:g} apart, as the model was fitted to, got {other.dt:g}; sample the "
                "run anew"
            )


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Vectors over time.

    Attributes:
        values: (members, snapshots, features), float64.
        layout: what the features are.
        members: coordinate of the members; None where the dataset has no such dimension.
        t: times, (snapshots,).
    """

    values: Array
    layout: Layout
    members: NDArray[Any] | None
    t: Array


def trajectories_of(
    source: xr.Dataset | str | os.PathLike[str],
    variables: Sequence[str] | str | None = None,
    *,
    least: int = 2,
    like: Layout | None = None,
) -> Trajectories:
    """The snapshots of a dataset as vectors.

    Args:
        source: a Dataset, or the path of a run.
        variables: names: of variables over `t`, complex ones by their whole name, or of components of the state;
            None for those of the kind `states`, else `field`, `agents`, `series`, `forecast`.
        least: snapshots that are needed.
        like: layout that the vectors shall have: its variables, with components and places by their labels in its
            order, at its spacing. None for those of the dataset.

    Raises:
        ParameterError: a variable is missing, not finite or of many draws, the snapshots are too few or not evenly
            spaced; the dataset has not what `like` has.
    """
    import xarray as xr

    if isinstance(source, str | os.PathLike):
        import ergodica.data

        with ergodica.data.open(source) as opened:
            return trajectories_of(opened, variables, least=least, like=like)
    if not isinstance(source, xr.Dataset):
        raise ParameterError(
            f"ds: must be a Dataset or the path of a run, got {type(source).__name__}; use run.nc"
        )
    if TIME not in source.dims:
        raise ParameterError("ds: must have snapshots over t, got no such dimension; give a run")
    if like is None:
        chosen = _chosen(source, variables)
    else:
        own = like.template.data_vars
        chosen = {str(name): _arranged(source, str(name), one) for name, one in own.items()}
    for name, one in chosen.items():
        if REALIZATION in one.dims:
            raise ParameterError(
                f"{name}: must be one run, got {one.sizes[REALIZATION]} draws of a forecast along {REALIZATION}; take "
                f'their mean, ds.mean("{REALIZATION}", keep_attrs=True), or one of them, ds.isel({REALIZATION}=0)'
            )
    t, dt = _times(source[TIME].values, least)
    has_members = any(MEMBER in one.dims for one in chosen.values())
    blocks = []
    for name, one in chosen.items():
        lead = (MEMBER, TIME) if has_members else (TIME,)
        if has_members and MEMBER not in one.dims:
            one = one.expand_dims({MEMBER: source.sizes[MEMBER]})
        values = one.transpose(*lead, ...).values
        if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
            raise ParameterError(f"{name}: must hold real numbers, got {values.dtype}; name another variable")
        values = values if has_members else values[None]
        blocks.append(values.reshape(*values.shape[:2], -1).astype(np.float64))
        known = np.asarray(np.isfinite(blocks[-1]).all(axis=(0, 2)))
        if not known.all():
            first, last = int(known.argmin()), len(t) - 1 - int(known[::-1].argmin())
            # the longer of what comes before and after
            such = f"slice({first})" if first > len(t) - 1 - last else f"slice({last + 1}, None)"
            raise ParameterError(
                f"{name}: must be finite, got NaN or infinity at {len(t) - known.sum()} of {len(t)} times, first at "
                f"t = {t[first]:g}; choose times without"
                f"{f', such as ds.isel(t={such})' if known[0] or known[-1] else ''}"
            )
    template = xr.Dataset(
        {
            name: one.isel({d: 0 for d in (MEMBER, TIME) if d in one.dims}, drop=True).astype(np.float64)
            * 0.0
            for name, one in chosen.items()
        }
    )
    for name, one in chosen.items():
        template[name].attrs = dict(one.attrs)
    template = template.drop_vars(
        [n for n, c in template.coords.items() if not c.dims and n not in template.dims]
    )
    layout = Layout(template, dt, dict(source[TIME].attrs))
    if like is not None:
        like.refuse_other(layout)
    members = np.asarray(source[MEMBER].values) if has_members and MEMBER in source.coords else None
    if has_members and members is None:
        members = np.arange(source.sizes[MEMBER])
    return Trajectories(np.concatenate(blocks, axis=-1), layout, members, t)


def _times(values: NDArray[Any], least: int) -> tuple[Array, float]:
    """Times of at least `least` snapshots, which rise by equal steps, and their spacing."""
    if values.dtype.kind in "mM":
        raise ParameterError(
            f"t: must be numbers, got {values.dtype}; subtract the first and divide by np.timedelta64(1, 's')"
        )
    t = np.asarray(values, dtype=np.float64)
    if len(t) < max(least, 2):
        raise ParameterError(f"ds: must have at least {max(least, 2)} snapshots, got {len(t)}; record more")
    steps = np.diff(t)
    if not (steps > 0).all():
        raise ParameterError(
            f"t: must increase, got steps from {steps.min():g} to {steps.max():g}; use "
            'ds.sortby("t").drop_duplicates("t")'
        )
    dt = float((t[-1] - t[0]) / len(steps))
    if abs(steps - dt).max() > EVEN * dt + 4 * np.finfo(float).eps * abs(t).max():
        raise ParameterError(
            f"t: must be evenly spaced, got steps from {steps.min():g} to {steps.max():g}; sample the run evenly, or "
            "use ds.interp(t=...)"
        )
    return t, dt


def _arranged(source: xr.Dataset, name: str, like: xr.DataArray) -> xr.DataArray:
    """A variable with its components and places in the order of `like`, a variable of a template."""
    from ergodica.data.matching import at_labels, labels_along

    (one,) = _chosen(source, [name]).values()
    for dim, size in like.sizes.items():
        # of other sizes the whole layout is another, which is said with its names
        if one.sizes.get(dim) != size:
            return one
        found = at_labels(one, like, dim)
        if found is None:
            raise ParameterError(
                f"{name}: must have the {dim} that the model was fitted to, {labels_along(like, dim)}, got "
                f"{labels_along(one, dim)}; give a run of the same system on the same places"
            )
        one = found
    return one.transpose(..., *like.dims)


def _chosen(source: xr.Dataset, variables: Sequence[str] | str | None) -> dict[str, xr.DataArray]:
    from ergodica.data.complex_pairs import complex_names
    from ergodica.data.schema import KIND

    over_time = {str(name): one for name, one in source.data_vars.items() if TIME in one.dims}
    if variables is None:
        for kind in KINDS:
            found = {name: one for name, one in over_time.items() if one.attrs.get(KIND) == kind}
            if found:
                return found
        raise ParameterError(
            f"ds: must have a variable over t of the kind {', '.join(KINDS)}, got "
            f"{', '.join(over_time) or 'none over t'}; name variables="
        )
    if not isinstance(variables, Iterable) or not all(isinstance(one, str) for one in variables):
        raise ParameterError(f"variables: must be names, got {variables!r}; leave it out for the state")
    names = [variables] if isinstance(variables, str) else list(dict.fromkeys(variables))
    if not names:
        raise ParameterError(
            "variables: must name at least one variable, got none; leave it out for the state"
        )
    pairs = complex_names(source.data_vars)
    found = {}
    for name in names:
        if name in pairs:
            found |= {part: source[part] for part in pairs[name].values()}
            continue
        try:
            one = source.ergodica[name]
        except KeyError as error:
            raise ParameterError(f"variables: {error.args[0]}") from None
        if TIME not in one.dims:
            raise ParameterError(
                f"variables: must be over t, got {name} over {', '.join(map(str, one.dims)) or 'nothing'}"
            )
        # single components say which one they are, each another
        found[name] = one.drop_vars([label for label, value in one.coords.items() if not value.dims])
    return found
