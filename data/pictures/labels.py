"""Words on a picture, taken from attributes: `long_name` and `units`."""

import re
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

WIDTH = 44
# along the height of a panel of lines
NARROW = 24
SHORT = 36
GREEK = (
    "psi",
    "phi",
    "rho",
    "theta",
    "omega",
    "sigma",
    "lambda",
    "alpha",
    "beta",
    "gamma",
    "mu",
    "nu",
    "eta",
    "chi",
)
MOST_DIGITS = 6
NORMALIZED = "normalized "
ORDER = ("polarization", "rotation", "order")
"""Nouns of what goes from 0, disorder, to 1, order."""
ORDER_PARAMETER = "order parameter"
SYMBOL = re.compile(r" [A-Z]$")
"""A letter behind the words, such as that of `polarization P`."""
PURE_NUMBERS = ("", "1", "none", "dimensionless")


def plain(text: str, width: int = WIDTH) -> str:
    """Text that matplotlib prints as it stands, in lines of at most `width` characters."""
    return fill(text, width).replace("$", r"\$")


def label(variable: "xr.DataArray | xr.Variable", name: str | None = None, width: int = WIDTH) -> str:
    """`long_name (units)`; the units of a pure number are not printed; the name serves for no `long_name`."""
    words = str(variable.attrs.get("long_name") or name or getattr(variable, "name", None) or "")
    return plain(words + units_of(variable), width)


def units_of(variable: "xr.DataArray | xr.Variable", power: int = 1) -> str:
    """The units in brackets with a leading space, or nothing for a pure number."""
    units = str(variable.attrs.get("units", "")).strip()
    if units.lower() in PURE_NUMBERS:
        return ""
    return f" ({units})" if power == 1 else f" (({units})^{power})"


def dim_label(variable: "xr.DataArray", dim: str, width: int = WIDTH) -> str:
    """The label of a dimension's axis."""
    return label(variable[dim], dim, width) if dim in variable.coords else plain(dim, width)


def short(variable: "xr.DataArray") -> str:
    """What a legend says: the `long_name` up to its first comma when that is short, else the name."""
    words = _head(variable)
    name = str(variable.name if variable.name is not None else "").replace("_", " ")
    return plain(words if 0 < len(words) <= SHORT else name or words, SHORT)


def shorts(variables: "list[xr.DataArray]", *, said: bool = False) -> list[str]:
    """Legends of several variables: words that tell them apart, without what all share, or else names.

    Args:
        variables: what is drawn on common axes.
        said: the axis says the noun that they share, so that the legend need not: `Renyi, order 2` of
            `normalized Renyi entropy of order 2 of the density`.
    """
    if len(variables) < 2:
        return [short(one) for one in variables]
    words = [_head(one) for one in variables]
    ending = _common_ending(words)
    words = [text.removesuffix(ending).strip() for text in words]
    if said and len({noun(one) for one in variables}) == 1:
        words = _without_noun(words, noun(variables[0]))
    words = [text.replace(" of order inf", " of order ∞") for text in words]
    if len(set(words)) == len(words) and all(0 < len(text) <= SHORT for text in words):
        return [plain(text, SHORT) for text in words]
    return [plain(str(one.name).replace("_", " "), SHORT) for one in variables]


def noun(variable: "xr.DataArray") -> str:
    """What kind of thing a variable is, in one word: `entropy` of `normalized Shannon entropy of the density`."""
    head = SYMBOL.sub(
        "", re.split(r" of | over | \(|,", str(variable.attrs.get("long_name") or ""))[0]
    ).split()
    return plain(head[-1]) if head else ""


def shared(nouns: "set[str]") -> str:
    """One noun for several things: theirs if it is one, `order parameter` for such, else nothing."""
    if len(nouns) == 1:
        return next(iter(nouns))
    return ORDER_PARAMETER if nouns and nouns <= {*ORDER} else ""


def normalized(variable: "xr.DataArray") -> bool:
    """Whether the `long_name` says so."""
    return _head(variable).startswith(NORMALIZED)


def _without_noun(words: list[str], shared: str) -> list[str]:
    plain_ones = [text.removeprefix(NORMALIZED) for text in words]
    some = plain_ones != words
    parts = [re.split(rf"\b{re.escape(shared)}\b", text, maxsplit=1) for text in plain_ones]
    if any(len(one) != 2 for one in parts):
        return words
    same = len({before for before, _ in parts}) == 1
    found = []
    for text, (before, after) in zip(words, parts, strict=True):
        after = re.sub(r"^ of order ", ", order ", after).replace("order inf", "order ∞")
        made = after.strip(" ()") if same else f"{before.strip()}{after}"
        found.append(made + " (not normalized)" * (some and not text.startswith(NORMALIZED)))
    return found


def _head(variable: "xr.DataArray") -> str:
    # a comma in brackets, such as between authors, ends nothing
    return re.split(r",(?![^()]*\))", str(variable.attrs.get("long_name") or ""))[0].strip()


def _common_ending(texts: list[str]) -> str:
    """The longest ending that all share and that starts with ` of `."""
    first = texts[0]
    starts = [match.start() for match in re.finditer(" of ", first)]
    return next((first[at:] for at in starts if all(text.endswith(first[at:]) for text in texts)), "")


def symbol(variable: "xr.DataArray") -> str:
    """The name as a mathematical symbol without the dollar signs: psi becomes a Greek letter."""
    return symbol_of(str(variable.name if variable.name is not None else "u"))


def symbol_of(name: str) -> str:
    """A name as a mathematical symbol: rho and psi_real become Greek letters, the latter with an index."""
    head, _, tail = name.partition("_")
    letter = f"\\{head}" if head in GREEK else head if len(head) == 1 else rf"\mathrm{{{head}}}"
    return letter + (rf"_{{\mathrm{{{tail.replace('_', ' ')}}}}}" if tail else "")


def magnitude(variable: "xr.DataArray") -> str:
    """The label of the absolute value: |psi| with its units."""
    return rf"$|{symbol(variable)}|$" + plain(units_of(variable))


def stamp(times: np.ndarray, coordinate: Any = None) -> list[str]:
    """`t = 3.20` for every time, with as many digits as tell them apart and no more than they need."""
    times = np.asarray(times, dtype=np.float64)
    steps = np.abs(np.diff(times))
    step = (
        float(steps[steps > 0].min())
        if (steps > 0).any()
        else 1e-4 * float(np.abs(times).max(initial=0.0)) or 1.0
    )
    digits = int(np.clip(2 - np.floor(np.log10(step)), 0, 12))
    while digits > 0 and np.abs(times - np.round(times, digits - 1)).max(initial=0.0) < 1e-3 * step:
        digits -= 1
    units = plain(units_of(coordinate).strip(" ()")) if coordinate is not None else ""
    return [f"$t$ = {time:.{digits}f} {units}".rstrip() for time in times]


def with_error(value: float, error: float) -> str:
    """`0.906 ± 0.003`: as many digits as the error leaves, at most six behind the point."""
    digits = MOST_DIGITS
    if np.isfinite(error) and error > 0:
        digits = int(np.clip(-np.floor(np.log10(error)), 0, MOST_DIGITS))
    # no minus before a zero
    rounded = round(float(value), digits) + 0.0
    least = 10.0**-digits
    return f"{rounded:.{digits}f} ± " + (f"{error:.{digits}f}" if error >= least else f"{error:.0e}")


def title(attrs: Any, width: int = 90) -> str:
    """The dataset's `title`, ready to print; empty when there is none."""
    return plain(str(attrs.get("title", "") or ""), width)
