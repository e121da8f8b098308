"""The state of a run as bytes: exact for every numeric type, without pickle."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ergodica.data.file_errors import DamagedFile

State: TypeAlias = dict[str, np.ndarray]
FRAMES = "frames"
STATE = "state."


def pack(frames: int, state: Mapping[str, np.ndarray]) -> bytes:
    """A state and the number of frames that it follows, as the content of an `.npz` file.

    Args:
        frames: how many frames were made before this state.
        state: arrays of any shape and any type but object; bit for bit the same after `unpack`.

    Raises:
        ValueError: an array holds Python objects.
    """
    arrays = {name: np.asarray(value) for name, value in state.items()}
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ValueError(
                f"checkpoint: {name} must hold numbers, got type {array.dtype}; convert it before it is saved"
            )
    buffer = io.BytesIO()
    np.savez(buffer, **{FRAMES: np.int64(frames)}, **{STATE + name: array for name, array in arrays.items()})  # type: ignore[arg-type]
    return buffer.getvalue()


def unpack(content: bytes, path: Path) -> tuple[int, State]:
    """What `pack` was given; `path` is where it was kept, for the message.

    Raises:
        DamagedFile: the bytes are not those of a checkpoint.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            state = {name.removeprefix(STATE): archive[name] for name in archive.files if name != FRAMES}
            return int(archive[FRAMES]), state
    except Exception as error:  # zipfile and numpy raise many kinds for broken bytes
        raise DamagedFile(
            f"{path}: its checkpoint cannot be read ({error}); start anew with overwrite=True"
        ) from error
