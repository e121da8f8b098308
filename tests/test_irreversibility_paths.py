"""Entropy production of sampled paths: against exact rates, in equilibrium, and what is refused."""

import math

import numpy as np
import pytest
import xarray as xr
from scipy.linalg import expm, solve_continuous_lyapunov

from ergodica import estimators as est
from ergodica.estimators.irreversibility.paths import driven_ring, rotation, rotation_divergence
from ergodica.estimators.labelled import one_thread

SEEDS = 8
VECTOR_PIECES = (est.LinearFit(), est.ShortTimeFit(), est.UncertaintyBound(), est.FiniteTimeBound())


def sampled(drift, noise, n, dt, seed):
    """An exactly sampled path of dx = M x dt + sqrt(2D) dW, `(n, d)`."""
    drift, noise = np.array(drift), np.array(noise)
    step = expm(drift * dt)
    covariance = solve_continuous_lyapunov(drift, -2 * noise)
    rng = np.random.default_rng(seed)
    x = np.empty((n, len(drift)))
    x[0] = np.linalg.cholesky(covariance) @ rng.normal(size=len(drift))
    kicks = rng.normal(size=(n, len(drift))) @ np.linalg.cholesky(covariance - step @ covariance @ step.T).T
    for t in range(1, n):
        x[t] = step @ x[t - 1] + kicks[t]
    return x


def gyrator(hot, cold, coupling=0.5):
    return [[-1.0, -coupling], [-coupling, -1.0]], np.diag([hot, cold])


def estimates(paths, estimator, dt):
    return est.entropy_production(np.stack(paths), dim=1, feature_dim=2, estimator=estimator, dt=dt)


def standard_error(found):
    return np.std(found, ddof=1) / math.sqrt(len(found))


@pytest.mark.parametrize(
    ("drift", "noise", "dt"),
    [
        (*gyrator(4.0, 1.0), 0.1),
        ([[-1.0, -2.0], [2.0, -1.0]], np.eye(2), 0.05),
        ([[-1.0, -2.0], [2.0, -1.0]], np.eye(2), 0.8),  # the fastest turn allowed is 3.14/2 = 1.57
        ([[-0.5, 0.3], [0.0, -1.0]], np.diag([0.1, 1.0]), 0.1),
        ([[-1.0, 1.0, 0.0], [0.0, -1.0, 1.0], [-0.5, 0.0, -1.0]], np.diag([1.0, 2.0, 0.5]), 0.2),
    ],
)
def test_the_linear_fit_has_no_error_of_the_sampling_step(drift, noise, dt):
    truth = est.linear_entropy_production(drift, noise)
    n = 6000
    found = estimates([sampled(drift, noise, n, dt, seed) for seed in range(SEEDS)], est.LinearFit(), dt)
    d = len(drift)
    assert abs(found.mean() - truth) < 4 * standard_error(found) + d * (d - 1) / (n * dt)


def test_fits_of_first_order_and_bounds_lie_below_by_the_known_amounts():
    """Rotation, w = 2, dt = .05, truth 8: what infinite records give has closed forms."""
    dt, w, lam = 0.05, 2.0, np.exp(complex(-1.0, 2.0) * 0.05)
    paths = [
        rotation(np.random.default_rng([2, s]), frequency=w, samples=10_000, dt=dt) for s in range(SEEDS)
    ]
    # M = (lam - 1)/dt and D = (1 - Re lam)/dt, as complex numbers
    short = 2 * (lam.imag / dt) ** 2 / ((1 - lam.real) / dt)
    # J = Im(conj(x) y), y = lam x + noise: mean 2 Im lam, variance 4 Im^2 lam + 2 (1 - |lam|^2) as |x|^2 is exponential
    mean, variance = 2 * lam.imag, 2 * (1 - (lam * lam).real)
    bound = 2 * mean**2 / (dt * variance)
    assert short == pytest.approx(6.7, abs=0.1)
    assert bound == pytest.approx(6.4, abs=0.2)
    s = math.asinh(mean / math.sqrt(variance))
    finite = 2 * s * math.tanh(s) / dt
    for estimator, truth in (
        (VECTOR_PIECES[1], short),
        (VECTOR_PIECES[2], bound),
        (VECTOR_PIECES[3], finite),
    ):
        found = estimates(paths, estimator, dt)
        assert abs(found.mean() - truth) < 4 * standard_error(found) + 4 / (10_000 * dt)
        assert found.mean() < 8


