"""The folder of a training: what lies in it, and who may write there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ergodica.data.atomic import TEMPORARY, is_full, remove, replace_file
from ergodica.data.file_errors import DamagedFile, DiskFullError, NewerSchema, OutputExists
from ergodica.data.lock import Lock
from ergodica.data.overwriting import unusable
from ergodica.models.checkpoint import ARCHITECTURE, WEIGHTS
from ergodica.models.tensors import digest, pack, unpack
from ergodica.models.torch_needed import torch
from ergodica.models.training.metrics import EVENTS, LINES
from ergodica.numerics.errors import ParameterError

FORMAT = 1
STATE, SETTINGS, LOCK = "state.safetensors", "state.json", ".lock"
ANEW = "overwrite=True, at a shell --force"
OURS = (WEIGHTS, ARCHITECTURE, STATE, SETTINGS, LINES, EVENTS, LOCK)


@dataclass(frozen=True)
class Held:
    """An unfinished or finished training that was read.

    Attributes:
        settings: what it was asked for.
        tensors: weights, average, best weights, moments.
        progress: numbers beside them.
    """

    settings: dict[str, Any]
    tensors: dict[str, torch.Tensor]
    progress: dict[str, Any]

    def part(self, prefix: str) -> dict[str, torch.Tensor]:
        """The tensors whose name begins with `prefix` and a point, without it."""
        start = f"{prefix}."
        return {n.removeprefix(start): t for n, t in self.tensors.items() if n.startswith(start)}


def folder_of(out: str | os.PathLike[str], *, resume: bool, overwrite: bool) -> Path:
    """`out` as a path where a training may be written.

    Raises:
        OutputExists: there is a training or a network and neither `resume` nor `overwrite` is given, or something else
            is there, which is never deleted.
        ParameterError: it is no path.
    """
    text = os.fspath(out) if isinstance(out, str | os.PathLike) else None
    if not isinstance(text, str) or "\0" in text or not text:
        raise ParameterError(f"out: must be the path of a folder, got {out!r}; use out='nets/first'")
    folder = Path(text)
    with unusable(folder):
        if folder.exists() and not folder.is_dir():
            raise OutputExists(
                f"out: {folder} is no folder and is never deleted; use another name or move it away"
            )
        names = {name for name in os.listdir(folder)} if folder.exists() else set()
    if SETTINGS in names:
        if not resume and not overwrite:
            raise OutputExists(
                f"out: {folder} holds a training; use resume=True to go on with it, overwrite=True to replace it, or "
                "another folder"
            )
    elif resume and not overwrite and STATE in names:
        raise damaged(folder / SETTINGS, "is gone")
    elif ARCHITECTURE in names:
        if not overwrite:
            raise OutputExists(
                f"out: {folder} holds a network and no training to go on with; use overwrite=True to replace it, "
                "at a shell --force, or another folder"
            )
    else:
        strange = sorted(
            name for name in names if name.removesuffix(TEMPORARY) not in OURS and not name.startswith(".")
        )
        if strange:
            raise OutputExists(
                f"out: {folder} is a folder without a network, with {', '.join(strange[:3])}; use another name"
            )
    return folder


def read(folder: Path) -> Held | None:
    """The training in a folder; None when there is none, or none that has begun.

    Raises:
        DamagedFile: a file cannot be read or was changed.
        NewerSchema: a later version of ergodica wrote it.
    """
    if not (folder / SETTINGS).is_file():
        return None
    if not (folder / STATE).is_file():
        if (folder / ARCHITECTURE).exists() or (folder / WEIGHTS).exists():
            raise damaged(folder / STATE, "is gone")
        return None
    try:
        said = json.loads((folder / SETTINGS).read_bytes())
        number, settings = said["format"], said["settings"]
    except (ValueError, TypeError, KeyError) as error:
        raise damaged(folder / SETTINGS, f"is damaged ({error})") from error
    if number > FORMAT:
        raise NewerSchema(
            f"out: {folder} has format {number!r}, known are up to {FORMAT}; use a newer ergodica to go on with it"
        )
    tensors, notes = unpack(folder / STATE)
    progress = notes.get("progress", "")
    if notes.get("digest") != digest(tensors, progress):
        raise damaged(folder / STATE, "is damaged")
    return Held(settings, tensors, json.loads(progress))


def progress_of(folder: Path) -> dict[str, Any]:
    """The numbers beside the weights of a training; none where there is no training."""
    held = read(folder)
    return {} if held is None else held.progress


def damaged(path: Path, what: str) -> DamagedFile:
    """What is said of a file without which a training cannot go on as it was."""
    return DamagedFile(f"out: {path} {what}; put a copy of it back, or start anew ({ANEW})")


def claim(folder: Path, settings: Mapping[str, Any], *, fresh: bool) -> Lock:
    """Takes the folder for this process and writes down what is asked for; `fresh` removes an earlier training.

    Raises:
        OutputBusy: another process writes there.
        ParameterError: the network's config is no JSON, or the folder cannot be made.
    """
    from ergodica import __version__

    said = {"format": FORMAT, "version": __version__, "torch": torch.__version__, "settings": settings}
    try:
        text = json.dumps(said, indent=1)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"config: of the network must be JSON ({error}); keep numbers, text and lists in it and tensors in buffers"
        ) from error
    with unusable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = Lock.acquire(folder / LOCK)
        if fresh:
            for name in OURS:
                if name != LOCK:
                    remove(folder / name)
        replace_file(folder / SETTINGS, f"{text}\n".encode())
    return lock


def write(folder: Path, tensors: Mapping[str, torch.Tensor], progress: Mapping[str, Any]) -> None:
    """Replaces the state in one step."""
    text = json.dumps(progress)
    with unusable(folder):
        replace_file(folder / STATE, pack(tensors, {"progress": text, "digest": digest(tensors, text)}))


@contextmanager
def room(folder: Path) -> Iterator[None]:
    """A block in which a full disk is said in one line.

    Raises:
        DiskFullError: there is no room left; what was written before is whole.
    """
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        full = DiskFullError(
            f"out: {folder}: no room on the disk ({error.strerror}); its last checkpoint is safe: make room and use "
            "resume=True"
        )
        full.errno = error.errno
        raise full from error


def refuse_differences(held: Mapping[str, Any], asked: Mapping[str, Any], folder: Path, reached: int) -> None:
    """Raises unless the training asked for is the one that is there, with as many steps or more.

    Raises:
        ParameterError: the first setting that differs.
    """
    asked = json.loads(json.dumps(asked))  # as the file has them, tuples as lists
    # in the order in which they are said to `fit`: what follows from others comes last
    for name in dict.fromkeys([*asked, *held]):
        # what an earlier version did not write down is taken as asked
        if name != "steps" and held.get(name, asked.get(name)) != asked.get(name):
            raise ParameterError(
                f"{name}: must be as in {folder} to resume it, got {asked.get(name)!r} instead of {held.get(name)!r}; "
                "use the same value or another folder"
            )
    if asked["steps"] < reached:
        raise ParameterError(
            f"steps: must be at least the {reached} of {folder} to resume it, got {asked['steps']}; use "
            f"steps={reached} or another folder"
        )
