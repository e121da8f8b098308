"""Log-determinants of correlations, corrected for their bias, that Gaussian information is made of."""

from collections.abc import Callable, Sequence

import numpy as np

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.continuous.digamma import digamma

SINGULAR = 4 * np.finfo(np.float64).eps
"""A correlation matrix of d components has rank below d where its least eigenvalue is below d times this."""

Entropies = Callable[[Sequence[int]], Array]


def correlations(x: Array) -> Array:
    """Correlation matrices `(lanes, d, d)` of `(lanes, d, n)`; NaN where a component is constant."""
    x = x * unit_scale(np.abs(x).max(axis=-1, keepdims=True))
    x = x - x[..., :1]  # a constant is 0 to the last bit
    x = x - x.mean(axis=-1, keepdims=True)
    # einsum, not a matrix product, whose sums depend on the number of threads of the library behind it
    products = np.einsum("lan,lbn->lab", x, x)
    norms = np.sqrt(np.einsum("laa->la", products))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(products / norms[:, :, np.newaxis] / norms[:, np.newaxis, :])


def entropies(x: Array, sizes: Sequence[int]) -> Entropies:
    """A function from numbers of parts to their joint Gaussian entropy in each lane, without what cancels.

    h = 1/2 [ln det R - sum_{i=1}^{d} psi((n - i)/2)]

    In information each component enters as often with + as with -, so that (d/2) ln(2 pi e), the variances and
    (d/2) ln(2/(n - 1)) cancel. -inf where the parts depend on each other linearly.

    Args:
        x: `(lanes, d, n)`, the components of all parts.
        sizes: the number of components of each part.

    Source: of the bias, Misra, Singh, Demchuk 2005, J. Multivar. Anal. 92, 324, theorem 2.1.
    """
    matrices, n = correlations(x), x.shape[-1]
    ends = np.cumsum(sizes)

    def entropy(parts: Sequence[int]) -> Array:
        kept = np.concatenate([np.arange(ends[part] - sizes[part], ends[part]) for part in parts])
        block = matrices[:, kept[:, np.newaxis], kept]
        found = np.full(len(block), np.nan)
        good = np.isfinite(block).all(axis=(1, 2))
        if good.any():
            values = np.linalg.eigvalsh(block[good])
            singular = values[:, 0] < SINGULAR * len(kept)
            logarithms = np.log(np.where(singular[:, np.newaxis], 1.0, values)).sum(axis=1)
            found[good] = np.where(singular, -np.inf, logarithms)
        return (found - sum(digamma((n - i) / 2) for i in range(1, len(kept) + 1))) / 2

    return entropy


def gaussian_multi_information(x: Array, sizes: Sequence[int]) -> Array:
    """sum h(X_i) - h(X_1, ..., X_m); inf where parts determine each other, NaN where one does so in itself."""
    h = entropies(x, sizes)
    with np.errstate(invalid="ignore"):
        alone = sum((h([part]) for part in range(len(sizes))), np.zeros(len(x)))
        return np.asarray(alone - h(range(len(sizes))))


def gaussian_conditional_information(x: Array, sizes: Sequence[int]) -> Array:
    """h(X, Z) + h(Y, Z) - h(Z) - h(X, Y, Z) of three parts."""
    h = entropies(x, sizes)
    with np.errstate(invalid="ignore"):
        return np.asarray(h([0, 2]) + h([1, 2]) - h([2]) - h([0, 1, 2]))
