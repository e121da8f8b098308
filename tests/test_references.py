"""What a kernel refers to decides its place in the cache: by name and version for libraries, by code for all else."""

import math
import subprocess
import sys
import textwrap
import types

import numba
import numpy as np
import processes
import pytest

from ergodica.numerics.references import fingerprint, referenced, underlying

LIBRARIES = {
    "ufunc": np.sin,
    "function in Python": np.linalg.norm,
    "function behind a dispatcher": np.sum,
    "function in C": np.empty,
    "method of an object": np.random.normal,
    "type": np.float64,
    "of the standard library": math.sin,
    "builtin": abs,
    "of numba": numba.prange,
}


def user_of(value):
    """A function that calls a value by a global name."""
    scope = {"callee": value}
    exec("def user(x):\n    return callee(x)", scope)
    return scope["user"]


SHOW = """
    import math, numba, numpy as np
    from ergodica.numerics.references import fingerprint
    def user(x):
        return callee(x)
    callee = {name}
    print(fingerprint(user))
"""


def in_a_process(script):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_functions_of_libraries_have_the_same_fingerprint_in_every_process():
    callees = (
        "np.sin, np.linalg.norm, np.sum, np.empty, np.random.normal, np.float64, math.sin, abs, numba.prange"
    )
    first, second = (in_a_process(SHOW.format(name=f"({callees})")) for _ in range(2))
    assert first == second


def test_functions_of_libraries_are_told_apart():
    found = {name: fingerprint(user_of(value)) for name, value in LIBRARIES.items()}
    assert len(set(found.values())) == len(LIBRARIES)
    assert fingerprint(user_of(np.add.reduce)) != fingerprint(user_of(np.multiply.reduce))
    assert fingerprint(user_of(np.random.normal)) != fingerprint(user_of(np.random.uniform))


def test_a_new_version_of_a_library_is_another_function(monkeypatch):
    before = fingerprint(user_of(np.sum)), fingerprint(user_of(np.sin))
    monkeypatch.setattr(np, "__version__", "0.0")
    assert not set(before) & {fingerprint(user_of(np.sum)), fingerprint(user_of(np.sin))}


@pytest.mark.parametrize(
    "wrap",
    [lambda f: f, numba.njit, numba.vectorize, numba.cfunc("float64(float64)")],
    ids=["plain", "njit", "vectorize", "cfunc"],
)
def test_ones_own_functions_count_with_their_code_however_they_are_wrapped(wrap):
    def one(x):
        return x + 1.0

    def other(x):
        return x + 2.0

    other.__name__, other.__qualname__ = one.__name__, one.__qualname__
    assert underlying(wrap(one)) is one
    assert fingerprint(user_of(wrap(one))) != fingerprint(user_of(wrap(other)))


def test_what_lies_deep_in_ones_own_modules_counts():
    def using(number):
        inner = types.ModuleType("mine.constants")
        inner.G = number
        outer = types.ModuleType("mine")
        outer.constants = inner
        inner.mine = outer  # modules may refer to each other
        scope = {"mine": outer}
        exec("def user(x):\n    return mine.constants.G * x", scope)
        return scope["user"]

    assert referenced(using(1.0))["mine.constants.G"] == 1.0
    assert fingerprint(using(1.0)) == fingerprint(using(1.0))
    assert fingerprint(using(1.0)) != fingerprint(using(2.0))


SCRIPT = """
    import json
    import numpy as np
    from numba import njit
    from ergodica.sims.dynamics.functions import from_function
    from ergodica.sims.dynamics.kernels import kernels

    @njit
    def drag(u):
        return np.sum(np.abs(u)) + np.sqrt(u).sum()

    @njit
    def decay(t, u, p, du):
        du[:] = -p[0] * np.sin(u) * drag(u) / np.maximum(np.amax(u), 1e-300)

    made = kernels(from_function(decay, {"x": 1.0, "y": 2.0}, {"a": 2.0})).rhs
    made(0.0, np.array([1.0, 2.0]), np.array([2.0]), du := np.empty(2))
    stats = made.dispatcher.stats
    print(json.dumps([du.tolist(), sum(stats.cache_hits.values()), sum(stats.cache_misses.values())]))
"""


def test_a_flow_that_calls_numpy_is_compiled_once_for_all_processes(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))

    def run():
        return processes.told(script, ERGODICA_CACHE_DIR=tmp_path / "cache")

    u = np.array([1.0, 2.0])
    slope = -2 * np.sin(u) * (np.sum(u) + np.sqrt(u).sum()) / 2
    first, *found = run()
    np.testing.assert_allclose(first, slope, rtol=1e-15)  # the same few operations
    assert found == [0, 1]
    assert run() == [first, 1, 0]
