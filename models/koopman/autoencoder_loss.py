"""What a Koopman autoencoder is trained for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ergodica.models.koopman.information import (
    cosine_scores,
    gaussian_mutual_information,
    infonce,
    von_neumann_entropy,
)
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from ergodica.models.draws import Draws
    from ergodica.models.koopman.autoencoder_network import KoopmanNetwork


def fitted_operator(before: torch.Tensor, after: torch.Tensor, ridge: float) -> torch.Tensor:
    """K with after = before K^T by least squares, differentiable by both.

    K^T = (Z^T Z + ridge tr(Z^T Z)/r)^-1 Z^T Z'

    Args:
        before: Z, (n, r).
        after: Z', (n, r).
        ridge: relative to the mean square of the observables.

    Returns:
        (r, r), float64.
    """
    before, after = before.double(), after.double()
    return operator_of(before.mT @ before, before.mT @ after, ridge)


def operator_of(gram: torch.Tensor, cross: torch.Tensor, ridge: float) -> torch.Tensor:
    """K of `fitted_operator` from Z^T Z and Z^T Z', (r, r).

    Raises:
        ParameterError: observables depend on each other, and there is no ridge.
    """
    added = ridge * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    try:
        return torch.linalg.solve(gram + added, cross).mT
    except torch.linalg.LinAlgError as error:  # type: ignore[attr-defined]
        raise ParameterError(
            f"ridge: must be above 0 where observables depend on each other, got {ridge:g}; use 1e-8"
        ) from error


def rolled(z: torch.Tensor, operator: torch.Tensor) -> torch.Tensor:
    """K^k z_0 for k = 1 ... steps - 1, of z (rows, steps, r): (rows, steps - 1, r)."""
    rows, steps, observables = z.shape
    made, power = z[:, :1], operator.mT
    # by doubling: few large products cost less than many small ones
    while (there := made.shape[1]) < steps:
        if there > 1:
            power = power @ power
        added = made[:, : steps - there].reshape(-1, observables) @ power
        made = torch.cat([made, added.reshape(rows, -1, observables)], dim=1)
    return made[:, 1:]


@dataclass(frozen=True)
class KoopmanLoss:
    """L = w_r R + w_l E_latent + w_p E_decoded - w_I I - w_S S

    R = <|decode(z_n) - x_n|^2>, E_decoded = <|decode(K^k z_n) - x_n+k|^2> and E_latent = <|K^k z_n - z_n+k|^2>/tr C,
    over k = 1 ... horizon, with x in standard units and C the covariance of z: a latent space that shrinks gains
    nothing. I is the mutual information of z_n and z_n+k, k = 1 ... neighbours, S the von Neumann entropy of C/tr C.
    Both enter with a minus: what is large is good. I, S and a fitted K are those of the batch.

    Args:
        ridge: of the fit of K; where K is a parameter of the network it is taken as it is.
    """

    reconstruction: float
    linear: float
    prediction: float
    information: float
    entropy: float
    estimator: str
    temperature: float
    noise: float
    neighbours: int
    ridge: float

    def __call__(self, network: KoopmanNetwork, batch: dict[str, torch.Tensor], draws: Draws) -> torch.Tensor:
        """One value a window, (rows,); `batch["values"]` is (rows, lookback + horizon, features), in standard units."""
        x = batch["values"]
        rows, lookback = len(x), network.lookback
        windows = x.unfold(1, lookback, 1).mT  # (rows, horizon + 1, lookback, features)
        steps, seen = windows.shape[1], x[:, lookback - 1 :]
        z = network.lift(windows.flatten(0, 1)).reshape(rows, steps, -1)
        varying = z[..., network.first :]
        total = x.new_zeros(rows)
        if self.reconstruction:
            decoded = network.decode(z.flatten(0, 1)).reshape(rows, steps, -1)
            total = total + self.reconstruction * (decoded - seen).square().mean(dim=(1, 2))
        if self.linear or self.prediction:
            made = rolled(z, self._operator(network, z))
            if self.linear:
                variance = varying.flatten(0, 1).var(dim=0, correction=0).sum()
                off = (made - z[:, 1:]).square().sum(dim=-1).mean(dim=1)
                total = total + self.linear * off / variance.clamp_min(torch.finfo(z.dtype).tiny)
            if self.prediction:
                decoded = network.decode(made.flatten(0, 1)).reshape(rows, steps - 1, -1)
                total = total + self.prediction * (decoded - seen[:, 1:]).square().mean(dim=(1, 2))
        if self.information:
            total = total - self.information * self.mutual_information(varying)
        entropy = von_neumann_entropy(varying.flatten(0, 1).double())
        network.rank = entropy.detach().exp()
        if self.entropy:
            total = total - self.entropy * entropy.to(total.dtype)
        return total

    def mutual_information(self, z: torch.Tensor) -> torch.Tensor:
        """The mean of I(z_n; z_n+k) over k = 1 ... neighbours and all n that have them; z is (rows, steps, r).

        Rows are pairs of their own: the negatives of a row are the other rows at the same time.
        """
        found = []
        for k in range(1, min(self.neighbours, z.shape[1] - 1) + 1):
            for n in range(z.shape[1] - k):
                a, b = z[:, n], z[:, n + k]
                if self.estimator == "gaussian":
                    found.append(gaussian_mutual_information(a.double(), b.double(), self.noise).to(z.dtype))
                else:
                    found.append(infonce(cosine_scores(a, b, self.temperature)))
        return torch.stack(found).mean()

    def _operator(self, network: KoopmanNetwork, z: torch.Tensor) -> torch.Tensor:
        trained: torch.Tensor | None = network.operator
        if trained is not None:
            return trained
        return fitted_operator(z[:, :-1].flatten(0, 1), z[:, 1:].flatten(0, 1), self.ridge).to(z.dtype)
