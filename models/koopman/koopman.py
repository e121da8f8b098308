"""What all Koopman models share: one finite matrix between two maps, and everything that follows from it."""

from __future__ import annotations

import copy
import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from ergodica.models.koopman import rollouts
from ergodica.models.koopman.few_snapshots import warn_of_few
from ergodica.models.koopman.labelled import refuse_taken_names
from ergodica.models.koopman.residuals import EPSILON, residuals_on
from ergodica.models.koopman.spectrum import eigendecomposition
from ergodica.models.model import Model
from ergodica.models.trajectories import Trajectories
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.threads import one_blas_thread

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]
    Complex = NDArray[np.complex128]
    Source = xr.Dataset | str | os.PathLike[str]


class KoopmanModel(Model):
    """z(x_n+1) = K z(x_n) for observables z of the last `lookback` snapshots, x = decode(z).

    A subclass says `_learn`, `lift` and `decode`, and leaves the matrix in `arrays["operator"]`, (r, r), real or
    complex: z as a column is multiplied from the left, Z_next = Z @ K.T for rows. One whose `decode` is not affine
    sets `affine_decoder` to False. One whose `decode` adds a constant says in `constant_observable` which observable is
    always 1, so that the modes hold the constant. One that is dear to train says in `refitted` what of it is learned
    anew and in `held` what else it learned, whose error intervals do not hold.

    Attributes:
        fewer: setting that leaves less to be fitted, which a warning of too few snapshots names.
        apart: snapshots from a window to the one that K makes of it.
        trained_on: the trajectories of `fit`; None for a model that was read from a file.
        independent: observables from which the next values were fitted, less what a ridge takes of them; None for as
            many as K has.
    """

    lookback = 1
    apart = 1
    affine_decoder: ClassVar[bool] = True
    constant_observable: ClassVar[int | None] = None
    held: ClassVar[str] = ""
    fewer: ClassVar[str] = "fewer observables"
    references: ClassVar[str] = ""
    sort: ClassVar[str] = "Koopman model, as ergodica train koopman takes"
    trained_on: Trajectories | None = None
    independent: float | None = None

    @abstractmethod
    def _learn(self, series: Trajectories) -> None:
        """Sets `arrays` from trajectories that are long enough; options of a training may be keywords."""

    @abstractmethod
    def lift(self, windows: Array) -> NDArray[Any]:
        """Observables z of windows (rows, lookback, features), oldest snapshot first: (rows, r)."""

    @abstractmethod
    def decode(self, z: NDArray[Any]) -> NDArray[Any]:
        """The last snapshot that observables stand for, (rows, features), of (rows, r)."""

    def fit(self, source: Source, variables: Sequence[str] | str | None = None, **training: Any) -> Self:
        """Learns from the snapshots of a run.

        Args:
            source: a Dataset, or the path of a run; members are trajectories of their own.
            variables: as in `trajectories_of`; None for the state.
            training: options of a network's training, such as steps, seed, out, progress.

        Returns:
            Itself.

        Raises:
            ParameterError: a variable is missing, not finite or named `mode` or `eigenvalue`, the snapshots are too few
                or not evenly spaced; an option of a training is given to a model that has none.

        Warns:
            UserWarning: there are fewer than two pairs of snapshots for each independent observable, or fewer than two
                numbers for each eigenvalue and amplitude of exponentials.
        """
        self.refuse_training(training)
        series = self.data_of(source, variables)
        refuse_taken_names(series.layout)
        self._begin(series)
        learn: Callable[..., None] = self._learn
        try:
            with one_blas_thread():
                learn(series, **training)
            self._refuse_infinite()
        except BaseException:
            self.layout = None  # so that nobody takes it for fitted
            raise
        self.trained_on = series
        self.notes |= {"members": len(series.values), "snapshots": len(series.t)}
        with one_blas_thread():
            residual, amplitude = residuals_on(self, series.values)
        self.__dict__.pop("spectrum", None)
        self.arrays |= {"residual": residual, "amplitude": np.where(amplitude > 0, amplitude, 1.0)}
        self._warn_of_few(series.values)
        return self

    def _warn_of_few(self, values: Array) -> None:
        fitted = len(self.operator) if self.independent is None else self.independent
        warn_of_few(self.name, fitted, len(values) * (values.shape[1] - self.lookback), self.fewer)

    def refitted(self, series: Trajectories) -> Self:
        """A model of the same settings that learned from other trajectories, such as resampled ones."""
        other = copy.copy(self)
        other._begin(series)
        other._learn(series)
        return other

    def resampled_eigenvalues(
        self, series: Trajectories, count: int, block: int | None, seed: int
    ) -> Complex:
        """Eigenvalues that `count` other samples of the same system might have given, (count, r), as in `spectrum`.

        Here by `refitted` to blocks of `block` pairs of windows; a model that is fitted to trajectories as a whole
        resamples in another way.
        """
        from ergodica.models.koopman.bootstrap import refitted_eigenvalues

        return refitted_eigenvalues(self, series, count, block, seed)

    @property
    def span(self) -> int:
        """Snapshots by which a trajectory is longer than the pairs that it holds."""
        return self.lookback + self.apart - 1

    def _fewest(self) -> int:
        return self.lookback

    def _refuse_infinite(self) -> None:
        if not np.isfinite(self.operator).all():
            raise ParameterError(
                "operator: must be finite, got NaN or infinity from the fit; check the scale of the variables, or use "
                "fewer observables"
            )

    def _begin(self, series: Trajectories) -> None:
        self.__dict__.pop("spectrum", None)
        self.arrays, self.layout, self.trained_on, self.independent = {}, series.layout, None, None

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        self.__dict__.pop("spectrum", None)
        super().restore(state)

    @property
    def operator(self) -> NDArray[Any]:
        """K, (r, r)."""
        self.fitted_layout  # noqa: B018 - raises where nothing was fitted
        return self.arrays["operator"]

    @cached_property
    def spectrum(self) -> tuple[Complex, Complex, Complex]:
        """Eigenvalues (r,), right eigenvectors as columns (r, r), left ones as rows (r, r), with left @ right = 1.

        By falling modulus; eigenfunctions have a mean square of 1 on the training data.
        """
        values, right, left = eigendecomposition(self.operator)
        amplitude = self.arrays.get("amplitude", np.ones(len(values)))
        return values, right * amplitude, left / amplitude[:, None]

    def eigenfunctions_at(self, windows: Array) -> Complex:
        """phi_j(x) = sum_i left_ji z_i(x), (rows, r): phi_j(x_n+1) = lambda_j phi_j(x_n)."""
        z, left = self.lift(windows), self.spectrum[2].T
        if np.iscomplexobj(z):
            return np.asarray(z @ left)
        # twice a real product takes half of the time of a complex one
        phi = np.empty((len(z), left.shape[1]), dtype=complex)
        phi.real, phi.imag = z @ left.real, z @ left.imag
        return phi

    def linear_steps(self, windows: Array, steps: int) -> Array:
        """decode(K^n z(x)) for n = 1 ... steps: lifted once, (rows, steps, features); NaN from an overflow on."""
        return rollouts.linear(self, windows, steps)

    def reencoded_steps(self, windows: Array, steps: int) -> Array:
        """x_n+1 = decode(K z(x_n)): lifted anew at every step, (rows, steps, features); NaN from an overflow on."""
        return rollouts.reencoded(self, windows, steps)

    def eigenvalues(
        self,
        intervals: int | None = None,
        *,
        level: float = 0.95,
        seed: int = 0,
        block: int | None = None,
        epsilon: float = EPSILON,
        source: Source | None = None,
    ) -> xr.Dataset:
        """Eigenvalues over `mode`, by falling modulus, with rates, residuals and intervals.

        Args:
            intervals: refits to resampled trajectories, 200 or more for an interval of .95; None for no intervals.
            level: share of the refits within an interval.
            seed: of the resampling.
            block: pairs of consecutive windows that are drawn together; None for whole members where there are 30 or
                more, else the square root of those of a member.
            epsilon: residual above which an eigenvalue is called spurious.
            source: run that is resampled in place of the training data, which a file does not hold; None for these.
                Its scatter is scaled by the root of its pairs of snapshots over those that were learned from, so that
                intervals hold the error of this model; it must be as noisy and as excited as the training data were.

        Returns:
            `eigenvalue`, `continuous_eigenvalue` (log(eigenvalue)/dt on the principal branch: its imaginary part is
            at most pi/dt, faster turns are folded), `growth_rate`, `frequency`, `residual` on the training data,
            `spurious`; with intervals also `eigenvalue_standard_error` (half of the width that holds 68 % of the
            refits), and of eigenvalue, growth rate and frequency the ends `_low` and `_high`. Errors and ends of
            complex numbers are those of their two parts.

        Raises:
            ParameterError: intervals of a model from a file without `source`; too few refits for the level; blocks
                that are shorter than a window, or fewer than two.

        Warns:
            UserWarning: `source` does not determine all eigenvalues, such as one that is constant where the training
                data were not; the intervals of the others are NaN.

        Source: Davison and Hinkley 1997, Bootstrap Methods and their Application, 5.2.1; Kuensch 1989, Ann. Stat. 17,
        1217 (blocks).
        """
        from ergodica.models.koopman.eigenvalue_dataset import eigenvalue_dataset

        series = None if intervals is None else self._data(source)
        residual = self._learned("residual")
        with one_blas_thread():
            return eigenvalue_dataset(self, residual, epsilon, series, intervals, level, seed, block)

    def residuals(self, source: Source | None = None, *, epsilon: float = EPSILON) -> xr.Dataset:
        """How far each eigenpair is from one of the Koopman operator itself: |phi(x') - lambda phi(x)| / |phi(x)|.

        Small means that the eigenpair is right, whatever the observables. On the training data, a model with nearly as
        many observables as snapshots has small ones too: give a run that it has not seen. Noise adds its variance.

        Args:
            source: a run; None for the training data.
            epsilon: residual above which an eigenvalue is called spurious, >= 0.

        Returns:
            `residual` and `spurious` over `mode`, beside `eigenvalue`; NaN, and spurious, where an eigenfunction is
            zero on the run.

        Raises:
            ParameterError: the run has other features, another spacing or too few snapshots; epsilon is no size.

        Source: Colbrook and Townsend 2024, Commun. Pure Appl. Math. 77, 221 (ResDMD).
        """
        import xarray as xr

        from ergodica.models.koopman.labelled import attributes, modes_of, said
        from ergodica.models.koopman.residuals import is_spurious

        residual = self._learned("residual")
        with one_blas_thread():
            if source is not None:
                residual, _ = residuals_on(self, self._data(source).values)
            coordinates, made = modes_of(self)
        flags = is_spurious(residual, epsilon).astype(np.int8)
        made |= said("residual", "residual of the eigenpair on data (ResDMD)", residual, "eigenvalues")
        made |= said("spurious", f"1 where the residual is above {epsilon:g}", flags, "eigenvalues")
        return xr.Dataset(made, coordinates, attributes(self, "residuals", epsilon=epsilon))

    def modes(self, source: Source | None = None) -> xr.Dataset:
        """v_j in x = sum_j phi_j(x) v_j, in the shape and units of the variables, over `mode`.

        An autoencoder with constant=False and a model with a centred kernel add decode(0), the mean of the training
        data, to the sum: their observables hold no constant exactly.

        Args:
            source: a run whose snapshots are written by least squares as sum_j phi_j v_j; None for the modes of the
                decoder, where that is affine, and for those of the training data where it is not.

        Returns:
            Each variable over `mode` and its own dimensions, complex; of a complex field, its parts v_real + i v_imag.

        Raises:
            ParameterError: the run has other features, another spacing or too few snapshots; none is given to a model
                from a file that needs one.
        """
        from ergodica.models.koopman.mode_dataset import mode_dataset

        series = None if source is None and self.affine_decoder else self._data(source)
        with one_blas_thread():
            return mode_dataset(self, series)

    def eigenfunctions(self, source: Source) -> xr.Dataset:
        """phi_j along a run: phi_j(x_n+1) = lambda_j phi_j(x_n), as far as the residual is small.

        Args:
            source: a run.

        Returns:
            `eigenfunction`, complex, over (member,) t and mode, from the snapshot on that ends the first window of
            `lookback` snapshots; of mean square 1 on the training data.

        Raises:
            ParameterError: the run has other features, another spacing or too few snapshots.
        """
        from ergodica.models.koopman.mode_dataset import eigenfunction_dataset

        with one_blas_thread():
            return eigenfunction_dataset(self, self._data(source))

    def pseudospectrum(self, real: ArrayLike, imag: ArrayLike, source: Source | None = None) -> xr.Dataset:
        """The least residual that any observable in the span has, over points real + i imag of the plane.

        tau(s) = min over g of |g(x_n+1) - s g(x_n)| / |g(x_n)|, norms over the snapshots

        Where it is below epsilon, the point belongs to the epsilon-pseudospectrum of the Koopman operator.

        Args:
            real: increasing real parts.
            imag: increasing imaginary parts.
            source: a run; None for the training data.

        Returns:
            `residual` over `imaginary_part` and `real_part`.

        Raises:
            ParameterError: parts that do not increase; a run with other features, another spacing or too few snapshots.

        Source: Colbrook and Townsend 2024, Commun. Pure Appl. Math. 77, 221.
        """
        from ergodica.models.koopman.mode_dataset import pseudospectrum_dataset

        with one_blas_thread():
            return pseudospectrum_dataset(self, self._data(source), np.asarray(real), np.asarray(imag))

    def linear_rollout(self, source: Source, horizon: int) -> xr.Dataset:
        """decode(K^n z): the last `lookback` snapshots of each member are lifted once, and K does all steps.

        Args:
            source: a run of `lookback` snapshots or more, each member a start of its own.
            horizon: snapshots to forecast, 1 or more.

        Returns:
            The variables that were learned, over `t` from the next snapshot on; the attribute `rollout` is "linear".

        Raises:
            ParameterError: the run has other features, another spacing or too few snapshots; the horizon is below 1.
        """
        from ergodica.models.koopman.rollout_dataset import rollout_dataset

        with one_blas_thread():
            return rollout_dataset(self, self._data(source, one_step=False), horizon, "linear")

    def reencoded_rollout(self, source: Source, horizon: int) -> xr.Dataset:
        """x_n+1 = decode(K z(x_n)): every step is decoded and lifted anew, a nonlinear forecast.

        Args, what returns and what is raised are as for `linear_rollout`; the attribute `rollout` is "re-encoded".
        """
        from ergodica.models.koopman.rollout_dataset import rollout_dataset

        with one_blas_thread():
            return rollout_dataset(self, self._data(source, one_step=False), horizon, "re-encoded")

    def _learned(self, name: str) -> Array:
        self.fitted_layout  # noqa: B018 - raises where nothing was fitted
        return self.arrays[name]

    def _data(self, source: Source | None, *, one_step: bool = True) -> Trajectories:
        self.fitted_layout  # noqa: B018 - raises where nothing was fitted
        if source is None:
            if self.trained_on is None:
                raise ParameterError(
                    f"source: must be given for a {type(self).__name__} that was read from a file, which holds no "
                    "training data; use source=ds"
                )
            return self.trained_on
        return self.like_fitted(source, self.lookback + one_step)
