"""Koopman models in other units: of any size, with the zero elsewhere, and with features that do not vary."""

import numpy as np
import pytest
from koopman_systems import EIGENVALUES, as_run, linear_run, matrix_of, slow_manifold

from ergodica.models.koopman import (
    DMD,
    EDMD,
    VAMP,
    BaggedDMD,
    HankelDMD,
    KernelEDMD,
    NystroemEDMD,
    OptimisedDMD,
    kernels,
)
from ergodica.models.koopman.bootstrap import paired
from ergodica.models.koopman.dictionaries import Fourier, Identity, Polynomial, Radial, RandomFourier

WITH_CONSTANT = {
    "chebyshev": EDMD(dictionary=Polynomial(degree=2)),
    "hermite": EDMD(dictionary=Polynomial(degree=2, basis="hermite")),
    "monomial": EDMD(dictionary=Polynomial(degree=2, basis="monomial")),
    "plates": EDMD(dictionary=Radial(centres=15)),
    "waves": EDMD(dictionary=RandomFourier(features=15)),
    "lattice": EDMD(dictionary=Fourier(order=2) + Polynomial(degree=1)),
    "vamp": VAMP(dictionary=Polynomial(degree=2), rank=5, lag=2),
    "matern": KernelEDMD(kernel=kernels.Matern(), rank=8),
    "polynomial kernel": KernelEDMD(kernel=kernels.Polynomial(degree=2), rank=6, delays=2),
    "sample": NystroemEDMD(kernel=kernels.Matern(), rank=8, centres=40),
}
WITHOUT = {
    "dmd": DMD(),
    "hankel": HankelDMD(delays=3, rank=6),
    "optimised": OptimisedDMD(rank=3),
    "bagged": BaggedDMD(rank=3, trials=5),
    "identity": EDMD(dictionary=Identity()),
    "linear kernel": KernelEDMD(kernel=kernels.Polynomial(degree=1, offset=0.0), rank=2),
}
RUN = slow_manifold(members=6, snapshots=31).state.values
RUN = np.stack([size * one for size, one in zip((1, 1, 1, 1, 0.1, 10), RUN, strict=True)])


def same_in_units(model, unit: float, zero: float, tolerance: float) -> None:
    """Eigenvalues, residuals and forecasts are those of the run, and modes have its units."""
    own, other = RUN, unit * RUN + zero
    model.fit(as_run(own, 0.1))
    starts = slice(0, model.lookback)
    values, residual = model.spectrum[0], model.residuals().residual.values
    forecasts = [roll(own[:, starts], 5) for roll in (model.linear_steps, model.reencoded_steps)]
    modes = model.modes().ergodica["state"].values
    model.fit(as_run(other, 0.1))
    where = [int(abs(model.spectrum[0] - one).argmin()) for one in paired(values, model.spectrum[0])]
    assert abs(model.spectrum[0][where] - values).max() < tolerance
    assert abs(model.residuals().residual.values[where] - residual).max() < tolerance
    for roll, forecast in zip((model.linear_steps, model.reencoded_steps), forecasts, strict=True):
        found = (roll(other[:, starts], 5) - zero) / unit
        assert abs(found - forecast).max() < tolerance * abs(own).max()
    if not zero:
        found = model.modes().ergodica["state"].values[where] / unit
        # the phase of a mode is that of its eigenvector
        assert abs(abs(found) - abs(modes)).max() < 10 * tolerance * abs(modes).max()


@pytest.mark.parametrize("unit", [1e-200, 1e-8, 1e200])
@pytest.mark.parametrize("name", WITH_CONSTANT | WITHOUT)
def test_units_of_any_size_change_nothing(name, unit):
    # eigenvalues that are not determined to more than the root of round-off have that of the worst of these models
    same_in_units((WITH_CONSTANT | WITHOUT)[name], unit, 0.0, 1e-6)


@pytest.mark.parametrize("name", WITH_CONSTANT)
def test_a_zero_elsewhere_changes_nothing(name):
    # 1e4 spreads away four of the digits are lost
    same_in_units(WITH_CONSTANT[name], 1e-3, 10.0, 1e-6)


@pytest.mark.parametrize("value", [0.1, 1e9 + 0.1, "1 and its neighbours", "float32"])
@pytest.mark.parametrize("name", ["chebyshev", "hermite", "plates", "vamp"])
def test_a_feature_that_is_constant_to_round_off_is_no_part_of_the_state(name, value):
    rng = np.random.default_rng(0)
    still = np.full((*RUN.shape[:2], 1), 0.1 if isinstance(value, str) else value)
    if value == "1 and its neighbours":
        still = 1 + np.finfo(float).eps * rng.integers(-1, 2, still.shape)
    if value == "float32":
        still = still.astype(np.float32).astype(float)
    run, model = slow_manifold(members=6, snapshots=31).state.values, WITH_CONSTANT[name]
    alone = model.fit(as_run(run, 0.1)).reencoded_steps(run[:, :1], 20)
    count = len(model.operator)
    beside = np.concatenate([run, still], axis=-1)
    forecast = model.fit(as_run(beside, 0.1)).reencoded_steps(beside[:, :1], 20)
    assert len(model.operator) == count
    # round-off of twenty steps that are lifted anew
    assert abs(forecast[..., :2] - alone).max() < 1e-9
    assert abs(forecast[..., 2] / still.mean() - 1).max() < 1e-9


@pytest.mark.parametrize("dictionary", [Identity(), Polynomial(degree=2)], ids=["identity", "polynomial"])
def test_features_of_very_different_units_are_all_seen(dictionary):
    run = linear_run(matrix_of(EIGENVALUES), 200).state.values
    units = np.array([1e-200, 1e-8, 1.0, 1e8, 1e200])
    found = EDMD(dictionary=dictionary).fit(as_run(run * units))
    plain = EDMD(dictionary=dictionary).fit(as_run(run))
    # products of five eigenvalues, some of them close
    assert abs(paired(plain.spectrum[0], found.spectrum[0]) - plain.spectrum[0]).max() < 1e-8
    off = found.linear_steps(run[:1, None] * units, 20) / units - plain.linear_steps(run[:1, None], 20)
    assert abs(off).max() < 1e-9
