"""What is measured: a definition with parameter values, whatever it was given as."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.dynamics.kernels import Kernels, kernels

Array = np.ndarray


@dataclass(frozen=True)
class Subject:
    """A system at one set of parameter values."""

    definition: Definition
    values: Mapping[str, float]
    start: Any = field(default=None, compare=False)
    """Where its orbits start: points, or values by component; None for the definition's own."""

    @property
    def name(self) -> str:
        """The name in the catalogue, or the user's."""
        return self.definition.name

    @property
    def kernels(self) -> Kernels:
        """The compiled kernels."""
        return kernels(self.definition)

    @property
    def is_map(self) -> bool:
        """Whether time counts iterations."""
        return self.definition.kind == "map"

    @property
    def size(self) -> int:
        """Number of components, d."""
        return self.definition.size(self.values)

    @functools.cached_property
    def vector(self) -> Array:
        """Parameter values as kernels take them, shape (number of parameters,)."""
        return self.definition.vector(self.values)

    @functools.cached_property
    def components(self) -> tuple[str, ...]:
        """Names of the components."""
        return self.definition.components(self.values)

    @property
    def bounded(self) -> Array:
        """Which components stay bounded, shape (d,); angles that wind up do not."""
        loose = self.definition.unbounded
        return np.array([name.partition("[")[0] not in loose for name in self.components])

    def config(self) -> dict[str, Any]:
        """The system as plain values for a file."""
        return {"system": self.name, "kind": self.definition.kind, "parameters": dict(self.values)}

    def parameter_index(self, name: str) -> int:
        """Place of a parameter in `vector`. Raises ParameterError for an unknown one."""
        self.definition.values({name: self.values.get(name, 0.0)})
        return list(self.values).index(name)

    def table(self, name: str, values: Sequence[float] | Array) -> Array:
        """Parameter vectors with one parameter varied, shape (len(values), number of parameters)."""
        place = self.parameter_index(name)
        numbers = np.asarray(values, np.float64)
        if numbers.ndim != 1 or not numbers.size:
            raise ParameterError(
                f"values: finite numbers along one axis, got shape {numbers.shape}; give a list of values of {name}"
            )
        lost = np.flatnonzero(~np.isfinite(numbers))
        if lost.size:
            raise ParameterError(
                f"values: finite numbers, got {numbers[lost[0]]} at place {lost[0]} of {numbers.size}; leave it out"
            )
        table = np.tile(self.vector, (numbers.size, 1))
        table[:, place] = numbers
        return table


def subject(system: Any, parameters: Mapping[str, Any] | None = None) -> Subject:
    """The system that is meant.

    Args:
        system: a name or alias of the catalogue, a `Definition`, or anything with `definition` and
            `parameter_values`, such as a `Flow` or a `Map`, whose parameters and initial point are taken over.
        parameters: values in place of the system's own.

    Raises:
        ParameterError: an unknown name, parameter or value; a parameter with a value for each member, a spread,
            a past that depends on time.
    """
    own: Mapping[str, Any] = {}
    start: Any = None
    if isinstance(system, str):
        flows, maps = definitions("flow"), definitions("map")
        if system not in flows and system not in maps:
            raise ParameterError(
                f"system: {system!r} is neither a flow nor a map of the catalogue; {nearest(system, [*flows, *maps])}"
            )
        definition = flows[system] if system in flows else maps[system]
    elif isinstance(system, Definition):
        definition = system
    elif hasattr(system, "definition") and hasattr(system, "parameter_values"):
        definition, own = system.definition, system.parameter_values
        start = getattr(system, "initial", None)
        _refuse_members(system, parameters or {}, start)
    else:
        raise ParameterError(
            f"system: a name of the catalogue, a Flow, a Map or a Definition, got {type(system).__name__}; "
            "give a name such as 'lorenz63'"
        )
    return Subject(definition, definition.values({**own, **(parameters or {})}), start)


