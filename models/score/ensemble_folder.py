"""The folder of an ensemble in training: its networks lie in 0, 1, ..., and together in the folder itself."""

from __future__ import annotations

from pathlib import Path

from ergodica.data.atomic import remove
from ergodica.data.file_errors import OutputExists
from ergodica.data.overwriting import unusable
from ergodica.models.checkpoint import ARCHITECTURE
from ergodica.models.training.folder import OURS, SETTINGS


def check_folder(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Check that an ensemble may be written to `folder`.

    Raises:
        OutputExists: there is a network or a training and neither `resume` nor `overwrite` is given, the training of
            a single network is to be resumed as an ensemble, or something else is there.
    """
    if not folder.is_dir():
        return
    ours = (folder / SETTINGS).exists() or (folder / ARCHITECTURE).exists() or bool(numbered(folder))
    strange = sorted(one.name for one in folder.iterdir() if not one.name.startswith("."))
    if strange and not ours:
        raise OutputExists(
            f"out: {folder} is a folder without a network, with {', '.join(strange[:3])}; use another name"
        )
    if overwrite:
        return
    if (folder / SETTINGS).exists():
        raise OutputExists(
            f"out: {folder} holds the training of one network, no ensemble; use ensemble=1 to go on with it, "
            "overwrite=True to replace it, or another folder"
        )
    if ours and not resume:
        raise OutputExists(
            f"out: {folder} holds an ensemble; use resume=True to go on with it, overwrite=True to replace it, "
            "or another folder"
        )


def numbered(folder: Path) -> list[Path]:
    """The folders of the networks of an ensemble, by their number."""
    if not folder.is_dir():
        return []
    found = [one for one in folder.iterdir() if one.name.isdigit() and (one / SETTINGS).is_file()]
    return sorted(found, key=lambda one: int(one.name))


def clear(folder: Path) -> None:
    """Removes the networks of an ensemble, and nothing else."""
    with unusable(folder):
        for one in [*numbered(folder), folder]:
            for name in OURS:
                remove(one / name)
            if one != folder and not any(one.iterdir()):
                one.rmdir()
