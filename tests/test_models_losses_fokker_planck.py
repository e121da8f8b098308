"""The Fokker-Planck residual is zero at the score of a steady state, and nowhere else near it."""

import numpy as np
import pytest
import torch
from linear_scores import LinearScore, gradient, process_of_matrix
from scipy.linalg import solve_continuous_lyapunov

from ergodica.models.score import FokkerPlanckResidual, LocalScoreTransformer, ScoreMLP
from ergodica.models.score.process import Process
from ergodica.numerics.errors import ParameterError


def stable(d, rng):
    """A drift matrix whose eigenvalues lie left of -0.5."""
    matrix = rng.normal(size=(d, d))
    return matrix - (np.linalg.eigvals(matrix).real.max() + 0.5) * np.eye(d)


def noise(d, rng, silent):
    root = rng.normal(size=(d, d))
    diffusion = root @ root.T / d
    diffusion[silent] = diffusion[:, silent] = 0.0
    return diffusion


def batch_of(x, drift, sites=1):
    count = len(x)
    shaped = torch.as_tensor(x).reshape(count, sites, -1)
    blocks = np.trace(drift.reshape(sites, len(drift) // sites, sites, -1), axis1=1, axis2=3)
    return {
        "x": shaped,
        "drift": torch.as_tensor(x @ drift.T).reshape(shaped.shape),
        "divergence": torch.as_tensor(np.diag(blocks).copy()).expand(count, sites),
    }


@pytest.mark.parametrize(("d", "silent"), [(2, []), (5, []), (5, [0, 3]), (10, [])])
def test_it_is_zero_at_the_score_of_a_linear_process_with_any_noise(d, silent):
    rng = np.random.default_rng(d + len(silent))
    drift, diffusion = stable(d, rng), noise(d, rng, silent)
    covariance = solve_continuous_lyapunov(drift, -2 * diffusion)
    network = LinearScore(degrees=[f"x{i}" for i in range(d)])
    network.prepare(None, process_of_matrix(diffusion))
    batch = batch_of(rng.normal(size=(50, d)), drift)
    precision = torch.as_tensor(np.linalg.inv(covariance))
    with torch.no_grad():
        network.matrix.copy_(precision)
    size = float((batch["drift"] @ precision).abs().max())
    value, slope = gradient(FokkerPlanckResidual(), network, batch)
    # Round-off of the covariance, multiplied by its condition number.
    tolerance = 1e-12 * np.linalg.cond(covariance) * size
    assert value < tolerance**2
    assert np.abs(slope).max() < tolerance * size
    with torch.no_grad():
        network.matrix.mul_(1.1)
    assert gradient(FokkerPlanckResidual(), network, batch)[0] > 1e-4


def brute(network, batch, diffusion):
    """div v + v.s of v = b - D s, by the whole Jacobian, squared and divided by the number of sites."""
    x = batch["x"]
    count, sites, d = x.shape
    whole = torch.as_tensor(np.kron(np.eye(sites), diffusion))
    found = []
    for row in range(count):
        jacobian = torch.autograd.functional.jacobian(
            lambda y: network(y[None])[0].flatten(), x[row]
        ).reshape(sites * d, sites * d)
        score = network(x[row : row + 1])[0].flatten()
        velocity = batch["drift"][row].flatten() - whole @ score
        residual = batch["divergence"][row].sum() - torch.trace(whole @ jacobian) + velocity @ score
        found.append((residual**2 / sites).item())
    return found


@pytest.mark.parametrize("kind", ["mlp", "transformer"])
@pytest.mark.parametrize("diffusion", [[[1.0, 0.3], [0.3, 0.5]], [[0.0, 0.0], [0.0, 0.7]]])
def test_it_is_what_the_whole_jacobian_gives(kind, diffusion):
    rng, sites, names = np.random.default_rng(11), 3, ["position_x", "position_y"]
    process = process_of_matrix(diffusion, sites, names)
    if kind == "mlp":
        network = ScoreMLP.shaped_for(process, width=6, depth=2).double()
    else:
        network = LocalScoreTransformer(
            degrees=names, dimensions=2, width=8, heads=1, layers=1, neighbours=2, reference="gaussian"
        ).double()
    x = rng.normal(size=(80, sites * 2))
    network.prepare(torch.as_tensor(x).reshape(80, sites, 2), process)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.as_tensor(rng.normal(size=parameter.shape)) * 0.3)
    batch = batch_of(x[:3], stable(sites * 2, rng), sites)
    found = FokkerPlanckResidual()(network, batch, None)
    # Round-off of residuals whose terms partly cancel.
    np.testing.assert_allclose(found.detach(), brute(network, batch, np.asarray(diffusion)), rtol=1e-8)


def test_a_trapped_active_particle_has_none_with_the_passive_score_beside_it():
    trap, speed, rate, eps = 0.05, 0.3, 0.1, 0.2
    drift = np.kron([[-trap, speed], [0.0, -rate]], np.eye(2))
    diffusion = np.diag([eps, eps, rate, rate])
    process = Process(
        names=("position_x", "position_y", "propulsion_x", "propulsion_y"),
        sites=1,
        period=np.full(4, np.inf),
        diffusion=diffusion,
        variables=("position", "propulsion"),
        optional=("drift", "drift_divergence"),
        particles=True,
        dimensions=2,
        rate=rate,
        speed=speed,
    )
    x = np.random.default_rng(2).normal(size=(40, 1, 4))
    raw = {
        "position": x[..., :2],
        "propulsion": x[..., 2:],
        "drift": speed * x[..., 2:] - trap * x[..., :2],
        "drift_divergence": np.full((40, 1), -2 * trap),
    }
    named = zip(
        ("drift", "divergence", "reference"), (*process.drifts(raw), process.passive(raw)), strict=True
    )
    batch = {"x": torch.as_tensor(x), **{name: torch.as_tensor(value) for name, value in named}}
    network = LinearScore(degrees=process.names, reference="equilibrium")
    network.prepare(None, process)
    covariance = solve_continuous_lyapunov(drift, -2 * diffusion)
    passive = np.diag([trap / eps, trap / eps, 1.0, 1.0])
    with torch.no_grad():
        network.matrix.copy_(torch.as_tensor(np.linalg.inv(covariance) - passive))
    value, slope = gradient(FokkerPlanckResidual(), network, batch)
    assert value < 1e-24  # round-off squared
    assert np.abs(slope).max() < 1e-11


def test_it_needs_the_drift_and_a_process():
    network = LinearScore(degrees=["a"])
    x = {"x": torch.ones(2, 1, 1, dtype=torch.float64)}
    with pytest.raises(ParameterError, match=r"drift: .*drift_divergence"):
        FokkerPlanckResidual()(network, x, None)
    batch = {**x, "drift": x["x"], "divergence": x["x"][..., 0]}
    with pytest.raises(ParameterError, match="prepare"):
        FokkerPlanckResidual()(network, batch, None)
