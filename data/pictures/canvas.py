"""Figures that need no display and no pyplot, so that they can be made in threads and on servers."""

import math
import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.data.atomic import appearing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 150
LEAST_DPI = 20
MOST_DPI = 1200
FORMATS = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".webp")
MOVIES = (".gif", ".mp4")


def new_figure(width: float, height: float, dpi: float = DPI) -> "Figure":
    """An empty figure of `width` by `height` inches that notebooks show by themselves."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    # outside pyplot nothing else tells a notebook how to show a figure
    figure._repr_png_ = lambda: _png(figure)  # type: ignore[attr-defined]
    return figure


def save(figure: "Figure", path: str | os.PathLike[str], dpi: float | None = None) -> Path:
    """Write a figure; the file appears whole or not at all.

    Args:
        figure: what to write.
        path: its ending names the format.
        dpi: dots per inch; that of the figure unless told.

    Raises:
        ValueError: an ending that names no format, a folder that is not there, or dots that nobody can see.
    """
    target = checked_path(path, FORMATS)
    check_dpi(dpi)
    form = target.suffix[1:].lower()
    with appearing(target) as partial:
        figure.savefig(partial, format=form, dpi=dpi if dpi is not None else "figure")
    return target


def check_dpi(dpi: float | None, most: float = MOST_DPI, usual: float = DPI) -> None:
    """Refuse a resolution at which nothing can be read or that fills the memory; None is the usual one.

    Raises:
        ValueError: `dpi` is no number from 20 to `most`.
    """
    number = isinstance(dpi, (int, float)) and not isinstance(dpi, bool)
    if dpi is not None and not (number and math.isfinite(dpi) and LEAST_DPI <= dpi <= most):
        got = f"{dpi:g}" if number else repr(dpi)
        raise ValueError(f"dpi: must be between {LEAST_DPI} and {most:g}, got {got}; choose {usual:g}")


def checked_path(path: str | os.PathLike[str], endings: tuple[str, ...]) -> Path:
    """The path, when its ending is one of `endings` and its folder is there.

    Raises:
        ValueError: otherwise.
    """
    target = Path(path)
    if target.suffix.lower() not in endings:
        raise ValueError(
            f"path: must end with one of {', '.join(endings)}, got {str(path)!r}; change the ending"
        )
    if not target.parent.is_dir():
        raise ValueError(
            f"path: must be in a folder that is there, got {str(path)!r}; create {target.parent} first"
        )
    return target


def _png(figure: Any) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    return buffer.getvalue()
