"""Split-step Fourier stepper for the nonlinear Schroedinger equation in one dimension.

    i psi_t = symbol(k) psi + (V(x) - g P(|psi|^2)) psi

The part in k and the part in x are each solved exactly (|psi|^2 is constant in the second), so every
substep is unitary and reversible whatever its length, and a symmetric composition has the order of its
weights.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ergodica.numerics import Device, namespace, on_device, resolve_device, to_host
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.fft_plan import Plan, aligned
from ergodica.sims.engines.composition import composition
from ergodica.sims.engines.sharing import sharing
from ergodica.sims.engines.split_step_arrays import advance_arrays

Array = np.ndarray
State = dict[str, Array]

POINT_STAGES_A_SLICE = 2**20  # some 5 ms a member: short enough for Ctrl-C, long enough to hide the call
STAGES_A_SLICE = 32  # at least: a slice ends in one unmerged pointwise substep


def checked_fields(
    symbol: Array, coupling: Array, potential: Array | None, density_filter: Array | None
) -> tuple[Array, Array, Array, Array]:
    """The arrays of an NLSE stepper as contiguous float64; no potential is 0, no filter is empty."""
    symbol = np.ascontiguousarray(symbol, np.float64)
    points = symbol.size
    if points < 8 or points % 2:
        raise ParameterError(f"points: an even number of at least 8, got {points}; use a power of two")
    for name, values in (("potential", potential), ("density_filter", density_filter)):
        if values is not None and np.shape(values) != (points,):
            raise ParameterError(f"{name}: shape ({points},), got {np.shape(values)}; give one value a point")
    return (
        symbol,
        np.ascontiguousarray(coupling, np.float64),
        np.zeros(points) if potential is None else np.ascontiguousarray(potential, np.float64),
        np.zeros(0) if density_filter is None else np.ascontiguousarray(density_filter, np.float64),
    )


def check_state(psi: Array, coupling: Array, symbol: Array) -> None:
    """Raise before compiled code, which checks no bounds, meets another shape or type than it was made for."""
    shape = (coupling.size, symbol.size)
    if psi.shape != shape or psi.dtype != np.complex128 or not psi.flags.c_contiguous:
        raise ParameterError(
            f"psi: contiguous complex128 of shape {shape}, got {psi.dtype} {psi.shape}; give one coupling a member"
        )


class SplitStep:
    """A fixed-step composition split step, `advance` acting in place on `state["psi"]`, complex (members, N).

    Arguments: `symbol` (N,) the linear part in Fourier order, k^2/2 for the Schroedinger equation; `coupling`
    (members,) g; `potential` (N,) V or None; `density_filter` (N,) P, real, even in k, in Fourier order, or
    None; `dt` step; `steps_per_snapshot`; `scheme` a name of `composition.SCHEMES`; `device` "cpu" or
    "cuda[:n]"; `threads` how many threads share the members, None for numba's own number.

    The result depends on none of `device` (to round-off), `threads` and the other members (to the last bit).
    `slice_steps`, the most steps that one call to `advance` should be asked for, follows from N and the
    scheme.

    Good values: dt=0.0125 with kahan-li-8 for a soliton of amplitude 2.

    Raises `ParameterError` for an unknown scheme, an odd or too small N and shapes that do not fit.
    """

    def __init__(
        self,
        *,
        symbol: Array,
        coupling: Array,
        potential: Array | None = None,
        density_filter: Array | None = None,
        dt: float,
        steps_per_snapshot: int,
        scheme: str = "kahan-li-8",
        device: str | Device = "cpu",
        threads: int | None = None,
    ) -> None:
        self.scheme = composition(scheme)
        self.symbol, self.coupling, self.potential, self.density_filter = checked_fields(
            symbol, coupling, potential, density_filter
        )
        self.dt = float(dt)
        self.steps_per_snapshot = int(steps_per_snapshot)
        self.device = resolve_device(device)
        self.threads = threads
        stages = max(STAGES_A_SLICE, POINT_STAGES_A_SLICE // self.symbol.size)
        self.slice_steps = max(1, stages // self.scheme.stages)
        self._weights = sorted(set(self.scheme.weights))
        self._rows = np.array([self._weights.index(w) for w in self.scheme.weights])
        self._durations = self.dt * np.array(self.scheme.joints)

    def _phases(self) -> Iterator[Array]:
        """exp(-i duration symbol) of each distinct part in k, in Fourier order."""
        for weight in self._weights:
            yield np.exp(-1j * self.dt * weight * self.symbol)

    @functools.cached_property
    def _compiled_tables(self) -> tuple[Array, ...]:
        plan = Plan(self.symbol.size)
        density_filter = plan.transfer(self.density_filter) if self.density_filter.size else np.zeros(0)
        phases = aligned(2 * self.symbol.size * len(self._weights)).reshape(len(self._weights), -1)
        for row, values in zip(phases, self._phases(), strict=True):
            row[:] = plan.transfer(values)
        return self.potential, density_filter, phases, plan.powers, plan.twiddles, self._rows, self._durations

    @functools.cached_property
    def _work(self) -> Array:
        """Room for the split parts of every member: at large N, new memory in every slice would cost a step."""
        parts = 4 if self.density_filter.size else 2
        shape = (len(self.coupling), parts, self.symbol.size)
        return aligned(math.prod(shape)).reshape(shape)

    @functools.cached_property
    def _array_tables(self) -> tuple[Any, Any, Any, Any]:
        """The tables on the device of this stepper."""
        xp = namespace(self.device)
        phases = xp.stack([xp.asarray(values) for values in self._phases()])
        return xp.asarray(self.coupling), xp.asarray(self.potential), xp.asarray(self.density_filter), phases

    def advance(self, state: State, first: int, count: int) -> None:
        """Advance `state["psi"]` by `count` steps in place; `first` is unused here."""
        check_state(state["psi"], self.coupling, self.symbol)
        if self.device.kind == "cpu":
            self._advance_compiled(state["psi"], count)
        else:
            with on_device(self.device):
                self._advance_arrays(namespace(self.device), state["psi"], count)

    def _advance_compiled(self, psi: Array, count: int) -> None:
        from ergodica.sims.engines.split_step_kernel import advance_member, advance_members

        if len(psi) == 1 or self.threads == 1:
            for row, work, coupling in zip(psi, self._work, self.coupling, strict=True):
                advance_member(row, work, coupling, *self._compiled_tables, count)
        else:
            with sharing(len(psi), self.threads):
                advance_members(psi, self._work, self.coupling, *self._compiled_tables, count)

    def _advance_arrays(self, xp: Any, psi: Array, count: int) -> None:
        moved = xp.asarray(psi)
        advance_arrays(xp, moved, *self._array_tables, self._rows.tolist(), self._durations.tolist(), count)
        if moved is not psi:
            psi[...] = to_host(moved)
