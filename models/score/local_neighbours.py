"""The neighbours that a local network looks at: the nearest in space, or the nearest on a ring."""

from __future__ import annotations

import numpy as np

from ergodica.models.torch_needed import torch

DENSE = 64
"""Particles up to which all distances are cheaper than cells; on a GPU distances are always taken."""

BLOCK = 1 << 24
"""Distances held at once."""


def minimum_image(displacement: torch.Tensor, period: torch.Tensor) -> torch.Tensor:
    """Shortest of the periodic images, (..., dimensions); `period` (dimensions,) is infinite along open axes."""
    finite = torch.isfinite(period)
    length = torch.where(finite, period, 1.0)
    return displacement - torch.where(finite, length * torch.round(displacement / length), 0.0)


def nearest_in_space(
    positions: torch.Tensor, period: torch.Tensor, k: int, sites: torch.Tensor | None
) -> torch.Tensor:
    """Numbers of the `k` nearest others of each chosen particle, the nearest first.

    In compiled cells on the CPU, in time O(N); from blocks of distances for few particles and on a GPU.

    Args:
        positions: (batch, N, dimensions).
        period: (dimensions,), infinite along open axes.
        k: 1 to N - 1.
        sites: (batch, chosen), or None for all.

    Returns:
        (batch, chosen, k), int64.
    """
    if positions.device.type == "cpu" and positions.shape[1] > DENSE:
        return _from_cells(positions, period, k, sites)
    return _from_distances(positions, period, k, sites)


def _from_distances(
    positions: torch.Tensor, period: torch.Tensor, k: int, sites: torch.Tensor | None
) -> torch.Tensor:
    batch, n, d = positions.shape
    if sites is None:
        sites = torch.arange(n, device=positions.device).expand(batch, n)
    found = []
    for chosen in torch.split(sites, max(1, BLOCK // (batch * n * d)), dim=1):
        centres = positions.gather(1, chosen[..., None].expand(*chosen.shape, d))
        apart = minimum_image(positions[:, None] - centres[:, :, None], period)
        squares = apart.square().sum(-1).scatter_(2, chosen[..., None], torch.inf)
        found.append(squares.topk(k, dim=-1, largest=False, sorted=True).indices)
    return torch.cat(found, dim=1)


def _from_cells(
    positions: torch.Tensor, period: torch.Tensor, k: int, sites: torch.Tensor | None
) -> torch.Tensor:
    from ergodica.numerics.nearest import nearest

    box = [None if np.isinf(length) else float(length) for length in period.tolist()]
    found = []
    for number, snapshot in enumerate(positions.detach().double().numpy()):
        if sites is None:
            indices = nearest(snapshot, k, box).indices
        else:
            own = sites[number].numpy()[:, None]
            # the particle itself is among the k + 1 nearest of its place, though not always the first of them
            around = nearest(snapshot, k + 1, box, queries=snapshot[own[:, 0]]).indices
            last = np.argsort(around == own, axis=1, kind="stable")[:, :k]
            indices = np.take_along_axis(around, last, axis=1)
        found.append(indices)
    return torch.from_numpy(np.stack(found).astype(np.int64))


def ring_offsets(n: int, k: int) -> list[int]:
    """Index distances to the `k` nearest on a ring of `n`, as many on either side, or to all others.

    >>> ring_offsets(9, 4), ring_offsets(4, 16)
    ([-1, 1, -2, 2], [-1, 1, 2])
    """
    half = min(k // 2, (n - 1) // 2)
    offsets = [sign * step for step in range(1, half + 1) for sign in (-1, 1)]
    if k >= n - 1 and n % 2 == 0:
        offsets.append(n // 2)
    return offsets


def nearest_on_ring(n: int, k: int, sites: torch.Tensor) -> torch.Tensor:
    """Numbers of the neighbours by index of each chosen particle, (batch, chosen, k)."""
    offsets = torch.tensor(ring_offsets(n, k), device=sites.device, dtype=torch.int64)
    return (sites[..., None] + offsets) % n


def distances(everyone: torch.Tensor, near: torch.Tensor, period: torch.Tensor) -> torch.Tensor:
    """Distances to the neighbours, (rows, k), of the rows of `everyone`, (rows, dimensions)."""
    return minimum_image(everyone[near] - everyone[:, None], period).square().sum(-1).sqrt()
