"""Discrete or continuous: what the data and the pieces given make of a question about information."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.information.codes import Codes, as_weights, coded_vectors, joined
from ergodica.estimators.information.estimator import InformationEstimator
from ergodica.estimators.information.sums import EntropySums
from ergodica.estimators.labelled import is_labelled
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.spaces.space import CountingSpace, Space
from ergodica.estimators.spaces.symbols import Symbols

NOTHING = 1e-12
"""Nats that round-off may leave of an entropy that is 0; one surprise in 1e10 samples leaves more."""

Pieces = Space | Sequence[Space | None] | None
Estimator = InformationEstimator | EntropyEstimator | ProbabilityEstimator | None


@dataclass(frozen=True)
class Discrete:
    """Symbols are counted.

    Args:
        spaces: that of each array; None takes the values themselves as symbols.
        estimator: of the entropy of counts.
    """

    spaces: tuple[Space | None, ...]
    estimator: ProbabilityEstimator

    @property
    def ordered(self) -> bool:
        """Whether an observation is made of several samples in order."""
        return any(isinstance(space, CountingSpace) and space.overlap > 0 for space in self.spaces)

    @property
    def words(self) -> str:
        """What `method` says."""
        shown = {repr(space) if space is not None else "symbols" for space in self.spaces}
        return f"counts of {', '.join(sorted(shown))} by {self.estimator!r}"

    def entropy(self, *parts: Codes) -> float:
        """H of the tuples, in nats."""
        weights = as_weights(joined(parts).counts())
        return float(self.estimator.entropy(weights, Shannon())[0])

    def over_lanes(self, function: Callable[[list[Codes]], float], arrays: Sequence[NDArray]) -> Array:
        """`function` of the codes of every lane."""
        words = [_encoded(x, space) for x, space in zip(arrays, self.spaces, strict=True)]
        if len({word.shape[1] for word in words}) > 1:
            raise ValueError(
                f"space: must make as many observations of each array, got {[w.shape[1] for w in words]}; "
                "use one space for all"
            )
        result = np.empty(len(arrays[0]))
        for lane in range(len(result)):
            rows = [word[lane] for word in words]
            unusable = any(
                space is not None and (row < 0).any() for row, space in zip(rows, self.spaces, strict=True)
            )
            result[lane] = np.nan if unusable else function([coded_vectors(row) for row in rows])
        return result

    def information(self, value: float) -> float:
        """An information that cannot be negative where counts are plugged in: there what is below 0 is round-off."""
        return max(value, 0.0) if type(self.estimator) is PlugIn else value


def _encoded(x: NDArray, space: Space | None) -> NDArray:
    """Symbols `(lanes, observations, d)` of `(lanes, n, d)`."""
    if space is None:
        return x
    assert isinstance(space, CountingSpace)
    x = x.astype(np.int64) if x.dtype.kind == "b" else x
    return np.stack([space.encode(np.ascontiguousarray(x[..., c])) for c in range(x.shape[-1])], axis=-1)


def route(
    arrays: Mapping[str, Any], space: Pieces, estimator: Estimator, *, symbols_only: bool = False
) -> Discrete | InformationEstimator:
    """The discrete way, or the estimator of the continuum, checked; `symbols_only` where there is no other way.

    Raises:
        TypeError: pieces that do not fit each other or the data.
    """
    if isinstance(estimator, InformationEstimator | EntropyEstimator):
        if space is not None:
            raise TypeError(
                f"estimator: {estimator!r} takes values of a continuum, got space={space!r}; leave out one of them"
            )
        return EntropySums(entropy=estimator) if isinstance(estimator, EntropyEstimator) else estimator
    if estimator is not None and not isinstance(estimator, ProbabilityEstimator):
        raise TypeError(
            f"estimator: must be one of information such as KSG(), of entropy or of probabilities, got {estimator!r}"
        )
    whole = [_dtype(x).kind in "biu" for x in arrays.values()]
    if space is None and estimator is None and not any(whole):
        from ergodica.estimators.continuous.ksg import KSG

        return KSG()
    if space is None and not all(whole):
        name, x = next((n, x) for (n, x), is_whole in zip(arrays.items(), whole, strict=True) if not is_whole)
        other = "" if symbols_only else ", or .astype(float) of all and an estimator such as KSG()"
        raise TypeError(
            f"{name}: must be whole numbers to be counted as symbols, got dtype {_dtype(x)}; "
            f"pass a space such as ValueBins(){other}"
        )
    spaces = tuple(
        None if is_whole and isinstance(one, Symbols) and not one.outcomes_known else one
        for one, is_whole in zip(_spaces(space, list(arrays)), whole, strict=True)
    )
    return Discrete(spaces, PlugIn() if estimator is None else _checked(estimator))


def entropy_route(
    arrays: Mapping[str, Any], space: Pieces, estimator: EntropyEstimator | ProbabilityEstimator | None
) -> Discrete | EntropyEstimator:
    """The same for questions about entropies, which an InformationEstimator cannot answer.

    Raises:
        TypeError: pieces that do not fit each other or the data.
    """
    if isinstance(estimator, InformationEstimator):
        raise TypeError(
            f"estimator: must be one of entropies here, got {estimator!r}; use KozachenkoLeonenko() or GaussianPlugIn()"
        )
    if space is None and estimator is None and not any(_dtype(x).kind in "biu" for x in arrays.values()):
        from ergodica.estimators.continuous.kozachenko_leonenko import KozachenkoLeonenko

        estimator = KozachenkoLeonenko()
    way = route(arrays, space, estimator)
    return way.entropy if isinstance(way, EntropySums) else way  # type: ignore[return-value]


def _spaces(space: Pieces, names: list[str]) -> tuple[Space | None, ...]:
    several = tuple(space) if isinstance(space, Sequence) else (space,) * len(names)
    if len(several) != len(names):
        raise ValueError(
            f"space: must be one, or one for each of {', '.join(names)}, got {len(several)} of them"
        )
    for one in several:
        if one is not None and not isinstance(one, CountingSpace):
            raise TypeError(
                f"space: must make symbols of samples, such as Symbols(), OrdinalPatterns() or ValueBins(), got {one!r}"
            )
    return several


def _checked(estimator: ProbabilityEstimator) -> ProbabilityEstimator:
    estimator.check(
        Shannon(), Symbols()
    )  # tuples are counted as they come, so that no number of them is known
    return estimator


def _dtype(x: Any) -> np.dtype:
    return x.dtype if is_labelled(x) or isinstance(x, np.ndarray) else np.asarray(x).dtype


def refuse_normalizing(way: object, normalize: bool) -> None:
    """Raise where information of a continuum shall be divided by its maximum, which does not exist."""
    if normalize and not isinstance(way, Discrete):
        raise TypeError(
            "normalize: information of a continuum has no maximum, got normalize=True; "
            "use a space, or 1 - exp(-2 I), the share of variance that it stands for in a Gaussian"
        )


def check_samples(way: InformationEstimator, *parts: Array) -> None:
    """Raise where there are fewer samples than the estimator needs."""
    n, least = parts[0].shape[1], way.fewest_samples(*(part.shape[2] for part in parts))
    if n < least:
        raise ValueError(f"dim: must hold at least {least} samples for {way!r}, got {n}; give more data")


def ratio(value: float, maximum: float) -> float:
    """value/maximum; NaN where the maximum is 0."""
    return value / maximum if maximum > NOTHING else np.nan
