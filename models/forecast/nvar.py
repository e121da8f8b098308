"""Nonlinear vector autoregression, the next-generation reservoir."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ergodica.models.described import named
from ergodica.models.forecast.monomials import monomial_count
from ergodica.models.forecast.polynomial import PolynomialForecaster
from ergodica.models.forecast.polynomial_choice import SPAN
from ergodica.models.forecast.polynomial_fit import Chosen, checked_size
from ergodica.models.forecast.settings import AUTO, strength, whole_or_auto

DELAYS, SPACINGS, DEGREES = (1, 2, 3, 4, 6, 8, 12), (1, 2, 4, 8), tuple(range(1, 11))
MOST = 500
"""Monomials of settings that are tried."""


@named
@dataclass(kw_only=True, eq=False)
class NVAR(PolynomialForecaster):
    """x(n + 1) = x(n) + W f, where f are all monomials of the last `delays` values, `spacing` snapshots apart.

    In standard units; W by ridge regression of the increments on standardised monomials, by singular values. Settings
    left at "auto" are chosen together, of all combinations of at most 500 monomials and half as many as the snapshots:
    rollouts over the last fifth of each trajectory and Schwarz's criterion of the one-step errors leave eight, and the
    one with the best rollouts over each fifth, by fits that have not seen it, is fitted to all. A field of more than 48
    features is forecast through its leading principal components.

    A draw is a rollout of the fit or of one without a fifth of the data, of few data also without two, each in turn,
    unless that one runs away: what the data leave open about the law is in the spread. One-step errors are added, drawn
    at random. Which part of them is fed back, as noise that moves the state, and which is only seen, is chosen by the
    score of the draws over the held-out rollouts; all of it where that is as good. It may be more than all: errors of a
    model follow each other, and add up faster than noise.

    Args:
        delays: values of each component, 1 or more, or "auto" of 1 to 12.
        spacing: snapshots between them, 1 or more, or "auto" of 1 to 8.
        degree: highest total degree, 1 or more, or "auto" of 1 to 10.
        ridge: strength, 0 or more, by the variance of the standardised features; or "auto" of 1e-22 to 1e4.

    Good values: "auto"; for Lorenz without noise delays=2, spacing=1, degree=4, ridge=1e-14.

    Source: Gauthier et al. 2021, Nat. Commun. 12, 5564; delays of one variable: Takens 1981; the criterion: Schwarz
    1978, Ann. Statist. 6, 461.
    """

    delays: int | str = AUTO
    spacing: int | str = AUTO
    degree: int | str = AUTO
    ridge: float | str = AUTO

    name = "nvar"
    references = "Gauthier et al. 2021, Nat. Commun. 12, 5564"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.delays = whole_or_auto("delays", self.delays)
        self.spacing = whole_or_auto("spacing", self.spacing)
        self.degree = whole_or_auto("degree", self.degree)
        self.ridge = strength("ridge", self.ridge)

    def _least(self) -> Chosen:
        delays, spacing, degree = (
            1 if isinstance(one, str) else one for one in (self.delays, self.spacing, self.degree)
        )
        return Chosen(delays, spacing, degree, 0.0)

    def _settings(self) -> dict[str, Any]:
        return dict(self.chosen.__dict__)

    def _tried(self, rows: int, snapshots: int, variables: int) -> list[Chosen]:
        delays, spacings, degrees = (
            all_of if isinstance(one, str) else (one,)
            for one, all_of in ((self.delays, DELAYS), (self.spacing, SPACINGS), (self.degree, DEGREES))
        )
        tried = {
            Chosen(k, s if k > 1 or self.spacing != AUTO else 1, p, 0.0)
            for k in delays
            for s in spacings
            for p in degrees
        }
        fitting = [
            one
            for one in tried
            if monomial_count(one.delays * variables, one.degree) <= min(rows // 2, MOST)
            and one.reach <= snapshots // SPAN
        ]
        smallest = min(tried, key=lambda one: (one.delays, one.degree, one.spacing))
        checked_size(variables, smallest)
        order = sorted(fitting or [smallest], key=lambda one: (one.delays, one.spacing, one.degree))
        return order
