"""The variational approach to Markov processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.dictionaries.scaling import size_of
from ergodica.models.koopman.edmd import EDMD
from ergodica.models.koopman.triangle import triangle
from ergodica.models.koopman.windows import ROWS, windows_of
from ergodica.models.trajectories import Trajectories
from ergodica.numerics.errors import ParameterError, whole_number
from ergodica.numerics.thin_svd import thin_svd

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from ergodica.models.koopman.koopman import Source

    Array = NDArray[np.float64]

ROUND_OFF = 1e-12


@named
@dataclass(kw_only=True, eq=False)
class VAMP(EDMD):
    """The functions of the state whose values `lag` snapshots on are predicted best, and how well.

    sigma_j = max corr(f_j(x_n), g_j(x_n+lag)) over f_j, g_j in the span of the dictionary, each uncorrelated with
    the former ones

    sigma_j are the singular values of the Koopman operator between the distributions of now and then, the constant
    (sigma = 1) left out; of a reversible process they are its eigenvalues over the lag. z are 1 and the leading f_j,
    and K steps them by one snapshot, by least squares.

    Args:
        rank: singular functions that are kept, 1 or more; fewer where the dictionary has fewer.
        lag: snapshots between now and then, 1 or more.
        dictionary: as of `EDMD`, and so are delays, ridge (of K) and tolerance.

    Good values: a `lag` over which the fast processes are forgotten; `score` on a run that was not fitted chooses the
    dictionary. Without noise every sigma is 1 that the dictionary holds, and which functions are the leading ones is
    round-off: take a `rank` as large as the dictionary, or `EDMD`.

    Source: Wu and Noe 2020, J. Nonlinear Sci. 30, 23 (arXiv 1707.04659).
    """

    name = "vamp"
    references = "Wu and Noe 2020, J. Nonlinear Sci. 30, 23"
    rank: int = 10
    lag: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rank = whole_number("rank", self.rank, 1)
        self.lag = whole_number("lag", self.lag, 1)

    def _learn(self, series: Trajectories) -> None:
        self._refuse_short(series.values)
        super()._learn(series)

    @property
    def span(self) -> int:
        return self.delays + self.lag - 1

    def _solve(self, values: Array) -> None:
        super()._solve(values)
        self.arrays["whitening"] = self.arrays.pop("projection")
        now, then = self._correlated(values)
        directions, sizes = _white(now[1:], self.tolerance), _white(then[1:], self.tolerance)
        left, singular, right = thin_svd((now[1:] @ directions).T @ (then[1:] @ sizes))
        kept = slice(0, self.rank)
        self.arrays |= {
            "singular_values": np.minimum(singular[kept], 1.0),
            "now": directions @ left[:, kept],
            "now_mean": now[0],
            "then": sizes @ right[kept].T,
            "then_mean": then[0],
        }
        self._step(values)

    def _step(self, values: Array) -> None:
        size = size_of(values)
        rows = (
            np.concatenate([self.lift(now), self.lift(then), now[:, -1] / size], axis=1)
            for now, then in self._pairs(values, 1)
        )
        count = 1 + self.arrays["now"].shape[1]
        z, after, x = np.split(triangle(rows), [count, 2 * count], axis=1)
        left, singular, right = thin_svd(z)
        pairs = values.shape[0] * (values.shape[1] - self.delays)
        shrunk = singular / (singular**2 + pairs * self.ridge)
        self.arrays["operator"] = np.eye(count) + (right.T @ (shrunk[:, None] * (left.T @ (after - z)))).T
        self.arrays["decoder"] = np.linalg.lstsq(z, x, rcond=None)[0] * size

    def lift(self, windows: Array) -> NDArray[Any]:
        f = (self._whitened(windows) - self.arrays["now_mean"]) @ self.arrays["now"]
        return np.concatenate([np.ones((len(f), 1)), f], axis=1)

    def singular_values(self) -> xr.Dataset:
        """`singular_value` over `mode`, falling, and `timescale` = -lag dt / ln(singular value), infinite for 1."""
        import xarray as xr

        from ergodica.models.koopman.labelled import MODE, attributes, numbered, said

        layout = self.fitted_layout
        values = self.arrays["singular_values"]
        with np.errstate(divide="ignore"):
            times = np.where(values < 1 - ROUND_OFF, -self.lag * layout.dt / np.log(values), np.inf)
        time = str(layout.time.get("units", "1"))
        words = f"singular value over a lag of {self.lag}"
        made = said("singular_value", words, values, "eigenvalues")
        made |= said(
            "timescale", "time in which a singular function is forgotten", times, "eigenvalues", units=time
        )
        modes = {MODE: numbered(MODE, len(values), "singular function, by falling singular value")}
        return xr.Dataset(made, modes, attributes(self, "singular values", lag=self.lag))

    def singular_functions(self, source: Source) -> xr.Dataset:
        """f_j along a run, over (member,) t and mode: mean 0 and mean square 1 on the training data.

        Raises:
            ParameterError: the run has other features, another spacing or too few snapshots.
        """
        import xarray as xr

        from ergodica.data.declarations import MEMBER, TIME
        from ergodica.models.koopman.labelled import MODE, attributes, numbered, said
        from ergodica.models.koopman.mode_dataset import members_of

        series = self._data(source, one_step=False)
        f = np.stack([self.lift(one)[:, 1:] for one in windows_of(series.values, self.delays)])
        modes: dict[str, Any] = {
            MODE: numbered(MODE, f.shape[-1], "singular function, by falling singular value"),
            TIME: xr.Variable((TIME,), series.t[self.delays - 1 :], self.fitted_layout.time),
        }
        dims = [TIME, MODE]
        if series.members is None:
            f = f[0]
        else:
            dims.insert(0, MEMBER)
            modes[MEMBER] = members_of(series)
        made = said(
            "singular_function", "left singular function of the Koopman operator", f, "eigenfunctions", dims
        )
        return xr.Dataset(made, modes, attributes(self, "singular functions", lag=self.lag))

    def score(self, source: Source | None = None, *, power: int = 2) -> float:
        """1 + sum_j s_j^power: how much of the future the learned functions tell, on a run.

        s_j are the correlations that the spans of f and of g have on it; on the training data they are the singular
        values. Higher is better on runs that were not fitted.

        Args:
            source: a run; None for the training data.
            power: 1 or 2, for VAMP-1 or VAMP-2.

        Raises:
            ParameterError: another power; a run with other features, another spacing or too few snapshots.

        Source: Wu and Noe 2020, J. Nonlinear Sci. 30, 23 (VAMP-r score).
        """
        if power not in (1, 2):
            raise ParameterError(f"power: must be 1 or 2, got {power!r}; use 2")
        values = self._data(source).values
        self._refuse_short(values)
        now, then = self._correlated(values)
        f, g = now[1:] @ self.arrays["now"], then[1:] @ self.arrays["then"]
        spans = [one @ _white(one, self.tolerance) for one in (f, g)]
        correlations = np.linalg.svd(spans[0].T @ spans[1], compute_uv=False)
        return float(1.0 + (np.minimum(correlations, 1.0) ** power).sum())

    def _whitened(self, windows: Array) -> Array:
        return np.asarray(self._observables(windows) @ self.arrays["whitening"])

    def _correlated(self, values: Array) -> tuple[Array, Array]:
        """Means of the observables now and then, and below them factors of their centred covariances."""
        blocks = []
        for now, then in self._pairs(values, self.lag):
            ones = np.ones((len(now), 1))
            blocks.append(
                triangle([np.concatenate([ones, self._whitened(now), self._whitened(then)], axis=1)])
            )
        factor = triangle(blocks)
        factor = factor / factor[0, 0]  # the root of the number of pairs, with its sign
        return tuple(np.split(factor[:, 1:], 2, axis=1))  # type: ignore[return-value]

    def _pairs(self, values: Array, lag: int) -> Iterator[tuple[Array, Array]]:
        for windows in windows_of(values, self.delays):
            for first in range(0, len(windows) - lag, ROWS):
                last = min(first + ROWS, len(windows) - lag)
                yield windows[first:last], windows[first + lag : last + lag]

    def _refuse_short(self, values: Array) -> None:
        least = self.delays + self.lag + 1
        if values.shape[1] < least:
            raise ParameterError(
                f"lag: must leave two pairs of snapshots, got {values.shape[1]} snapshots for a lag of {self.lag} and "
                f"{self.delays} delays; record at least {least}, or use a smaller lag"
            )


def _white(factor: Array, tolerance: float) -> Array:
    """W such that the columns of factor @ W are orthonormal and span its own.

    Of observables whose mean square is 1: beside it a deviation from the mean may be round-off.
    """
    _, size, right = thin_svd(factor)
    kept = size > max(tolerance, np.finfo(float).eps * max(factor.shape)) * max(size.max(initial=0.0), 1.0)
    return np.asarray(right[kept].T / size[kept])
