"""Cell lists: particles sorted by cell, so that all neighbours of one lie in a few contiguous stretches.

A cell is at least a radius wide along y and z, and a radius / reach along x (reach 1 to 4), the axis along which
cells lie next to each other in memory. The particles within the radius of a place are then in 3 (2D) or 9 (3D)
rows of cells, each one stretch of the sorted particles, or two where a row crosses a periodic border.

Cells are numbered in two ways. Where the cells of the box (on open axes, of the particles' extent) are no more
than a few a particle, each has its own slot. Where they are more (a clump and a stray in endless space) the slot
of the cell (i, j, k) is (i + a j + b k) mod m with m a prime of about 2 n: memory is O(n) however far particles
spread, lines and sheets of particles fill all slots evenly, and cells that share a slot are told apart by distance.
a and b are such that the 27 cells around any place have different slots, so that nothing is met twice.

Everything is a counting sort in O(n): stable, hence the same bits for any number of threads.

Source: Hockney and Eastwood 1988, Computer Simulation Using Particles, section 8.4; the lattice of the folded
numbering is that of Niederreiter 1992, Random Number Generation and Quasi-Monte Carlo Methods, chapter 5.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ergodica.numerics.kernel import kernel

Array: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Indices: TypeAlias = NDArray[np.int32]
Home: TypeAlias = tuple[int, int, int, int]
Segment: TypeAlias = tuple[int, int, float, float, float]

# places in `Cells.whole`, in the order of `Grid`; the first two are those of the x axis
CELLS, LOWEST, REACH, STRIDE_Y, STRIDE_Z, SLOTS, FOLDED, ROWS, COUNT, TIED = 0, 3, 6, 7, 8, 9, 10, 11, 12, 13
PER_LENGTH, PERIOD, LIMIT = 0, 3, 6  # places in `Cells.real`

CELLS_A_PARTICLE, SPARE_CELLS = 8, 1024
FOLDED_SLOTS = 4 * 15**3  # so that strides which keep neighbouring cells apart are found at once
LONGEST_REACH = 4
MARGIN = 1.0 + 2.0**-11  # more than the round-off of a cell's number, which is at most FARTHEST
FARTHEST = 2.0**40
PLASTIC = 0.7548776662466927  # 1 / rho with rho^3 = rho + 1: its powers make an even lattice
GOLDEN = 0.6180339887498949
TRIES = 200
BLOCK = 512  # particles a task
SPARE = 8

# for what is called once a particle or a pair: counting the references to arrays would cost more than the work
inlined = kernel(_nrt=False, forceinline=True)


class Cells(NamedTuple):
    """Particles sorted by cell: made by `empty_cells`, filled and filled again by `fill_cells`.

    Kernels take it as one argument. Sorted particle s is particle `order[s]` of the caller.

    Fields:
        x, y, z: `(n + 8,)`, wrapped positions in sorted order; zeros for missing axes. Loops in vector registers
            read up to eight values beyond the last particle.
        order: `(n + 8,)` int32, the caller's number of each; ascending within a cell.
        start: first sorted particle of each slot, int32.
        slot: `(n,)` int32, the slot of each of the caller's particles.
        whole, real: the numbers of the `Grid`, where `fill_cells` can change them.
    """

    x: Array
    y: Array
    z: Array
    order: Indices
    start: Indices
    slot: Indices
    whole: Integers
    real: Array


class Grid(NamedTuple):
    """Shape and scale of a cell list as plain numbers, which a loop keeps in registers; from `grid_of`.

    Fields:
        cells_x, cells_y, cells_z: cells along each axis.
        lowest_x, lowest_y, lowest_z: the number of the first cell of an open axis.
        reach: how many cells along x are as long as the radius.
        stride_y, stride_z, slots, folded: how cells are numbered.
        rows: rows of cells around a place: 1, 3 or 9.
        particles: how many there are.
        tied: whether the radius is half a period, so that `is_second_image` must be asked.
        per_x, per_y, per_z: cells a length.
        period_x, period_y, period_z: inf on an open axis.
        limit: the squared radius.
    """

    cells_x: int
    cells_y: int
    cells_z: int
    lowest_x: int
    lowest_y: int
    lowest_z: int
    reach: int
    stride_y: int
    stride_z: int
    slots: int
    folded: int
    rows: int
    particles: int
    tied: int
    per_x: float
    per_y: float
    per_z: float
    period_x: float
    period_y: float
    period_z: float
    limit: float


def empty_cells(count: int) -> Cells:
    """Room for `count` particles, to be filled by `fill_cells`; 64 `count` bytes and at least 100 kB."""
    n = int(count)
    slots = max(CELLS_A_PARTICLE * n + SPARE_CELLS, 2 * FOLDED_SLOTS)
    return Cells(
        x=np.zeros(n + SPARE),
        y=np.zeros(n + SPARE),
        z=np.zeros(n + SPARE),
        order=np.zeros(n + SPARE, np.int32),
        start=np.zeros(slots + 2, np.int32),
        slot=np.zeros(n, np.int32),
        whole=np.zeros(14, np.int64),
        real=np.zeros(7),
    )


@inlined
def grid_of(cells: Cells) -> Grid:
    """The numbers of a filled cell list: taken once before a loop over particles."""
    w, r = cells.whole, cells.real
    return Grid(
        w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11], w[12], w[13],
        r[0], r[1], r[2], r[3], r[4], r[5], r[6],
    )  # fmt: skip


@inlined
def floored(x: float) -> int:
    """The largest whole number that is not above `x`, from -2**42 to 2**42; NaN gives one too."""
    x = x if x > -4.0 * FARTHEST else -4.0 * FARTHEST
    x = x if x < 4.0 * FARTHEST else 4.0 * FARTHEST
    whole: int = np.int64(x)  # type: ignore[assignment]
    return whole - 1 if whole > x else whole


@inlined
def _cell_along(grid: Grid, x: float, per_length: float, cells: int, lowest: int, period: float) -> int:
    """Number of the cell that holds the wrapped coordinate `x`; on open axes also outside of the grid."""
    cell: int = floored(x * per_length)
    if period < math.inf:
        return max(0, min(cell, cells - 1))
    if grid.folded:
        return cell
    margin = grid.reach + 1
    return max(-margin, min(cell - lowest, cells + margin))


@inlined
def home_cell(grid: Grid, x: float, y: float, z: float) -> Home:
    """The cell of a wrapped place, from which `segments` and `segment` find its neighbours.

    Besides its three numbers this is the slot where its own row begins, if nothing around it needs special care,
    else -1.
    """
    i = _cell_along(grid, x, grid.per_x, grid.cells_x, grid.lowest_x, grid.period_x)
    j = _cell_along(grid, y, grid.per_y, grid.cells_y, grid.lowest_y, grid.period_y)
    k = _cell_along(grid, z, grid.per_z, grid.cells_z, grid.lowest_z, grid.period_z)
    side_y, side_z = 1 if grid.rows > 1 else 0, 1 if grid.rows > 3 else 0
    inside = (
        (grid.reach <= i < grid.cells_x - grid.reach)
        & (side_y <= j < grid.cells_y - side_y)
        & (side_z <= k < grid.cells_z - side_z)
        & (grid.folded == 0)
    )
    return i, j, k, i - grid.reach + grid.stride_y * j + grid.stride_z * k if inside else -1


@inlined
def slot_of(grid: Grid, x: int, y: int, z: int) -> int:
    """The slot of a cell that is in the grid."""
    if not grid.folded:
        return x + grid.stride_y * y + grid.stride_z * z
    m = grid.slots
    return (x % m + grid.stride_y * (y % m) + grid.stride_z * (z % m)) % m


@inlined
def segments(grid: Grid, home: Home) -> int:
    """How many stretches of sorted particles hold the neighbours of a place in the cell `home`."""
    count = grid.rows
    if home[3] >= 0:
        return count
    if grid.period_x < math.inf:
        if home[0] < grid.reach:
            count += grid.rows
        if home[0] >= grid.cells_x - grid.reach:
            count += grid.rows
    return 2 * count if grid.folded else count


@inlined
def _row(grid: Grid, cell: int, cells: int, period: float) -> tuple[int, float, bool]:
    """The cell beside home after wrapping, the shift of its particles, and whether it is there."""
    if period < math.inf:
        if cell < 0:
            return cell + cells, -period, True
        if cell >= cells:
            return cell - cells, period, True
        return cell, 0.0, True
    return cell, 0.0, grid.folded != 0 or 0 <= cell < cells


@inlined
def segment(grid: Grid, home: Home, k: int) -> Segment:
    """Stretch `k` of those around `home`: (low, high, shift_x, shift_y, shift_z).

    Candidates are the sorted particles from start[low] to start[high] - 1; the displacement of j from a place
    (x, y, z) is

        (cells.x[j] - x) + shift_x, ...

    in this order of operations, which makes it antisymmetric to the bit, and j is within the radius where its
    square is at most `grid.limit`. Every particle within the radius is in exactly one of the stretches
    0 ... segments(grid, home) - 1, and the order is always the same. The particle itself is among them.
    """
    rows, reach, across = grid.rows, grid.reach, grid.cells_x
    piece = 0
    while k >= rows:
        k -= rows
        piece += 1
    dz = (1 if k >= 6 else (0 if k >= 3 else -1)) if rows > 3 else 0
    dy = k - 3 * (dz + 1 if rows > 3 else 0) - 1 if rows > 1 else 0
    if home[3] >= 0:
        row = home[3] + grid.stride_y * dy + grid.stride_z * dz
        return row, row + 2 * reach + 1, 0.0, 0.0, 0.0
    y, shift_y, there_y = _row(grid, home[1] + dy, grid.cells_y, grid.period_y)
    z, shift_z, there_z = _row(grid, home[2] + dz, grid.cells_z, grid.period_z)
    low, high = home[0] - reach, home[0] + reach
    shift_x = 0.0
    second_half = False
    if grid.period_x < math.inf:
        left, right = low < 0, high >= across
        pieces = 1 + (1 if left else 0) + (1 if right else 0)
        if piece >= pieces:
            piece -= pieces
            second_half = True
        if piece == 0:
            low, high = max(low, 0), min(high, across - 1)
        elif piece == 1 and left:
            low, high, shift_x = low + across, across - 1, -grid.period_x
        else:
            low, high, shift_x = 0, high - across, grid.period_x
    else:
        second_half = piece > 0
        if not grid.folded:
            low, high = max(low, 0), min(high, across - 1)
    if not (there_y and there_z and low <= high):
        return 0, 0, shift_x, shift_y, shift_z
    first = slot_of(grid, low, y, z)
    last = first + (high - low) + 1
    if grid.folded:
        # the row may go on from the last slot to the first
        if second_half:
            first, last = 0, max(last - grid.slots, 0)
        else:
            last = min(last, grid.slots)
    return first, last, shift_x, shift_y, shift_z


@inlined
def is_second_image(
    grid: Grid, dx: float, dy: float, dz: float, shift_x: float, shift_y: float, shift_z: float
) -> bool:
    """Whether a displacement is the shifted one of two at exactly half a period, which does not count.

    To be asked only where `grid.tied`: within a smaller radius there is no second image.
    """
    return (
        (shift_x != 0.0 and abs(dx) >= 0.5 * grid.period_x)
        or (shift_y != 0.0 and abs(dy) >= 0.5 * grid.period_y)
        or (shift_z != 0.0 and abs(dz) >= 0.5 * grid.period_z)
    )


@inlined
def ahead(rows: int, k: int, shift_x: float, s: int, first: int, last: int) -> tuple[int, int]:
    """The part of stretch `k`, sorted particles first to last - 1, that sorted particle `s` meets first.

    With `first, last = ahead(grid.rows, k, shift_x, s, start[low], start[high])` the stretches of all particles
    give each pair once and no particle itself: the rows of cells ahead of home, and in home's own row the
    particles after `s` and the cells ahead.
    """
    row = k % rows
    if row > rows // 2 or (row == rows // 2 and shift_x > 0.0):
        return first, last
    # a folded row may wrap in memory: its first part is then behind, its second ahead
    if row < rows // 2 or shift_x < 0.0 or first > s:
        return first, first
    return s + 1 if last > s else first, last
