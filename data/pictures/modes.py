"""Koopman modes: where in the state each eigenvalue is seen, and with which phase."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.field import keep_proportions
from ergodica.data.pictures.image import colour_bar, image, linear_norm
from ergodica.data.pictures.labels import SHORT, dim_label, label, plain
from ergodica.data.pictures.lines import COLOURS, legend, line, style, tidy
from ergodica.data.pictures.registry import Panel, Picture, register
from ergodica.data.pictures.scales import cells
from ergodica.data.pictures.select import require_frames
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

MODE = "mode"
LINES, MAPS, BARS = 5, 6, 12
"""Modes that are drawn at most: as lines over space, as maps, and with bars of components."""
SAME, REAL = 1e-8, 1e-12
"""Difference of conjugates, and imaginary part of a real number, relative to their size."""
NAMES = 60
"""Letters along the axis."""


def modes(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw modes: of fields over a line the real parts, over a plane the first one; of components their moduli as bars.

    Of a conjugate pair the one with the positive frequency is drawn; modes of a complex field come in no pairs, and
    those that it lacks are left out. The phase of a mode is free: it is turned so that its real part is largest.

    Args:
        variable: real or complex, `(mode, ...)`: components, or one or two dimensions of space. A coordinate
            `eigenvalue` over `mode` says which are pairs.
        ax: the axes.

    Returns:
        Lines, an image, or bars.

    Raises:
        ValueError: no dimension `mode`, or more than two others.
    """
    _check(variable)
    chosen, names = chosen_modes(variable)
    others = [str(dim) for dim in variable.dims if dim != MODE]
    values = _turned(np.asarray(variable.transpose(MODE, *others).values)[chosen])
    if len(others) == 2:
        return _map(variable, chosen[0], names[0], ax)
    if not others or others[0] in ("component", "particle"):
        return _bars(variable, values.reshape(len(values), -1), names, others, ax)
    artists: list[Artist] = []
    for number, name in enumerate(names[:LINES]):
        artists += line(ax, positions(variable, others[0]), values[number].real, label=name, **style(number))
    ax.set_xlabel(dim_label(variable, others[0]))
    ax.set_ylabel(_part(variable) + label(variable, width=SHORT))
    tidy(ax)
    legend(ax, columns=3)
    return artists


def mode_panels(variable: "xr.DataArray") -> list[Panel]:
    """A map for each of the leading modes of a field over a plane; else one panel."""
    _check(variable)
    if variable.ndim < 3:
        return [Panel(draw=partial(modes, variable))]
    chosen, names = chosen_modes(variable)
    return [
        Panel(draw=partial(_map, variable, number, name), shape="map")
        for number, name in list(zip(chosen, names, strict=True))[:MAPS]
    ]


def _check(variable: "xr.DataArray") -> None:
    require_frames(variable)
    if MODE not in variable.dims or variable.ndim > 3:
        raise ValueError(
            f"{variable.name}: modes must lie over mode and at most two other dimensions, got "
            f"{dict(variable.sizes)}; select"
        )


def chosen_modes(variable: "xr.DataArray") -> tuple[list[int], list[str]]:
    """Places of the modes that are not the conjugates of former ones and not zero, and what they are called."""
    numbers = positions(variable, MODE)
    eigenvalue = variable.coords.get("eigenvalue")
    if eigenvalue is None:
        return list(range(len(numbers))), [f"mode {one:g}" for one in numbers]
    z = np.asarray(eigenvalue.values)
    others = [dim for dim in variable.dims if dim != MODE]
    values = np.asarray(variable.transpose(MODE, *others).values).reshape(len(z), -1)
    size = abs(values).max(axis=1, initial=0.0)
    kept, names = [], []
    for k in range(len(z)):
        twins = [
            j
            for j in np.flatnonzero(z == z[k].conj())
            if j != k and abs(values[j] - values[k].conj()).max(initial=0.0) <= SAME * size[k]
        ]
        if (size[k] > SAME * size.max() or not size.max()) and not any(j < k for j in twins):
            kept.append(k)
            names.append(f"mode {numbers[k]:g}: {_said(z[k], bool(twins))}")
    return kept, names


