"""One step of a lattice Boltzmann flow in the plane (D2Q9): collision, walls, ends, and a sweep over rows in place.

The populations are stored as g_i = f_i - w_i, after collision. Directions, with opposites side by side:
0 rest, 1 +x, 2 -x, 3 +y, 4 -y, 5 +x+y, 6 -x-y, 7 +x-y, 8 -x+y.
"""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel

Array = np.ndarray
Populations = tuple[float, float, float, float, float, float, float, float, float]

PERIODIC, SLIP, NO_SLIP = 0, 1, 2  # what lies beyond the first and last row
CHUNK = 64  # cells that are collided together: their populations lie in the first cache
REST, STRAIGHT, DIAGONAL = 4 / 9, 1 / 9, 1 / 36  # the weights w_i
SOUND = 1 / math.sqrt(3.0)
inlined = kernel(_nrt=False, forceinline=True, error_model="numpy")


@inlined
def momentum(
    g0: float, g1: float, g2: float, g3: float, g4: float, g5: float, g6: float, g7: float, g8: float
) -> tuple[float, float, float]:
    """Excess density and the two components of the momentum; a mirrored cell gives mirrored bits."""
    density = g0 + (((g1 + g2) + (g3 + g4)) + ((g5 + g6) + (g7 + g8)))
    jx = (g1 - g2) + ((g5 - g6) + (g7 - g8))
    jy = (g3 - g4) + ((g5 - g6) - (g7 - g8))
    return density, jx, jy


@inlined
def collided(
    g0: float, g1: float, g2: float, g3: float, g4: float, g5: float, g6: float, g7: float, g8: float,
    even: float, odd: float,
) -> Populations:  # fmt: skip
    """Relaxation of the even and odd part of each pair towards He and Luo's incompressible equilibrium."""
    density, jx, jy = momentum(g0, g1, g2, g3, g4, g5, g6, g7, g8)
    common = density - 1.5 * (jx * jx + jy * jy)
    along, aside = jx + jy, jx - jy
    a = even * (0.5 * (g1 + g2) - STRAIGHT * (common + 4.5 * (jx * jx)))
    b = odd * (0.5 * (g1 - g2) - (3 * STRAIGHT) * jx)
    c = even * (0.5 * (g3 + g4) - STRAIGHT * (common + 4.5 * (jy * jy)))
    d = odd * (0.5 * (g3 - g4) - (3 * STRAIGHT) * jy)
    p = even * (0.5 * (g5 + g6) - DIAGONAL * (common + 4.5 * (along * along)))
    q = odd * (0.5 * (g5 - g6) - (3 * DIAGONAL) * along)
    r = even * (0.5 * (g7 + g8) - DIAGONAL * (common + 4.5 * (aside * aside)))
    s = odd * (0.5 * (g7 - g8) - (3 * DIAGONAL) * aside)
    return (
        g0 - even * (g0 - REST * common),
        g1 - a - b,
        g2 - a + b,
        g3 - c - d,
        g4 - c + d,
        g5 - p - q,
        g6 - p + q,
        g7 - r - s,
        g8 - r + s,
    )


@inlined
def equilibrium(density: float, jx: float, jy: float) -> Populations:
    """w_i (rho' + 3 c.j + 9/2 (c.j)^2 - 3/2 j^2), rho' the excess density."""
    common = density - 1.5 * (jx * jx + jy * jy)
    along, aside = jx + jy, jx - jy
    x, y = common + 4.5 * (jx * jx), common + 4.5 * (jy * jy)
    up, down = common + 4.5 * (along * along), common + 4.5 * (aside * aside)
    return (
        REST * common,
        STRAIGHT * (x + 3 * jx),
        STRAIGHT * (x - 3 * jx),
        STRAIGHT * (y + 3 * jy),
        STRAIGHT * (y - 3 * jy),
        DIAGONAL * (up + 3 * along),
        DIAGONAL * (up - 3 * along),
        DIAGONAL * (down + 3 * aside),
        DIAGONAL * (down - 3 * aside),
    )


@inlined
def cell(f: Array, y: int, x: int) -> Populations:
    """The populations of one cell of (9, rows, columns)."""
    return (
        f[0, y, x], f[1, y, x], f[2, y, x], f[3, y, x], f[4, y, x], f[5, y, x], f[6, y, x], f[7, y, x], f[8, y, x]
    )  # fmt: skip


@inlined
def put(f: Array, y: int, x: int, g: Populations) -> None:
    """Store the populations of one cell."""
    for k in range(9):
        f[k, y, x] = g[k]


