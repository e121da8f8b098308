"""The loss of data that are not trained on."""

from __future__ import annotations

from typing import Any

from ergodica.models.draws import Draws
from ergodica.models.torch_needed import torch
from ergodica.models.training.batches import Loss, on_device, rows_of
from ergodica.models.training.distributed import World
from ergodica.models.training.step import Stepper
from ergodica.numerics.errors import ParameterError

MOST_BATCHES = 16  # of a check; they stay in memory


class HeldOut:
    """Samples spread evenly over the held-out data, with the same random numbers at each check.

    Args:
        data: has `sample(count)`.
        stepper: of the training.

    Raises:
        ParameterError: they hold numbers that are not finite.
    """

    def __init__(
        self, data: Any, *, batch: int, seed: int, stepper: Stepper, device: torch.device, world: World
    ) -> None:
        arrays = data.sample(MOST_BATCHES * batch)
        self.samples = rows_of(arrays)
        self._stepper, self._world, self._device = stepper, world, device
        self._parts = []
        for number, start in enumerate(range(0, self.samples, batch)):
            size = min(batch, self.samples - start)
            rows = world.rows(size)
            here = slice(start + rows.start, start + rows.stop)
            part = on_device(arrays, here, device, stepper.precision.weights)
            for name, values in part.items():
                if not bool(values.isfinite().all()):
                    raise ParameterError(
                        f"held_out: {name} must be finite, got NaN or infinity; leave such frames out, as "
                        "with ds.isel(t=...)"
                    )
            self._parts.append((part, (seed, -1 - number), size, rows))

    @property
    def batches(self) -> int:
        """How many batches a check takes."""
        return len(self._parts)

    def loss(self, loss: Loss) -> float:
        """The mean loss of the averaged network."""
        total = torch.zeros((), dtype=torch.float64, device=self._device)
        for part, (seed, key), size, rows in self._parts:
            if rows.stop > rows.start:
                dtype = self._stepper.precision.weights
                draws = Draws(seed, key, batch=size, rows=rows, device=self._device, dtype=dtype)
                count = rows.stop - rows.start
                values = self._stepper.value(self._stepper.average.network, loss, part, draws, count)
                total += values.detach().sum()
        self._world.add_up([total])
        return float(total) / self.samples
