"""Adaptive stepper for the nonlinear Schroedinger equation: DOP853 in the frame of the linear part."""

from __future__ import annotations

import numpy as np

from ergodica.numerics import Device, resolve_device
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.numerics.fft_plan import Plan
from ergodica.sims.engines.sharing import sharing
from ergodica.sims.engines.split_step import check_state, checked_fields

Array = np.ndarray
State = dict[str, Array]

MAX_STEPS = 1_000_000  # a snapshot interval, minutes at small N


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
        self._plan = Plan(self.symbol.size)
        self._transfer = self._plan.transfer(self.density_filter) if self.density_filter.size else np.zeros(0)
        self.spacing = float(spacing)
        self.rtol, self.atol = float(rtol), float(atol)
        self.threads = threads
        self.max_steps = int(max_steps)

    def advance(self, state: State, first: int, count: int) -> None:
        """Advance `state["psi"]` and `state["step"]` by `count` snapshot intervals."""
        from ergodica.sims.engines.adaptive_kernel import advance_members_adaptively

        psi, step = state["psi"], state["step"]
        check_state(psi, self.coupling, self.symbol)
        if step.shape != self.coupling.shape:
            raise ParameterError(f"step: shape {self.coupling.shape}, got {step.shape}; start from zeros")
        codes = np.zeros(len(psi), np.int64)
        reached = np.zeros(len(psi))
        for interval in range(first, first + count):
            with sharing(len(psi), self.threads):
                advance_members_adaptively(
                    psi,
                    step,
                    codes,
                    reached,
                    self.coupling,
                    self.symbol[self._plan.order],
                    self.potential,
                    self._transfer,
                    self._plan.powers,
                    self._plan.twiddles,
                    self.spacing,
                    self.rtol,
                    self.atol,
                    self.max_steps,
                )
            if codes.any():
                self._fail(codes, reached + interval * self.spacing, step)

    def _fail(self, codes: Array, times: Array, step: Array) -> None:
        from ergodica.sims.engines import adaptive_kernel

        member = int(np.flatnonzero(codes)[0])
        why, remedy = {
            adaptive_kernel.STEP_TOO_SMALL: (
                f"the step fell to {step[member]:.3g}",
                "a larger rtol or a smoother initial field",
            ),
            adaptive_kernel.TOO_MANY_STEPS: (
                f"{self.max_steps} steps did not reach the next snapshot",
                "a larger rtol, more snapshots, or fewer points",
            ),
            adaptive_kernel.NOT_FINITE: (
                "psi is not finite",
                "a finite initial field and smaller coupling or potential",
            ),
        }[int(codes[member])]
        raise StepFailure(
            f"rtol: {why} in member {member} at t={times[member]:.6g} with rtol={self.rtol:g}, "
            f"atol={self.atol:g}; use {remedy}"
        )
