"""The schemes of flows: what each is for, what it needs and how it is made."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.arrays import CPU, Device
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.engines.composition import SCHEMES as COMPOSITIONS
from ergodica.sims.sampling import fixed_steps

if TYPE_CHECKING:
    from ergodica.sims.dynamics.kernels import Kernels

Array = np.ndarray

DEFAULT_DT = 0.01
MAX_STEPS_PER_SNAPSHOT = 10**9
RESOLVED = 1e-3
"""Relative change by a halved step, over sixteen steps, above which a figure would show it."""
RESOLVED_NOISE = 0.1  # the strong error of low orders is larger, and statistics forgive it


@dataclass(frozen=True, kw_only=True)
class Request:
    """A system and what is asked of its scheme.

    `rows` (members, number of parameters); `spacing` of snapshots; `dt` None for the scheme's own choice;
    `tolerance` and `max_step` of adaptive steps; `calculus` which equation the noise means; `seed` and `streams`
    (members,) of the noise; `past` as for `Delay`.
    """

    definition: Definition
    rows: Array
    spacing: float
    dt: float | None = None
    tolerance: float = 1e-9
    calculus: str = "ito"
    max_step: float = np.inf
    seed: int = 0
    streams: Array = field(default_factory=lambda: np.zeros(1, np.int64))
    past: Callable[[Array], Array] | None = None
    substeps: int = 1
    device: Device = CPU
    threads: int | None = None

    @property
    def kernels(self) -> Kernels:
        """What is compiled from the equations."""
        from ergodica.sims.dynamics.kernels import kernels

        return kernels(self.definition)

    @property
    def largest(self) -> float:
        """The largest fixed step."""
        return DEFAULT_DT if self.dt is None else self.dt

    def fixed(self) -> dict[str, Any]:
        """Step, steps between snapshots and parameters of a fixed-step engine."""
        dt = self.largest
        if self.spacing / dt > MAX_STEPS_PER_SNAPSHOT:
            raise ParameterError(
                f"dt: must leave at most {MAX_STEPS_PER_SNAPSHOT:g} steps between snapshots, got {dt:g} "
                f"with snapshots {self.spacing:g} apart; use a larger dt or more snapshots"
            )
        steps, length = fixed_steps(self.spacing, dt)
        return {"parameters": self.rows, "dt": length, "steps_per_snapshot": steps}

    def sampled(self) -> dict[str, Any]:
        """What the engines that interpolate their snapshots share."""
        return {"parameters": self.rows, "spacing": self.spacing, "threads": self.threads}

    def adaptive(self) -> dict[str, Any]:
        """What the engines with steps of their own share."""
        return {"rtol": self.tolerance, "atol": self.tolerance, "max_step": self.max_step, **self.sampled()}

    @property
    def delays(self) -> list[tuple[int, Array]]:
        """Number of each delayed component, and its delay for each member."""
        names, parameters = [f.name for f in self.definition.fields], list(self.definition.parameters)
        return [
            (names.index(lag.component), self.rows[:, parameters.index(lag.delay)])
            for lag in self.definition.lags
        ]


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """A way to advance a flow; order and calculus are those of its engine.

    `unsuited` says why a system cannot have it (None: it can), `make` gives its stepper; `auto` tells for which of
    the systems that it suits it is the default; `dt` gives its step for a request, None where the steps are its own;
    `budget` is the relative change by a halved step above which a run is not resolved.
    """

    name: str
    unsuited: Callable[[Definition], str | None]
    make: Callable[[Request], Any]
    auto: Callable[[Definition], bool] = lambda definition: False
    dt: Callable[[Request], float] | None = lambda request: request.largest
    devices: tuple[str, ...] = ("cpu",)
    budget: float = RESOLVED


def noise_names(definition: Definition) -> set[str]:
    """The names in the amplitudes of the noise, of components, parameters and t."""
    from ergodica.sims.dynamics.grammar import parse

    def names(text: str) -> set[str]:
        found = {node.id for node in ast.walk(parse(text, "noise")) if isinstance(node, ast.Name)}
        return found.union(*(names(definition.define[n]) for n in found & set(definition.define)))

    return set().union(*(names(str(text)) for text in definition.noise.values()))


def additive(definition: Definition) -> bool:
    """Whether the amplitude of the noise depends on no component, as far as its expressions name them."""
    return not {f.name for f in definition.fields} & noise_names(definition)


def _smooth(definition: Definition) -> str | None:
    if definition.lags:
        return "has no delay"
    return "has no noise" if definition.noise else None


def _delayed(definition: Definition) -> str | None:
    if not definition.lags:
        return "has a delay"
    return "has no noise" if definition.noise else None


def _noisy(definition: Definition) -> str | None:
    if not definition.noise:
        return "is driven by noise"
    return "has no delay" if definition.lags else None


def _additive(definition: Definition) -> str | None:
    return _noisy(definition) or (None if additive(definition) else "has noise that names no component")


def _separable(definition: Definition) -> str | None:
    if definition.hamiltonian is None or not definition.separable:
        return "has a Hamiltonian kinetic(momenta) + potential(positions)"
    return _smooth(definition)


def _dop853(request: Request) -> Any:
    from ergodica.sims.engines.ode.dop853 import Dop853

    made = request.kernels
    return Dop853(rhs=made.rhs, whole=lambda: made.dop853, **request.adaptive())


def _radau(request: Request) -> Any:
    from ergodica.sims.engines.ode.implicit import Implicit

    return Implicit(
        rhs=request.kernels.rhs,
        jacobian=request.kernels.jacobian,
        stages=3 if request.definition.nonsmooth else None,
        **request.adaptive(),
    )


def _rk4(request: Request) -> Any:
    from ergodica.sims.engines.rows import Rows

    if request.device.kind == "cuda":
        from ergodica.sims.engines.cuda_rk4 import CudaRK4

        there = CudaRK4(kernels=request.kernels, device=request.device, **request.fixed())
        return Rows(there, request.rows)
    from ergodica.sims.engines.lanes_rk4 import LanesRK4

    engine = LanesRK4(kernels=request.kernels, threads=request.threads, **request.fixed())
    return Rows(engine, request.rows)


def _delay(request: Request) -> Any:
    from ergodica.sims.engines.ode.delay import STEPS_A_DELAY, Delay

    shortest = np.min([delay for _, delay in request.delays], axis=0)
    return Delay(
        rhs=request.kernels.rhs,
        lags=request.delays,
        dt=shortest / STEPS_A_DELAY if request.dt is None else request.dt,
        past=request.past,
        **request.sampled(),
    )


def _delay_step(request: Request) -> float:
    from ergodica.sims.engines.ode.delay import STEPS_A_DELAY

    shortest = min(float(delay.min()) for _, delay in request.delays)
    return shortest / STEPS_A_DELAY if request.dt is None else request.dt


def _stochastic(name: str) -> Callable[[Request], Any]:
    """The maker of a scheme that solves the equation of one calculus; for the other one it takes a corrected drift."""

    def make(request: Request) -> Any:
        from ergodica.sims.engines.ode.noisy import Noisy

        calculus = Noisy.schemes[name].calculus.lower()
        same = calculus == request.calculus or additive(request.definition)
        return Noisy(
            drift=request.kernels.part("rhs" if same else f"drift_{calculus}"),
            noise=request.kernels.noise,
            scheme=name,
            seed=request.seed,
            streams=request.streams,
            substeps=request.substeps,
            threads=request.threads,
            **request.fixed(),
        )

    return make


def _symplectic(name: str) -> Callable[[Request], Any]:
    def make(request: Request) -> Any:
        from ergodica.sims.engines.ode.symplectic import Symplectic

        parts = request.kernels
        rest = {"scheme": name, "threads": request.threads, **request.fixed()}
        return Symplectic(velocity=parts.velocity, force=parts.force, **rest)

    return make


def _always(definition: Definition) -> bool:
    return True


SCHEMES: Mapping[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme(name="delay", unsuited=_delayed, make=_delay, auto=_always, dt=_delay_step),
        Scheme(
            name="sra1",
            unsuited=_additive,
            make=_stochastic("sra1"),
            auto=_always,
            budget=RESOLVED_NOISE,
        ),
        Scheme(
            name="heun",
            unsuited=_noisy,
            make=_stochastic("heun"),
            auto=_always,
            budget=RESOLVED_NOISE,
        ),
        Scheme(
            name="euler-maruyama",
            unsuited=_noisy,
            make=_stochastic("euler-maruyama"),
            budget=RESOLVED_NOISE,
        ),
        Scheme(name="radau", unsuited=_smooth, make=_radau, auto=lambda d: d.stiff, dt=None),
        Scheme(name="dop853", unsuited=_smooth, make=_dop853, auto=_always, dt=None),
        Scheme(name="rk4", unsuited=_smooth, make=_rk4, devices=("cpu", "cuda")),
        *(
            Scheme(name=name, unsuited=_separable, make=_symplectic(name))
            for name, one in COMPOSITIONS.items()
        ),
    )
}
"""The schemes; `auto` takes the first that suits a system."""


def scheme_for(definition: Definition, name: str) -> Scheme:
    """The scheme of a name, or for `auto` the one that fits the system.

    Raises ParameterError for a system that the scheme cannot take.
    """
    fitting = [s for s in SCHEMES.values() if s.unsuited(definition) is None]
    chosen = next(s for s in fitting if s.auto(definition))
    if name == "auto":
        return chosen
    lacking = SCHEMES[name].unsuited(definition)
    if lacking is not None:
        raise ParameterError(
            f"scheme: {name} needs a system that {lacking}, got {definition.name}; use scheme={chosen.name!r} or 'auto'"
        )
    return SCHEMES[name]


WINDOWS, STEPS = 16, 16


def unresolved(scheme: Scheme, request: Request, points: Array) -> float:
    """By how much half the step changes an orbit from `points` (members, d), relative to the largest component.

    The largest change over 16 steps, in 16 such windows one after the other; infinite where the steps blow up.
    """
    assert scheme.dt is not None
    dt = scheme.dt(request)
    coarse = replace(request, dt=dt, spacing=STEPS * dt, substeps=2, past=None)
    steppers = [scheme.make(coarse), scheme.make(replace(coarse, dt=dt / 2, substeps=1))]
    change, size = np.zeros(len(points)), np.abs(points).max(axis=1)
    for window in range(WINDOWS):
        ends = []
        for stepper in steppers:
            state, count = stepper.start(points), stepper.steps_per_snapshot
            # an engine with samples of its own starts at its t = 0 each time
            stepper.advance(state, 0 if stepper.dt is None else window * count, count)
            ends.append(state["u"])
        going, fine = (np.isfinite(end).all(axis=1) for end in ends)
        if (fine & ~going).any():
            return np.inf
        if not going.any():
            break
        # a member that blows up with either step is told of by the run itself
        points = np.where(going[:, None], ends[0], points)
        moved = np.abs(points - np.where(fine[:, None], ends[1], points)).max(axis=1)
        change, size = np.maximum(change, moved), np.maximum(size, np.abs(points).max(axis=1))
    return float((change / np.where(size > 0, size, 1.0)).max())
