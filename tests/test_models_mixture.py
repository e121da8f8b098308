"""Mixtures of experts: members of the same law are found, and their runs are forecast by their own expert."""

import numpy as np
import pytest
from lorenz_series import as_run

from ergodica import models
from ergodica.models.forecast import NVAR, ExpertMixture
from ergodica.models.forecast.expert_gate import errors_of, law_of, numbers_of, sums_of
from ergodica.models.forecast.monomials import Monomials
from ergodica.models.forecast.shallow_plrnn import ShallowPLRNN
from ergodica.numerics.errors import ParameterError


def integrated(flow, starts, snapshots, dt, substeps=4):
    """(members, snapshots, variables) by the classical Runge-Kutta method."""
    made, s, h = [], np.array(starts, dtype=float), dt / substeps
    for _ in range(snapshots):
        made.append(s)
        for _ in range(substeps):
            a = flow(s)
            b = flow(s + h / 2 * a)
            c = flow(s + h / 2 * b)
            s = s + h / 6 * (a + 2 * b + 2 * c + flow(s + h * c))
    return np.stack(made, axis=1)


def prey_and_predators(rate, members, seed, snapshots=120):
    """Lotka-Volterra: x' = rate x - x y, y' = x y - y."""
    starts = np.random.default_rng(seed).uniform(0.5, 2.0, (members, 2))
    rates = np.broadcast_to(rate, (members,))
    return integrated(
        lambda s: np.stack([rates * s[:, 0] - s[:, 0] * s[:, 1], s[:, 0] * s[:, 1] - s[:, 1]], axis=-1),
        starts,
        snapshots,
        0.05,
    )


def spirals(damping, turn, members, seed, snapshots=120):
    """z' = (-damping + i turn) z."""
    starts = np.random.default_rng(seed).standard_normal((members, 2))
    matrix = np.array([[-damping, -turn], [turn, -damping]])
    return integrated(lambda s: s @ matrix.T, starts, snapshots, 0.05)


FAMILIES = {
    "rates of Lotka-Volterra": lambda seed: (
        prey_and_predators(0.7, 5, seed),
        prey_and_predators(1.4, 5, seed + 50),
    ),
    "spirals": lambda seed: (spirals(0.2, 1.0, 5, seed), spirals(0.2, -2.0, 5, seed + 50)),
    "a spiral and Lotka-Volterra": lambda seed: (
        spirals(0.1, 2.0, 5, seed),
        prey_and_predators(1.0, 5, seed + 50),
    ),
}


def shuffled(parts, seed):
    values, labels = np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(one) for one in parts])
    order = np.random.default_rng(seed).permutation(len(values))
    return values[order], labels[order]


def purity(chosen, labels):
    return sum(np.bincount(labels[chosen == one]).max() for one in np.unique(chosen)) / len(labels)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(4))
def test_two_families_are_told_apart_and_counted(family, seed):
    values, labels = shuffled(FAMILIES[family](seed), seed)
    mixture = ExpertMixture().fit(as_run(values[:, :90], 0.05))
    assert len(mixture.arrays["laws"]) == 2
    assert purity(mixture.arrays["chosen"], labels) == 1
    # and so are the same members from what comes later
    later = mixture.gate(as_run(values[:, 90:], 0.05))
    np.testing.assert_array_equal(later["expert"], mixture.arrays["chosen"])


@pytest.mark.parametrize("seed", range(4))
def test_one_expert_suffices_for_one_family(seed):
    values = prey_and_predators(1.0, 8, seed)
    assert len(ExpertMixture().fit(as_run(values, 0.05)).arrays["laws"]) == 1


def test_a_new_member_is_forecast_by_the_expert_of_its_family():
    values, _ = shuffled(FAMILIES["rates of Lotka-Volterra"](0), 0)
    mixture = ExpertMixture().fit(as_run(values, 0.05))
    new = np.concatenate([prey_and_predators(0.7, 3, 900), prey_and_predators(1.4, 3, 901)])
    made = mixture.forecast(as_run(new[:, :60], 0.05), horizon=40)["state"].values
    wrong = ExpertMixture(experts=1).fit(as_run(values, 0.05))
    blurred = wrong.forecast(as_run(new[:, :60], 0.05), horizon=40)["state"].values
    errors = [np.sqrt(np.mean((one - new[:, 60:100]) ** 2)) for one in (made, blurred)]
    # a cubic in place of the flow over .05, forty times
    assert errors[0] < 0.02
    assert errors[1] > 5 * errors[0]


