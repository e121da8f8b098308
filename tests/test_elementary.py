"""The vectorised elementary functions are right to the error that they state, and at the edges of their domains."""

import numpy as np
import pytest

from ergodica.numerics import elementary, kernel
from ergodica.numerics.elementary import MAX_ULP

needs_reference = pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="needs an 80-bit reference")
DOMAINS = {
    "exp": (-744.0, 709.7),
    "sinh": (-710.0, 710.0),
    "cosh": (-710.0, 710.0),
    "tanh": (-25.0, 25.0),
    "arcsin": (-1.0, 1.0),
    "arccos": (-1.0, 1.0),
}
EDGES = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 2, -2, 0.5, 3, -3, 1e308, -1e308, 5e-324, 1e-310, 0.25]
)


def looped(name: str):
    """The function applied to arrays by a compiled loop."""
    function = getattr(elementary, name)
    two = name in ("power", "arctan2")

    def one_argument(x, y, out):
        for i in range(x.size):
            out[i] = function(x[i])

    def two_arguments(x, y, out):
        for i in range(x.size):
            out[i] = function(x[i], y[i])

    compiled = kernel(two_arguments if two else one_argument)

    def apply(x, y=None):
        out = np.empty_like(x)
        compiled(x, x if y is None else y, out)
        return out

    return apply


def arguments(name: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    n = 100_000
    if name == "power":
        x = np.concatenate(
            [2.0 ** rng.uniform(-10, 10, n), 2.0 ** rng.uniform(-1000, 1000, n), -rng.uniform(0, 5, n)]
        )
        y = np.concatenate(
            [rng.uniform(-60, 60, n), rng.uniform(-1, 1, n), rng.integers(-20, 20, n).astype(float)]
        )
        return x, y
    if name == "arctan2":
        scale = 2.0 ** rng.uniform(-500, 500, (2, n))
        x, y = np.concatenate([rng.normal(size=(2, n)), rng.normal(size=(2, n)) * scale], axis=1)
        return x.copy(), y.copy()
    low, high = DOMAINS.get(name, (-50.0, 50.0))
    wide = rng.uniform(-1, 1, n) * 2.0 ** rng.uniform(-60, np.log2(high) if name in DOMAINS else 900, n)
    x = np.concatenate([rng.uniform(low, high, n), rng.uniform(-1, 1, n), wide])
    return (np.abs(x) if name == "log" else x), x


@needs_reference
@pytest.mark.parametrize("name", sorted(MAX_ULP))
def test_errors_stay_within_the_stated_number_of_ulp(name):
    x, y = arguments(name)
    both = (x, y) if name in ("power", "arctan2") else (x,)
    ours = looped(name)(*both)
    with np.errstate(all="ignore"):
        truth = getattr(np, name)(*(a.astype(np.longdouble) for a in both))
        nearest = truth.astype(np.float64)
        normal = np.isfinite(nearest) & (np.abs(nearest) > 1e-300)
        ulp = np.abs(ours - truth)[normal] / np.spacing(np.abs(nearest[normal]))
    # the 80-bit reference is itself off by at most 2**-11 ulp, for powers by a few times that
    assert ulp.max() <= MAX_ULP[name] + 0.01
    assert np.abs(ours - nearest)[~normal & np.isfinite(nearest)].max(initial=0.0) <= 1e-307


@pytest.mark.parametrize("name", sorted({*MAX_ULP, "floor", "sign", "minimum", "maximum"} - {"mod"}))
def test_edges_are_those_of_numpy(name):
    two = name in ("power", "arctan2", "minimum", "maximum")
    x, y = (a.ravel().copy() for a in np.meshgrid(EDGES, EDGES)) if two else (EDGES, EDGES)
    function = getattr(elementary, name)

    def each(x, y, out):
        for i in range(x.size):
            out[i] = function(x[i], y[i])

    def single(x, y, out):
        for i in range(x.size):
            out[i] = function(x[i])

    ours = np.empty_like(x)
    kernel(each if two else single)(x, y, ours)
    with np.errstate(all="ignore"):
        truth = getattr(np, name)(x, y) if two else getattr(np, name)(x)
    np.testing.assert_allclose(ours, truth, rtol=4e-16, atol=0)  # 2 ulp
    nonzero = ~np.isnan(truth)
    if name not in ("minimum", "maximum", "sign"):  # where numpy itself says nothing about the sign of zero
        assert np.array_equal(np.signbit(ours[nonzero]), np.signbit(truth[nonzero]))


def test_bits_do_not_depend_on_the_place_in_the_array():
    x = np.random.default_rng(3).uniform(0.1, 0.9, 37)  # not a multiple of any vector length
    for name in MAX_ULP:
        apply = looped(name)
        whole = apply(x, x)
        assert np.array_equal(whole, [apply(x[i : i + 1], x[i : i + 1])[0] for i in range(x.size)])


@pytest.mark.parametrize(("a", "b"), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (0.3, 0.1), (-1e-20, 1.0)])
def test_mod_is_that_of_numpy_to_round_off(a, b):
    function = elementary.mod

    def apply(a, b):
        return function(a, b)

    assert abs(kernel(apply)(a, b) - np.mod(a, b)) <= 1e-15
