"""Information of a continuum through the same functions: which estimator answers, and what it is given."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est

# x_t = .5 x + e, y_t = .5 y + .4 x_(t-1) + e
AUTOREGRESSIVE = 0.0920525


def autoregressive(seed, n):
    rng = np.random.default_rng(seed)
    e, f = rng.normal(size=(2, n + 100))
    x, y = np.zeros(n + 100), np.zeros(n + 100)
    for t in range(1, n + 100):
        x[t] = 0.5 * x[t - 1] + e[t]
        y[t] = 0.5 * y[t - 1] + 0.4 * x[t - 1] + f[t]
    return x[100:], y[100:]


def test_transfer_entropy_of_coupled_autoregressions_is_known():
    n, seeds = 4000, 8
    x, y = np.stack([autoregressive(seed, n) for seed in range(seeds)], axis=1)
    forth = est.transfer_entropy(x, y, estimator=est.GaussianInformation())
    # T is a sum over n of chi-square type: its standard deviation is near sqrt(2 T/n) = .0068
    assert forth.mean() == pytest.approx(AUTOREGRESSIVE, abs=4 * 0.0068 / math.sqrt(seeds))
    back = est.transfer_entropy(y, x, estimator=est.GaussianInformation())
    # nothing goes back: 2 n T is chi-square with one degree of freedom
    assert (2 * n * back < 20).all()
    neighbours = est.transfer_entropy(x[:2], y[:2])
    # KSG of three neighbours: bias below .02 of itself and of the noise of its neighbours, .01 a series
    assert neighbours.mean() == pytest.approx(AUTOREGRESSIVE, abs=0.035)


def test_real_numbers_go_to_neighbours_and_delays_are_built_here():
    x, y = autoregressive(1, 300)
    assert est.mutual_information(x, y) == est.KSG().mutual_information(x[None, :, None], y[None, :, None])[0]
    found = est.transfer_entropy(x, y, lag=2, history=2, source_history=2, given=x**3, given_lag=1)
    now = y[None, 3:, None]
    driver = np.stack([x[1:-2], x[:-3]], axis=-1)[None]
    past = np.stack([y[2:-1], y[1:-2], x[2:-1] ** 3], axis=-1)[None]
    assert found == est.KSG().conditional_mutual_information(driver, now, past)[0]
    found = est.transfer_entropy(x, y, history=0, estimator=est.GaussianInformation())
    expected = est.GaussianInformation().mutual_information(x[None, :-1, None], y[None, 1:, None])[0]
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_condition_may_be_several_arrays_or_one_of_vectors():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 500))
    x, y = a + b + rng.normal(size=500), a - b + rng.normal(size=500)
    both = np.stack([a, b], axis=-1)
    options = {"estimator": est.GaussianInformation()}
    apart = est.conditional_mutual_information(x, y, [a, b], **options)
    labelled = [xr.DataArray(x, dims="t"), xr.DataArray(y, dims="t"), xr.DataArray(both, dims=("t", "c"))]
    together = est.conditional_mutual_information(*labelled, dim="t", feature_dim="c", **options)
    assert float(together) == pytest.approx(apart, rel=1e-12)
    assert "GaussianInformation" in together.attrs["method"]


def test_any_estimator_of_entropy_gives_information_by_sums():
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=(2, 400))
    y = x + z
    estimator = est.KozachenkoLeonenko()

    def h(*parts):
        return est.entropy(np.stack(parts, axis=-1), dim=0, feature_dim=1, estimator=estimator)

    for found, expected in (
        (est.joint_entropy(x, y), h(x, y)),
        (est.conditional_entropy(x, y), h(x, y) - h(y)),
        (est.mutual_information(x, y, estimator=estimator), h(x) + h(y) - h(x, y)),
        (
            est.conditional_mutual_information(x, z + x, y + 2 * z, estimator=estimator),
            h(x, y + 2 * z) + h(z + x, y + 2 * z) - h(x, z + x, y + 2 * z) - h(y + 2 * z),
        ),
        (est.multi_information(x, x + z, z - x / 2, estimator=estimator),
         h(x) + h(x + z) + h(z - x / 2) - h(x, x + z, z - x / 2)),
    ):  # fmt: skip
        assert found == pytest.approx(expected, abs=1e-12)


def test_gaussian_synergy_has_its_closed_form():
    """Of three Gaussian variables the O-information is a sum of logarithms of determinants."""
    rng = np.random.default_rng(4)
    x, y, noise = rng.normal(size=(3, 5000))
    z = x + y + noise
    s = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 3.0]])
    log_pair = [math.log(np.linalg.det(np.delete(np.delete(s, i, 0), i, 1))) for i in range(3)]
    expected = (math.log(np.linalg.det(s)) + math.log(3) - sum(log_pair)) / 2
    found = est.o_information(x, y, z, estimator=est.GaussianPlugIn())
    # each logarithm of a variance has the standard deviation sqrt(2/n) = .02, and most of it cancels
    assert found == pytest.approx(expected, abs=0.06)
    assert expected < 0


@pytest.mark.parametrize(
    ("error", "call", "words"),
    [
        (ValueError, lambda x: est.mutual_information(x[:3], x[3:6]), "dim: must hold at least"),
        (ValueError, lambda x: est.transfer_entropy(x[:4], x[5:9]), "dim: must hold at least"),
        (ValueError, lambda x: est.joint_entropy(x[:1], x[1:2]), "dim: must hold at least"),
        (TypeError, lambda x: est.mutual_information(x, x.astype(complex)), "y: must hold real numbers|y: must"),
        (TypeError, lambda x: est.dual_total_correlation(x, x, estimator=est.KSG()), "estimator: must be one of entr"),
    ],
)  # fmt: skip
def test_too_few_samples_and_wrong_pieces_are_refused(error, call, words):
    with pytest.raises(error, match=words):
        call(np.random.default_rng(5).normal(size=50))


def test_bad_lanes_are_nan_alone():
    x, y = np.random.default_rng(6).normal(size=(2, 3, 100))
    clean = est.transfer_entropy(x, y, estimator=est.GaussianInformation())
    x[1, 7] = np.inf
    found = est.transfer_entropy(x, y, estimator=est.GaussianInformation())
    assert np.isnan(found[1])
    np.testing.assert_array_equal(found[[0, 2]], clean[[0, 2]])


def test_a_table_of_equal_masses_is_corrected_by_its_degrees_of_freedom():
    x, noise = np.random.default_rng(22).normal(size=(2, 240))
    y = x + noise
    i, j = (np.argsort(np.argsort(one)) * bins // 240 for one, bins in ((x, 6), (y, 6)))
    p = np.zeros((6, 6))
    np.add.at(p, (i, j), 1 / 240)
    seen = p > 0
    wanted = (p[seen] * np.log(p[seen] * 36)).sum() - 5 * 5 / (2 * 240)
    found = est.mutual_information(x, y, estimator=est.EqualMassTable(bins=6))
    assert found == pytest.approx(wanted, rel=1e-12)


def test_compression_keeps_the_directions_of_largest_variance():
    rng = np.random.default_rng(23)
    sizes, turn = np.array([0.1, 5.0, 1.0, 0.3]), np.linalg.qr(rng.normal(size=(4, 4)))[0]
    x = rng.normal(size=(300, 4)) * sizes @ turn
    y = rng.normal(size=300) + x @ turn.T[:, 1] / 5
    left, values, _ = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    two = left[:, :2] * values[:2]
    for estimator in (est.GaussianInformation(), est.KSG()):
        wanted = est.mutual_information(two, y[:, None], dim=0, feature_dim=1, estimator=estimator)
        compressed = est.Compressed(components=2, estimator=estimator)
        found = est.mutual_information(x, y[:, None], dim=0, feature_dim=1, estimator=compressed)
        assert found == pytest.approx(wanted, rel=1e-8)
