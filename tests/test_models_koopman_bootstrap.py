"""Intervals of eigenvalues come from refits to resampled blocks, and have the width that theory gives."""

import numpy as np
import pytest
from koopman_systems import EIGENVALUES, as_run, linear_run, matrix_of, slow_manifold

from ergodica import data
from ergodica.models.koopman import (
    EDMD,
    VAMP,
    BaggedDMD,
    HankelDMD,
    OptimisedDMD,
    exponential_resampling,
)
from ergodica.models.koopman.bootstrap import block_length, paired, refitted_eigenvalues, resampled
from ergodica.models.koopman.dictionaries import Identity, Polynomial, Radial
from ergodica.models.koopman.exponential_fit import columns_of
from ergodica.models.koopman.exponential_resampling import residual_factors
from ergodica.models.koopman.exponentials import eigenvalues_of, factors_of
from ergodica.models.koopman.variable_projection import best_exponentials
from ergodica.models.trajectories import trajectories_of
from ergodica.numerics.errors import ParameterError


def test_blocks_hold_consecutive_snapshots_of_one_member():
    values = (1000 * np.arange(3)[:, None] + np.arange(40))[..., None].astype(float)
    series = trajectories_of(as_run(values))
    drawn = resampled(series, 2, 9, np.random.default_rng(0))
    assert drawn.values.shape == (13, 11, 1)  # 13 blocks of 9 pairs make up 3 * 38
    assert (np.diff(drawn.values[..., 0], axis=1) == 1).all()
    assert len(np.unique(drawn.values[:, 0, 0])) > 6


def test_whole_members_are_drawn_where_there_are_many():
    assert block_length(30, 100, 1) == 100
    assert block_length(29, 100, 1) == 10
    assert block_length(1, 100, 25) == 25
    assert block_length(1, 3, 5) == 3


def test_standard_errors_are_those_of_least_squares():
    # a complex pair of one rotation: (1 - |lambda|^2) / 2N for each part, here of .9; 200 refits leave 5 % of chance,
    # and the 71 blocks of one sample of 5,000 another 8 %
    turn = 0.9 * np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    found = EDMD(dictionary=Identity()).fit(linear_run(turn, 5000, 1.0)).eigenvalues(200)
    expected = np.sqrt((1 - 0.81) / 10_000)
    for part in ("real", "imag"):
        assert found[f"eigenvalue_standard_error_{part}"].values == pytest.approx(expected, rel=0.3)
        width = found[f"eigenvalue_high_{part}"] - found[f"eigenvalue_low_{part}"]
        assert width.values == pytest.approx(2 * 1.96 * expected, rel=0.3)
    # d log(lambda) = d lambda / lambda
    width = (found.growth_rate_high - found.growth_rate_low).values
    assert width == pytest.approx(2 * 1.96 * expected / 0.9, rel=0.3)
    width = (found.frequency_high - found.frequency_low).values
    assert width == pytest.approx(2 * 1.96 * expected / 0.9 / (2 * np.pi), rel=0.3)


def test_intervals_hold_the_truth_and_pass_the_check():
    found = (
        EDMD(dictionary=Identity())
        .fit(linear_run(matrix_of(EIGENVALUES), 2000, 1.0))
        .eigenvalues(200, level=0.99)
    )
    assert data.check(found) == []
    truth = EIGENVALUES[abs(found.ergodica["eigenvalue"].values[:, None] - EIGENVALUES).argmin(axis=1)]
    assert sorted(truth, key=np.angle) == sorted(EIGENVALUES, key=np.angle)
    for part, true in (("real", truth.real), ("imag", truth.imag)):
        low, high = (found[f"eigenvalue_{end}_{part}"].values for end in ("low", "high"))
        assert (low <= true).all()
        assert (true <= high).all()


def test_eigenvalues_of_refits_stand_beside_their_own():
    run = linear_run(matrix_of(EIGENVALUES), 2000, 1.0)
    model = EDMD(dictionary=Identity()).fit(run)
    refits = refitted_eigenvalues(model, trajectories_of(run), 20, None, 0)
    # noise moves them by some hundredths, they are .3 apart
    assert abs(refits - model.spectrum[0]).max() < 0.1


