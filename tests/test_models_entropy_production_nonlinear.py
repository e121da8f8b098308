"""Entropy production of densities that are not Gaussian, or live on a circle."""

import numpy as np
import pytest
from exact_scores import LinearScore

from ergodica.data import from_arrays
from ergodica.models.score import entropy_production, probability_flow, radial_production
from ergodica.models.score.network import Context, ScoreNetwork

TURNING = 0.7
FRAMES = 6000


class QuarticScore(ScoreNetwork):
    """s = -r^2 x in the plane, of the density exp(-r^4/4)."""

    name = "quartic-score"

    def __init__(self, factor=1.0):
        super().__init__(degrees=["x", "y"], reference="none", together=2)
        self.double()
        self.factor = factor

    def prepare(self, x, process):
        pass

    def forward(self, x, context=None, shift=None):
        return (context or Context()).chosen(-self.factor * x.square().sum(-1, keepdim=True) * x)

    def divergence(self, x, context=None, probe=None):
        assert probe is None
        slopes = -self.factor * (x.square().sum(-1, keepdim=True) + 2 * x.square())
        return self(x, context), (context or Context()).chosen(slopes)


def quartic(frames=FRAMES, seed=0):
    """dX = (-r^2 X + w Z X) dt + sqrt(2) dW, Z the turn by a right angle: v = w Z X, whatever the density."""
    rng = np.random.default_rng(seed)
    # r^2 is half-normal of variance 2 before it is cut
    r = np.sqrt(np.abs(rng.normal(size=frames)) * np.sqrt(2))
    angle = rng.uniform(0, 2 * np.pi, frames)
    x = r[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    turned = TURNING * np.stack([-x[:, 1], x[:, 0]], axis=1)
    return from_arrays(
        {
            "state": x,
            "drift": -(r**2)[:, None] * x + turned,
            "drift_divergence": -4 * r**2,
            "diffusion": np.ones(2),
        },
        title="turning particle in a quartic well",
        t=np.arange(float(frames)),
        dims={"state": ("t", "component"), "drift": ("t", "component"), "diffusion": ("component",)},
        units=dict.fromkeys(("state", "drift", "drift_divergence", "diffusion"), "1"),
        coordinates={"component": ["x", "y"]},
    )


def near(found, name, truth):
    # 4.5 errors from 16 blocks: by chance once in 2000 comparisons
    error = found[f"{name}_standard_error"].values
    assert (np.abs(found[name].values - truth) < 4.5 * error + 1e-12).all(), (
        found[name].values,
        truth,
        error,
    )


def test_a_turning_quartic_well_has_the_rate_of_its_moments():
    found = entropy_production(QuarticScore(), quartic(), record=("fokker_planck_residual", "lower_bound"))
    exact = TURNING**2 * 2 / np.sqrt(np.pi)
    near(found, "total", exact)
    near(found, "identity_total", exact)
    near(found, "by_degree_of_freedom", exact / 2)
    near(found, "by_variable_lower_bound", exact)
    near(found, "stein_residual", 0.0)
    near(found, "drift_residual", 0.0)
    assert found.fokker_planck_residual < 1e-12


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_a_score_that_is_off_gives_too_much_and_a_bound_too_little(factor):
    ds = quartic()
    found = entropy_production(QuarticScore(factor), ds, record=("lower_bound",))
    exact = entropy_production(QuarticScore(), ds, record=("lower_bound",))
    # delta = -.1 r^2 x is along the radius, the velocity across: the error is |delta|^2 = .01 r^6, both ways
    radius = np.linalg.norm(ds.state.values, axis=1)
    error = 0.01 * (radius**6).mean()
    assert float(found.total - exact.total) == pytest.approx(error, rel=1e-9)
    # the bound is off by the sample's <s . ds> + <div ds>, too, which vanishes in the mean: 4.5 of its errors
    gap = float(exact.by_variable_lower_bound[0] - found.by_variable_lower_bound[0])
    assert gap == pytest.approx(error, abs=4.5 * 0.2 * (radius**6 - 4 * radius**2).std() / np.sqrt(FRAMES))


@pytest.mark.parametrize("factor", [1.0, 1.3])
@pytest.mark.filterwarnings("ignore:total. must be that without a score")
def test_the_error_of_a_score_is_found_without_the_truth(factor):
    found = entropy_production(QuarticScore(factor), quartic(20_000), record=("lower_bound",))
    near(found, "score_error_squared", (factor - 1) ** 2)
    assert found.score_error_squared_standard_error < 0.03


def test_the_flow_of_the_well_turns_at_one_rate_everywhere():
    starts = quartic(40, seed=1)

    def drift(x):
        r2 = (x**2).sum(axis=1, keepdims=True)
        return -r2 * x + TURNING * np.stack([-x[:, 1], x[:, 0]], axis=1)

    found = probability_flow(QuarticScore(), starts, drift=drift, t_end=np.pi / TURNING, dt=0.05, snapshots=2)
    # half a turn
    np.testing.assert_allclose(found.state[:, 1], -found.state[:, 0], atol=1e-6)


def test_the_radial_profile_of_the_well_is_the_square_of_the_radius():
    ds = quartic()
    found = radial_production(QuarticScore(), ds, cells=10, largest=2.0, divergence=True)
    place = np.digitize(np.linalg.norm(ds.state.values, axis=1), np.linspace(0, 2, 11)) - 1
    square = (ds.state.values**2).sum(axis=1)
    expected = [TURNING**2 * square[place == k].mean() for k in range(10)]
    np.testing.assert_allclose(found.production, expected)
    np.testing.assert_allclose(found.divergence_of_state, 0.0, atol=1e-12)


def test_a_driven_angle_has_the_rate_of_force_times_speed():
    rng = np.random.default_rng(0)
    force, noise = 0.8, 0.4
    state = rng.uniform(0, 2 * np.pi, (500, 1))
    ds = from_arrays(
        {
            "state": state,
            "drift": np.full_like(state, force),
            "drift_divergence": np.zeros(500),
            "diffusion": np.array([noise]),
            "period": np.array([2 * np.pi]),
        },
        title="driven angle",
        t=np.arange(500.0),
        dims={
            "state": ("t", "component"),
            "drift": ("t", "component"),
            "diffusion": ("component",),
            "period": ("component",),
        },
        units=dict.fromkeys(("state", "drift", "drift_divergence", "diffusion", "period"), "1"),
    )
    network = LinearScore(["x0"], np.zeros((1, 1)))
    found = entropy_production(network, ds)
    assert float(found.total) == pytest.approx(force**2 / noise)
    assert float(found.identity_total) == pytest.approx(force**2 / noise)
    assert np.isnan(found.stein_residual).all()
    flow = probability_flow(
        network, ds.isel(t=[0, 1]), drift=lambda x: np.full_like(x, force), t_end=9.0, dt=1.0
    )
    moved = (ds.state.values[:2, 0] + 9.0 * force) % (2 * np.pi)
    np.testing.assert_allclose(flow.state[:, -1, 0], moved)
