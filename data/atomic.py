"""Writing files in one step: a reader, or a kill, meets the old content or the new one, never a mixture."""

import errno
import fcntl
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TEMPORARY = ".writing"


def replace_file(path: Path, content: bytes, *, by: Path | None = None) -> None:
    """Put `content` at `path` in one step, durably.

    Args:
        path: where it shall be; its folder must exist.
        content: all of it.
        by: where the content is written first, on the same file system; beside `path` when not given.

    Raises:
        OSError: it could not be written; `path` is as it was and the temporary file is gone.
    """
    with replacing(path, by=by) as file:
        file.write(content)


@contextmanager
def replacing(path: Path, *, by: Path | None = None) -> Iterator["GuardedFile"]:
    """A binary file to be filled, which takes the place of `path` when the block ends without an error."""
    with appearing(path, by=by) as temporary:
        file = GuardedFile(temporary)
        try:
            yield file
            file.settle()
        finally:
            file.close()


@contextmanager
def appearing(path: Path, *, by: Path | None = None) -> Iterator[Path]:
    """Where a file is written that takes the place of `path` when the block ends, or goes when it fails."""
    with reserved(path) if by is None else nullcontext(by) as temporary:
        try:
            yield temporary
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


@contextmanager
def reserved(path: Path) -> Iterator[Path]:
    """An empty file beside `path` that no other process writes to.

    It has the same name each time, so that what a killed process left there is used again; one of its own where
    another process is writing, or where the file system has no locks.
    """
    name = path.with_name(f"{path.name}{TEMPORARY}")
    handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = is_at(handle, name)
        except BlockingIOError:
            free = False
        except OSError:
            name.unlink(missing_ok=True)
            free = False
        if free:
            os.ftruncate(handle, 0)
        else:
            name = path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY}")
        yield name
    finally:
        os.close(handle)


def is_at(handle: int, path: Path) -> bool:
    """Whether an open file is still the one at `path`."""
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    here = os.fstat(handle)
    return (there.st_ino, there.st_dev) == (here.st_ino, here.st_dev)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable; file systems that cannot are left alone."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Delete a file or a folder with what it holds; nothing happens when there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def is_full(error: BaseException) -> bool:
    """Whether an error says that there is no room left: on the disk, in the quota or below the size limit."""
    return isinstance(error, OSError) and error.errno in FULL


class GuardedFile(io.RawIOBase):
    """A file for the HDF5 library that never fails while the library is writing.

    HDF5 cannot close a file whose disk is full, or whose writing was interrupted: it raises from finalizers and
    ends the process with a segmentation fault. So the first error is kept, later writes go to memory (where they
    can be read back), and `settle` raises the error when the library is done with the file. Look at `error`
    between large writes and stop early.

    Args:
        path: created, or emptied when it is there.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.error: BaseException | None = None
        self._unwritten: list[tuple[int, bytes]] = []
        self._position = 0
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)

    def readable(self) -> bool:
        """True."""
        return True

    def writable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a byte, as for any file."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._end()}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        """The byte that is next."""
        return self._position

    def write(self, content: Any) -> int:
        """Write all of `content`; an error is kept for `settle`."""
        view = memoryview(content).cast("B")
        written = 0
        try:
            while written < len(view) and self.error is None:
                written += os.pwrite(self._handle, view[written:], self._position + written)
        except BaseException as error:
            self.error = error
        if written < len(view):
            self._unwritten.append((self._position + written, bytes(view[written:])))
        self._position += len(view)
        return len(view)

    def readinto(self, target: Any) -> int:
        """Read what was written, wherever it is kept."""
        view = memoryview(target).cast("B")
        content = os.pread(self._handle, len(view), self._position)
        size = max(len(content), min(len(view), self._end() - self._position))
        view[: len(content)] = content
        for start, piece in self._unwritten:
            low, high = max(start, self._position), min(start + len(piece), self._position + size)
            if low < high:
                view[low - self._position : high - self._position] = piece[low - start : high - start]
        self._position += size
        return size

    def truncate(self, size: int | None = None) -> int:
        """Cut or lengthen the file."""
        length = self._position if size is None else size
        try:
            os.ftruncate(self._handle, length)
        except OSError as error:
            self.error = self.error or error
        return length

    def settle(self) -> None:
        """Make the file durable; raise what went wrong while it was written."""
        if self.error is not None:
            raise self.error
        os.fsync(self._handle)

    def close(self) -> None:
        """Close the file; what could not be written is dropped."""
        if not self.closed:
            os.close(self._handle)
        super().close()

    def _end(self) -> int:
        kept = max((start + len(piece) for start, piece in self._unwritten), default=0)
        return max(os.fstat(self._handle).st_size, kept)
