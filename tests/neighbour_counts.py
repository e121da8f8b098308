"""Neighbours and counts from all pairs in plain numpy: what the estimators by Kraskov and others are held against."""

import numpy as np
from scipy.special import digamma


def distances(*parts):
    """`(n, n)` in the maximum norm of all components of the parts `(n, d)`, inf to itself."""
    x = np.concatenate(parts, axis=-1)
    found = np.abs(x[:, np.newaxis] - x).max(axis=-1)
    np.fill_diagonal(found, np.inf)
    return found


def counts_below(part, radii, at=False):
    """Number of others nearer than the radius of each, or with `at` not farther."""
    away = distances(part)
    return (away <= radii[:, np.newaxis] if at else away < radii[:, np.newaxis]).sum(axis=1)


def first_algorithm(parts, k):
    n = len(parts[0])
    radii = np.sort(distances(*parts), axis=1)[:, k - 1]
    terms = sum(digamma(counts_below(part, radii) + 1) for part in parts)
    return digamma(k) + (len(parts) - 1) * digamma(n) - terms.mean()


def second_algorithm(parts, k):
    n, more = len(parts[0]), len(parts) - 1
    near = np.argsort(distances(*parts), axis=1, kind="stable")[:, :k]
    terms = np.zeros(n)
    for part in parts:
        sides = np.take_along_axis(distances(part), near, axis=1).max(axis=1)
        terms += digamma(counts_below(part, sides, at=True))
    return digamma(k) - more / k + more * digamma(n) - terms.mean()


def conditional(x, y, given, k):
    radii = np.sort(distances(x, y, given), axis=1)[:, k - 1]
    first, second = (counts_below(np.concatenate([one, given], axis=-1), radii) for one in (x, y))
    third = counts_below(given, radii)
    return digamma(k) - (digamma(first + 1) + digamma(second + 1) - digamma(third + 1)).mean()
