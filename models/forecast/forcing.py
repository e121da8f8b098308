"""Generalised teacher forcing: how far a state is drawn to the data before its next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ergodica.models.forecast.plrnn_kernels import backward, forward, log_norms
from ergodica.models.torch_needed import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = 4
"""Of a sequence, over each of which gradients do not grow."""


class Weights(NamedTuple):
    """z -> A z + W1 (relu(W2^T z + h2) - relu(W2^T z)) + h1.

    Attributes:
        A: (latent,), the diagonal.
        W1: (latent, hidden).
        W2: (latent, hidden).
        h1: (latent,).
        h2: (hidden,).
    """

    A: torch.Tensor
    W1: torch.Tensor
    W2: torch.Tensor
    h1: torch.Tensor
    h2: torch.Tensor


def forced(start: torch.Tensor, signals: torch.Tensor, alpha: torch.Tensor, weights: Weights) -> torch.Tensor:
    """States of a map that is drawn to signals.

    z_(t+1) = F((1 - alpha) z_t + alpha s_t)

    so that a gradient over n steps is a product of n Jacobians, each shrunk by 1 - alpha.

    Args:
        start: (rows, latent).
        signals: s_1 ..., (rows, steps, latent); the last one draws no state that is returned.
        alpha: from 0, the free map, to 1, one step from the data each.
        weights: of the map F.

    Returns:
        z_1 ..., (rows, steps, latent); those on a CPU by compiled loops.

    Source: Hess, Monfared, Brenner, Durstewitz 2023, arXiv 2306.04406.
    """
    if start.device.type == "cpu":
        states: torch.Tensor = _Forced.apply(start, signals, alpha, *weights)  # type: ignore[no-untyped-call]
        return states
    made, z = [], start
    for t in range(signals.shape[1]):
        made.append(step(z, weights))
        z = made[-1].lerp(signals[:, t], alpha)
    return torch.stack(made, dim=1)


def step(z: torch.Tensor, weights: Weights) -> torch.Tensor:
    """F(z), (rows, latent)."""
    drive = z @ weights.W2
    ramps = torch.relu(drive + weights.h2) - torch.relu(drive)
    return weights.A * z + ramps @ weights.W1.T + weights.h1


def needed(points: torch.Tensor, weights: Weights) -> torch.Tensor:
    """The forcing that keeps gradients bounded.

    alpha = max(0, 1 - 1/sigma),    sigma = largest geometric mean of |J(z)|_2 over a quarter of a row, of all rows

    so that no product of shrunk Jacobians over a quarter of the sequence, or several, exceeds 1.

    Args:
        points: where the Jacobians J of the map are taken, (rows, steps, latent).
        weights: of the map.

    Source: Hess et al. 2023, arXiv 2306.04406, with the mean of norms for the norm of the mean, which it bounds,
    and quarters for the whole: products over parts of a sequence may be far larger than over all of it.
    """
    with torch.no_grad():
        if points.device.type == "cpu":
            values, A, W1, W2, h2 = arrays(points, weights.A, weights.W1, weights.W2, weights.h2)
            found = np.empty(values.shape[:2], dtype=values.dtype)
            log_norms(values, A, W1, W2, h2, found)
            logs = torch.from_numpy(found)
        else:
            drive = points @ weights.W2
            on = (drive + weights.h2 > 0).to(points.dtype) - (drive > 0).to(points.dtype)
            jacobians = (weights.W1 * on[..., None, :]) @ weights.W2.T + torch.diag(weights.A)
            norms: torch.Tensor = torch.linalg.matrix_norm(jacobians, 2)
            logs = norms.clamp(min=1e-30).log()
        means = logs.unfold(1, max(1, logs.shape[1] // PARTS), 1).mean(dim=-1)
        return (1 - (-means.max()).exp()).clamp(min=0.0)


def arrays(*tensors: torch.Tensor) -> list[NDArray[Any]]:
    """Tensors of a CPU as contiguous arrays."""
    return [one.detach().contiguous().numpy() for one in tensors]


class _Forced(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, start: Any, signals: Any, alpha: Any, *weights: Any) -> Any:
        first, drawn, *held = arrays(start, signals, *weights)
        taken = drawn.dtype.type(alpha)
        states = np.empty_like(drawn)
        drives = np.empty((*drawn.shape[:2], len(held[-1])), drawn.dtype)
        forward(first, drawn, 1 - taken, taken, *held, states, drives)
        ctx.held = first, drawn, taken, held, states, drives
        return torch.from_numpy(states)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        start, signals, taken, (A, W1, W2, h1, h2), states, drives = ctx.held
        made = [np.zeros_like(one) for one in (start, signals, A, W1, W2, h1, h2)]
        backward(start, signals, taken, A, W1, W2, h2, states, drives, *arrays(gradients[0]), *made)
        first, second, *others = map(torch.from_numpy, made)
        return first, second, None, *others
