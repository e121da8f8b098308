"""Runs and measured data on disk: recording, opening, writing.

**NetCDF** (`.nc`): while a run is recorded, `<out>.parts/` holds a header and complete files of frames; at the
end they are joined into `<out>` by one atomic replace. **Zarr** (`.zarr`, format 3): one store grows in place, its
arrays only after their data. `open` reads a run in either state.
"""

from ergodica.data.file_errors import (
    DamagedFile,
    DiskFullError,
    MissingFile,
    NewerSchema,
    NotErgodicaFile,
    OutputBusy,
    OutputExists,
)
from ergodica.data.reading import open
from ergodica.data.recording import Recording, recorded
from ergodica.data.writing import write_dataset, write_tree

__all__ = [
    "DamagedFile",
    "DiskFullError",
    "MissingFile",
    "NewerSchema",
    "NotErgodicaFile",
    "OutputBusy",
    "OutputExists",
    "Recording",
    "open",
    "recorded",
    "write_dataset",
    "write_tree",
]
