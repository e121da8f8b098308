"""Looks up the names in a definition's expressions; collects what they use."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.dynamics.definition import Field, Hamiltonian, Kind, Lag
from ergodica.sims.dynamics.grammar import CONSTANTS, index_of, parse


class Lookup:
    """Names that expressions may use, and after the checks what they do use.

    `used` names, `uses_time`, `lags` in the order in which they occur, `offsets` of neighbouring sites.
    Raises ParameterError for a name that is unknown or out of place.
    """

    def __init__(
        self,
        kind: Kind,
        fields: Iterable[Field],
        parameters: Iterable[str],
        define: Mapping[str, str],
        sites: bool,
    ) -> None:
        self.kind, self.sites, self.define = kind, sites, define
        self.fields, self.parameters = tuple(fields), tuple(parameters)
        self.uses_time = False
        self.lags: dict[Lag, None] = {}
        self.offsets = [0, 0]
        self.used: set[str] = set()
        self.per_site: set[str] = set()
        known_so_far: set[str] = set()
        for key, text in define.items():
            where = f"define.{key}"
            if self._names(parse(text, where), where, known_so_far, site=True):
                self.per_site.add(key)
            known_so_far.add(key)

    def check_energy(self, energy: Hamiltonian) -> None:
        """Look up the names in an energy; a separable one keeps its parts apart."""
        parts = energy.parts or (energy.energy,)
        words = ("kinetic", "potential") if energy.parts else ("energy",)
        for text, word, foreign in zip(parts, words, (energy.positions, energy.momenta), strict=False):
            where = f"hamiltonian.{word}"
            if self._names(parse(text, where), where, set(self.define), site=False):
                raise ParameterError(
                    f"{where}: a sum over sites is needed, got an index outside one; use sum(j, ...)"
                )
            if energy.parts is not None:
                names = {key.removesuffix("[i]") for key in foreign}
                if clash := names & self._reach(text):
                    raise ParameterError(
                        f"{where}: must hold {'momenta' if word == 'kinetic' else 'positions'} only, got "
                        f"{sorted(clash)[0]!r}; use energy for what is not separable"
                    )

    def _reach(self, text: str) -> set[str]:
        """Names that an expression depends on, through defined names too."""
        found = {node.id for node in ast.walk(parse(text, "expression")) if isinstance(node, ast.Name)}
        for name in found & set(self.define):
            found |= self._reach(self.define[name])
        return found

    def check(self, text: Any, where: str, *, site: bool) -> None:
        """Look up every name in an expression, of site i when `site`."""
        self._names(parse(text, where), where, set(self.define), site=site)

    def _names(self, tree: ast.expr, where: str, defined: set[str], *, site: bool) -> bool:
        """Look up every name in a tree; whether it depends on the site i."""
        indices = {"i"} if site and self.sites else set()
        return self._look_up(tree, where, defined, indices, inside_sum=False)

    def _look_up(
        self, node: ast.expr, where: str, defined: set[str], indices: set[str], inside_sum: bool
    ) -> bool:
        scalars = {f.name for f in self.fields if not f.per_site}
        fields = {f.name for f in self.fields if f.per_site}
        known = scalars | set(self.parameters) | defined | indices | {"t", *CONSTANTS}
        match node:
            case ast.Name(id=name):
                if name in fields:
                    raise ParameterError(
                        f"{where}: {name!r} has a value at each site, got none named; write {name}[i]"
                    )
                if name not in known or (name in self.per_site and "i" not in indices):
                    raise ParameterError(f"{where}: {name!r} is not known; {nearest(name, known | fields)}")
                self.used.add(name)
                self.uses_time |= name == "t"
                return name == "i" or name in self.per_site
            case ast.Subscript():
                place = index_of(node, where)
                if place.field not in fields:
                    raise ParameterError(
                        f"{where}: {place.field!r} has no sites; {nearest(place.field, fields)}"
                    )
                if place.index not in indices:
                    raise ParameterError(
                        f"{where}: the site {place.index!r} is not known; use i in an equation of sites, or sum(j, ...)"
                    )
                self.offsets = [min(self.offsets[0], place.offset), max(self.offsets[1], place.offset)]
                return place.index == "i"
            case ast.Call(func=ast.Name(id="sum"), args=[ast.Name(id=index), body]):
                if not self.sites or inside_sum:
                    raise ParameterError(
                        f"{where}: sum goes over [sites], once, got "
                        f"{'a sum inside a sum' if inside_sum else 'no [sites]'}; write it so"
                    )
                if index in known | fields:
                    raise ParameterError(
                        f"{where}: {index!r} has a meaning of its own; use another index, such as j"
                    )
                return self._look_up(body, where, defined, indices | {index}, inside_sum=True)
            case ast.Call(func=ast.Name(id="lag"), args=[ast.Name(id=component), ast.Name(id=delay)]):
                self._check_lag(where, component, delay, scalars)
                return False
            case ast.Call(func=ast.Name(id="noise")):
                raise ParameterError(
                    f"{where}: noise(i) is for [initial] alone; use [noise] for a driven system"
                )
        children = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
        found = [
            self._look_up(child, where, defined, indices, inside_sum)
            for child in children
            if isinstance(child, ast.expr)
        ]
        return any(found)

    def _check_lag(self, where: str, component: str, delay: str, scalars: set[str]) -> None:
        if component not in scalars:
            raise ParameterError(
                f"{where}: lag: {component!r} is no component; {nearest(component, scalars)}"
            )
        if delay not in self.parameters:
            raise ParameterError(
                f"{where}: lag: {delay!r} is no parameter; {nearest(delay, self.parameters)}"
            )
        if self.kind != "flow":
            raise ParameterError(f"{where}: lag needs a flow, got a map; use more components")
        self.used.add(delay)
        self.lags[Lag(component, delay)] = None
