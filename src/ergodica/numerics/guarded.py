"""numba's disk cache, made safe against other processes, damaged files and full disks."""

from __future__ import annotations

import contextlib
import functools
import pickle
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

on_miss: Callable[[], None] | None = None
"""Called for each kernel that is not on disk, before it is compiled."""


class GuardedCache:
    """A numba function cache that never stops a run and never returns code made for other argument types.

    Two processes that save at the same instant can leave numba's index pointing at each other's files. Saving
    takes a lock between processes, and what is loaded is checked against what was asked for.
    """

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def load_overload(self, sig: Any, target_context: Any) -> Any | None:
        """The stored machine code for `sig`, or None, also where what is stored cannot be read."""
        from numba.core import sigutils

        normalize: Any = sigutils.normalize_signature
        try:
            found = self._cache.load_overload(sig, target_context)
        except Exception:  # a file cut short fails in as many ways as unpickling has
            with contextlib.suppress(OSError):
                self._cache.flush()
            found = None
        if found is not None and tuple(found.signature.args) != tuple(normalize(sig)[0]):
            found = None
        if found is None and on_miss is not None:
            on_miss()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Store machine code; where that fails the run goes on, with one warning."""
        try:
            with _one_process_at_a_time(Path(self._cache.cache_path)):
                self._cache.save_overload(sig, data)
        except OSError as error:
            _warn_once(str(error))
        except (pickle.PicklingError, AttributeError, TypeError):
            return  # the function holds something that only this process has: nothing to keep


@contextlib.contextmanager
def _one_process_at_a_time(folder: Path) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        # without locks (Windows, some network disks) the check on loading still holds
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            folder.mkdir(parents=True, exist_ok=True)
            handle = stack.enter_context(open(folder / ".lock", "w"))
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@functools.cache
def _warn_once(reason: str) -> None:
    warnings.warn(
        f"cache folder: must take a compiled kernel, got {reason}; the run goes on and the next process "
        "compiles again; make room or set ERGODICA_CACHE_DIR to another folder",
        RuntimeWarning,
        stacklevel=2,
    )


def numba_config(name: str) -> Any:
    """The value of `numba.config.name`, which numba's type stubs do not list."""
    import numba

    return getattr(numba.config, name)


@contextlib.contextmanager
def numba_setting(name: str, value: Any) -> Iterator[None]:
    """A block in which `numba.config.name` is `value`; nothing else compiles meanwhile."""
    import numba
    from numba.core.compiler_lock import global_compiler_lock

    lock: Any = global_compiler_lock
    with lock:
        before = getattr(numba.config, name)
        setattr(numba.config, name, value)
        try:
            yield
        finally:
            setattr(numba.config, name, before)


def without_performance_warnings(compile_: Callable[..., Any]) -> Callable[..., Any]:
    """The same compilation without numba's advice to authors, such as that a loop was not made parallel."""

    @functools.wraps(compile_)
    def quiet(*args: Any, **kwargs: Any) -> Any:
        with numba_setting("DISABLE_PERFORMANCE_WARNINGS", 1):
            return compile_(*args, **kwargs)

    return quiet