def test_contexts_hold_a_parameter_that_varies_within_a_family():
    rates = np.linspace(0.6, 1.6, 8)
    lotka = prey_and_predators(rates, 8, 0)
    values = np.concatenate([lotka, spirals(0.1, 2.0, 4, 1)])
    mixture = ExpertMixture(experts=2, contexts=1).fit(as_run(values, 0.05))
    gate = mixture.gate(as_run(values, 0.05))
    assert purity(gate["expert"].values, np.repeat([0, 1], [8, 4])) == 1
    # the law is linear in the rate up to the square of the step .05
    assert abs(np.corrcoef(gate["context"].values[:8, 0], rates)[0, 1]) > 0.99
    new = prey_and_predators(1.13, 3, 7)
    made = mixture.forecast(as_run(new[:, :60], 0.05), horizon=40)["state"].values
    assert np.sqrt(np.mean((made - new[:, 60:100]) ** 2)) < 0.03


def test_laws_are_the_least_squares_fits():
    values = prey_and_predators(1.0, 3, 0)
    monomials = Monomials.up_to(2, 2)
    sums = sums_of(values, monomials)
    known = [
        np.c_[np.ones(119), v[:-1], v[:-1, :1] ** 2, v[:-1, 0] * v[:-1, 1], v[:-1, 1] ** 2] for v in values
    ]
    after = [np.diff(v, axis=0) for v in values]
    weights = [1 / np.sqrt((d**2).sum()) for d in after]
    stacked = [
        np.concatenate([w * one for w, one in zip(weights, part, strict=True)]) for part in (known, after)
    ]
    plain = np.linalg.lstsq(*stacked, rcond=None)[0]
    law = law_of(sums, 0)
    # normal equations lose half the digits of the condition number
    np.testing.assert_allclose(law[0], plain, atol=1e-6)
    shares = [((f @ plain - d) ** 2).sum() / (d**2).sum() for f, d in zip(known, after, strict=True)]
    np.testing.assert_allclose(errors_of(law, sums), shares, atol=1e-9)
    assert numbers_of(law, sums).shape == (3, 0)


@pytest.mark.parametrize(
    ("expert", "training"),
    [
        (None, {}),
        (NVAR(delays=1, spacing=1, degree=2, ridge=1e-10), {}),
        (ShallowPLRNN(sequence=40, lookback=4, delays=1, hidden=20), {"steps": 30, "batch": 8}),
    ],
)
def test_a_saved_mixture_forecasts_the_same(tmp_path, expert, training):
    values, labels = shuffled(FAMILIES["spirals"](0), 0)
    run = as_run(values, 0.05)
    mixture = ExpertMixture(expert=expert).fit(run.isel(t=slice(0, 100)), **training)
    assert purity(mixture.arrays["chosen"], labels) == 1
    models.save(mixture, tmp_path / "net")
    loaded = models.load(tmp_path / "net")
    for draws in (None, 3):
        ours, theirs = (m.forecast(run, horizon=9, members=draws, seed=1) for m in (mixture, loaded))
        np.testing.assert_array_equal(ours["state"].values, theirs["state"].values)
    truth = values[:, 100:105]
    made = mixture.forecast(run.isel(t=slice(0, 100)), horizon=5)["state"].values
    held = np.abs(values[:, 99:100] - truth).mean()
    assert np.abs(made - truth).mean() < 0.5 * held


def test_draws_spread_by_the_errors_of_the_fit():
    values = spirals(0.1, 2.0, 6, 0) + 0.05 * np.random.default_rng(0).standard_normal((6, 120, 2))
    mixture = ExpertMixture(experts=1, degree=1).fit(as_run(values, 0.05))
    spread = mixture.forecast(horizon=1, members=400, seed=0)["state"].std("realization").values
    # the error of one step from a noisy value is that of two values
    assert spread.mean() == pytest.approx(0.05 * np.sqrt(2), rel=0.15)


def test_one_run_without_members_is_one_expert():
    run = as_run(spirals(0.1, 2.0, 1, 0)[0], 0.05)
    mixture = ExpertMixture().fit(run)
    assert mixture.gate(run)["expert"].item() == 0
    assert mixture.forecast(run, horizon=3)["state"].shape == (3, 2)


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"experts": 0}, "experts: must be a whole number of at least 1"),
        ({"experts": 9}, "experts: must be at most the 4 members"),
        ({"contexts": -1}, "contexts: must be a whole number of at least 0"),
        ({"stride": 30}, "context: must be a whole number of at least 31"),
        ({"stride": 70, "context": 80}, "ds: must have more than 141 snapshots"),
        ({"degree": 60}, "degree: must leave at most 1000 monomials"),
        ({"expert": 3}, "expert: must be a forecaster"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(settings, rule):
    with pytest.raises(ParameterError, match=rule):
        ExpertMixture(**settings).fit(as_run(spirals(0.1, 1.0, 4, 0), 0.05))


def test_options_of_a_training_are_for_experts_that_have_one():
    with pytest.raises(ParameterError, match="steps"):
        ExpertMixture().fit(as_run(spirals(0.1, 1.0, 4, 0), 0.05), steps=3)
