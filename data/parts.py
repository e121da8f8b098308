"""The folder `<out>.parts/` beside a run that is not finished: what it is, its checkpoint, its pieces.

    run.json             names the run by a token; a run exists from the moment this file is there
    lock                 held by the process that writes
    TOKEN-checkpoint.npz the state after the last frame that is vouched for
    TOKEN-...            what the format keeps here

Pieces without the token of `run.json` belong to no run and are swept away by the next writer. What has no name of
these forms is never removed, and a folder of such files alone is not taken for one of ours.
"""

import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from ergodica.data.atomic import remove, replace_file
from ergodica.data.checkpoint import State, pack, unpack
from ergodica.data.file_errors import DamagedFile, OutputExists
from ergodica.data.lock import Lock

SUFFIX = ".parts"
MANIFEST = "run.json"
LOCK = "lock"
CHECKPOINT = "checkpoint.npz"
OURS = re.compile(r"lock|run\.json(\.(.*\.)?writing)?|[0-9a-f]{8}-.+")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What `run.json` says."""

    format: str
    block_frames: int
    chunk_bytes: int
    token: str = field(default_factory=lambda: secrets.token_hex(4))


class Parts:
    """The folder of one run.

    Args:
        out: the run; the folder is `<out>.parts`.
    """

    def __init__(self, out: Path) -> None:
        # absolute, since the process may change its folder; behind links, since renames replace the link
        self.out = Path(os.path.realpath(out))
        self.folder = self.out.with_name(self.out.name + SUFFIX)

    def lock(self) -> Lock:
        """Make the folder when there is none and take the right to write.

        Raises:
            OutputBusy: another process has it.
            OutputExists: something else has the folder's name.
        """
        self.refuse_foreign()
        while True:
            self.folder.mkdir(parents=True, exist_ok=True)
            # the last owner may remove the folder between the two
            with suppress(FileNotFoundError):
                return Lock.acquire(self.folder / LOCK)

    def refuse_foreign(self) -> None:
        """Raise OutputExists when what has the folder's name is not ours."""
        remedy = f"use another name for the run or move {self.folder} away"
        if not self.folder.is_dir():
            if os.path.lexists(self.folder):
                raise OutputExists(
                    f"out: {self.folder} must be free for this run, and is no folder; {remedy}"
                )
            return
        # hidden files are those of network disks and of file managers
        strange = [name for name in os.listdir(self.folder) if not OURS.fullmatch(name) and name[0] != "."]
        if strange and not self._holds_a_run():
            raise OutputExists(
                f"out: {self.folder} must be free for this run, and holds {min(strange)}; {remedy}"
            )

    def _holds_a_run(self) -> bool:
        try:
            return self.manifest() is not None
        except DamagedFile:
            return False

    def manifest(self) -> Manifest | None:
        """What is being recorded here, None when nothing is."""
        try:
            content = (self.folder / MANIFEST).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            return Manifest(**json.loads(content))
        except (ValueError, TypeError) as error:
            raise DamagedFile(
                f"{self.folder / MANIFEST}: cannot be read ({error}); start anew with overwrite=True"
            ) from error

    def unfinished(self) -> Manifest | None:
        """The run that is to be gone on with; None when there is none, or it is finished."""
        manifest = self.manifest()
        # a joined file is complete, even when its process ended before it removed the parts
        joined = manifest is not None and manifest.format == "nc" and self.out.exists()
        return None if joined else manifest

    def begin(self, manifest: Manifest) -> None:
        """From here on this is the run."""
        replace_file(self.folder / MANIFEST, json.dumps(asdict(manifest)).encode())

    def file(self, manifest: Manifest, name: str) -> Path:
        """The path of a piece of the run."""
        return self.folder / f"{manifest.token}-{name}"

    def pieces(self, manifest: Manifest, name: str) -> Iterator[tuple[str, Path]]:
        """The pieces whose names start with `name`, with what follows it."""
        start = f"{manifest.token}-{name}"
        for path in sorted(self.folder.glob(start + "*")):
            if not path.name.endswith(".writing"):
                yield path.name.removeprefix(start), path

    def checkpoint(self, manifest: Manifest) -> tuple[int, State]:
        """The frames vouched for and the state after them; zero and nothing before the first block."""
        path = self.file(manifest, CHECKPOINT)
        try:
            return unpack(path.read_bytes(), path)
        except FileNotFoundError:
            return 0, {}

    def save_checkpoint(self, manifest: Manifest, frames: int, state: Mapping[str, np.ndarray]) -> None:
        """Replace the checkpoint, durably."""
        replace_file(self.file(manifest, CHECKPOINT), pack(frames, state))

    def sweep(self, manifest: Manifest) -> None:
        """Remove what belongs to no run, or was being written when its process ended."""
        for path in self.folder.iterdir():
            known = path.name in (MANIFEST, LOCK) or path.name.startswith(manifest.token + "-")
            if OURS.fullmatch(path.name) and (not known or path.name.endswith(".writing")):
                remove(path)

    def remove(self) -> None:
        """Remove what is ours, first what makes it a run, last the lock; and the folder, if that was all."""
        with suppress(FileNotFoundError):
            (self.folder / MANIFEST).unlink(missing_ok=True)
            for path in self.folder.iterdir():
                if path.name != LOCK and OURS.fullmatch(path.name):
                    remove(path)
            (self.folder / LOCK).unlink(missing_ok=True)
            with suppress(OSError):
                self.folder.rmdir()