def test_an_eigenvalue_that_stays_is_not_paired_with_one_that_passes_by():
    own = np.array([0.9067, 0.9048, 0.5 + 0.1j, 0.5 - 0.1j])
    others = np.array([0.9048, 0.9, 0.52 - 0.1j, 0.52 + 0.1j])
    assert (paired(own, others) == others[[1, 0, 3, 2]]).all()
    assert np.isnan(paired(own, others[:3])).sum() == 1
    assert (paired(own[:2], others) == others[[1, 0]]).all()


def test_without_noise_intervals_have_no_width():
    found = EDMD(dictionary=Polynomial(degree=2)).fit(slow_manifold(members=40)).eigenvalues(40)
    kept = found.spurious.values == 0
    assert kept.sum() == 4
    assert (found.eigenvalue_standard_error_real.values[kept] < 1e-11).all()
    assert (
        found.eigenvalue_standard_error_real.values[~kept] > 1e-5
    ).all()  # of other data, other wrong values


def test_the_same_seed_gives_the_same_intervals():
    model = EDMD(dictionary=Identity()).fit(linear_run(matrix_of(EIGENVALUES), 300, 1.0))
    first, again, other = (model.eigenvalues(40, seed=seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.eigenvalue_low_real.equals(other.eigenvalue_low_real)


def test_intervals_near_the_fold_of_the_logarithm_are_narrow():
    # lambda near -.9: its angle jumps from pi to -pi, the interval of its frequency must not
    # (refits scatter by .006, and are real and negative where they reach pi)
    turn = 0.9 * np.array([[np.cos(3.135), -np.sin(3.135)], [np.sin(3.135), np.cos(3.135)]])
    found = EDMD(dictionary=Identity()).fit(linear_run(turn, 3000, 1.0)).eigenvalues(100)
    assert ((found.frequency_high - found.frequency_low) < 0.02).all()


def test_refits_have_the_same_observables():
    model = EDMD(dictionary=Radial(centres=10)).fit(slow_manifold())
    other = model.refitted(trajectories_of(slow_manifold(seed=3)))
    assert (other.arrays["dictionary.centres"] == model.arrays["dictionary.centres"]).all()
    assert abs(other.operator - model.operator).max() > 1e-3
    # of the same data, the same operator
    again = model.refitted(trajectories_of(slow_manifold()))
    assert (again.operator == model.operator).all()


def test_a_zero_eigenvalue_has_intervals_without_warnings():
    x = np.zeros((40, 3, 2))
    x[:, 0] = np.random.default_rng(0).standard_normal((40, 2))
    x[:, 1, 0] = x[:, 0, 1]  # x' = y, y' = 0
    found = EDMD(dictionary=Identity()).fit(as_run(x)).eigenvalues(40)
    assert (
        abs(found.eigenvalue_high_real - found.eigenvalue_low_real).max() < 1e-6
    )  # twice 0: the root of round-off


def test_refits_of_lower_rank_leave_gaps_and_no_warning():
    # a short pulse is in few of the blocks
    x = np.zeros((400, 2))
    x[:, 0] = np.cos(0.3 * np.arange(400))
    x[0, 1] = 1.0
    model = EDMD(dictionary=Identity()).fit(as_run(x))
    found = model.eigenvalues(40)
    assert np.isfinite(found.eigenvalue_real).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"intervals": 39}, "intervals: must be a whole number of at least 40"),
        ({"intervals": 40, "level": 1.0}, "level: must be between 0 and 1"),
        ({"level": 7}, "level: must be between 0 and 1, got 7"),
        ({"block": 0}, "block: must be a whole number of at least 1"),
        ({"seed": -1}, "seed: must be a whole number of at least 0"),
        ({"intervals": 40, "block": 0}, "block: must be a whole number"),
        ({"intervals": 40, "block": 300}, "block: must be 1 to 149 pairs"),
        ({"intervals": 40, "block": 2.5}, "block: must be a whole number"),
        ({"intervals": 40, "level": "a"}, "level: must be between 0 and 1"),
        ({"intervals": 40, "seed": -1}, "seed: must be a whole number of at least 0"),
        ({"epsilon": -1.0}, "epsilon: must be 0 or more"),
        ({"epsilon": "a"}, "epsilon: must be 0 or more"),
    ],
)
def test_requests_that_cannot_work_are_refused(arguments, words):
    model = EDMD(dictionary=Identity()).fit(linear_run(matrix_of(EIGENVALUES), 300, 1.0))
    with pytest.raises(ParameterError, match=words):
        model.eigenvalues(**arguments)


