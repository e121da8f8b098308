"""What can go wrong with a file, each with its own class and a message of one line."""

from ergodica.numerics.errors import ErgodicaError


class MissingFile(ErgodicaError, FileNotFoundError):
    """There is nothing at the path that was given."""


class NotErgodicaFile(ErgodicaError, ValueError):
    """The file can be read but does not follow the contract of `ergodica.data`."""


class DamagedFile(ErgodicaError, OSError):
    """The file is truncated, or a piece of it is gone."""


class NewerSchema(ErgodicaError, ValueError):
    """The file was written by a later version of ergodica."""


class OutputExists(ErgodicaError, FileExistsError):
    """A run is there already and was not to be overwritten."""


class OutputBusy(ErgodicaError, OSError):
    """Another process is writing this file."""


class DiskFullError(ErgodicaError, OSError):
    """The disk, the quota or the file size limit is used up; what was safe before stays safe."""

    nothing_more_fits = True
    """Read by the run loop: handing over the frames of the last moments would fail as well."""
