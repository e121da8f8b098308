"""Where a dataset comes from: its global attributes, the code's version, the command that made it."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.data.configuration import to_json
from ergodica.data.schema import ERGODICA_SCHEMA

if TYPE_CHECKING:
    import xarray as xr

CONVENTIONS = "CF-1.11"
SOURCE_FOLDERS = ("src", "sims", "data", "estimators", "models", "scripts", "pyproject.toml")
GIT_SECONDS = 5.0
LONGEST_COMMAND = 2000


def make_attrs(*, title: str, references: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The global attributes of a dataset made now by this process.

    Args:
        title: what the dataset is, in one line.
        references: papers that describe the model; empty text leaves the attribute out.
        config: every parameter, seed, device and precision; stored as one JSON text in `ergodica_config`.

    Raises:
        ValueError: the title is empty or the config holds what JSON cannot.
    """
    if not title.strip():
        raise ValueError(f"title: must be filled text, got {title!r}; say in a few words what the dataset is")
    attributes = {
        "Conventions": CONVENTIONS,
        "title": title,
        "source": source(),
        "history": history_line(command_line()),
        "references": references,
        "ergodica_schema": ERGODICA_SCHEMA,
        "ergodica_config": to_json(config),
    }
    return {name: value for name, value in attributes.items() if value != ""}


def append_history(dataset: "xr.Dataset", line: str) -> "xr.Dataset":
    """A dataset whose `history` has one more line, stamped with the time; the data are shared."""
    earlier = str(dataset.attrs.get("history", "")).rstrip("\n")
    return dataset.assign_attrs(history="\n".join(filter(None, (earlier, history_line(line)))))


def history_line(what: str) -> str:
    """`what` behind the time now, in UTC."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}: {what}"


def command_line() -> str:
    """The command that started this process, as one would type it."""
    first, *rest = sys.argv or [""]
    if first in ("", "-", "-c"):
        return {
            "": "python (interactive)",
            "-": "python - (a script from standard input)",
            "-c": "python -c ...",
        }[first]
    path = Path(first)
    if path.name == "__main__.py":
        words = ["python", "-m", path.parent.name]
    else:
        words = ["python", first] if path.suffix == ".py" else [path.name]
    text = shlex.join([*words, *rest]).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= LONGEST_COMMAND else text[:LONGEST_COMMAND] + " ..."


@cache
def source() -> str:
    """Name and version of the code, with its git commit when run from a checkout; found once a process."""
    import ergodica

    text = f"ergodica {ergodica.__version__}"
    commit = _commit(Path(ergodica.__file__).resolve().parents[2])
    return f"{text}, git commit {commit}" if commit else text


def _commit(root: Path) -> str | None:
    """The commit of a checkout of ergodica and whether its code differs, or None."""
    # an environment inside another project's repository is not a checkout of ergodica
    if not (root / ".git").exists() or not (root / "src" / "ergodica").is_dir():
        return None
    # inside a git hook these variables point to another repository
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(root), "status", "--porcelain=v2", "--branch", "--", *SOURCE_FOLDERS]
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
            env={**environment, "GIT_OPTIONAL_LOCKS": "0"},
        ).stdout.splitlines()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    commits = [line.split()[2] for line in answer if line.startswith("# branch.oid ")]
    if not commits or commits[0] == "(initial)":
        return None
    return f"{commits[0]} ({'dirty' if any(not line.startswith('#') for line in answer) else 'clean'})"
