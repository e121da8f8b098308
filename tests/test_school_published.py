"""School entropies as published: the numbers of dewi-kadita, made by tests/data/published_entropies.py."""

from __future__ import annotations

import importlib.util
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from schools import dataset, loose, ring

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError

spec = importlib.util.spec_from_file_location(
    "published_entropies", Path(__file__).parent / "data" / "published_entropies.py"
)
assert spec is not None
assert spec.loader is not None
source = importlib.util.module_from_spec(spec)
spec.loader.exec_module(source)

MADE = json.loads(source.FILE.read_text())["schools"]
THEIRS = {
    "school_cohesion_entropy": "cohesion_entropy",
    "polarization_entropy": "polarization_entropy",
    "depth_stratification_entropy": "depth_entropy",
    "angular_momentum_entropy": "angular_momentum_entropy",
    "nearest_neighbor_entropy": "neighbour_entropy",
    "velocity_correlation_entropy": "velocity_correlation_entropy",
    "school_shape_entropy": "shape_entropy",
    "oceanic_schooling_index": "oceanic_schooling_index",
}


@pytest.mark.parametrize("made", MADE, ids=lambda made: f"{made['state']}, {made['n']}")
def test_numbers_are_those_of_the_library(made):
    found = est.published_school_entropies(
        dataset(*source.school(made["state"], made["n"], made["seed"]), 20.0)
    )
    for theirs, ours in THEIRS.items():
        assert abs(float(found[ours]) - made[theirs]) < 1e-10, ours


def test_references_cover_every_state_and_size():
    assert {(made["state"], made["n"]) for made in MADE} == {
        (s, n) for s in source.STATES for n in source.SIZES
    }
    assert json.loads(source.FILE.read_text())["dewi-kadita"] == "0.0.4"


def fused(c: float, a: float, b: float) -> float:
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def test_pairs_are_counted_as_numpy_counts_them():
    from ergodica.estimators.schools.kernels import pairs_as_published

    edges = np.linspace(0.0, 1.0, 21)
    _, v = loose(60, 3, seed=1)
    # products at edges, and just beyond the last one
    axes = np.vstack([np.eye(3), -np.eye(3), [[0.6, 0.8, 0.0], [0.0, 0.6, 0.8], [1 + 1e-15, 0, 0]]])
    v = np.vstack([v, axes, axes])
    i, j = np.triu_indices(len(v), 1)
    # each product rounded as by fused multiply-add, whatever this processor's BLAS does
    products = np.array(
        [
            fused(fused(v[a, 0] * v[b, 0], v[a, 1], v[b, 1]), v[a, 2], v[b, 2])
            for a, b in zip(i, j, strict=True)
        ]
    )
    expected, _ = np.histogram((products + 1.0) / 2.0, 20, (0, 1))
    assert expected.sum() < len(i)
    np.testing.assert_array_equal(pairs_as_published(np.ascontiguousarray(v.T), edges), expected)


def test_where_both_forms_mean_the_same_they_agree():
    x, v = source.school("clump across the edge", 400, seed=2)
    ds = dataset(x, v, 20.0)
    ours, published = est.school_entropies(ds), est.published_school_entropies(ds)
    for name in ("cohesion", "neighbour", "velocity_correlation"):
        assert abs(ours[f"{name}_entropy"] - published[f"{name}_entropy"]) < 1e-12
    # the plain mean lies in the middle of the box, far from the clump
    for name in ("shape", "angular_momentum", "depth"):
        assert abs(ours[f"{name}_entropy"] - published[f"{name}_entropy"]) > 1e-4


def test_the_published_form_changes_with_a_shift_and_the_corrected_does_not():
    x, v = source.school("mill", 400, seed=3)
    here, moved = dataset(x, v, 20.0), dataset((x + np.array([9.0, 8.0, 7.0])) % 20.0, v, 20.0)
    for function, changes in ((est.published_school_entropies, True), (est.school_entropies, False)):
        change = abs(function(here).shape_entropy - function(moved).shape_entropy)
        assert change > 0.01 if changes else change < 1e-12


def test_what_the_published_form_cannot_take_is_said():
    x, v = ring(20, 3)
    x = x + 5
    bare = dataset(x, v)
    found = est.published_school_entropies(bare, box_size=20.0)
    assert found.equals(est.published_school_entropies(dataset(x, v, 20.0)))
    for ds, words in (
        (bare, "give box_size"),
        (dataset(x, v, [20.0, 20.0, 30.0]), "periodic cube"),
        (dataset(x, v, [20.0, np.nan, 20.0]), "periodic cube"),
        (dataset(x - 5, v, 20.0), r"must lie in \[0, 20\)"),
        (dataset(x[:, :2], v[:, :2], 20.0), "3 components"),
        (dataset(x[:0], v[:0], 20.0), "at least one particle"),
    ):
        with pytest.raises(ParameterError, match=words):
            est.published_school_entropies(ds)
