"""Which trajectories obey the same law: k-means whose centres are laws, each fitted by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ergodica.models.forecast.monomials import Monomials
from ergodica.numerics.thin_svd import thin_svd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

RIDGE = 1e-12
"""By the mean square of the features: round-off in their products."""
SWEEPS, RESTARTS, CONTEXT_SWEEPS = 100, 12, 20
WORSE, NEGLIGIBLE = 1.05, 1e-4
"""Fewer laws do where their held-out error is no more than WORSE times the least one, or below NEGLIGIBLE of the
variance of the increments."""


class Sums(NamedTuple):
    """Products over the snapshots of each trajectory of features f and increments d, by the sum of d^2.

    Attributes:
        gram: sum of f f^T, (members, features, features).
        cross: sum of f d^T, (members, features, variables).
    """

    gram: Array
    cross: Array

    def of(self, members: Sequence[int] | NDArray[np.intp]) -> Sums:
        """Those of some members."""
        return Sums(self.gram[members], self.cross[members])


def features_of(values: Array, monomials: Monomials) -> Array:
    """1 and all monomials, (..., features)."""
    return np.concatenate([np.ones((*values.shape[:-1], 1)), monomials(values)], axis=-1)


def sums_of(values: Array, monomials: Monomials, stride: int = 1) -> Sums:
    """Of trajectories (members, snapshots, variables), with increments over `stride` snapshots."""
    gram, cross = [], []
    for own in values:
        known, increments = features_of(own[:-stride], monomials), own[stride:] - own[:-stride]
        total = (increments**2).sum()
        scale = 1.0 if total == 0 else 1.0 / total
        gram.append(scale * known.T @ known)
        cross.append(scale * known.T @ increments)
    return Sums(np.stack(gram), np.stack(cross))


def law_of(sums: Sums, contexts: int) -> Array:
    """The law of trajectories: increments = (W_0 + c_1 W_1 + ...)^T f, with numbers c of each trajectory.

    Args:
        sums: of the trajectories.
        contexts: numbers that a trajectory has of its own, 0 or more.

    Returns:
        W, (1 + contexts, features, variables), by alternating least squares from the principal components of the laws
        of single trajectories.
    """
    gram, cross = sums
    size, variables = cross.shape[1:]
    law = np.zeros((1 + contexts, size, variables))
    law[0] = _solved(gram.sum(axis=0), cross.sum(axis=0))
    if contexts == 0 or len(gram) < 2:
        return law
    single = np.stack([_solved(g, c - g @ law[0]) for g, c in zip(gram, cross, strict=True)])
    flat = single.reshape(len(single), -1)
    directions = thin_svd(flat - flat.mean(axis=0))[2][:contexts]
    law[1 : 1 + len(directions)] = directions.reshape(-1, size, variables)
    for _ in range(CONTEXT_SWEEPS):
        numbers = numbers_of(law, sums)
        # numbers of unit size, so that the ridge weighs all parts alike
        spread = np.sqrt((numbers**2).mean(axis=0))
        numbers = numbers / np.where(spread > 0, spread, 1.0)
        weights = np.concatenate([np.ones((len(gram), 1)), numbers], axis=1)
        square = np.einsum("mi,mj,mab->iajb", weights, weights, gram, optimize=True)
        right = np.einsum("mi,mav->iav", weights, cross)
        flat_size = (1 + contexts) * size
        law = _solved(square.reshape(flat_size, flat_size), right.reshape(flat_size, variables)).reshape(
            law.shape
        )
    return law


def numbers_of(law: Array, sums: Sums) -> Array:
    """The numbers c of each trajectory by least squares, (members, contexts)."""
    base, directions = law[0], law[1:]
    if not len(directions):
        return np.zeros((len(sums.gram), 0))
    moved = np.einsum("mab,jbv->mjav", sums.gram, directions, optimize=True)
    square = np.einsum("iav,mjav->mij", directions, moved, optimize=True)
    right = np.einsum("iav,mav->mi", directions, sums.cross - sums.gram @ base, optimize=True)
    return np.stack([_solved(s, r[:, None])[:, 0] for s, r in zip(square, right, strict=True)])


def own_laws(law: Array, numbers: Array) -> Array:
    """W_0 + c_1 W_1 + ... of each trajectory, (members, features, variables)."""
    return np.asarray(law[0] + np.einsum("mj,jav->mav", numbers, law[1:]))


def errors_of(law: Array, sums: Sums, numbers: Array | None = None) -> Array:
    """Mean squared error of the increments of each trajectory by their mean square, (members,)."""
    own = own_laws(law, numbers_of(law, sums) if numbers is None else numbers)
    fit = np.einsum("mav,mav->m", own, sums.gram @ own - 2 * sums.cross)
    still = ~sums.cross.any(axis=(1, 2))
    return np.maximum(np.where(still, 0.0, 1.0) + fit, 0.0)


def clustered(sums: Sums, count: int, contexts: int, seed: int = 0) -> tuple[Array, NDArray[np.intp]]:
    """`count` laws, and which one each trajectory obeys.

    As in k-means each trajectory goes to the law that fits it best, and each law is fitted anew, until none moves; the
    best of several starts, which are drawn as in k-means++.

    Returns:
        laws (count, 1 + contexts, features, variables), and numbers of laws (members,), ordered by first appearance.
    """
    generator = np.random.default_rng(seed)
    found: tuple[float, Array, NDArray[np.intp]] | None = None
    for _ in range(RESTARTS if count > 1 else 1):
        laws = _drawn(sums, count, contexts, generator)
        chosen = np.full(len(sums.gram), -1)
        for _ in range(SWEEPS):
            errors = np.stack([errors_of(law, sums) for law in laws])
            nearest = errors.argmin(axis=0)
            for one in range(count):
                if not (nearest == one).any():  # an empty law takes what fits worst
                    nearest[errors.min(axis=0).argmax()] = one
            if (nearest == chosen).all():
                break
            chosen = nearest
            laws = np.stack(
                [law_of(sums.of(np.flatnonzero(chosen == one)), contexts) for one in range(count)]
            )
        total = float(np.stack([errors_of(law, sums) for law in laws]).min(axis=0).sum())
        if found is None or total < found[0]:
            found = total, laws, chosen
    assert found is not None
    _, laws, chosen = found
    order: list[int] = list(dict.fromkeys(chosen.tolist()))
    order += [one for one in range(count) if one not in order]
    return laws[order], np.array([order.index(one) for one in chosen.tolist()], dtype=np.intp)


def enough(known: Sums, held_out: Sums, most: int, contexts: int) -> int:
    """The least number of laws that forecast held-out increments as well as any number up to `most`."""
    errors = []
    for count in range(1, most + 1):
        laws, chosen = clustered(known, count, contexts)
        own = np.empty(len(chosen))
        for one, law in enumerate(laws):
            members = np.flatnonzero(chosen == one)
            numbers = numbers_of(law, known.of(members))
            own[members] = errors_of(law, held_out.of(members), numbers)
        errors.append(float(own.mean()))
        if errors[-1] < NEGLIGIBLE:
            break
    bound = max(WORSE * min(errors), NEGLIGIBLE)
    return 1 + next(k for k, error in enumerate(errors) if error <= bound)


def _drawn(sums: Sums, count: int, contexts: int, generator: np.random.Generator) -> Array:
    first = int(generator.integers(len(sums.gram)))
    laws = [law_of(sums.of([first]), contexts)]
    for _ in range(count - 1):
        errors = np.stack([errors_of(law, sums) for law in laws]).min(axis=0)
        # a law of one trajectory may be far off elsewhere, and yet that is no more than unlike
        shares = np.minimum(errors, 1.0) + 1e-300
        picked = int(generator.choice(len(errors), p=shares / shares.sum()))
        laws.append(law_of(sums.of([picked]), contexts))
    return np.stack(laws)


def _solved(square: Array, right: Array) -> Array:
    size = np.trace(square) / len(square)
    if not size > 0:
        return np.zeros_like(right)
    # features of very unlike sizes: the ridge acts on each in its own
    scale = np.sqrt(np.maximum(np.diag(square), 1e-30 * size))
    scaled = square / scale[:, None] / scale + RIDGE * np.eye(len(square))
    return np.asarray(np.linalg.solve(scaled, right / scale[:, None]) / scale[:, None])