@pytest.mark.parametrize("estimator", VECTOR_PIECES, ids=repr)
def test_equilibrium_produces_nothing_but_the_known_bias(estimator):
    """A gyrator with one temperature; 2 m/T with one rotation, m = 1, and twice that for the halves of a bound."""
    n, dt = 4000, 0.1
    paths = [sampled(*gyrator(2.0, 2.0), n, dt, seed) for seed in range(2 * SEEDS)]
    found = estimates(paths, estimator, dt)
    assert found.mean() < 4 / (n * dt) + 4 * standard_error(found)
    assert (found >= 0).all()


def test_the_bias_of_the_linear_fit_in_equilibrium_is_d_times_d_minus_1_over_the_length():
    n, dt = 1000, 0.05
    rng = np.random.default_rng(0)
    root = rng.normal(size=(3, 3)) / 3
    drift = -(root @ root.T + np.eye(3))
    found = estimates([sampled(drift, np.eye(3), n, dt, s) for s in range(100)], est.LinearFit(), dt)
    # of first order in dt and second in 1/T beyond: a tenth of it here
    assert abs(found.mean() - 6 / (n * dt)) < 4 * standard_error(found) + 0.6 / (n * dt)


def test_the_spread_is_not_below_what_the_length_of_the_record_allows():
    """The entropy of a record of length T has a variance of 2 sigma T at least; so the claims' spreads are honest."""
    n, dt = 4000, 0.05
    paths = [rotation(np.random.default_rng([5, s]), frequency=1.0, samples=n, dt=dt) for s in range(40)]
    found = estimates(paths, est.LinearFit(), dt)
    assert 0.5 < found.std(ddof=1) / (2 * math.sqrt(2 * 2.0 / (n * dt))) < 2


@pytest.mark.parametrize(("frequency", "dt"), [(1.0, 0.3), (1.0, 0.05), (2.0, 0.3)])
def test_nearest_neighbours_stay_below_the_divergence_of_pairs_and_reach_half_of_it(frequency, dt):
    paths = [
        rotation(np.random.default_rng([9, s]), frequency=frequency, samples=4000, dt=dt) for s in range(4)
    ]
    found = estimates(paths, est.NearestNeighbours(), dt).mean()
    truth = rotation_divergence(frequency=frequency, time=dt) / dt
    assert truth < 2 * frequency**2
    assert 0.5 * truth < found < truth + 4 * standard_error(estimates(paths, est.NearestNeighbours(), dt))


def test_nearest_neighbours_see_nothing_in_equilibrium():
    paths = [
        rotation(np.random.default_rng([9, s]), frequency=0.0, samples=4000, dt=0.3) for s in range(SEEDS)
    ]
    found = estimates(paths, est.NearestNeighbours(), 0.3)
    assert abs(found.mean()) < 4 * standard_error(found) + 0.01


def test_nearest_neighbours_are_those_of_all_distances():
    """Against distances between all pairs, with the window in time kept by hand."""
    from scipy.spatial.distance import cdist

    x = rotation(np.random.default_rng(1), frequency=1.0, samples=700, dt=0.2)
    k, lag, window = 3, 2, 7
    middle, step = (x[lag:] + x[:-lag]) / 2, x[lag:] - x[:-lag]
    middle = middle - middle.mean(axis=0)
    white = [np.linalg.solve(np.linalg.cholesky(one.T @ one / len(one)), one.T).T for one in (middle, step)]
    forward, backward = np.hstack(white), np.hstack([white[0], -white[1]])
    number = np.arange(len(forward))
    near = np.abs(number[:, None] - number) <= window
    own, other = (np.where(near, np.inf, cdist(forward, points)) for points in (forward, backward))
    rho, nu = (np.sort(one, axis=1)[:, k - 1] for one in (own, other))
    wanted = 4 * np.log(nu / rho).mean() / (lag * 0.2)
    found = est.entropy_production(
        x, dim=0, feature_dim=1, dt=0.2, estimator=est.NearestNeighbours(k=k, lag=lag, theiler=window)
    )
    assert found == pytest.approx(wanted, rel=1e-10)
    with one_thread():  # pairs are shared out among threads in blocks of 256
        alone = est.entropy_production(
            x, dim=0, feature_dim=1, dt=0.2, estimator=est.NearestNeighbours(k=k, lag=lag, theiler=window)
        )
    assert alone == found


