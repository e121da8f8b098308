"""What goes with positions into one picture: headings, the box, radii and numbers of each particle.

A picture is given one variable; what belongs to it is handed over in its coordinates.
"""

import math
from typing import TYPE_CHECKING

from ergodica.data.declarations import FORECAST, OWN_TRUTH
from ergodica.data.pictures.score_medians import FAILED

if TYPE_CHECKING:
    import xarray as xr

POSITION = "position"
ARROWS = ("heading", "velocity", "propulsion")
"""Names of the vectors that say where a particle heads, the first that is there."""
BOX, RADIUS = "box", "radius"
BINODAL = ("gas_density", "liquid_density", "gas_error", "liquid_error")
"""Coexistence densities and their standard errors."""
KIND, ERROR, UNITS = "ergodica_kind", "standard_error", "units"
OWN_ERROR = f"_{ERROR}"
"""Ends the name of the errors of one variable, where each has its own."""
TRUTH = "truth"
"""What came, as a coordinate of its forecast."""
EIGENVALUE, EIGENVALUES = "eigenvalue", "eigenvalues"
"""Name of the eigenvalues of a step, and the kind of all that is known of eigenvalues."""
OF_MODES = ("modes", "eigenfunctions")
RATES = ("growth_rate", "frequency")
WHOLE_KIND, PARTS_KIND = "whole", "parts"
LINES = ("profile", "power_law")
"""Kinds that draw errors as a band."""
PARTICLE, SPACE = "particle", "space"
AT, OTHERS = " / ", 100
"""Between the parts of the name that one of another group has; so many of each are drawn."""
WHOLE = f"{WHOLE_KIND}{AT}"
"""Starts the name that a whole has beside its parts."""


def with_companions(found: "dict[str, xr.DataArray]") -> "dict[str, xr.DataArray]":
    """Variables of one dataset, positions and phase diagrams with what else is known of them as coordinates."""
    return {name: one.assign_coords(_beside(name, one, found)) for name, one in found.items()}


def shown_with_others(found: "dict[str, xr.DataArray]") -> set[str]:
    """Names of what other variables' pictures show: vectors beside positions, errors, the binodal."""
    aside = _of_particles(found)
    diagrams = [one for one in found.values() if one.attrs.get(KIND) == "phase_diagram"]
    aside |= {name for name in BINODAL if name in found and any(_fits(found[name], one) for one in diagrams)}
    error = found.get(ERROR)
    if error is not None and error.attrs.get(KIND) in LINES:
        others = [one for name, one in found.items() if name != ERROR and one.attrs.get(KIND) in LINES]
        aside |= {ERROR} if any(one.dims == error.dims for one in others) else set()
    aside |= {f"{name}{OWN_TRUTH}" for name, one in found.items() if one.attrs.get(KIND) == FORECAST}
    aside |= _of_spectrum(found)
    return aside | {name for name, one in found.items() if _is_own_error(name, one, found)}


def _is_own_error(name: str, one: "xr.DataArray", found: "dict[str, xr.DataArray]") -> bool:
    of = found.get(name.removesuffix(OWN_ERROR))
    return name.endswith(OWN_ERROR) and of is not None and of.dims == one.dims


def _of_spectrum(found: "dict[str, xr.DataArray]") -> set[str]:
    """What is known of eigenvalues but them, where they are there; they alone are labels of modes and functions."""
    spectrum = {name: one for name, one in found.items() if one.attrs.get(KIND) == EIGENVALUES}
    points = {name for name in spectrum if name.endswith(EIGENVALUE)}
    if spectrum.keys() == {EIGENVALUE} and any(one.attrs.get(KIND) in OF_MODES for one in found.values()):
        return set(spectrum)
    return set(spectrum) - points if points else set()


def _of_particles(found: "dict[str, xr.DataArray]") -> set[str]:
    if POSITION not in found or SPACE not in found[POSITION].dims:
        return set()
    beside = {name for name in (BOX, RADIUS) if name in found and _fits(found[name], found[POSITION])}
    beside |= {name for name, one in found.items() if _group_of(name, one, found[POSITION])}
    return beside | {
        name
        for name, one in found.items()
        if name != POSITION
        and {PARTICLE, SPACE} <= set(one.dims)
        and one.attrs.get(KIND, "agents") == "agents"
    }


