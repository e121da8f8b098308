"""The catalogue: names of flows and maps, each read when it is asked for."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.dynamics.definition import Definition, Kind
from ergodica.sims.dynamics.tables import read

FOLDER = Path(__file__).parent.parent / "catalogue"
_ALIASES = re.compile(r"^aliases\s*=\s*\[(.*?)\]", re.MULTILINE | re.DOTALL)


class Definitions(Mapping[str, Definition]):
    """Definitions by name, or by an alias; listing the names reads no file.

    Raises ParameterError for an unknown name, with the nearest ones.
    """

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.kind = kind
        self._paths = {path.stem: path for path in sorted(folder.glob("*.toml"))}
        self._read: dict[str, Definition] = {}

    @functools.cached_property
    def aliases(self) -> Mapping[str, str]:
        """Name of the system that has each alias."""
        found: dict[str, str] = {}
        for name, path in self._paths.items():
            match = _ALIASES.search(path.read_text("utf-8"))
            for alias in re.findall(r"[\"']([^\"']+)[\"']", match[1]) if match else ():
                found.setdefault(alias, name)
        return found

    def __getitem__(self, name: str) -> Definition:
        if name not in self._paths:
            if name not in self.aliases:
                remedy = nearest(name, [*self._paths, *self.aliases])
                raise UnknownSystem(f"system: {name!r} is no {self.kind} of the catalogue; {remedy}")
            name = self.aliases[name]
        if name not in self._read:
            self._read[name] = read(self._paths[name], self.kind)
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._paths or name in self.aliases

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __repr__(self) -> str:
        return f"<{len(self)} {self.kind}s: {', '.join(list(self)[:3])}, ...>"


class UnknownSystem(ParameterError, KeyError):
    """A name that the catalogue does not have."""

    __str__ = ParameterError.__str__


@functools.cache
def definitions(kind: Kind) -> Definitions:
    """The catalogue's flows or maps: name -> Definition."""
    return Definitions(FOLDER / f"{kind}s", kind)