def _refuse_members(system: Any, parameters: Mapping[str, Any], start: Any) -> None:
    each: Mapping[str, Any] = getattr(system, "member_parameters", dict)()
    for name in each:
        if name not in parameters:
            raise ParameterError(
                f"parameters: one number for {name}, got {len(each[name])} of the {type(system).__name__}, one a "
                f"member; give parameters={{'{name}': {each[name][0]:g}}}, or a call for each"
            )
    if getattr(system, "spread", 0.0):
        raise ParameterError(
            f"system: without spread, got {system.spread!r}; leave it out and give the points as initial"
        )
    if system.definition.lags and isinstance(start, Mapping):
        raise ParameterError(
            f"system: with a point as its initial, got {dict(start)!r}, a past; give numbers, constant before 0"
        )


def refuse_noise(chosen: Subject, what: str) -> None:
    """Raise ParameterError for a system driven by noise."""
    if chosen.definition.noise:
        raise ParameterError(
            f"{what}: for deterministic systems, got {chosen.name}, which is driven by noise; "
            "take a system without [noise]"
        )


def refuse_delay(chosen: Subject, what: str) -> None:
    """Raise ParameterError for a system with delays."""
    if chosen.definition.lags:
        raise ParameterError(
            f"{what}: for systems whose state is a point, got {chosen.name}, whose state is a function over its "
            "delay; take a system without lag, or lyapunov_spectrum, which has its leading exponents"
        )


def start_of(chosen: Subject, initial: Any = None) -> Array:
    """The point (d,) or points (members, d) that are meant: given, the system's own, or the definition's.

    Args:
        chosen: the system.
        initial: one value a component, points (members, d), or values by component, numbers or expressions of
            the parameters; components that are not named keep the value that they have without `initial`.

    Raises:
        ParameterError: another shape, an unknown component, a value that is not finite.
    """
    from ergodica.sims.dynamics.numeric import constant

    given = chosen.start if initial is None else initial
    names = chosen.components
    if given is None:
        return chosen.definition.initial_point(chosen.values)
    if isinstance(given, Mapping):
        for name in given:
            if name not in names:
                raise ParameterError(
                    f"initial: {chosen.name} has no component {name!r}; {nearest(str(name), names)}"
                )
        rest = start_of(replace(chosen, start=None) if initial is None else chosen)
        points = rest if rest.ndim == 1 else chosen.definition.initial_point(chosen.values)
        for name, value in given.items():
            points[names.index(name)] = constant(value, f"initial.{name}", dict(chosen.values))
        return points
    try:
        points = np.array(given, np.float64)
    except (TypeError, ValueError):
        raise ParameterError(
            f"initial: numbers or values by component, got {type(given).__name__}; give one value a component"
        ) from None
    d = chosen.size
    if points.ndim not in (1, 2) or points.shape[-1] != d or not points.size:
        raise ParameterError(
            f"initial: finite, shape ({d},) or (members, {d}), got {points.shape}; give one value a component"
        )
    lost = np.argwhere(~np.isfinite(points))
    if len(lost):
        *member, place = lost[0].tolist()
        whose = f" of member {member[0]}" if member else ""
        raise ParameterError(
            f"initial: finite, got {points[tuple(lost[0])]} for {names[place]}{whose}; give a finite value"
        )
    return points


def first_points(chosen: Subject, initial: Any, members: int, scale: Array, seed: int) -> Array:
    """Where members start, shape (members, d): at `start_of`, of one point others are scattered around it.

    The first member starts at the point itself; member j > 0 a thousandth of the attractor's size beside it,
    by random numbers (seed, j).
    """
    from ergodica.numerics.random import normals

    d, point = chosen.size, start_of(chosen, initial)
    if point.ndim == 2 and len(point) != members:
        raise ParameterError(
            f"initial: finite, shape ({d},) or ({members}, {d}), got {point.shape}; give one point, or one for "
            "each of as many members"
        )
    points = np.array(np.broadcast_to(point, (members, d)))
    if point.ndim == 1:
        for member in range(1, members):
            points[member] += SCATTER * scale * normals(seed, member, 0, d, purpose=PURPOSE_POINT)
    return points


SCATTER = 1e-3
PURPOSE_POINT, PURPOSE_FRAME, PURPOSE_BACKWARDS = 31, 32, 34
"""What random numbers are for, beside those of runs."""
