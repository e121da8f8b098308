"""Continuous systems given by their equations: the catalogue's and a user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from ergodica.numerics.arrays import Device
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.definition import Kind
from ergodica.sims.equations import EquationSystem
from ergodica.sims.registry import register
from ergodica.sims.sampling import fixed_steps
from ergodica.sims.simulation import Draw, Preset, State, Stepper

CPU = Device("cpu")
MAX_STEPS_PER_SNAPSHOT = 10**9


@register
class Flow(EquationSystem):
    """A flow du/dt = f(t, u), from the catalogue (`sims.FLOWS`) or from equations of your own.

    Its dataset has `state(t, component)`. Samples lie exactly at the requested times: the adaptive scheme dop853
    interpolates with its dense output of order 7, and no snapshot shortens its steps.

    Good values: the defaults, an error of 1e-9 a step. `sims.spaced` gives t_end and snapshots from points per
    period.

    Source: each system names its own; Hairer, Norsett, Wanner 1993, Solving Ordinary Differential Equations I,
    II.4 to II.6 for dop853.
    """

    name = "flow"
    title = "Flow"
    equation = r"\dot u = f(t, u)"
    references = "Hairer, Norsett, Wanner 1993, Solving Ordinary Differential Equations I"
    kind: ClassVar[Kind] = "flow"
    default_preset = "lorenz63"
    presets: ClassVar[Mapping[str, Preset]] = {
        "lorenz63": Preset(
            summary="convection in three modes: the butterfly",
            parameters={"system": "lorenz63"},
            t_end=100.0,
            snapshots=10_001,
            source="Lorenz 1963, J. Atmos. Sci. 20, 130",
        ),
        "rossler": Preset(
            summary="one fold: the simplest strange attractor",
            parameters={"system": "rossler"},
            t_end=500.0,
            snapshots=10_001,
            source="Rossler 1976, Phys. Lett. A 57, 397",
        ),
        "henon-heiles": Preset(
            summary="a star in the plane of a galaxy: a chaotic orbit",
            parameters={"system": "henon-heiles"},
            t_end=1000.0,
            snapshots=10_001,
            source="Henon and Heiles 1964, Astron. J. 69, 73",
        ),
    }

    scheme: Literal["auto", "dop853", "radau", "rk4"] = Field(
        "auto",
        description="dop853: adaptive, order 8; radau: adaptive, implicit, for stiff systems; rk4: fixed step, "
        "fastest for ensembles; auto: radau for systems marked stiff, else dop853",
    )
    tolerance: float = Field(
        1e-9, ge=1e-14, le=1e-2, description="error allowed in a step, absolute and relative to the state"
    )
    dt: float = Field(0.01, gt=0, description="largest step of rk4; the one used divides the snapshots")

    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        from ergodica.sims.dynamics.kernels import kernels

        definition, made = self.definition, kernels(self.definition)
        for there, what in ((definition.lags, "a delay"), (definition.noise, "noise")):
            if there:
                raise ParameterError(
                    f"system: must have neither delay nor noise, got {definition.name} with {what}; "
                    "no scheme for it is there yet"
                )
        rows = self.parameter_rows(len(draws))
        if self.scheme == "rk4":
            from ergodica.sims.engines.lanes_rk4 import LanesRK4

            if spacing / self.dt > MAX_STEPS_PER_SNAPSHOT:
                raise ParameterError(
                    f"dt: must leave at most {MAX_STEPS_PER_SNAPSHOT:g} steps between snapshots, got {self.dt:g} "
                    f"with snapshots {spacing:g} apart; use a larger dt or more snapshots"
                )
            steps, dt = fixed_steps(spacing, self.dt)
            return LanesRK4(kernels=made, parameters=rows, dt=dt, steps_per_snapshot=steps, threads=threads)
        accuracy: dict[str, Any] = {"rtol": self.tolerance, "atol": self.tolerance}
        if self.scheme == "radau" or (self.scheme == "auto" and definition.stiff):
            from ergodica.sims.engines.ode.implicit import Implicit

            return Implicit(
                rhs=made.rhs,
                jacobian=made.jacobian,
                parameters=rows,
                spacing=spacing,
                stages=3 if definition.nonsmooth else None,
                threads=threads,
                **accuracy,
            )
        from ergodica.sims.engines.ode.dop853 import Dop853

        return Dop853(rhs=made.rhs, parameters=rows, spacing=spacing, threads=threads, **accuracy)

    @property
    def finer(self) -> str:
        return (
            f"use dt={self.dt / 2:g}" if self.scheme == "rk4" else f"use tolerance={self.tolerance / 100:g}"
        )

    def initial_state(self, draws: Sequence[Draw]) -> State:
        points = self.initial_points(draws)
        if self.scheme == "rk4":
            return {"u": points}
        stepper = self.stepper(1.0, draws=draws, device=CPU, threads=None)
        state: State = stepper.start(points)  # type: ignore[attr-defined]
        return state

    def restarted(self, state: State, draws: Sequence[Draw]) -> State:
        going = state["failed"] == 0 if "failed" in state else np.zeros(0, bool)
        if not going.any():
            return state
        # a member that has stopped needs some finite point to be set up with
        points = np.where(going[:, None], state["u"], state["u"][np.argmax(going)])
        stepper = self.stepper(1.0, draws=draws, device=CPU, threads=None)
        fresh: State = stepper.start(points)  # type: ignore[attr-defined]
        fresh["u"][~going] = np.nan
        return fresh | {"failed": state["failed"], "failed_at": state["failed_at"] - state["t"]}
