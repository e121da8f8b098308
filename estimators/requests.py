"""Estimators asked for by text, taken of a dataset: what `measure(ds, quantities=[...])` does."""

import functools
import inspect
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.expressions import Request, own_options, parse
from ergodica.estimators.registry import around
from ergodica.estimators.units import base_unit
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

FEATURES = ("component", "space")
ACCUMULATED = ("transitions", "occupation", "events")
"""Kinds that are no samples: counts and times since the start of a run, and raw events."""

WHOLE_RUN = "dataset"
VECTORS = ("samples", "path", "matrix")


def requested(
    dataset: "xr.Dataset", quantities: Sequence[str], *, base: float = math.e
) -> "dict[str, xr.Dataset]":
    """A group of results for each request, by path.

    Args:
        dataset: in memory or opened from a file.
        quantities: as `ergodica.estimators.expressions` reads them.
        base: of the logarithms of those that do not name their own.

    Returns:
        Datasets named after the estimator, a second one of the same name with a number behind; a variable a result,
        with the request in its attribute `quantity`.

    Raises:
        ParameterError: a request that cannot be read, or not be taken of this dataset.
    """
    base_unit(base)
    if isinstance(quantities, str):
        quantities = [quantities]
    groups: dict[str, xr.Dataset] = {}
    for request in [parse(text) for text in quantities]:
        name, number = request.name, 1
        while f"/{name}" in groups:
            number += 1
            name = f"{request.name}_{number}"
        groups[f"/{name}"] = _taken(dataset, request, base)
    return groups


def _taken(dataset: "xr.Dataset", request: Request, base: float) -> "xr.Dataset":
    import xarray as xr

    if WHOLE_RUN in request.entry.takes.values():
        if request.variables:
            raise ParameterError(
                f"quantity: {request.entry.name} takes the whole run, got {', '.join(request.variables)} in "
                f"{request.text!r}; leave them out"
            )
        result = _call(request, [dataset], base)
        result.attrs["quantity"] = request.text
        return result if isinstance(result, xr.Dataset) else xr.Dataset({result.name: result})
    found: dict[str, Any] = {}
    for names in _subjects(dataset, request):
        arrays = [_array(dataset, name, request) for name in names]
        result = _call(request, arrays, base)
        key = "_".join(names)
        parts = result.data_vars.items() if isinstance(result, xr.Dataset) else [("", result)]
        for part, value in parts:
            value.attrs["quantity"] = request.text
            found[f"{key}_{part}" if part else key] = value
    return xr.Dataset(found)


def _subjects(dataset: "xr.Dataset", request: Request) -> list[tuple[str, ...]]:
    """The variables, a tuple for each call."""
    takes = request.entry.takes
    if request.variables:
        variadic = any(
            one.kind is inspect.Parameter.VAR_POSITIONAL
            for one in inspect.signature(request.entry.function).parameters.values()
        )
        if len(request.variables) != len(takes) and not variadic:
            raise ParameterError(
                f"quantity: {request.entry.name} takes {', '.join(takes)}, got {len(request.variables)} in "
                f"{request.text!r}; name a variable or component for each"
            )
        return [request.variables]
    if len(takes) > 1:
        raise ParameterError(
            f"quantity: {request.entry.name} takes {', '.join(takes)}, got none in {request.text!r}; name them, "
            f"as {request.entry.name}({', '.join(_proposed(dataset, len(takes)) or takes)})"
        )
    # a piece may take other data than its verb: states in place of real numbers
    own = getattr(request.options.get("estimator"), "takes", None)
    kind = own if isinstance(own, str) else next(iter((own or takes).values()))
    chosen = [name for name in _known(dataset) if _fits(_variable(dataset, name), kind, request)]
    if not chosen:
        raise ParameterError(
            f"quantity: {request.entry.name} takes {kind}, and no variable of this dataset is of that sort; "
            f"name one of {', '.join(_known(dataset))}"
        )
    return [(name,) for name in chosen]


