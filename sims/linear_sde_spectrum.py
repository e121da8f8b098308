"""A drift matrix whose process, looked at from snapshot to snapshot, has eigenvalues that are asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real

import numpy as np

from ergodica.numerics.errors import ParameterError, whole_number

CLOSE = 1e-12  # of a size: conjugate pairs and real numbers that a user has rounded


def drift_of_eigenvalues(
    eigenvalues: Sequence[complex], *, dt: float = 1.0, condition: float = 1.0, seed: int = 0
) -> np.ndarray:
    """A real matrix M such that e^(M dt) has given eigenvalues, for `LinearSDE(drift_matrix=M)`.

    M = B diag(log lambda_k/dt) B^-1, with a block [[a, -b], [b, a]] for each pair a +- ib

    Args:
        eigenvalues: of the map from snapshot to snapshot, d numbers, complex ones with their conjugates. Real ones are
            above 0: no real M has another one alone. The components of M are in this order.
        dt: time between snapshots, above 0.
        condition: largest over smallest singular value of the basis B, at least 1. At 1 B is the identity and M is
            normal; beyond, B is random and disturbances grow by up to this factor before they decay.
        seed: of a random B.

    Returns:
        M of shape (d, d); the eigenvalues of e^(M dt) are right to some 1e-15 condition.

    Raises:
        ParameterError: no numbers, 0, a complex one without its conjugate, a real one below 0, dt, condition or seed
            out of range.

    Good values: condition=1 to 10; diffusion_matrix=np.zeros((d, d)) and `initial` for data without noise.
    """
    try:
        given = np.atleast_1d(np.asarray(eigenvalues, np.complex128))
    except (TypeError, ValueError):
        given = np.zeros(0, np.complex128)
    if given.ndim != 1 or given.size == 0 or not np.isfinite(given).all() or (given == 0).any():
        raise ParameterError(
            f"eigenvalues: must be finite numbers other than 0, got {eigenvalues!r:.60}; such as [0.9, 0.5]"
        )
    if not isinstance(dt, Real) or not 0 < dt < math.inf:
        raise ParameterError(f"dt: must be above 0, got {dt!r}; use the spacing of snapshots")
    if not isinstance(condition, Real) or not 1 <= condition <= 1e6:
        raise ParameterError(f"condition: must be from 1 to 1e6, got {condition!r}; 1 is for a normal matrix")
    seed = whole_number("seed", seed, 0)
    left, blocks = list(given), []
    while left:
        one = left.pop(0)
        if abs(one.imag) <= CLOSE * abs(one):
            if one.real < 0:
                raise ParameterError(
                    f"eigenvalues: a real one must be above 0, got {one.real:g}, which no flow has alone; use a pair "
                    f"such as {one.real:g}+-0.1j"
                )
            blocks.append(np.array([[math.log(one.real)]]) / dt)
            continue
        pairs = [k for k, other in enumerate(left) if abs(other - one.conjugate()) <= CLOSE * abs(one)]
        if not pairs:
            raise ParameterError(
                f"eigenvalues: must have the conjugate of each complex one, got {one:g} alone; add {one.conjugate():g}"
            )
        left.pop(pairs[0])
        rate, turn = math.log(abs(one)) / dt, math.atan2(one.imag, one.real) / dt
        blocks.append(np.array([[rate, -turn], [turn, rate]]))
    drift, at = np.zeros((given.size, given.size)), 0
    for block in blocks:
        drift[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    if condition == 1 or given.size == 1:
        return drift
    rng = np.random.default_rng(seed)
    first, second = (np.linalg.qr(rng.normal(size=drift.shape))[0] for _ in range(2))
    stretch = np.geomspace(1.0, condition, given.size)
    mixed: np.ndarray = (first * stretch) @ second.T @ drift @ second @ (first / stretch).T
    return mixed
