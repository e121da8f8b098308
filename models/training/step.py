"""One step of a training: loss, gradients, weights, average."""

from __future__ import annotations

import math
import warnings
from contextlib import suppress
from typing import Any

from ergodica.models.draws import Draws
from ergodica.models.network import Network
from ergodica.models.torch_needed import torch
from ergodica.models.training.average import Average
from ergodica.models.training.batches import Batch, Loss, checked, on_device, rows_of
from ergodica.models.training.distributed import World
from ergodica.models.training.gradients import added_up, clipped
from ergodica.models.training.optimizers import optimizer_of
from ergodica.models.training.precision import precision_of
from ergodica.models.training.schedule import learning_rate
from ergodica.models.training.settings import Settings
from ergodica.numerics.errors import ParameterError


class Stepper:
    """The network in training, its optimizer and its average.

    Attributes:
        network: whose weights are trained.
        average: their moving average.
        device: where they are.
        precision: of their numbers.
        scaler: of the loss, for float16.
        size: mean |loss| of the rows of the first step, or where that is zero of the first one after the warm-up; None
            before.
        waits: whether the CPU looks at each gradient before the optimizer moves.
    """

    def __init__(
        self, network: Network, loss: Loss, settings: Settings, device: torch.device, world: World
    ) -> None:
        self.precision = precision_of(settings.precision, device)
        self.network = network.to(device, self.precision.weights).train()
        world.as_first([*network.parameters(), *network.buffers()])
        self.average = Average(network, settings.ema)
        self.optimizer = optimizer_of(network, settings.optimizer, settings.weight_decay)
        self.scaler = torch.amp.GradScaler(device.type, enabled=settings.precision == "float16")
        self.size: float | None = None
        # a fused optimizer looks at them on the device, so that the GPU is not waited for
        self.waits = device.type == "cpu" or not getattr(self.optimizer, "_step_supports_amp_scaling", False)
        self._parameters = [p for p in network.parameters() if p.requires_grad]
        self._loss, self._eager = loss, loss
        if settings.compile:
            self._loss = torch.compile(lambda network, batch, draws: loss(network, batch, draws))
        self._settings, self.device, self._world = settings, device, world

    def value(
        self, network: torch.nn.Module, loss: Loss, batch: Batch, draws: Draws, rows: int
    ) -> torch.Tensor:
        """What a loss says of each row."""
        with self.precision.mixed(self.device):
            return checked(loss(network, batch, draws), rows).to(self.precision.weights)

    def differentiate(self, step: int, arrays: Any) -> torch.Tensor:
        """Leaves the gradients of this process's rows in the network; their part of the loss."""
        batch_size = rows_of(arrays)
        rows = self._world.rows(batch_size)
        batch = on_device(arrays, rows, self.device, self.precision.weights)
        try:
            return self._backward(self._loss, step, batch, batch_size, rows)
        except Exception as error:
            if self._loss is self._eager or isinstance(error, ParameterError):
                raise
            leave_forward_mode()
            warnings.warn(
                f"compile: torch.compile cannot take this loss and network ({type(error).__name__}); the training goes "
                "on without it",
                stacklevel=2,
            )
            self._loss = self._eager
            return self._backward(self._loss, step, batch, batch_size, rows)

    def update(self, step: int, loss: torch.Tensor) -> torch.Tensor:
        """Moves weights and average; (loss, gradient norm) of the whole batch.

        Where one of them is not finite the weights stay as they are.
        """
        gradients = added_up(self._parameters, loss, self._world)
        if self.scaler.is_enabled():
            self.scaler.unscale_(self.optimizer)
        norm = clipped(gradients, self._settings.clip)
        row = torch.stack([loss, norm.to(loss.dtype)])
        rate = learning_rate(
            step,
            steps=self._settings.steps,
            peak=self._settings.learning_rate,
            warm_up=self._settings.warm_up,
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if self.scaler.is_enabled():
            self.scaler.step(self.optimizer)
            self.scaler.update()
        elif self.waits:
            if all(map(math.isfinite, row.tolist())):
                self.optimizer.step()
        else:
            self.optimizer.found_inf = (~row.isfinite().all()).float()  # type: ignore[attr-defined]
            self.optimizer.step()
        self.average.update(step)
        return row

    def _backward(self, loss: Loss, step: int, batch: Batch, batch_size: int, rows: slice) -> torch.Tensor:
        for parameter in self._parameters:
            parameter.grad = None
        draws = Draws(
            self._settings.seed,
            step,
            batch=batch_size,
            rows=rows,
            device=self.device,
            dtype=self.precision.weights,
        )
        values = self.value(self.network, loss, batch, draws, rows.stop - rows.start)
        # corrections begin at zero, and have a size when they have been learned for a while
        if self.size is None or (self.size == 0 and step > self._settings.warm_up * self._settings.steps):
            size = values.detach().abs().sum() / batch_size
            self._world.add_up([size])
            self.size = float(size) if bool(size.isfinite()) else self.size
        mean = values.sum() / batch_size
        if not mean.requires_grad:
            raise ParameterError(
                "loss: must depend on weights that are trained, got values without gradients; let some of the "
                "network's parameters require gradients, detach nothing and call fit outside torch.no_grad"
            )
        torch.autograd.backward(self.scaler.scale(mean))
        return mean.detach()


def leave_forward_mode() -> None:
    """Closes the level of forward derivatives that a compilation leaves open where it fails within one."""
    with suppress(RuntimeError):
        torch._C._exit_dual_level(level=0)
