"""Members that differ in a parameter are told apart and named by it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgb

from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS
from ergodica.data.pictures.portrait import portrait
from ergodica.data.pictures.series import series
from ergodica.data.pictures.states import states

VALUES = [20.0, 24.0, 28.0]


def run(parameters=None, size=1.0) -> xr.DataArray:
    t = np.linspace(0.0, 6.0, 50)
    values = np.stack(
        [[size * (1 + m) * np.sin(t + c) for c in range(3)] for m in range(len(VALUES))]
    ).transpose(0, 2, 1)
    coordinates = {name: ("member", given) for name, given in (parameters or {}).items()}
    names = {"component_name": ("component", ["x", "y", "z"]), "t": t}
    return xr.DataArray(values, dims=("member", "t", "component"), coords=coordinates | names, name="state")


@pytest.mark.parametrize(
    ("draw", "pick"), [(states, lambda one: one), (series, lambda one: one.isel(component=0, drop=True))]
)
def test_members_that_differ_in_a_parameter_have_shades_and_its_values(draw, pick):
    ax = new_figure(4, 3).subplots()
    lines = draw(pick(run({"rho": VALUES, "sigma": [10.0] * 3})), ax)[:3]
    assert ax.get_title() == r"3 members, light to dark: $\rho$ = 20, 24, 28"
    shades = [sum(to_rgb(one.get_color())) for one in lines]
    assert shades[0] > shades[1] > shades[2]
    assert to_rgb(lines[2].get_color()) == pytest.approx(to_rgb(COLOURS[0]))


def test_members_alike_have_one_colour():
    ax = new_figure(4, 3).subplots()
    lines = states(run({"rho": [28.0] * 3}), ax)
    assert ax.get_title() == "3 members"
    assert len({one.get_color() for one in lines[:3]}) == 1


def test_a_portrait_names_the_parameter():
    ax = new_figure(4, 3).add_subplot(projection="3d")
    portrait(run({"rho": VALUES}), ax)
    assert [one.get_text() for one in ax.get_legend().get_texts()] == [rf"$\rho$ = {v:g}" for v in VALUES]


@pytest.mark.parametrize(("size", "power"), [(1e8, 8), (1e-6, -6), (10.0, None)])
def test_axes_in_space_have_their_power_of_ten_in_the_label(size, power):
    figure = new_figure(4, 3)
    ax = figure.add_subplot(projection="3d")
    portrait(run(size=size), ax)
    figure.draw_without_rendering()
    # the largest member is three times the size
    assert ax.get_xlabel() == ("$x$" if power is None else f"$x$ / $10^{{{power}}}$")
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        assert axis.get_offset_text().get_text() == ""
