"""Overviews of datasets and trees; the words come from the attributes, nothing needs a display."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from solitons import T, frames_of, soliton_run, variable

from ergodica.data import pictures


@pytest.fixture
def soliton():
    return soliton_run()


def labels_of(figure):
    return [(one.get_xlabel(), one.get_ylabel()) for one in figure.axes]


def test_overview_shows_field_drift_and_the_other_series(soliton):
    figure = pictures.figure(soliton)
    figure.canvas.draw()
    expected = ["time (s)", r"$|\psi|$", r"$|\psi|$", "relative drift", "width (m)"]
    assert sorted(text for _, text in labels_of(figure) if text) == sorted(expected)
    assert figure.get_suptitle() == "One soliton"


def test_overview_clips_and_overlaps_no_words(soliton):
    long = "a rather long description of what this quantity is and of how it was measured over the whole box"
    soliton["width"].attrs["long_name"] = long
    figure = pictures.figure(soliton.assign_attrs(title=long + " " + long))
    figure.canvas.draw()
    canvas = figure.bbox
    boxes = [one.get_tightbbox() for one in figure.axes]
    for box in boxes:
        assert box.x0 >= canvas.x0 - 1
        assert box.x1 <= canvas.x1 + 1
        assert box.y0 >= canvas.y0 - 1
        assert box.y1 <= canvas.y1 + 1
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


def test_tree_of_entropies_has_a_panel_for_each_group_and_quantity():
    entropies = xr.Dataset(
        {
            "shannon": variable(3 + T, ("t",), "series", "nat", "Shannon entropy"),
            "renyi": variable(2 + T, ("t",), "series", "nat", "Renyi entropy"),
            "complexity": variable(0.1 + 0.01 * T, ("t",), "series", "1", "complexity"),
        },
        {"t": T},
    )
    tree = xr.DataTree.from_dict(
        {"/space": entropies, "/spectrum": entropies[["shannon"]], "/restart": entropies}
    )
    figure = pictures.figure(tree)
    assert [one.get_title() for one in figure.axes] == [
        "space: entropies",
        "space: complexity",
        "spectrum: entropy",
    ]
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["Shannon", "Renyi"]


def test_pair_without_attributes_is_joined_by_its_names(soliton):
    foreign = xr.Dataset({name: soliton[name].variable for name in ("psi_real", "psi_imag")}, soliton.coords)
    for one in foreign.data_vars.values():
        one.attrs.clear()
    figure = pictures.figure(foreign, variable="psi")
    (image,) = figure.axes[0].images
    np.testing.assert_allclose(image.get_array(), np.hypot(soliton.psi_real, soliton.psi_imag), rtol=1e-15)


def test_a_part_of_a_complex_field_is_drawn_under_its_own_name(soliton, tmp_path):
    figure = pictures.figure(soliton, variable="psi_real")
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), soliton.psi_real)
    tree = xr.DataTree.from_dict({"/run": soliton})
    inner = pictures.figure(tree, variable="run/psi_imag")
    np.testing.assert_array_equal(inner.axes[0].images[0].get_array(), soliton.psi_imag)
    assert frames_of(pictures.animate(soliton, tmp_path / "real.gif", variable="psi_real", frames=2)) == 2


def test_import_is_light_and_drawing_needs_no_pyplot(tmp_path):
    code = (
        "import sys; from ergodica.data import pictures\n"
        "assert not {'matplotlib', 'xarray', 'pandas', 'PIL'} & set(sys.modules), sys.modules.keys()\n"
        "import numpy as np, xarray as xr\n"
        "u = xr.DataArray(np.random.rand(4, 8), dims=('t', 'x'), name='u')\n"
        f"pictures.plot(u, {str(tmp_path / 'u.png')!r}); pictures.animate(u, {str(tmp_path / 'u.gif')!r})\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    assert {one.name for one in Path(tmp_path).iterdir()} == {"u.png", "u.gif"}


def test_figures_are_drawn_in_threads(soliton, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        paths = list(
            pool.map(lambda number: pictures.plot(soliton, tmp_path / f"{number}.png", dpi=50), range(4))
        )
    assert len({path.read_bytes() for path in paths}) == 1


def test_notebooks_can_show_a_figure(soliton):
    assert pictures.figure(soliton)._repr_png_().startswith(b"\x89PNG")
