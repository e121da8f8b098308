"""Gram-Schmidt: frames stay orthonormal and R rebuilds the vectors, where nearly everything cancels too."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica.sims.chaos.orthonormal import orthonormalize


@pytest.mark.parametrize("apart", [1.0, 1e-5, 1e-9])
def test_nearly_parallel_vectors_become_orthonormal(apart):
    rng = np.random.default_rng(3)
    scale = np.array([1.0, 20.0, 0.1, 3.0])
    before = (np.ones(4) + apart * rng.normal(size=(4, 4))) * scale
    after, lengths, r = before.copy(), np.empty(4), np.empty((4, 4))
    orthonormalize(after, scale, lengths, r)
    unit = after / scale
    # one pass would leave round-off over the share that does not cancel, 1e-16 / apart
    assert np.abs(unit @ unit.T - np.eye(4)).max() < 1e-14
    assert np.allclose(r.T @ after, before, rtol=1e-14, atol=0)
    assert np.array_equal(np.diag(r), lengths)
    assert (lengths > 0).all()
