"""What estimators find in the datasets of jump and linear processes beside the exact values that these hold."""

import numpy as np
import pytest

from ergodica import estimators as est
from ergodica import sims


@pytest.mark.parametrize("name", sims.JumpProcess.presets)
def test_exact_entropy_production_of_rates_is_that_of_the_dataset(name):
    ds = sims.JumpProcess.preset(name).run(t_end=1.0, snapshots=2)
    assert est.schnakenberg_rate(ds.rates.values) == pytest.approx(
        float(ds.entropy_production_rate), rel=1e-12, abs=1e-15
    )


@pytest.mark.parametrize("name", sims.LinearSDE.presets)
def test_exact_entropy_production_of_matrices_is_that_of_the_dataset(name):
    ds = sims.LinearSDE.preset(name).run(t_end=1.0, snapshots=2)
    exact = est.linear_entropy_production(ds.drift_matrix.values, ds.diffusion_matrix.values)
    assert exact == pytest.approx(float(ds.entropy_production_rate), rel=1e-12)


@pytest.mark.parametrize("name", ["flashing-ratchet", "three-state-ring"])
def test_counted_transitions_give_the_entropy_production(name):
    last = sims.JumpProcess.preset(name).run(t_end=5000.0, snapshots=2, members=16, seed=3).isel(t=-1)
    found = est.schnakenberg(last.transitions, last.dwell_time, correct=True)
    error = float(found.std("member", ddof=1)) / 4
    # 4.5 standard errors of 16 members have a chance of 4e-4
    assert abs(float(found.mean()) - float(last.entropy_production_rate)) < 4.5 * error


def test_entropy_production_of_a_rotation_is_measured_from_its_path():
    ds = sims.LinearSDE(process="rotation").run(t_end=1000.0, snapshots=10_001, members=8, seed=1)
    found = est.entropy_production(ds.state, dim="t", feature_dim="component", estimator=est.LinearFit())
    error = float(np.std(found.values, ddof=1)) / np.sqrt(8)
    # 5 standard errors of 8 members have a chance of 2e-3; the fit of the logarithm is biased by less than one
    assert abs(float(found.mean()) - 8.0) < 5 * error
