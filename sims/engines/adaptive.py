"""Adaptive stepper for the nonlinear Schroedinger equation: DOP853 in the frame of the linear part."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ergodica.numerics import Device, resolve_device
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.numerics.fft_plan import Plan
from ergodica.sims.engines.sharing import sharing
from ergodica.sims.engines.split_step import check_state, checked_fields

Array = np.ndarray
State = dict[str, Array]

MAX_STEPS = 1_000_000  # a snapshot interval, a minute at N=512
# some 0.2 s a member, short enough for Ctrl-C; a function of N alone, because the last bits follow from it
POINT_STEPS_A_CALL = 2**21
TOO_MANY_STEPS = -1


class StepFailure(RunError):
    """The adaptive stepper cannot go on with the tolerance asked for."""


class AdaptiveStep:
    """Embedded Runge-Kutta of order 8 (5, 3) with its own step for every member, `advance` in place.

    i psi_t = symbol(k) psi + (V(x) - g P(|psi|^2)) psi

    The local error of a step, as a root mean square over x, is kept below atol + rtol rms(psi). The state
    holds `psi`, complex (members, N), and `step`, (members,): the step to try next, 0 at the start for an
    estimate. The step is shortened to land on every snapshot, so that a run resumed from a snapshot
    repeats the same steps.

    Arguments: as `SplitStep`; `spacing` the time between snapshots; `rtol` and `atol` tolerances;
    `max_steps` a snapshot interval. One step of the run loop is one snapshot interval.

    Good values: rtol=1e-9, atol=1e-12.

    Raises `StepFailure` when the step underflows, `max_steps` do not suffice or psi is no longer finite.

    Source: Dormand and Prince; Hairer, Norsett, Wanner 1993, Solving Ordinary Differential Equations I,
    II.5, II.10; Lawson 1967, SIAM J. Numer. Anal. 4, 372.
    """

    steps_per_snapshot = 1
    slice_steps = 1
    dt = None

    def __init__(
        self,
        *,
        symbol: Array,
        coupling: Array,
        potential: Array | None = None,
        density_filter: Array | None = None,
        spacing: float,
        rtol: float = 1e-9,
        atol: float = 1e-12,
        device: str | Device = "cpu",
        threads: int | None = None,
        max_steps: int = MAX_STEPS,
    ) -> None:
        if resolve_device(device).kind != "cpu":
            raise ParameterError(
                f"scheme: the adaptive scheme runs on the cpu only, got device={device!s}; "
                "use scheme='kahan-li-8' or device='cpu'"
            )
        for name, value in (("rtol", rtol), ("atol", atol)):
            if not (np.isfinite(value) and value >= 0):
                raise ParameterError(f"{name}: finite and not negative, got {value!r}; use 1e-9")
        if rtol + atol == 0:
            raise ParameterError("rtol: rtol and atol must not both be 0, got 0 and 0; use rtol=1e-9")
        self.symbol, self.coupling, self.potential, self.density_filter = checked_fields(
            symbol, coupling, potential, density_filter
        )
        self.spacing = float(spacing)
        self.rtol, self.atol = float(rtol), float(atol)
        self.threads = threads
        self.max_steps = int(max_steps)
        self.steps_a_call = max(1, min(self.max_steps, POINT_STEPS_A_CALL // self.symbol.size))

    @functools.cached_property
    def _tables(self) -> tuple[Any, ...]:
        """What every member shares, in the order in which the compiled loop takes it."""
        plan = Plan(self.symbol.size)
        density_filter = plan.transfer(self.density_filter) if self.density_filter.size else np.zeros(0)
        fields = (self.symbol[plan.order], self.potential, density_filter, plan.powers, plan.twiddles)
        return *fields, self.spacing, self.rtol, self.atol, self.steps_a_call

    def advance(self, state: State, first: int, count: int) -> None:
        """Advance `state["psi"]` and `state["step"]` by `count` snapshot intervals."""
        psi, step = state["psi"], state["step"]
        check_state(psi, self.coupling, self.symbol)
        if step.shape != self.coupling.shape:
            raise ParameterError(f"step: shape {self.coupling.shape}, got {step.shape}; start from zeros")
        for interval in range(first, first + count):
            remaining = np.full(len(psi), self.spacing)
            calls = 0
            while remaining.any():
                codes = self._advance_some(psi, step, remaining)
                calls += 1
                if calls * self.steps_a_call >= self.max_steps:
                    codes[(codes == 0) & (remaining > 0)] = TOO_MANY_STEPS
                if codes.any():
                    self._fail(codes, (interval + 1) * self.spacing - remaining, step)

    def _advance_some(self, psi: Array, step: Array, remaining: Array) -> Array:
        """A call of the compiled loop, short enough for Ctrl-C, for all members not yet there; returns their codes."""
        from ergodica.sims.engines.adaptive_kernel import advance_adaptively, advance_members_adaptively

        codes = np.zeros(len(psi), np.int64)
        if len(psi) == 1 or self.threads == 1:
            for j, row in enumerate(psi):
                arguments = (row, step[j], remaining[j], self.coupling[j], *self._tables)
                step[j], remaining[j], codes[j] = advance_adaptively(*arguments)
        else:
            with sharing(len(psi), self.threads):
                advance_members_adaptively(psi, step, remaining, codes, self.coupling, *self._tables)
        return codes

    def _fail(self, codes: Array, times: Array, step: Array) -> None:
        from ergodica.sims.engines.adaptive_kernel import NOT_FINITE, STEP_TOO_SMALL

        member = int(np.flatnonzero(codes)[0])
        why, remedy = {
            STEP_TOO_SMALL: (
                f"the step fell to {step[member]:.3g}",
                "a larger rtol or a smoother initial field",
            ),
            TOO_MANY_STEPS: (
                f"{self.max_steps} steps did not reach the next snapshot",
                "a larger rtol, more snapshots, or fewer points",
            ),
            NOT_FINITE: (
                "psi is not finite",
                "a finite initial field and smaller coupling or potential",
            ),
        }[int(codes[member])]
        raise StepFailure(
            f"rtol: {why} in member {member} at t={times[member]:.6g} with rtol={self.rtol:g}, "
            f"atol={self.atol:g}; use {remedy}"
        )
