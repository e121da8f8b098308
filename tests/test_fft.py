"""Fourier transforms: kernels and arrays against numpy, for many lengths."""

import numpy as np
import pytest

from ergodica.numerics.fft import fft, ifft, wavenumbers
from ergodica.numerics.fft_kernels import backward, convolve, forward

LENGTHS = [
    8,
    10,
    12,
    14,
    16,
    22,
    26,
    60,
    64,
    98,
    100,
    128,
    250,
    254,
    256,
    512,
    1000,
    1022,
    1024,
    2048,
    4096,
    2**15,
]


def noise(points: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=points) + 1j * rng.normal(size=points)


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Relative distance in the root mean square."""
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def round_off(points: int) -> float:
    """Two transforms of relative error eps log2 N at most each (Higham 2002, section 24.1)."""
    return 2.2e-16 * 2 * np.log2(points)


@pytest.mark.parametrize("points", LENGTHS)
def test_kernels_agree_with_numpy(points):
    z = noise(points)
    there = z.copy()
    forward(there)
    assert distance(there, np.fft.fft(z)) < round_off(points)
    backward(there)
    assert distance(there / points, z) < round_off(points)


@pytest.mark.parametrize("points", LENGTHS)
def test_convolution_multiplies_the_spectrum(points):
    z, transfer = noise(points), np.exp(1j * noise(points, 1).real)
    truth = np.fft.ifft(np.fft.fft(z) * transfer)
    convolve(z, transfer / points)
    assert distance(z, truth) < round_off(points)


def test_a_wave_has_one_mode():
    points, mode = 64, 5
    z = np.exp(2j * np.pi * mode * np.arange(points) / points)
    forward(z)
    expected = np.zeros(points)
    expected[mode] = points
    assert np.abs(z - expected).max() < 1e-12  # 64 terms of size 1


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
