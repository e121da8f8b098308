"""Continuous systems given by their equations: the catalogue's and a user's own."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from ergodica.data.schema import Variable
from ergodica.numerics.arrays import Device
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.definition import Kind
from ergodica.sims.engines.composition import SCHEMES as COMPOSITIONS
from ergodica.sims.engines.schemes import Request, Scheme, additive, noise_names, scheme_for, unresolved
from ergodica.sims.equations import EquationSystem
from ergodica.sims.registry import register
from ergodica.sims.sampling import RunArguments
from ergodica.sims.simulation import Concern, Draw, Preset, State, Stepper

DIFFUSION = "D of the noise sqrt(2 D) dW of each component"
WATCHED = 32  # members whose first steps are compared with half the step: one block of lanes


@register
class Flow(EquationSystem):
    """A flow du/dt = f(t, u), from the catalogue (`sims.FLOWS`) or from equations of your own.

    Its dataset has `state(t, component)`. Samples lie exactly at the requested times: the adaptive scheme dop853
    interpolates with its dense output of order 7, and no snapshot shortens its steps. What the scheme does not look
    at (`dt` where steps are adaptive, `tolerance` where they are fixed) is refused by `run`.

    Without noise and with `spread` 0 nothing is drawn at random: every `seed` gives the same start and the same run.
    With `spread` above 0 the start is displaced by random numbers of its own for each (seed, member).

    Good values: the defaults, an error of 1e-9 a step. `run(periods=50, points_per_period=100)`
    samples by the dominant period.

    Source: each system names its own; Hairer, Norsett, Wanner 1993, Solving Ordinary Differential Equations I,
    II.4 to II.6 for dop853.
    """

    name = "flow"
    title = "Flow"
    equation = r"\dot u = f(t, u)"
    references = "Hairer, Norsett, Wanner 1993, Solving Ordinary Differential Equations I"
    kind: ClassVar[Kind] = "flow"
    devices = ("cpu", "cuda")
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
        "spring": Preset(
            summary="a mass on a spring, against its cosine",
            parameters={"system": "harmonic-oscillator", "parameters": {"omega": 20.0}},
            t_end=10.0,
            snapshots=2001,
            source="Arnold 1989, Mathematical Methods of Classical Mechanics, 2.4",
            error=1e-6,
        ),
    }
    optional: ClassVar[Mapping[str, str]] = {
        "drift": "f at each snapshot; of the equation in Ito's sense where the noise depends on the state",
        "drift_divergence": "divergence of the drift, the trace of its Jacobian",
        "diffusion": "D = b^2/2 of noise b dW that depends on the state or the time; constant ones are always there",
    }
    orders: ClassVar[Mapping[str, int]] = {"rk4": 4} | {name: one.order for name, one in COMPOSITIONS.items()}

    scheme: Literal[
        "auto",
        "dop853",
        "radau",
        "rk4",
        "strang",
        "yoshida-4",
        "suzuki-4",
        "kahan-li-6",
        "kahan-li-8",
        "delay",
        "euler-maruyama",
        "heun",
        "sra1",
    ] = Field(
        "auto",
        description="dop853: adaptive, order 8; radau: adaptive, for stiff systems; rk4: fixed step, fastest for "
        "ensembles; strang to kahan-li-8: fixed step, symplectic; delay: for delays; euler-maruyama, heun, sra1: for "
        "noise; auto: the one that fits the system",
    )
    tolerance: float = Field(
        1e-9,
        ge=1e-14,
        le=1e-2,
        description="error allowed in a step of an adaptive scheme, absolute and relative",
    )
    dt: float | None = Field(
        None,
        gt=0,
        description="largest step of the other schemes; the one used divides the snapshots; none for 0.01, with a "
        "delay for 1/256 of the shortest",
    )
    calculus: Literal["ito", "stratonovich"] = Field(
        "ito", description="how noise that depends on the state is meant"
    )
    max_step: float | None = Field(
        None,
        gt=0,
        description="longest step of an adaptive scheme, for a forcing that is silent for long: half the length of "
        "its pulses; none for no limit",
    )

    @functools.cached_property
    def chosen(self) -> Scheme:
        """The scheme that a run takes."""
        return scheme_for(self.definition, self.scheme)

    @property
    def runs_on(self) -> tuple[str, ...]:
        return self.chosen.devices

    @functools.cached_property
    def _constant_noise(self) -> bool:
        """Whether there is noise whose amplitude depends on parameters alone."""
        named = noise_names(self.definition)
        return bool(self.definition.noise) and additive(self.definition) and "t" not in named

    def variables(self, record: Sequence[str]) -> tuple[Variable, ...]:
        state, *others = super().variables(record)
        if "drift" in record:
            others.append(replace(state, name="drift", long_name="drift"))
        if "drift_divergence" in record:
            words = "divergence of the drift"
            others.append(
                Variable(name="drift_divergence", dims=("t",), units="1", long_name=words, kind="series")
            )
        if "diffusion" in record and not self._constant_noise:
            others.append(replace(state, name="diffusion", long_name=DIFFUSION))
        return state, *others

    def static(self) -> dict[str, tuple[Variable, np.ndarray]]:
        found = super().static()
        if self._constant_noise and "diffusion" not in self.member_parameters():
            values = self._constant_diffusion
            dims = ("component",) if len(values) == 1 else ("member", "component")
            declared = Variable(name="diffusion", dims=dims, units="1", long_name=DIFFUSION, kind="parameter")
            found["diffusion"] = declared, values[0] if len(values) == 1 else values
        return found

    @functools.cached_property
    def _constant_diffusion(self) -> np.ndarray:
        """D of each component, (1 or members, components)."""
        from ergodica.sims.engines.pointwise import vectors

        count = max((len(values) for values in self.member_parameters().values()), default=1)
        u = np.zeros((1, count, len(self.components)))
        amplitudes = vectors(self.definition, "noise", u[..., 0], u, self.parameter_rows(count))[0]
        values: np.ndarray = amplitudes**2 / 2
        return values[:1] if (values == values[0]).all() else values

    def observe_many(self, states: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        values = super().observe_many(states, record)
        if not set(record) & set(self.optional):
            return values
        from ergodica.sims.engines.pointwise import numbers, vectors

        own = self.calculus == "ito" or additive(self.definition)
        t, u = states["t"], states["u"]
        at = t, u, self.parameter_rows(u.shape[1])
        if "drift" in record:
            values["drift"] = vectors(self.definition, "rhs" if own else "drift_ito", *at)
        if "drift_divergence" in record:
            name = "divergence" if own else "divergence_ito"
            values["drift_divergence"] = numbers(self.definition, name, *at)
        if "diffusion" in record and not self._constant_noise:
            values["diffusion"] = vectors(self.definition, "noise", *at) ** 2 / 2
        return values

    def check_run(self, asked: RunArguments) -> None:
        self._refuse_what_is_not_used()
        self._refuse_to_record(asked.record)
        if asked.device.startswith("cuda") and "cuda" not in self.chosen.devices:
            raise ParameterError(
                f"device: scheme {self.chosen.name} has no CUDA version, got {asked.device!r}; "
                "use scheme='rk4' or device='cpu'"
            )

    def _refuse_what_is_not_used(self) -> None:
        """Raise ParameterError for values that the scheme does not look at; those of the defaults are nobody's."""
        name = f"scheme {self.chosen.name}"
        if self.chosen.dt is None and self.dt is not None:
            raise ParameterError(
                f"dt: is for fixed steps, got {self.dt:g} with the adaptive {name}; use tolerance or max_step, "
                "or scheme='rk4'"
            )
        if self.chosen.dt is not None:
            for word in ("tolerance", "max_step"):
                value = getattr(self, word)
                if value != type(self).model_fields[word].default:
                    raise ParameterError(
                        f"{word}: is for adaptive steps, got {value:g} with the fixed steps of {name}; use dt"
                    )
        if self.calculus != "ito" and not self.definition.noise:
            raise ParameterError(
                f"calculus: is for systems with noise, got {self.calculus!r} for {self.definition.name}; leave it out"
            )

    def _refuse_to_record(self, record: Sequence[str]) -> None:
        """Raise ParameterError for optional variables that the system cannot have."""
        for name in record:
            if name in self.member_parameters():
                raise ParameterError(
                    f"record: {name} is also a parameter given for each member, which has this name in the dataset; "
                    "run the members apart"
                )
            if name == "diffusion" and not self.definition.noise:
                raise ParameterError(
                    f"record: diffusion is for systems with noise, got {self.definition.name}; leave it out"
                )
            if name in ("drift", "drift_divergence") and self.definition.lags:
                raise ParameterError(
                    f"record: {name} is for systems without delay, whose state decides where it goes, got "
                    f"{self.definition.name}; leave it out"
                )

    def _request(self, spacing: float, draws: Sequence[Draw], **options: Any) -> Request:
        rows = self.parameter_rows(len(draws))
        return Request(
            definition=self.definition,
            rows=rows,
            spacing=spacing,
            dt=self.dt,
            tolerance=self.tolerance,
            calculus=self.calculus,
            max_step=np.inf if self.max_step is None else self.max_step,
            seed=draws[0].seed,
            streams=np.array([draw.member for draw in draws]),
            past=self.past(rows),
            **options,
        )

    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        made: Stepper = self.chosen.make(self._request(spacing, draws, device=device, threads=threads))
        return made

    def exact(self, t: float, *, member: int = 0) -> np.ndarray:
        """The exact state at time t of a linear system du/dt = A u + c, shape (components,).

        Raises ParameterError for one that is not linear, names t, or has a delay or noise.
        """
        definition, point = (
            self.definition,
            self.initial_points([Draw(seed=0, member=j) for j in range(member + 1)]),
        )
        if self.spread or definition.lags or definition.noise or not definition.autonomous:
            raise ParameterError(
                f"exact: must be a linear system without spread, got {definition.name}; compare with a finer run"
            )
        from scipy.linalg import expm

        from ergodica.sims.dynamics.kernels import kernels

        made, p, d = kernels(definition), self.parameter_rows(member + 1)[member], point.shape[1]
        slopes = np.empty((3, d, d))
        for slope, scale in zip(slopes, (0.0, 1.0, np.pi), strict=True):
            made.jacobian(0.0, scale * (point[member] + np.arange(d)), p, slope)
        if not (slopes == slopes[0]).all():
            raise ParameterError(
                f"exact: must be a linear system, got {definition.name}; compare with a finer run"
            )
        affine = np.zeros((d + 1, d + 1))
        affine[:d, :d] = slopes[0]
        made.rhs(0.0, np.zeros(d), p, constant := np.empty(d))
        affine[:d, d] = constant
        state: np.ndarray = (expm(t * affine) @ np.append(point[member], 1.0))[:d]
        return state

    @property
    def finer(self) -> str:
        if self.chosen.dt is None:
            return f"use tolerance={self.tolerance / 100:g}"
        return f"use dt={self._dt() / 2:.3g}"

    def _dt(self) -> float:
        assert self.chosen.dt is not None
        members = min(self.member_counts().values(), default=1)
        return self.chosen.dt(self._request(np.inf, [Draw(seed=0, member=j) for j in range(members)]))

    def failures(self, state: State) -> Mapping[int, tuple[float | None, str]]:
        found = super().failures(state)
        if not found or self.chosen.dt is None:
            return found
        remedy = f"the step may be too coarse, {self.finer}"
        return {member: (at, f"{why}; {remedy}") for member, (at, why) in found.items()}

    def watch(
        self, first: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray], dt: float | None
    ) -> Iterable[Concern]:
        yield from super().watch(first, now, dt)
        if first is not now or self.chosen.dt is None:
            return
        state = now["state"]
        going = np.flatnonzero(np.isfinite(state).all(axis=1))[:WATCHED]
        request = self._request(1.0, [Draw(seed=0, member=j) for j in range(len(state))])
        few = replace(request, rows=request.rows[going], streams=request.streams[going], threads=1)
        change = unresolved(self.chosen, replace(few, dt=dt or self._dt()), state[going])
        if change > self.chosen.budget:
            yield Concern(
                about="dt",
                size=change,
                message=f"half the step changes the state by {change:.0e} of its size within 16 steps, above "
                f"{self.chosen.budget:g}; {self.finer}",
            )
