"""`ergodica info` of a network: what it is, what it was trained on, how far."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ergodica.scripts import networks
from ergodica.scripts.list_systems import table
from ergodica.scripts.outputs import human, size


def _shown(value: Any) -> str:
    """A value as one would type it, pieces as text: `polynomial(degree=3)`."""
    from ergodica.scripts.describe import shown

    if isinstance(value, dict) and value:
        inside = ", ".join(f"{name}={_shown(one)}" for name, one in value.items() if name != "is")
        return f"{value['is']}({inside})" if "is" in value else inside
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return " + ".join(map(_shown, value))
    return shown(value)


def page(path: Path, said: dict[str, Any]) -> str:
    """Everything that the folder of a network says without its weights."""
    notes = said.get("notes") or {}
    config = said.get("config") or {}
    members = config.get("networks")
    own = members[0]["config"] if members else config
    what = f"{len(members)} networks {members[0]['name']}" if members else said["network"]
    # arrays of a model hold what it was measured to be wrong by, beside its weights
    numbers = "numbers" if networks.is_model(said) else "parameters"
    sections = [
        f"{path}: {what}, {said.get('parameters', '?')} {numbers}, {human(size(path))}",
        "Network:\n" + table([(name, _shown(value)) for name, value in own.items()]),
    ]
    if notes:
        rows = [(name, _shown(notes[name])) for name in notes if name != "config" and notes[name] is not None]
        system = (notes.get("config") or {}).get("system")
        sections.append("Trained on:\n" + table(([("system", system)] if system else []) + rows))
    course = networks.trained(path)
    if course:
        sections.append("Training:\n" + "\n".join(f"  {line}" for line in course))
    return "\n\n".join([*sections, f"Made by ergodica {said.get('version', '?')}"])
