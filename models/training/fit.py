"""The one training loop."""

from __future__ import annotations

import contextlib
import copy
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.models.checkpoint import restore, whole
from ergodica.models.device import torch_device
from ergodica.models.network import NETWORKS, Network
from ergodica.models.torch_needed import torch
from ergodica.models.training import folder as folders
from ergodica.models.training.batches import Loss
from ergodica.models.training.data import asked_data, check_batch, check_what_is_trained, parts_of
from ergodica.models.training.distributed import World, world_of
from ergodica.models.training.history import history_of
from ergodica.models.training.metrics import LINES, digest_of, lines_until
from ergodica.models.training.precision import precision_of
from ergodica.models.training.settings import Settings
from ergodica.models.training.training import Training
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Fit:
    """What a training gives.

    Attributes:
        network: the average of the weights that was best on held-out data.
        history: loss, held_out_loss, learning_rate, gradient_norm and what the network monitors, over `step`.
        best_step: after which the network was had.
        ended: by what: "steps", "patience" or "divergence".
    """

    network: Network
    history: xr.Dataset
    best_step: int
    ended: str


def fit(
    network: Network,
    data: Any,
    *,
    loss: Loss,
    held_out: Any = None,
    steps: int,
    batch: int,
    learning_rate: float = 1e-3,
    optimizer: str = "adamw",
    weight_decay: float = 0.0,
    warm_up: float = 0.05,
    clip: float | None = 1.0,
    ema: float = 0.999,
    check_every: int | None = None,
    patience: int | None = None,
    seed: int = 0,
    device: str = "cpu",
    precision: str = "float32",
    compile: bool = False,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: bool | None = None,
    threads: int | None = None,
) -> Fit:
    """Trains a copy of a network so that the mean of a loss over the data is small.

    Args:
        network: where the training starts; it stays as it is.
        data: `data.Windows`, or anything with its `len`, `batches`, `sample` and `split`.
        loss: `loss(network, batch, draws)`, one value a row, (rows,); `batch` is a dict of tensors, `draws` a `Draws`.
        held_out: data to check on; a share of `data`, the last in time; 0 for none. A tenth where `data` can be split.
        steps: of the optimizer.
        batch: rows of a step, over all processes; no more than there are to train on.
        learning_rate: the largest one.
        optimizer: "adamw" or "radam".
        weight_decay: of matrices, decoupled from the gradient.
        warm_up: share of the steps in which the learning rate grows; it then falls to 0 as half a cosine.
        clip: longest gradient; None for any.
        ema: share that the average of the weights keeps at each step, less in the first ones.
        check_every: steps between two checks on held-out data; about 40 checks where it is not given.
        patience: checks without a lower held-out loss after which the training stops; None for never.
        seed: of batches and draws.
        device: "cpu", "cuda", "cuda:N" or "auto".
        precision: "float32", "float64", on GPUs "tf32"; "bfloat16" and on GPUs "float16" for products alone.
        compile: whether torch.compile translates the loss.
        out: folder of a training that can be resumed; its network is loaded with `models.load`.
        resume: goes on where the training in `out` stopped, to the same losses. One that has ended is returned, and
            more `steps` than it had go on, with the learning rate of a training of so many.
        overwrite: whether what is in `out` may be replaced.
        progress: a bar; None where there is a terminal.
        threads: of torch on the CPU; None is the number in OMP_NUM_THREADS, else that of torch.

    Returns:
        The best network, on its device and in the precision of its weights, and the course of its training.

    Raises:
        ParameterError: a setting cannot work, or is not that of the training to be resumed.
        OutputExists: `out` is there, and neither `resume` nor `overwrite` is given.
        DamagedFile: what is to be resumed cannot be read.
        DiskFullError: there is no room for a checkpoint; the one before is whole.

    Good values: the defaults; batch=256 for small systems, ema=.99 below 1000 steps.
    """
    settings = Settings(
        steps=steps,
        batch=batch,
        learning_rate=learning_rate,
        optimizer=optimizer,
        weight_decay=weight_decay,
        warm_up=warm_up,
        clip=clip,
        ema=ema,
        check_every=check_every,
        patience=patience,
        seed=seed,
        precision=precision,
        compile=compile,
    )
    if not isinstance(network, Network):
        raise ParameterError(
            f"network: must be a models.Network, got {type(network).__name__}; derive your class from models.Network"
        )
    check_what_is_trained(data, loss)
    if out is not None and NETWORKS.get(network.name) is not type(network):
        raise ParameterError(
            f"network: {network.name!r} must be registered to be written to {out}; put @models.register "
            "before its class"
        )
    where = torch_device(device)
    precision_of(precision, where)
    folder = None if out is None else folders.folder_of(out, resume=resume, overwrite=overwrite)
    training_data, checks = parts_of(data, held_out, patience)
    check_batch(settings.batch, len(training_data))
    with _threads(threads):
        world = world_of(where)
        if settings.batch < world.size:
            raise ParameterError(
                f"batch: must be at least the {world.size} processes that share it, got {batch}; use "
                f"{world.size} or more"
            )
        training = Training(copy.deepcopy(network), training_data, checks, loss, settings, where, world)
        if folder is None:
            training.run(None, progress)
        else:
            said = asked_data(training_data, checks, loss)
            asked = {
                **vars(settings),
                "network": network.name,
                "config": network.config,
                "device": where.type,
                **said,
            }
            _in_folder(training, folder, asked, world, resume=resume, progress=progress)
    best = copy.deepcopy(network).to(where, training.stepper.precision.weights).eval()
    restore(best, training.best.state, "the training")
    return Fit(best, history_of(training.metrics.lines, vars(settings)), training.best.step, training.ended)


def _in_folder(
    training: Training,
    folder: Path,
    asked: dict[str, Any],
    world: World,
    *,
    resume: bool,
    progress: bool | None,
) -> None:
    held = folders.read(folder) if resume else None
    if held is not None:
        folders.refuse_differences(held.settings, asked, folder, held.progress["step"])
        lines = lines_until(folder / LINES, held.progress["step"])
        # an earlier version did not write it down
        if held.progress.get("lines", known := digest_of(lines)) != known:
            raise folders.damaged(folder / LINES, "is not as it was written with the state")
        training.go_on(held, lines)
        if training.ended:
            if world.writes and not whole(folder):
                training.write_network(folder)
            return
    world.wait()  # until all have read
    lock = folders.claim(folder, asked, fresh=held is None) if world.writes else None
    try:
        with folders.room(folder):
            training.run(folder, progress)
    finally:
        if lock is not None:
            lock.release()


def check_threads(count: int | None) -> None:
    """Raise ParameterError unless `count` is None or a number of threads."""
    if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 1):
        raise ParameterError(f"threads: must be a whole number of at least 1, got {count!r}; use 1 or None")


@contextlib.contextmanager
def _threads(count: int | None) -> Iterator[None]:
    check_threads(count)
    before = torch.get_num_threads()
    # kernels that ran in this process leave torch with their count, whatever the environment said
    asked = os.environ.get("OMP_NUM_THREADS", "")
    torch.set_num_threads(count or (int(asked) if asked.isdigit() and int(asked) else before))
    try:
        yield
    finally:
        torch.set_num_threads(before)
