"""Several processes that share each batch.

Gradients are added up with one plain all_reduce of all of them in a row, not by DistributedDataParallel: its hooks
fire on the first backward pass through the module's `forward`, while losses here call other methods, take forward
derivatives and second ones. The sum over rows divided by the rows of all is exact for any split of a batch.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Sequence
from dataclasses import dataclass

from ergodica.models.torch_needed import torch


@dataclass(frozen=True)
class World:
    """The processes of a training: `rank` is the number of this one, of `size`."""

    rank: int = 0
    size: int = 1

    @property
    def writes(self) -> bool:
        """Whether this process writes files and shows progress."""
        return self.rank == 0

    def rows(self, batch: int) -> slice:
        """Those of `batch` rows that are this process's."""
        return slice(batch * self.rank // self.size, batch * (self.rank + 1) // self.size)

    def add_up(self, tensors: Sequence[torch.Tensor]) -> None:
        """Puts the sum over all processes into each tensor, in one exchange for each type of number."""
        if self.size == 1:
            return
        for dtype in dict.fromkeys(t.dtype for t in tensors):
            these = [t for t in tensors if t.dtype == dtype]
            row = torch.cat([t.reshape(-1) for t in these])
            torch.distributed.all_reduce(row)
            parts = torch.split(row, [t.numel() for t in these])
            torch._foreach_copy_(these, [part.view_as(t) for part, t in zip(parts, these, strict=True)])

    def as_first(self, tensors: Sequence[torch.Tensor]) -> None:
        """Puts the values of process 0 into each tensor."""
        if self.size > 1:
            for tensor in tensors:
                torch.distributed.broadcast(tensor.detach(), 0)

    def wait(self) -> None:
        """Returns when all processes are here."""
        if self.size > 1:
            torch.distributed.barrier()


def world_of(device: torch.device) -> World:
    """The processes that `torchrun` started, or those of the process group that there is; else this one alone.

    gloo joins processes on CPUs, nccl those on GPUs. A group that is made here stays until the process ends: a second
    one would meet what the first left at their meeting place, and wait for ever.
    """
    if not torch.distributed.is_available():
        return World()
    if not torch.distributed.is_initialized():
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            return World()
        if device.type == "cuda":
            torch.cuda.set_device(device)
        torch.distributed.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
        atexit.register(_leave)
    return World(torch.distributed.get_rank(), torch.distributed.get_world_size())


def _leave() -> None:
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
