"""Dynamic mode decompositions: exact without noise, for few features, several members, fields and complex numbers."""

import numpy as np
import pytest
from koopman_systems import EIGENVALUES, as_run, farthest, linear_run, matrix_of

from ergodica import data
from ergodica.models.koopman import DMD, BaggedDMD, HankelDMD, KernelEDMD, OptimisedDMD, kernels
from ergodica.numerics.errors import ParameterError

A = matrix_of(EIGENVALUES)
LINEAR = kernels.Polynomial(degree=1, offset=0.0)
EXACT = (
    DMD(),
    DMD(rank=5),
    HankelDMD(delays=4, rank=5),
    OptimisedDMD(rank=5),
    OptimisedDMD(),
    BaggedDMD(rank=5, trials=20),
    KernelEDMD(kernel=LINEAR, rank=5, ridge=0.0),
)


@pytest.mark.parametrize("model", EXACT, ids=lambda one: f"{one.name}-{one.rank}")
def test_a_linear_system_without_noise_has_its_eigenvalues_and_its_future(model):
    run = linear_run(A, 60)
    model.fit(run)
    assert farthest(model.spectrum[0], EIGENVALUES) < 1e-12
    assert len(model.spectrum[0]) == 5
    start, truth = run.isel(t=slice(0, 40)), run.state.values[40:]
    for roll in (model.linear_rollout, model.reencoded_rollout):
        # 20 steps of round-off, times the condition of the eigenvectors
        assert abs(roll(start, 20).state.values - truth).max() < 1e-10


@pytest.mark.parametrize("model", EXACT, ids=lambda one: f"{one.name}-{one.rank}")
def test_conjugate_pairs_are_so_exactly(model):
    found = model.fit(linear_run(A, 60)).spectrum[0]
    pairs = found[found.imag > 0]
    assert set(pairs.conj()) == set(found[found.imag < 0])
    if "modes" in model.arrays:
        modes = dict(zip(np.diag(model.operator), model.arrays["modes"], strict=True))
        assert all((modes[one.conj()] == mode.conj()).all() for one, mode in modes.items())


@pytest.mark.parametrize(
    "model", [HankelDMD(delays=20, rank=5), OptimisedDMD(rank=5), OptimisedDMD(rank=5, delays=6)]
)
def test_one_feature_of_five_shows_all_eigenvalues(model):
    x = linear_run(A, 80).state.values[:, :1]
    model.fit(as_run(x[:60]))
    # one component of windows tells the damped mode to 1e-3 of its size: round-off is larger by as much
    assert farthest(model.spectrum[0], EIGENVALUES) < 1e-9
    assert abs(model.linear_rollout(as_run(x[:60]), 20).state.values - x[60:]).max() < 1e-8


@pytest.mark.parametrize("model", EXACT, ids=lambda one: f"{one.name}-{one.rank}")
def test_members_share_eigenvalues_and_modes(model):
    rng = np.random.default_rng(1)
    x = [rng.standard_normal((3, 5))]
    for _ in range(29):
        x.append(x[-1] @ A.T)
    run = as_run(np.stack(x[:25], axis=1))
    model.fit(run)
    assert farthest(model.spectrum[0], EIGENVALUES) < 1e-12
    made = model.linear_rollout(run, 5).state.values
    assert abs(made - np.stack(x[25:], axis=1)).max() < 1e-10


def test_a_decay_of_a_single_number_and_a_map_that_grows():
    for eigenvalue in (0.7, -0.9, 1.3, 1.0):
        x = 2.0 * eigenvalue ** np.arange(12.0)[:, None]
        for model in (DMD(), OptimisedDMD(rank=1), OptimisedDMD()):
            found = model.fit(as_run(x)).spectrum[0]
            assert abs(found - eigenvalue).max() < 1e-13


@pytest.mark.parametrize("snapshots", [20, 3000])
def test_equal_components_are_one_direction(snapshots):
    # the factor of many snapshots has round-off of many times the double precision
    wave = 1.3 * np.cos(0.1 * np.arange(snapshots))
    for x, count in ((np.ones((snapshots, 2)), 1), (np.stack([wave, wave], axis=1), 1)):
        assert len(DMD().fit(as_run(x)).spectrum[0]) == count
    assert abs(DMD().fit(as_run(np.ones((snapshots, 2)))).spectrum[0] - 1).max() < 1e-12


def test_a_rank_of_which_no_window_tells_the_amplitudes_is_refused_by_name(monkeypatch):
    run = as_run(0.9 ** np.arange(30.0)[:, None])
    monkeypatch.setattr(OptimisedDMD, "_eigenvalues", lambda self, values: np.array([0.9 + 0j, 0.9]))
    with pytest.raises(ParameterError, match=r"rank: must be at most .*got 2.*use rank=1 or rank=None"):
        OptimisedDMD(rank=2).fit(run)
    with pytest.raises(ParameterError, match=r"delays: must determine .*use delays=None"):
        OptimisedDMD(rank=2, delays=5).fit(run)


def test_growth_decay_and_ramps_of_any_size():
    n = np.arange(400.0)
    for x, truth in (
        (2.0 ** np.arange(900.0), [2.0]),
        (1e200 * np.cos(0.3 * n), np.exp([0.3j, -0.3j])),
        (1e-200 * 0.9**n, [0.9]),
        (np.cos(1e-3 * np.arange(10_000.0)), np.exp([1e-3j, -1e-3j])),
    ):
        with np.errstate(all="ignore"):  # residuals of such sizes are squared
            found = OptimisedDMD(rank=len(truth)).fit(as_run(x[:, None])).spectrum[0]
        assert farthest(found, np.array(truth)) < 1e-12
    ramp = as_run(np.arange(30.0)[:, None])
    # a double eigenvalue of 1, whose distance from two is the root of round-off
    model = OptimisedDMD(rank=2).fit(ramp)
    assert abs(model.spectrum[0] - 1).max() < 1e-6
    assert abs(model.linear_rollout(ramp, 3).state.values[:, 0] - [30, 31, 32]).max() < 1e-5


