"""Intervals by a run that a model was not fitted to."""

import numpy as np
import pytest
from koopman_systems import EIGENVALUES, as_run, linear_run, matrix_of

from ergodica import data
from ergodica.models.koopman import DMD, EDMD, VAMP
from ergodica.models.koopman.dictionaries import Identity, Polynomial


def test_another_run_has_the_width_of_the_errors_of_the_model():
    # a complex pair has the error sqrt((1 - |lambda|^2) / 2N) in each part, with the N that were learned from;
    # 8 runs of 17 or 35 blocks, of whose own pairs the width would be off by 2
    turn = 0.9 * np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    for learned, drawn in ((300, 1200), (1200, 300)):
        found = [
            EDMD(dictionary=Identity())
            .fit(linear_run(turn, learned, 1.0, seed))
            .eigenvalues(40, source=linear_run(turn, drawn, 1.0, 100 + seed))
            .eigenvalue_standard_error_real.values
            for seed in range(8)
        ]
        assert np.mean(found) == pytest.approx(np.sqrt((1 - 0.81) / (2 * learned)), rel=0.2)


def test_the_training_data_given_as_another_run_have_the_same_intervals():
    run = linear_run(matrix_of(EIGENVALUES), 300, 1.0)
    for model in (EDMD(dictionary=Identity(), delays=2), VAMP(dictionary=Identity(), lag=2)):
        model.fit(run)
        assert model.eigenvalues(40).equals(model.eigenvalues(40, source=run))


@pytest.mark.parametrize(
    ("model", "left"),
    [(DMD(), 2), (EDMD(dictionary=Polynomial(degree=1)), 3), (VAMP(dictionary=Identity()), 3)],
    ids=lambda one: getattr(one, "name", ""),
)
def test_what_another_run_does_not_determine_has_no_interval(model, left):
    run = linear_run(np.diag([0.95, 0.8, 0.6]), 400, 0.1)
    still = run.state.values * [1, 1, 0]
    model.fit(run)
    with pytest.warns(UserWarning, match=f"source: it does not determine 1 of the {left + 1} eigenvalues"):
        found = model.eigenvalues(40, source=as_run(still))
    for name in ("eigenvalue_low_real", "eigenvalue_high_real", "eigenvalue_standard_error_real"):
        assert np.isfinite(found[name].values).sum() == left
    assert np.isfinite(found.eigenvalue_real).all()
    assert data.check(found) == []
    # those that the run has are as of a model of them alone: the one that it lacks is .6
    assert np.isnan(found.growth_rate_low.values[-1])
