"""Dependence as the distance over which a joint density must be moved to become the product of its marginals."""

import math
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

PURPOSE = 40
LEAST = 4

PARTS = {
    "wasserstein_dependency": "Wasserstein dependency",
    "null_level": "mean Wasserstein dependency of shuffled samples",
    "null_spread": "standard deviation of the Wasserstein dependency of shuffled samples",
    "p_value": "share of shuffled samples that depend as much",
}
"""Variables of the result, and their long names."""


CLAIMS = Claims(
    needs="values of a continuum, at least 4 samples; NaN where an array is constant",
    cost="O(p m^3 + m^2 d) of m = min(n, samples) and p permutations",
    invariances={"shift": 1e-11, "scale": 1e-11, "sign": 1e-12, "rotation": 1e-11},
)


@register(family="continuous", takes={"x": "samples", "y": "samples"}, claims=CLAIMS)
def wasserstein_dependency(
    x: Any,
    y: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    samples: int = 256,
    permutations: int = 19,
    seed: int = 0,
) -> Any:
    """Wasserstein distance between a joint density and the product of its marginals, with its level at independence.

    W = min over sigma of (1/m) sum_i c(i, sigma(i)),   c^2 = |x_i - x_j|^2 + |y_i - y_pi(j)|^2

    The optimal transport from samples (x_i, y_i) to (x_j, y_pi(j)), with pi a random permutation, is found exactly. x
    and y are taken in units of their standard deviations (of all components together), so that 0 is independence and
    1 is far. Two finite samples are never at distance 0: compare with `null_level`, the mean of the same number after
    y is shuffled, and `p_value`, (1 + those shuffled that reach it)/(1 + permutations).

    Args:
        x, y: samples, DataArrays or plain arrays of real numbers.
        dim: dimension, or dimensions, of the samples; every other one is mapped.
        feature_dim: components of a vector; None for scalars.
        samples: m; where there are more, m of them drawn without replacement, the same for x and y. At least 4.
        permutations: shuffles for the null level, at least 2; the least p-value is 1/(1 + permutations).
        seed: of the draw and the permutations, which are also those of the lane's number.

    Returns:
        Dataset over the other dimensions: `wasserstein_dependency`, `null_level`, `null_spread`, `p_value`; for plain
        arrays an array with these four last. NaN where a lane holds NaN or infinity, or x or y is constant.

    Raises:
        TypeError: integers, or data that are no numbers.
        ValueError: too few samples or permutations.

    Good values: samples=256 (.04 s a lane with 19 permutations); 1000 takes 25 times as long and lowers the null level
    as m^(-1/(components of x and y)).

    Source: Ozair et al. 2019, Adv. Neural Inf. Process. Syst. 32, 15604, eq. 4; Villani 2009, Optimal Transport, 6.1.
    """
    for name, value, least in (("samples", samples, LEAST), ("permutations", permutations, 2)):
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
            raise ParameterError(
                f"{name}: must be a whole number from {least}, got {value!r}; use the default"
            )

    def lanes(first: Array, second: Array, numbers: NDArray[np.int64]) -> Array:
        rows = [
            _lane(a, b, int(number), samples, permutations, seed)
            for a, b, number in zip(first, second, numbers, strict=True)
        ]
        return np.array(rows)

    method = f"exact transport, samples={samples}, permutations={permutations}, seed={seed}"
    found = estimate(
        lanes,
        {"x": x, "y": y},
        label=Label(name="wasserstein", units="1", long_name="Wasserstein dependency", method=method),
        dim=dim,
        feature_dim=feature_dim,
        least=LEAST,
        outputs={"part": len(PARTS)},
        numbered=True,
    )
    return _dataset(found, method) if hasattr(found, "isel") else found


def _dataset(found: "xr.DataArray", method: str) -> "xr.Dataset":
    import xarray as xr

    return xr.Dataset(
        {
            name: found.isel(part=number).rename(name).assign_attrs(units="1", long_name=words, method=method)
            for number, (name, words) in enumerate(PARTS.items())
        }
    )


def _lane(x: Array, y: Array, number: int, samples: int, permutations: int, seed: int) -> Array:
    """The four numbers of samples `(n, d)`."""
    from scipy.optimize import linear_sum_assignment

    from ergodica.numerics.random import uniforms

    n = len(x)
    m = min(n, int(samples))

    def order(step: int, count: int) -> NDArray[np.int64]:
        return np.argsort(uniforms(seed, number, step, count, PURPOSE), kind="stable")

    chosen = np.sort(order(0, n)[:m])
    far_x, far_y = _squares(x[chosen]), _squares(y[chosen])
    if far_x is None or far_y is None:
        return np.full(len(PARTS), np.nan)

    def transport(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
        cost = np.sqrt(far_x + far_y[np.ix_(first, second)])
        return float(cost[linear_sum_assignment(cost)].mean())

    product = order(1, m)
    observed = transport(np.arange(m), product)
    # y is shuffled before both samples are made of it, so that at independence all of these are exchangeable
    null = np.array([transport(o, o[product]) for o in (order(2 + p, m) for p in range(permutations))])
    reached = np.count_nonzero(null >= observed * (1 - 1e-12))
    return np.array([observed, null.mean(), null.std(ddof=1), (1 + reached) / (1 + permutations)])


def _squares(x: Array) -> Array | None:
    """Squared distances `(m, m)` in units of the variance of all components; None for equal samples."""
    centred = x - x[0]
    spread = np.abs(centred).max()
    if spread == 0:
        return None
    centred /= spread
    centred -= centred.mean(axis=0)
    centred /= math.sqrt((centred * centred).sum() / len(x))
    squares = np.zeros((len(x), len(x)))
    for component in centred.T:
        squares += (component[:, np.newaxis] - component) ** 2
    return squares
