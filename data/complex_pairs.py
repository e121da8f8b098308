"""Complex variables as pairs of real ones, the only form that NetCDF and Zarr both hold.

psi = psi_real + i psi_imag

Both parts carry `ergodica_complex = "psi"` and `ergodica_complex_part = "real"` or `"imaginary"`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

WHOLE = "ergodica_complex"
PART = "ergodica_complex_part"
SUFFIXES = {"real": "_real", "imaginary": "_imag"}


def part_attributes(name: str, part: str) -> dict[str, str]:
    """The attributes that make a variable one part of the complex variable `name`."""
    return {WHOLE: name, PART: part}


def complex_names(variables: "Mapping[Any, xr.DataArray | xr.Variable]") -> dict[str, dict[str, str]]:
    """The complex variables among stored ones.

    Args:
        variables: stored variables by name, such as `dataset.data_vars`.

    Returns:
        For each complex variable, the stored names of its parts: `{"psi": {"real": ..., "imaginary": ...}}`;
        a part that is not there is left out.
    """
    found: dict[str, dict[str, str]] = {}
    for stored, variable in variables.items():
        whole, part = variable.attrs.get(WHOLE), variable.attrs.get(PART)
        if isinstance(whole, str) and part in SUFFIXES:
            found.setdefault(whole, {})[str(part)] = str(stored)
    return found


def complex_pairs(variables: "Mapping[Any, xr.DataArray | xr.Variable]") -> dict[str, dict[str, str]]:
    """`complex_names` of which both parts are there; one part alone is a real variable."""
    return {whole: parts for whole, parts in complex_names(variables).items() if len(parts) == len(SUFFIXES)}


def split_complex(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """The two real arrays of a complex one, under their stored names."""
    return {name + SUFFIXES["real"]: values.real, name + SUFFIXES["imaginary"]: values.imag}


def join_complex(dataset: "xr.Dataset", name: str, *, lazy: bool = False) -> "xr.DataArray":
    """The complex variable `name` of a dataset, lazy where the parts are.

    Args:
        dataset: holds the two parts.
        name: the complex variable, such as "psi".
        lazy: read the parts piece by piece as they are indexed, each time anew.

    Returns:
        psi_real + i psi_imag with the parts' dimensions, coordinates, `units` and kind; float32 parts give
        complex64.

    Raises:
        ValueError: there is no such pair.
    """
    parts = complex_names(dataset.data_vars).get(name, {})
    if set(parts) != set(SUFFIXES):
        known = ", ".join(sorted(complex_pairs(dataset.data_vars))) or "none"
        missing = (
            f"the {' and '.join(sorted(set(SUFFIXES) - set(parts)))} part is missing"
            if parts
            else "not one here"
        )
        raise ValueError(
            f"{name}: must be a complex variable of the dataset, {missing}; complex variables: {known}"
        )
    real, imaginary = dataset[parts["real"]], dataset[parts["imaginary"]]
    if lazy and real.chunks is None and imaginary.chunks is None:
        from ergodica.data.lazy_pair import lazy_pair

        joined = lazy_pair(real, imaginary)
    else:
        # a Python complex keeps single precision single
        joined = real + 1j * imaginary
    text = real.attrs.get("long_name", name)
    joined.attrs = {key: value for key, value in real.attrs.items() if key not in (WHOLE, PART)}
    joined.attrs["long_name"] = text.removesuffix(", real part")
    return joined.rename(name)
