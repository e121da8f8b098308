"""Lattice Boltzmann flow in the plane past a body, all members of an ensemble at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ergodica.numerics import check_threads
from ergodica.numerics.errors import ParameterError
from ergodica.sims.engines.lattice_body import Body

Array = np.ndarray
State = dict[str, Array]

SIDES = ("periodic", "slip", "no-slip")
CELLS_A_SLICE = 2**21  # cell updates a call: some 20 ms, short enough for Ctrl-C
ROWS = 32  # of a block, which one thread takes
FEWEST = (
    2**17
)  # cells of a step, half a millisecond, below which threads would wait for each other longer than work


@dataclass(frozen=True, kw_only=True)
class Channel:
    """What a flow runs through, in cells and steps.

    Args:
        even, odd: relaxation rates of the even moments of each member, (members,), and of the odd ones in each
            column, (members, columns).
        inflow: speed along x half a cell before the second column, at the lower side of each row, in its middle, ...,
            at the upper side of the last, (2 rows + 1,); empty to join the ends.
        relaxation: rate at which the inflow returns to `inflow` after sound went through it.
        sides: what lies half a cell beyond the first and the last row: a name of `SIDES`.
        body: the body in the flow; None without.
    """

    even: Array
    odd: Array
    inflow: Array
    relaxation: float
    sides: str
    body: Body | None
    rows: int
    columns: int

    @property
    def spans(self) -> Array:
        """Solid columns of each row, (rows, 2)."""
        return np.zeros((self.rows, 2), np.int64) if self.body is None else self.body.spans

    @property
    def links(self) -> tuple[Array, Array, Array, Array, Array]:
        """What `bounce` takes."""
        if self.body is not None:
            return self.body.tables
        none = np.zeros(0, np.int64)
        return none, none, none, np.zeros(0), np.zeros(0)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape of the populations of all members."""
        return len(self.even), 9, self.rows, self.columns

    def check(self, f: Array) -> None:
        """Raise before compiled code, which checks no bounds, meets another shape or type than it was made for."""
        if f.shape != self.shape or f.dtype != np.float64 or not f.flags.c_contiguous:
            raise ParameterError(
                f"f: must be contiguous float64 of shape {self.shape}, got {f.dtype} {f.shape}; give one rate a "
                "member"
            )


class LatticeSteps:
    """Steps of a D2Q9 flow, `advance` acting in place on `state["f"]`, float64 (members, 9, rows, columns).

    The populations lie once in memory and go through it once a step, 9 read and 9 written a cell. Blocks of rows are
    shared between threads, where a step has `FEWEST` cells or `threads` says so; a cell's value depends on neither the
    blocks nor the threads.

    Source: He and Luo 1997, J. Stat. Phys. 88, 927 (incompressible equilibrium); Ginzburg, Verhaeghe and d'Humieres
    2008, Commun. Comput. Phys. 3, 427 (two relaxation times).
    """

    def __init__(self, channel: Channel, *, dt: float, steps_per_snapshot: int, threads: int | None) -> None:
        check_threads(threads)
        self.channel, self.dt, self.steps_per_snapshot = channel, dt, steps_per_snapshot
        self.threads = threads
        members, _, rows, columns = channel.shape
        self.slice_steps = max(1, CELLS_A_SLICE // (members * rows * columns))
        self._shared = threads != 1 and (threads is not None or members * rows * columns >= FEWEST)
        self._edges = np.append(np.arange(0, rows, ROWS), rows)
        pieces = members * (len(self._edges) - 1)
        from ergodica.sims.engines.lattice_kernel import CHUNK

        # the last chunk reaches beyond the columns
        self._odd = np.pad(channel.odd, ((0, 0), (0, CHUNK)), mode="edge")

        self._room = (
            np.zeros((pieces, 6 * columns)),
            np.zeros((pieces, 3 * columns)),
            np.zeros((pieces, 9 * CHUNK)),
        )

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is unused here."""
        from ergodica.sims.engines.lattice_loops import steps, steps_shared
        from ergodica.sims.engines.sharing import sharing

        f, channel = state["f"], self.channel
        channel.check(f)
        arguments: tuple[Any, ...] = (
            f, f.reshape(len(f), -1), *self._room, self._edges, channel.spans, *channel.links, channel.even,
            self._odd, channel.inflow, channel.relaxation, SIDES.index(channel.sides), state["inflow"], count,
        )  # fmt: skip
        if not self._shared or len(self._room[1]) == 1:
            steps(*arguments)
            return
        with sharing(len(self._room[1]), self.threads):
            steps_shared(*arguments)
