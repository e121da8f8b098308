"""The information-shaped Koopman autoencoder."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from ergodica.models.array_windows import ArrayWindows
from ergodica.models.checkpoint import restore, save
from ergodica.models.described import NAME, named
from ergodica.models.koopman.autoencoder_loss import KoopmanLoss, operator_of
from ergodica.models.koopman.autoencoder_network import KoopmanNetwork
from ergodica.models.koopman.autoencoder_parts import Convolutional, Dense
from ergodica.models.koopman.autoencoder_settings import check_settings
from ergodica.models.koopman.dictionaries.scaling import usable, varies
from ergodica.models.koopman.koopman import KoopmanModel
from ergodica.models.koopman.residuals import EPSILON
from ergodica.models.koopman.windows import ROWS, windows_of
from ergodica.models.network import Network
from ergodica.models.torch_needed import torch
from ergodica.models.training.fit import fit
from ergodica.models.training.of_model import check_options, training_folder
from ergodica.models.trajectories import Trajectories
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.threads import one_blas_thread

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NETWORK = "network."
SHARE = 0.1
"""Of the members, or with fewer than ten of the snapshots, that are held out."""
LARGEST = 256
"""Features that may be among the observables."""


@named
@dataclass(kw_only=True, eq=False)
class KoopmanAutoencoder(KoopmanModel):
    """Observables z = (1, x, g(x)) with z_n+1 = K z_n, g by a network that is trained for it.

    L = w_r R + w_l E_latent + w_p E_decoded - w_I I - w_S S

    with the errors of reconstruction, of K^k z_n and of its decoding over k = 1 ... `horizon`, the mutual information I
    of latent neighbours in time and the von Neumann entropy S of the normalised latent covariance: I wants latent
    variables that tell their own future and alone leaves few of them in use, S wants all of them in use.
    With `skip` the state itself is among the observables, decoding is exact, and g is a dictionary that is learned;
    without, a decoder is learned too and the observables are g alone: for fields.

    Args:
        latent: how many g there are, >= 1.
        lookback: snapshots that g sees, >= 1; above 1 where not all of the state is observed.
        horizon: steps that a training window is rolled out, >= 1.
        encoder: `Dense()`, or `Convolutional()` for fields on a grid.
        skip: whether the last snapshot is among the observables.
        constant: whether 1 is among the observables, so that fixed points need not lie at the mean.
        matrix: "fitted": by least squares to each batch, with gradients through the fit, in the end to all the data;
            "trained": a matrix that is trained with the network, for the whole horizon.
        ridge: of that fit, relative to the mean square of the observables, >= 0.
        reconstruction, linear, prediction: weights of the three errors, >= 0; see `KoopmanLoss` for their units.
        information: weight of I, >= 0; in the loss with a minus.
        entropy: weight of S, >= 0; in the loss with a minus.
        estimator: of I: "infonce", a lower bound by comparison with the other windows of a batch, or "gaussian", the
            closed form for Gaussian variables.
        temperature: of the cosines that InfoNCE compares, above 0.
        noise: added by the closed form, see `gaussian_mutual_information`, above 0.
        neighbours: steps up to which a snapshot is a neighbour in time, >= 1; no more than `horizon`.

    Raises:
        ParameterError: a setting is out of range.

    Good values: the defaults for a few components; a horizon as long as the linear rollouts that are wanted, with
    encoder=Dense(depth=3) and learning_rate=1e-2 (Duffing oscillator, 50 steps: error .07); horizon=1 and latent=128
    for re-encoded rollouts of chaos; skip=False, latent=16 and entropy=0.01 for fields, with encoder=Convolutional(),
    batch=8 and learning_rate=1e-2 where they are on a grid.

    Source: Cheng, Yuan, Yang, Zhang, Cheng, He and Sun 2025, arXiv 2510.13025.
    """

    name = "koopman-autoencoder"
    held = "observables"
    fewer = "a smaller latent"
    references = "Cheng et al. 2025, arXiv 2510.13025"
    by_gradients = True
    usual: ClassVar[dict[str, Any]] = {"steps": 2000, "batch": 256, "learning_rate": 5e-3, "ema": 0.99}

    latent: int = 16
    lookback: int = 1
    horizon: int = 8
    encoder: Dense | Convolutional = field(default_factory=Dense)
    skip: bool = True
    constant: bool = True
    matrix: str = "fitted"
    ridge: float = 1e-8
    reconstruction: float = 1.0
    linear: float = 1.0
    prediction: float = 1.0
    information: float = 0.0
    entropy: float = 0.0
    estimator: str = "infonce"
    temperature: float = 0.1
    noise: float = 1e-2
    neighbours: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_settings(self)

    @property
    def affine_decoder(self) -> bool:  # type: ignore[override]
        """Whether what is decoded is among the observables."""
        return self.skip

    @property
    def constant_observable(self) -> int | None:  # type: ignore[override]
        """The first observable, where it is 1: decoding adds the mean of the data."""
        return 0 if self.constant else None

    def fit(
        self,
        source: xr.Dataset | str | os.PathLike[str],
        variables: Sequence[str] | str | None = None,
        *,
        out: str | os.PathLike[str] | None = None,
        start: KoopmanAutoencoder | None = None,
        **training: Any,
    ) -> Self:
        """Learns from the snapshots of a run.

        Args:
            source: a Dataset, or the path of a run; members are trajectories of their own.
            variables: as in `trajectories_of`; None for the state.
            out: folder for the fitted model, `models.load` reads it; the training lies in `training` within it.
            start: a fitted model of the same architecture from which the training sets out, with another horizon or
                other weights of the loss; None for a new network.
            training: further options of `models.fit`: steps, batch, learning_rate, seed, patience, resume, overwrite,
                precision, device, progress, ...

        Returns:
            Itself.

        Raises:
            ParameterError: the snapshots are too few for a window, the encoder does not take the variables, or an
                option cannot be.
            OutputExists: `out` holds a model, and neither `resume` nor `overwrite` is given.
        """
        check_options(training)
        if out is not None:
            training["out"] = training_folder(Path(out), training)
        super().fit(source, variables, start=start, **training)
        if out is not None:
            save(self, out, overwrite=True)
        return self

    def refitted(self, series: Trajectories) -> Self:
        """A model with the same network whose operator is fitted to other trajectories, such as resampled ones.

        Raises:
            ParameterError: the operator is trained, not fitted.
        """
        if self.matrix != "fitted":
            raise ParameterError(
                "intervals: need an operator that is fitted, got matrix='trained'; use matrix='fitted'"
            )
        other = copy.copy(self)
        other._begin(series)
        other.__dict__["network"] = self.network
        other.arrays = {name: one for name, one in self.arrays.items() if name.startswith(NETWORK)}
        other.arrays["operator"] = other.operator_over(series.values, self.apart)
        return other

    def lagged_eigenvalues(
        self,
        lag: int,
        source: xr.Dataset | str | os.PathLike[str] | None = None,
        *,
        intervals: int | None = None,
        level: float = 0.95,
        seed: int = 0,
        block: int | None = None,
        epsilon: float = EPSILON,
    ) -> xr.Dataset:
        """Eigenvalues of the operator of `lag` steps at once, in the same observables.

        What the observables do not close on falls out of every step and biases the rates; over `lag` steps it falls
        out once, and of the modes that decay faster less is left. Frequencies are folded at pi/(lag dt).

        Args:
            lag: steps, >= 1 and below the windows of a trajectory.
            source: a run; None for the training data.
            intervals: as of `eigenvalues`, and so are level, seed, block and epsilon; a block holds pairs of windows
                that are `lag` steps apart.

        Returns:
            As `eigenvalues`: eigenvalues and residuals are those of `lag` steps, rates are per time.

        Raises:
            ParameterError: `lag` is too long, the model is from a file and `source` is not given, too few refits for
                the level.

        Good values: a lag from which on the rates stay the same, below pi by dt and the largest frequency of interest.

        Source: Prinz, Wu, Sarich, Keller, Senne, Held, Chodera, Schuette and Noe 2011, J. Chem. Phys. 134, 174105.
        """
        from ergodica.models.koopman.autoencoder_lagged import lagged_eigenvalues

        with one_blas_thread():
            return lagged_eigenvalues(self, self._data(source), lag, intervals, level, seed, block, epsilon)

    def _begin(self, series: Trajectories) -> None:
        self.__dict__.pop("network", None)
        super()._begin(series)

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        self.__dict__.pop("network", None)
        super().restore(state)

    def _learn(
        self, series: Trajectories, *, start: KoopmanAutoencoder | None = None, **training: Any
    ) -> None:
        values = series.values
        if values.shape[1] < self.lookback + self.horizon:
            raise ParameterError(
                f"ds: must have at least the {self.lookback + self.horizon} snapshots of lookback={self.lookback} and "
                f"horizon={self.horizon}, got {values.shape[1]}; record more, or use a smaller horizon"
            )
        if self.skip and values.shape[2] > LARGEST:
            raise ParameterError(
                f"skip: the {values.shape[2]} features of the state make an operator too large to be fitted to each "
                f"batch, at most {LARGEST} will do; use skip=False"
            )
        options = {"threads": 1, **self.usual, **training}
        network = self._prepared(values, options.get("seed", 0)) if start is None else self._continued(start)
        # networks compute in single precision, which a large mean would use up
        standard = network.standard(torch.from_numpy(values)).numpy()
        # a training keeps a network in the precision that it computes with, and perhaps on another device
        units = {f"{NETWORK}{name}": getattr(network, name).numpy().copy() for name in ("mean", "scale")}
        windows, held_out = self._windows(standard)
        if held_out is None:
            options["patience"] = None
        options["batch"] = min(options["batch"], len(windows))
        found = fit(network, windows, loss=self._loss, held_out=held_out or 0, **options)
        self.notes |= {"best_step": found.best_step, "ended": found.ended}
        self._take(found.network)
        self.arrays |= units
        trained = self.arrays.get(f"{NETWORK}operator")
        self.arrays["operator"] = (
            self.operator_over(values) if trained is None else trained.astype(np.float64)
        )

    @property
    def _loss(self) -> KoopmanLoss:
        names = KoopmanLoss.__dataclass_fields__
        return KoopmanLoss(**{name: getattr(self, name) for name in names})

    def _windows(self, values: Array) -> tuple[ArrayWindows, ArrayWindows | None]:
        """Windows to train on, and of the last members or the last of the time to check on."""
        length = self.lookback + self.horizon
        members, snapshots = values.shape[:2]
        if members * SHARE >= 1:
            kept = members - round(members * SHARE)
            return ArrayWindows(values[:kept], length), ArrayWindows(values[kept:], length)
        kept = snapshots - max(round(SHARE * snapshots), self.horizon)
        if kept < length:
            return ArrayWindows(values, length), None
        return ArrayWindows(values[:, :kept], length), ArrayWindows(values[:, kept - self.lookback :], length)

    def _built(self) -> KoopmanNetwork:
        return KoopmanNetwork(
            shape=self.encoder.shape(self.fitted_layout),
            lookback=self.lookback,
            latent=self.latent,
            skip=self.skip,
            constant=self.constant,
            trained=self.matrix == "trained",
            encoder={NAME: self.encoder.name, **self.encoder.config},
        )

    def _prepared(self, values: Array, seed: int) -> KoopmanNetwork:
        """An untrained network in the units of the data; a trained operator starts at the fit."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = self._built()
        flat = values.reshape(-1, values.shape[-1])
        mean, scale = self.encoder.scales(flat, self.encoder.shape(self.fitted_layout))
        if not varies(scale, flat).any():
            raise ParameterError(
                "ds: must change, got features that are all constant; record where they change"
            )
        network.mean.copy_(torch.from_numpy(mean))
        network.scale.copy_(torch.from_numpy(usable(scale, flat)))
        if network.operator is not None:
            self._take(network)
            with torch.no_grad():
                network.operator.copy_(torch.from_numpy(self.operator_over(values)))
        return network

    def _continued(self, start: KoopmanAutoencoder) -> KoopmanNetwork:
        network = self._built()
        weights = start.network.state_dict()
        if network.operator is not None:
            weights["operator"] = torch.from_numpy(start.operator)
        elif "operator" in weights:
            del weights["operator"]
        own = network.state_dict()
        restore(
            network,
            {name: one.to(own[name].dtype) if name in own else one for name, one in weights.items()},
            "start",
        )
        return network

    def _take(self, network: Network) -> None:
        state = network.state_dict()
        self.arrays = {f"{NETWORK}{name}": one.detach().cpu().numpy() for name, one in state.items()}
        self.__dict__.pop("network", None)

    def lifted(self, values: Array) -> Iterator[Array]:
        """Observables of trajectories (members, snapshots, features), some members at a time: (some, windows, r)."""
        # many short members are lifted together: a call costs more than its rows
        together = max(1, ROWS // values.shape[1])
        for members in np.split(values, range(together, len(values), together)):
            windows = windows_of(members, self.lookback)
            yield self.lift(windows.reshape(-1, *windows.shape[2:])).reshape(*windows.shape[:2], -1)

    def operator_over(self, values: Array, lag: int = 1) -> Array:
        """The operator of `lag` steps at once, by least squares over all pairs of windows that are as far apart."""
        gram = cross = np.zeros(())
        for z in self.lifted(values):
            before, after = (part.reshape(-1, z.shape[-1]) for part in (z[:, :-lag], z[:, lag:]))
            gram, cross = gram + before.T @ before, cross + before.T @ after
        return np.asarray(operator_of(torch.from_numpy(gram), torch.from_numpy(cross), self.ridge).numpy())

    @cached_property
    def network(self) -> KoopmanNetwork:
        """The network, in float64 on the CPU."""
        built = self._built()
        weights = {n.removeprefix(NETWORK): v for n, v in self.arrays.items() if n.startswith(NETWORK)}
        restore(built, {n: torch.from_numpy(np.array(v)) for n, v in weights.items()}, self.name)
        return built.double().eval()

    def lift(self, windows: Array) -> NDArray[Any]:
        network = self.network
        with torch.no_grad():
            parts = [
                network.lift(network.standard(torch.from_numpy(np.array(rows, np.float64))))
                for rows in np.split(windows, range(ROWS, len(windows), ROWS))
            ]
        return np.asarray(torch.cat(parts).numpy())

    def decode(self, z: NDArray[Any]) -> NDArray[Any]:
        network = self.network
        with torch.no_grad():
            x = network.decode(torch.from_numpy(np.array(z.real, np.float64)))
            return np.asarray((x * network.scale + network.mean).numpy())
