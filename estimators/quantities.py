"""What there is to measure in a dataset, by the kind of its variables: what `ergodica measure` writes."""

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ergodica.estimators.units import base_unit

if TYPE_CHECKING:
    import xarray as xr

Groups = dict[str, "xr.Dataset"]
Quantities = Callable[["xr.DataArray", float], "Groups"]

KIND = "ergodica_kind"
_QUANTITIES: dict[str, Quantities] = {}


def register_quantities(kind: str) -> Callable[[Quantities], Quantities]:
    """Makes a function the quantities of a kind of variable (`field`, `states`, ...).

    The function takes a variable (complex ones joined) and the base of logarithms, and returns a Dataset
    over `t` and `member` for each group of quantities.
    """

    def keep(quantities: Quantities) -> Quantities:
        _QUANTITIES[kind] = quantities
        return quantities

    return keep


def measurable_kinds() -> tuple[str, ...]:
    """The kinds of variables that `measure` knows."""
    return tuple(sorted(_QUANTITIES))


def measure(dataset: "xr.Dataset", *, base: float = math.e) -> "xr.DataTree":
    """Every entropy that the kinds of a dataset's variables have, over `t` and `member`.

    Args:
        dataset: keeps the dataset contract, `ergodica_kind` on each variable; in memory, opened from a file
            or chunked.
        base: of the logarithms, > 1; e gives nat, 2 bit.

    Returns:
        A tree with one group a distribution, for a field `spatial`, `spectral`, `amplitude` and
        `uncertainty`; below a group of the variable's name where several variables are measured. Static
        variables are measured only where nothing depends on `t`. Global attributes are the dataset's, with
        the configuration of the measurement.

    Raises:
        TypeError: not a dataset.
        ValueError: no variable of a kind that can be measured; an impossible base.
    """
    import xarray as xr

    if not isinstance(dataset, xr.Dataset):
        raise TypeError(f"dataset: must be a Dataset, got {type(dataset).__name__}; use ergodica.open(path)")
    base_unit(base)
    variables = list(_measurable(dataset))
    groups: Groups = {}
    for variable in variables:
        prefix = f"/{variable.name}" if len(variables) > 1 else ""
        for name, group in _QUANTITIES[variable.attrs[KIND]](variable, base).items():
            groups[f"{prefix}/{name}"] = group
    root = xr.Dataset(attrs=_attributes(dataset, base))
    return xr.DataTree.from_dict({"/": root, **groups}, name="measured")


def _measurable(dataset: "xr.Dataset") -> "Iterable[xr.DataArray]":
    """The variables of known kinds, complex ones joined."""
    from ergodica.data import join_complex
    from ergodica.data.complex_pairs import WHOLE

    names = {str(one.attrs.get(WHOLE, name)): one for name, one in dataset.data_vars.items()}
    kinds = {name: str(one.attrs.get(KIND, "none")) for name, one in names.items()}
    chosen = [name for name, kind in kinds.items() if kind in _QUANTITIES]
    if not chosen:
        have = ", ".join(sorted(set(kinds.values()))) or "no variable"
        raise ValueError(
            f"dataset: must hold a variable of kind {' or '.join(measurable_kinds())}, got {have}; "
            f"mark one with ds['name'].attrs['{KIND}'] = 'field', or use ergodica.data.from_arrays"
        )
    sampled = [name for name in chosen if "t" in names[name].dims]
    for name in sampled or chosen:
        yield join_complex(dataset, name) if WHOLE in names[name].attrs else dataset[name]


def _attributes(dataset: "xr.Dataset", base: float) -> dict[str, Any]:
    from ergodica.data.configuration import from_json, to_json

    configuration: dict[str, Any] = {"measure": {"base": base}}
    if "ergodica_config" in dataset.attrs:
        configuration["measured"] = from_json(dataset.attrs["ergodica_config"])
    title = dataset.attrs.get("title", "a dataset")
    return {**dataset.attrs, "title": f"Entropies of {title}", "ergodica_config": to_json(configuration)}