def test_residuals_that_stay_as_they_were_are_no_resampling():
    model = OptimisedDMD(rank=5).fit(linear_run(matrix_of(EIGENVALUES), 60, 0.01))
    for block in (31, 60, 1000):
        with pytest.raises(ParameterError, match="block: must be at most 30, half of the snapshots"):
            model.eigenvalues(40, block=block)
    assert (model.eigenvalues(40, block=30).eigenvalue_standard_error_real > 0).all()


def test_refits_scatter_as_the_fit_and_not_as_the_blocks_about_their_own_mean():
    # 4 members of 9 pairs in blocks of 5: 7.2 blocks, of which 8 are drawn
    run = as_run(np.random.default_rng(0).standard_normal((4, 10, 2)))
    model = EDMD(dictionary=Identity()).fit(run)
    series = trajectories_of(run)
    own, found = model.spectrum[0], refitted_eigenvalues(model, series, 20, 5, 0)
    streams = np.random.SeedSequence(0).spawn(20)
    drawn = [resampled(series, 1, 5, np.random.default_rng(stream)) for stream in streams]
    plain = np.array([paired(own, model.refitted(one).spectrum[0]) for one in drawn])
    np.testing.assert_allclose(found - own, np.sqrt(8 / 6.2) * (plain - own), rtol=1e-12)


def test_resampled_residuals_have_the_size_of_the_noise(monkeypatch):
    # a damped oscillation takes 2 eigenvalues and 2 amplitudes of 20 numbers: residuals are smaller by sqrt(16/20),
    # and are taken about their mean
    truth, seeds = 0.95 * np.exp([0.5j, -0.5j]), 600
    noise = 0.01 * np.random.default_rng(0).standard_normal((seeds, 20, 1))
    runs = (truth[0] ** np.arange(20)).real[:, None] + noise
    factors = best_exponentials(np.repeat(factors_of(truth)[None], seeds, axis=0), runs)[0]
    drawn = []
    monkeypatch.setattr(
        exponential_resampling,
        "_batched",
        lambda own, count, series, sample: drawn.append(sample(slice(0, 40))[0]),
    )
    ratios = []
    for one, values in zip(eigenvalues_of(factors), runs, strict=True):
        residual_factors(factors_of(one), values[None], 40, None, np.random.default_rng(1))
        unit = abs(columns_of(values[None])).max() / abs(values).max()
        ratios.append(drawn.pop().var(axis=0, ddof=1).mean() / unit**2 / noise.var())
    # each is the mean of some 16 squares: 600 leave 1.4 %
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.05)


def test_the_spread_of_trials_is_scaled_by_the_snapshots_that_they_have():
    # two real eigenvalues of one feature need 4 snapshots of 12, a share of .1 or of a third
    x = 0.9 ** np.arange(12.0) - 0.5 ** np.arange(12.0)
    run = as_run((x + 1e-3 * np.random.default_rng(0).standard_normal(12))[:, None])
    made = [
        BaggedDMD(rank=2, trials=20, trial_size=size).fit(run).eigenvalues(40).eigenvalue_standard_error_real
        for size in (0.1, 1 / 3)
    ]
    np.testing.assert_allclose(made[0], made[1], rtol=1e-12)


def test_a_single_block_has_no_scatter_and_is_refused():
    run = linear_run(matrix_of(EIGENVALUES), 40, 1.0)
    with pytest.raises(ParameterError, match="block: must be 1 to 19 pairs of snapshots, got 39"):
        EDMD(dictionary=Identity()).fit(run).eigenvalues(40, block=39)
    # blocks are no shorter than a window
    with pytest.raises(
        ParameterError, match="intervals: need two blocks at least, got 9 pairs of windows in blocks of 6"
    ):
        HankelDMD(delays=6, rank=2).fit(linear_run(matrix_of(EIGENVALUES), 15)).eigenvalues(40)


