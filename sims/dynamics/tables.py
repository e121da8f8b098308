"""From a TOML file, a dictionary or a few equations to a checked `Definition`."""

from __future__ import annotations

import ast
import keyword
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.dynamics.definition import Definition, Field, Hamiltonian, Kind, Lag, Parameter, unique
from ergodica.sims.dynamics.grammar import ARITY, CONSTANTS, SPECIAL, index_of, parse
from ergodica.sims.dynamics.numeric import constant

CATEGORIES = ("dissipative", "conservative", "hamiltonian", "forced", "delay", "noise")
_WORDS = ("title", "class", "about", "reference", "aliases", "stiff", "nonsmooth", "unbounded")
_TABLES = ("parameters", "define", "sites", "equations", "hamiltonian", "initial", "noise")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(\[i\])?\Z")


def read(path: Path, kind: Kind) -> Definition:
    """The definition in a TOML file, named like the file."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path.name}: must be a TOML file, got an error: {error}") from None
    return definition_of(table, path.stem, kind)


def definition_of(table: Mapping[str, Any], name: str, kind: Kind) -> Definition:
    """The definition in a table of the catalogue's format.

    Raises ParameterError, one line that begins with the system's and the entry's name, for whatever cannot work.
    """
    try:
        return _Reader(table, name, kind).definition()
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from None


def from_equations(
    equations: Mapping[str, str],
    parameters: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
    *,
    name: str = "own",
    kind: Kind = "flow",
    **more: Any,
) -> Definition:
    """A definition from equations, such as {"x": "sigma*(y - x)", ...}, and the parameters' values.

    `initial` is 0.1 for components that it leaves out; `more` are other entries of the catalogue's format, such as
    `define={"r": "sqrt(x**2 + y**2)"}`, `noise={"x": "s"}`, `sites={"n": 40}` or `title`.
    """
    given = {key: 0.1 for key in equations} | dict(initial or {})
    return definition_of(
        {"equations": equations, "parameters": parameters or {}, "initial": given, **more}, name, kind
    )


class _Reader:
    """Checks a table entry by entry; every name is looked up before anything is computed."""

    def __init__(self, table: Mapping[str, Any], name: str, kind: Kind) -> None:
        self.table, self.name, self.kind = table, name, kind
        for key in table:
            if key not in (*_WORDS, *_TABLES):
                raise ParameterError(
                    f"{key}: a definition has no such entry; {nearest(key, [*_WORDS, *_TABLES])}"
                )
        for key in _TABLES:
            if not isinstance(table.get(key, {}), Mapping):
                raise ParameterError(f"{key}: must be a table of names, got {table[key]!r}; write [{key}]")
        self.sites = self._read_sites()
        self.parameters = dict(self._read_parameters())
        self.hamiltonian = self._read_hamiltonian()
        self.equations: dict[str, str] = dict(table.get("equations", {}))
        keys = list(self.equations)
        if self.hamiltonian is not None:
            keys = [*self.hamiltonian.positions, *self.hamiltonian.momenta]
        if bool(self.equations) == (self.hamiltonian is not None):
            raise ParameterError(
                "equations: must be given, or [hamiltonian] instead, got neither or both; give one"
            )
        self.fields = tuple(self._field(key) for key in keys)
        self.define = {str(k): v for k, v in table.get("define", {}).items()}
        unique([*(f.name for f in self.fields), *self.parameters, *self.define], "names")
        for given in (*self.parameters, *self.define, *(f.name for f in self.fields)):
            self._check_name(given)
        self.uses_time = False
        self.lags: dict[Lag, None] = {}
        self.offsets = [0, 0]
        self.used: set[str] = set()

    def definition(self) -> Definition:
        table, known_so_far = self.table, set[str]()
        self.per_site: set[str] = set()
        for key, text in self.define.items():
            tree = parse(text, f"define.{key}")
            if self._names(tree, f"define.{key}", known_so_far, site=True):
                self.per_site.add(key)
            known_so_far.add(key)
        for key, text in self.equations.items():
            self._check_expression(text, f"equations.{key}", "[" in key)
        if self.hamiltonian is not None:
            self._check_hamiltonian(self.hamiltonian)
        noise = dict(table.get("noise", {}))
        for key, text in noise.items():
            if key not in [f.key for f in self.fields]:
                raise ParameterError(
                    f"noise.{key}: is no component; {nearest(key, [f.key for f in self.fields])}"
                )
            self._check_expression(text, f"noise.{key}", "[" in key)
        for given in (*self.parameters, *self.define):
            if given not in self.used and given != "n":
                raise ParameterError(
                    f"{given}: must occur in an expression, got none that uses it; remove it"
                )
        made = Definition(
            name=self.name,
            kind=self.kind,
            title=self._word("title", self.name),
            category=self._category(bool(noise)),
            about=self._word("about", ""),
            reference=self._word("reference", ""),
            aliases=self._words("aliases"),
            fields=self.fields,
            parameters=MappingProxyType(self.parameters),
            define=MappingProxyType(self.define),
            equations=MappingProxyType(self.equations),
            hamiltonian=self.hamiltonian,
            noise=MappingProxyType(noise),
            initial=MappingProxyType(self._initial()),
            sites=self.sites,
            lags=tuple(self.lags),
            autonomous=not self.uses_time,
            stiff=self._flag("stiff"),
            nonsmooth=self._flag("nonsmooth"),
            unbounded=self._words("unbounded"),
            neighbours=(self.offsets[0], self.offsets[1]),
        )
        made.initial_point()
        for name in made.unbounded:
            if name not in [f.name for f in self.fields] and name not in [f.key for f in self.fields]:
                raise ParameterError(
                    f"unbounded: {name!r} is no component; {nearest(name, [f.key for f in self.fields])}"
                )
        return made

    # Entries

    def _word(self, key: str, default: str) -> str:
        value = self.table.get(key, default)
        if not isinstance(value, str):
            raise ParameterError(f"{key}: must be text, got {value!r}; put it in quotes")
        return value

    def _words(self, key: str) -> tuple[str, ...]:
        value = self.table.get(key, ())
        if isinstance(value, str) or not all(isinstance(v, str) for v in value):
            raise ParameterError(f"{key}: must be a list of names, got {value!r}; write it in brackets")
        return tuple(value)

    def _flag(self, key: str) -> bool:
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            raise ParameterError(f"{key}: must be true or false, got {value!r}; correct it")
        return value

    def _read_sites(self) -> int | None:
        if "sites" not in self.table:
            return None
        sites = self.table["sites"]
        number = sites.get("n")
        if set(sites) != {"n"} or isinstance(number, bool) or not isinstance(number, int) or number < 2:
            raise ParameterError(
                f"sites: must hold a whole number n of at least 2, got {dict(sites)!r}; write n = 40"
            )
        return number

    def _read_parameters(self) -> Iterator[tuple[str, Parameter]]:
        if self.sites is not None:
            yield "n", Parameter(float(self.sites), "number of sites")
        for name, entry in self.table.get("parameters", {}).items():
            value, meaning = entry if isinstance(entry, list | tuple) and len(entry) == 2 else (entry, "")
            if not isinstance(meaning, str):
                raise ParameterError(
                    f"parameters.{name}: must be a value and its meaning, got {entry!r}; correct it"
                )
            yield name, Parameter(constant(value, f"parameters.{name}"), meaning)

    def _read_hamiltonian(self) -> Hamiltonian | None:
        if "hamiltonian" not in self.table:
            return None
        entry = self.table["hamiltonian"]
        positions, momenta = (tuple(entry.get(key, ())) for key in ("positions", "momenta"))
        if not positions or len(positions) != len(momenta):
            raise ParameterError(
                f"hamiltonian: must name as many momenta as positions, got {len(positions)} positions and "
                f"{len(momenta)} momenta; name each pair"
            )
        rest = set(entry) - {"positions", "momenta"}
        if rest == {"energy"}:
            return Hamiltonian(positions, momenta, entry["energy"])
        if rest == {"kinetic", "potential"}:
            parts = (entry["kinetic"], entry["potential"])
            return Hamiltonian(positions, momenta, f"({parts[0]}) + ({parts[1]})", parts)
        raise ParameterError(
            f"hamiltonian: must hold either energy, or kinetic and potential, got {sorted(rest)}; give one of these"
        )

    def _field(self, key: Any) -> Field:
        match = _KEY.match(key) if isinstance(key, str) else None
        if match is None:
            raise ParameterError(f"equations: components are named x or x[i], got {key!r}; rename it")
        if match[2] and self.sites is None:
            raise ParameterError(
                f"equations.{key}: a component at each site needs [sites], got none; add n = 40 there"
            )
        return Field(match[1], per_site=match[2] is not None)

    def _check_name(self, name: str) -> None:
        reserved = {"t", *CONSTANTS, *ARITY, *SPECIAL} | ({"i"} if self.sites is not None else set())
        if not _NAME.match(name) or keyword.iskeyword(name):
            raise ParameterError(f"names: letters, digits and _ after a letter, got {name!r}; rename it")
        if name in reserved:
            raise ParameterError(f"names: {name!r} has a meaning of its own in expressions; rename it")

    def _category(self, noisy: bool) -> str:
        facts = {
            "hamiltonian": self.hamiltonian is not None,
            "noise": noisy,
            "delay": bool(self.lags),
            "forced": self.uses_time,
        }
        inferred = next((word for word, true in facts.items() if true), "dissipative")
        category = self._word("class", inferred)
        if category not in CATEGORIES:
            raise ParameterError(f"class: {category!r} is not known; {nearest(category, CATEGORIES)}")
        for word, true in facts.items():
            if (category == word) != true and (category == word or word != "forced" or category not in facts):
                raise ParameterError(
                    f"class: must be {inferred!r} by what the equations hold, got {category!r}; correct one of them"
                )
        return category

    def _initial(self) -> dict[str, str | float]:
        initial = self.table.get("initial", {})
        keys = [f.key for f in self.fields]
        for key in initial:
            if key not in keys:
                raise ParameterError(f"initial.{key}: is no component; {nearest(key, keys)}")
        for key in keys:
            if key not in initial:
                raise ParameterError(
                    f"initial.{key}: must be given, got none; add a value near the attractor"
                )
        return {key: initial[key] for key in keys}

    # Names in expressions

    def _check_hamiltonian(self, energy: Hamiltonian) -> None:
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

    def _check_expression(self, text: Any, where: str, site: bool) -> None:
        self._names(parse(text, where), where, set(self.define), site=site)

    def _names(self, tree: ast.expr, where: str, defined: set[str], *, site: bool) -> bool:
        """Look up every name in a tree; whether it depends on the site i."""
        indices = {"i"} if site and self.sites is not None else set()
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
                if name not in known or (name in self.per_site_defined and "i" not in indices):
                    raise ParameterError(f"{where}: {name!r} is not known; {nearest(name, known | fields)}")
                self.used.add(name)
                self.uses_time |= name == "t"
                return name == "i" or name in self.per_site_defined
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
                if self.sites is None or inside_sum:
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

    @property
    def per_site_defined(self) -> set[str]:
        """Defined names that depend on the site i."""
        return getattr(self, "per_site", set())

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
