"""What there is to measure in a dataset, by the kind of its variables: what `ergodica measure` writes."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ergodica.estimators.units import base_unit

if TYPE_CHECKING:
    import xarray as xr

Groups = dict[str, "xr.Dataset"]
Extent = tuple[float, float]
Quantities = Callable[[Any, float, Extent], "Groups"]

KIND = "ergodica_kind"
BLOCK_BYTES = 2**28
_QUANTITIES: dict[tuple[str, bool], Quantities] = {}
_TOGETHER: dict[str, str] = {}


def register_quantities(
    kind: str, *, whole: bool = False, together: str | None = None
) -> Callable[[Quantities], Quantities]:
    """Makes a function the quantities of a kind of variable (`field`, `states`, ...).

    The function takes a variable (complex ones joined), the base of logarithms and the smallest and largest
    value of the variable in the whole dataset (sizes for a complex one), and returns a Dataset over `t` and
    `member` for each group of quantities. It is called for pieces along `t` of a large file, unless its
    distributions are over time and it needs the `whole`; then its groups have no `t`. A kind may have one function
    of either sort. Where variables of a kind are measured `together`, the function takes the dataset in place of a
    variable, and no extent; the word is what they are called in paths.
    """

    def keep(quantities: Quantities) -> Quantities:
        _QUANTITIES[kind, whole] = quantities
        _TOGETHER.pop(kind, None)
        if together is not None:
            _TOGETHER[kind] = together
        return quantities

    return keep


def measurable_kinds() -> tuple[str, ...]:
    """The kinds of variables that `measure` knows."""
    return tuple(sorted({kind for kind, _ in _QUANTITIES}))


def measure(
    dataset: "xr.Dataset", *, base: float = math.e, quantities: Sequence[str] | None = None
) -> "xr.DataTree":
    """Every entropy that the kinds of a dataset's variables have, or chosen ones, over what is not measured along.

    Args:
        dataset: keeps the dataset contract, `ergodica_kind` on each variable; in memory, opened from a file
            or chunked.
        base: of the logarithms, > 1; e gives nat, 2 bit.
        quantities: estimators by name, with or without options, as `"permutation_entropy(order=6)"` or
            `"transfer_entropy(x, y, lag=2)"`; words before the options are variables or components, and without any
            every variable is measured that fits, along `t`. None measures what the kinds have.

    Returns:
        For `quantities` a tree with one group an estimator. Else one group a distribution: for a field `spatial`,
        `spectral`, `amplitude` and `uncertainty`, over `member` and `t`; for states, over `component` in place of `t`,
        `amplitude` and `spectral`; for particles what `particle_quantities` and `motion_quantities` tell; below a group
        of the variable's name where several variables are measured. Static variables are measured only where nothing
        depends on `t`. Global attributes are the dataset's, with the configuration of the measurement.

    Raises:
        TypeError: not a dataset.
        ValueError: a quantity that cannot be read or not be taken of this dataset; no variable of a kind that can be
            measured; an impossible base.
    """
    import xarray as xr

    if not isinstance(dataset, xr.Dataset):
        raise TypeError(f"dataset: must be a Dataset, got {type(dataset).__name__}; use ergodica.open(path)")
    base_unit(base)
    if quantities is not None:
        from ergodica.estimators.requests import requested

        root = xr.Dataset(attrs=_attributes(dataset, base, quantities))
        return xr.DataTree.from_dict(
            {"/": root, **requested(dataset, quantities, base=base)}, name="measured"
        )
    extents = _extents(dataset)
    parts = [_groups(part, base, extents, whole=False) for part in _parts(dataset)]
    groups = {name: _joined([part[name] for part in parts]) for name in parts[0]}
    groups |= _groups(dataset, base, extents, whole=True)
    root = xr.Dataset(attrs=_attributes(dataset, base))
    return xr.DataTree.from_dict({"/": root, **groups}, name="measured")


def _parts(dataset: "xr.Dataset") -> "Iterable[xr.Dataset]":
    """The dataset, or pieces of it along `t` where it lies in a file and is larger than a block."""
    sampled = [one for one in dataset.data_vars.values() if "t" in one.dims]
    on_disk = all(not one.variable._in_memory and one.chunks is None for one in sampled)
    frames = dataset.sizes.get("t", 1)
    if not on_disk or dataset.nbytes <= BLOCK_BYTES or frames == 1:
        yield dataset
        return
    step = max(1, int(frames * BLOCK_BYTES / dataset.nbytes))
    for first in range(0, frames, step):
        yield dataset.isel(t=slice(first, first + step))


def _joined(groups: "list[xr.Dataset]") -> "xr.Dataset":
    import xarray as xr

    if len(groups) == 1:
        return groups[0]
    return xr.concat(
        groups,
        dim="t",
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="exact",
        combine_attrs="override",
    )


def _extents(dataset: "xr.Dataset") -> dict[str, Extent]:
    """Smallest and largest value of every measurable variable: what makes its histograms comparable over time."""
    found: dict[str, Extent] = {}
    for part in _parts(dataset):
        for variable in _measurable(part):
            if variable.attrs[KIND] in _TOGETHER:
                continue
            sizes = abs(variable) if variable.dtype.kind == "c" else variable
            low, high = float(sizes.min()), float(sizes.max())
            before = found.get(str(variable.name), (low, high))
            found[str(variable.name)] = min(before[0], low), max(before[1], high)
    return found


def _groups(dataset: "xr.Dataset", base: float, extents: dict[str, Extent], *, whole: bool) -> Groups:
    """The groups of quantities of every measurable variable, by path: of kinds that need the whole run, or not."""
    found: Groups = {}
    subjects: dict[str, tuple[str, Any]] = {}
    for variable in _measurable(dataset):
        kind = variable.attrs[KIND]
        name = _TOGETHER.get(kind, str(variable.name))
        subjects[name] = kind, dataset if kind in _TOGETHER else variable
    for name, (kind, subject) in subjects.items():
        if (kind, whole) in _QUANTITIES:
            extent = extents.get(name, (math.nan, math.nan))
            for group, quantities in _QUANTITIES[kind, whole](subject, base, extent).items():
                found[f"/{name}/{group}" if len(subjects) > 1 else f"/{group}"] = quantities
    return found


def _measurable(dataset: "xr.Dataset") -> "Iterable[xr.DataArray]":
    """The variables of known kinds, complex ones joined."""
    from ergodica.data import join_complex
    from ergodica.data.complex_pairs import WHOLE

    names = {str(one.attrs.get(WHOLE, name)): one for name, one in dataset.data_vars.items()}
    kinds = {name: str(one.attrs.get(KIND, "none")) for name, one in names.items()}
    chosen = [name for name, kind in kinds.items() if kind in measurable_kinds()]
    if not chosen:
        have = ", ".join(sorted(set(kinds.values()))) or "no variable"
        raise ValueError(
            f"dataset: must hold a variable of kind {' or '.join(measurable_kinds())}, got {have}; "
            f"mark one with ds['name'].attrs['{KIND}'] = 'field', or use ergodica.data.from_arrays"
        )
    sampled = [name for name in chosen if "t" in names[name].dims]
    for name in sampled or chosen:
        yield join_complex(dataset, name) if WHOLE in names[name].attrs else dataset[name]


def _attributes(
    dataset: "xr.Dataset", base: float, quantities: Sequence[str] | None = None
) -> dict[str, Any]:
    from ergodica.data.configuration import from_json, to_json

    configuration: dict[str, Any] = {"measure": {"base": base}}
    if quantities is not None:
        configuration["measure"]["quantities"] = list(quantities)
    if "ergodica_config" in dataset.attrs:
        configuration["measured"] = from_json(dataset.attrs["ergodica_config"])
    title = dataset.attrs.get("title", "a dataset")
    # of particles also distances, correlations, displacements
    what = "Measures" if "particle" in dataset.dims else "Entropies"
    return {**dataset.attrs, "title": f"{what} of {title}", "ergodica_config": to_json(configuration)}
