"""Random numbers of one training step."""

from __future__ import annotations

from ergodica.models.torch_needed import torch


class Draws:
    """Random numbers that depend on seed and step alone, not on how many processes share a batch.

    Every process draws for the whole batch and keeps its own rows, on the CPU whatever the device, so that several
    processes, a resumed run and a GPU see the numbers of the single run.

    Args:
        seed: of the training.
        step: number of the step; negative for what is drawn beside the training, such as held-out losses.
        batch: rows of the whole batch.
        rows: those of this process.
        device: where the numbers go.
    """

    def __init__(
        self,
        seed: int,
        step: int,
        *,
        batch: int,
        rows: slice | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self._generator = torch.Generator().manual_seed((seed * 1_000_003 + step) % (1 << 63))
        self._batch, self._rows, self._device = batch, rows if rows is not None else slice(None), device

    def normal(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Standard normal numbers, (rows, *shape)."""
        made = torch.randn((self._batch, *shape), generator=self._generator)
        return made[self._rows].to(self._device)

    def signs(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Fair +1 and -1, (rows, *shape)."""
        made = torch.randint(0, 2, (self._batch, *shape), generator=self._generator)
        return made[self._rows].to(self._device, torch.get_default_dtype()) * 2 - 1

    def sites(self, count: int, of: int) -> torch.Tensor:
        """`count` different numbers below `of` in each row, in rising order, (rows, count)."""
        made = torch.rand((self._batch, of), generator=self._generator)
        return made[self._rows].topk(count, dim=-1).indices.sort(dim=-1).values.to(self._device)