@inlined
def outflow(new: Array, y: int) -> None:
    """Set the last cell of a row, whose other cells are collided: its neighbour with the pressure 0.

    What is not in equilibrium is the neighbour's (Guo, Zheng and Shi 2002, Phys. Fluids 14, 2007).
    """
    last = new.shape[2] - 1
    g = cell(new, y, last - 1)
    own = equilibrium(momentum(g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], g[8])[0], 0.0, 0.0)
    for k in range(9):
        new[k, y, last] = g[k] - own[k]


@inlined
def density(f: Array, y: int, x: int) -> float:
    """Excess density of a cell."""
    g = cell(f, y, x)
    return momentum(g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], g[8])[0]


@inlined
def inflow(f: Array, y: int, profile: Array, excess: float, sides: int) -> None:
    """Let a row enter at its speed half a cell beyond its second cell, by what the first one holds.

    Populations that reach the border come back, c.u/c^2 of them more (Ladd 1994, J. Fluid Mech. 271, 285, equation
    3.3). The first cell is the mirror image, so that the mean of the two has the speed.
    """
    rows = f.shape[1]
    straight = 6 * STRAIGHT * (profile[2 * y + 1] + excess)
    # diagonals cross the border half a row below and above
    low, high = 6 * DIAGONAL * (profile[2 * y] + excess), 6 * DIAGONAL * (profile[2 * y + 2] + excess)
    g = cell(f, y, 1)
    f[0, y, 0], f[3, y, 0], f[4, y, 0] = g[0], g[4], g[3]
    f[1, y, 0], f[2, y, 0] = g[2] + straight, g[1] - straight
    f[6, y, 0], f[8, y, 0] = g[5] - high, g[7] - low
    # pulled from the rows beside this one, at a border as through `beyond`
    if y > 0:
        f[5, y - 1, 0] = g[6] + low
    elif sides == SLIP:
        f[7, y, 0] = g[6] + low
    elif sides == PERIODIC:
        f[5, rows - 1, 0] = g[6] + low
    if y < rows - 1:
        f[7, y + 1, 0] = g[8] + high
    elif sides == SLIP:
        f[5, y, 0] = g[8] + high
    elif sides == PERIODIC:
        f[7, 0, 0] = g[8] + high


@inlined
def yielding(excess: float, change: float, relaxation: float) -> float:
    """Mean speed of the inflow above its profile, from what it was and the mean change of density.

    It gives way to plane sound from within, u' = -p'/c, which would be reflected, and returns to the profile
    (Poinsot and Lele 1992, J. Comput. Phys. 101, 104).
    """
    return excess - SOUND * change - relaxation * excess


@kernel(error_model="numpy")
def ends(f: Array, profile: Array, relaxation: float, sides: int, memory: Array) -> None:
    """Set the first and last column of f (9, rows, columns) after a step.

    `memory` holds the mean speed of the inflow above its profile and the mean density there. With an empty profile
    the ends are joined: the first and last column are copies.
    """
    rows, last = f.shape[1], f.shape[2] - 1
    if profile.size == 0:
        for y in range(rows):
            put(f, y, 0, cell(f, y, last - 1))
            put(f, y, last, cell(f, y, 1))
        return
    mean = 0.0
    for y in range(rows):
        mean += density(f, y, 1)
    mean /= rows
    memory[0] = yielding(memory[0], mean - memory[1], relaxation)
    memory[1] = mean
    for y in range(rows):
        inflow(f, y, profile, memory[0], sides)
        outflow(f, y)


@inlined
def beyond(f: Array, y: int, x: int, up: int, cx: int, sides: int) -> float:
    """What a cell pulls through the first (`up` = 1) or last (0) row, from column x outside, in direction cx."""
    down = 1 - up
    if sides == PERIODIC:
        other = f.shape[1] - 1 - y
        return float(f[_number(cx, up), other, x])
    if sides == SLIP:
        return float(f[_number(cx, down), y, x])
    return float(f[_number(-cx, down), y, min(max(x + cx, 0), f.shape[2] - 1)])


@inlined
def _number(cx: int, up: int) -> int:
    """Number of the direction with this component along x, upwards or downwards."""
    if cx == 0:
        return 3 if up == 1 else 4
    if cx > 0:
        return 5 if up == 1 else 7
    return 8 if up == 1 else 6


@kernel(error_model="numpy")
def bounce(
    cells: Array, target: Array, near: Array, far: Array, near_weight: Array, far_weight: Array
) -> None:
    """Put into solid cells what fluid cells will pull from there; `cells` is (9 rows columns), flat."""
    for link in range(target.size):
        cells[target[link]] = near_weight[link] * cells[near[link]] + far_weight[link] * cells[far[link]]


