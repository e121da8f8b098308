"""One process writes one run: a lock that ends with its process, however that ends."""

import errno
import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path

from ergodica.data.atomic import is_at
from ergodica.data.file_errors import OutputBusy

_held: dict[Path, "Lock"] = {}


class Lock:
    """The right to write one run, held until `release` or the end of the process.

    The kernel keeps the lock (flock), so a process that was killed leaves none behind; its number in the file
    is for the message alone. Within one process the later one takes over, because after an interrupt in a
    notebook the earlier one still lives in the traceback; `check` then tells the earlier one.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle: int | None = handle
        self._process = os.getpid()

    @classmethod
    def acquire(cls, path: Path) -> "Lock":
        """Take the lock.

        Raises:
            OutputBusy: another process holds it.
        """
        path = Path(os.path.abspath(path))
        earlier = _held.get(path)
        if earlier is not None and earlier._process == os.getpid():
            earlier.release()
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                _lock_or_refuse(handle, path)
                # its last owner may just have removed it
                if is_at(handle, path):
                    break
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)
        # the number is for the message to others: a full disk must not stop a run from being resumed
        with suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()} {socket.gethostname()}\n".encode(), 0)
        lock = cls(path, handle)
        _held[path] = lock
        return lock

    def check(self) -> None:
        """Raise OutputBusy when the lock was given up or taken over by a later one of this process."""
        if self._handle is None or self._process != os.getpid():
            raise OutputBusy(
                f"{self.path.parent}: this recording was closed or reopened elsewhere; go on with the later one"
            )

    def release(self) -> None:
        """Give the lock up; again is harmless."""
        if self._handle is not None and self._process == os.getpid():
            os.close(self._handle)
            self._handle = None
            if _held.get(self.path) is self:
                del _held[self.path]


def _lock_or_refuse(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.pread(handle, 200, 0).decode(errors="replace").split()
        number, host = owner if len(owner) == 2 else ("?", "?")
        if error.errno in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
            # a network file system without locks: the number of a living process has to do
            if host == socket.gethostname() and not _lives(number):
                return
            if not owner:
                return
        elif error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        out = str(path.parent).removesuffix(".parts")
        raise OutputBusy(
            f"out: {out} is being written by process {number} on {host}; wait until it ends or use another file"
        ) from None


def _lives(number: str) -> bool:
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