def test_a_drift_along_a_circle_is_seen_by_a_bound_of_degree_zero():
    """dx = f dt + sqrt(2D) dW, sigma = f^2/D, of an unwrapped angle that is cut off by no trap."""
    rng = np.random.default_rng(4)
    steps = 2.0 * 0.01 + math.sqrt(2 * 0.5 * 0.01) * rng.normal(size=(SEEDS, 20_000))
    found = est.entropy_production(
        np.cumsum(steps, axis=1), dt=0.01, estimator=est.UncertaintyBound(degree=0)
    )
    assert (
        abs(found.mean() - 8.0) < 4 * standard_error(found) + 0.05
    )  # 2 (1 + N J^2/Var)/(N dt) and the halves


def test_a_step_that_folds_a_rotation_onto_the_negative_axis_is_told():
    x = np.array([1.0, -0.9, 0.8, -0.75, 0.6, -0.5, 0.4, -0.35])[:, None] + 0.0
    with pytest.warns(RuntimeWarning, match="too long for LinearFit.*sample more often"):
        found = est.entropy_production(x, dim=0, feature_dim=1, dt=1.0, estimator=est.LinearFit())
    assert np.isnan(found)


def test_constant_and_copied_components_are_nan_in_their_lane_alone():
    good = rotation(np.random.default_rng(0), frequency=1.0, samples=300, dt=0.1)
    constant, copied = good.copy(), good.copy()
    constant[:, 1] = 0.7
    copied[:, 1] = -3 * copied[:, 0]
    for estimator in (*VECTOR_PIECES, est.NearestNeighbours()):
        found = estimates([good, constant, copied], estimator, 0.1)
        assert np.isfinite(found[0])
        assert np.isnan(found[1])
        # a copy has no current of its own, and a bound loses nothing by it; here one component is left, without any
        assert found[2] < 1e-2 if isinstance(estimator, est.UncertaintyBound) else np.isnan(found[2])


def test_a_bound_is_not_changed_by_components_that_are_combinations_of_others():
    x = rotation(np.random.default_rng(0), frequency=1.0, samples=2000, dt=0.05)
    more = np.hstack([x, x @ np.array([[1.0], [-2.0]])])
    found, wanted = (estimates([one], est.UncertaintyBound(), 0.05) for one in (more, x))
    assert found == pytest.approx(wanted, rel=1e-8)


def test_indicators_of_states_give_the_bound_of_a_jump_process():
    """A ring of three states: one current, Var J/J^2 = (a + b)/(a - b)^2 an event, so 2 (a - b)^2/(a + b)."""
    forward, backward, dt = 3.0, 1.0, 0.01
    paths = [driven_ring(np.random.default_rng([6, s]), forward=forward, backward=backward, samples=20_000, dt=dt)
             for s in range(SEEDS)]  # fmt: skip
    found = estimates([np.eye(3)[path] for path in paths], est.UncertaintyBound(), dt)
    truth = 2 * (forward - backward) ** 2 / (forward + backward)
    # two jumps within dt: (a + b) dt = 4 % of the current, and as much of the variance
    assert abs(found.mean() - truth) < 4 * standard_error(found) + 0.04 * truth
    assert found.mean() < 2 * math.log(3)


