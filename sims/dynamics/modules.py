"""Generated source kept in files named by a hash, so that numba's disk cache hits in the next process.

A file is written once, atomically, under the cache folder of this state of the package's sources, and never changed.
"""

from __future__ import annotations

import importlib.util
import linecache
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from ergodica.numerics.cache import cache_folder

_lock = threading.RLock()


def module(key: str, generate: Callable[[], str]) -> ModuleType:
    """The module whose source `generate` gives; it is called only where no earlier process has kept the source.

    `key` names everything that the source depends on beside the package itself.
    """
    name = f"_ergodica_{key.replace('-', '_')}"
    with _lock:
        if name not in sys.modules:
            folder = cache_folder()
            sys.modules[name] = (
                in_memory(name, generate())
                if folder is None
                else _kept(name, folder / "generated" / f"{key}.py", generate)
            )
        return sys.modules[name]


def _kept(name: str, path: Path, generate: Callable[[], str]) -> ModuleType:
    if not path.exists():
        text = generate()
        try:
            _write(path, text)
        except OSError:  # a full disk: this process goes on without a file
            return in_memory(name, text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        # the first writer wins: replacing would change the file's time, by which numba's cache goes
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)


def in_memory(name: str, text: str) -> ModuleType:
    """A module without a file; its kernels are compiled again by every process."""
    made = ModuleType(name)
    made.__file__ = f"<{name}>"
    linecache.cache[made.__file__] = (len(text), None, text.splitlines(keepends=True), made.__file__)
    exec(compile(text, made.__file__, "exec"), made.__dict__)
    return made
