"""`ergodica list estimators`: every estimator by family, what it needs and costs, and everything about one."""

from __future__ import annotations

import inspect
from textwrap import fill
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ergodica.estimators.registry import Entry

WIDTH = 100
WORD = "estimators"


def described(name: str | None) -> list[dict[str, Any]]:
    """All estimators, or one, as plain values."""
    from ergodica.estimators.registry import estimators, find

    entries = estimators().values() if name is None else [find(name)]
    return [_facts(entry) for entry in entries]


def piece(name: str) -> dict[str, Any] | None:
    """What stands around estimators, or is an option of theirs, as plain values; None for any other name."""
    from ergodica.estimators.claims import Claims
    from ergodica.estimators.expressions import own_options, pieces
    from ergodica.estimators.registry import around

    if name in around():
        function = around()[name]
        accepted = inspect.signature(function).parameters
        options = {one: repr(accepted[one].default) for one in own_options(name)}
        found, use = function, f"{name}(ESTIMATOR(...), option=value)"
    elif name in pieces():
        found = pieces()[name]
        accepted = inspect.signature(found).parameters
        options = {
            one.name: "..." if one.default is one.empty else repr(one.default) for one in accepted.values()
        }
        use = f"an option of estimators, as {name}(option=value)"
    else:
        return None
    claims = getattr(found, "claims", None)
    told = {"needs": claims.needs, "cost": claims.cost} if isinstance(claims, Claims) else {}
    text = inspect.getdoc(found) or ""
    return {"name": name, "use": use, "options": options, **told, "description": text}


def piece_page(one: dict[str, Any]) -> str:
    """Everything about what `piece` found."""
    options = ", ".join(f"{name}={value}" for name, value in one["options"].items())
    sections = [f"{one['name']}({options})", one["description"]]
    if "needs" in one:
        sections.append(f"Needs {one['needs']}\nCosts {one['cost']}")
    return "\n\n".join([*sections, f"Used as: {one['use']}"])


def _facts(entry: Entry) -> dict[str, Any]:
    accepted = inspect.signature(entry.function).parameters.values()
    options = {one.name: repr(one.default) for one in accepted if one.kind is inspect.Parameter.KEYWORD_ONLY}
    return {
        "name": entry.name,
        "family": entry.family,
        "summary": entry.summary,
        "takes": dict(entry.takes),
        "options": options,
        "needs": entry.claims.needs,
        "cost": entry.claims.cost,
        "invariances": sorted(entry.claims.invariances),
        "known answers": [one.name for one in entry.claims.exact],
    }


def overview(found: list[dict[str, Any]]) -> str:
    """A paragraph a family, a line or two an estimator."""
    sections = []
    for family in dict.fromkeys(one["family"] for one in found):
        rows = [one for one in found if one["family"] == family]
        sections.append(f"{family.capitalize()}\n" + "\n".join(map(_row, rows)))
    return "\n\n".join([*sections, _around()]) + (
        "\n\nOptions, sources and formulas of one, or of a piece such as KSG: ergodica list estimators NAME"
        '\nMeasure with it: ergodica measure run.nc -q "NAME(option=value)"'
    )


def _around() -> str:
    """What takes an estimator in place of data."""
    from ergodica.estimators.registry import around

    margin = " " * 6
    rows = []
    for name, function in around().items():
        summary = (inspect.getdoc(function) or "").splitlines()[0]
        text = fill(summary, WIDTH, initial_indent=margin, subsequent_indent=margin)
        rows.append(f"  {name}(ESTIMATOR(...))\n{text}")
    return "Around any of these\n" + "\n".join(rows)


def _row(one: dict[str, Any]) -> str:
    text = f"{one['summary']} Needs {one['needs'].rstrip('.')}; {one['cost']}."
    head = f"  {one['name']}({', '.join(one['takes'])})"
    return f"{head}\n" + fill(text, WIDTH, initial_indent="      ", subsequent_indent="      ")


def page(one: dict[str, Any]) -> str:
    """Everything about one estimator: its docstring, needs, cost and claims."""
    from ergodica.estimators.registry import DATA_KINDS, find

    entry = find(one["name"])
    takes = "\n".join(f"  {name}: {DATA_KINDS[kind]}" for name, kind in one["takes"].items())
    options = ", ".join(f"{name}={value}" for name, value in one["options"].items())
    invariances = ", ".join(one["invariances"]) or "none"
    sections = [
        f"{one['name']}({', '.join(one['takes'])}, {options})",
        inspect.getdoc(entry.function) or "",
        f"Takes:\n{takes}",
        f"Needs {one['needs']}\nCosts {one['cost']}",
        f"Unchanged by: {invariances}\nHeld to: {', '.join(one['known answers']) or 'no closed form'}",
        f"Family: {one['family']}",
    ]
    return "\n\n".join(sections)
