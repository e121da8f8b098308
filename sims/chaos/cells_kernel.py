"""Compiled tables of cells of the space of states, and orbits followed through them. Imports numba.

A cell's key is a hash of its whole-number coordinates, so that nothing bounds the grid; keys are kept in
tables with open addressing whose length is a power of two.
"""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel, prange

Array = np.ndarray

NOTHING = 0
MIX, STIR = 0x2545F4914F6CDD1D, 0x1B03738712FAD5C9
"""Odd multipliers, the first that of Marsaglia's xorshift*."""
CORNER = 0.3819660112501051
"""Cells begin at an irrational share of their size, so that no round number lies on an edge."""
GOING, RECURRENT, KNOWN, LOST = 0, 1, 2, 3
HITS, LABEL, OUTSIDE, REPEATS, SEEN, NEW = 0, 1, 2, 3, 4, 5
"""Columns of an orbit's record: consecutive samples in cells of one attractor, which, consecutive samples far
away and in cells of its own, samples of the present stretch, and cells that were new in it."""
RECORD = 6


@kernel
def key_of(u: Array, size: Array, period: Array) -> int:
    """The key of the cell that holds u (d,); `period` (d,) > 0 winds a component up."""
    key = 1
    for i in range(u.size):
        x = u[i]
        if period[i] > 0.0:
            x -= period[i] * math.floor(x / period[i])
        key = (key ^ math.floor(x / size[i] + CORNER)) * MIX
        key ^= key >> 31
        key *= STIR
        key ^= key >> 29
    return key if key != NOTHING else 1


@kernel
def place_of(keys: Array, key: int) -> int:
    """Where a key is in a table, or would be."""
    place = key & (keys.size - 1)
    while keys[place] != NOTHING and keys[place] != key:
        place = (place + 1) & (keys.size - 1)
    return place


@kernel
def enter(samples: Array, size: Array, period: Array, label: int, keys: Array, labels: Array) -> int:
    """Put the cells of samples (n, d) under a label; returns how many were new."""
    new = 0
    for n in range(samples.shape[0]):
        key = key_of(samples[n], size, period)
        place = place_of(keys, key)
        if keys[place] == NOTHING:
            keys[place], labels[place] = key, label
            new += 1
    return new


@kernel
def count_labels(
    samples: Array, size: Array, period: Array, keys: Array, labels: Array, counts: Array
) -> None:
    """Add to counts[label] how many samples (n, d) lie in cells of each label, 0 for none."""
    for n in range(samples.shape[0]):
        key = key_of(samples[n], size, period)
        place = place_of(keys, key)
        counts[labels[place] if keys[place] == key else 0] += 1


@kernel
def move(old_keys: Array, old_labels: Array, keys: Array, labels: Array) -> None:
    """Copy a table into a longer one."""
    for old in range(old_keys.size):
        if old_keys[old] != NOTHING:
            place = place_of(keys, old_keys[old])
            keys[place], labels[place] = old_keys[old], old_labels[old]


@kernel
def look(
    u: Array, size: Array, period: Array, keys: Array, labels: Array, middle: Array, far: Array, record: Array
) -> int:
    """Count one sample in an orbit's record; returns the key of its cell, `NOTHING` for a sample far away."""
    for i in range(u.size):
        # NaN is far away too
        if not abs(u[i] - middle[i]) <= far[i]:
            record[OUTSIDE] += 1
            record[HITS] = 0
            return NOTHING
    record[OUTSIDE] = 0
    key = key_of(u, size, period)
    place = place_of(keys, key)
    label = labels[place] if keys[place] == key else 0
    record[HITS] = 0 if label == 0 else record[HITS] + 1 if label == record[LABEL] else 1
    record[LABEL] = label
    return key


@kernel
def follow(
    samples: Array,
    size: Array,
    period: Array,
    known: tuple[Array, Array],
    own: tuple[Array, Array],
    middle: Array,
    far: Array,
    limits: tuple[int, int, int, int],
    record: Array,
) -> int:
    """Samples (n, d) of one orbit through the cells of attractors and its own; returns what became of it.

    `limits`: consecutive samples in known cells, far away, and in cells that it has been in, that decide; and
    the length of a stretch in which a tenth of new cells at most decides too.
    """
    for n in range(samples.shape[0]):
        key = look(samples[n], size, period, known[0], known[1], middle, far, record)
        if key == NOTHING:
            if record[OUTSIDE] >= limits[1] or not np.isfinite(samples[n]).all():
                return LOST
            continue
        if record[HITS] >= limits[0]:
            return KNOWN
        record[SEEN] += 1
        place = place_of(own[0], key)
        if own[0][place] == key:
            record[REPEATS] += 1
        else:
            own[0][place], own[1][place] = key, 1
            record[REPEATS] = 0
            record[NEW] += 1
        if record[REPEATS] >= limits[2]:
            return RECURRENT
        if record[SEEN] == limits[3]:
            if 10 * record[NEW] <= record[SEEN]:
                return RECURRENT
            record[SEEN], record[NEW] = 0, 0
    return GOING


@kernel(parallel=True)
def assign(
    samples: Array,
    size: Array,
    period: Array,
    keys: Array,
    labels: Array,
    middle: Array,
    far: Array,
    hits: int,
    outside: int,
    records: Array,
    out: Array,
) -> None:
    """Samples (n, m, d) of many orbits through the cells of attractors; decides `out` (m,), 0 for not yet.

    A label of an attractor, or -1 for one that goes far away.
    """
    for member in prange(samples.shape[1]):
        record = records[member]
        for n in range(samples.shape[0]):
            u = samples[n, member]
            look(u, size, period, keys, labels, middle, far, record)
            if record[HITS] >= hits:
                out[member] = record[LABEL]
                break
            if record[OUTSIDE] >= outside or not np.isfinite(u).all():
                out[member] = -1
                break