@kernel(error_model="numpy")
def fill_edges(f: Array, below: Array, above: Array, low: int, high: int, sides: int) -> None:
    """Copies of what rows low to high - 1 pull from the rows around them, (3 columns) each, for cx = 0, 1, -1."""
    columns = f.shape[2]
    for part, cx in enumerate((0, 1, -1)):
        for x in range(columns):
            if low > 0:
                below[part * columns + x] = f[_number(cx, 1), low - 1, x]
            else:
                below[part * columns + x] = beyond(f, 0, x, 1, cx, sides)
            if high < f.shape[1]:
                above[part * columns + x] = f[_number(cx, 0), high, x]
            else:
                above[part * columns + x] = beyond(f, high - 1, x, 0, cx, sides)


@kernel(error_model="numpy")
def collide_chunk(t: Array, even: float, odd: Array, first: int) -> None:
    """Collide CHUNK cells, whose populations are at t[k CHUNK + i]: offsets that the compiler knows, so vectors."""
    at = np.uint64(first)
    for i in range(np.uint64(CHUNK)):
        (
            t[i], t[CHUNK + i], t[2 * CHUNK + i], t[3 * CHUNK + i], t[4 * CHUNK + i], t[5 * CHUNK + i],
            t[6 * CHUNK + i], t[7 * CHUNK + i], t[8 * CHUNK + i],
        ) = collided(
            t[i], t[CHUNK + i], t[2 * CHUNK + i], t[3 * CHUNK + i], t[4 * CHUNK + i], t[5 * CHUNK + i],
            t[6 * CHUNK + i], t[7 * CHUNK + i], t[8 * CHUNK + i], even, odd[at + i],
        )  # fmt: skip


@inlined
def copied(to: Array, place: int, source: Array, first: int, count: int) -> None:
    """Copy a stretch of one flat array into another; unsigned, because a sign is looked at for every element."""
    at, of = np.uint64(place), np.uint64(first)
    for i in range(np.uint64(count)):
        to[at + i] = source[of + i]


@kernel(error_model="numpy")
def sweep(
    f: Array, cells: Array, below: Array, above: Array, t: Array, low: int, high: int, solid: Array, even: float,
    odd: Array,
) -> None:  # fmt: skip
    """Stream and collide rows low to high - 1 of f (9, rows, columns), also given as `cells`, flat, in place.

    `below` (2 3 columns), flat, holds in its first half what the first row pulls from below and is overwritten,
    `above` (3 columns) what the last one pulls from above, `t` is room for a chunk. `solid` (rows, 2) says which
    columns of a row lie in the body, `odd` holds the rate of the odd moments in each column.
    """
    columns = f.shape[2]
    plane = f.shape[1] * columns
    for y in range(low, high):
        here, later = ((y - low) % 2) * 3 * columns, ((y - low + 1) % 2) * 3 * columns
        row = y * columns
        for part, k in enumerate((3, 5, 8)):
            below[later + part * columns] = f[k, y, 0]
            below[later + (part + 1) * columns - 1] = f[k, y, columns - 1]
        carried = f[1, y, 0]
        for x in range(1, columns - 1, CHUNK):
            n = min(CHUNK, columns - 1 - x)
            at = row + x
            copied(t, 0, cells, at, n)
            copied(t, CHUNK, cells, plane + at - 1, n)
            t[CHUNK] = carried
            carried = cells[plane + at + n - 1]
            copied(t, 2 * CHUNK, cells, 2 * plane + at + 1, n)
            copied(t, 3 * CHUNK, below, here + x, n)
            copied(t, 5 * CHUNK, below, here + columns + x - 1, n)
            copied(t, 8 * CHUNK, below, here + 2 * columns + x + 1, n)
            if y + 1 < high:
                up = at + columns
                copied(t, 4 * CHUNK, cells, 4 * plane + up, n)
                copied(t, 7 * CHUNK, cells, 7 * plane + up - 1, n)
                copied(t, 6 * CHUNK, cells, 6 * plane + up + 1, n)
            else:
                copied(t, 4 * CHUNK, above, x, n)
                copied(t, 7 * CHUNK, above, columns + x - 1, n)
                copied(t, 6 * CHUNK, above, 2 * columns + x + 1, n)
            copied(below, later + x, cells, 3 * plane + at, n)
            copied(below, later + columns + x, cells, 5 * plane + at, n)
            copied(below, later + 2 * columns + x, cells, 8 * plane + at, n)
            collide_chunk(t, even, odd, x)
            for k in range(9):
                copied(cells, k * plane + at, t, k * CHUNK, n)
        for k in range(9):
            for x in range(solid[y, 0], solid[y, 1]):
                f[k, y, x] = 0.0
