"""What all forecasters share: a dataset in, a dataset of what comes next out."""

from __future__ import annotations

import dataclasses
import os
import warnings
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from ergodica.data.declarations import FORECAST, MEMBER, REALIZATION, TIME
from ergodica.models.model import Model
from ergodica.models.trajectories import Layout, Trajectories
from ergodica.numerics.deviation import deviation, root_mean_square, unit_scale
from ergodica.numerics.errors import ParameterError, whole_number
from ergodica.numerics.threads import one_blas_thread

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BOUND = 100.0
"""Standard deviations of the training data beyond which a forecast has diverged and is held."""
LARGEST = 1e300
"""Values above it have differences, or forecasts a hundred deviations away, that overflow."""
RESIDUALS = 4096
"""One-step errors that are kept for the spread of a forecast."""


class Forecaster(Model):
    """The snapshots that follow the last `lookback` ones.

    A subclass says `_learn` and `_rollout`, both in standard units: each feature minus its mean over the training data,
    by the standard deviation of this component, or of the whole variable for a field (1 for a constant). Options of a
    training are keyword arguments of `_learn`.
    """

    references: ClassVar[str] = ""
    sort: ClassVar[str] = "forecaster, as ergodica train forecast takes"

    @property
    @abstractmethod
    def lookback(self) -> int:
        """Snapshots that a forecast begins from, 1 or more."""

    @abstractmethod
    def _learn(self, values: Array, **training: Any) -> None:
        """Sets `arrays` from (members, snapshots, features); `arrays` holds mean and scale already."""

    @abstractmethod
    def _rollout(self, context: Array, steps: int, draws: np.random.Generator | None) -> Array:
        """What follows `context`, (rows, lookback or more, features): (rows, steps, features).

        With `draws` each row is one draw of what may come; without, the forecast itself.
        """

    def fit(
        self,
        source: xr.Dataset | str | os.PathLike[str],
        variables: Sequence[str] | str | None = None,
        *,
        out: str | os.PathLike[str] | None = None,
        **training: Any,
    ) -> Self:
        """Learns from the snapshots of a run.

        Args:
            source: a Dataset, or the path of a run; members are trajectories of their own.
            variables: as in `trajectories_of`; None for the state.
            out: of models that train networks, a folder for the fitted model, `models.load` reads it; the training
                lies in `training` within it.
            training: of the same models, options of `models.fit`: steps, batch, learning_rate, seed, patience, resume,
                overwrite, device, progress, ...

        Returns:
            Itself.

        Raises:
            ParameterError: a variable is missing or not finite, the snapshots are too few or not evenly spaced, or an
                option cannot be.
            OutputExists: `out` holds a model, and neither `resume` nor `overwrite` is given.
        """
        self.refuse_training(training if out is None else {"out": out, **training})
        if training or out is not None:
            from ergodica.models.training.of_model import check_options, training_folder

            check_options(training)
            if out is not None:
                training["out"] = training_folder(Path(out), training)
        series = self.data_of(source, variables)
        flat = series.values.reshape(-1, series.values.shape[-1])
        mean, scale = _units(flat, series.layout)
        before = dict(vars(self))
        try:
            self.arrays = {"mean": mean, "scale": scale}
            self.layout, self.notes = series.layout, {}
            with one_blas_thread():
                self._learn(self._ordered(self._standard(series.values)), **training)
        except BaseException:
            # what an earlier fit learned is not lost
            vars(self).clear()
            vars(self).update(before)
            raise
        self.arrays["last"] = series.values[:, -self.lookback :]
        self.arrays["last_time"] = series.t[-1:]
        self.notes["members"] = None if series.members is None else series.members.tolist()
        if out is not None:
            from ergodica.models.checkpoint import save

            save(self, out, overwrite=True)
        return self

    def forecast(
        self,
        source: xr.Dataset | str | os.PathLike[str] | None = None,
        horizon: int = 100,
        *,
        members: int | None = None,
        seed: int = 0,
    ) -> xr.Dataset:
        """What follows the last snapshots of a run.

        Args:
            source: a run of `lookback` snapshots or more, each member a start of its own; None goes on from the end of
                the training data.
            horizon: snapshots to forecast, 1 or more.
            members: draws, along the dimension `realization`; their spread is the uncertainty. None for the one
                forecast without spread.
            seed: of the draws.

        Returns:
            The variables that were learned, over `t` from the next snapshot on.

        Raises:
            ParameterError: the run has other features or another spacing than the training data, or is too short.
        """
        horizon, seed = whole_number("horizon", horizon, 1), whole_number("seed", seed, 0)
        members = None if members is None else whole_number("members", members, 1)
        layout = self.fitted_layout
        if source is None:
            context, last = self.arrays["last"], float(self.arrays["last_time"][0])
            names = self.notes["members"]
        else:
            series = self._series(source)
            context, last = series.values, float(series.t[-1])
            names = None if series.members is None else series.members.tolist()
        made = self.continued(context, horizon, members=members, seed=seed)
        dims: list[str] = [TIME]
        coordinates: dict[str, Any] = {TIME: layout.times(last + layout.dt, horizon)}
        if members is not None:
            made = np.moveaxis(made, 0, -2)
            dims.append(REALIZATION)
            coordinates[REALIZATION] = _count(REALIZATION, members, "draw of the forecast")
        if names is None:
            made = made[0]
        else:
            dims.insert(0, MEMBER)
            coordinates[MEMBER] = _count(MEMBER, np.asarray(names), "ensemble member")
        found = layout.dataset(made, dims, coordinates, self._attributes(horizon, members, seed))
        if members is not None:
            from ergodica.data.schema import KIND

            for one in found.data_vars.values():
                one.attrs = {**one.attrs, KIND: FORECAST}
        return found

    def continued(self, context: Array, horizon: int, *, members: int | None = None, seed: int = 0) -> Array:
        """`forecast` of arrays: (rows, snapshots, features) to (members, rows, horizon, features).

        Without `members` there is no such axis.

        Raises:
            ParameterError: the context has other features, is too short or not finite, or a number cannot be.
        """
        horizon, seed = whole_number("horizon", horizon, 1), whole_number("seed", seed, 0)
        features = self.fitted_layout.features
        if context.ndim != 3 or context.shape[2] != features or not np.isfinite(context).all():
            raise ParameterError(
                f"context: must be finite numbers (rows, snapshots, {features}), got the shape {context.shape}; give "
                "the features in the order of the training data, and no NaN"
            )
        if context.shape[1] < self.lookback:
            raise ParameterError(
                f"ds: must have at least the {self.lookback} snapshots that a forecast begins from, got "
                f"{context.shape[1]}; give a longer run"
            )
        standard = self._standard(context)
        with one_blas_thread():
            if members is None:
                made = self._rollout(standard, horizon, None)
            else:
                members = whole_number("members", members, 1)
                draws = np.random.default_rng(seed)
                made = self._rollout(np.tile(standard, (members, 1, 1)), horizon, draws)
                made = made.reshape(members, len(context), horizon, -1)
        return self._natural(_held(made))

    def _fewest(self) -> int:
        # not `replace`, which takes what a fit chose for what was given
        given = {one.name: vars(self)[one.name] for one in dataclasses.fields(self)}  # type: ignore[arg-type]
        return type(self)(**given).lookback

    def settled(self) -> Self:
        """A forecaster that is not fitted, with the settings that this one chose from its data."""
        made: Self = dataclasses.replace(self, **self._settings())  # type: ignore[type-var]
        return made

    def _settings(self) -> dict[str, Any]:
        """Settings that were chosen from the data, by name."""
        return {}

    def _series(self, source: xr.Dataset | str | os.PathLike[str]) -> Trajectories:
        return self.like_fitted(source, self.lookback)

    def _ordered(self, values: Array) -> Array:
        """Trajectories by their size, so that nothing that is learned hangs on the order they came in."""
        return values[np.square(values.sum(axis=2)).mean(axis=1).argsort(kind="stable")]

    def _standard(self, values: Array) -> Array:
        return np.asarray((values - self.arrays["mean"]) / self.arrays["scale"])

    def _natural(self, standard: Array) -> Array:
        return np.asarray(standard * self.arrays["scale"] + self.arrays["mean"])

    def _attributes(self, horizon: int, members: int | None, seed: int) -> dict[str, Any]:
        from ergodica.data.provenance import make_attrs

        said = {"horizon": horizon, "members": members, "seed": seed}
        return make_attrs(
            title=f"Forecast by {self.name}",
            references=self.references,
            config={"model": self.name, "settings": self.config, "forecast": said},
        )


