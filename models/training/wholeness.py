"""Steps that an interrupt does not cut in two."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
"""The last one delivers the others again where they had to wait."""


class Whole:
    """A block that SIGINT and SIGTERM wait for, where Python handles them; a second one does not wait.

    Attributes:
        broken: whether a block was left by an error, so that what it changes may be half changed.
    """

    def __init__(self) -> None:
        self.broken = False
        self._inside = False
        self._waiting: Callable[[], Any] | None = None

    def __enter__(self) -> None:
        self._inside = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.broken = self.broken or error is not None
        self._inside = False
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Where blocks are protected; the handlers of before are put back at its end."""
        before: dict[int, Any] = {}

        def handle(number: int, frame: FrameType | None) -> None:
            if self._inside and self._waiting is None:
                self._waiting = lambda: before[number](number, frame)
            else:
                before[number](number, frame)

        # signals reach the main thread alone
        main = threading.current_thread() is threading.main_thread()
        for number in map(int, SIGNALS if main else ()):
            if callable(signal.getsignal(number)):
                before[number] = signal.getsignal(number)
                signal.signal(number, handle)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
