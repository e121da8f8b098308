"""Entropies of densities: closed forms, exact rules of change, other people's formulas, and data that are refused."""

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats
import xarray as xr
from scipy.spatial import cKDTree

from ergodica import estimators as est
from ergodica.estimators.continuous.weighted_kozachenko_leonenko import entropy_weights

GAUSSIAN = 0.5 * math.log(2 * math.pi * math.e)
SPACINGS = {est.Vasicek: "vasicek", est.VanEs: "van es", est.Ebrahimi: "ebrahimi", est.Correa: "correa"}
LANES, N = 12, 1_500

# entropies: Cover and Thomas 2006, table 17.1; log-normal mean + Gaussian; Cauchy ln 4 pi
DENSITIES = {
    "uniform": (lambda rng, shape: rng.random(shape), 0.0),
    "exponential": (lambda rng, shape: rng.exponential(size=shape), 1.0),
    "Laplace": (lambda rng, shape: rng.laplace(size=shape), 1 + math.log(2)),
    "log-normal": (lambda rng, shape: rng.lognormal(size=shape), GAUSSIAN),
    "Cauchy": (lambda rng, shape: rng.standard_cauchy(shape), math.log(4 * math.pi)),
}


@pytest.mark.parametrize("name", DENSITIES)
def test_closed_forms_of_scalar_densities_are_met_by_neighbours(name):
    sample, truth = DENSITIES[name]
    x = sample(np.random.default_rng(8), (LANES, N))
    found = est.entropy(x, estimator=est.KozachenkoLeonenko(k=4))
    # the bias of neighbours in one dimension is of order k/n beside the spread: a tenth of the allowance
    assert abs(found.mean() - truth) < 4 * found.std(ddof=1) / math.sqrt(LANES) + 0.005


@pytest.mark.parametrize("estimator", SPACINGS)
@pytest.mark.parametrize("name", ["uniform", "exponential", "Laplace"])
def test_closed_forms_of_scalar_densities_are_met_by_spacings(name, estimator):
    sample, truth = DENSITIES[name]
    x = sample(np.random.default_rng(9), (LANES, N))
    found = est.entropy(x, estimator=estimator())
    # biases at n=500 on 400 lanes, which fall with n: van Es .05 (exponential) and .10 (Gaussian), others below .045
    bias = 0.1 if estimator is est.VanEs else 0.045
    assert abs(found.mean() - truth) < 4 * found.std(ddof=1) / math.sqrt(LANES) + bias


def test_independent_components_add_up():
    rng = np.random.default_rng(2)
    x = np.stack([rng.exponential(size=(LANES, N)), rng.random((LANES, N))], axis=-1)
    found = est.entropy(x, dim=1, feature_dim=2, estimator=est.KozachenkoLeonenko())
    # edges in two dimensions leave a bias of order n^(-1/2): .04 here, as measured on 400 lanes
    assert abs(found.mean() - 1.0) < 4 * found.std(ddof=1) / math.sqrt(LANES) + 0.05


@pytest.mark.parametrize(("norm", "p"), [("maximum", np.inf), ("euclid", 2), ("manhattan", 1)])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_neighbours_agree_with_the_formula_on_scipys_tree(d, norm, p):
    x = np.random.default_rng(d).normal(size=(400, d))
    radius = cKDTree(x).query(x, 5, p=p)[0][:, -1]
    ball = {1: 2**d / math.factorial(d), 2: math.pi ** (d / 2) / math.gamma(d / 2 + 1), np.inf: 2.0**d}[p]
    psi = scipy.special.digamma
    wanted = psi(400) - psi(4) + math.log(ball) + d * np.log(radius).mean()
    found = est.entropy(x, dim=0, feature_dim=1, estimator=est.KozachenkoLeonenko(k=4, norm=norm))
    assert found == pytest.approx(wanted, abs=1e-12)  # round-off of 400 logarithms


@pytest.mark.parametrize("estimator", SPACINGS)
@pytest.mark.parametrize(("n", "window"), [(3, 1), (20, 4), (301, None)])
def test_spacings_agree_with_scipy(estimator, n, window):
    x = np.random.default_rng(n).normal(size=n)
    wanted = scipy.stats.differential_entropy(
        x, window_length=window or math.floor(math.sqrt(n) + 0.5), method=SPACINGS[estimator]
    )
    assert est.entropy(x, estimator=estimator(window=window)) == pytest.approx(wanted, abs=1e-12)


