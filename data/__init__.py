"""The dataset contract: what every part of ergodica agrees on when it makes, stores or reads data.

A dataset is an `xarray.Dataset` with named dimensions, units, kinds and provenance; `ds.ergodica` is at hand
as soon as this package is imported, whatever opened the dataset. All names load on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ergodica.data.registration import register_accessor

if TYPE_CHECKING:
    from ergodica.data.arrays import from_arrays
    from ergodica.data.checks import Problem, check
    from ergodica.data.complex_pairs import join_complex, split_complex
    from ergodica.data.files import Recording, open, write_dataset
    from ergodica.data.provenance import append_history, make_attrs
    from ergodica.data.schema import ERGODICA_SCHEMA, Coordinate, Variable, frames, header
    from ergodica.data.windows import Windows

__all__ = [
    "ERGODICA_SCHEMA",
    "Coordinate",
    "Problem",
    "Recording",
    "Variable",
    "Windows",
    "append_history",
    "check",
    "frames",
    "from_arrays",
    "header",
    "join_complex",
    "make_attrs",
    "open",
    "split_complex",
    "write_dataset",
]

_HOMES = {
    "arrays": ("from_arrays",),
    "checks": ("Problem", "check"),
    "complex_pairs": ("join_complex", "split_complex"),
    "files": ("Recording", "open", "write_dataset"),
    "provenance": ("append_history", "make_attrs"),
    "schema": ("ERGODICA_SCHEMA", "Coordinate", "Variable", "frames", "header"),
    "windows": ("Windows",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"ergodica.data.{_HOME[name]}"), name)
    raise AttributeError(f"module 'ergodica.data' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


register_accessor()
