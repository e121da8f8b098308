"""How a command ends: its exit code, and one line for whatever went wrong."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from textwrap import shorten
from typing import Any

from cyclopts import CycloptsError, UnknownOptionError

from ergodica.numerics.errors import ParameterError, RunError
from ergodica.scripts.interrupts import Terminated, interrupts

DONE, FAILED, USAGE = 0, 1, 2
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
BROKEN_PIPE = 128 + signal.SIGPIPE
DEBUG = "ERGODICA_DEBUG"
COLOURS = re.compile("\x1b\\[[0-9;]*m")
LONGEST = 300
HINTS = "command_line_hints"
NOTHING_MORE_FITS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ExitCode:
    """What a command returned, as an exit code."""

    def __init__(self) -> None:
        self.value = DONE

    def __call__(self, result: Any) -> None:
        self.value = result if isinstance(result, int) else DONE


def take_debug(tokens: Sequence[str]) -> tuple[list[str], bool]:
    """The words of a command line without `--debug`, and whether tracebacks are wanted."""
    words = list(tokens)
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word != "--debug"] + words[end:]
    return kept, len(kept) < len(words) or os.environ.get(DEBUG, "") not in ("", "0")


def add_hints(error: BaseException, hints: Sequence[str]) -> None:
    """Attach lines that are said after the line of an error."""
    setattr(error, HINTS, tuple(hints))


@contextmanager
def ending(debug: bool) -> Iterator[ExitCode]:
    """Run a command so that errors end in one line and a code, warnings in one line, SIGTERM like Ctrl-C."""
    code = ExitCode()
    try:
        with _warnings_in_one_line(), interrupts():
            yield code
            # a pipe that was closed, or a full disk behind it, shows here and not at exit
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # what is still buffered would fail once more when the interpreter ends
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code.value = BROKEN_PIPE
    except SystemExit as error:
        code.value = error.code if isinstance(error.code, int) else FAILED
    except BaseException as error:
        if debug:
            traceback.print_exception(error)
        code.value, text = verdict(error)
        say(text)
        for hint in getattr(error, HINTS, ()):
            say(hint)


def say(text: str) -> None:
    """A line about the command itself, on stderr, whatever it is made of."""
    line = f"ergodica: {' '.join(text.split())}"
    with suppress(OSError, ValueError):
        _clear_progress_bar()
        print(line.encode(errors="backslashreplace").decode(errors="replace"), file=sys.stderr, flush=True)


def verdict(error: BaseException) -> tuple[int, str]:
    """The exit code of an error and the line that tells it."""
    if isinstance(error, Terminated):
        return TERMINATED, "stopped by SIGTERM"
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, "interrupted"
    if isinstance(error, CycloptsError):
        return USAGE, f"error: {_usage(error)}"
    message = f"error: {_words(error)}"
    if _no_room(error):
        return FAILED, message
    if isinstance(error, RunError):
        return FAILED, message
    if isinstance(error, ParameterError) or _refused_by_us(error) or isinstance(error, PATH_ERRORS):
        return USAGE, message
    if isinstance(error, MemoryError):
        return FAILED, "error: memory is used up; ask for fewer points, members or snapshots"
    if isinstance(error, OSError):
        return FAILED, message
    text = shorten(COLOURS.sub("", str(error)), LONGEST, placeholder=" ...")
    return FAILED, (
        f"error: unexpected {type(error).__name__}: {text}; --debug or {DEBUG}=1 shows where it comes from"
    )


TABLE_OPTION = re.compile(r'Invalid value for (--[\w.-]+): unable to convert (".*") into dict')
PATH_ERRORS = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


def _usage(error: CycloptsError) -> str:
    try:
        text = str(error)
    except Exception:
        # cyclopts looks through every command for a suggestion, and one of them may not load
        text = f"{type(error).__name__}: {' '.join(error.unused_tokens or [])}"
    text = " ".join(text.split()).rstrip(".")
    if isinstance(error, UnknownOptionError):
        text = _parameter_instead(error) or text
    table = TABLE_OPTION.match(text)
    if table:
        text = f"{table[1]}: must name what it sets, got {table[2]}; use {table[1]}.NAME VALUE"
    chain = " ".join(["ergodica", *(error.command_chain or ())])
    return text if text.endswith("?") else f"{text}; see {chain} --help"


def _parameter_instead(error: UnknownOptionError) -> str | None:
    """A remedy for the bare name of a parameter of the flow or map that the command names."""
    from ergodica.scripts.resume_hint import COMMAND
    from ergodica.scripts.simulate import argument, definition_of

    keyword = error.token.keyword or error.token.value
    name = keyword.lstrip("-").partition("=")[0].replace("-", "_")
    asked = argument(list(COMMAND.get()), "--system")
    definition = None if asked is None else definition_of(asked)
    if definition is None or name not in definition.parameters:
        return None
    return f'Unknown option: "{keyword}". Did you mean "--parameters.{name}"?'


def _words(error: BaseException) -> str:
    # str(KeyError) is the repr of its message
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    if isinstance(error, OSError) and error.errno is not None and error.strerror and not _ours(error):
        where = f"{os.fspath(error.filename)!s}: " if error.filename is not None else ""
        return f"{where}{error.strerror[:1].lower()}{error.strerror[1:]}; check the path, its rights and the disk"
    return str(error) or type(error).__name__


def _ours(error: BaseException) -> bool:
    return type(error).__module__.split(".")[0] == "ergodica"


def _no_room(error: BaseException) -> bool:
    return getattr(error, "nothing_more_fits", False) or (
        isinstance(error, OSError) and error.errno in NOTHING_MORE_FITS
    )


def _refused_by_us(error: BaseException) -> bool:
    """Whether our own code raised this on purpose: other libraries' ValueErrors are defects of ours."""
    if _ours(error):
        return True
    if not isinstance(error, ValueError | TypeError | KeyError | ImportError):
        return False
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return False
    frame = last.tb_frame
    raised = type(error) in (ValueError, TypeError, KeyError, ImportError) and ": " in str(error)
    return raised and str(frame.f_globals.get("__name__", "")).split(".")[0] == "ergodica"


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    with warnings.catch_warnings():
        # ours are UserWarnings; what libraries deprecate is not the business of someone at a shell
        warnings.simplefilter("ignore")
        warnings.simplefilter("default", UserWarning)
        warnings.simplefilter("default", RuntimeWarning)
        warnings.showwarning = _show_warning
        yield


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: Any = None,
) -> None:
    say(f"warning: {message}")


def _clear_progress_bar() -> None:
    tqdm = sys.modules.get("tqdm")
    if tqdm is not None:
        for bar in list(getattr(tqdm.tqdm, "_instances", ())):
            try:
                bar.clear()
            except AttributeError:
                # an interrupt left it half built: it would fail once more, aloud, when it is deleted
                bar.disable = True
