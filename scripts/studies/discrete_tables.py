"""Tables of the page on discrete entropies: which pieces work together, and what the estimators make of few counts.

Pieces are found among the public names, so that a new one needs nothing here.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.probability.estimator import ProbabilityEstimator
from ergodica.estimators.spaces.space import CountingSpace, Space
from ergodica.scripts.studies.documents import markdown

EXAMPLES = {
    "q": 2.0,
    "kappa": 0.5,
    "b": 1.0,
    "eta": 2.0,
    "order": 3,
    "bins": 4,
    "classes": 3,
    "of": est.Symbols(number=4),
}
"""Values of parameters that pieces need, or whose default is made for more data than a small example."""
ROWS = 400
OUTCOMES = 1000
SIZES = (30, 100, 300, 1000, 3000, 10_000)


def example(kind: type[Any]) -> Any:
    """A piece of this kind with small parameters."""
    known = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: value for name, value in EXAMPLES.items() if name in known})


def measures() -> list[Measure]:
    """One of each measure."""
    return [example(kind) for kind in _public(est.measures, Measure)]


def spaces() -> list[Space]:
    """One of each space; of Symbols also one whose outcomes are known."""
    found = [example(kind) for kind in _public(est.spaces, Space)]
    place = [type(one) for one in found].index(est.Symbols)
    return [*found[: place + 1], est.Symbols(number=4), *found[place + 1 :]]


def probability_estimators() -> list[ProbabilityEstimator]:
    """One of each probability estimator."""
    return [kind() for kind in _public(est.probability, ProbabilityEstimator)]


def shannon_estimators() -> list[ProbabilityEstimator]:
    """Those that estimate Shannon's entropy."""
    return [one for one in probability_estimators() if issubclass(est.Shannon, one.measures)]


def _public(module: Any, base: type[Any]) -> Iterator[type[Any]]:
    for kind in (getattr(module, name) for name in module.__all__):
        if isinstance(kind, type) and issubclass(kind, base) and kind not in (base, CountingSpace):
            yield kind


@functools.cache
def example_data() -> xr.DataArray:
    """Whole numbers 0 to 3 that every space takes, along a line or over a plane."""
    values = np.random.default_rng(0).choice(4, size=(8, 60), p=[0.5, 0.2, 0.2, 0.1])
    return xr.DataArray(values, dims=("x", "t"))


@functools.cache
def dimensions(space: Space) -> tuple[str, ...]:
    """Along what the example is taken: the line, or the plane for a space of fields."""
    try:
        est.probabilities(example_data(), dim="t", space=space)
    except ValueError:
        return ("x", "t")
    return ("t",)


def value_of(space: Space, of: Measure, estimator: ProbabilityEstimator, **options: Any) -> xr.DataArray:
    """The entropy of the example in these pieces."""
    found: xr.DataArray = est.entropy(
        example_data(), dim=dimensions(space), space=space, of=of, estimator=estimator, **options
    )
    return found


def accepted(space: Space, estimator: ProbabilityEstimator) -> tuple[str, ...]:
    """Names of the measures that this pair takes."""
    names = []
    for of in measures():
        try:
            estimator.check(of, space)
        except TypeError:
            continue
        names.append(type(of).__name__)
    return tuple(names)


def discrete_pairs(margin: float) -> str:
    """Which measures each space and estimator take together; estimators that take the same share a column."""
    every = tuple(type(of).__name__ for of in measures())
    rows = spaces()
    columns: dict[tuple[str, ...], list[str]] = {}
    for estimator in probability_estimators():
        cells = tuple(_in_words(accepted(space, estimator), every) for space in rows)
        columns.setdefault(cells, []).append(f"`{type(estimator).__name__}`")
    ordered = sorted(columns, key=lambda cells: cells.count("none"))
    head = ("space", *(", ".join(columns[cells]) for cells in ordered))
    lines = [(f"`{_short(space)}`", *cells) for space, *cells in zip(rows, *ordered, strict=True)]
    return markdown(head, lines)


def _short(space: Space) -> str:
    return f"{type(space).__name__}({'number=4' if space == est.Symbols(number=4) else ''})"


def _in_words(names: tuple[str, ...], every: tuple[str, ...]) -> str:
    missing = [name for name in every if name not in names]
    if not missing:
        return "all"
    return f"all but {', '.join(missing)}" if len(missing) < len(names) else ", ".join(names) or "none"


# Few counts of a source with a long tail


def zipf(outcomes: int = OUTCOMES) -> np.ndarray:
    """p_i proportional to 1/i."""
    p: np.ndarray = 1 / np.arange(1, outcomes + 1)
    return np.asarray(p / p.sum())


def shannon(p: np.ndarray) -> float:
    """Of a known distribution, in nats."""
    return float(-(p * np.log(p)).sum())


@functools.cache
def errors(estimator: ProbabilityEstimator, p: tuple[float, ...], n: int, rows: int = ROWS) -> np.ndarray:
    """Estimate less truth, for `rows` sets of n counts."""
    counts = np.random.default_rng(n).multinomial(n, p, size=rows)
    return np.asarray(est.entropy(counts, estimator=estimator) - shannon(np.array(p)))


def discrete_accuracy(margin: float) -> str:
    """Bias and root mean square error of every estimator on three sources."""
    sources = ((tuple(zipf()), 1000), (tuple(np.full(100, 0.01)), 100), ((0.8, 0.2), 20))
    lines = []
    for estimator in shannon_estimators():
        cells = []
        for p, n in sources:
            error = errors(estimator, p, n)
            cells.append(f"{error.mean():+.3f} / {np.sqrt((error * error).mean()):.3f}")
        lines.append((f"`{estimator!r}`", *cells))
    head = ("estimator", "Zipf, 1000 outcomes, n=1000", "100 equal outcomes, n=100", "coin .8/.2, n=20")
    return markdown(head, lines)


TABLES = (discrete_pairs, discrete_accuracy)
