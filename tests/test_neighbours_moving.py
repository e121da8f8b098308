"""Lists that outlive a step, and sums over neighbours with a pair function of one's own."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ergodica.numerics import kernel, using_threads
from ergodica.numerics.cells import ahead, grid_of, home_cell, segment, segments
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box, nearest_image
from ergodica.numerics.neighbours import neighbours_within, pairs_within, sorted_into_cells
from ergodica.numerics.sweeps import around_portable, swept
from ergodica.numerics.verlet import VerletList
from ergodica.numerics.verlet_kernels import around_listed


@kernel
def push(total, i, j, dx, dy, dz, squared, particles, parameters):
    """A force that falls with distance, with the particles' own strengths."""
    strength = particles[0][i] * particles[0][j] * math.exp(-squared / parameters[0])
    return total[0] - strength * dx, total[1] - strength * dy, total[2] - strength * dz


def moving(d: int, steps: int, speed: float) -> list[np.ndarray]:
    rng = np.random.default_rng(d)
    start = rng.random((400, d))
    return list(start + np.cumsum(speed * rng.standard_normal((steps, 400, d)), axis=0))


def slots(verlet: VerletList, n: int) -> list[list[int]]:
    return [verlet.indices[verlet.offsets[i] : verlet.offsets[i + 1]].tolist() for i in range(n)]


@pytest.mark.parametrize("lengths", [(1.0, 1.0), (None, None), (1.0, None, 1.5)])
@pytest.mark.parametrize("once", [True, False])
def test_a_list_holds_every_pair_at_every_step_and_is_rebuilt_rarely(lengths: tuple, once: bool) -> None:
    box = Box(lengths)
    verlet = VerletList(0.08, skin=0.04, box=box, once=once)
    made = []
    reference = np.full((400, len(lengths)), np.inf)
    for step, x in enumerate(moving(len(lengths), 60, 1e-3)):
        if step % 2:
            x = box.wrap(x)  # it does not matter which image is given
        moved = np.sqrt(np.square(box.displacement(reference, x)).sum(-1)).max() if made else np.inf
        made.append(verlet.update(x))
        # the margin for round-off is 1e-9
        assert made[-1] == (moved > 0.02)
        if made[-1]:
            reference = x
        if once:
            pairs = pairs_within(x, 0.08, box)
            within = [[] for _ in x]
            for i, j in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
                within[i].append(j)
        else:
            found = neighbours_within(x, 0.08, box)
            within = [found.of(i).tolist() for i in range(len(x))]
        for mine, expected in zip(slots(verlet, len(x)), within, strict=True):
            assert mine == sorted(mine)
            assert set(expected) <= set(mine)
    assert 2 <= sum(made) == verlet.rebuilds < 12


def test_a_list_just_made_holds_the_pairs_within_radius_and_skin_and_no_more() -> None:
    x = moving(3, 1, 0.0)[0]
    verlet = VerletList(0.1, skin=0.05, box=1.0)
    assert verlet.update(x)
    found = neighbours_within(x, 0.1 + 0.05, 1.0)
    assert slots(verlet, len(x)) == [found.of(i).tolist() for i in range(len(x))]
    assert not verlet.update(x)
    assert verlet.update(x[:-1])  # other particles
    assert len(verlet.offsets) == len(x)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_lists_of_very_few(n: int) -> None:
    verlet = VerletList(0.1, skin=0.1)
    assert verlet.update(np.zeros((n, 2))) == (n > 0)
    assert verlet.offsets.tolist() == [[0], [0, 0], [0, 1, 2]][n]


def test_sums_are_those_of_numpy_and_the_same_bits_however_they_are_made() -> None:
    rng = np.random.default_rng(3)
    for lengths, radius in itertools.product(
        [(1.0, 1.2), (None, 1.0), (1.0, None, 0.9), (None,) * 3], [0.3, 0.45]
    ):
        d, n = len(lengths), 150
        box, x, weight = Box(lengths), rng.random((n, len(lengths))), rng.random(n)
        cells = sorted_into_cells(x, radius, box)
        arrays = (weight[cells.order[:n]],)
        out, again = np.zeros((n, 3)), np.zeros((n, 3))
        serial, parallel = swept(push, space=d == 3)
        serial((0.0, 0.0, 0.0), cells, arrays, (0.04,), out)
        with using_threads(2):
            parallel((0.0, 0.0, 0.0), cells, arrays, (0.04,), again)
        assert out.tobytes() == again.tobytes()
        found = neighbours_within(x, radius, box)
        v, i, j = found.displacements, found.owners, found.indices
        expected = np.zeros((n, d))
        np.add.at(expected, i, -(weight[i] * weight[j] * np.exp(-np.square(v).sum(1) / 0.04))[:, None] * v)
        # sums of some 50 numbers below 1
        assert np.allclose(out[:, :d], expected, atol=1e-14)
        assert np.all(out[:, d:] == 0)
        assert np.allclose(out.sum(0), 0, atol=1e-12)
        python = around_portable(push, space=d == 3).in_python
        grid = grid_of(cells)
        for s in range(0, n, 10):
            total = python((0.0, 0.0, 0.0), cells, grid, s, arrays, (0.04,))
            # the exponential of the C library and of the compiler differ in the last bit
            assert np.allclose(total, out[cells.order[s]], atol=1e-15)


@kernel
def listed_sums(gather, verlet, positions, periods, limit, weight, out):
    for i in range(positions.shape[0]):
        out[i, 0], out[i, 1], out[i, 2] = gather(
            (0.0, 0.0, 0.0), verlet, positions, periods, limit, i, (weight,), (0.04,)
        )


