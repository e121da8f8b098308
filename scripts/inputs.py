"""What a command reads: files, and lists among its options."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

BENCHMARK = "benchmark.nc"
"""What all results of a benchmark lie in, in its folder."""


def open_any(path: str) -> xr.Dataset | xr.DataTree:
    """A run or measured quantities, opened lazily."""
    from ergodica.data.files import open
    from ergodica.scripts.networks import is_network

    if is_network(Path(path)):
        raise ParameterError(
            f"file: must be a run or measured quantities, got a network in {path}; apply it to a run with "
            f"ergodica apply {path} run.nc -o applied.nc"
        )
    if (Path(path) / BENCHMARK).is_file():
        raise ParameterError(
            f"file: must be a run or measured quantities, got the folder of a benchmark, {path}; use "
            f"{Path(path) / BENCHMARK}"
        )
    return open(Path(path))


def open_run(path: str) -> xr.Dataset:
    """A run, opened lazily, finished or not.

    Raises ParameterError for a file of measured quantities.
    """
    import xarray as xr

    found = open_any(path)
    if isinstance(found, xr.DataTree):
        found.close()
        raise ParameterError(
            f"file: must be a run, got measured quantities in {path}; give the file that ergodica simulate wrote"
        )
    return found


def listed(texts: Iterable[str]) -> list[str]:
    """What a list says that is given as a,b or by repeating the option."""
    return [part.strip() for one in texts for part in one.split(",") if part.strip()]
