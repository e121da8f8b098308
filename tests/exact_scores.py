"""Score networks in closed form, and samples of linear processes, for tests of what follows from a score."""

from __future__ import annotations

import numpy as np
import torch
from scipy.linalg import solve_continuous_lyapunov

from ergodica.data import from_arrays
from ergodica.models.score.network import Context, ScoreNetwork


class LinearScore(ScoreNetwork):
    """s = -P (x - mean) of all sites together, with P the inverse covariance, in double precision."""

    name = "linear-score"

    def __init__(self, degrees, precision, mean=0.0, reference="none"):
        super().__init__(degrees=degrees, reference=reference, together=len(precision))
        self.double()
        self.register_buffer("precision", torch.as_tensor(np.asarray(precision, dtype=float)))
        self.mean = mean

    def prepare(self, x, process):
        pass

    def forward(self, x, context=None, shift=None):
        flat = x.reshape(len(x), -1) - self.mean
        score = -(flat @ self.precision.T).reshape(x.shape)
        return (context or Context()).chosen(score)

    def divergence(self, x, context=None, probe=None):
        if probe is not None:
            assert x.shape[1] == 1
            return self(x, context), -probe * (probe @ self.precision.T)
        slopes = -torch.diagonal(self.precision).reshape(1, *x.shape[1:]).expand(x.shape)
        return self(x, context), (context or Context()).chosen(slopes)


def trapped(*, speed=0.3, trap=0.05, rate=0.1, temperature=0.1, particles=1, dimensions=2, spring=0.0):
    """M, D and C of active Ornstein-Uhlenbeck particles in a trap, joined in a harmonic ring, in order of sites."""
    n, d = particles, dimensions
    ring = np.zeros((n, n))
    for i in range(n):
        for j in ((i + 1) % n, (i - 1) % n):
            ring[i, i] += spring * (j != i)
            ring[i, j] -= spring * (j != i)
    stiffness = trap * np.eye(n) + ring
    drift = np.zeros((n, 2, d, n, 2, d))
    for a in range(d):
        drift[:, 0, a, :, 0, a] = -stiffness
        drift[:, 0, a, :, 1, a] = speed * np.eye(n)
        drift[:, 1, a, :, 1, a] = -rate * np.eye(n)
    drift = drift.reshape(2 * n * d, -1)
    noise = np.diag(np.tile(np.repeat([temperature, rate], d), n))
    return drift, noise, solve_continuous_lyapunov(drift, -2 * noise)


def independent_samples(covariance, count, seed):
    """(count, d), of the stationary law."""
    rng = np.random.default_rng(seed)
    return rng.multivariate_normal(np.zeros(len(covariance)), covariance, size=count, method="cholesky")


def particle_dataset(frames, *, seed=0, members=None, dtype=float, **parameters):
    """A dataset of independent frames of `trapped`, and its exact network."""
    given = {"speed": 0.3, "trap": 0.05, "rate": 0.1, "temperature": 0.1, "particles": 1, "dimensions": 2}
    given |= parameters
    drift, _, covariance = trapped(**given)
    n, d = given["particles"], given["dimensions"]
    many = frames * (members or 1)
    x = independent_samples(covariance, many, seed)
    lead = (frames,) if members is None else (members, frames)
    dims = ("t",) if members is None else ("member", "t")
    state = x.reshape(*lead, n, 2, d)
    b = (x @ drift.T).reshape(*lead, n, 2, d)
    divergence = np.full((*lead, n), np.diag(drift).reshape(n, 2, d)[:, 0].sum(-1))
    arrays = {"position": state[..., 0, :], "propulsion": state[..., 1, :], "drift": b[..., 0, :]}
    axes = {name: (*dims, "particle", "space") for name in arrays}
    numbers = {
        "position_diffusion": given["temperature"],
        "propulsion_diffusion": given["rate"],
        "propulsion_rate": given["rate"],
        "propulsion_speed": given["speed"],
    }
    ds = from_arrays(
        {**{k: v.astype(dtype) for k, v in arrays.items()}, "drift_divergence": divergence, **numbers},
        title="trapped particles",
        t=np.arange(frames, dtype=float),
        dims={**axes, "drift_divergence": (*dims, "particle"), **dict.fromkeys(numbers, ())},
        units=dict.fromkeys([*arrays, "drift_divergence", *numbers], "1"),
        coordinates={"space": ["x", "y", "z"][:d]},
    )
    names = [f"{kind}_{axis}" for kind in ("position", "propulsion") for axis in ["x", "y", "z"][:d]]
    return ds, LinearScore(names, np.linalg.inv(covariance))


def linear_dataset(drift, noise, frames, *, seed=0, members=None, names=None, constant=0.0):
    """Independent frames of dx = (M x + c) dt + sqrt(2 D) dW, and its exact network."""
    drift, noise = np.asarray(drift, dtype=float), np.asarray(noise, dtype=float)
    covariance = solve_continuous_lyapunov(drift, -2 * noise)
    lead = (frames,) if members is None else (members, frames)
    dims = ("t",) if members is None else ("member", "t")
    mean = -np.linalg.solve(drift, np.full(len(drift), constant))
    x = mean + independent_samples(covariance, frames * (members or 1), seed)
    arrays = {
        "state": x.reshape(*lead, -1),
        "drift": (x @ drift.T + constant).reshape(*lead, -1),
        "drift_divergence": np.full(lead, np.trace(drift)),
        "drift_matrix": drift,
        "diffusion_matrix": noise,
    }
    names = names or [f"x{i}" for i in range(len(drift))]
    pair = ("component", "by_component")
    ds = from_arrays(
        arrays,
        title="linear process",
        t=np.arange(frames, dtype=float),
        dims={
            "state": (*dims, "component"),
            "drift": (*dims, "component"),
            "drift_divergence": dims,
            "drift_matrix": pair,
            "diffusion_matrix": pair,
        },
        units=dict.fromkeys(arrays, "1"),
        kinds={"drift_matrix": "parameter", "diffusion_matrix": "parameter"},
        coordinates={"component": names, "by_component": names},
    )
    return ds, LinearScore(names, np.linalg.inv(covariance), torch.as_tensor(mean))
