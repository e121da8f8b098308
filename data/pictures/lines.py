"""Lines over one axis: single ones, and ensembles as faint lines with their median."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.thin import evenly, thin_line

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

# Okabe and Ito 2008, told apart with any colour vision; yellow is left out, too pale on white
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", ":", "-.")
FAINT_LINES = 100
# inches: a letter of a legend, a row, its frame; and the letters that a handle takes
LETTER = 0.058
HANDLE = 9
LEGEND_ROW = 0.19
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
    """Lines of an ensemble, faint, and their median; one line when there is one.

    Args:
        ax: the axes.
        x: positions, shape `(n,)`.
        values: shape `(members, n)`; at most 100 are drawn, the median is that of all.
        options: `color`, `label` and more for the median.
    """
    from matplotlib.collections import LineCollection

    if len(values) == 1:
        return line(ax, x, values[0], **options)
    chosen = values[evenly(len(values), FAINT_LINES)]
    faint = LineCollection(
        [np.column_stack(thin_line(x, one)) for one in chosen],
        colors=options.get("color", COLOURS[0]),
        linewidths=0.6,
        alpha=float(np.clip(6 / len(chosen), 0.08, 0.4)),
    )
    ax.add_collection(faint)
    return [faint, *line(ax, x, median(values), **({"linewidth": 2.0} | options))]


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
        entitle(ax, ax.get_title())
        return
    forward = ax.yaxis.get_transform()
    low, high = forward.transform(np.array(ax.get_ylim()))
    top = forward.inverted().transform(np.array([low + (high - low) / (1 - share)]))[0]
    ax.set_ylim(top=float(top))
    ax.legend(loc="upper right", framealpha=0.85, **look)


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


def say_members(ax: "Axes", count: int, among: int | None = None) -> None:
    """Say in the title that the strong line is a median, of `count` members `among` so many."""
    if count > 1:
        some = f"{count} of {among}" if among is not None and among > count else f"{count}"
        ax.set_title(f"median of {some} members", fontsize="medium")


def tidy(ax: "Axes") -> None:
    """A faint grid, no frame on the right and above, powers of ten for small and large numbers."""
    if ax.get_yscale() == "linear":
        ax.ticklabel_format(axis="y", scilimits=(-3, 5), useMathText=True)
    ax.grid(True, alpha=0.25, linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)


def tight_upwards(ax: "Axes", y: np.ndarray) -> None:
    """Let the vertical axis end with the data."""
    if len(y) > 1 and y[0] != y[-1]:
        ax.set_ylim(float(np.min(y)), float(np.max(y)))


def tight(ax: "Axes", x: np.ndarray) -> None:
    """Let the horizontal axis end with the data."""
    if len(x) > 1 and x[0] != x[-1]:
        ax.set_xlim(float(np.min(x)), float(np.max(x)))
