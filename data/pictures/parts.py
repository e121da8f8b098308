"""A whole and its parts, such as entropy production and the shares of degrees of freedom: bars with errors."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.companions import ERROR, WHOLE
from ergodica.data.pictures.labels import NARROW, label, plain, with_error
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import require_frames

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

BARS = 16
"""More are numbered, not named."""
WORDED = 8
"""Up to so many bars have their value beside them: a small part is seen in no other way."""
NAMES = 60
"""Letters along the axis."""
ROOM = 0.14


def parts(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw parts of a whole as bars, and beside them the whole by each route that is known.

    Args:
        variable: one dimension, whose coordinate (or `<dimension>_name`) names the parts. A coordinate
            `standard_error` of that dimension becomes error bars; scalar coordinates `whole / NAME`, with
            `whole / NAME / standard_error`, bars of their own.
        ax: the axes.

    Returns:
        The bars, then the error bars.

    Raises:
        ValueError: no parts, or not one dimension.
    """
    require_frames(variable)
    if variable.ndim != 1:
        raise ValueError(
            f"{variable.name}: parts of a whole must have one dimension, got {dict(variable.sizes)}; select"
        )
    names, values, errors = _of_parts(variable)
    for name, value, error in _wholes(variable):
        names.append(name)
        values.append(value)
        errors.append(error)
    count, many = variable.size, len(names) > BARS
    place = np.arange(len(names)) + 0.5 * (np.arange(len(names)) >= count)
    colours = [COLOURS[0]] * count + [COLOURS[2 if number % 2 else 1] for number in range(len(names) - count)]
    tall = [value if np.isfinite(value) else 0.0 for value in values]
    artists: list[Artist] = list(ax.bar(place, tall, color=colours, width=0.7, alpha=0.75))
    known = np.isfinite(errors) & np.isfinite(values)
    if known.any():
        x, y, half = (np.asarray(one)[known] for one in (place, values, errors))
        bars = ax.errorbar(x, y, half, fmt="none", ecolor="black", capsize=4, linewidth=1.2)
        artists += [*bars.lines[1], *bars.lines[2]]
    if len(names) <= WORDED:
        _word(ax, place, values, errors)
    ax.axhline(0.0, color="0.4", linewidth=0.8)
    if many:
        ax.set_xlabel(plain(str(variable.dims[0])))
    else:
        width = NAMES // len(names)
        ax.set_xticks(
            place, [plain(name.replace("_", " "), max(width, 6)) for name in names], fontsize="small"
        )
    ax.set_ylabel(label(variable, width=NARROW))
    tidy(ax)
    ax.grid(False, axis="x")
    return artists


def _of_parts(variable: "xr.DataArray") -> tuple[list[str], list[float], list[float]]:
    dim = str(variable.dims[0])
    named = next((variable.coords[one] for one in (f"{dim}_name", dim) if one in variable.coords), None)
    names = [str(one) for one in (named.values if named is not None else range(variable.size))]
    values = [float(one) for one in variable.values]
    error = variable.coords.get(ERROR)
    if error is None or error.dims != variable.dims:
        return names, values, [np.nan] * len(values)
    return names, values, [float(one) for one in error.values]


def _wholes(variable: "xr.DataArray") -> list[tuple[str, float, float]]:
    found = []
    for key, one in variable.coords.items():
        name = str(key).removeprefix(WHOLE)
        if name != str(key) and not name.endswith(ERROR):
            error = variable.coords.get(f"{key} / {ERROR}")
            found.append((name, float(one), float(error) if error is not None else np.nan))
    return found


def _word(ax: "Axes", place: np.ndarray, values: list[float], errors: list[float]) -> None:
    """Values with errors above their bars."""
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + ROOM * (high - low))
    for x, value, error in zip(place, values, errors, strict=True):
        if not np.isfinite(value):
            text, top = "infinite" if np.isinf(value) else "unknown", 0.0
        else:
            top = max(value, 0.0) + (error if np.isfinite(error) else 0.0)
            text = with_error(value, error).replace(" ± ", "\n± ") if np.isfinite(error) else f"{value:.4g}"
        look: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "va": "bottom"}
        ax.annotate(text, (x, top), (0, 3), fontsize="x-small", **look)


PARTS = register(Picture(kind="parts", draw=parts))
