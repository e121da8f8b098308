"""What all Koopman models share: one finite matrix between two maps, and everything that follows from it."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ergodica.models.model import Model
from ergodica.models.trajectories import Trajectories, trajectories_of
from ergodica.numerics.errors import whole_number

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Complex = NDArray[np.complex128]


class KoopmanModel(Model):
    """z(x_n+1) = K z(x_n) for observables z of the last `lookback` snapshots, x = decode(z).

    A subclass says `_learn`, `lift` and `decode`, and leaves the matrix in `arrays["operator"]`, (r, r), real or
    complex: z as a column is multiplied from the left, Z_next = Z @ K.T for rows.
    """

    lookback = 1

    @abstractmethod
    def _learn(self, series: Trajectories) -> None:
        """Sets `arrays` from trajectories that are long enough."""

    @abstractmethod
    def lift(self, windows: Array) -> NDArray[Any]:
        """Observables z of windows (rows, lookback, features), oldest snapshot first: (rows, r)."""

    @abstractmethod
    def decode(self, z: NDArray[Any]) -> NDArray[Any]:
        """The last snapshot that observables stand for, (rows, features), of (rows, r)."""

    def fit(
        self, source: xr.Dataset | str | os.PathLike[str], variables: Sequence[str] | str | None = None
    ) -> Self:
        """Learns from the snapshots of a run.

        Args:
            source: a Dataset, or the path of a run; members are trajectories of their own.
            variables: as in `trajectories_of`; None for the state.

        Returns:
            Itself.

        Raises:
            ParameterError: a variable is missing or not finite, the snapshots are too few or not evenly spaced.
        """
        series = trajectories_of(source, variables, least=self.lookback + 1)
        self.__dict__.pop("spectrum", None)
        self.arrays, self.layout = {}, series.layout
        self._learn(series)
        return self

    @property
    def operator(self) -> NDArray[Any]:
        """K, (r, r)."""
        self.fitted_layout  # noqa: B018 - raises where nothing was fitted
        return self.arrays["operator"]

    @cached_property
    def spectrum(self) -> tuple[Complex, Complex, Complex]:
        """Eigenvalues (r,), right eigenvectors as columns (r, r), left ones as rows (r, r), with left @ right = 1."""
        values, right = np.linalg.eig(self.operator)
        order = np.argsort(-abs(values), kind="stable")
        right = right[:, order].astype(complex)
        return values[order].astype(complex), right, np.linalg.inv(right)

    def eigenfunctions_at(self, windows: Array) -> Complex:
        """phi_j(x) = sum_i left_ji z_i(x), (rows, r): phi_j(x_n+1) = lambda_j phi_j(x_n)."""
        return np.asarray(self.lift(windows) @ self.spectrum[2].T)

    def linear_steps(self, windows: Array, steps: int) -> Array:
        """decode(K^n z(x)) for n = 1 ... steps: lifted once, (rows, steps, features)."""
        steps = whole_number("steps", steps, 1)
        z, made = self.lift(windows), []
        for _ in range(steps):
            z = z @ self.operator.T
            made.append(self.decode(z).real)
        return np.stack(made, axis=1)

    def reencoded_steps(self, windows: Array, steps: int) -> Array:
        """x_n+1 = decode(K z(x_n)): lifted anew at every step, (rows, steps, features)."""
        steps = whole_number("steps", steps, 1)
        made = []
        for _ in range(steps):
            x = self.decode(self.lift(windows) @ self.operator.T).real
            windows = np.concatenate([windows[:, 1:], x[:, None]], axis=1)
            made.append(x)
        return np.stack(made, axis=1)
