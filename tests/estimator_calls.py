"""Calls any registered estimator, or any piece of one, on labelled data of the kind that it takes."""

import dataclasses
import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.claims import Claims
from ergodica.estimators.registry import estimators

VECTORS = ("samples", "path", "matrix", "draws")
SYMBOLS = ("symbols", "states")
DT = 0.1
DRAWS = 19


@dataclass(frozen=True)
class Case:
    """Something that makes claims, and how it is called on labelled data."""

    name: str
    takes: dict[str, str]
    claims: Claims
    function: Any
    fixed: dict[str, Any]
    piece: Any = None

    def call(self, arrays, arguments=(), **more):
        """The estimate of the arrays, which are `(..., n)` or `(..., n, d)` with as many leading axes."""
        kinds = list(self.takes.values())
        data = [labelled(a, kind) for a, kind in zip(arrays, kinds, strict=True)]
        return self.of(data, arguments, **more)

    def of(self, data, arguments=(), **more):
        """The estimate of labelled data."""
        options = {"dim": "t"} if self.accepts("dim") else {}
        if self.accepts("feature_dim") and any("component" in one.dims for one in data):
            options["feature_dim"] = "component"
        if self.piece is not None:
            return self.function(*data, **options, estimator=self.piece(**dict(arguments)), **more)
        return self.function(*data, **options, **self.fixed, **dict(arguments), **more)

    def accepts(self, option):
        return option in inspect.signature(self.function).parameters

    def __repr__(self):
        return self.name


def labelled(array, kind):
    """`(..., n)` or `(..., n, d)` over member and t, and component for vectors."""
    array = np.asarray(array)
    vector = kind in VECTORS and array.ndim >= 2
    feature = "realization" if kind == "draws" else "component"
    core = ("t", feature) if vector else ("t",)
    lead = tuple(f"lane{i}" for i in range(array.ndim - len(core)))
    n = array.shape[len(lead)]
    return xr.DataArray(array, dims=(*lead, *core), coords={"t": ("t", DT * np.arange(n), {"units": "1"})})


def subclasses(base):
    for cls in base.__subclasses__():
        if not inspect.isabstract(cls) and cls.__module__.startswith("ergodica."):
            yield cls
        yield from subclasses(cls)


def cases():
    """Every registered function, and every piece with claims of its own."""
    found = [
        Case(entry.name, dict(entry.takes), entry.claims, entry.function, {})
        for entry in estimators().values()
        # runs and fields have tests of their own
        if not {"dataset", "field", "counts"} & set(entry.takes.values())
    ]
    for base, verb, takes in (
        ("EntropyEstimator", "entropy", {"x": "samples"}),
        ("InformationEstimator", "mutual_information", {"x": "samples", "y": "samples"}),
        ("IrreversibilityEstimator", "entropy_production", {"x": "path"}),
    ):
        if not hasattr(est, base) or not hasattr(est, verb):
            continue
        base, verb = getattr(est, base), getattr(est, verb)
        found += [
            Case(f"{cls.__name__}", _kinds(cls, takes), cls.claims, verb, {}, cls)
            for cls in dict.fromkeys(subclasses(base))
            if cls.__name__ in est.__all__ and _stands_alone(cls)
        ]
    return found


def _kinds(cls, takes):
    """Kinds of data of a piece, where it says so itself."""
    return dict.fromkeys(takes, cls.takes) if isinstance(getattr(cls, "takes", None), str) else takes


def _stands_alone(cls):
    """Whether it can be made without arguments: what wraps another piece is held to the claims of that."""
    missing = (dataclasses.MISSING, dataclasses.MISSING)
    return all((field.default, field.default_factory) != missing for field in dataclasses.fields(cls))


def example(case, lanes=3, n=240, d=2, seed=0):
    """Data of the kinds that a case takes, `(lanes, n)` or `(lanes, n, d)`: correlated in time and with each other."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(lanes, n, d))
    arrays = []
    for kind in case.takes.values():
        noise = rng.normal(size=(lanes, n, d))
        vectors = 0.6 * shared + 0.8 * noise
        vectors[:, 1:] += 0.5 * vectors[:, :-1]
        if kind == "draws":
            arrays.append(vectors[..., :1] + rng.normal(size=(lanes, n, DRAWS)))
        elif kind in VECTORS:
            arrays.append(vectors)
        elif kind in SYMBOLS:
            arrays.append(np.digitize(vectors[..., 0], [-0.5, 0.5]))
        elif kind == "weights":
            arrays.append(rng.random(size=(lanes, n)))
        else:
            arrays.append(vectors[..., 0])
    return arrays
