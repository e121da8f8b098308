"""Where compiled kernels are kept: one folder for each state of the sources, numba and numpy.

`numba.njit(cache=True)` looks only at the file of the function itself, so that a callee edited in another file
leaves its callers stale. Here the folder is named by a hash of every source file of the package, so an edit
starts a new one. A function from elsewhere (a user's script) adds a hash of its code and of all it refers to.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ergodica.numerics.references import fingerprint

FOLDERS_KEPT = (
    4  # two checkouts, each before and after an edit, share the user's cache without evicting each other
)
DAY = 86400.0  # a folder used within it may belong to a running process
_COMPILED_WITH = ("numba", "llvmlite", "numpy", "rocket-fft")  # whose code ends up in ours


def cache_root() -> Path:
    """The user's cache folder for ergodica: `ERGODICA_CACHE_DIR`, else the platform's convention."""
    if chosen := os.environ.get("ERGODICA_CACHE_DIR"):
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ergodica"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "ergodica" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ergodica"


def _package_folders() -> list[str]:
    """The folders that hold the package: an editable install maps some subpackages to folders elsewhere."""
    import ergodica

    root = os.path.dirname(ergodica.__file__)
    folders = [root]
    for name in ergodica._SUBPACKAGES:
        if not os.path.isdir(os.path.join(root, name)):
            from importlib.util import find_spec

            spec = find_spec(f"ergodica.{name}")
            folders += spec.submodule_search_locations or [] if spec else []
    return folders


def sources() -> dict[str, tuple[int, int]]:
    """Every source file of the package, with its modification time (ns) and size."""
    found: dict[str, tuple[int, int]] = {}
    for top in _package_folders():
        _look_through(os.path.realpath(top), found)
    return found


def _look_through(folder: str, found: dict[str, tuple[int, int]]) -> None:
    """Add the source files below a real path, each under its own real path."""
    # every kernel that is made asks for them all: only a link costs more than its entry
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            path = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
            if entry.is_dir():
                _look_through(path, found)
            elif entry.name.endswith(".py"):
                with contextlib.suppress(OSError):  # an editor's temporary file, gone again
                    status = entry.stat()
                    found[path] = (status.st_mtime_ns, status.st_size)


_AT_IMPORT = sources()


@functools.cache
def source_digest() -> str:
    """A hash of the package's sources and of the versions of what compiles them, 16 hex digits."""
    from importlib import metadata

    import ergodica

    digest = hashlib.sha256(f"{ergodica.__version__} {sys.version_info[:3]}".encode())
    for name in _COMPILED_WITH:
        try:
            digest.update(f"{name} {metadata.version(name)}".encode())
        except metadata.PackageNotFoundError:
            continue
    for path in sorted(_AT_IMPORT):
        digest.update(path.encode())
        with contextlib.suppress(
            OSError
        ):  # removed since the import: `folder_for` sees that the sources differ
            digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:16]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            os.utime(folder)
    except OSError:
        return False
    return True


def _own_temporary_folder() -> Path | None:
    """A folder under the system's temporary one, only when nobody else can have put machine code in it."""
    if not hasattr(os, "getuid"):
        return None
    folder = Path(tempfile.gettempdir()) / f"ergodica-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return None
    ours = (
        status.st_uid == os.getuid()
        and not status.st_mode & 0o077
        and folder.is_dir()
        and not folder.is_symlink()
    )
    return folder if ours else None


def prune(root: Path, current: Path) -> None:
    """Remove the folders in `root` beyond the newest few, but none that was used within a day."""
    aged = []
    for folder in root.iterdir():
        try:
            aged.append((folder.stat().st_mtime, folder))
        except OSError:  # another process has just removed it
            continue
    others = sorted((age for age in aged if age[1] != current), reverse=True)
    for used, folder in others[FOLDERS_KEPT - 1 :]:
        if time.time() - used > DAY:
            shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def cache_folder() -> Path | None:
    """The folder for these sources, made if need be, older ones pruned; None where nothing can be written."""
    root = cache_root() / "kernels"
    if _writable(folder := root / source_digest()):
        prune(root, folder)
        return folder
    temporary = _own_temporary_folder()
    held = temporary is not None and _writable(temporary / source_digest())
    warnings.warn(
        f"cache folder: must be writable, got {root}; kernels are "
        f"{f'kept in {temporary}' if held else 'compiled again by every process'} "
        "until ERGODICA_CACHE_DIR names a writable folder",
        RuntimeWarning,
        stacklevel=2,
    )
    return temporary / source_digest() if temporary is not None and held else None


def folder_for(function: Callable[..., Any]) -> Path | None:
    """The folder for one function's machine code, or None when it must not be kept.

    It is not kept when a source file has changed since this process began, because the running code may be
    older than the files, nor for a function typed into a prompt, which has no file.
    """
    path = os.path.realpath(function.__code__.co_filename)
    if not os.path.isfile(path):
        return None
    folder = cache_folder()
    # a function made inside another one holds what it was made with, which may come from a user's file
    if path not in _AT_IMPORT or function.__closure__:
        return folder and folder / fingerprint(function)
    return folder if sources() == _AT_IMPORT else None
