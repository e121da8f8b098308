"""The page shows what was measured beside dewi-kadita, and the presets have its numbers."""

import importlib.util
import json
import math
from pathlib import Path

import pytest

from ergodica import sims

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("couzin_library", ROOT / "benchmarks" / "couzin_library.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_those_of_the_result(study):
    page = (ROOT / "docs" / "systems" / "couzin.md").read_text()
    for table in study.tables(json.loads(study.RESULT.read_text())):
        assert table in page


@pytest.mark.parametrize("name", ["swarm", "torus", "dynamic-parallel", "highly-parallel"])
def test_a_preset_has_the_numbers_of_the_library(study, name):
    case, school = study.CASES[name], sims.Couzin.preset(f"dewi-kadita-{name}")
    assert (school.particles, school.box, school.speed) == (case["n_fish"], case["box_size"], case["speed"])
    assert school.repulsion_radius == case["r_repulsion"]
    outer = school.repulsion_radius + school.orientation_width
    assert outer == case["r_orientation"]
    assert outer + school.attraction_width == min(case["r_attraction"], case["box_size"] / 2)
    assert 360 - school.field_of_view == 2 * case["blind_angle"]
    # given to six digits
    assert math.radians(school.turning_rate) * school.dt == pytest.approx(case["max_turn"], rel=1e-6)
    assert school.noise == pytest.approx(math.sqrt(2) * case["noise"], rel=1e-5)
    assert sims.Couzin.presets[f"dewi-kadita-{name}"].t_end == study.STEPS[name] * school.dt