@pytest.mark.parametrize(
    "estimator", [*VECTOR_PIECES, est.NearestNeighbours(), est.UncertaintyBound(degree=2)], ids=repr
)
def test_neither_the_unit_of_a_component_nor_that_of_time_matters(estimator):
    x = rotation(np.random.default_rng(0), frequency=1.0, samples=400, dt=0.1)
    found = estimates([x], estimator, 0.1)
    for units in (1e12, 1e-12, np.array([1e150, 1e-150]), 1e300):
        assert estimates([x * units], estimator, 0.1) == pytest.approx(found, rel=1e-8)
    assert estimates([x], estimator, 1e-13) == pytest.approx(found * 1e12, rel=1e-10)


def test_copies_of_samples_are_refused_by_neighbours():
    x = np.tile(rotation(np.random.default_rng(0), frequency=1.0, samples=50, dt=0.1), (12, 1))
    with pytest.raises(ValueError, match="exact copies; for states use Schnakenberg"):
        estimates([x], est.NearestNeighbours(), 0.1)


def test_parity_is_that_of_the_exact_formula():
    drift, noise, dt = [[-1.0, 1.0], [-1.5, -0.5]], np.diag([0.5, 1.0]), 0.1
    paths = [sampled(drift, noise, 6000, dt, seed) for seed in range(SEEDS)]
    for parity in (None, (1, -1)):
        found = estimates(paths, est.LinearFit(parity=parity), dt)
        truth = est.linear_entropy_production(drift, noise, parity=parity)
        assert abs(found.mean() - truth) < 4 * standard_error(found) + 2 / 600


def test_time_is_that_of_the_coordinate_and_units_say_so():
    x = rotation(np.random.default_rng(0), frequency=1.0, samples=500, dt=0.1)
    t = ("t", 0.1 * np.arange(500), {"units": "s"})
    labelled = xr.DataArray(x, dims=("t", "component"), coords={"t": t})
    found = est.entropy_production(labelled, feature_dim="component", base=2)
    assert found.attrs["units"] == "bit/s"
    assert found.attrs["method"] == "LinearFit(method='logm', parity=None), dt=0.1"
    plain = est.entropy_production(x, dim=0, feature_dim=1, dt=0.1)
    assert float(found) == pytest.approx(plain / math.log(2), rel=1e-12)


@pytest.mark.parametrize(
    ("x", "options", "error", "words"),
    [
        (np.zeros((9, 2)), {}, ValueError, "dt: must be given"),
        (np.zeros((9, 2)), {"dt": -1.0}, ValueError, "dt: must be a positive"),
        (np.zeros((4, 2)), {"dt": 1.0}, ValueError, "at least 6 samples"),
        (np.zeros((9, 2), int), {"dt": 1.0, "estimator": est.LinearFit()}, TypeError, "continuum"),
        (np.zeros((9, 2)), {"dt": 1.0, "estimator": est.Schnakenberg()}, TypeError, "whole numbers"),
        (np.zeros((9, 2)), {"dt": 1.0, "estimator": "logm"}, TypeError, "estimator: must be one"),
        (np.zeros((9, 2)), {"dt": 1.0, "estimator": est.LinearFit(parity=(1,))}, ValueError, "parity"),
        (np.zeros((9, 2)), {"dt": 1.0, "estimator": est.NearestNeighbours()}, ValueError, "at least 27"),
        (np.ma.masked_array(np.zeros((9, 2))), {"dt": 1.0}, TypeError, "masked"),
    ],
)
def test_impossible_requests_are_refused(x, options, error, words):
    with pytest.raises(error, match=words):
        est.entropy_production(x, dim=0, feature_dim=1, **options)


@pytest.mark.parametrize(
    "make",
    [
        lambda: est.LinearFit(method="short-time"),
        lambda: est.UncertaintyBound(degree=-1),
        lambda: est.UncertaintyBound(lag=0),
        lambda: est.NearestNeighbours(k=0),
        lambda: est.NearestNeighbours(lag=1.5),
        lambda: est.NearestNeighbours(theiler=-1),
        lambda: est.Schnakenberg(pseudo_count=-1),
        lambda: est.Schnakenberg(pseudo_count=math.nan),
    ],
)
def test_impossible_pieces_are_refused(make):
    with pytest.raises(ValueError, match="must be"):
        make()


