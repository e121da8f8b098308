"""Kernel EDMD: spectra in closed form, the dense solution, and bases that are as small as the data allow."""

import numpy as np
import pytest
from koopman_systems import EIGENVALUES, LAM, MU, as_run, farthest, linear_run, matrix_of, slow_manifold
from scipy.linalg import eig

from ergodica.models.koopman import KernelEDMD, NystroemEDMD, kernels
from ergodica.models.koopman.newton_basis import newton_basis
from ergodica.numerics.errors import ParameterError


def ornstein_uhlenbeck(snapshots: int, decay: float, seed: int = 0) -> np.ndarray:
    """x_n+1 = decay x_n + noise of a stationary spread of 1, (snapshots, 1)."""
    kicks = np.sqrt(1 - decay**2) * np.random.default_rng(seed).standard_normal(snapshots)
    x = np.empty(snapshots)
    x[0] = kicks[0] / np.sqrt(1 - decay**2)
    for n in range(1, snapshots):
        x[n] = decay * x[n - 1] + kicks[n]
    return x[:, None]


DENSE = {
    kernels.Gaussian(width=1.0): lambda u: np.exp(-((u[:, None] - u) ** 2).sum(axis=-1) / 2),
    kernels.Polynomial(degree=3): lambda u: (1 + u @ u.T) ** 3,
}
"""Kernels of one feature, and their matrices."""


def dense_eigenvalues(x: np.ndarray, kernel: kernels.Kernel, rank: int, ridge: float) -> np.ndarray:
    """Reduced rank regression with the whole kernel matrices, as in Kostic et al. 2022, section 3."""
    k = DENSE[kernel]((x - x.mean(axis=0)) / x.std(axis=0))
    n = len(k) - 1
    now, then, across = k[:n, :n] / n, k[1:, 1:] / n, k[1:, :n] / n
    # relative to the mean of k(x, x)
    regular = now + ridge * np.trace(now) * np.eye(n)
    values, vectors = eig(then @ now, regular)
    leading = vectors[:, np.argsort(-values.real)[:rank]].real
    leading = leading / np.sqrt((leading * (now @ regular @ leading)).sum(axis=0))
    return np.linalg.eigvals((now @ leading).T @ across @ leading)


@pytest.mark.parametrize("rank", [2, 4])
@pytest.mark.parametrize("kernel", DENSE, ids=lambda one: one.name)
def test_eigenvalues_are_those_of_the_dense_solution(kernel, rank):
    x = ornstein_uhlenbeck(120, 0.8)
    model = KernelEDMD(kernel=kernel, rank=rank, ridge=1e-4).fit(as_run(x))
    # a ridge of 1e-4 leaves 4 of the 16 digits to the dense solution
    truth = dense_eigenvalues(x, kernel, rank, 1e-4)
    assert abs(np.sort_complex(model.spectrum[0]) - np.sort_complex(truth)).max() < 1e-8


@pytest.mark.parametrize("kind", [KernelEDMD, NystroemEDMD])
def test_a_linear_kernel_has_the_eigenvalues_of_a_linear_system(kind):
    run = linear_run(matrix_of(EIGENVALUES), 60)
    model = kind(kernel=kernels.Polynomial(degree=1, offset=0.0), rank=5, ridge=0.0).fit(run)
    assert farthest(model.spectrum[0], EIGENVALUES) < 1e-12
    assert (
        abs(model.linear_rollout(run.isel(t=slice(0, 50)), 10).state.values - run.state.values[50:]).max()
        < 1e-11
    )


@pytest.mark.parametrize("kind", [KernelEDMD, NystroemEDMD])
def test_polynomials_of_degree_two_hold_the_slow_manifold(kind):
    run = slow_manifold()
    model = kind(kernel=kernels.Polynomial(degree=2), rank=6, ridge=0.0).fit(run)
    rates = np.log(model.spectrum[0].astype(complex)) / 0.1
    assert farthest(rates, np.array([0.0, MU, LAM, 2 * MU])) < 1e-9
    sound = model.arrays["residual"] < 1e-9
    assert farthest(np.array([0.0, MU, LAM, 2 * MU]), rates[sound]) < 1e-9
    start, truth = run.isel(t=slice(0, 21)), run.state.values[:, 21:]
    for roll in (model.linear_rollout, model.reencoded_rollout):
        assert abs(roll(start, 20).state.values - truth).max() < 1e-10


@pytest.mark.parametrize("kernel", [kernels.Gaussian(), kernels.Matern()], ids=lambda one: one.name)
def test_other_kernels_come_near_it(kernel):
    model = KernelEDMD(kernel=kernel, rank=40, ridge=1e-10).fit(slow_manifold())
    slow = np.exp(0.1 * np.array([0.0, MU, 2 * MU]))
    limit = (
        1e-3 if kernel.name == "gaussian-kernel" else 2e-2
    )  # not an invariant space, and the second one is rough
    assert farthest(model.spectrum[0], slow) < limit


