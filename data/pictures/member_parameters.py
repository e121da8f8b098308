"""What members of a run differ in: their parameters as words, and lines in shades that tell them apart."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.labels import GREEK, plain, symbol_of
from ergodica.data.pictures.lines import FEW_MEMBERS, ensemble, line

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

NAMED = 2
"""Parameters that are named at most, of those that differ."""
LIGHTEST = 0.65
"""White in the colour of the first member."""


def differing(variable: "xr.DataArray") -> dict[str, np.ndarray]:
    """The parameters that differ between members, with their values, shape `(members,)`."""
    if variable.sizes.get("member", 1) < 2:
        return {}
    found = {}
    for name, one in variable.coords.items():
        told = one.dims == ("member",) and name != "member" and one.dtype.kind in "iuf"
        if told and len(np.unique(one.values)) > 1:
            found[str(name)] = one.values
    return dict(list(found.items())[:NAMED])


def words_of(variable: "xr.DataArray") -> list[str]:
    """What each member differs in, such as `rho = 20`; empty where no parameter differs."""
    found = {_symbol(name): values for name, values in differing(variable).items()}
    count = variable.sizes.get("member", 0) if found else 0
    return [", ".join(f"{name} = {values[one]:g}" for name, values in found.items()) for one in range(count)]


def in_shades(
    ax: "Axes", x: np.ndarray, lines: np.ndarray, variable: "xr.DataArray", **options: Any
) -> "list[Artist]":
    """As `ensemble`, where few members differ in a parameter from a light to the full colour of the options."""
    from matplotlib.colors import to_rgb

    if not 1 < len(lines) <= FEW_MEMBERS or not differing(variable):
        return ensemble(ax, x, lines, **options)
    full, named = np.array(to_rgb(options.pop("color"))), options.pop("label", None)
    artists: list[Artist] = []
    for number, row in enumerate(lines):
        white = LIGHTEST * (1.0 - number / (len(lines) - 1))
        last = number == len(lines) - 1
        look = {"linewidth": 0.8} | options | {"color": tuple(full + white * (1.0 - full))}
        artists += line(ax, x, row, **look, label=named if last else None)
    return artists


def say_differing(ax: "Axes", variable: "xr.DataArray") -> None:
    """Add to the title what few members differ in, in the order of their shades."""
    found = differing(variable)
    if found and variable.sizes["member"] <= FEW_MEMBERS:
        each = "; ".join(
            f"{_symbol(name)} = {', '.join(f'{v:g}' for v in one)}" for name, one in found.items()
        )
        ax.set_title(f"{ax.get_title()}, light to dark: {each}", fontsize="medium")


def _symbol(name: str) -> str:
    return f"${symbol_of(name)}$" if name in GREEK else plain(name)
