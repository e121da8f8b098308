"""Pictures of what is measured on orbits."""

from __future__ import annotations

import pytest

from ergodica.data import pictures
from ergodica.sims.chaos import lyapunov_spectrum


def axes():
    from matplotlib.figure import Figure

    return Figure().subplots()


def test_exponents_are_points_and_their_history_lines():
    ds = lyapunov_spectrum("henon", t_end=256, members=3)
    draw = pictures.picture("exponents")
    points, lines = draw(ds.exponent, axes()), draw(ds.exponent_running, axes())
    assert [len(one.get_xdata()) for one in points[1:]] == [2]
    assert len(lines) == 1 + 2
    assert len(draw(ds.member_exponent, axes())) == 1 + 3
    with pytest.raises(ValueError, match="must have a dimension 'index'"):
        draw(ds.mean_divergence, axes())
