"""Random numbers of one training step."""

from __future__ import annotations

import numpy as np

from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError


class Draws:
    """Random numbers that depend on seed and step alone, not on how many processes share a batch.

    Every process draws for the whole batch and keeps its own rows, on the CPU whatever the device, so that several
    processes, a resumed run and a GPU see the numbers of the single run. Calls in one step draw different numbers.
    Seed and step are hashed together; torch keeps 32 bits of that, so two steps share numbers by chance alone, once in
    four billion pairs.

    Args:
        seed: of the training, at least 0.
        step: number of the step; negative for what is drawn beside the training, such as held-out losses.
        batch: rows of the whole batch.
        rows: those of this process.
        device: where the numbers go.
        dtype: of the numbers; torch's default where it is not given.
    """

    def __init__(
        self,
        seed: int,
        step: int,
        *,
        batch: int,
        rows: slice | None = None,
        device: str | torch.device = "cpu",
        dtype: torch.dtype | None = None,
    ) -> None:
        key = np.random.SeedSequence([seed, int(step < 0), abs(step)]).generate_state(1)[0]
        self._generator = torch.Generator().manual_seed(int(key))
        self._batch, self._rows, self._device = batch, rows if rows is not None else slice(None), device
        self._dtype = dtype or torch.get_default_dtype()

    def normal(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Standard normal numbers, (rows, *shape)."""
        made = torch.randn((self._batch, *shape), generator=self._generator, dtype=self._dtype)
        return made[self._rows].to(self._device)

    def signs(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Fair +1 and -1, (rows, *shape)."""
        made = torch.randint(0, 2, (self._batch, *shape), generator=self._generator, dtype=self._dtype)
        return made[self._rows].to(self._device) * 2 - 1

    def sites(self, count: int, of: int) -> torch.Tensor:
        """`count` different numbers below `of` in each row, in rising order, (rows, count).

        Raises:
            ParameterError: `count` is not from 1 to `of`.
        """
        if not 1 <= count <= of:
            raise ParameterError(
                f"sites: must be from 1 to the {of} there are, got {count}; use fewer or None"
            )
        made = torch.rand((self._batch, of), generator=self._generator, dtype=torch.float32)
        return made[self._rows].topk(count, dim=-1).indices.sort(dim=-1).values.to(self._device)
