"""Optimised dynamic mode decomposition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.exponential_fit import (
    checked_rank,
    columns_of,
    eigenvalues_in,
    exponentials_in,
)
from ergodica.models.koopman.exponential_resampling import along, residual_factors
from ergodica.models.koopman.exponentials import factors_of
from ergodica.models.koopman.few_snapshots import warn_of_few
from ergodica.models.koopman.koopman import KoopmanModel
from ergodica.models.koopman.variable_projection import best_exponentials
from ergodica.models.trajectories import Trajectories
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Complex = NDArray[np.complex128]

LONGEST = 100
"""Snapshots of a window that are tried where `delays` are not given, unless it takes more."""
WELL = 30.0
"""Condition of the equations for the amplitudes below which further snapshots are not needed."""


@named
@dataclass(kw_only=True, eq=False)
class OptimisedDMD(KoopmanModel):
    """x_n = sum_j v_j lambda_j^n by least squares over the whole trajectory, not over its steps.

    Noise of the measurement is in x_n alone and does not bias the eigenvalues, as it does where x_n is regressed on the
    noisy x_n-1. For white noise of one size the fit is that of maximum likelihood, and reaches the Cramer-Rao bound.
    Members are trajectories with the same eigenvalues and modes and amplitudes of their own. z are the amplitudes at
    the last snapshot of a window; there may be more of them than features.

    Args:
        rank: number of eigenvalues, those of a conjugate pair counted both; None for the number that the Bayesian
            information criterion prefers.
        delays: snapshots of a window from which amplitudes are found; None for as few as determine them well, which is
            one where the modes of as many features differ.

    Good values: `rank` where it is known. More `delays` make forecasts from noisy snapshots better.

    Source: Askham and Kutz 2018, SIAM J. Appl. Dyn. Syst. 17, 380; Roy and Kailath 1989 for the starts.
    """

    name = "optimised-dmd"
    references = "Askham and Kutz 2018, SIAM J. Appl. Dyn. Syst. 17, 380"
    fewer = "a lower rank"
    rank: int | None = None
    delays: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rank = checked_rank(self.rank)
        if self.delays is not None:
            self.lookback = whole_number("delays", self.delays, 1, "use None for as many as it takes")

    def _fewest(self) -> int:
        return self.delays or 1  # that of a former fit is not asked of these data

    def _learn(self, series: Trajectories) -> None:
        eigenvalues = self._eigenvalues(series.values)
        modes = _modes(eigenvalues, series.values)
        rank, features = modes.shape
        snapshots = series.values.shape[1]
        least = 1 if rank <= features else -(-rank // features)
        for delays in (
            [self.delays] if self.delays else range(least, max(least, min(snapshots // 2, LONGEST)) + 1)
        ):
            seen = np.concatenate([(modes * eigenvalues[:, None] ** n).T for n in range(delays)])
            condition = np.linalg.cond(seen) if delays * features >= rank else np.inf
            if condition < WELL:
                break
        if not condition * np.finfo(float).eps < 1:
            raise ParameterError(_undetermined(rank, features, self.delays, snapshots))
        found = np.linalg.pinv(seen) * eigenvalues[:, None] ** (delays - 1)
        self.lookback = delays
        self.arrays |= {
            "operator": np.diag(eigenvalues),
            "modes": modes,
            "amplitudes": found.T.reshape(delays, features, rank),
        }

    def _warn_of_few(self, values: Array) -> None:
        members, _, features = values.shape
        # each of the eigenvalues has an amplitude in every feature of every member
        chosen = len(self.operator) * (members * features + 1)
        what, of = "eigenvalues and amplitudes", "numbers in the snapshots"
        warn_of_few(self.name, chosen, values.size, self.fewer, what, of)

    def _eigenvalues(self, values: Array) -> Complex:
        return eigenvalues_in(exponentials_in(values, self.rank)[1])

    def resampled_eigenvalues(
        self, series: Trajectories, count: int, block: int | None, seed: int
    ) -> Complex:
        """Eigenvalues of fits to a fit plus its own residuals in another order, `block` snapshots of them together.

        Residuals are enlarged by what the fit took of them. None is a block of 1, for white noise. What is taken from
        the fits is their scatter about that of the trajectories. Of others than those of `fit`, it is the error that a
        fit to *these* would have: how it changes with the length depends on how fast each exponential decays, and with
        the amplitudes, so that nothing is scaled. Give a run of the same length, members and amplitudes.

        Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, 9.4.
        """
        own, values = self.spectrum[0], series.values
        factors = best_exponentials(factors_of(own)[None], columns_of(values))[0]
        found = residual_factors(factors[0], values, count, block, np.random.default_rng(seed))
        whole = along(own, factors)[0]
        return own + along(whole, found) - whole

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        super().restore(state)
        self.lookback = len(state["amplitudes"])

    def lift(self, windows: Array) -> Complex:
        amplitudes = self.arrays["amplitudes"]
        return np.asarray(windows.reshape(len(windows), -1) @ amplitudes.reshape(-1, amplitudes.shape[-1]))

    def decode(self, z: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(z @ self.arrays["modes"])


def _undetermined(rank: int, features: int, delays: int | None, snapshots: int) -> str:
    if delays is None:
        return (
            f"rank: must be at most the number of exponentials that {snapshots} snapshots of {features} features hold, "
            f"got {rank}, whose amplitudes no delays determine; use rank={max(1, rank - 1)} or rank=None, or HankelDMD "
            "where eigenvalues are repeated"
        )
    return (
        f"delays: must determine the amplitudes of {rank} modes that differ, got windows of {delays} times {features} "
        "numbers; use delays=None for as many as it takes, a lower rank, or HankelDMD where eigenvalues are repeated"
    )


def _modes(eigenvalues: Complex, values: Array) -> Complex:
    """Modes of length 1, (r, features), that all members share: the leading direction of what each has."""
    members, snapshots, features = values.shape
    n = np.arange(snapshots)[:, None]
    # what grows is 1 at the end, lest it overflows
    grows = abs(eigenvalues) > 1
    inverse = 1 / np.where(grows, eigenvalues, 1.0)
    powers = np.where(grows, inverse, eigenvalues) ** np.where(grows, snapshots - 1.0 - n, n)
    size = np.sqrt((abs(powers) ** 2).sum(axis=0))
    flat = np.concatenate(list(values), axis=1)
    own = np.linalg.lstsq(powers / size, flat, rcond=None)[0].reshape(-1, members, features)
    modes = np.linalg.svd(own, full_matrices=False)[2][:, 0]
    paired = eigenvalues.imag < 0
    # exactly conjugate: the singular vectors of both have a phase of their own
    modes[paired] = modes[np.flatnonzero(paired) - 1].conj()
    real = eigenvalues.imag == 0
    modes[real] = np.linalg.svd(own[real].real, full_matrices=False)[2][:, 0]
    return np.asarray(modes)