def _said(z: complex, paired: bool) -> str:
    if abs(z.imag) <= REAL * abs(z):
        return f"{z.real:.3g}"
    sign = "±" if paired else "" if z.imag > 0 else "-"
    return f"{abs(z):.3g} exp({sign}{abs(np.angle(z)):.3g}i)"


def _turned(values: np.ndarray) -> np.ndarray:
    if not np.iscomplexobj(values):
        return values
    flat = values.reshape(len(values), -1)
    phase = np.exp(-0.5j * np.angle((flat**2).sum(axis=1)))
    top = np.take_along_axis(flat, abs(flat).argmax(axis=1)[:, None], axis=1)[:, 0] * phase
    phase = phase * np.where(top.real < 0, -1.0, 1.0)
    return np.asarray(values * phase.reshape(-1, *[1] * (values.ndim - 1)))


def _map(variable: "xr.DataArray", number: int, name: str, ax: "Axes") -> "list[Artist]":
    dims = [str(dim) for dim in variable.dims if dim != MODE]
    values = _turned(np.asarray(variable.isel({MODE: [number]}).transpose(MODE, *dims).values))[0]
    sides = [cells(positions(variable, dim))[0] for dim in dims]
    norm, cmap = linear_norm(values.real)
    drawn = image(ax, sides[1], sides[0], values.real, norm, cmap)
    keep_proportions(ax, variable, dims[0], dims[1])
    ax.set_xlabel(dim_label(variable, dims[1]))
    ax.set_ylabel(dim_label(variable, dims[0]))
    ax.set_title(name, fontsize="medium", loc="left")
    for axis, dim in ((ax.xaxis, dims[1]), (ax.yaxis, dims[0])):
        _whole_ticks(variable, dim, axis)
    colour_bar(ax, drawn, _part(variable) + label(variable, width=SHORT))
    return [drawn]  # type: ignore[list-item]


def _part(variable: "xr.DataArray") -> str:
    """What is drawn of a field."""
    return "real part of " if np.iscomplexobj(variable) else ""


def _whole_ticks(variable: "xr.DataArray", dim: str, axis: "Axis") -> None:
    """Numbers of particles, components or points have none between them."""
    from matplotlib.ticker import MaxNLocator

    if dim not in variable.coords or variable[dim].dtype.kind != "f":
        axis.set_major_locator(MaxNLocator(integer=True))


def _bars(
    variable: "xr.DataArray", values: np.ndarray, names: list[str], dims: list[str], ax: "Axes"
) -> "list[Artist]":
    values, names = values[:BARS], names[:BARS]
    count = values.shape[1]
    width = 0.8 / len(names)
    artists: list[Artist] = []
    for number, name in enumerate(names):
        place = np.arange(count) + (number - (len(names) - 1) / 2) * width
        # colours come again, with stripes
        hatch = "//" * (number // len(COLOURS))
        look = {"color": style(number)["color"], "hatch": hatch, "edgecolor": "white", "linewidth": 0.0}
        artists += ax.bar(place, abs(values[number]), width, label=name, **look)
    words = variable.coords.get(f"{dims[0]}_name") if dims else None
    if words is not None and count <= BARS:
        ax.set_xticks(range(count), [plain(str(one), max(6, NAMES // count)) for one in words.values])
    elif dims:
        _whole_ticks(variable, dims[0], ax.xaxis)
    else:
        ax.set_xticks([])  # one number has no place
    ax.set_xlabel(plain(dims[0]) if dims else "")
    ax.set_ylabel(f"modulus of {label(variable, width=30)}")
    tidy(ax)
    ax.grid(False, axis="x")
    legend(ax, least=1, columns=3)
    return artists


MODES = register(Picture(kind="modes", draw=modes, panels=mode_panels))
