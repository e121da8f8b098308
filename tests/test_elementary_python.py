"""Elementary functions run as plain Python, as CUDA's simulator and a debugger run them: the bits of machine code."""

import math

import numpy as np
import pytest

from ergodica.numerics import elementary
from ergodica.sims.particles.noise import four_normals

SPREADS = {"sincos": 100.0, "exp": 300.0, "tanh": 1.0, "sinh": 10.0, "arctan": 5.0}
SPECIAL = (0.0, -0.0, 1.0, math.inf, -math.inf, math.nan, 1e-310, -800.0, 800.0)


def bits(value: float | tuple[float, ...]) -> bytes:
    return np.atleast_1d(np.array(value, np.float64)).tobytes()


@pytest.mark.parametrize("name", [*SPREADS, "log"])
def test_python_gives_the_bits_of_compiled_code(name):
    function = getattr(elementary, name)
    drawn = np.random.default_rng(0).normal(size=300)
    values = np.exp(100 * drawn) if name == "log" else SPREADS[name] * drawn
    for x in (*values.tolist(), *SPECIAL):
        here, there = function(x), function.in_python(x)
        assert bits(here) == bits(there) or (np.isnan(here).all() and np.isnan(there).all()), x


def test_normals_in_python_are_those_of_compiled_code():
    for index in range(50):
        address = np.uint64(2**63 + 5), np.int64(3), 2**40 + 7, np.uint64(index), 2
        assert bits(four_normals(*address)) == bits(four_normals.in_python(*address))