def test_defaults_find_the_rates_of_a_damped_oscillator_and_of_the_slow_manifold():
    t = 0.1 * np.arange(200)
    turn = np.exp((-0.2 + 2j) * t)
    damped = as_run(np.stack([turn.real, turn.imag], axis=-1), 0.1)
    for run, truth in (
        (damped, np.array([-0.2 + 2j, -0.2 - 2j])),
        (slow_manifold(), np.array([MU, 2 * MU, LAM])),
    ):
        model = KernelEDMD().fit(run)
        sound = model.arrays["residual"] < 0.01
        rates = np.log(model.spectrum[0].astype(complex)[sound]) / 0.1
        # 1 %: eigenfunctions of linear parts are not in the space of the kernel, but near it
        assert all(abs(rates - one).min() < 0.01 * abs(one) for one in truth)
    # behind the constant the pair leads
    leading = np.log(KernelEDMD().fit(damped).spectrum[0][1:3]) / 0.1
    assert farthest(leading, np.array([-0.2 + 2j, -0.2 - 2j])) < 0.02


def test_powers_of_the_decay_of_an_ornstein_uhlenbeck_process():
    decay, found = 0.8, []
    for seed in range(6):
        run = as_run(ornstein_uhlenbeck(2000, decay, seed))
        model = NystroemEDMD(kernel=kernels.Gaussian(width=1.5), rank=3, ridge=1e-6, centres=100).fit(run)
        found.append(np.sort(model.spectrum[0].real)[::-1])
    error = np.std(found, axis=0, ddof=1) / np.sqrt(6)
    # Hermite polynomials: 1, decay, decay^2; a lag-one correlation of 2000 is low by (1 + 4 decay) / 2000
    assert (abs(np.mean(found, axis=0) - decay ** np.arange(3)) < 4 * error + (1 + 4 * decay) / 2000).all()


def test_a_sample_of_all_snapshots_is_the_whole():
    run = as_run(ornstein_uhlenbeck(80, 0.5))
    settings = {"kernel": kernels.Gaussian(width=1.0), "rank": 4, "ridge": 1e-6}
    whole = KernelEDMD(**settings).fit(run)
    sample = NystroemEDMD(centres=80, **settings).fit(run)
    # another order of the pivots of the same matrix
    assert abs(whole.spectrum[0] - sample.spectrum[0]).max() < 1e-9
    small = NystroemEDMD(centres=10, **settings).fit(run)
    assert len(small.arrays["centres"]) <= 10
    again = NystroemEDMD(centres=10, **settings).fit(run)
    assert (small.spectrum[0] == again.spectrum[0]).all()


def test_delays_make_up_for_what_is_not_observed():
    x = linear_run(matrix_of(EIGENVALUES), 80).state.values[:, :1]
    model = KernelEDMD(kernel=kernels.Polynomial(degree=1, offset=0.0), rank=5, ridge=0.0, delays=12)
    assert farthest(model.fit(as_run(x)).spectrum[0], EIGENVALUES) < 1e-8


def test_the_basis_makes_up_the_kernel_matrix():
    points = np.random.default_rng(0).standard_normal((200, 2))

    def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.exp(-((x[:, None] - y) ** 2).sum(axis=-1) / 8)

    centres, triangular = newton_basis(points, kernel, 500, 1e-12)
    assert len(set(centres)) == len(centres) < 150
    assert (np.triu(triangular, 1) == 0).all()
    basis = np.linalg.solve(triangular, kernel(points[centres], points))
    # what is left of the diagonal bounds what is left of all
    assert abs(basis.T @ basis - kernel(points, points)).max() < 1e-11
    few, _ = newton_basis(points, kernel, 7, 1e-12)
    assert len(few) == 7


def test_settings_and_data_that_cannot_be_are_refused():
    for wrong, words in (
        (lambda: KernelEDMD(rank=0), "rank"),
        (lambda: KernelEDMD(ridge=-1.0), "ridge"),
        (lambda: KernelEDMD(kernel="gaussian"), "kernel"),
        (lambda: NystroemEDMD(centres=0), "centres"),
        (lambda: kernels.Gaussian(width=0.0), "width"),
        (lambda: kernels.Polynomial(offset=-1.0), "offset"),
        (
            lambda: KernelEDMD(kernel=kernels.Polynomial(degree=1, offset=0.0)).fit(as_run(np.zeros((9, 2)))),
            "kernel: must not vanish",
        ),
    ):
        with pytest.raises(ParameterError, match=words):
            wrong()


def test_constant_features_and_repeated_snapshots_do_no_harm():
    x = np.stack([np.tile([0.0, 1.0, 0.0, -1.0], 10), np.full(40, 3.0)], axis=1)
    x = np.concatenate([x, np.roll(x[:, :1], 1, axis=0)], axis=1)
    model = KernelEDMD(rank=4, ridge=1e-12).fit(as_run(x))
    # four states in turn: the fourth roots of 1, less the ridge beside a share of 1e-5 that a wide kernel has of -1
    assert farthest(model.spectrum[0], np.array([1, 1j, -1, -1j])) < 1e-6
    assert abs(model.linear_rollout(as_run(x), 8).state.values - x[:8]).max() < 1e-8
