"""Lines over one axis: single ones, each of a few members, and of many a band with their median."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.thin import thin_line

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

# Okabe and Ito 2008, told apart with any colour vision; yellow is left out, too pale on white
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", ":", "-.")
FEW_MEMBERS = 6
"""Up to so many are drawn each; a median of so few tells nothing."""
BAND = (0.05, 0.95)
CONSTANT = 1e-9
"""A series whose values differ by less than this share of their size is a constant with its round-off."""
# inches: a letter of a legend, a row, its frame; and the letters that a handle takes
LETTER = 0.058
HANDLE = 9
LEGEND_ROW = 0.19
LEGEND_MARK = 9.0
LEGEND_FRAME = 0.14
# what the layout makes of the height and width of axes, and the largest share of the height for a legend
SQUEEZED = 0.85
STRETCHED = 1.1
LARGEST_SHARE = 0.4
POINTS = 72
GAP = 4.0
# lines closer than this share of the axis, along this share of their length, hide each other
HIDDEN = 0.016
HIDDEN_SHARE = 0.4
DASHES = ((0, (6, 4)), (0, (2, 4)), (0, (4, 6)))
MARKUP = re.compile(r"\\mathrm|[${}\\]")


def style(number: int) -> dict[str, Any]:
    """Colour and dashes of the line with this number."""
    return {
        "color": COLOURS[number % len(COLOURS)],
        "linestyle": STYLES[number // len(COLOURS) % len(STYLES)],
    }


def line(ax: "Axes", x: np.ndarray, y: np.ndarray, **options: Any) -> "list[Artist]":
    """One line of at most a few thousand points; a single point gets a marker."""
    x, y = thin_line(x, np.asarray(y, dtype=np.float64))
    marker = {"marker": "o"} if len(x) == 1 else {}
    return list(ax.plot(x, y, **({"linewidth": 1.5} | marker | options)))


def ensemble(ax: "Axes", x: np.ndarray, values: np.ndarray, **options: Any) -> "list[Artist]":
    """Lines of an ensemble of up to six members; of more the band that holds 90 % of them, and their median.

    Args:
        ax: the axes.
        x: positions, shape `(n,)`.
        values: shape `(members, n)`, NaN where a member has none.
        options: `color`, `label` and more for the lines or the median.

    Returns:
        A line for each member, or the band and the median.
    """
    if len(values) == 1:
        return line(ax, x, values[0], **options)
    if len(values) <= FEW_MEMBERS:
        named = options.pop("label", None)
        thin = {"linewidth": 0.8, "alpha": 0.8} | options
        return [
            one
            for number, row in enumerate(values)
            for one in line(ax, x, row, **thin, label=None if number else named)
        ]
    low, high = (quantile(values, share) for share in BAND)
    colour = options.get("color", COLOURS[0])
    at, below = thin_line(x, low)
    # the edges of the band keep their own extremes
    at_above, above = thin_line(x, high)
    outline = np.append(at, at_above[::-1]), np.append(below, above[::-1])
    seen = np.isfinite(outline[1])
    (band,) = ax.fill(outline[0][seen], outline[1][seen], color=colour, alpha=0.2, linewidth=0)
    return [band, *line(ax, x, median(values), **({"linewidth": 1.2} | options))]


def quantile(values: np.ndarray, share: float) -> np.ndarray:
    """The value below which this share of the members lies, of those that have one; NaN where none has."""
    ordered = np.sort(values, axis=0)
    place = share * np.maximum(np.isfinite(values).sum(0) - 1, 0)
    lower = np.floor(place).astype(np.int64)
    columns = np.arange(values.shape[1])
    first = ordered[lower, columns]
    second = ordered[np.ceil(place).astype(np.int64), columns]
    return np.asarray(first + (place - lower) * (second - first))


def median(values: np.ndarray) -> np.ndarray:
    """Median over the members that have a value; NaN where none has."""
    missing = np.isnan(values)
    if not missing.any():
        return np.asarray(np.median(values, axis=0))
    result = np.full(values.shape[1], np.nan)
    some = ~missing.all(axis=0)
    result[some] = np.nanmedian(values[:, some], axis=0)
    return result


def legend(ax: "Axes", *, least: int = 2, columns: int = 4) -> None:
    """A legend for at least `least` labelled lines, in room made above them, so that it hides none.

    The room is within the axes where that takes little of a linear axis, else between axes and title.
    """
    handles, names = ax.get_legend_handles_labels()
    if len(handles) < least:
        return
    box, dpi = ax.get_window_extent(), ax.figure.dpi
    lengths = [len(MARKUP.sub("", name)) + HANDLE for name in names]
    fitting = [
        n for n in range(1, columns + 1) if LETTER * _widest(lengths, n) <= STRETCHED * box.width / dpi
    ]
    columns = max([1, *fitting])
    count = -(-len(names) // columns)
    share = (LEGEND_ROW * count + LEGEND_FRAME) / (SQUEEZED * box.height / dpi)
    look: dict[str, Any] = {"fontsize": "small", "columnspacing": 1.2, "ncols": columns}
    if share > LARGEST_SHARE or ax.get_yscale() == "log":
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.0, frameon=False, **look)
        _enlarge_marks(ax)
        entitle(ax, ax.get_title())
        return
    forward = ax.yaxis.get_transform()
    low, high = forward.transform(np.array(ax.get_ylim()))
    top = forward.inverted().transform(np.array([low + (high - low) / (1 - share)]))[0]
    ax.set_ylim(top=float(top))
    ax.legend(loc="upper right", framealpha=0.85, **look)
    _enlarge_marks(ax)


def _enlarge_marks(ax: "Axes") -> None:
    """In a legend small dots are seen as dots of their colour."""
    found = ax.get_legend()
    for one in found.get_lines() if found is not None else ():
        if one.get_linestyle() == "None":
            one.set_markersize(max(one.get_markersize(), LEGEND_MARK))


def entitle(ax: "Axes", text: str) -> None:
    """A title above the axes and above a legend that stands there."""
    found, pad = ax.get_legend(), None
    if found is not None:
        box = found.get_window_extent()
        if box.y0 >= ax.bbox.y1 - 1:
            pad = box.height * POINTS / ax.figure.dpi + GAP
    ax.set_title(text, fontsize="medium", pad=pad)


def set_apart(lines: "list[Line2D]", ax: "Axes") -> None:
    """Dash each line that runs mostly on top of an earlier one, so that both are seen."""
    forward = ax.yaxis.get_transform()
    low, high = forward.transform(np.array(ax.get_ylim()))
    with np.errstate(all="ignore"):
        heights = [forward.transform(np.asarray(one.get_ydata(), np.float64)) / (high - low) for one in lines]
    for number, (one, height) in enumerate(zip(lines, heights, strict=True)):
        for other in heights[:number]:
            if len(other) == len(height) and np.mean(np.abs(other - height) < HIDDEN) > HIDDEN_SHARE:
                one.set_linestyle(DASHES[number % len(DASHES)])


def _widest(lengths: list[int], columns: int) -> int:
    """Letters across a legend, which is filled column by column."""
    rows = -(-len(lengths) // columns)
    return sum(max(lengths[start : start + rows]) for start in range(0, len(lengths), rows))


def say_members(ax: "Axes", count: int, among: int | None = None, words: str | None = None) -> None:
    """Say in the title what is drawn of `count` members `among` so many: each, or their median and band, or `words`."""
    if count < 2:
        return
    some = f"{count} of {among}" if among is not None and among > count else f"{count}"
    band = f"median and {BAND[1] - BAND[0]:.0%} band of ".replace("%", " %") if count > FEW_MEMBERS else ""
    ax.set_title(f"{band if words is None else words}{some} members", fontsize="medium")


def tidy(ax: "Axes") -> None:
    """A faint grid, no frame on the right and above, powers of ten for small and large numbers."""
    if ax.get_yscale() == "linear":
        _widen_constant(ax)
        ax.ticklabel_format(axis="y", scilimits=(-3, 5), useMathText=True)
    ax.grid(True, alpha=0.25, linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)


def _widen_constant(ax: "Axes") -> None:
    """An axis around a constant that does not magnify its round-off."""
    low, high = ax.dataLim.intervaly
    size = max(abs(low), abs(high))
    if np.isfinite(size) and size > 0 and high - low <= CONSTANT * size:
        middle = (low + high) / 2
        ax.set_ylim(middle - size / 2, middle + size / 2)


def tight_upwards(ax: "Axes", y: np.ndarray) -> None:
    """Let the vertical axis end with the data."""
    if len(y) > 1 and y[0] != y[-1]:
        ax.set_ylim(float(np.min(y)), float(np.max(y)))


def tight(ax: "Axes", x: np.ndarray) -> None:
    """Let the horizontal axis end with the data."""
    if len(x) > 1 and x[0] != x[-1]:
        ax.set_xlim(float(np.min(x)), float(np.max(x)))
