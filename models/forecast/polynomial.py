"""Forecasters that are linear in monomials of delayed values: their fit, and their choice of settings."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.forecast.block_validation import FEWEST, blocks_of
from ergodica.models.forecast.forecaster import Forecaster
from ergodica.models.forecast.polynomial_choice import best_settings, fits_without, share_fed
from ergodica.models.forecast.polynomial_fit import Chosen, continued, fitted
from ergodica.models.forecast.settings import AUTO
from ergodica.models.forecast.spread import by_laws, drawn, left_over, thinned, with_left_over
from ergodica.numerics.thin_svd import thin_svd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

RIDGES = tuple(10.0**power for power in range(-22, 5, 2))
"""Strengths that are tried, by the variance of the standardised features; the first is round-off in the features."""
WIDE, COMPONENTS = 48, 24
"""More features than `WIDE` are forecast through their leading `COMPONENTS` principal components at the most."""


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
        fed, without = 1.0, []
        if snapshots >= FEWEST or len(tried) * len(ridges) > 1:
            blocks = blocks_of(values, self.name)
            chosen = best_settings(tried, ridges, inner, axes, blocks)
            fits = fits_without(chosen, inner, blocks)
            fed = share_fed(chosen, fits, inner, axes, blocks)
            without = [one.weights[0] for one in fits]
        else:
            chosen = replace(tried[0], ridge=ridges[0])
        fit = fitted(inner, chosen, (chosen.ridge,))
        self.notes["chosen"] = dict(chosen.__dict__)
        self.arrays |= {"weights": fit.weights[0], "errors": thinned(fit.errors), "fed": np.array(fed)}
        self.arrays["without"] = np.stack([fit.weights[0], *without])[1:]
        self.arrays["largest"] = np.array(abs(values).max())
        self.arrays |= left_over(values, inner @ axes)

    def _rollout(self, context: Array, steps: int, draws: np.random.Generator | None) -> Array:
        axes, weights, chosen = self.arrays["axes"], self.arrays["weights"][None], self.chosen
        inner = context @ axes.T
        if draws is None:
            return np.asarray(continued(weights, inner, steps, chosen)[0] @ axes)
        noise, seen = drawn(self.arrays["errors"], float(self.arrays["fed"]), len(context), steps, draws)
        every = np.concatenate([weights, self.arrays["without"]])

        def roll(law: int, own: NDArray[np.bool_]) -> Array:
            return np.asarray(continued(every[law][None], inner[own], steps, chosen, noise[own])[0] @ axes)

        made = by_laws(roll, len(every), context, steps, float(self.arrays["largest"]), draws)
        return with_left_over(made + seen @ axes, self.arrays, draws)


def principal_axes(values: Array) -> Array:
    """Directions that are forecast, as rows: the features that vary, or the leading principal ones of a wide field."""
    flat = values.reshape(-1, values.shape[-1])
    varying = np.ptp(flat, axis=0) > 0
    if not varying.any():
        varying[:1] = True
    if varying.sum() <= WIDE:
        return np.asarray(np.eye(values.shape[-1])[varying])
    _, size, axes = thin_svd(flat)
    kept = int((size > size[0] * max(flat.shape) * np.finfo(float).eps).sum())
    axes = axes[: max(1, min(kept, COMPONENTS, len(flat) // 4))]
    # the sign of a singular vector is an accident of the library
    largest = np.take_along_axis(axes, abs(axes).argmax(axis=1)[:, None], axis=1)
    return np.asarray(axes * np.sign(largest))
