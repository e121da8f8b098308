"""A run being written: created or reopened, appended to block by block, finished."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data import netcdf, zarr_store
from ergodica.data.atomic import is_full
from ergodica.data.checkpoint import State, pack, unpack
from ergodica.data.chunks import CHUNK_BYTES
from ergodica.data.file_errors import DiskFullError, OutputBusy, OutputExists
from ergodica.data.lock import Lock
from ergodica.data.netcdf import TIME, NetcdfStore
from ergodica.data.overwriting import output_path, refuse_foreign, unusable
from ergodica.data.parts import Manifest, Parts
from ergodica.data.reading import missing_file, open_run
from ergodica.data.zarr_store import ZarrStore
from ergodica.numerics.errors import ErgodicaError, ParameterError

if TYPE_CHECKING:
    import xarray as xr

FORMATS: dict[str, type[NetcdfStore] | type[ZarrStore]] = {"nc": NetcdfStore, "zarr": ZarrStore}


class Recording:
    """A run being written, `.nc` through complete part files joined at the end, `.zarr` growing in place.

    Killed at any instant, the run can be opened and shows only frames that were appended. `append` is durable
    when it returns; `reopen` goes on after the last block. One process writes one run; use it in a `with`
    statement, or `close` it, when the run may end early within a longer process.

    Attributes:
        path: the run.
        frames: how many frames the checkpoint vouches for.
        header: attributes, coordinates and static variables, with zero frames.
        checkpoint: the state after frame `frames - 1`, as it was given; empty before the first block.
        finished: whether all blocks are joined in `path`.
    """

    def __init__(self, parts: Parts, manifest: Manifest, *, finished: bool) -> None:
        self.path = parts.out
        self.finished = finished
        self.frames = 0
        self.checkpoint: State = {}
        self.header: xr.Dataset
        self._parts = parts
        self._manifest = manifest
        self._store = FORMATS[manifest.format](parts, manifest)
        self._lock: Lock | None = None
        self._pending: dict[str, Any] = {}
        self._identity: tuple[int, ...] = ()

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        header: "xr.Dataset",
        *,
        block_frames: int,
        overwrite: bool = False,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> "Recording":
        """Begin a run: the header is on disk when this returns.

        Args:
            path: ends in `.nc` or `.zarr`; folders above it are made.
            header: what `ergodica.data.schema.header` makes, `t` of size zero.
            block_frames: frames a block, as the run loop plans it.
            overwrite: replace what is there, finished or not.
            chunk_bytes: bytes a chunk of the variables over time; 1 to 4 MB suit most readers.

        Raises:
            ValueError: the name has another ending or cannot be written to, or the header has no `t` of size zero.
            OutputExists: something is there and `overwrite` is False, or what must not be deleted.
            OutputBusy: another process is writing there.
            DiskFullError: no room for the header.
        """
        out = output_path(path)
        manifest = Manifest(format=_format(out), block_frames=int(block_frames), chunk_bytes=int(chunk_bytes))
        if header.sizes.get(TIME) != 0:
            raise ValueError(
                f"header: must have dimension {TIME!r} of size 0, got {dict(header.sizes)}; make it with "
                "ergodica.data.header"
            )
        recording = cls(Parts(out), manifest, finished=False)
        try:
            with recording._room("the header"), unusable(out):
                recording._refuse_existing(out, overwrite)
                recording._lock = recording._parts.lock()
                recording._refuse_existing(out, overwrite)
                recording._store.prepare(header)
                recording._parts.begin(manifest)
                recording._store.settle()
            recording._parts.sweep(manifest)
            recording.header = recording._store.header()
        except BaseException:
            recording._abandon()
            raise
        return recording

    @classmethod
    def reopen(cls, path: str | os.PathLike[str]) -> "Recording":
        """Go on with an unfinished run, or extend a finished one.

        Frames behind the checkpoint are dropped: they are to be computed again. A finished run is not touched
        before the first `append`.

        Raises:
            MissingFile: there is nothing.
            NotErgodicaFile, DamagedFile, NewerSchema: as `open`.
            OutputBusy: another process is writing there.
        """
        out = output_path(path)
        parts = Parts(out)
        if parts.unfinished():
            return cls._reopen_unfinished(parts)
        if out.exists():
            return cls._reopen_finished(parts)
        raise missing_file(out)

    def append(self, block: "xr.Dataset", checkpoint: Mapping[str, np.ndarray]) -> None:
        """Add one or more frames and the state after the last of them; durable when this returns.

        Args:
            block: what `ergodica.data.schema.frames` makes.
            checkpoint: arrays of any type but object.

        Raises:
            ValueError: the block does not fit the header, or the checkpoint holds Python objects.
            DiskFullError: no room; the block is not recorded, all earlier ones are. It may be appended again.
            OutputBusy: the recording was closed, or taken over by a later one.
        """
        self._refuse_block(block)
        content = {name: np.array(value) for name, value in checkpoint.items()}
        frames = self.frames + block.sizes[TIME]
        pack(frames, content)
        if self.finished:
            self._extend()
        self._checked_lock()
        with self._room("a block"):
            try:
                self._store.append(self.frames, block)
                self._parts.save_checkpoint(self._manifest, frames, content)
            except BaseException:
                self._resume_after_failure()
                raise
        self.frames, self.checkpoint = frames, content

    def replace_attrs(self, attrs: Mapping[str, Any]) -> None:
        """Change global attributes: at once, or for a finished run together with its extension."""
        self.header = self.header.assign_attrs(attrs)
        if self.finished:
            self._pending.update(attrs)
            return
        self._checked_lock()
        with self._room("the header"):
            self._store.replace_attrs(attrs)

    def finish(self) -> "xr.Dataset":
        """Make the run one complete file, in one step.

        Returns:
            The dataset, opened lazily from `path`.

        Raises:
            DiskFullError: no room to join the blocks; all of them are safe, and `reopen` then `finish` goes on.
        """
        if self.finished and self._pending:
            self._extend()
        if not self.finished:
            self._checked_lock()
            with self._room("the joined file"):
                self._store.finish(self.frames, pack(self.frames, self.checkpoint))
            self.finished = True
            self._identity = _identity(self.path)
            self._parts.remove()
            self.close()
        return open_run(self.path)

    def close(self) -> None:
        """Let others write; the run stays as it is."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> "Recording":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @classmethod
    def _reopen_unfinished(cls, parts: Parts) -> "Recording":
        lock = parts.lock()
        try:
            manifest = parts.unfinished()
            if manifest is None:
                # its writer finished it between the look and the lock
                lock.release()
                return cls.reopen(parts.out)
            # refuses what is damaged or newer, as any reader
            open_run(parts.out).close()
            recording = cls(parts, manifest, finished=False)
            recording._lock = lock
            recording.frames, recording.checkpoint = parts.checkpoint(manifest)
            with recording._room("the header"):
                recording._store.settle()
                parts.sweep(manifest)
                recording._store.discard(recording.frames)
            recording.header = recording._store.header()
        except BaseException:
            lock.release()
            raise
        return recording

    @classmethod
    def _reopen_finished(cls, parts: Parts) -> "Recording":
        kind = "zarr" if parts.out.is_dir() else "nc"
        ds = open_run(parts.out)
        recording = cls(parts, Manifest(format=kind, block_frames=0, chunk_bytes=CHUNK_BYTES), finished=True)
        recording._identity = _identity(parts.out)
        with ds:
            recording.header = ds.isel({TIME: slice(0)}).load()
            recording.frames = ds.sizes[TIME]
        content = (zarr_store if kind == "zarr" else netcdf).read_restart(parts.out)
        if content is not None:
            _, recording.checkpoint = unpack(content, parts.out)
        if parts.folder.exists():
            # left by a writer that was killed after its last step
            with suppress(OSError):
                lock = parts.lock()
                parts.remove()
                lock.release()
        return recording

    def _extend(self) -> None:
        """Turn a finished run into an unfinished one that has all its frames."""
        if not self.checkpoint:
            raise ValueError(
                f"{self.path}: holds no final state to go on from; run it anew with overwrite=True"
            )
        self._lock = self._parts.lock()
        try:
            if _identity(self.path) != self._identity:
                raise OutputBusy(f"{self.path}: was changed since it was reopened; reopen it again")
            with self._room("the header"):
                if isinstance(self._store, NetcdfStore):
                    self._store.prepare(self.header)
                self._parts.save_checkpoint(self._manifest, self.frames, self.checkpoint)
                self._parts.begin(self._manifest)
                self._store.adopt(self.frames)
                self.finished = False
                if isinstance(self._store, ZarrStore) and self._pending:
                    self._store.replace_attrs(self._pending)
            self._pending = {}
            self._parts.sweep(self._manifest)
        except BaseException:
            self.close()
            raise

    def _resume_after_failure(self) -> None:
        """After an error or an interrupt: what the checkpoint on disk vouches for is what is recorded."""
        with suppress(OSError, ErgodicaError):
            frames, checkpoint = self._parts.checkpoint(self._manifest)
            if frames >= self.frames and checkpoint:
                self.frames, self.checkpoint = frames, checkpoint
            self._store.discard(self.frames)

    def _checked_lock(self) -> None:
        if self._lock is None:
            raise OutputBusy(f"{self.path}: this recording was closed; reopen it")
        self._lock.check()

    def _abandon(self) -> None:
        """Leave nothing of a run that did not begin."""
        with suppress(OSError, ErgodicaError):
            if self._lock is not None and self._parts.manifest() is None:
                self._parts.remove()
        self.close()

    @contextmanager
    def _room(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not is_full(error):
                raise
            full = DiskFullError(
                f"{self.path}: no room on the disk for {what} ({os.strerror(error.errno or 0)}); {self.frames} frames "
                "are safe: make room and resume"
            )
            full.errno = error.errno
            raise full from error

    def _refuse_existing(self, asked: Path, overwrite: bool) -> None:
        if not overwrite and (self.path.exists() or self._parts.manifest() is not None):
            state = "is there already" if self.path.exists() else "is an unfinished run"
            raise OutputExists(
                f"out: {self.path} {state}; resume it, use overwrite=True to replace it, or another file"
            )
        refuse_foreign(asked)

    def _refuse_block(self, block: "xr.Dataset") -> None:
        if block.sizes.get(TIME, 0) < 1:
            raise ValueError(f"block: must have one frame or more along {TIME!r}, got {dict(block.sizes)}")
        for name, promised in self.header.variables.items():
            if TIME in promised.dims:
                given = block.variables.get(name)
                if given is None:
                    raise ValueError(f"block: must hold {name}, got {sorted(map(str, block.variables))}")
                rest = {dim: size for dim, size in promised.sizes.items() if dim != TIME}
                held = {dim: size for dim, size in given.sizes.items() if dim != TIME}
                if given.dims != promised.dims or rest != held or given.dtype != promised.dtype:
                    raise ValueError(
                        f"block: {name} must be {promised.dtype} over {promised.dims} with {rest}, got "
                        f"{given.dtype} over {given.dims} with {held}; make it with ergodica.data.frames"
                    )


def recorded(path: str | os.PathLike[str]) -> bool:
    """Whether a run is at this path, finished or not, so that `Recording.reopen` has something to reopen."""
    out = output_path(path)
    return out.exists() or Parts(out).manifest() is not None


def _format(out: Path) -> str:
    form = {".nc": "nc", ".nc4": "nc", ".zarr": "zarr"}.get(out.suffix)
    if form is None:
        raise ParameterError(
            f"out: must end in .nc or .zarr, got {str(out)!r}; use {out.with_suffix('.nc').name}"
        )
    return form


def _identity(path: Path) -> tuple[int, ...]:
    found = (path / zarr_store.META if path.is_dir() else path).stat()
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
