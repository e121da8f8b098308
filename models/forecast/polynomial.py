"""Forecasters that are linear in monomials of delayed values: their fit, and their choice of settings."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.forecast.forecaster import BOUND, Forecaster
from ergodica.models.forecast.monomials import Monomials, monomial_count
from ergodica.models.forecast.ridge import ridge_path
from ergodica.models.forecast.settings import AUTO
from ergodica.models.forecast.spread import chosen_share, drawn, thinned
from ergodica.models.forecast.validation import FEWEST, HeldOut, held_out, rollout_score
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

RIDGES = tuple(10.0**power for power in range(-22, 5, 2))
"""Strengths that are tried, by the variance of the standardised features; the first is round-off in the features."""
SPAN = 5
"""The delays may reach over one in so many snapshots."""
WIDE, COMPONENTS = 48, 24
"""More features than `WIDE` are forecast through their leading `COMPONENTS` principal components at the most."""
MANY = 64
"""Rollouts that choose what part of the errors is fed back."""
LIMIT = 1e3 * BOUND
MOST_MONOMIALS = 100_000


@dataclass(frozen=True)
class Chosen:
    """Settings of one fit."""

    delays: int
    spacing: int
    degree: int
    ridge: float

    @property
    def reach(self) -> int:
        """Snapshots that a window spans."""
        return (self.delays - 1) * self.spacing + 1


class PolynomialForecaster(Forecaster):
    """x(n + 1) = x(n) + W f(x(n), x(n - s), ..., x(n - (k - 1) s)) with monomials f; subclasses say which are tried."""

    ridge: float | str

    @abstractmethod
    def _tried(self, rows: int, snapshots: int, variables: int) -> list[Chosen]:
        """Delays, spacing and degree to choose from for data of that size, ridge 0; one where all are given."""

    @property
    def chosen(self) -> Chosen:
        """The settings of the fit, those that were left to it included."""
        self.fitted_layout  # noqa: B018 - raises where nothing was fitted
        return Chosen(**self.notes["chosen"])

    @property
    def lookback(self) -> int:
        """Snapshots that a window spans."""
        return Chosen(**self.notes["chosen"]).reach if "chosen" in self.notes else self._least().reach

    @abstractmethod
    def _least(self) -> Chosen:
        """The settings as given, with 1 for each that is left to the fit."""

    def _learn(self, values: Array, **training: Any) -> None:
        members, snapshots, _ = values.shape
        axes = principal_axes(values)
        self.arrays["axes"] = axes
        inner = values @ axes.T
        tried = self._tried(members * snapshots, snapshots, len(axes))
        ridges = RIDGES if self.ridge == AUTO else (float(self.ridge),)
        fed = 1.0
        if snapshots >= FEWEST or len(tried) * len(ridges) > 1:
            split = held_out(values, self.name)
            chosen = self._best(split, inner[:, : split.first], tried, ridges)
            many = held_out(values, self.name, MANY)
            fed = self._share(many, inner[:, : split.first], chosen)
        else:
            chosen = Chosen(**{**tried[0].__dict__, "ridge": ridges[0]})
        weights, _, errors = _fitted(inner, chosen, (chosen.ridge,))
        self.notes["chosen"] = dict(chosen.__dict__)
        self.arrays |= {"weights": weights[0], "errors": thinned(errors), "fed": np.array(fed)}
        left = (values - inner @ axes).reshape(-1, values.shape[-1])
        if left.any():
            # what no axis holds is forecast as its mean, 0, and is spread as in the data
            self.arrays["left"] = thinned(left)

    def _best(self, split: HeldOut, known: Array, tried: list[Chosen], ridges: tuple[float, ...]) -> Chosen:
        best, least = None, np.inf
        usable = [one for one in tried if one.reach < split.first]
        for one in usable if len(usable) * len(ridges) > 1 else ():
            weights, _, _ = _fitted(known, one, ridges)
            context = split.contexts(min(one.reach, split.first)) @ self.arrays["axes"].T
            made = continued(weights, context, split.horizon, one) @ self.arrays["axes"]
            scores = rollout_score(made, split.truth)
            at = int(scores.argmin())
            if scores[at] < least:
                best, least = Chosen(one.delays, one.spacing, one.degree, ridges[at]), float(scores[at])
        if best is None:
            best = Chosen(**{**(usable or tried)[0].__dict__, "ridge": ridges[0]})
        if best.reach >= split.first:
            raise ParameterError(
                f"ds: must have more than {best.reach * SPAN // (SPAN - 1) + 2} snapshots for these delays, got "
                f"{split.values.shape[1]}; record more, or take fewer delays"
            )
        return best

    def _share(self, split: HeldOut, known: Array, chosen: Chosen) -> float:
        weights, _, errors = _fitted(known, chosen, (chosen.ridge,))
        context = split.contexts(chosen.reach) @ self.arrays["axes"].T

        def roll(fed: float, count: int) -> Array:
            draws = np.random.default_rng(0)
            rows = np.tile(context, (count, 1, 1))
            noise, seen = drawn(errors, fed, len(rows), split.horizon, draws)
            made = continued(weights, rows, split.horizon, chosen, noise)[0]
            return np.asarray((made + seen) @ self.arrays["axes"]).reshape(count, *split.truth.shape)

        return chosen_share(roll, split.truth)

    def _rollout(self, context: Array, steps: int, draws: np.random.Generator | None) -> Array:
        axes, weights, chosen = self.arrays["axes"], self.arrays["weights"][None], self.chosen
        if draws is None:
            return np.asarray(continued(weights, context @ axes.T, steps, chosen)[0] @ axes)
        noise, seen = drawn(self.arrays["errors"], float(self.arrays["fed"]), len(context), steps, draws)
        made = (continued(weights, context @ axes.T, steps, chosen, noise)[0] + seen) @ axes
        if "left" in self.arrays:
            left = self.arrays["left"]
            made += left[draws.integers(len(left), size=made.shape[:2])]
        return np.asarray(made)


def principal_axes(values: Array) -> Array:
    """Directions that are forecast, as rows: the features that vary, or the leading principal ones of a wide field."""
    flat = values.reshape(-1, values.shape[-1])
    varying = np.ptp(flat, axis=0) > 0
    if not varying.any():
        varying[:1] = True
    if varying.sum() <= WIDE:
        return np.asarray(np.eye(values.shape[-1])[varying])
    _, size, axes = np.linalg.svd(flat, full_matrices=False)
    kept = int((size > size[0] * max(flat.shape) * np.finfo(float).eps).sum())
    return np.asarray(axes[: max(1, min(kept, COMPONENTS, len(flat) // 4))])


def _fitted(inner: Array, chosen: Chosen, ridges: tuple[float, ...]) -> tuple[Array, Array, Array]:
    """Weights for each ridge, degrees of freedom, and the one-step errors of the last ridge as of new data."""
    now, after = inner[:, chosen.reach - 1 : -1], inner[:, chosen.reach :]
    windows = np.concatenate(
        [
            inner[:, chosen.reach - 1 - back * chosen.spacing : inner.shape[1] - 1 - back * chosen.spacing]
            for back in range(chosen.delays)
        ],
        axis=-1,
    ).reshape(-1, chosen.delays * inner.shape[-1])
    features = Monomials.up_to(windows.shape[1], chosen.degree)(windows)
    targets = (after - now).reshape(-1, inner.shape[-1])
    weights, freedom = ridge_path(features, targets, ridges)
    errors = targets - features @ weights[-1, :-1] - weights[-1, -1]
    n = len(errors)
    return weights, freedom, (errors - errors.mean(axis=0)) * np.sqrt(n / max(n - freedom[-1], 1.0))


def continued(
    weights: Array, context: Array, steps: int, chosen: Chosen, noise: Array | None = None
) -> Array:
    """Rollouts of several fits at once, (fits, F + 1, r) and (rows, snapshots, r) to (fits, rows, steps, r)."""
    from ergodica.models.forecast.polynomial_kernels import roll_out

    r = weights.shape[-1]
    monomials = Monomials.up_to(chosen.delays * r, chosen.degree)
    made = np.empty((len(weights), len(context), steps, r))
    roll_out(
        np.ascontiguousarray(context[:, context.shape[1] - chosen.reach :]),
        np.ascontiguousarray(weights),
        monomials.parent,
        monomials.factor,
        chosen.delays,
        chosen.spacing,
        np.empty((len(context), 0, r)) if noise is None else np.ascontiguousarray(noise),
        LIMIT,
        made,
    )
    return made


def checked_size(variables: int, chosen: Chosen) -> None:
    """Raises ParameterError where the monomials are too many for a fit."""
    count = monomial_count(chosen.delays * variables, chosen.degree)
    if count > MOST_MONOMIALS:
        raise ParameterError(
            f"degree: must give at most {MOST_MONOMIALS} monomials, got {count} of {chosen.delays * variables} delayed "
            "values; take a lower degree, fewer delays, or 'auto'"
        )
