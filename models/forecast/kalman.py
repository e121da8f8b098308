"""The extended Kalman filter and smoother of a map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ergodica.models.torch_needed import torch

WIDEST = 1.0
"""Largest variance of a state, in standard units: more than that of the series is never unknown."""


@dataclass
class Filtered:
    """What the filter knows after each snapshot, and what it had forecast; lists over time of (rows, ...)."""

    means: list[torch.Tensor] = field(default_factory=list)
    covariances: list[torch.Tensor] = field(default_factory=list)
    forecasts: list[torch.Tensor] = field(default_factory=list)
    forecast_covariances: list[torch.Tensor] = field(default_factory=list)
    jacobians: list[torch.Tensor] = field(default_factory=list)


def filtered(
    network: Any, seen: torch.Tensor, model_variance: torch.Tensor, variance: torch.Tensor
) -> Filtered:
    """States of x_(n+1) = f(x_n) + e, y_n = x_n + d, given y until then.

    Args:
        network: f with `with_jacobian`, in float64.
        seen: y, (rows, snapshots, states).
        model_variance: of e, (states,).
        variance: of d, (states,).
    """
    made = Filtered()
    mean = seen[:, 0]
    covariance = torch.diag(variance).expand(len(seen), -1, -1)
    made.means.append(mean)
    made.covariances.append(covariance)
    model, noise = torch.diag(model_variance), torch.diag(variance)
    for n in range(1, seen.shape[1]):
        forecast, jacobian = network.with_jacobian(mean)
        ahead = _kept(jacobian @ covariance @ jacobian.transpose(1, 2) + model)
        gain = torch.linalg.solve(ahead + noise, ahead).transpose(1, 2)
        mean = forecast + (gain @ (seen[:, n] - forecast)[..., None])[..., 0]
        mean = mean.clamp(-network.bound, network.bound)
        covariance = _kept(ahead - gain @ ahead)
        made.means.append(mean)
        made.covariances.append(covariance)
        made.forecasts.append(forecast)
        made.forecast_covariances.append(ahead)
        made.jacobians.append(jacobian)
    return made


def smoothed(known: Filtered) -> tuple[torch.Tensor, torch.Tensor]:
    """States given all y, (rows, snapshots, states), and their variances (Rauch, Tung and Striebel)."""
    mean, covariance = known.means[-1], known.covariances[-1]
    means, variances = [mean], [covariance.diagonal(dim1=1, dim2=2)]
    for n in range(len(known.means) - 2, -1, -1):
        ahead = known.forecast_covariances[n]
        cross = known.jacobians[n] @ known.covariances[n]
        gain = torch.linalg.solve(ahead, cross).transpose(1, 2)
        mean = known.means[n] + (gain @ (mean - known.forecasts[n])[..., None])[..., 0]
        covariance = known.covariances[n] + gain @ (covariance - ahead) @ gain.transpose(1, 2)
        means.append(mean)
        variances.append(covariance.diagonal(dim1=1, dim2=2))
    return torch.stack(means[::-1], dim=1), torch.stack(variances[::-1], dim=1).clamp(min=0)


def _kept(covariance: torch.Tensor) -> torch.Tensor:
    """Symmetric, and no larger than the series is wide."""
    covariance = 0.5 * (covariance + covariance.transpose(1, 2))
    largest = covariance.diagonal(dim1=1, dim2=2).amax(dim=1)
    return covariance / (largest / WIDEST).clamp(min=1)[:, None, None]
