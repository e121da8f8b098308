"""The vectorised sine and cosine are right to 2 ulp wherever they promise it."""

import numpy as np
import pytest

from ergodica.numerics import kernel
from ergodica.numerics.trig import SINCOS_BOUND, sincos


@kernel
def apply(x: np.ndarray, s: np.ndarray, c: np.ndarray) -> None:
    for i in range(x.size):
        s[i], c[i] = sincos(x[i])


def evaluate(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    s, c = np.empty_like(x), np.empty_like(x)
    apply(x, s, c)
    return s, c


def arguments() -> np.ndarray:
    """Random magnitudes over the whole range, multiples of pi/4 and their neighbours, zero and denormals."""
    rng = np.random.default_rng(1)
    spread = rng.uniform(-1, 1, 200_000) * 2.0 ** rng.uniform(-60, 30, 200_000)
    special = np.arange(-4000, 4001) * (np.pi / 4)
    near = np.concatenate([np.nextafter(special, np.inf), special, np.nextafter(special, -np.inf)])
    edges = np.array([0.0, -0.0, 5e-324, 1e-310, SINCOS_BOUND, -SINCOS_BOUND])
    return np.concatenate([spread, near, edges])


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="needs an 80-bit reference")
def test_sincos_is_right_to_2_ulp():
    x = arguments()
    for ours, reference in zip(evaluate(x), (np.sin, np.cos), strict=True):
        truth = reference(x.astype(np.longdouble))
        ulp = np.abs(ours - truth) / np.spacing(np.abs(truth.astype(np.float64)))
        # close to a multiple of pi/2 the 80-bit library itself is exact enough: it reduces with 66 bits or more
        assert ulp.max() <= 2.0


def test_the_pair_lies_on_the_unit_circle():
    s, c = evaluate(np.random.default_rng(2).uniform(-1, 1, 100_000) * 2.0**50)
    assert np.abs(s * s + c * c - 1).max() < 1e-15  # the reduced argument goes a little past pi/4 there


def test_what_has_no_phase_is_still_on_the_unit_circle_or_not_a_number():
    rng = np.random.default_rng(4)
    s, c = evaluate(rng.uniform(-1, 1, 10_000) * 2.0 ** rng.uniform(50, 1023, 10_000))
    defined = ~(np.isnan(s) | np.isnan(c))
    assert np.abs(s * s + c * c - 1)[defined].max() < 1e-12  # the polynomials end at pi/4, and |r| at 1
    assert np.isnan(evaluate(np.array([np.nan, np.inf, -np.inf]))).all()


def test_bits_do_not_depend_on_the_place_in_the_array():
    x = np.random.default_rng(3).uniform(-100, 100, 37)  # not a multiple of any vector length
    whole = np.array(evaluate(x))
    single = np.array([evaluate(x[i : i + 1]) for i in range(x.size)])[:, :, 0].T
    assert np.array_equal(whole, single)
