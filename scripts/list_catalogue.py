"""The catalogue of flows and maps for `ergodica list`: its names, and everything about one system."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill, indent
from typing import TYPE_CHECKING, Any

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from ergodica.sims.dynamics.definition import Definition
    from ergodica.sims.simulation import Simulation

WIDTH = 100
SHOWN_EXPONENTS = 8


def catalogue_of(cls: type[Simulation]) -> Mapping[str, Definition] | None:
    """The catalogue of a command that has one, flows or maps."""
    from ergodica.sims.dynamics.catalogue import definitions

    kind = getattr(cls, "kind", None)
    return None if kind is None else definitions(kind)


def described(cls: type[Simulation], name: str) -> dict[str, Any]:
    """Everything about a system of the catalogue.

    Raises ParameterError for a command without a catalogue and for an unknown name, with the nearest ones.
    """
    known = catalogue_of(cls)
    if known is None:
        raise ParameterError(
            f"system: {cls.name} has no catalogue, got {name!r}; use ergodica list --system {name}"
        )
    return facts_of(cls, known[name])


def facts_of(cls: type[Simulation], definition: Definition) -> dict[str, Any]:
    """A definition as plain values, with what is computed of it."""
    from dataclasses import asdict

    equations = dict(definition.equations)
    hamiltonian = definition.hamiltonian
    return {
        "name": definition.name,
        "command": cls.name,
        "title": definition.title,
        "class": definition.category,
        "about": definition.about,
        "reference": definition.reference,
        "aliases": list(definition.aliases),
        "equations": equations,
        "hamiltonian": asdict(hamiltonian) if hamiltonian is not None else None,
        "define": dict(definition.define),
        "noise": dict(definition.noise),
        "parameters": {
            name: {"value": one.value, "meaning": one.meaning} for name, one in definition.parameters.items()
        },
        "initial": dict(definition.initial),
        "components": definition.size(),
        "stiff": definition.stiff,
        "computed": asdict(facts) if (facts := definition.facts) is not None else None,
    }


def page(found: Mapping[str, Any]) -> str:
    """What `facts_of` says, for a reader."""
    from ergodica.scripts.list_systems import table

    command, name = found["command"], found["name"]
    aliases = f", also {', '.join(found['aliases'])}" if found["aliases"] else ""
    parameters = [(key, f"{one['value']:g}  {one['meaning']}") for key, one in found["parameters"].items()]
    computed = _computed(found["computed"]) if found["computed"] else []
    sections = [
        f"{name}: {found['title']}{aliases}\n"
        + fill(f"{found['about']}", WIDTH, initial_indent="  ", subsequent_indent="  "),
        f"Equations ({found['class']}, {found['components']} components):\n{_equations(found)}",
        f"Parameters (--parameters.NAME VALUE):\n{table(parameters)}" if parameters else "",
        "Initial point:\n" + table([(key, f"{value}") for key, value in found["initial"].items()]),
        f"Computed at these values:\n{table(computed)}" if computed else "",
        f"Reference: {found['reference']}",
        f"Run it: ergodica simulate {command} --system {name}",
    ]
    return "\n\n".join(filter(None, sections))


def _equations(found: Mapping[str, Any]) -> str:
    after = "'" if found["command"] == "map" else ""
    before = "" if found["command"] == "map" else "d"
    under = "" if found["command"] == "map" else "/dt"
    lines = [f"{name} = {text}" for name, text in found["define"].items()]
    lines += [f"{before}{name}{under}{after} = {text}" for name, text in found["equations"].items()]
    if found["hamiltonian"] is not None:
        hamiltonian = found["hamiltonian"]
        pairs = zip(hamiltonian["positions"], hamiltonian["momenta"], strict=True)
        lines.append(f"H = {hamiltonian['energy']}")
        lines += [f"d{q}/dt = dH/d{p}, d{p}/dt = -dH/d{q}" for q, p in pairs]
    lines += [f"noise of {name}: {text}" for name, text in found["noise"].items()]
    return indent("\n".join(lines), "  ")


def _computed(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    exponents = [
        f"{value:.4g} +- {error:.1g}"
        for value, error in zip(facts["exponents"], facts["standard_errors"], strict=True)
    ]
    more = f", and {len(exponents) - SHOWN_EXPONENTS} more" if len(exponents) > SHOWN_EXPONENTS else ""
    rows = {
        "period": facts["period"],
        "Lyapunov exponents": ", ".join(exponents[:SHOWN_EXPONENTS]) + more,
        "mean divergence": facts["mean_divergence"],
        "Kaplan-Yorke dimension": facts["kaplan_yorke_dimension"],
        "Kolmogorov-Sinai entropy": facts["kolmogorov_sinai_entropy"],
    }
    return [
        (name, f"{value:.6g}" if isinstance(value, float) else str(value))
        for name, value in rows.items()
        if value not in (None, "")
    ]


def names(found: Mapping[str, Any], command: str) -> str:
    """The names of a catalogue, and how to see one of them."""
    listed = fill(
        ", ".join(found), WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )
    return (
        f"Catalogue (--system NAME), {len(found)} {command}s:\n{listed}\n"
        f"Equations, parameters and exponents of one: ergodica list {command} --system NAME"
    )
