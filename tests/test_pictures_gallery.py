"""Gallery and catalogue pages: every system has its tile, its entry, its place; tiles show what they should."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from PIL import Image

from ergodica import sims
from ergodica.scripts.studies import catalogue_pages, documents, gallery, tiles, views
from ergodica.sims.dynamics.facts import Facts

DOCS = documents.ROOT / "docs"
EVERY = [*sims.FLOWS.values(), *sims.MAPS.values()]
KNOWN = Facts(
    period=1.0,
    exponents=(),
    standard_errors=(),
    mean_divergence=None,
    kaplan_yorke_dimension=None,
    kolmogorov_sinai_entropy=None,
    converged=True,
    convergence="",
    t_end=1.0,
    made_from="",
)
SIZE = tiles.SIZE * tiles.FINER


def test_every_system_has_a_tile_and_every_tile_a_system():
    found = {(path.parent.name, path.stem) for path in gallery.FOLDER.rglob("*.png")}
    assert found == {(one.kind, one.name) for one in EVERY}, "run scripts/studies/gallery.py"


def test_tiles_are_of_the_present_equations_parameters_and_views():
    old = [one.name for one in EVERY if not gallery.up_to_date(one)]
    assert old == [], "run scripts/studies/gallery.py"


def test_tiles_are_of_one_size_in_the_colours_of_their_class_and_none_is_blank():
    for one in EVERY:
        with Image.open(gallery.path_of(one.kind, one.name)) as opened:
            drawn = opened.copy()
        assert drawn.size == (tiles.SIZE, tiles.SIZE), one.name
        palette = {tuple(drawn.getpalette()[3 * i : 3 * i + 3]) for i in np.unique(np.asarray(drawn))}
        assert palette <= set(tiles.ramp(tiles.COLOURS[one.category])), one.name
        bright = np.asarray(drawn.convert("L"))
        # a circle of one line covers about one dot in a hundred; a point or an empty tile far fewer
        assert (bright > 60).mean() > 0.008, one.name
        assert np.ptp(np.nonzero(bright > 60), axis=1).min() > tiles.SIZE / 4, one.name


def test_gallery_takes_little_space():
    sizes = [path.stat().st_size for path in gallery.FOLDER.rglob("*.png")]
    assert sum(sizes) < 2.6e6
    assert max(sizes) < 30_000


def test_views_are_of_systems_that_there_are():
    assert set(views.FLOWS) <= {one.name for one in sims.FLOWS.values()}
    assert set(views.MAPS) <= {one.name for one in sims.MAPS.values()}


def test_pages_hold_every_system_once():
    pages = [one for page in catalogue_pages.PAGES for one in catalogue_pages.systems_of(page)]
    assert sorted((one.kind, one.name) for one in pages) == sorted((one.kind, one.name) for one in EVERY)
    config = (documents.ROOT / "mkdocs.yml").read_text()
    for page in catalogue_pages.PAGES:
        text = (DOCS / "systems" / f"catalogue-{page}.md").read_text()
        assert f"<!-- catalogue: {page} -->" in text
        assert f"systems/catalogue-{page}.md" in config
    markers = re.findall(r"<!-- tiles: ([\w-]+) -->", (DOCS / "gallery.md").read_text())
    assert sorted(markers) == sorted(catalogue_pages.PAGES)


@pytest.mark.parametrize("page", catalogue_pages.PAGES)
def test_entries_name_parameters_class_source_and_picture(page):
    text = catalogue_pages.filled((DOCS / "systems" / f"catalogue-{page}.md").read_text())
    entries = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    for one, written in zip(catalogue_pages.systems_of(page), entries, strict=True):
        assert f"{{ #{one.name} }}" in written
        assert f"Class: {one.category}" in written
        assert one.reference in written
        assert f'system="{one.name}"' in written
        for name, parameter in one.parameters.items():
            (row,) = re.findall(rf"^\| `{name}` \| .*$", written, re.MULTILINE)
            assert f"| {parameter.value:.12g} |" in row
        for target in re.findall(r"\]\(\.\./([^)]+\.png)\)", written):
            assert (DOCS / target).is_file()


def test_entry_of_lorenz_shows_what_is_computed():
    definition = sims.FLOWS["lorenz63"]
    written = catalogue_pages.entry(definition)
    assert r"\dot{x} = \sigma \left(y - x\right)" in written
    facts = definition.facts
    if facts is not None:
        assert f"Dominant period {facts.period:.4g}." in written
        assert f"Kaplan-Yorke dimension {facts.kaplan_yorke_dimension:.4g}" in written
        shown = re.search(r"exponents per time: ([-\d.]+)\(", written)
        assert abs(float(shown[1]) - facts.exponents[0]) < 2 * facts.standard_errors[0]


@pytest.mark.parametrize(
    ("exponents", "errors", "words"),
    [
        ((0.9064, 0.0), (7e-4, 1e-5), ["0.9064(7)", "0.00000(1)"]),
        ((1.243e-6, -1.243e-6), (3e-8, 3e-8), ["1.24(3)e-6", "-1.24(3)e-6"]),
    ],
)
def test_slow_rates_have_a_power_of_ten(exponents, errors, words):
    facts = dataclasses.replace(KNOWN, exponents=exponents, standard_errors=errors)
    assert catalogue_pages.rates(facts, 2) == words


@pytest.mark.parametrize(
    ("kind", "name", "line"),
    [
        ("MAPS", "ar1", r"x' = \phi x + \sigma \xi"),
        ("MAPS", "white-noise", r"x' = \sigma \xi"),
        ("MAPS", "baker", r"x' = \mathrm{stretch}\,x\ \mathrm{mod}\ 1"),
        ("FLOWS", "brownian", r"dW"),
    ],
)
def test_equations_name_the_noise_and_keep_words_apart(kind, name, line):
    assert line in catalogue_pages.entry(getattr(sims, kind)[name])


def test_text_of_other_pages_stays_as_it_is():
    text = "# A page\n\n<!-- table: nlse/states -->\n\nwords\n"
    assert catalogue_pages.filled(text) == text


# --- drawing --------------------------------------------------------------------------------------------------


def test_ink_is_the_length_of_the_line_wherever_it_runs():
    x, y = np.array([0.1, 0.8, 0.8]), np.array([0.2, 0.2, 0.7])
    density = tiles.ink(x, y, box=(0, 1, 0, 1), breaks=2.0)
    scale = (1 - 2 * tiles.MARGIN) * SIZE
    # pieces share their weight between dots, which loses only rounding
    np.testing.assert_allclose(density.sum(), 1.2 * scale, rtol=1e-9)
    row = round(tiles.MARGIN * SIZE + 0.2 * scale)
    np.testing.assert_allclose(density[row - 2 : row + 2, : SIZE // 2].sum(), density[:, : SIZE // 2].sum())


def test_jumps_and_missing_points_interrupt_a_line():
    x = np.array([0.0, 0.1, np.nan, 0.2, 0.3, 0.95])
    density = tiles.ink(x, np.zeros(6), box=(0, 1, -1, 1))
    scale = (1 - 2 * tiles.MARGIN) * SIZE
    np.testing.assert_allclose(density.sum(), 0.2 * scale, rtol=1e-9)


def test_dots_are_counted_once():
    points = np.random.default_rng(0).random((2, 500))
    points[0, 3] = np.nan
    np.testing.assert_allclose(tiles.dots(*points, box=(0, 1, 0, 1)).sum(), 499.0, rtol=1e-12)


def test_images_keep_rows_upwards_and_columns_to_the_right():
    drawn = np.asarray(tiles.image_tile(np.array([[0.0, 0.0], [0.0, 1.0]]), (0, 0, 255)).convert("L"))
    bright = drawn > drawn.mean()
    assert bright[: tiles.SIZE // 2, tiles.SIZE // 2 :].all()
    assert not bright[tiles.SIZE // 2 :].any()


def test_tile_of_nothing_is_dark():
    drawn = np.asarray(tiles.dots_tile(np.zeros((SIZE, SIZE)), (0, 0, 255)).convert("RGB"))
    assert (drawn == tiles.GROUND).all()


def test_a_map_is_drawn_anew_as_it_lies_there():
    definition = sims.MAPS["henon"]
    fresh = np.asarray(gallery.draw(definition).convert("L"), np.float64)
    with Image.open(gallery.path_of("map", "henon")) as opened:
        shown = np.asarray(opened.convert("L"), np.float64)
    # orbits part from those of another machine, the density of 400,000 points stays
    assert np.corrcoef(fresh.ravel(), shown.ravel())[0, 1] > 0.95


@pytest.mark.parametrize(("name", "turned"), [("lorenz63", None), ("lorenz63", 35.0)])
def test_views_show_components_or_turn_them(name, turned):
    t = np.linspace(0, 20, 500)
    names = {"x": np.sin(t), "y": np.cos(t), "z": np.sin(2 * t), "a": np.array(3.0), "t": t}
    x, y = gallery._views(names, views.View(turned=turned))
    assert x.shape == y.shape == t.shape
    x, y = gallery._views(names, views.View(across="a*x", up="columns(y, z)"))
    assert x.shape == y.shape == (500, 2)
    np.testing.assert_array_equal(x[:, 1], 3 * names["x"])
