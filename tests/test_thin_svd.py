"""The singular value decomposition."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica.numerics.thin_svd import thin_svd


@pytest.mark.parametrize("shape", [(7, 3), (3, 7), (5, 5)])
@pytest.mark.parametrize("fails", [False, True])
def test_parts_make_the_matrix_also_where_the_fast_algorithm_gives_up(shape, fails, monkeypatch):
    rng = np.random.default_rng(0)
    a = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    if fails:

        def svd(*_, **__):
            raise np.linalg.LinAlgError("SVD did not converge")

        monkeypatch.setattr(np.linalg, "svd", svd)
    left, sizes, right = thin_svd(a)
    k = min(shape)
    assert (left.shape, sizes.shape, right.shape) == ((shape[0], k), (k,), (k, shape[1]))
    # round-off of a few products
    np.testing.assert_allclose((left * sizes) @ right, a, atol=1e-13)
    np.testing.assert_allclose(sizes**2, np.linalg.eigvalsh(a @ a.conj().T)[::-1][:k], atol=1e-12)


def test_what_is_not_finite_is_refused():
    with pytest.raises(np.linalg.LinAlgError):
        thin_svd(np.array([[1.0, np.nan], [0.0, 1.0]]))