def _beside(name: str, one: "xr.DataArray", found: "dict[str, xr.DataArray]") -> "dict[str, xr.Variable]":
    if one.attrs.get(KIND) == "phase_diagram":
        return {key: found[key].variable for key in BINODAL if key in found and _fits(found[key], one)}
    if one.attrs.get(KIND) == PARTS_KIND:
        return _wholes(one, found)
    if FAILED in found and name != FAILED and "model" in one.dims and _fits(found[FAILED], one):
        return {FAILED: found[FAILED].variable}
    if one.attrs.get(KIND) == EIGENVALUES:
        return _of_eigenvalues(name, one, found)
    if one.attrs.get(KIND) in OF_MODES:
        own = found.get(EIGENVALUE)
        return {EIGENVALUE: own.variable} if own is not None and _fits(own, one) else {}
    if one.attrs.get(KIND) == FORECAST:
        came = found.get(f"{name}{OWN_TRUTH}")
        return {TRUTH: came.variable} if came is not None and _fits(came, one) else {}
    if not {PARTICLE, SPACE} <= set(one.dims):
        return {}
    names = [key for key, other in found.items() if _is_scalar(other) and _fits(other, one)]
    if BOX in found and _fits(found[BOX], one):
        names.append(BOX)
    if RADIUS in found and _fits(found[RADIUS], one):
        names.append(RADIUS)
    if name == POSITION:
        names += [key for key in ARROWS if key in found and found[key].dims == one.dims]
    beside = {key: found[key].variable for key in names if key != name and key not in one.coords}
    return beside | (_others(one, found) if name == POSITION else {})


def _of_eigenvalues(
    name: str, one: "xr.DataArray", found: "dict[str, xr.DataArray]"
) -> "dict[str, xr.Variable]":
    """Residuals and whether they are spurious, and the ends of their intervals, `low` and `high`."""
    if not name.endswith(EIGENVALUE):
        return {}
    beside: dict[str, xr.Variable] = {
        key: found[key].variable
        for key in ("residual", "spurious")
        if key in found and _fits(found[key], one)
    }
    for end in ("low", "high"):
        own = found.get(f"{name}_{end}")
        growth, frequency = (found.get(f"{rate}_{end}") for rate in RATES)
        if own is not None and _fits(own, one):
            beside[end] = own.variable
        elif name != EIGENVALUE and growth is not None and frequency is not None and _fits(growth, one):
            beside[end] = growth.variable + 2j * math.pi * frequency.variable
    return beside


def _wholes(parts: "xr.DataArray", found: "dict[str, xr.DataArray]") -> "dict[str, xr.Variable]":
    """Each whole of the units of the parts, with its error, as scalar coordinates."""
    beside = {}
    for name, one in found.items():
        if (
            one.attrs.get(KIND) == WHOLE_KIND
            and not one.ndim
            and one.attrs.get(UNITS) == parts.attrs.get(UNITS)
        ):
            beside[f"{WHOLE}{name}"] = one.variable
            error = found.get(f"{name}{OWN_ERROR}")
            if error is not None and not error.ndim:
                beside[f"{WHOLE}{name}{AT}{ERROR}"] = error.variable
    return beside


def _others(position: "xr.DataArray", found: "dict[str, xr.DataArray]") -> "dict[str, xr.Variable]":
    """Each of another group, such as `predator_position(t, predator, space)`, as a coordinate without its number."""
    beside = {}
    for name, one in found.items():
        group = _group_of(name, one, position)
        for number in range(min(one.sizes[group], OTHERS) if group else 0):
            what = name.removeprefix(f"{group}_")
            beside[f"{group}{AT}{number}{AT}{what}"] = one.isel({group: number}).variable
    return beside


def _group_of(name: str, one: "xr.DataArray", position: "xr.DataArray") -> str:
    """The dimension of another group that `one` is a vector of; empty when it is none."""
    group, _, what = name.rpartition("_")
    known = what in (POSITION, *ARROWS) and group in one.dims and SPACE in one.dims
    return group if known and {*one.dims} - {group} <= {*position.dims} else ""


def _is_scalar(one: "xr.DataArray") -> bool:
    return PARTICLE in one.dims and SPACE not in one.dims


def _fits(one: "xr.DataArray", other: "xr.DataArray") -> bool:
    return all(other.sizes.get(dim) == size for dim, size in one.sizes.items())
