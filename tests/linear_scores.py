"""A score network that is the linear family, and draws and samples whose moments are exact: losses in closed form."""

import numpy as np
import torch

from ergodica.models.score.network import Context, ScoreNetwork
from ergodica.models.score.process import Process


class LinearScore(ScoreNetwork):
    """s = -K x, of all sites together, or of each site by itself where `alone`; divergences by their definition."""

    name = "linear-score"

    def __init__(self, *, degrees, sites=1, alone=False, reference="none"):
        d = len(degrees)
        m = d if alone else sites * d
        super().__init__(degrees=degrees, reference=reference, together=m, sites=sites, alone=alone)
        self.alone = alone
        self.matrix = torch.nn.Parameter(torch.zeros(m, m))
        self.double()

    def prepare(self, x, process):
        self.take(process)

    def forward(self, x, context=None, shift=None):
        context = context or Context()
        if self.alone:
            own = context.chosen(x)
            return -(own if shift is None else own + shift) @ self.matrix.T
        x = x if shift is None else x + shift
        return context.chosen(-(x.flatten(1) @ self.matrix.T).reshape(x.shape))

    def divergence(self, x, context=None, probe=None):
        score = self(x, context)
        if probe is None:
            slopes = -self.matrix.diagonal().reshape(1, 1 if self.alone else x.shape[1], -1)
            return score, slopes.expand_as(score)
        if self.alone:
            return score, -probe * (probe @ self.matrix.T)
        return score, -probe * (probe.flatten(1) @ self.matrix.T).reshape(probe.shape)


def process_of_matrix(diffusion, sites=1, names=None, period=None):
    d = len(diffusion)
    return Process(
        names=tuple(names or (f"x{i}" for i in range(d))),
        sites=sites,
        period=np.full(d, np.inf) if period is None else np.asarray(period, dtype=float),
        diffusion=np.asarray(diffusion, dtype=float),
        variables=("state",),
        optional=("drift", "drift_divergence"),
        particles=False,
        dimensions=d,
    )


def exact_sample(covariance, *, count=200, seed=0):
    """Points whose mean is 0 and whose second moments are `covariance` to round-off."""
    raw = np.random.default_rng(seed).normal(size=(count, len(covariance)))
    raw -= raw.mean(axis=0)
    raw = raw @ np.linalg.inv(np.linalg.cholesky(raw.T @ raw / count)).T
    return raw @ np.linalg.cholesky(covariance).T


def covariance_of(d, seed):
    """Random covariance, condition number of order ten."""
    root = np.random.default_rng(seed).normal(size=(d, d))
    return root @ root.T / d + 0.3 * np.eye(d)


def symmetric_root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(values)) @ vectors.T


class GivenDraws:
    """Draws that hand out what they are given, one entry a call."""

    def __init__(self, *, normal=None, signs=None, sites=None):
        self._normal, self._signs, self._sites = normal, signs, sites

    def normal(self, shape):
        return torch.as_tensor(self._normal)

    def signs(self, shape):
        return torch.as_tensor(self._signs)

    def sites(self, count, of):
        return torch.as_tensor(self._sites)


def gradient(loss, network, batch, draws=None):
    """Mean loss and its derivative by the matrix of a `LinearScore`."""
    network.zero_grad()
    value = loss(network, batch, draws).mean()
    value.backward()
    return value.item(), network.matrix.grad.numpy()
