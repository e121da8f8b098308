"""The k nearest: against brute force and a tree of scipy's, with ties, images and any arrangement."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.spatial import cKDTree

from ergodica.numerics import using_threads
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box
from ergodica.numerics.nearest import nearest


def brute(box: Box, x: np.ndarray, k: int, queries: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours by sorting all distances, of equal ones the lower number first."""
    at = x if queries is None else queries
    d = box.wrap(x)[None] - box.wrap(at)[:, None]
    for axis, length in enumerate(box.lengths):
        if np.isfinite(length):
            half = length / 2
            d[..., axis] += np.where(d[..., axis] > half, -length, np.where(d[..., axis] < -half, length, 0))
    squares = np.zeros(d.shape[:2])
    for axis in range(d.shape[-1]):
        squares += np.square(d[..., axis])
    if queries is None:
        np.fill_diagonal(squares, np.inf)
    order = np.argsort(squares, axis=1, kind="stable")[:, :k]
    return order, np.sqrt(np.take_along_axis(squares, order, 1))


ARRANGEMENTS = ("even", "clump", "lattice", "line", "coincident", "two heaps", "far", "outside")


def arranged(name: str, rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    x = rng.random((n, d))
    match name:
        case "clump":
            x = 0.5 + 1e-6 * rng.standard_normal((n, d))
            x[: n // 10] = rng.random((n // 10, d))
        case "lattice":
            x = rng.integers(0, 4, (n, d)) / 4
        case "line":
            x[:, 1:] = 0.25
        case "coincident":
            x[:] = 0.3
        case "two heaps":
            x = rng.choice([0.1, 0.7], (n, 1)) * np.ones(d)
        case "far":
            x = x * 10.0 ** rng.integers(-200, 150, (n, 1))
        case "outside":
            x = 7 * x - 3
    return x


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("name", ARRANGEMENTS)
def test_the_nearest_are_those_of_brute_force(name: str, d: int) -> None:
    rng = np.random.default_rng([d, ARRANGEMENTS.index(name)])
    for periodic in itertools.product([True, False], repeat=d):
        for n in (2, 3, 9, 200):
            box = Box([float(rng.choice([1.0, 1.5, 3.0])) if p else None for p in periodic])
            x = arranged(name, rng, n, d)
            for k in {1, int(rng.integers(1, n)), n - 1, min(n - 1, 33)}:
                found = nearest(x, k, box)
                indices, distances = brute(box, x, k, None)
                assert np.array_equal(found.indices, indices)
                assert np.array_equal(found.distances, distances)
            queries = arranged(str(rng.choice(ARRANGEMENTS)), rng, 30, d)
            found = nearest(x, n, box, queries)
            indices, distances = brute(box, x, n, queries)
            assert np.array_equal(found.indices, indices)
            assert np.array_equal(found.distances, distances)
            norms = np.sqrt(np.square(found.displacements).sum(-1))
            # numpy sums the squares in an order of its own
            assert np.allclose(norms, distances, rtol=1e-15, atol=0)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("boxsize", [1.0, None])
def test_the_nearest_are_those_of_another_tree(d: int, boxsize: float | None) -> None:
    x = np.random.default_rng(d).random((5000, d))
    distances, indices = cKDTree(x, boxsize=boxsize).query(x, 9)
    found = nearest(x, 8, boxsize)
    assert np.array_equal(found.indices, indices[:, 1:])
    assert np.allclose(found.distances, distances[:, 1:], rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["even", "coincident", "clump", "lattice"])
def test_the_nearest_do_not_depend_on_the_number_of_threads(name: str) -> None:
    """Arrangements of 20,000: a search that meets a heap of coincident particles is not slower than others."""
    x = arranged(name, np.random.default_rng(0), 20_000, 3)
    results = []
    for threads in (1, 2):
        with using_threads(threads):
            found = nearest(x, 6, 1.0)
            results.append((found.indices.tobytes(), found.distances.tobytes()))
    assert results[0] == results[1]


def test_no_particles_no_neighbours() -> None:
    assert nearest(np.zeros((0, 3)), 4).indices.shape == (0, 4)
    assert nearest(np.zeros((5, 2)), 2, 1.0, queries=np.zeros((0, 2))).distances.shape == (0, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    {
        "0": ({"k": 0}, r"^k: must be a whole number from 1 to the number of other particles, 4, got 0"),
        "too many": (
            {"k": 5},
            r"^k: must be a whole number from 1 to the number of other particles, 4, got 5",
        ),
        "fraction": ({"k": 1.5}, r"^k: must be a whole number .*got 1.5"),
        "true": ({"k": True}, r"^k: must be a whole number .*got True"),
        "nan": (
            {"positions": [[0.0, np.nan], [1, 1]], "k": 1},
            r"^positions: must be finite, got .* particle 0;",
        ),
        "bad query": ({"queries": [[0.0, np.inf]]}, r"^queries: must be finite, got .* particle 0;"),
        "columns": (
            {"queries": np.zeros((3, 3))},
            r"^queries: must have as many columns as positions, got 3 for 2",
        ),
        "box": ({"box": (1.0,)}, r"^box: must have as many axes as the positions, got 1 for 2"),
    }.values(),
)
def test_what_cannot_work_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        nearest(**{"positions": np.zeros((5, 2)), "k": 2, **arguments})
