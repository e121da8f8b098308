"""From a TOML file, a dictionary or a few equations to a checked `Definition`."""

from __future__ import annotations

import keyword
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.dynamics.definition import Definition, Field, Hamiltonian, Kind, Parameter, unique
from ergodica.sims.dynamics.grammar import ARITY, CONSTANTS, SPECIAL
from ergodica.sims.dynamics.lookup import Lookup
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
                "equations: must be given, or hamiltonian instead, got neither or both; give one"
            )
        self.fields = tuple(self._field(key) for key in keys)
        self.define = {str(k): v for k, v in table.get("define", {}).items()}
        unique([*(f.name for f in self.fields), *self.parameters, *self.define], "names")
        for given in (*self.parameters, *self.define, *(f.name for f in self.fields)):
            self._check_name(given)
        sites = self.sites is not None
        self.lookup = Lookup(kind, self.fields, self.parameters, self.define, sites)

    def definition(self) -> Definition:
        lookup = self.lookup
        for key, text in self.equations.items():
            lookup.check(text, f"equations.{key}", site="[" in key)
        if self.hamiltonian is not None:
            lookup.check_energy(self.hamiltonian)
        noise = {key: _as_text(value) for key, value in self.table.get("noise", {}).items()}
        for key, text in noise.items():
            if key not in [f.key for f in self.fields]:
                raise ParameterError(
                    f"noise.{key}: is no component; {nearest(key, [f.key for f in self.fields])}"
                )
            lookup.check(text, f"noise.{key}", site="[" in key)
        for given in (*self.parameters, *self.define):
            if given not in lookup.used and given != "n":
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
            lags=tuple(lookup.lags),
            autonomous=not lookup.uses_time,
            stiff=self._flag("stiff"),
            nonsmooth=self._flag("nonsmooth"),
            unbounded=self._words("unbounded"),
            neighbours=(lookup.offsets[0], lookup.offsets[1]),
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
        if keyword.iskeyword(name):
            raise ParameterError(f"names: {name!r} is a reserved word of Python; rename it, as {name}_")
        if not _NAME.match(name):
            raise ParameterError(f"names: letters, digits and _ after a letter, got {name!r}; rename it")
        if name in reserved:
            raise ParameterError(f"names: {name!r} has a meaning of its own in expressions; rename it")

    def _category(self, noisy: bool) -> str:
        facts = {
            "hamiltonian": self.hamiltonian is not None,
            "noise": noisy,
            "delay": bool(self.lookup.lags),
            "forced": self.lookup.uses_time,
        }
        alone = [word for word in ("hamiltonian", "noise", "delay") if facts[word]]
        if len(alone) > 1:
            raise ParameterError(
                f"equations: must have one of a Hamiltonian, noise and a delay, got {' and '.join(alone)}; "
                "leave one out"
            )
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


def _as_text(value: Any) -> Any:
    """A number as an expression."""
    return repr(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
