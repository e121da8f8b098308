"""What a training of a score network consists of, settled before its first step."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from ergodica.data.windows import Windows
from ergodica.models.score.losses.fokker_planck import FokkerPlanckResidual
from ergodica.models.score.losses.implicit import ImplicitScoreMatching
from ergodica.models.score.losses.weighted import WeightedSum
from ergodica.models.score.mlp import ScoreMLP
from ergodica.models.score.network import ScoreNetwork
from ergodica.models.score.process import Process, process_of, require_drift
from ergodica.models.score.transformer import LocalScoreTransformer
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError, nearest, whole_number

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.models.draws import Draws

KINDS: dict[str, type[ScoreNetwork]] = {"mlp": ScoreMLP, "transformer": LocalScoreTransformer}
"""Networks by the names that `train` takes."""
HELD_OUT = 0.1
FEW = 16
"""Coordinates of all particles together up to which one perceptron takes them all."""
SEEN_SITES = 64
"""Sites of a snapshot that a step of a transformer looks at, where there are more."""
COORDINATES = 4096
"""Numbers that a step of a perceptron looks at."""
SITES = 1024
"""Sites that a step of a transformer looks at."""
PASSES, LEAST_STEPS, MOST_STEPS = 60, 500, 6000
LEARNING_RATE_AROUND = 4e-3
"""Of a perceptron with periodic coordinates: with 1e-3 its waves still grow when the usual steps end."""
SAMPLE = 2**22
"""Numbers from which mean and covariance are taken: their error is then far below that of a network."""


class Loss(Protocol):
    """A value for each row of a batch, whose mean is trained on."""

    needs_drift: ClassVar[bool]

    def __call__(
        self, network: ScoreNetwork, batch: Mapping[str, torch.Tensor], draws: Draws
    ) -> torch.Tensor:
        """(batch,)"""


@dataclass(frozen=True)
class Plan:
    """A network that knows its data, what it is trained by, and for how long.

    Attributes:
        process: of the dataset.
        network: prepared: mean, scale and box are set.
        loss: of each row.
        training: windows to train on.
        held_out: later ones, to test on, if any.
        steps: of the optimizer.
        batch: snapshots a step.
    """

    process: Process
    network: ScoreNetwork
    loss: Any
    training: Windows
    held_out: Windows | None
    steps: int
    batch: int


def planned(
    source: xr.Dataset | str | os.PathLike[str],
    network: str | ScoreNetwork = "auto",
    network_options: Mapping[str, Any] | None = None,
    reference: str | None = None,
    *,
    loss: Any = None,
    residual: float = 0.0,
    seed: int = 0,
    steps: int | None = None,
    batch: int | None = None,
    held_out: float = HELD_OUT,
) -> Plan:
    """Everything that `train` would do, settled and checked; its arguments are those of `train`."""
    from ergodica.models.score.frames import opened

    check_source(source)
    check_loss(loss)
    if not isinstance(network, str | ScoreNetwork):
        what = "a class" if isinstance(network, type) else f"{type(network).__name__} {network!r}"
        raise ParameterError(
            f"network: must be 'auto', {', '.join(map(repr, KINDS))} or a ScoreNetwork, got {what}; use 'auto'"
        )
    if isinstance(residual, bool) or not isinstance(residual, int | float) or not 0 <= residual < np.inf:
        raise ParameterError(f"residual: must be a weight of 0 or more, got {residual!r}; use 0.1")
    with opened(source) as ds:
        process = process_of(ds)
        if isinstance(network, str):
            made = named_network(
                network, process, reference, network_options or {}, seed=seed, drift="drift" in ds
            )
        else:
            if network_options or reference is not None:
                given = "network_options" if network_options else "reference"
                raise ParameterError(f"{given}: is for a network by name, got one that is made; leave it out")
            made = network
        chosen = loss if loss is not None else usual_loss(made)
        if residual:
            chosen = WeightedSum(((1.0, chosen), (residual, FokkerPlanckResidual())))
        with_drift = bool(getattr(chosen, "needs_drift", False))
        reads_drift = made.reference == "equilibrium" or with_drift
        if reads_drift:
            purpose = "a loss with a residual" if with_drift else "reference='equilibrium'"
            require_drift(ds, process, purpose)
        windows = Windows(
            ds if ds is source else source,
            [*process.variables, *(process.optional if reads_drift else ())],
            transform=_Batches(process, made.reference, with_drift),
        )
        training, later = _parted(windows, held_out)
        _prepare(made, training, process)
        made.notes = described(ds, process, source)
        rows = checked_batch(batch, len(training)) or usual_batch(made, process, len(training))
        length = steps if steps is not None else usual_steps(len(training), rows)
        return Plan(process, made, chosen, training, later, length, rows)


@dataclass(frozen=True)
class _Batches:
    """Variables of a file as the batches that losses take."""

    process: Process
    reference: str
    with_drift: bool

    def __call__(self, raw: dict[str, Any]) -> dict[str, Any]:
        found = {"x": self.process.states(raw)}
        if self.reference == "equilibrium":
            found["reference"] = self.process.passive(raw)
        if self.with_drift:
            found["drift"], found["divergence"] = self.process.drifts(raw)
        return found


def named_network(
    name: str,
    process: Process,
    reference: str | None,
    options: Mapping[str, Any],
    *,
    seed: int,
    drift: bool,
) -> ScoreNetwork:
    """A network by name, with first weights that follow from the seed alone.

    Without a reference that of "transformer" is the score of the passive particles in a periodic box, where their
    drift is there, else the Gaussian one.
    """
    kind = name
    if name == "auto":
        few = not process.particles or process.sites * len(process.names) <= FEW
        kind = "mlp" if few else "transformer"
    if kind not in KINDS:
        raise ParameterError(f"network: {name!r} is not known; {nearest(name, ['auto', *KINDS])}")
    if kind == "transformer" and not process.particles:
        raise ParameterError("network: 'transformer' is for particles, got a system of components; use 'mlp'")
    if reference is None:
        boxed = bool(np.isfinite(process.period[: process.dimensions]).all())
        passive = kind == "transformer" and drift and boxed and not process.noiseless.any()
        reference = "equilibrium" if passive else "gaussian"
    check_network_options(KINDS[kind], options)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            if kind == "mlp":
                return ScoreMLP.shaped_for(process, reference=reference, **options)
            return LocalScoreTransformer(
                degrees=process.names, dimensions=process.dimensions, reference=reference, **options
            )
        except TypeError as error:
            raise ParameterError(
                f"network_options: do not fit {kind!r} ({error}); see its arguments"
            ) from error


def check_network_options(cls: type[ScoreNetwork], options: Mapping[str, Any]) -> None:
    """Raise ParameterError for an option that the network has not, or has from the data, or that is no number."""
    known = {
        name: one
        for name, one in inspect.signature(cls).parameters.items()
        if name not in ("degrees", "sites", "dimensions", "periodic", "reference")
    }
    for name, value in options.items():
        if name not in known:
            raise ParameterError(f"network_options: {name!r} is not known; {nearest(name, known)}")
        usual = known[name].default
        if isinstance(usual, bool) or not isinstance(usual, int):
            continue
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise ParameterError(
                f"network_options: {name} must be a whole number, got {value!r}; use {usual}"
            )


def usual_loss(network: ScoreNetwork) -> Any:
    """Implicit score matching: exact for few coordinates, by random signs at some sites for many."""
    if isinstance(network, ScoreMLP):
        return ImplicitScoreMatching()
    return ImplicitScoreMatching(probes=1, sites=SEEN_SITES)


def usual_batch(network: ScoreNetwork, process: Process, samples: int) -> int:
    """Snapshots a step: so many coordinates, or sites, that the noise of a step is small, yet not most of the data."""
    if isinstance(network, ScoreMLP):
        rows = COORDINATES // (process.sites * len(process.names))
    else:
        rows = SITES // min(process.sites, SEEN_SITES)
    return max(1, min(max(rows, 8), samples // 4))


def usual_steps(samples: int, batch: int) -> int:
    """Steps for many passes over the data, within bounds."""
    return int(np.clip(PASSES * samples // batch, LEAST_STEPS, MOST_STEPS))


def described(ds: xr.Dataset, process: Process, source: Any) -> dict[str, Any]:
    """What a network was trained on, for its checkpoint."""
    import json

    config = ds.attrs.get("ergodica_config")
    try:
        said = json.loads(config) if config else None
    except ValueError:
        said = None
    return {
        "title": str(ds.attrs.get("title", "")),
        "source": str(ds.attrs.get("source", "")),
        "file": None if hasattr(source, "data_vars") else str(Path(source)),
        "degrees": list(process.names),
        "sites": process.sites,
        "snapshots": int(ds.sizes["t"]),
        "members": int(ds.sizes.get("member", 1)),
        "config": said,
    }


def _parted(windows: Windows, held_out: float) -> tuple[Windows, Windows | None]:
    if isinstance(held_out, bool) or not 0 <= held_out < 1:
        raise ParameterError(f"held_out: must be a share from 0 to below 1, got {held_out!r}; use {HELD_OUT}")
    if not held_out:
        return windows, None
    try:
        return windows.split(held_out)
    except ParameterError as error:
        raise ParameterError(
            f"held_out: no part of the snapshots can be held out for tests ({error}); use more snapshots of each "
            "member, or 0, in the shell --held-out 0"
        ) from error


def check_source(source: Any) -> None:
    """Raise ParameterError unless `source` is a Dataset or the path of one."""
    if not (hasattr(source, "data_vars") or isinstance(source, str | os.PathLike)):
        raise ParameterError(
            f"source: must be a Dataset or the path of a file, got {type(source).__name__}; bring arrays in with "
            "ergodica.data.from_arrays"
        )


def check_loss(loss: Any) -> None:
    """Raise ParameterError unless `loss` is None or can be called with a network, a batch and draws."""
    if loss is not None and (isinstance(loss, type) or not callable(loss)):
        got = f"the class {loss.__name__}" if isinstance(loss, type) else repr(loss)
        raise ParameterError(
            f"loss: must be a function of (network, batch, draws), got {got}; use ImplicitScoreMatching() or None"
        )


def checked_batch(batch: Any, samples: int) -> int | None:
    """`batch`, at most all the samples."""
    if batch is None:
        return None
    rows = whole_number("batch", batch, 1, "use 256")
    if rows > samples:
        warnings.warn(
            f"batch: {batch} is more than the {samples} snapshots to train on; each step takes these once",
            UserWarning,
            stacklevel=4,
        )
    return min(rows, samples)


def _prepare(network: ScoreNetwork, training: Windows, process: Process) -> None:
    """Mean, scale and box from the data; of a network that has been trained the box alone."""
    if not network.diffusion.isnan().any():
        network.take(process)
        return
    size = process.sites * len(process.names)
    sample = training.sample(max(2, SAMPLE // size))
    network.prepare(torch.as_tensor(np.asarray(sample["x"], dtype=np.float64)), process)
