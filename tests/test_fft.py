"""Fourier transforms: kernels and arrays against numpy, for many lengths."""

import numpy as np
import pytest

from ergodica.numerics.fft import fft, ifft, wavenumbers
from ergodica.numerics.fft_kernels import backward, convolve, forward
from ergodica.numerics.fft_plan import LEAF, Plan, aligned, split

POWERS = [2**p for p in range(3, 19)]
OTHERS = [10, 12, 14, 22, 26, 60, 96, 98, 100, 192, 250, 254, 1000, 1022, 4098]


def noise(points: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=points) + 1j * rng.normal(size=points)


def parts(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    re, im = aligned(z.size), aligned(z.size)
    re[:], im[:] = z.real, z.imag
    return re, im


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Relative distance in the root mean square."""
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def round_off(points: int) -> float:
    """Two transforms whose relative error grows as eps log2 N at most (Higham 2002, section 24.1)."""
    return 2.2e-16 * 2 * np.log2(points)


@pytest.mark.parametrize("points", POWERS + OTHERS)
def test_kernels_agree_with_numpy(points):
    z, plan = noise(points), Plan(points)
    re, im = parts(z)
    forward(re, im, plan.powers, plan.twiddles)
    assert distance(re + 1j * im, np.fft.fft(z)[plan.order]) < round_off(points)
    backward(re, im, plan.powers, plan.twiddles)
    assert distance((re + 1j * im) / points, z) < round_off(points)


@pytest.mark.parametrize("points", POWERS + OTHERS)
def test_convolution_multiplies_the_spectrum(points):
    z, plan = noise(points), Plan(points)
    transfer = np.exp(1j * noise(points, 1).real)
    re, im = parts(z)
    convolve(re, im, plan.transfer(transfer), plan.powers, plan.twiddles)
    assert distance(re + 1j * im, np.fft.ifft(np.fft.fft(z) * transfer)) < round_off(points)


@pytest.mark.parametrize("points", [64, 512, 1024, 1000])
def test_real_transfer_functions_come_in_batches(points):
    plan = Plan(points)
    transfers = np.random.default_rng(2).normal(size=(3, points))
    tables = plan.transfer(transfers)
    assert tables.shape == (3, 2 * points)
    for table, transfer in zip(tables, transfers, strict=True):
        assert np.array_equal(table, plan.transfer(transfer + 0j))


@pytest.mark.parametrize("points", [64, 128, 1024, 60])
def test_bits_do_not_depend_on_where_the_arrays_begin(points):
    z, plan = noise(points), Plan(points)
    table = plan.transfer(np.exp(1j * np.arange(points)))
    results = []
    for shift in range(9):
        held = np.empty((2, points + 8))
        re, im = held[0, shift : shift + points], held[1, 8 - shift : 8 - shift + points]
        re[:], im[:] = z.real, z.imag
        convolve(re, im, table, plan.powers, plan.twiddles)
        results.append(re + 1j * im)
    assert all(np.array_equal(result, results[0]) for result in results)


@pytest.mark.parametrize("points", POWERS + OTHERS)
def test_a_plan_orders_every_mode_once(points):
    plan = Plan(points)
    assert np.array_equal(np.sort(plan.order), np.arange(points))
    if plan.own:
        assert LEAF * 2 ** sum(split(points)) == points
        assert plan.twiddles.ctypes.data % 64 == 0


@pytest.mark.parametrize("mode", [0, 1, 5, 63])
def test_a_wave_has_one_mode(mode):
    plan = Plan(64)
    re, im = parts(np.exp(2j * np.pi * mode * np.arange(64) / 64))
    forward(re, im, plan.powers, plan.twiddles)
    assert np.abs(re + 1j * im - 64 * (plan.order == mode)).max() < 1e-12  # 64 terms of size 1


def test_array_transforms_act_on_the_last_axis_and_invert():
    z = noise(60).reshape(3, 20)
    assert distance(fft(z), np.fft.fft(z, axis=-1)) < round_off(20)
    assert distance(ifft(fft(z)), z) < round_off(20)


def test_wavenumbers_differentiate():
    points, length = 32, 7.0
    x = length / points * np.arange(points)
    k = wavenumbers(points, length)
    derivative = ifft(1j * k * fft(np.sin(2 * np.pi * 3 * x / length))).real
    truth = 6 * np.pi / length * np.cos(2 * np.pi * 3 * x / length)
    assert (
        np.abs(derivative - truth).max() < 1e-13 * np.abs(k).max() * points
    )  # round-off times the largest k