@kernel
def scattered(gather, verlet, positions, periods, limit, weight, out):
    """Each pair once: the force on one is taken from the other."""
    for i in range(positions.shape[0]):
        for place in range(verlet.offsets[i], verlet.offsets[i + 1]):
            j = verlet.indices[place]
            dx = nearest_image(positions[j, 0] - positions[i, 0], periods[0])
            dy = nearest_image(positions[j, 1] - positions[i, 1], periods[1])
            squared = dx * dx + dy * dy
            if squared <= limit:
                fx, fy, _ = push((0.0, 0.0, 0.0), i, j, dx, dy, 0.0, squared, (weight,), (0.04,))
                out[i, 0] += fx
                out[i, 1] += fy
                out[j, 0] -= fx
                out[j, 1] -= fy


def test_sums_over_lists_do_not_depend_on_when_the_list_was_made_nor_on_its_kind() -> None:
    """So a run that is resumed from a snapshot, where the list is made anew, goes on to the bit."""
    rng = np.random.default_rng(4)
    box, weight = Box((1.0, 1.3)), rng.random(300)
    x = rng.random((300, 2))
    gather = around_listed(push, space=False)
    old, half = VerletList(0.2, skin=0.1, box=box), VerletList(0.2, skin=0.1, box=box, once=True)
    for _ in range(8):
        x = box.wrap(x + 5e-3 * rng.standard_normal(x.shape))
        new = VerletList(0.2, skin=0.03, box=box)
        sums = []
        for verlet, loop in ((old, listed_sums), (new, listed_sums), (half, scattered)):
            verlet.update(x)
            out = np.zeros((300, 3))
            loop(gather.dispatcher, verlet.lists, x, box.periods, 0.04, weight, out)
            sums.append(out)
        assert sums[0].tobytes() == sums[1].tobytes()
        # of a pair one displacement is the negative of the other, to the bit, and the order of the sums is one
        assert np.array_equal(sums[0][:, :2], sums[2][:, :2])
    assert old.rebuilds < 8


@kernel
def met(cells, pairs):
    grid = grid_of(cells)
    n = 0
    for s in range(grid.particles):
        x, y, z = cells.x[s], cells.y[s], cells.z[s]
        home = home_cell(grid, x, y, z)
        for k in range(segments(grid, home)):
            low, high, shift_x, shift_y, shift_z = segment(grid, home, k)
            first, last = ahead(grid.rows, k, shift_x, s, cells.start[low], cells.start[high])
            for j in range(first, last):
                dx = (cells.x[j] - x) + shift_x
                dy = (cells.y[j] - y) + shift_y
                dz = (cells.z[j] - z) + shift_z
                if dx * dx + dy * dy + dz * dz <= grid.limit:
                    pairs[n, 0] = min(cells.order[s], cells.order[j])
                    pairs[n, 1] = max(cells.order[s], cells.order[j])
                    n += 1
    return n


@pytest.mark.parametrize("spread", [1.0, 1e9])
def test_looking_ahead_meets_each_pair_once(spread: float) -> None:
    """In grids with a slot for each cell and, where a stray is far, in folded ones."""
    rng = np.random.default_rng(5)
    for lengths in [*itertools.product([1.0, None], repeat=2), *itertools.product([1.0, None], repeat=3)]:
        box = Box([None if length is None else length * spread for length in lengths])
        for radius in (0.45, 0.3, 0.1):
            x = rng.random((120, len(lengths)))
            x[0] *= spread
            x[1:9] -= 1e-3  # some cross the border
            pairs = np.zeros((120 * 119, 2), np.int64)
            n = met(sorted_into_cells(x, radius, box), pairs)
            found = pairs_within(x, radius, box)
            assert sorted(map(tuple, pairs[:n].tolist())) == list(
                zip(found.first.tolist(), found.second.tolist(), strict=True)
            )


OWN = """
import math
import numpy as np
from ergodica.numerics import kernel
from ergodica.numerics.neighbours import sorted_into_cells
from ergodica.numerics.sweeps import swept

@kernel
def nearest(total, i, j, dx, dy, dz, squared, particles, parameters):
    return (min(total[0], squared),)

cells = sorted_into_cells(np.random.default_rng(0).random((50, 2)), 0.3, 1.0)
out = np.empty((50, 1))
loop, _ = swept(nearest, space=False)
loop((math.inf,), cells, (), (), out)
print(sum(loop.dispatcher.stats.cache_hits.values()), out.min() > 0)
"""


def test_a_pair_function_of_a_user_s_is_compiled_once_and_kept_for_the_next_process(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN)
    environment = {**os.environ, "ERGODICA_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, str(tmp_path / "own.py")]
    shown = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    ]
    assert shown == [["0", "True"], ["1", "True"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"radius": -1.0}, r"^radius: must be positive and finite"),
        ({"skin": 0.0}, r"^skin: must be positive and finite"),
        (
            {"skin": 0.3, "radius": 0.3},
            r"^radius \+ skin: must be at most half the shortest periodic length, got 0.6",
        ),
    ],
)
def test_lists_that_cannot_work_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        VerletList(**{"radius": 0.1, "skin": 0.1, "box": 1.0, **arguments}).update(np.zeros((3, 2)))


def test_a_particle_that_is_no_number_is_named() -> None:
    x = np.random.default_rng(6).random((50, 2))
    verlet = VerletList(0.1, skin=0.1, box=1.0)
    with pytest.raises(ParameterError, match=r"^lists: must be made first"):
        _ = verlet.lists
    verlet.update(x)
    x[7, 1] = np.nan
    with pytest.raises(ParameterError, match=r"^positions: must be finite, got .* for particle 7;"):
        verlet.update(x)
    x[7, 1] = 0.5
    assert verlet.update(x)  # a list that failed is not used
