"""The dataset contract: what every part of ergodica agrees on when it makes, stores or reads data.

A dataset is an `xarray.Dataset` with named dimensions, units, kinds and provenance; `ds.ergodica` is at hand
as soon as this package is imported, whatever opened the dataset. All names load on first use.
"""

from typing import TYPE_CHECKING

from ergodica.data.registration import register_accessor
from ergodica.lazy_names import lazy_names

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
    "Coordinate": "schema",
    "ERGODICA_SCHEMA": "schema",
    "Problem": "checks",
    "Recording": "files",
    "Variable": "schema",
    "Windows": "windows",
    "append_history": "provenance",
    "check": "checks",
    "frames": "schema",
    "from_arrays": "arrays",
    "header": "schema",
    "join_complex": "complex_pairs",
    "make_attrs": "provenance",
    "open": "files",
    "split_complex": "complex_pairs",
    "write_dataset": "files",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)

register_accessor()