def _units(flat: Array, layout: Layout) -> tuple[Array, Array]:
    """Mean and scale of each feature of (n, features)."""
    largest = abs(flat).max(axis=0)
    if largest.max() > LARGEST:
        raise ParameterError(
            f"ds: must have values of at most {LARGEST:g}, got some of {largest.max():.2g}; use other units"
        )
    # the mean of equal numbers may differ from them in the last digits
    constant = np.ptp(flat, axis=0) <= 4 * np.finfo(float).eps * largest
    unit = unit_scale(largest)
    mean = np.where(constant, flat[0], (flat * unit).mean(axis=0) / unit)
    spread = np.where(constant, 0.0, deviation(flat)[0])
    first = 0
    for one in layout.template.data_vars.values():
        own = slice(first, first + one.size)
        if one.dims != ("component",):
            spread[own] = root_mean_square(spread[own])
        first += one.size
    return mean, np.where(spread > 0, spread, 1.0)


def _held(made: Array) -> Array:
    """A forecast whose rows stay where they left the bound, or were no longer finite."""
    # not finite counts as outside
    gone = ~(abs(made) <= BOUND).all(axis=-1)
    if not gone.any():
        return made
    gone = np.logical_or.accumulate(gone, axis=-1)
    warnings.warn(
        f"forecast: {gone.any(axis=-1).sum()} of {gone[..., 0].size} diverged beyond {BOUND:g} standard deviations and "
        "are held there",
        stacklevel=4,
    )
    made = np.nan_to_num(made, nan=BOUND, posinf=BOUND, neginf=-BOUND).clip(-BOUND, BOUND)
    first = gone.argmax(axis=-1)
    held = np.take_along_axis(made, first[..., None, None], axis=-2)
    return np.where(gone[..., None], held, made)


def _count(dim: str, values: Any, words: str) -> xr.Variable:
    import xarray as xr

    values = np.arange(values) if np.ndim(values) == 0 else np.asarray(values)
    return xr.Variable((dim,), values, {"units": "1", "long_name": words})
