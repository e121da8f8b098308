"""Flows driven by noise and noisy maps: exact laws, both calculi, spectra. Tolerances are four standard errors."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.engines.ode.noisy import Noisy
from ergodica.sims.engines.schemes import additive

MANY = 4000
ERRORS = 4


def standard_errors_off(values, mean, variance):
    """Distance of the mean and the variance of normal values from the truth in their standard errors."""
    n = len(values)
    return (
        abs(values.mean() - mean) / np.sqrt(variance / n),
        abs(values.var(ddof=1) - variance) / (variance * np.sqrt(2 / (n - 1))),
    )


@pytest.mark.parametrize("calculus", ["ito", "stratonovich"])
@pytest.mark.parametrize("scheme", ["auto", "heun", "euler-maruyama"])
def test_geometric_brownian_motion_has_the_law_of_its_calculus(scheme, calculus):
    mu, sigma, t = 0.1, 0.5, 2.0
    flow = sims.Flow(
        system="geometric-brownian",
        parameters={"mu": mu, "sigma": sigma},
        scheme=scheme,
        calculus=calculus,
        dt=0.002,
    )
    ds = flow.run(t_end=t, snapshots=2, members=MANY, seed=3)
    rate = mu - sigma**2 / 2 if calculus == "ito" else mu
    # ln x is normal; a weak error of order dt, some 1e-3, is a tenth of a standard error
    assert max(standard_errors_off(np.log(ds.state[:, -1, 0].values), rate * t, sigma**2 * t)) < ERRORS


PATHS = 300
FINE = 1024


def ends(drift, noise, scheme, substeps, rows, start):
    engine = Noisy(
        drift=drift,
        noise=noise,
        parameters=rows,
        dt=substeps / FINE,
        scheme=scheme,
        substeps=substeps,
        threads=1,
    )
    state = engine.start(start)
    engine.advance(state, 0, FINE // substeps)
    return state["u"]


def wiener_paths(count):
    brownian = definitions("flow")["brownian"]
    made, rows = kernels(brownian), np.tile(brownian.vector(), (count, 1))
    return ends(made.rhs, made.noise, "euler-maruyama", 1, rows, np.zeros((count, 1)))[:, 0]


@pytest.mark.parametrize(
    ("scheme", "drift", "order", "ito"),
    [("heun", "drift_stratonovich", 1.0, True), ("euler-maruyama", "drift_ito", 0.5, False)],
)
def test_a_corrected_drift_gives_the_other_calculus_to_the_same_strong_order(scheme, drift, order, ito):
    definition = definitions("flow")["geometric-brownian"]
    made, rows = kernels(definition), np.tile(definition.vector({"mu": 0.3, "sigma": 0.8}), (PATHS, 1))
    exact = np.exp(0.3 - 0.32 * ito + 0.8 * wiener_paths(PATHS))
    substeps, errors = (1, 4, 16, 64), []
    for n in substeps:
        found = ends(made.part(drift), made.noise, scheme, n, rows, np.ones((PATHS, 1)))[:, 0]
        errors.append(np.sqrt(np.mean((found - exact) ** 2)))
    # 300 paths give an error to 6 %, the same paths at every step make the slope surer
    assert abs(np.polyfit(np.log(substeps), np.log(errors), 1)[0] - order) < 0.15, errors


SITES = {"u[i]": "k*(u[i+1] + u[i-1] - 2*u[i])", "v": "-v + sum(j, u[j])/n"}
AMPLITUDES = {"u[i]": "s*sin(u[i])*u[i+1]", "v": "s*v**2"}


def test_the_correction_is_half_the_noise_times_its_own_slope():
    from ergodica.sims.dynamics.tables import definition_of

    table = {"title": "own", "equations": SITES, "noise": AMPLITUDES, "sites": {"n": 5}}
    table |= {"initial": {"u[i]": "0.1*i", "v": 1.0}, "parameters": {"k": [0.4, ""], "s": [0.7, ""]}}
    definition = definition_of(table, "own", "flow")
    made, p = kernels(definition), definition.vector()
    u = np.random.default_rng(1).uniform(0.2, 1.0, 6)
    values = {}
    for name in ("rhs", "drift_stratonovich", "drift_ito"):
        values[name] = np.empty(6)
        made.part(name)(0.0, u, p, values[name])
    v = u[definition.components().index("v")]
    x = u[[definition.components().index(f"u[{i}]") for i in range(5)]]
    half = dict(
        zip(
            [f"u[{i}]" for i in range(5)],
            0.5 * 0.49 * np.sin(x) * np.cos(x) * np.roll(x, -1) ** 2,
            strict=True,
        )
    )
    half["v"] = 0.49 * v**3
    expected = np.array([half[name] for name in definition.components()])
    # round-off of a few operations on numbers of order 1
    np.testing.assert_allclose(values["rhs"] - values["drift_stratonovich"], expected, atol=1e-14)
    np.testing.assert_allclose(values["drift_ito"] - values["rhs"], expected, atol=1e-14)
    assert not additive(definition)


@pytest.mark.parametrize("scheme", ["auto", "euler-maruyama", "heun"])
def test_ornstein_uhlenbeck_has_its_exact_mean_variance_and_correlation(scheme):
    theta, mu, sigma, x0 = 2.0, 1.0, 0.6, 3.0
    flow = sims.Flow(
        system="ornstein-uhlenbeck",
        parameters={"theta": theta, "mu": mu, "sigma": sigma},
        initial={"x": x0},
        scheme=scheme,
        dt=0.002,
    )
    x = flow.run(t_end=1.0, snapshots=3, members=MANY, seed=8).state[:, :, 0].values
    for t, values in zip((0.5, 1.0), x[:, 1:].T, strict=True):
        variance = sigma**2 / (2 * theta) * (1 - np.exp(-2 * theta * t))
        # Euler's variance is off by theta dt / 2, a tenth of a standard error
        mean = mu + (x0 - mu) * np.exp(-theta * t)
        assert max(standard_errors_off(values, mean, variance)) < ERRORS
    # given the middle, the end is normal with the same law started there
    slope = np.cov(x[:, 1], x[:, 2])[0, 1] / x[:, 1].var(ddof=1)
    left = sigma**2 / (2 * theta) * (1 - np.exp(-theta))
    assert abs(slope - np.exp(-0.5 * theta)) < ERRORS * np.sqrt(left / (MANY * x[:, 1].var()))


def test_free_diffusion_spreads_by_sigma_squared_a_unit_of_time():
    ds = sims.Flow(system="brownian", parameters={"drift": 0.3, "sigma": 2.0}).run(
        t_end=5.0, snapshots=6, members=MANY, seed=1
    )
    steps = np.diff(ds.state[:, :, 0].values)
    assert max(standard_errors_off(steps.ravel(), 0.3, 4.0)) < ERRORS


def test_pink_noise_has_a_slope_of_minus_one_in_its_band():
    slowest, fastest, n, members = 1e-3, 1.0, 9, 24
    flow = sims.Flow(
        system="pink-noise", parameters={"slowest": slowest, "fastest": fastest, "n": n}, dt=0.1, spread=1.0
    )
    ds = flow.run(t_end=4095.0, snapshots=4096, members=members, seed=2, warm_up=1000.0)
    total = ds.state.sum("component").values
    window = np.hanning(4096)
    power = np.abs(np.fft.rfft(total * window)) ** 2
    frequency = np.fft.rfftfreq(4096)
    band = (2 * np.pi * frequency > 0.01) & (2 * np.pi * frequency < 0.3)
    weights = 1 / np.sqrt(frequency[band])  # the same for every octave

    def slope(values):
        return np.polyfit(np.log(frequency[band]), np.log(values[band]), 1, w=weights)[0]

    # pairs of members smooth a periodogram, whose logarithm has a mean that does not depend on the frequency
    slopes = np.array([slope(one) for one in power])
    rates = slowest * (fastest / slowest) ** (np.arange(n) / (n - 1))
    # what sampling every unit of time makes of the sum of the relaxations
    omega, decay = 2 * np.pi * frequency[:, None], np.exp(-rates)
    exact = ((1 - decay**2) / (1 - 2 * decay * np.cos(omega) + decay**2)).sum(1)
    error = slopes.std(ddof=1) / np.sqrt(members)
    assert abs(slopes.mean() - slope(exact)) < ERRORS * error
    assert abs(slope(exact) + 1) < 0.1  # ripples of nine relaxations, and aliases at the fast end


@pytest.mark.parametrize("phi", [0.9, -0.5])
def test_ar1_has_its_variance_and_autocovariance(phi):
    sigma, length, members = 1.3, 4000, 50
    process = sims.Map(system="ar1", parameters={"phi": phi, "sigma": sigma})
    x = (
        process.run(t_end=length - 1, snapshots=length, members=members, seed=4, warm_up=200)
        .state[:, :, 0]
        .values
    )
    variance = sigma**2 / (1 - phi**2)
    for lag in range(4):
        found = (x[:, : length - lag] * x[:, lag:]).mean(axis=1)  # of each member, independent of the others
        assert abs(found.mean() - variance * phi**lag) < ERRORS * found.std(ddof=1) / np.sqrt(members)


def test_the_steps_of_ar1_are_the_map_and_a_normal_number():
    ds = sims.Map(system="ar1", parameters={"phi": 0.7, "sigma": 2.0}).run(
        t_end=999, snapshots=1000, members=20
    )
    x = ds.state[:, :, 0].values
    kicks = (x[:, 1:] - 0.7 * x[:, :-1]) / 2.0
    assert max(standard_errors_off(kicks.ravel(), 0.0, 1.0)) < ERRORS
    assert len(np.unique(kicks)) == kicks.size
    # the numbers of white noise at the same places are the same
    white = sims.Map(system="white-noise").run(t_end=999, snapshots=1000, members=20)
    np.testing.assert_allclose(white.state[:, 1:, 0], kicks, atol=1e-12)  # round-off of a difference


def test_seeds_give_other_paths_and_the_same_seed_the_same():
    for simulation in (sims.Flow(system="ornstein-uhlenbeck"), sims.Map(system="ar1")):
        one, same, other = (simulation.run(t_end=5, snapshots=6, seed=s).state.values for s in (1, 1, 2))
        np.testing.assert_array_equal(one, same)
        assert (one[1:] != other[1:]).all()


def test_a_noisy_map_has_the_same_bits_alone_on_any_threads_and_resumed(tmp_path):
    noisy = sims.Map(system="ar1")
    arguments = {"seed": 2, "warm_up": 3}
    many = noisy.run(t_end=20, snapshots=11, members=30, threads=1, **arguments)
    np.testing.assert_array_equal(
        many.state, noisy.run(t_end=20, snapshots=11, members=30, threads=2, **arguments).state
    )
    alone = noisy.run(t_end=20, snapshots=11, members=1, **arguments)
    np.testing.assert_array_equal(alone.state[0], many.state[0])
    noisy.run(t_end=8, snapshots=5, members=30, out=tmp_path / "run.nc", **arguments).close()
    with noisy.run(
        t_end=20, snapshots=11, members=30, out=tmp_path / "run.nc", resume=True, **arguments
    ) as ds:
        np.testing.assert_array_equal(ds.state, many.state)
