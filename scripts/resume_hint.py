"""What to say about a run that ended early: what is safe, and the command that goes on."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path

from ergodica.numerics.errors import ParameterError, RunError
from ergodica.scripts.ending import add_hints
from ergodica.scripts.networks import CHECKPOINT

COMMAND: ContextVar[Sequence[str]] = ContextVar("command", default=())
"""The words of the command that runs, without the leading `ergodica`."""


def at_fault(error: BaseException) -> bool:
    """Whether an error speaks of what was asked or of what lies at the output, so that the same words meet it again."""
    from ergodica.data import file_errors

    return isinstance(
        error,
        (
            ParameterError,
            file_errors.DamagedFile,
            file_errors.MissingFile,
            file_errors.NewerSchema,
            file_errors.NotErgodicaFile,
            file_errors.OutputBusy,  # its message says to wait
            file_errors.OutputExists,
        ),
    )


def resume_hint(out: Path, error: BaseException) -> list[str]:
    """Lines for a run that ended before its end; none when nothing of it is on disk, or the file is at fault."""
    from ergodica.data import file_errors, files

    if at_fault(error) or not files.recorded(out):
        return []
    try:
        with files.open(out) as ds:
            frames = ds.sizes.get("t", 0)
            finished = not ds.encoding.get("unfinished")
    except (file_errors.DamagedFile, file_errors.NotErgodicaFile, file_errors.NewerSchema):
        return []
    except Exception:
        # the ending of the run is what matters here, not why its file cannot be looked at
        return [f"the run in {out} may be gone on with: {resume_command()}"]
    if finished and "--resume" not in COMMAND.get():
        # what is there is an earlier run, which this one was to replace
        return []
    safe = f"{frames} snapshot{'s' * (frames != 1)} of {out} {'are' if frames != 1 else 'is'} safe"
    if isinstance(error, RunError):  # which would come again
        return [f"{safe}; `ergodica plot {out}` and ergodica.open show them"]
    return [f"{safe}; go on with: {resume_command()}"]


@contextlib.contextmanager
def hint_of_training(target: Path) -> Iterator[None]:
    """A block that trains into a folder: how it ends early says what lies there and how to go on."""
    try:
        yield
    except BaseException as error:
        if not at_fault(error) and any(target.rglob(CHECKPOINT)):
            add_hints(error, [f"what was learned lies in {target}; go on with: {resume_command()}"])
        raise


def resume_command() -> str:
    """The command that goes on with the run, to be typed in the same folder."""
    words = [word for word in COMMAND.get() if word not in ("--force", "--resume")]
    return f"{shlex.join(['ergodica', *words])} --resume"
