"""Neighbours within a radius: against brute force, for any box, number, dimension and arrangement."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.spatial import cKDTree

from ergodica.numerics import using_threads
from ergodica.numerics.cells import FOLDED, MARGIN, SLOTS
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box
from ergodica.numerics.neighbours import count_within, neighbours_within, pairs_within, sorted_into_cells


def brute(box: Box, x: np.ndarray, radius: float, queries: np.ndarray | None = None) -> list[list[int]]:
    """Neighbours by all distances, with the shortest image of each axis."""
    at = x if queries is None else queries
    d = box.wrap(x)[None] - box.wrap(at)[:, None]
    for axis, length in enumerate(box.lengths):
        if np.isfinite(length):
            half = length / 2
            d[..., axis] += np.where(d[..., axis] > half, -length, np.where(d[..., axis] < -half, length, 0))
    squares = np.square(d[..., 0])
    for axis in range(1, d.shape[-1]):  # summed in the order of the kernels, so that the bits agree
        squares += np.square(d[..., axis])
    near = squares <= radius * radius
    if queries is None:
        np.fill_diagonal(near, False)
    return [np.flatnonzero(row).tolist() for row in near]


def check(box: Box, x: np.ndarray, radius: float, queries: np.ndarray | None = None) -> None:
    found = neighbours_within(x, radius, box, queries)
    expected = brute(box, x, radius, queries)
    assert [found.of(i).tolist() for i in range(len(expected))] == expected
    assert count_within(x, radius, box, queries).tolist() == [len(row) for row in expected]
    assert found.counts.tolist() == [len(row) for row in expected]
    if queries is None:
        pairs = pairs_within(x, radius, box)
        assert list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == [
            (i, j) for i, row in enumerate(expected) for j in row if i < j
        ]


ARRANGEMENTS = ("even", "clump", "lattice", "line", "diagonal", "coincident", "far", "outside", "edges")


def arranged(name: str, rng: np.random.Generator, n: int, d: int, radius: float) -> np.ndarray:
    """Particles in and around the unit cube, as likely to upset a cell list as can be thought of."""
    x = rng.random((n, d))
    match name:
        case "clump":
            x = 0.5 + 0.05 * rng.standard_normal((n, d))
            x[: n // 10] = rng.random((n // 10, d))
        case "lattice":  # on cell borders, at distances that are exactly the radius
            x = radius * rng.integers(0, int(1 / radius) + 1, (n, d))
        case "line":
            x[:, 1:] = 0.25
        case "diagonal":
            x[:] = x[:, :1]
        case "coincident":
            x = x[rng.integers(0, max(n // 8, 1), n)] if n else x
        case "far":
            x = np.where(rng.random((n, 1)) < 0.3, x * 10.0 ** rng.integers(0, 14, (n, 1)), x)
        case "outside":
            x = 7 * x - 3
        case "edges":
            x = rng.choice([0.0, -0.0, 1.0, -1e-18, 0.5, np.nextafter(1, 0), 1 / 3], (n, d))
    return x


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("name", ARRANGEMENTS)
def test_neighbours_are_those_of_brute_force(name: str, d: int) -> None:
    rng = np.random.default_rng([d, ARRANGEMENTS.index(name)])
    for periodic in itertools.product([True, False], repeat=d):
        for _ in range(3):
            box = Box([float(rng.choice([1.0, 1.5, 3.0])) if p else None for p in periodic])
            radius = float(rng.choice([0.5, 0.49, 1 / 3, 0.25, 0.2, 0.1, 0.01, 1e-6]))
            n = int(rng.choice([0, 1, 2, 3, 20, 150]))
            x = arranged(name, rng, n, d, radius)
            check(box, x, radius)
            check(box, x, radius, arranged(str(rng.choice(ARRANGEMENTS)), rng, 40, d, radius))


@pytest.mark.parametrize("d", [2, 3])
def test_a_radius_of_half_the_box_finds_each_pair_once(d: int) -> None:
    """Both images of a pair are then at the radius; a lattice has many such pairs."""
    x = np.array(list(itertools.product([0.0, 0.25, 0.5, 0.75], repeat=d)))
    check(Box.periodic_cube(1.0, d), x, 0.5)
    check(Box([1.0] + [None] * (d - 1)), x, 0.5)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("periodic", [True, False])
def test_pairs_are_those_of_a_tree(d: int, periodic: bool) -> None:
    x = np.random.default_rng(d).random((3000, d))
    radius = 0.3 * 3000 ** (-1 / d)
    tree = cKDTree(x, boxsize=1.0 if periodic else None)
    theirs = tree.query_pairs(radius, output_type="ndarray")
    pairs = pairs_within(x, radius, 1.0 if periodic else None)
    assert np.array_equal(np.stack([pairs.first, pairs.second], 1), theirs[np.lexsort(theirs.T[::-1])])


@pytest.mark.parametrize("d", [2, 3])
def test_results_and_the_sorted_order_do_not_depend_on_the_number_of_threads(d: int) -> None:
    x = np.random.default_rng(0).random((20_000, d))
    x[:5000] *= 0.1
    radius = 0.005 if d == 2 else 0.02

    def everything(threads: int) -> list[np.ndarray]:
        with using_threads(threads):
            found = neighbours_within(x, radius, box=[1.0] * (d - 1) + [None])
            cells = sorted_into_cells(x, radius, [1.0] * (d - 1) + [None])
            start = cells.start[: cells.whole[SLOTS] + 1]
            return [*cells[:4], start, cells.slot, cells.whole, cells.real, found.indices, found.offsets]

    for one, several in zip(everything(1), everything(2), strict=True):
        assert one.tobytes() == several.tobytes()


@pytest.mark.parametrize("periodic", [True, False])
def test_memory_is_proportional_to_the_number_of_particles(periodic: bool) -> None:
    """A clump and a stray 1e15 radii away share a grid of a few slots a particle."""
    n = 10_000
    x = np.random.default_rng(1).random((n, 3)) * 10
    x[0] = 0.9e12
    cells = sorted_into_cells(x, 1e-3, 1e12 if periodic else None)
    assert sum(field.nbytes for field in cells) < 150 * n
    counts = np.diff(cells.start[: cells.whole[SLOTS] + 1])
    assert counts.sum() == n
    assert counts.max() < 20  # 0.5 on average: a Poisson number above 20 has a chance of 1e-24


@pytest.mark.parametrize("d", [1, 2, 3])
def test_slots_are_shared_also_where_the_number_of_cells_is_that_of_the_slots(d: int) -> None:
    """The first and the last cell of a periodic axis would then have one slot: other slots are chosen."""
    x = np.random.default_rng(1).random((50, d)) * 1e6
    usual = int(sorted_into_cells(x, 1.0, 1e6).whole[SLOTS])
    length = (usual + 0.5) * MARGIN
    x = np.random.default_rng(1).random((50, d)) * 3
    x[::2] += length - 1.5
    cells = sorted_into_cells(x, 1.0, [length] * d)
    assert cells.whole[:d].tolist() == [usual] * d
    assert cells.whole[FOLDED] == (d > 1 or cells.whole[SLOTS] != usual)
    check(Box([length] * d), x, 1.0)


def test_displacements_are_the_shortest_and_antisymmetric_to_the_bit() -> None:
    x = np.random.default_rng(2).random((500, 3))
    box = Box((1.0, 1.3, None))
    found = neighbours_within(x, 0.3, box)
    back = {(i, j): v for i, j, v in zip(found.owners, found.indices, found.displacements, strict=True)}
    assert all(np.array_equal(v, -back[j, i]) for (i, j), v in back.items())
    # wrapped positions differ by one rounding from those that the box takes as they are
    assert np.allclose(found.displacements, box.displacement(x[found.owners], x[found.indices]), atol=1e-15)
    assert np.allclose(found.distances, box.distance(x[found.owners], x[found.indices]), atol=1e-15)
    pairs = pairs_within(x, 0.3, box)
    assert np.array_equal(pairs.displacements, [back[p] for p in zip(pairs.first, pairs.second, strict=True)])
    assert np.array_equal(pairs.distances, np.sqrt(np.square(pairs.displacements).sum(-1)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    {
        "radius 0": ({"radius": 0.0}, r"^radius: must be positive and finite .*got 0.0"),
        "radius nan": ({"radius": np.nan}, r"^radius: must be positive and finite"),
        "radius inf": ({"radius": np.inf}, r"^radius: must be positive and finite"),
        "no number": ({"radius": "far"}, r"^radius: must be positive and finite .*got 'far'"),
        "half box": (
            {"radius": 0.6},
            r"^radius: must be at most half the shortest periodic length, got 0.6 with 1",
        ),
        "flat": ({"positions": np.zeros(3)}, r"^positions: must have shape \(n, d\).*got \(3,\)"),
        "4d": ({"positions": np.zeros((3, 4))}, r"^positions: must have shape \(n, d\)"),
        "nan": (
            {"positions": np.array([[0, 0], [np.nan, 1]])},
            r"^positions: must be finite, got .* particle 1;",
        ),
        "inf": (
            {"positions": np.array([[0, -np.inf], [1, 1]])},
            r"^positions: must be finite, got .* particle 0;",
        ),
        "axes": ({"box": [1.0, 1.0, 1.0]}, r"^box: must have as many axes as the positions, got 3 for 2"),
        "length": ({"box": [1.0, -1.0]}, r"^box: lengths must be positive, got -1.0"),
        "queries": (
            {"queries": np.zeros((3, 3))},
            r"^queries: must have as many columns as positions, got 3 for 2",
        ),
        "bad query": (
            {"queries": np.array([[np.inf, 0.0]])},
            r"^queries: must be finite, got .* particle 0;",
        ),
    }.values(),
)
def test_what_cannot_work_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        neighbours_within(**{"positions": np.zeros((5, 2)), "radius": 0.1, "box": 1.0, **arguments})
