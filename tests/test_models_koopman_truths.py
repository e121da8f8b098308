"""Koopman models of maps whose operators are known whole: rotations, the doubling map, defective linear maps."""

import numpy as np
import pytest
from koopman_systems import as_run

from ergodica.models.koopman import DMD, EDMD, HankelDMD
from ergodica.models.koopman.dictionaries import Fourier, Identity

ORDER = 4


def rotation(points: int = 120, turns: int = 37, dt: float = 0.5):
    """One period of a rational rotation, so that averages over it are those over the circle."""
    angle = 2 * np.pi * turns / points
    run = as_run((angle * np.arange(points + 1) % (2 * np.pi))[:, None], dt)
    return run, np.exp(1j * angle * np.arange(-ORDER, ORDER + 1))


def test_a_rotation_is_unitary():
    run, truth = rotation()
    model = EDMD(dictionary=Fourier(order=ORDER, period=2 * np.pi)).fit(run)
    found = model.spectrum[0]
    assert len(found) == len(truth)
    assert abs(found[:, None] - truth).min(axis=0).max() < 1e-12
    assert model.residuals().residual.max() < 1e-12
    phi = model.eigenfunctions(run).ergodica["eigenfunction"].values
    assert abs(abs(phi) - 1).max() < 1e-11
    assert np.linalg.norm(model.operator.T @ model.operator - np.eye(len(truth))) < 1e-11


def test_the_pseudospectrum_of_a_rotation_is_the_distance_to_its_eigenvalues():
    run, truth = rotation()
    model = EDMD(dictionary=Fourier(order=ORDER, period=2 * np.pi)).fit(run)
    real, imag = np.linspace(-1.3, 1.3, 9), np.linspace(-1.2, 1.1, 7)
    found = model.pseudospectrum(real, imag).residual.values
    points = real + 1j * imag[:, None]
    assert abs(found - abs(points[..., None] - truth).min(axis=-1)).max() < 1e-12


def test_the_doubling_map_has_one_eigenvalue_and_all_others_are_spurious():
    # exp(ikx) goes to exp(2ikx): isometric, and within any finite dictionary nilpotent but for the constant
    start = np.arange(512) / 512
    run = as_run(np.stack([start, 2 * start % 1], axis=1)[..., None])
    model = EDMD(dictionary=Fourier(order=5, period=1.0)).fit(run)
    values = model.spectrum[0]
    assert values[0] == pytest.approx(1.0, abs=1e-12)
    # the cube root of round-off: waves 1, 2 and 4 are a Jordan block of three
    assert abs(values[1:]).max() < 1e-4
    residual = model.residuals().residual.values
    assert residual[0] < 1e-12
    assert residual[1:] == pytest.approx(1.0, abs=1e-6)
    # 1 and the waves 2 and 4 are reached, from 1 and from 1 and 2
    sizes = np.sort(np.linalg.svd(model.operator, compute_uv=False))
    assert sizes == pytest.approx([0.0] * 6 + [1.0] * 5, abs=1e-12)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize(
    "model", [DMD(), EDMD(dictionary=Identity()), HankelDMD(delays=2)], ids=lambda one: one.name
)
def test_a_defective_map_is_rolled_out_exactly(model, size):
    matrix = 0.9 * np.eye(size) + np.eye(size, k=1)
    x = np.array([np.linalg.matrix_power(matrix, n) @ np.ones(size) for n in range(30)])
    model.fit(as_run(x[:24]))
    # a root of multiplicity three has a third of the digits
    assert abs(model.spectrum[0] - 0.9).max() < 1e-4
    assert model.residuals().residual.max() < 1e-9
    future = model.linear_rollout(as_run(x[:24]), 6).state.values
    assert abs(future - x[24:]).max() < 1e-11 * abs(x).max()