def test_standard_errors_from_few_blocks_are_not_too_small():
    # white noise has the eigenvalue 0 with the error 1/sqrt(pairs); 6 blocks scatter about their mean by 5/6 of that
    squares = []
    for seed in range(40):
        run = as_run(np.random.default_rng(seed).standard_normal((61, 1)))
        found = EDMD(dictionary=Identity()).fit(run).eigenvalues(40, block=10, seed=seed)
        squares.append(found.eigenvalue_standard_error_real.values[0] ** 2 * 60)
    # the mean of 40 of some 6 degrees of freedom each: 9 %
    assert np.mean(squares) == pytest.approx(1.0, abs=0.14)


@pytest.mark.parametrize(
    "model",
    [EDMD(dictionary=Identity()), OptimisedDMD(rank=2), BaggedDMD(rank=2, trials=20)],
    ids=lambda one: one.name,
)
def test_intervals_by_another_run_have_its_scatter_about_the_own_eigenvalues(model):
    turn = 0.98 * np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    own, other = (linear_run(turn, 80).state.values for _ in range(2))
    rng = np.random.default_rng(3)
    first, second = (as_run(one + 0.2 * rng.standard_normal(one.shape)) for one in (own, other))
    model.fit(first)
    found = model.eigenvalues(100, source=second)
    error = found.eigenvalue_standard_error_real.values
    middle = (
        found.eigenvalue_low_real + found.eigenvalue_high_real
    ).values / 2 - found.eigenvalue_real.values
    # of 100 refits the middle of the interval is known to some 0.3 standard errors
    assert (abs(middle) < error).all()


def test_a_refit_that_ran_away_does_not_rule_the_standard_error(monkeypatch):
    run = linear_run(matrix_of(EIGENVALUES[4:]), 400, 1.0)
    model = EDMD(dictionary=Identity()).fit(run)
    plain = model.eigenvalues(200)
    refits = model.resampled_eigenvalues(trajectories_of(run), 200, None, 0)
    # of Gaussian numbers it is their standard deviation, to 8 % by 200 of them
    assert plain.eigenvalue_standard_error_real.values == pytest.approx(
        refits.real.std(axis=0, ddof=1), rel=0.2
    )
    refits[3] = 1e150
    monkeypatch.setattr(EDMD, "resampled_eigenvalues", lambda *given: refits)
    found = model.eigenvalues(200)
    for name in ("eigenvalue_standard_error_real", "eigenvalue_low_real", "eigenvalue_high_real"):
        assert found[name].values == pytest.approx(plain[name].values, rel=0.1)


def test_refits_of_fewer_singular_functions_are_of_as_many():
    run = linear_run(matrix_of(EIGENVALUES), 300, 1.0)
    model = VAMP(dictionary=Polynomial(degree=2), rank=2, lag=3).fit(run)
    again = model.refitted(trajectories_of(run))
    np.testing.assert_allclose(again.spectrum[0], model.spectrum[0], rtol=1e-10)
    # blocks hold pairs that are the lag apart, however short
    assert np.isfinite(model.eigenvalues(40, block=3).eigenvalue_low_real).all()


@pytest.mark.parametrize(
    "model", [VAMP(dictionary=Polynomial(degree=2), lag=2), EDMD()], ids=["vamp", "edmd"]
)
def test_the_eigenvalue_of_a_constant_is_within_its_interval(model):
    for seed in range(5):
        run = linear_run(np.array([[0.8]]), 500, 1.0, seed)
        found = model.fit(run).eigenvalues(80)
        one = abs(found.ergodica["eigenvalue"].values - 1).argmin()
        for name, exact in (("eigenvalue_{}_real", 1.0), ("growth_rate_{}", 0.0), ("frequency_{}", 0.0)):
            low, high = (found[name.format(end)].values[one] for end in ("low", "high"))
            assert low <= exact <= high
            # by round-off and no more
            assert high - low < 1e-12
