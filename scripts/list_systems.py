"""`ergodica list`: the systems, and all that can be set in one of them."""

from __future__ import annotations

import json
from textwrap import fill, indent
from typing import Annotated, Any

from cyclopts import Parameter

from ergodica.numerics.errors import ParameterError

WIDTH = 100
MARK = "*"


def list_systems(
    system: Annotated[
        str | None,
        Parameter(
            help="show one system with everything that can be set in it, or the word estimators or networks"
        ),
    ] = None,
    estimator: Annotated[
        str | None,
        Parameter(
            help="after the word estimators or networks: show one with its options, formula and source"
        ),
    ] = None,
    /,
    *,
    named: Annotated[
        str | None,
        Parameter(
            name="--system",
            metavar="NAME",
            help="show one flow or map of the catalogue: equations, parameters, period, exponents, reference",
        ),
    ] = None,
    as_json: Annotated[
        bool, Parameter(name="--json", negative="", show_default=False, help="print JSON for programs")
    ] = False,
) -> None:
    """Show the systems, their presets, parameters and ranges, or the estimators, or the networks."""
    from ergodica.scripts import describe, list_estimators, list_networks
    from ergodica.sims.registry import system as find
    from ergodica.sims.registry import systems

    if system == list_estimators.WORD:
        piece = None if estimator is None else list_estimators.piece(estimator)
        if piece is not None:
            print(json.dumps(piece, indent=2) if as_json else list_estimators.piece_page(piece))
            return
        estimators = list_estimators.described(estimator)
        if as_json:
            print(json.dumps(estimators, indent=2))
        else:
            print(
                list_estimators.overview(estimators)
                if estimator is None
                else list_estimators.page(estimators[0])
            )
        return
    if system == list_networks.WORD:
        found = list_networks.described(estimator)
        if as_json:
            print(json.dumps(found, indent=2))
        else:
            print(list_networks.overview(found) if estimator is None else list_networks.page(found[0]))
        return
    if estimator is not None:
        raise ParameterError(
            f"estimator: must follow the word {list_estimators.WORD} or {list_networks.WORD}, got {estimator!r} after "
            f"{system!r}; use ergodica list {list_estimators.WORD} {estimator}"
        )
    if named is not None:
        from ergodica.scripts import list_catalogue
        from ergodica.scripts.simulate import command_of

        one = list_catalogue.described(find(system or command_of(named)), named)
        print(json.dumps(one, indent=2) if as_json else list_catalogue.page(one))
        return
    if system is not None:
        try:
            described = describe.system(find(system))
        except ParameterError as error:
            others = f"ergodica list {list_estimators.WORD}, ergodica list {list_networks.WORD}"
            raise ParameterError(f"{error} (what is no system: {others})") from None
        print(json.dumps(described, indent=2) if as_json else _page(described))
        return
    all_of_them = [describe.system(cls) for cls in systems().values()]
    print(json.dumps(all_of_them, indent=2) if as_json else "\n\n".join(map(_summary, all_of_them)))
    if not as_json:
        print("\nEverything that can be set in one: ergodica list SYSTEM")
        print("One flow or map of the catalogue: ergodica list --system NAME")
        print(f"Estimators of entropy and information: ergodica list {list_estimators.WORD}")
        print(f"Networks that can be trained: ergodica list {list_networks.WORD}")


def _summary(found: dict[str, Any]) -> str:
    catalogue = f", {len(found['catalogue'])} in the catalogue" if found["catalogue"] else ""
    return f"{found['name']}: {found['title']}{catalogue}\n{_presets(found)}"


def _presets(found: dict[str, Any]) -> str:
    rows = [
        (one["name"], one["summary"] + (" (default)" if one["name"] == found["default_preset"] else ""))
        for one in found["presets"]
    ]
    return table(rows)


def _page(found: dict[str, Any]) -> str:
    name = found["name"]
    sections = [
        f"{name}: {found['title']}",
        indent(found["description"], "  "),
        f"Devices: {', '.join(found['devices'])}",
        f"Presets (--preset NAME):\n{_presets(found)}",
        f"Parameters ({MARK} takes one value, or one a member as 1,2,3):\n{_parameters(found['parameters'])}",
    ]
    states = [
        f"  {state['name']}: {state['summary']}\n{indent(_parameters(state['parameters']), '  ')}".rstrip()
        for state in found["initial_states"]
    ]
    if states:
        sections.append(
            "Initial states (--initial NAME) and their parameters (--initial-parameters.NAME VALUE):\n"
            + "\n".join(states)
        )
    if found["optional_variables"]:
        sections.append(
            "Optional variables (--record NAME):\n" + table(list(found["optional_variables"].items()))
        )
    if found["catalogue"]:
        from ergodica.scripts import list_catalogue

        sections.append(list_catalogue.names(found["catalogue"], name))
    sections.append(f"Run it: ergodica simulate {name} --help")
    return "\n\n".join(sections)


def _parameters(rows: list[dict[str, Any]]) -> str:
    from ergodica.scripts.describe import facts

    return table(
        [
            (
                row["name"] + MARK * row["per_member"],
                f"{row['description']} [{facts(row | {'per_member': False})}]",
            )
            for row in rows
        ]
    )


def table(rows: list[tuple[str, str]]) -> str:
    """Names and what they are, in two columns."""
    if not rows:
        return ""
    left = max(len(name) for name, _ in rows) + 4
    return "\n".join(
        fill(text, WIDTH, initial_indent=f"  {name}".ljust(left), subsequent_indent=" " * left)
        for name, text in rows
    )
