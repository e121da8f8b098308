"""Words on pictures: labels, legends, time stamps, titles."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from solitons import T, variable

from ergodica.data import pictures
from ergodica.data.pictures.labels import label, noun, short, shorts, stamp


@pytest.mark.parametrize(
    ("attrs", "expected"),
    [
        ({"long_name": "time", "units": "1"}, "time"),
        ({"long_name": "time", "units": "s"}, "time (s)"),
        ({}, "u"),
        ({"long_name": "cost in $ or $"}, r"cost in \$ or \$"),
    ],
)
def test_label_is_long_name_and_units(attrs, expected):
    assert label(xr.DataArray(0.0, name="u", attrs=attrs)) == expected


def test_legend_takes_the_words_before_the_comma():
    assert short(xr.DataArray(0.0, name="mass", attrs={"long_name": "mass, integral of |psi|^2"})) == "mass"
    assert short(xr.DataArray(0.0, name="e", attrs={"long_name": "x" * 50})) == "e"


def test_legends_of_several_leave_out_what_all_end_with():
    words = [
        "Shannon entropy of the spatial density",
        "Renyi entropy of order 2 of the spatial density",
    ]
    arrays = [xr.DataArray(0.0, name=f"h_{i}", attrs={"long_name": one}) for i, one in enumerate(words)]
    assert shorts(arrays) == ["Shannon entropy", "Renyi entropy of order 2"]
    assert shorts(arrays, said=True) == ["Shannon", "Renyi, order 2"]
    assert noun(arrays[1]) == "entropy"
    arrays[1].attrs = arrays[0].attrs
    assert shorts(arrays) == ["h 0", "h 1"]


def test_legends_of_entropies_and_complexities_are_short():
    words = {
        "a": "normalized Shannon entropy of the spatial density",
        "b": "normalized Renyi entropy of order inf of the spatial density",
        "c": "Tsallis entropy of order 2 of the spatial density",
        "d": "normalized Tsallis entropy of order 2 of the spatial density",
        "e": "statistical complexity (Lopez-Ruiz, Mancini, Calbet) of the spatial density",
        "f": "statistical complexity (Jensen-Shannon) of the spatial density",
    }
    arrays = [xr.DataArray(0.0, name=name, attrs={"long_name": one}) for name, one in words.items()]
    assert shorts(arrays[:4], said=True) == [
        "Shannon",
        "Renyi, order ∞",
        "Tsallis, order 2 (not normalized)",
        "Tsallis, order 2",
    ]
    assert shorts([*arrays[:2], arrays[3]], said=True) == ["Shannon", "Renyi, order ∞", "Tsallis, order 2"]
    assert shorts(arrays[4:], said=True) == ["Lopez-Ruiz, Mancini, Calbet", "Jensen-Shannon"]
    assert shorts([arrays[0], arrays[4]], said=True) == ["a", "e"]


def test_panels_of_a_group_have_titles_of_their_own():
    entropies = xr.Dataset(
        {
            "shannon": variable(3 + T, ("t",), "series", "nat", "Shannon entropy"),
            "renyi": variable(2 + T, ("t",), "series", "nat", "Renyi entropy of order 2"),
            "one": variable(0.5 + 0.1 * T, ("t",), "series", "1", "normalized Shannon entropy"),
            "two": variable(0.4 + 0.1 * T, ("t",), "series", "1", "Tsallis entropy of order 2"),
            "lmc": variable(1e-9 * 10**T, ("t",), "series", "1", "statistical complexity (Lopez-Ruiz)"),
            "js": variable(
                0.3 * 10 ** (T - 2), ("t",), "series", "1", "statistical complexity (Jensen-Shannon)"
            ),
        },
        {"t": T},
    )
    figure = pictures.figure(xr.DataTree.from_dict({"/space": entropies, "/spectrum": entropies}))
    titles = [one.get_title() for one in figure.axes]
    assert titles[:3] == ["space: entropies", "space: normalized", "space: complexities"]
    assert len(set(titles)) == 6
    figure.canvas.draw()
    # the room for the legend is no room on a logarithmic axis
    assert figure.axes[2].get_yscale() == "log"
    assert figure.axes[2].get_ylim()[1] < 1.0
    legend = figure.axes[2].get_legend().get_window_extent()
    assert not legend.overlaps(figure.axes[2].title.get_window_extent())


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0.0, 1.0], ["$t$ = 0", "$t$ = 1"]),
        ([0.0, 0.25, 0.5], ["$t$ = 0.00", "$t$ = 0.25", "$t$ = 0.50"]),
        ([3.125], ["$t$ = 3.125"]),
        ([0.0], ["$t$ = 0"]),
    ],
)
def test_time_stamps_have_the_digits_they_need(times, expected):
    assert stamp(np.array(times)) == expected


def test_time_stamps_of_neighbours_differ():
    times = np.linspace(0, 1, 1000)
    assert len(set(stamp(times))) == 1000
