"""One line at a terminal when code is compiled, so that a first use is no silence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ergodica.numerics import guarded
from ergodica.scripts.ending import say

WORDS = "compiling, kept on disk for the next time"


@contextmanager
def said_once() -> Iterator[None]:
    """A block in which the first kernel that is not on disk is told of, where stderr is a terminal."""
    said = False

    def tell() -> None:
        nonlocal said
        if not said and sys.stderr is not None and sys.stderr.isatty():
            say(WORDS)
        said = True

    before, guarded.on_miss = guarded.on_miss, tell
    try:
        yield
    finally:
        guarded.on_miss = before
