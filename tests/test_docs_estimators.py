"""The pages of the estimators: their code runs, every public name and every family has its place."""

import re
from collections import Counter

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.numerics import using_threads
from ergodica.scripts.studies import documents

DOCS = documents.ROOT / "docs"
PAGES = sorted((DOCS / "estimators").glob("*.md"))


def signals():
    """The data that the pages take for granted: scalars `u`, `v` and vectors over `member` and `t`."""
    rng = np.random.default_rng(0)
    time = {"t": 0.1 * np.arange(600)}
    u = xr.DataArray(rng.normal(size=(4, 600)), dims=("member", "t"), coords=time).clip(-4, 4)
    vectors = xr.DataArray(rng.normal(size=(600, 2)), dims=("t", "component"), coords=time)
    pixels = xr.DataArray(rng.normal(size=(600, 20)), dims=("t", "pixel"), coords=time)
    noise = xr.DataArray(rng.normal(size=(4, 600, 3)), dims=("member", "t", "space"), coords=time)
    path = rng.normal(size=(4, 600, 2))
    for step in range(1, 600):
        path[:, step] += 0.8 * path[:, step - 1]
    return xr.Dataset(
        {
            "u": u,
            "v": u + noise[..., 0],
            "source": u,
            "target": u.roll(t=1) + noise[..., 1],
            "position": noise,
            "state": (("member", "t", "component"), path),
            "x": vectors,
            "y": vectors + noise[0, :, :2].rename(space="component"),
            "z": vectors.roll(t=5),
            "image": pixels,
            "label_position": pixels[:, 0] + noise[0, :, 2],
        }
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_python_of_a_page_runs(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    ds = signals()
    symbols = xr.DataArray(np.random.default_rng(1).integers(0, 4, size=(3, 500)), dims=("run", "t"))
    names = {"__name__": "document", "ds": ds, "u": ds.u, "x": symbols}
    found = documents.blocks(page.read_text(), "python")
    assert found
    with using_threads(1):  # so little data that other threads would only be waited for
        for block in found:
            documents.run("\n" * (block.line - 1) + block.code, names, page.name)


def test_every_public_name_is_on_the_api_page_once():
    shown = re.findall(
        r"^::: ergodica\.estimators\.([\w.]+)$", (DOCS / "api" / "estimators.md").read_text(), re.M
    )
    count = Counter(path.rpartition(".")[2] for path in shown)
    assert sorted(set(est.__all__) - set(count)) == [], "add them to docs/api/estimators.md"
    assert sorted(set(count) - set(est.__all__)) == [], "these are not public"
    assert {name: number for name, number in count.items() if number > 1} == {}


def test_every_family_has_a_page_that_is_found_and_names_its_functions():
    overview, navigation = (DOCS / "estimators.md").read_text(), (documents.ROOT / "mkdocs.yml").read_text()
    for page in PAGES:
        assert f"(estimators/{page.name}" in overview
        assert f"- estimators/{page.name}" in navigation
    pages = {path.stem: path for path in [*PAGES, DOCS / "schools.md", DOCS / "particles.md"]}
    for entry in est.estimators().values():
        text = pages[entry.family].read_text()
        assert re.search(rf"\b{entry.name}\b", text), f"{entry.name} is not on {pages[entry.family].name}"
