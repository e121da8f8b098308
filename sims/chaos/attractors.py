"""Attractors found by the recurrences of orbits on a grid of cells, and the orbits that end on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ergodica.sims.chaos.cells import Cells
from ergodica.sims.chaos.subject import Subject
from ergodica.sims.chaos.walk import Walk

Array = np.ndarray

HITS, OUTSIDE, REPEATS, STRETCH = 10, 10, 100, 1024
"""Samples in a row that decide: in cells of an attractor, far away, in cells that the orbit has been in, and the
length of a stretch with a tenth of new cells at most."""
CHUNK = 256
SETTLE, LONGEST = 1024, 131_072
"""Samples of a recurrent orbit before its cells are noted, and of a search at most."""
STILL, NEW = 2048, 0.005
"""The cells of an attractor are complete when so few of so many samples lie in new ones."""
KEPT = 256
NUDGE = 0.05
"""Cells by which a recurrent orbit is displaced, so that it leaves an equilibrium that repels."""
DIVERGES, UNDECIDED, GIVEN_UP = -1, 0, -2
ROUNDS, QUESTIONS = 32, 8
"""How often points that have met no attractor are asked for a new one, and how many at a time."""
PATIENCE = 3
"""Searches in vain after which there are no more: the cells are too fine for the attractor."""
ROOM = 4_000_000
"""Numbers in the samples of one call."""


@dataclass
class Basins:
    """Attractors found so far."""

    subject: Subject
    cells: Cells
    spacing: float
    middle: Array
    far: Array
    """Distance from `middle` beyond which an orbit diverges, shape (d,)."""
    threads: int | None
    most: int
    """Samples of an orbit at most."""
    scale: Array
    """Size of orbits, shape (d,), which sets their errors; not that of the grid, so that labels do not depend on it."""
    attractors: list[Array] = field(default_factory=list)
    """Points on each, (256, d); labels count from 1."""
    in_vain: int = 0
    """Orbits that were followed for long without coming back."""

    def walk(self, points: Array) -> Walk:
        """Orbits from `points` (m, d)."""
        return Walk(self.subject, points, spacing=self.spacing, size=self.scale, threads=self.threads)

    def pilot(self, point: Array) -> int:
        """The label of one point (d,), whose attractor is added when it is new."""
        from ergodica.sims.chaos import cells_kernel as compiled

        walk, own = self.walk(point[None]), Cells(self.cells.size, self.cells.period)
        record, status, samples = np.zeros(compiled.RECORD, np.int64), compiled.GOING, np.empty((0, 0))
        while status == compiled.GOING and walk.done < LONGEST:
            samples = walk.samples(CHUNK)[:, 0]
            own.reserve(CHUNK)
            status = compiled.follow(
                samples,
                self.cells.size,
                self.cells.period,
                self.cells.table,
                own.table,
                self.middle,
                self.far,
                (HITS, OUTSIDE, REPEATS, STRETCH),
                record,
            )
            own.count = int(np.count_nonzero(own.keys))
        if status == compiled.KNOWN:
            return int(record[compiled.LABEL])
        if status == compiled.LOST:
            return DIVERGES
        if status == compiled.GOING:
            self.in_vain += 1
            return UNDECIDED
        return self._locate(samples[-1], walk.done)

    def _locate(self, point: Array, before: int) -> int:
        """Note the cells of the attractor close to which a recurrent orbit is."""
        signs = np.where(np.arange(point.size) % 2, -1.0, 1.0)
        # beside the orbit one that leaves it where it repels
        walk = self.walk(np.stack([point, point + NUDGE * signs * self.cells.size]))
        left = max(SETTLE, before)
        while left > 0:
            walk.samples(min(CHUNK, left))
            left -= CHUNK
        # the first round may still come closer, the second is on the attractor
        for _ in range(2):
            own, end = Cells(self.cells.size, self.cells.period), walk.done + LONGEST
            visited: list[Array] = []
            new: list[float] = []
            while walk.done < end and (len(new) * CHUNK < STILL or np.mean(new[-STILL // CHUNK :]) > NEW):
                both = walk.samples(CHUNK)
                if not np.isfinite(both).all() or (np.abs(both[:, 1] - self.middle) > self.far).any():
                    return UNDECIDED
                visited.append(both[:, 1].copy())
                new.append(own.add(visited[-1], 1) / CHUNK)
        points, there = visited[-1][-KEPT:], np.concatenate(visited)
        label = self._same(points, there)
        if not label:
            self.attractors.append(points)
            label = len(self.attractors)
        self.cells.add(there, label)
        # where they went apart, the point was on a boundary
        return label if self._apart(both[-1:, 0], there).min() <= 1.0 else UNDECIDED

    def _same(self, points: Array, there: Array) -> int:
        """The attractor whose cells hold most of `there` (n, d), or that lies within a cell of `points`; or 0."""
        from ergodica.sims.chaos.cells_kernel import count_labels

        counts = np.zeros(len(self.attractors) + 1, np.int64)
        count_labels(there, self.cells.size, self.cells.period, *self.cells.table, counts)
        if len(counts) > 1 and counts[1:].max() > 0.5 * len(there):
            return 1 + int(np.argmax(counts[1:]))
        for label, others in enumerate(self.attractors, 1):
            if np.median(self._apart(points, others)) < 1.0:
                return label
        return 0

    def _apart(self, points: Array, others: Array) -> Array:
        """Distance of each point from the nearest of the others, in cells."""
        nearest = np.empty(len(points))
        for n, point in enumerate(points):
            apart = np.abs(others - point)
            winding = self.cells.period > 0
            if winding.any():
                period = self.cells.period[winding]
                turned = apart[:, winding] % period
                apart[:, winding] = np.minimum(turned, period - turned)
            nearest[n] = (apart / self.cells.size).max(1).min()
        return nearest

    def assign(self, points: Array, order: Array, shown: Any) -> Array:
        """Labels of points (m, d); where none fits, the first of them in `order` looks for a new attractor."""
        from ergodica.sims.chaos.cells_kernel import RECORD, assign
        from ergodica.sims.engines.sharing import sharing

        out = np.zeros(len(points), np.int32)
        rank = np.argsort(order)
        active, walk = np.arange(len(points)), self.walk(points)
        records, patience = np.zeros((len(points), RECORD), np.int64), self.most // ROUNDS
        asked = 0
        while active.size and walk.done < self.most:
            count = int(np.clip(ROOM // (active.size * points.shape[1]), 8, CHUNK))
            samples, found = walk.samples(count), np.zeros(active.size, np.int32)
            with sharing(active.size, self.threads):
                assign(
                    samples,
                    self.cells.size,
                    self.cells.period,
                    *self.cells.table,
                    self.middle,
                    self.far,
                    HITS,
                    OUTSIDE,
                    records,
                    found,
                )
            asked += count
            if asked >= patience and (found == 0).any() and self.in_vain < PATIENCE:
                asked = 0
                waiting = np.flatnonzero(found == 0)
                for one in waiting[np.argsort(rank[active[waiting]])][:QUESTIONS]:
                    label = self.pilot(points[active[one]])
                    found[one] = label if label != UNDECIDED else GIVEN_UP
            decided = found != 0
            out[active[decided]] = np.where(found[decided] == GIVEN_UP, UNDECIDED, found[decided])
            shown.update(int(decided.sum()))
            if decided.any():
                active, records = active[~decided], np.ascontiguousarray(records[~decided])
                if active.size:
                    walk.keep(~decided)
        return out