def test_weights_of_neighbours_cancel_the_first_terms_of_the_bias():
    for k, d in ((10, 5), (20, 8), (100, 12)):
        w, j = np.array(entropy_weights(k, d)), np.arange(1, k + 1)
        assert w.sum() == pytest.approx(1, abs=1e-12)
        for term in range(1, d // 4 + 1):
            ratio = np.exp(scipy.special.gammaln(j + 2 * term / d) - scipy.special.gammaln(j))
            assert abs((w * ratio).sum()) < 1e-9 * ratio.max()
    np.testing.assert_allclose(
        entropy_weights(6, 2), 1 / 6, rtol=1e-14
    )  # no condition: least squares are equal


def test_weights_lower_the_bias_in_five_dimensions():
    x = np.random.default_rng(4).normal(size=(16, 4_000, 5))
    plain, weighted = (
        est.entropy(x, dim=1, feature_dim=2, estimator=e).mean() - 5 * GAUSSIAN
        for e in (est.KozachenkoLeonenko(k=5), est.WeightedKozachenkoLeonenko(k=20))
    )
    # measured on 100 lanes: -.061 and -.036, with a standard error of the mean of 16 of .008
    assert abs(weighted) < abs(plain) - 0.005


def test_gaussian_plug_in_is_without_bias_at_the_fewest_samples():
    d, n = 4, 6
    x = np.random.default_rng(0).normal(size=(4_000, n, d))
    found = est.entropy(x, dim=1, feature_dim=2, estimator=est.GaussianPlugIn())
    assert abs(found.mean() - d * GAUSSIAN) < 4 * found.std() / math.sqrt(4_000)
    variance = (
        scipy.special.polygamma(1, (n - np.arange(1, d + 1)) / 2).sum() / 4
    )  # of ln det of a Wishart matrix
    assert found.var() == pytest.approx(variance, rel=0.15)  # four standard errors of a variance, kurtosis 5


@pytest.mark.parametrize(
    "estimator", [est.GaussianPlugIn(), est.KernelDensity(), est.KernelDensity(bandwidth=0.4)]
)
def test_an_affine_map_adds_the_logarithm_of_its_determinant(estimator):
    rng = np.random.default_rng(1)
    x, matrix = rng.normal(size=(3, 200, 3)) ** 3, rng.normal(size=(3, 3)) * [1.0, 1e6, 1e-6]
    options = {"dim": 1, "feature_dim": 2, "estimator": estimator}
    change = est.entropy(x @ matrix + 3, **options) - est.entropy(x, **options)
    # round-off grows with the condition of the map, 1e12, in the components that it mixes: none here, so 1e-9
    np.testing.assert_allclose(change, np.linalg.slogdet(matrix)[1], atol=1e-8)


@pytest.mark.parametrize(
    "estimator", [est.KozachenkoLeonenko(), est.WeightedKozachenkoLeonenko(), *(e() for e in SPACINGS)]
)
def test_a_unit_adds_its_logarithm_a_component(estimator):
    d = 1 if estimator.takes == "series" else 3
    x = np.random.default_rng(5).normal(size=(2, 300, d))
    options = {"dim": 1, "feature_dim": 2, "estimator": estimator}
    before = est.entropy(x, **options)
    for unit in (1e-12, -1e12, 1e-150):
        np.testing.assert_allclose(
            est.entropy(x * unit, **options), before + d * math.log(abs(unit)), atol=1e-10
        )


@pytest.mark.parametrize("rule", ["silverman", "scott", 0.5])
def test_kernel_density_agrees_with_scipy(rule):
    x = np.random.default_rng(6).normal(size=(300, 2)) @ [[1.0, 0.7], [0.0, 2.0]]
    density = scipy.stats.gaussian_kde(x.T, bw_method=rule)
    own = 1 / math.sqrt(np.linalg.det(2 * math.pi * density.covariance))
    with_self, without = density(x.T), (300 * density(x.T) - own) / 299
    for form, wanted in (("resubstitution", with_self), ("leave-one-out", without)):
        estimator = est.KernelDensity(bandwidth=rule, form=form)
        found = est.entropy(x, dim=0, feature_dim=1, estimator=estimator)
        # what is left out is a difference of scipy's own sums
        assert found == pytest.approx(-np.log(wanted).mean(), abs=1e-9)


@pytest.mark.filterwarnings("ignore::ergodica.estimators.CondensedWarning")  # of the narrow end of the scan
def test_the_bandwidth_left_one_out_is_the_likeliest():
    rng = np.random.default_rng(7)
    x = np.concatenate([rng.normal(size=150), 20 + 0.1 * rng.normal(size=150)])  # two scales, wide apart
    best = est.kernel_density_entropy(x, bandwidth="leave-one-out")
    scan = [
        float(est.entropy(x, estimator=est.KernelDensity(bandwidth=w))) for w in np.geomspace(1e-3, 1, 200)
    ]
    # the scan's own step: an entropy that is flat at its least to second order
    assert float(best.differential_entropy) == pytest.approx(min(scan), abs=1e-3)
    silverman = float(est.entropy(x, estimator=est.KernelDensity()))
    assert float(best.differential_entropy) < silverman - 0.3


def test_kernels_are_counted_over_all_blocks_of_samples():
    """Samples come 512 at a time, the nearest of some of them in the second block."""
    x = np.random.default_rng(12).normal(size=700)
    white = (x - x.mean()) / x.std(ddof=1)
    weights = np.exp(-0.5 * ((white[:, None] - white) / 0.05) ** 2)
    np.fill_diagonal(weights, 0.0)
    wanted = weights.sum(1) ** 2 / (weights**2).sum(1)
    found = est.kernel_density_entropy(x, bandwidth=0.05)
    np.testing.assert_allclose(found.effective_kernels, wanted.mean(), rtol=1e-9)
    density = -np.log(weights.sum(1) / (699 * 0.05 * np.sqrt(2 * np.pi) * x.std(ddof=1))).mean()
    np.testing.assert_allclose(found.differential_entropy, density, rtol=1e-9)


def test_the_number_of_kernels_goes_from_all_to_one():
    x = xr.DataArray(np.random.default_rng(3).normal(size=(2, 400)), dims=("member", "t"))
    wide = est.kernel_density_entropy(x, dim="t", bandwidth=1e4)
    np.testing.assert_allclose(wide.effective_kernels, 399, rtol=1e-6)
    with pytest.warns(est.CondensedWarning, match="fewer than 5 make the density"):
        narrow = est.kernel_density_entropy(x, dim="t", bandwidth=1e-7)
    np.testing.assert_allclose(narrow.effective_kernels, 1, atol=1e-2)
    np.testing.assert_array_equal(narrow.condensed_share, 1)
    with pytest.warns(est.CondensedWarning, match="n=500 samples of 40 components"):
        est.entropy(
            np.random.default_rng(0).normal(size=(500, 40)),
            dim=0,
            feature_dim=1,
            estimator=est.KernelDensity(),
        )
