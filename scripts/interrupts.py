"""SIGINT and SIGTERM as exceptions that reach the command, wherever they arrive."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LATER = 0.02  # seconds until a signal is delivered again that came at a bad moment


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM), which a run treats like Ctrl-C."""


@contextmanager
def interrupts() -> Iterator[None]:
    """Within the block SIGINT raises KeyboardInterrupt and SIGTERM Terminated, none of them lost.

    Most of a first run's compilation is spent in LLVM, so that a signal shows first in the callbacks from there
    to Python. An exception in them is dropped and leaves the compiler without its result: the signal has to
    wait. What a finalizer drops is delivered again.

    A SIGINT that is ignored, as in the background of a script, stays ignored. Outside the main thread, which
    alone gets signals, nothing changes.
    """
    kinds: dict[int, type[KeyboardInterrupt]] = {signal.SIGINT: KeyboardInterrupt, signal.SIGTERM: Terminated}
    waiting: list[type[KeyboardInterrupt]] = []

    def deliver(number: int, frame: FrameType | None) -> None:
        if number in kinds:
            waiting.append(kinds[number])
        if not waiting:
            return
        if _called_back_from_llvm(frame):
            signal.setitimer(signal.ITIMER_REAL, LATER)
            return
        kind = waiting[-1]
        waiting.clear()
        raise kind

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
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook_before


def _called_back_from_llvm(frame: FrameType | None) -> bool:
    while frame is not None:
        if "llvmlite" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
