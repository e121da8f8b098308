"""SIGINT and SIGTERM as exceptions that reach the command, wherever they arrive."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

LATER = 0.002  # seconds until a signal is delivered again that came at a bad moment
CALLED_BACK = ("llvmlite", "h5py", "h5netcdf", "ergodica.data.atomic")
"""Modules that C libraries call, or that call those that do: they cannot bear an exception from there."""
WITH_THREADS = ("ergodica.data.zarr_store", "ergodica.data.writing")
"""Modules that begin a store of Zarr, whose threads would go on with what was removed."""
IMPORTS = "<frozen importlib"


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM), which a run treats like Ctrl-C."""


@contextmanager
def interrupts() -> Iterator[None]:
    """Within the block SIGINT raises KeyboardInterrupt and SIGTERM Terminated, none of them lost.

    Most of a first run's compilation is spent in LLVM, so that a signal shows first in the callbacks from there
    to Python. An exception in them is dropped and leaves the compiler without its result; HDF5 ends the process
    when it cannot close a file that it writes through Python: the signal has to wait. It waits for the end of an
    import too, as extension modules that import others replace what comes out of them by an ImportError, and for
    that of a store that is being made. A second signal does not wait, and in an import ends the process. What a
    finalizer drops is delivered again, and an error that another library has made of the exception is the
    exception again.

    A SIGINT that is ignored, as in the background of a script, stays ignored. Outside the main thread, which
    alone gets signals, nothing changes.
    """
    kinds: dict[int, type[KeyboardInterrupt]] = {signal.SIGINT: KeyboardInterrupt, signal.SIGTERM: Terminated}
    waiting: list[type[KeyboardInterrupt]] = []
    raised: list[type[KeyboardInterrupt]] = []

    def deliver(number: int, frame: FrameType | None) -> None:
        if number in kinds:
            waiting.append(kinds[number])
        if not waiting:
            return
        importing = _importing(frame)
        patient = len(waiting) == 1 and (importing or _within(WITH_THREADS, frame))
        if patient or _within(CALLED_BACK, frame):
            signal.setitimer(signal.ITIMER_REAL, LATER)
            return
        if importing:
            # libraries in C++ abort, at length, when their import fails half-way
            last = signal.SIGTERM if waiting[-1] is Terminated else signal.SIGINT
            signal.signal(last, signal.SIG_DFL)
            signal.raise_signal(last)
        raised.append(waiting[-1])
        waiting.clear()
        raise raised[-1]

    def dropped(unraisable: sys.UnraisableHookArgs) -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            waiting.append(unraisable.exc_type)
            signal.setitimer(signal.ITIMER_REAL, LATER)
        else:
            hook_before(unraisable)

    before = {}
    hook_before = sys.unraisablehook
    try:
        for number in (*kinds, signal.SIGALRM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, deliver)
    except ValueError:  # not the main thread
        yield
        return
    sys.unraisablehook = dropped
    try:
        yield
        if waiting:
            raise waiting[-1]
    except Exception as error:
        if not raised:
            raise
        interrupt = raised[-1]()
        # notes and hints on its way up were given to the error
        vars(interrupt).update(vars(error))
        raise interrupt from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook_before


def _within(modules: Iterable[str], frame: FrameType | None) -> bool:
    names = (str(one.f_globals.get("__name__")) for one in _stack(frame))
    return any(f"{name}.".startswith(f"{module}.") for name in names for module in modules)


def _importing(frame: FrameType | None) -> bool:
    return any(one.f_code.co_filename.startswith(IMPORTS) for one in _stack(frame))


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
