"""What a Koopman model says, as a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.complex_pairs import complex_names
from ergodica.data.declarations import Variable
from ergodica.data.provenance import make_attrs
from ergodica.data.schema import store
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from ergodica.models.koopman.koopman import KoopmanModel
    from ergodica.models.trajectories import Layout

    Said = dict[str, xr.Variable]

MODE = "mode"
EIGENVALUE = "eigenvalue"


def refuse_taken_names(layout: Layout) -> None:
    """Check that what is learned leaves the names of what a model says.

    Raises:
        ParameterError: a variable, a coordinate or a dimension is named `mode` or `eigenvalue`.
    """
    template = layout.template
    names = {*template.variables, *template.dims, *complex_names(template.data_vars)}
    for name in sorted({MODE, EIGENVALUE} & names):
        raise ParameterError(
            f"ds: must leave the name {name!r} to the {name}s of the model, got data with it; use "
            f"ds.rename({name}=...) first"
        )


def said(
    name: str, words: str, values: NDArray[Any], kind: str, dims: Sequence[str] = (MODE,), units: str = "1"
) -> Said:
    """A stored variable, or the two of a complex one."""
    values = np.asarray(values)
    declared = Variable(
        name=name, dims=tuple(dims), units=units, long_name=words, kind=kind, dtype=values.dtype.name
    )
    return store(declared, dims, values)


def numbered(dim: str, count: int, words: str) -> xr.Variable:
    """A coordinate that counts."""
    import xarray as xr

    return xr.Variable((dim,), np.arange(count), {"units": "1", "long_name": words})


def modes_of(model: KoopmanModel) -> tuple[dict[str, Any], Said]:
    """The coordinate `mode`, and the eigenvalues along it."""
    values = model.spectrum[0]
    return (
        {MODE: numbered(MODE, len(values), "mode, by falling modulus of its eigenvalue")},
        said(EIGENVALUE, "eigenvalue of the step from one snapshot to the next", values, "eigenvalues"),
    )


def attributes(model: KoopmanModel, what: str, **settings: Any) -> dict[str, Any]:
    """Global attributes: what the dataset holds, by which model with which settings."""
    config: Mapping[str, Any] = {
        "model": model.name,
        "settings": model.config,
        what.replace(" ", "_"): settings,
    }
    return make_attrs(title=f"Koopman {what} by {model.name}", references=model.references, config=config)