def test_a_standing_soliton_turns_at_half_its_squared_amplitude():
    amplitude, dt = 2.0, 0.1
    t, x = dt * np.arange(40), np.linspace(-8, 8, 64, endpoint=False)
    psi = amplitude / np.cosh(amplitude * x) * np.exp(0.5j * amplitude**2 * t)[:, None]
    run = field(psi, t, x)
    for model in (DMD(), OptimisedDMD(rank=2), HankelDMD(delays=3)):
        found = np.log(model.fit(run).spectrum[0]) / dt
        assert abs(np.sort_complex(found) - np.array([-2j, 2j])).max() < 1e-12
        mode = model.modes()
        whole = mode.psi_real.values + 1j * mode.psi_imag.values
        # e^{2it} alone: its mode has the soliton's profile, that of e^{-2it} vanishes
        sizes = np.sqrt((abs(whole) ** 2).sum(axis=-1))
        top = whole[np.argmax(sizes)]
        profile = psi[0] / np.sqrt((abs(psi[0]) ** 2).sum())
        assert abs(abs(np.vdot(profile, top)) / sizes.max() - 1) < 1e-12
        assert sizes.min() < 1e-10 * sizes.max()


def test_modes_of_a_travelling_wave_are_the_waves():
    speed, dt = 1.3, 0.05
    t, x = dt * np.arange(50), 2 * np.pi * np.arange(32) / 32
    phase = x - speed * t[:, None]
    wave = np.cos(phase) + 0.5 * np.cos(2 * phase + 0.4)
    run = data.from_arrays(
        {"u": wave},
        title="a travelling wave",
        dims={"u": ("t", "x")},
        coordinates={"x": x},
        t=t,
        units={"u": "1"},
    )
    for model in (DMD(), OptimisedDMD(rank=4)):
        found = np.log(model.fit(run).spectrum[0]) / dt
        assert farthest(found, speed * np.array([-2j, -1j, 1j, 2j])) < 1e-11
        modes = model.modes()
        for rate, real, imag in zip(found, modes.u_real.values, modes.u_imag.values, strict=True):
            k = round(-rate.imag / speed)  # e^{ik(x - ct)}
            mode = (real + 1j * imag) / np.sqrt((real**2 + imag**2).sum())
            assert abs(abs(np.vdot(np.exp(1j * k * x) / np.sqrt(32), mode)) - 1) < 1e-11


def field(psi, t, x):
    return data.from_arrays(
        {"psi": psi},
        title="a wave",
        dims={"psi": ("t", "x")},
        coordinates={"x": x},
        t=t,
        units={"psi": "1"},
    )


def test_a_warning_names_the_line_that_fits():
    with pytest.warns(UserWarning, match="eigenvalues and amplitudes are fitted to") as said:
        OptimisedDMD(rank=1).fit(as_run(np.array([[1.0, 2.0], [0.5, 1.0]])))
    assert said[0].filename == __file__


def test_a_model_that_is_fitted_anew_forgets_the_former_window():
    x = linear_run(A, 60).state.values
    model = OptimisedDMD(rank=5).fit(as_run(x[:, :1]))
    assert model.lookback > 5
    assert model.fit(as_run(x[:16])).lookback <= 3
    assert farthest(model.spectrum[0], EIGENVALUES) < 1e-9  # of six snapshots


def test_what_cannot_be_told_is_refused():
    run = linear_run(A, 60)
    one = as_run(run.state.values[:, :1])
    for model, ds, words in (
        (OptimisedDMD(rank=31), one, "rank: must be at most 30 for 60 snapshots of 1 numbers"),
        (OptimisedDMD(rank=5, delays=4), one, "delays: must determine the amplitudes"),
        (OptimisedDMD(rank=2), as_run(np.zeros((20, 2))), "must not be zero"),
        (DMD(), as_run(np.zeros((20, 2))), "must not be zero"),
        (HankelDMD(delays=20), as_run(np.ones((20, 2))), "at least 21 snapshots"),
        (BaggedDMD(rank=6), as_run(run.state.values[:7]), "rank: must"),
    ):
        with pytest.raises(ParameterError, match=words):
            model.fit(ds)
    for wrong, words in (
        (lambda: DMD(rank=0), "rank"),
        (lambda: OptimisedDMD(rank=2.5), "rank"),
        (lambda: HankelDMD(delays=0), "delays"),
        (lambda: BaggedDMD(trial_size=1.0), "trial_size"),
        (lambda: BaggedDMD(trials=0), "trials"),
    ):
        with pytest.raises(ParameterError, match=words):
            wrong()


def test_a_rank_above_the_numbers_of_a_window_is_refused_and_one_above_those_of_the_data_is_theirs():
    rng = np.random.default_rng(0)
    run = as_run(rng.standard_normal((100, 2)))
    with pytest.raises(
        ParameterError, match="rank: must be at most 2 for 2 features in windows of 1, got 50"
    ):
        DMD(rank=50).fit(run)
    with pytest.raises(ParameterError, match="rank: must be at most 6 for 2 features in windows of 3, got 7"):
        HankelDMD(delays=3, rank=7).fit(run)
    line = as_run(rng.standard_normal((100, 1)) * [1.0, 2.0])
    assert DMD(rank=2).fit(line).operator.shape == (1, 1)
