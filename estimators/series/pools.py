"""What estimates are made of, for those whose parts can be added up before the last step."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ergodica.estimators.entropy import entropy, probabilities
from ergodica.estimators.labelled import is_labelled
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.plug_in import PlugIn
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.series.fuzzy_entropy import fuzzy_entropy, membership_pairs, positive_exponent
from ergodica.estimators.series.sample_entropy import sample_entropy, sample_pairs
from ergodica.estimators.series.slope_patterns import SlopePatterns
from ergodica.estimators.series.template_matches import Templates, log_ratio
from ergodica.estimators.spaces.dispersion import Dispersion
from ergodica.estimators.spaces.ordinal import OrdinalPatterns
from ergodica.estimators.spaces.singular_values import SingularValues
from ergodica.estimators.spaces.space import Space
from ergodica.estimators.units import base_unit

Options = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pool:
    """An estimator in two steps.

    Args:
        parts: of one series, an array with one more axis, the last one.
        finish: the estimate of the mean of parts.
    """

    parts: Callable[..., Any]
    finish: Callable[[Any, Options], Any]


def pool_of(estimator: Callable[..., Any]) -> Pool | None:
    """The two steps of an estimator, None where it has none."""
    if getattr(estimator, "__name__", "") in _spaces():
        return _of_space(_spaces()[estimator.__name__])
    return {sample_entropy: SAMPLE, fuzzy_entropy: FUZZY, entropy: OUTCOMES}.get(estimator)


def _spaces() -> dict[str, type[Space]]:
    """Spaces of the short names for entropies of outcomes, whose options are those of the space and of `entropy`."""
    return {
        "dispersion_entropy": Dispersion,
        "permutation_entropy": OrdinalPatterns,
        "slope_entropy": SlopePatterns,
        "svd_entropy": SingularValues,
    }


def _of_space(space: type[Space]) -> Pool:
    def pieces(options: Options) -> Options:
        own = {one.name: options[one.name] for one in fields(space) if one.name in options}
        return {"of": Shannon(), "estimator": PlugIn(), **options, "space": space(**own)}

    return Pool(
        parts=lambda x, dim, options: _probabilities(x, dim, pieces(options)),
        finish=lambda p, options: _of_probabilities(p, pieces(options)),
    )


def _sample_parts(x: Any, dim: Any, options: Options) -> Any:
    templates = _templates(options)
    return _pairs(lambda values: sample_pairs(values, templates), x, dim, templates)


def _fuzzy_parts(x: Any, dim: Any, options: Options) -> Any:
    templates = _templates(options)
    exponent = positive_exponent(options["exponent"])
    return _pairs(lambda values: membership_pairs(values, templates, exponent), x, dim, templates)


def _templates(options: Options) -> Templates:
    return Templates(**{name: options[name] for name in ("order", "tolerance", "absolute", "delay")})


def _pairs(lanes: Callable[..., Any], x: Any, dim: Any, templates: Templates) -> Any:
    label = Label(name="matches", units="1", long_name="matching pairs of templates", method=str(templates))
    return estimate(
        lanes,
        {"x": x},
        label=label,
        dim=dim,
        vectors=False,
        ordered=True,
        least=templates.least,
        outputs={"part": 2},
    )


def _ratio(pairs: Any, options: Options) -> Any:
    per_unit, _ = base_unit(options["base"])
    if not is_labelled(pairs):
        return log_ratio(pairs) / per_unit
    import xarray as xr

    return xr.apply_ufunc(
        lambda values: log_ratio(values) / per_unit, pairs, input_core_dims=[["part"]], dask="parallelized",
        output_dtypes=[np.float64], keep_attrs=False,
    )  # fmt: skip


def _probabilities(x: Any, dim: Any, options: Options) -> Any:
    return probabilities(x, dim=dim, space=options["space"], estimator=options["estimator"])


def _of_probabilities(p: Any, options: Options) -> Any:
    chosen = {name: options[name] for name in ("of", "base", "normalize")}
    return entropy(p, dim="outcome" if is_labelled(p) else -1, **chosen)


def complete(estimator: Callable[..., Any], options: Options) -> dict[str, Any]:
    """The options with the defaults of an estimator.

    Raises:
        TypeError: an option that it does not have.
    """
    known = {
        name: one.default
        for name, one in inspect.signature(estimator).parameters.items()
        if one.kind is inspect.Parameter.KEYWORD_ONLY and name != "dim"
    }
    unknown = set(options) - set(known)
    if unknown:
        name = getattr(estimator, "__name__", repr(estimator))
        raise TypeError(
            f"{min(unknown)}: must be an option of {name}, got it; choose from {', '.join(known)}"
        )
    return {**known, **options}


SAMPLE = Pool(parts=_sample_parts, finish=_ratio)
FUZZY = Pool(parts=_fuzzy_parts, finish=_ratio)
OUTCOMES = Pool(parts=_probabilities, finish=_of_probabilities)
