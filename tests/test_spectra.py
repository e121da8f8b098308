"""Entropies of spectra: closed forms, limits, invariances, and the same number by several routes."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.spectra.distances import median_distance, squared_distances

RNG = np.random.default_rng(3)
REPRESENTATIONS = [
    est.Covariance(),
    est.Covariance(centred=False),
    est.SingularSpectrum(),
    est.GaussianKernel(),
    est.DiffusionOperator(),
    est.DiffusionOperator(time=3),
    est.UniformDiffusion(),
]


def brute_spectrum(representation, x):
    """Eigenvalues by dense matrices, written down from the formulas."""
    if isinstance(representation, est.Covariance | est.SingularSpectrum):
        y = x - x.mean(0) if representation.centred else x
        values = np.linalg.eigvalsh(y.T @ y / len(x)).clip(0)
        return np.sqrt(values) if isinstance(representation, est.SingularSpectrum) else values
    distance = np.linalg.norm(x[:, np.newaxis] - x, axis=-1)
    sigma = np.sort(distance[np.triu_indices(len(x), 1)])[len(x) * (len(x) - 1) // 4]
    gram = np.exp(-(distance**2) / (2 * sigma**2))
    if isinstance(representation, est.GaussianKernel):
        return np.linalg.eigvalsh(gram)
    if isinstance(representation, est.UniformDiffusion):
        rows = gram.sum(1)
        gram = gram / np.outer(rows, rows)
    walk = gram / gram.sum(1, keepdims=True)  # similar to the symmetric form
    return np.abs(np.linalg.eigvals(walk).real) ** representation.time


@pytest.mark.parametrize("representation", REPRESENTATIONS, ids=repr)
@pytest.mark.parametrize("of", [est.Shannon(), est.Renyi(q=2), est.Renyi(q=0.7), est.Tsallis(q=2)], ids=repr)
def test_entropies_are_those_of_the_dense_matrices(representation, of):
    x = RNG.normal(size=(40, 6)) * [3, 2, 1, 1, 0.5, 0.1] + 0.3
    p = brute_spectrum(representation, x)
    p = p[p > 1e-12 * p.max()] / p.sum()
    found = est.matrix_entropy(x, feature_dim=-1, representation=representation, of=of)
    # eigenvalues next to round-off count in sum p^.7: 1e-12^.7 each
    assert found == pytest.approx(float(of.evaluate(p)), abs=1e-7 if of == est.Renyi(q=0.7) else 1e-10)


def test_tight_far_clusters_give_the_logarithm_of_their_number():
    x = np.concatenate(
        [RNG.normal(size=(30, 2)) * 1e-3 + centre for centre in ([0, 0], [9, 0], [0, 9], [50, 50])]
    )
    for function in (est.diffusion_spectral_entropy, est.matrix_renyi_entropy):
        # within a cluster the kernel differs from 1 by (1e-3)^2
        assert float(function(x, feature_dim=-1, sigma=1.0)) == pytest.approx(math.log(4), abs=1e-4)


def test_the_width_goes_from_all_apart_to_all_one():
    x = RNG.normal(size=(80, 3))
    values = [est.diffusion_spectral_entropy(x, feature_dim=-1, sigma=s) for s in (1e-3, 0.1, 1.0, 10.0, 1e4)]
    assert values[0] == pytest.approx(math.log(80), abs=1e-12)
    assert values[-1] == pytest.approx(0, abs=1e-6)
    assert (np.diff(values) < 0).all()


def test_longer_diffusion_keeps_what_is_coarse():
    x = RNG.normal(size=(60, 2))
    values = [est.diffusion_spectral_entropy(x, feature_dim=-1, time=t) for t in (1, 2, 4, 8, 16)]
    assert (np.diff(values) < 0).all()
    assert values[-1] == pytest.approx(0, abs=1e-5)  # one piece: only the eigenvalue 1 stays


def test_uniform_diffusion_does_not_see_the_density_and_the_other_does():
    """A ring sampled twenty times more densely on one side has, but for that, the spectrum of the even ring."""
    even, share = 2 * np.pi * (np.arange(200) + 0.5) / 200, (np.arange(700) + 0.5) / 700
    uneven = 2 * np.pi * share + 0.9 * np.sin(2 * np.pi * share)
    rings = [np.stack([np.cos(a), np.sin(a)], -1) for a in (even, uneven)]

    def change(representation):
        values = [est.matrix_entropy(x, feature_dim=-1, representation=representation) for x in rings]
        return abs(values[1] - values[0])

    # measured: .003 and .052 of 1.87
    assert change(est.UniformDiffusion(sigma=0.2, time=10)) < 0.01
    assert change(est.DiffusionOperator(sigma=0.2, time=10)) > 0.03


def test_matrix_renyi_entropy_tends_to_von_neumanns_as_q_tends_to_1():
    x = RNG.normal(size=(30, 2))
    near, at = (est.matrix_renyi_entropy(x, feature_dim=-1, q=q) for q in (1 + 1e-7, 1))
    assert near == pytest.approx(at, abs=1e-5)


def test_order_2_by_the_sum_of_squares_is_order_2_by_eigenvalues():
    x = RNG.normal(size=(50, 4))
    for representation in REPRESENTATIONS:
        p = brute_spectrum(representation, x)
        p = p / p.sum()
        found = est.matrix_entropy(x, feature_dim=-1, representation=representation, of=est.Renyi(q=2))
        assert found == pytest.approx(-math.log((p**2).sum()), abs=1e-10)


def test_orthogonal_modes_of_a_field_are_found_in_it():
    """Two travelling waves of energies 4 and 1: four modes with shares .4, .4, .1, .1."""
    t = 2 * np.pi * np.arange(64) / 64
    x = 2 * np.pi * np.arange(48) / 48
    u = 2 * np.cos(x - t[:, np.newaxis]) + np.cos(2 * x - 3 * t[:, np.newaxis])
    field = xr.DataArray(u.reshape(64, 8, 6), dims=("t", "y", "x"))
    found = est.von_neumann_entropy(field, dim="t", feature_dim=("y", "x"))
    assert float(found) == pytest.approx(-(0.8 * math.log(0.4) + 0.2 * math.log(0.1)), abs=1e-12)
    assert found.attrs["units"] == "nat"
    # fewer snapshots than points, and the other way round
    swapped = est.von_neumann_entropy(field.isel(y=slice(0, 1)), dim="t", feature_dim=("y", "x"))
    assert np.isfinite(swapped)


def test_normalized_entropy_of_equal_modes_is_one():
    cross = np.concatenate([np.eye(4), -np.eye(4)])
    assert est.von_neumann_entropy(cross, feature_dim=-1, normalize=True) == pytest.approx(1, abs=1e-12)
    assert est.von_neumann_entropy(cross, feature_dim=-1, base=2) == pytest.approx(2, abs=1e-12)


def test_ranks_of_known_spectra():
    sigma = np.array([4.0, 2.0, 1.0, 1.0])
    x = np.linalg.qr(RNG.normal(size=(30, 4)))[0] * sigma
    p = sigma / sigma.sum()
    assert est.rank_me(x, feature_dim=-1) == pytest.approx(math.exp(-(p * np.log(p)).sum()), rel=1e-12)
    assert est.nuclear_norm_rank(x, feature_dim=-1) == pytest.approx(
        sigma.sum() ** 2 / (sigma**2).sum(), rel=1e-12
    )
    renyi = est.matrix_entropy(
        x, feature_dim=-1, representation=est.Covariance(centred=False), of=est.Renyi(q=0.5)
    )
    assert est.nuclear_norm_rank(x, feature_dim=-1) == pytest.approx(math.exp(renyi), rel=1e-12)


def test_the_decay_exponent_is_read_from_the_modes_that_are_asked_for():
    j = np.arange(1, 31.0)
    steep = np.where(j <= 10, j**-1.0, 10.0**2 * j**-3.0)
    x = np.concatenate([np.eye(30), -np.eye(30)]) * np.sqrt(steep)
    assert est.alpha_req(x, feature_dim=-1, modes=(1, 10)) == pytest.approx(1, abs=1e-10)
    assert est.alpha_req(x, feature_dim=-1, modes=(11, 30)) == pytest.approx(3, abs=1e-10)


def test_classes_that_are_apart_carry_information_and_mixed_ones_none():
    labels = np.repeat(np.arange(3), 40)
    apart = RNG.normal(size=(120, 2)) + 30.0 * labels[:, np.newaxis]
    mixed = RNG.normal(size=(120, 2))
    x = xr.DataArray(np.stack([apart, mixed]), dims=("case", "sample", "unit"))
    y = xr.DataArray(labels, dims="sample")
    found = est.diffusion_spectral_mutual_information(x, y, dim="sample", feature_dim="unit", sigma=3.0)
    assert 0.6 < found[0] < math.log(3) + 0.1
    assert abs(found[1]) < 0.15  # the spread of five subsets of 40 vectors is .05
    again = est.diffusion_spectral_mutual_information(x, y, dim="sample", feature_dim="unit", sigma=3.0)
    xr.testing.assert_identical(found, again)
    other = est.diffusion_spectral_mutual_information(
        x, y, dim="sample", feature_dim="unit", sigma=3.0, seed=1
    )
    assert (other != found).any()


@pytest.mark.parametrize(("n", "d"), [(2, 1), (7, 3), (9, 2), (513, 2), (600, 17)])
def test_squared_distances_are_the_differences_squared(n, d):
    x = RNG.normal(size=(n, d))
    x[-1] = x[0] + 1e-9  # the other way, |x|^2 + |y|^2 - 2 xy, would have no digit left here
    found = squared_distances(x)
    wanted = ((x[:, np.newaxis] - x) ** 2).sum(-1)
    np.testing.assert_allclose(found, wanted, rtol=1e-13)
    np.testing.assert_array_equal(found, found.T)
    middle = np.sort(np.sqrt(wanted[np.triu_indices(n, 1)]))
    assert median_distance(found) == pytest.approx(middle[len(middle) // 2], rel=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: est.diffusion_spectral_entropy(x, feature_dim=-1, sigma=0), "sigma: must be"),
        (lambda x: est.diffusion_spectral_entropy(x, feature_dim=-1, sigma="mean"), "sigma: must be"),
        (lambda x: est.diffusion_spectral_entropy(x, feature_dim=-1, time=-1), "time: must be"),
        (lambda x: est.matrix_renyi_entropy(x, feature_dim=-1, q=-1), "q: must be"),
        (lambda x: est.alpha_req(x, feature_dim=-1, modes=(3, 2)), "modes: must be"),
        (lambda x: est.truncated_matrix_entropy(x, feature_dim=-1, modes=0), "modes: must be"),
        (lambda x: est.von_neumann_entropy(x, feature_dim=-1, base=1), "base: must be"),
        (
            lambda x: est.diffusion_spectral_mutual_information(x, np.full(20, 0.5), feature_dim=-1),
            "labels: must be",
        ),
        (
            lambda x: est.diffusion_spectral_mutual_information(
                x, np.zeros(20, int), feature_dim=-1, repeats=0
            ),
            "repeats: must be",
        ),
        (
            lambda x: est.diffusion_spectral_mutual_information(x, np.zeros(19, int), feature_dim=-1),
            "as many samples",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(RNG.normal(size=(20, 3)))


def test_pieces_that_are_none_are_refused():
    with pytest.raises(TypeError, match="representation: must be"):
        est.matrix_entropy(RNG.normal(size=(20, 3)), feature_dim=-1, representation=est.Shannon())
    with pytest.raises(TypeError, match="of: must be"):
        est.matrix_entropy(RNG.normal(size=(20, 3)), feature_dim=-1, of="shannon")


def test_one_point_has_no_spectrum_to_speak_of():
    x = np.full((10, 3), 0.1)
    for function in (
        est.von_neumann_entropy,
        est.matrix_renyi_entropy,
        est.diffusion_spectral_entropy,
        est.alpha_req,
    ):
        assert np.isnan(function(x, feature_dim=-1))


def test_classes_count_by_their_share_of_vectors():
    """Classes of two clusters and of one: ln 3 of all less ln 2, and less 0."""
    x = np.repeat([0.0, 1e3, 2e3], [100, 100, 40])[:, np.newaxis]
    labels = np.repeat([0, 1], [200, 40])
    found = est.diffusion_spectral_mutual_information(x, labels, dim=0, feature_dim=1, sigma=1.0)
    wanted = np.log(3) - 200 / 240 * np.log(2)
    assert found == pytest.approx(wanted, rel=1e-10)
