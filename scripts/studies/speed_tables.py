"""The tables of timed cases, made from the results of the benchmarks."""

from __future__ import annotations

from typing import Any

from ergodica.scripts.studies import documents

README_JOBS = (
    *("soliton", "on 4 thread", "N=2^10,", "N=2^14,", "N=2^18,"),
    *("`Flow.run`, 2 snapshots", "median of", ", 101 samples,", "whole catalogue", "next process"),
    *("a step and particle", "Couzin 3D, a step, in", "corrected, aligned"),
    *(
        "permutation entropy, order 5",
        "sample entropy, n = 50000",
        "Lempel-Ziv complexity, fair bits, n = 100000",
    ),
    *("KSG information, 1+1 components, n=100,000", "Kozachenko-Leonenko entropy, 3 components"),
    *(
        "diffusion spectral",
        "transfer entropy, 1e6 of two symbols, history 1",
        "correlation dimension, order 3, n = 5000",
    ),
    "score transformer of the published size, 2310660 weights",
    *("lattice Boltzmann step, 320 x 801 cells", "32 settings, means"),
)


def benchmarks(margin: float) -> str:
    """All results of timed cases as `benchmarks/table.py` prints them."""
    return _timed()


def speed(margin: float) -> str:
    """The rows of the same table that the README shows, and where they were measured."""
    return _timed(jobs=README_JOBS)


def _timed(**chosen: Any) -> str:
    import runpy

    return str(runpy.run_path(str(documents.ROOT / "benchmarks" / "table.py"))["table"](**chosen))


TABLES = (benchmarks, speed)
