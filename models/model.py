"""Models that are fitted to a dataset: what they are is a dataclass, what they learned are named arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ergodica.models.described import Described
from ergodica.models.trajectories import Layout, Trajectories, trajectories_of
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray


class Model(Described):
    """Base of Koopman models and forecasters.

    A subclass is a dataclass of its settings with `@dataclass(kw_only=True, eq=False)` and `@named`. What it learned
    lies in `arrays`, beside the `layout` of the dataset it was fitted to. `notes` says on what, in JSON.
    """

    sort: ClassVar[str] = "model"
    arrays: dict[str, NDArray[Any]]
    layout: Layout | None = None
    notes: dict[str, Any]

    def __post_init__(self) -> None:
        self.arrays, self.notes = {}, {}

    @property
    def by_gradients(self) -> bool:
        """Whether `fit` trains a network, and so takes options of `models.fit` and a folder `out`."""
        return False

    @property
    def parameter_count(self) -> int:
        """Numbers that were learned."""
        return int(sum(np.size(one) for one in self.state().values()))

    @property
    def fitted_layout(self) -> Layout:
        """The layout of the data it was fitted to.

        Raises:
            ParameterError: it was not fitted.
        """
        if self.layout is None:
            raise ParameterError(
                f"fit: must be called first, got a {type(self).__name__} that was not fitted; use .fit(ds)"
            )
        return self.layout

    def refuse_training(self, training: Mapping[str, Any]) -> None:
        """Check that options of a training are given to a model that has one.

        Raises:
            ParameterError: there are some, and it has none.
        """
        if training and not self.by_gradients:
            name, value = next(iter(training.items()))
            raise ParameterError(
                f"{name}: is for models that are trained by gradients, got {value!r} with {self.name}; leave it out"
            )

    def data_of(
        self, source: xr.Dataset | str | os.PathLike[str], variables: Sequence[str] | str | None = None
    ) -> Trajectories:
        """What `fit` would learn from, with the same arguments.

        Raises:
            ParameterError: a variable is missing or not finite, the snapshots are too few or not evenly spaced.
        """
        return trajectories_of(source, variables, least=self._fewest() + 1)

    def _fewest(self) -> int:
        """Snapshots that the model begins from at least, whatever was chosen in an earlier fit: here one."""
        return 1

    def state(self) -> dict[str, NDArray[Any]]:
        """What was learned, by name."""
        return dict(self.arrays)

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Takes what `state` gave."""
        self.arrays = dict(state)

    def like_fitted(self, source: xr.Dataset | str | os.PathLike[str], least: int = 1) -> Trajectories:
        """The snapshots of a run as vectors, each feature where the model was fitted to it.

        Raises:
            ParameterError: the run has other features, another spacing or fewer than `least` snapshots.
        """
        return trajectories_of(source, least=least, like=self.fitted_layout)