def _fits(x: "xr.DataArray", kind: str, request: Request) -> bool:
    """Whether a variable may be what is meant where none is named: sampled, and numbers of the right sort."""
    dim = request.options.get("dim", "t")
    along = (dim,) if isinstance(dim, str) else tuple(dim)
    whole = x.dtype.kind in "iu"
    if x.attrs.get("ergodica_kind") in ACCUMULATED:
        return False
    if x.dtype.kind not in "iufc" or not set(along) <= set(x.dims):
        return False
    if kind in ("symbols", "states"):
        return whole
    if kind == "weights":
        return True
    return not whole and (x.dtype.kind != "c" or request.entry.name in ("entropy", "probabilities"))


def _known(dataset: "xr.Dataset") -> list[str]:
    """Names of variables, complex ones joined."""
    from ergodica.data.complex_pairs import WHOLE

    return list(dict.fromkeys(str(one.attrs.get(WHOLE, name)) for name, one in dataset.data_vars.items()))


def _proposed(dataset: "xr.Dataset", count: int) -> list[str]:
    """Names for so many arguments, of variables or else of components; none where there are too few."""
    found = _known(dataset)
    if len(found) < count and "component_name" in dataset.coords:
        found = [str(one) for one in np.atleast_1d(dataset.component_name.values)]
    return found[:count] if len(found) >= count else []


def _variable(dataset: "xr.Dataset", name: str) -> "xr.DataArray":
    return dataset.ergodica[name]


def _array(dataset: "xr.Dataset", name: str, request: Request) -> "xr.DataArray":
    try:
        x = _variable(dataset, name)
    except KeyError as error:
        raise ParameterError(f"quantity: {error.args[0]!s} (asked for in {request.text!r})") from None
    return x if x.chunks is not None else x.load()


def _call(request: Request, arrays: Sequence[Any], base: float) -> Any:
    function, options = request.entry.function, dict(request.options)
    accepted = inspect.signature(function).parameters
    unknown = sorted(set(options) - set(accepted))
    if unknown:
        named = ", ".join(
            name for name, one in accepted.items() if one.kind is inspect.Parameter.KEYWORD_ONLY
        )
        raise ParameterError(
            f"quantity: {request.entry.name} has no option {', '.join(unknown)}; it has {named}"
        )
    dims = [set(x.dims) for x in arrays]
    if "dim" in accepted and "dim" not in options and all("t" in one for one in dims):
        options["dim"] = "t"
    if "feature_dim" in accepted and "feature_dim" not in options and _vectors(request):
        features = [one for one in FEATURES if any(one in names for names in dims)]
        options |= {"feature_dim": features[0]} if features else {}
    if "base" in accepted and "base" not in options and base != math.e:
        options["base"] = base
    _refuse_symbols_as_weights(request, arrays, options)
    try:
        if request.around is not None:
            return _around(request, arrays, options)
        return function(*arrays, **options)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{request.entry.name}: {error} (asked for as {request.text!r})") from error


def _refuse_symbols_as_weights(request: Request, arrays: Sequence[Any], options: dict[str, Any]) -> None:
    """Whole numbers over time are states far more often than weights; either way there is a number."""
    by_space = "space" in inspect.signature(request.entry.function).parameters
    if not by_space or list(request.entry.takes.values()) != ["weights"] or "space" in options:
        return
    if isinstance(options.get("estimator"), EntropyEstimator):
        return  # which refuses whole numbers in its own words
    x = arrays[0]
    if x.dtype.kind in "iu" and options.get("dim") == "t" and x.attrs.get("ergodica_kind") not in ACCUMULATED:
        raise ParameterError(
            f"{request.entry.name}: space: must be named for whole numbers such as {x.name}, got {request.text!r}; "
            "space=Symbols() counts them, space=Weights() takes them for weights"
        )


def _around(request: Request, arrays: Sequence[Any], options: dict[str, Any]) -> Any:
    """What stands around the estimator; where both have an option of one name, each is told its own."""
    name = str(request.around)
    dim = options.pop("dim", None)
    if not isinstance(dim, str):
        raise TypeError(f"dim: must be one dimension for {name}, got {dim!r}; give dim='x'")
    shared = {one: options.pop(one) for one in own_options(name) if one in options}
    told = functools.partial(request.entry.function, **shared) if shared else request.entry.function
    return around()[name](told, *arrays, dim=dim, **request.around_options, **options)


def _vectors(request: Request) -> bool:
    return bool(set(request.entry.takes.values()) & set(VECTORS))
