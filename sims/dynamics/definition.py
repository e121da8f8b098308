"""A dynamical system as its definition: names, expressions, values; read and checked, nothing compiled."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.dynamics.numeric import constant

if TYPE_CHECKING:
    from ergodica.sims.dynamics.facts import Facts

Kind = Literal["flow", "map"]


@dataclass(frozen=True)
class Parameter:
    """Default value and meaning of a parameter."""

    value: float
    meaning: str = ""


@dataclass(frozen=True)
class Field:
    """A component, or with `per_site` one component at each of n sites."""

    name: str
    per_site: bool = False

    @property
    def key(self) -> str:
        """How equations and initial values name it: `x` or `x[i]`."""
        return f"{self.name}[i]" if self.per_site else self.name


@dataclass(frozen=True)
class Hamiltonian:
    """Canonical pairs, and the energy as an expression; `parts` is (kinetic, potential) when separable."""

    positions: tuple[str, ...]
    momenta: tuple[str, ...]
    energy: str
    parts: tuple[str, str] | None = None


@dataclass(frozen=True)
class Lag:
    """component(t - delay); `delay` names a parameter."""

    component: str
    delay: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Definition:
    """A flow du/dt = f(t, u) or a map u -> f(t, u), given by expressions.

    `equations` has an expression for each field's key, in order, and is empty for Hamiltonian systems;
    `define` are intermediate names; `noise` the amplitude of a Wiener process (Ito) for each key;
    `initial` an expression for each key. See docs of the catalogue for the grammar.
    Made by `definition_of` and `read`, which check everything.
    """

    name: str
    kind: Kind
    title: str
    category: str
    about: str
    reference: str
    aliases: tuple[str, ...]
    fields: tuple[Field, ...]
    parameters: Mapping[str, Parameter]
    define: Mapping[str, str]
    equations: Mapping[str, str]
    hamiltonian: Hamiltonian | None
    noise: Mapping[str, str]
    initial: Mapping[str, str | float]
    sites: int | None
    lags: tuple[Lag, ...]
    autonomous: bool
    stiff: bool
    nonsmooth: bool
    unbounded: tuple[str, ...]
    neighbours: tuple[int, int] = (0, 0)
    """Smallest and largest offset of a site's index."""

    def values(self, given: Mapping[str, Any] | None = None) -> dict[str, float]:
        """Every parameter's value, `given` ones in place of the defaults.

        Raises ParameterError for an unknown name, a value that is no finite number, and a number of sites
        that is not whole or too small for the neighbours that the equations use.
        """
        values = {name: parameter.value for name, parameter in self.parameters.items()}
        for name, value in (given or {}).items():
            if name not in values:
                raise ParameterError(f"parameters: {self.name} has no {name!r}; {nearest(name, values)}")
            values[name] = constant(value, f"parameters.{name}")
        if self.sites is not None:
            fewest = max(2, self.neighbours[1] - self.neighbours[0] + 1)
            if values["n"] != int(values["n"]) or not fewest <= values["n"] <= 10_000_000:
                raise ParameterError(
                    f"parameters.n: must be a whole number of sites from {fewest}, got {values['n']:g}; use "
                    f"{max(fewest, self.sites)}"
                )
        for lag in self.lags:
            if values[lag.delay] <= 0:
                usual = self.parameters[lag.delay].value
                remedy = (
                    f"use its default {usual:g}"
                    if usual > 0
                    else "without a delay write the component itself"
                )
                raise ParameterError(
                    f"parameters.{lag.delay}: a delay must be above 0, got {values[lag.delay]:g}; {remedy}"
                )
        return values

    def vector(self, given: Mapping[str, Any] | None = None) -> np.ndarray:
        """`values` in the order of `parameters`, shape (number of parameters,): what kernels take as `p`."""
        return np.array(list(self.values(given).values()), np.float64)

    def size(self, given: Mapping[str, Any] | None = None) -> int:
        """Number of components, d."""
        sites = int(self.values(given)["n"]) if self.sites is not None else 1
        return sum(sites if field.per_site else 1 for field in self.fields)

    def components(self, given: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """Names of the components in order: `x`, or `x[0]`, `x[1]`, ..."""
        sites = int(self.values(given)["n"]) if self.sites is not None else 0
        return tuple(
            name
            for field in self.fields
            for name in ([f"{field.name}[{i}]" for i in range(sites)] if field.per_site else [field.name])
        )

    def initial_point(self, given: Mapping[str, Any] | None = None) -> np.ndarray:
        """The initial point at these parameters, shape (d,)."""
        values: dict[str, Any] = self.values(given)
        sites = int(values["n"]) if self.sites is not None else 1
        point = []
        for field in self.fields:
            text, where = self.initial[field.key], f"initial.{field.key}"
            if field.per_site:
                point += [constant(text, where, {**values, "i": float(i)}) for i in range(sites)]
            else:
                point.append(constant(text, where, values))
        return np.array(point, np.float64)

    @property
    def separable(self) -> bool:
        """Whether the energy is kinetic(momenta) + potential(positions)."""
        return self.hamiltonian is not None and self.hamiltonian.parts is not None

    def table(self) -> dict[str, Any]:
        """The definition as plain values, in the form of its file; `definition_of` reads it back."""
        table: dict[str, Any] = {
            "title": self.title,
            "class": self.category,
            "about": self.about,
            "reference": self.reference,
            "aliases": list(self.aliases),
            "stiff": self.stiff,
            "nonsmooth": self.nonsmooth,
            "unbounded": list(self.unbounded),
            "parameters": {
                k: [p.value, p.meaning] for k, p in self.parameters.items() if k != "n" or not self.sites
            },
            "define": dict(self.define),
            "initial": dict(self.initial),
        }
        if self.sites is not None:
            table["sites"] = {"n": self.sites}
        if self.noise:
            table["noise"] = dict(self.noise)
        if self.hamiltonian is None:
            table["equations"] = dict(self.equations)
        else:
            pairs = {"positions": list(self.hamiltonian.positions), "momenta": list(self.hamiltonian.momenta)}
            parts = self.hamiltonian.parts
            energy = (
                {"kinetic": parts[0], "potential": parts[1]} if parts else {"energy": self.hamiltonian.energy}
            )
            table["hamiltonian"] = {**pairs, **energy}
        return table

    @functools.cached_property
    def digest(self) -> str:
        """A hash of everything that decides the numbers, 16 hex digits; values and words are left out."""
        table = {
            k: v for k, v in self.table().items() if k in ("define", "equations", "hamiltonian", "noise")
        }
        shape = [self.kind, list(self.parameters), [f.key for f in self.fields], self.neighbours]
        return hashlib.sha256(json.dumps([table, shape]).encode()).hexdigest()[:16]

    @property
    def facts(self) -> Facts | None:
        """Computed exponents, dimension and period of a system of the catalogue; None for any other."""
        from ergodica.sims.dynamics.facts import facts_of

        return facts_of(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Definition) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[str, str, str]:
        return self.name, self.kind, json.dumps(self.table())

    def __reduce__(self) -> tuple[Any, ...]:
        from ergodica.sims.dynamics.tables import definition_of

        return definition_of, (self.table(), self.name, self.kind)


__all__ = ["Definition", "Field", "Hamiltonian", "Kind", "Lag", "Parameter", "unique"]


def unique(names: Iterable[str], where: str) -> None:
    """Raise ParameterError when a name occurs twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ParameterError(f"{where}: names must differ, got {name!r} twice; rename one")
        seen.add(name)
