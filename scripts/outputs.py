"""Where a command writes: ending, folder and what is there already, all checked before anything is computed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ergodica.data.atomic import TEMPORARY
from ergodica.numerics.errors import ParameterError
from ergodica.scripts.networks import WEIGHTS

DATA = (".nc", ".zarr")


def output(path: str, endings: Iterable[str], *, force: bool) -> Path:
    """The path to write to; nothing is made yet.

    Raises ParameterError for another ending, a folder that cannot be written to, and for something that is there
    already unless `force` is given.
    """
    out = Path(path)
    known = tuple(endings)
    if out.suffix.lower() not in known:
        stem = "run" if out.name in (*known, "", "..") else out.stem
        listed = f"{', '.join(known[:-1])} or {known[-1]}"
        raise ParameterError(f"out: must end in {listed}, got {path!r}; use {out.with_name(stem + known[0])}")
    if out.is_dir() and out.suffix.lower() != ".zarr":
        raise ParameterError(f"out: must be a file, got the folder {path!r}; use another name")
    state = None if force else occupied(out)
    if state is not None:
        resume = "--resume goes on with it, " if "unfinished" in state else ""
        raise ParameterError(f"out: {out} {state}; {resume}--force overwrites it, -o names another file")
    _check_folder(out.parent)
    return out


def folder(path: str, *, markers: Iterable[str], what: str, force: bool) -> Path:
    """The folder to write to; nothing is made yet.

    Raises ParameterError for a file, a folder of other things, one that cannot be written to, and, unless `force` is
    given, for one that has a file of `markers`, hence holds `what`.
    """
    out = Path(path)
    if os.path.lexists(out) and not out.is_dir():
        raise ParameterError(f"out: must be a folder, got the file {path!r}; use another name")
    there = any((out / name).exists() for name in markers)
    if not there and out.is_dir() and not all(map(_left_by_a_kill, os.listdir(out))):
        raise ParameterError(f"out: {out} holds other things than {what}; use a folder of its own")
    if there and not force:
        raise ParameterError(
            f"out: {out} holds {what}; --resume goes on with it, --force replaces it, -o names another folder"
        )
    _check_folder(out if out.is_dir() else out.parent)
    return out


def _left_by_a_kill(name: str) -> bool:
    """Whether a file may lie in a folder that a process was killed in before there was anything of use."""
    return name.startswith(".") or name.endswith(TEMPORARY) or name == WEIGHTS


def occupied(out: Path) -> str | None:
    """What is at a path in the way of a new file, in words; None when nothing is."""
    if out.suffix.lower() in DATA:
        from ergodica.data.parts import Parts

        # a .zarr grows in place; a .nc appears when its run is finished
        if (out.suffix.lower() == ".zarr" or not out.exists()) and Parts(out).manifest() is not None:
            return "is an unfinished run"
    return "is there already" if os.path.lexists(out) else None


def _check_folder(folder: Path) -> None:
    existing = folder.absolute()
    while not os.path.lexists(existing):
        existing = existing.parent
    if not existing.is_dir():
        raise ParameterError(
            f"out: its folder {folder} cannot be, {existing} is no folder; choose another folder"
        )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ParameterError(f"out: {existing} cannot be written to; choose another folder")


def size(path: Path) -> int:
    """Bytes of a file or of all files in a folder."""
    if path.is_dir():
        return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    return path.stat().st_size if path.exists() else 0


def human(count: float) -> str:
    """A number of bytes in words.

    >>> human(13_200_000)
    '13.2 MB'
    """
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def duration(seconds: float) -> str:
    """A time in words.

    >>> duration(0.034), duration(75), duration(9000)
    ('0.034 s', '75 s', '2.5 h')
    """
    for unit, length, until in (("s", 1, 100), ("min", 60, 6000), ("h", 3600, 180_000)):
        if seconds < until:
            return f"{seconds / length:.2g} {unit}"
    return f"{seconds / 86400:.3g} days"