def test_a_short_time_fit_is_that_of_its_moments():
    """Against sums over samples and the formula for sigma with an inverse."""
    x = rotation(np.random.default_rng(9), frequency=2.0, samples=500, dt=0.05) * [1.0, 30.0]
    x -= x.mean(axis=0)
    start = x[:-1].T @ x[:-1] / 499
    propagator = x[1:].T @ x[:-1] / 499 @ np.linalg.inv(start)
    c = x.T @ x / 500
    drift = (propagator - np.eye(2)) / 0.05
    noise = (c - (propagator @ c + c @ propagator.T) / 2) / 0.05
    force = drift + noise @ np.linalg.inv(c)
    wanted = np.trace(np.linalg.inv(noise) @ force @ c @ force.T)
    found = est.entropy_production(x, dim=0, feature_dim=1, dt=0.05, estimator=est.ShortTimeFit())
    assert found == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("lag", [1, 3])
@pytest.mark.parametrize("estimator", [est.UncertaintyBound, est.FiniteTimeBound])
def test_a_bound_is_the_precision_of_the_best_current_of_the_other_half(estimator, lag):
    x = rotation(np.random.default_rng(10), frequency=1.0, samples=601, dt=0.1)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    halves = []
    for part in (x[:300], x[300:]):
        middle, step = (part[lag:] + part[:-lag]) / 2, part[lag:] - part[:-lag]
        columns = [np.ones(len(step)), *middle.T]
        halves.append(np.array([column * one for column in columns for one in step.T]))
    fitted = [np.linalg.solve(np.cov(part, bias=True), part.mean(axis=1)) for part in halves]
    bounds = []
    for weights, part in zip(fitted, halves[::-1], strict=True):
        current = weights @ part
        bounds.append(max(current.mean(), 0.0) ** 2 / current.var())
    precision = np.mean(bounds)
    if estimator is est.FiniteTimeBound:
        s = np.arcsinh(np.sqrt(precision))
        precision = s * np.tanh(s)
    found = est.entropy_production(x, dim=0, feature_dim=1, dt=0.1, estimator=estimator(lag=lag))
    assert found == pytest.approx(2 * precision / (lag * 0.1), rel=1e-8)


@pytest.mark.parametrize("estimator", [est.LinearFit(), est.ShortTimeFit()], ids=repr)
def test_a_fit_whose_noise_is_no_covariance_is_nan(estimator):
    """A record that grows fits a system that would need less than no noise; its entropy production is not infinite."""
    grown = np.cumsum(np.random.default_rng(11).normal(size=(300, 2)), axis=0)
    grown *= np.exp(np.linspace(0.0, 20.0, 300))[:, None]
    assert np.isnan(est.entropy_production(grown, dim=0, feature_dim=1, dt=1.0, estimator=estimator))


def test_samples_that_forget_each_other_are_warned_of():
    for seed in range(8):
        noise = np.random.default_rng(seed).normal(size=(600, 2))
        with pytest.warns(RuntimeWarning, match="LinearFit") as told:
            rate = est.entropy_production(noise, dim=0, feature_dim=1, dt=0.1)
        assert np.isnan(rate) or any("share nothing" in str(one.message) for one in told)


def test_components_that_are_not_taken_together_are_warned_of():
    x = xr.DataArray(
        np.random.default_rng(0).normal(size=(500, 2)).cumsum(0),
        dims=("t", "component"),
        coords={"t": 0.1 * np.arange(500)},
    )
    with pytest.warns(RuntimeWarning, match="pass feature_dim='component'"):
        est.entropy_production(x, dim="t", estimator=est.UncertaintyBound())
    with pytest.raises(TypeError, match="write Vasicek\\(\\)"):
        est.entropy(x, dim="t", estimator=est.Vasicek)
