"""Pictures of the study `mips_entropy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import models
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures, mips_learning, mips_runs
from ergodica.scripts.studies.mips_fields import Fields, fields

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ergodica.scripts.studies.mips_learning import Size

FOLDER = figures.FOLDER / "models"
CLIPPED = 0.02
"""Share of the particles at each end that the colours do not tell apart."""
DISCS = 14.0
"""Area of a disc on a map of 4096 particles, in points."""
SHOWN = -1
NAMES = {0.0: r"$\epsilon$ = 0", 1e-3: r"$\epsilon$ = 0.001"}


def draw(found: dict[str, Any], size: Size) -> None:
    """All of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, made in {
        "mips_maps": maps(size),
        "mips_sizes": sizes(size),
        "mips_profiles": profiles(found),
        "mips_transfer": transfer(found),
        "mips_training": training(found),
    }.items():
        figures.save(made, FOLDER / f"{name}.png")


def discs(ax: Axes, x: np.ndarray, values: np.ndarray, length: float, words: str) -> None:
    """Particles coloured by a number of each, in their box."""
    low, high = np.quantile(values, (CLIPPED, 1 - CLIPPED))
    side = np.sqrt(4096 / len(x))
    drawn = ax.scatter(
        x[:, 0] % length, x[:, 1] % length, c=values, s=DISCS * side**2, vmin=min(low, 0.0), vmax=high, linewidths=0,
        cmap="viridis", rasterized=True,
    )  # fmt: skip
    figure = ax.get_figure()
    assert figure is not None
    figure.colorbar(drawn, ax=ax, label=words, shrink=0.8, extend="max")
    ax.set_aspect("equal")
    ax.set_xlim(0, length)
    ax.set_ylim(0, length)
    ax.set_xticks([])
    ax.set_yticks([])


def of_last(size: Size, noise: float, run: mips_runs.Run, spreads: int = 1) -> tuple[Fields, float]:
    """Fields of the last snapshot of a run by the first network, and the length of its box."""
    network: Any = models.load(mips_learning.folder(size, noise, mips_learning.HALVES[0]))
    ds = run.simulate(None).isel(t=[SHOWN])
    return fields(network, ds, spreads=spreads), float(ds["box"][0])


def maps(size: Size) -> Figure:
    """One snapshot that the network has not seen, for each noise."""
    figure = new_figure(12.5, 7.4)
    axes = figure.subplots(2, 3)
    for row, noise in zip(axes, NAMES, strict=True):
        one, length = of_last(size, noise, mips_runs.training(noise)[1])
        x = one.position[0]
        discs(row[0], x, np.sqrt(one.production[0]), length, r"$|v_g|/\gamma$, learned")
        discs(row[1], x, one.spread[0], length, r"$\nabla_g\cdot v_g/\gamma$, learned")
        if noise == 0:
            discs(
                row[2],
                x,
                one.confinement[0],
                length,
                r"$-\nabla_x\cdot b/\gamma$, exact mean of $|v_g|^2/\gamma^2$",
            )
        else:
            discs(row[2], x, one.moving[0], length, r"$|v_x|^2/(\epsilon\gamma)$, learned")
        row[0].set_ylabel(NAMES[noise])
    return figure


def sizes(size: Size) -> Figure:
    """The same weights on more particles and at other packing fractions, |v_g| of the first noise."""
    figure = new_figure(12.5, 7.0)
    axes = figure.subplots(2, 4).ravel()
    for ax, run in zip(axes, [mips_runs.training(0.0)[1], *mips_runs.transfer(0.0)], strict=True):
        one, length = of_last(size, 0.0, run, spreads=0)
        discs(ax, one.position[0], np.sqrt(one.production[0]), length, r"$|v_g|/\gamma$")
        ax.set_title(rf"$N$ = {run.particles}, $\phi$ = {run.fraction:g}", fontsize="medium")
    return figure


def profiles(found: dict[str, Any]) -> Figure:
    """Numbers over the distance from the boundary."""
    figure = new_figure(11.0, 3.6)
    axes = figure.subplots(1, 3)
    first, second = (found["noise"][f"{noise:g}"]["unseen"]["profile"] for noise in NAMES)
    shown = (
        (axes[0], first["production"], r"$|v_g|^2/\gamma^2$, learned, $\epsilon$ = 0"),
        (axes[1], second["production"], r"$|v_g|^2/\gamma^2$, learned, $\epsilon$ = 0.001"),
        (axes[2], second["moving"], r"$|v_x|^2/(\epsilon\gamma)$, learned, $\epsilon$ = 0.001"),
    )
    for number, (ax, one, words) in enumerate(shown):
        band(ax, one, COLOURS[number])
        ax.axvline(0.0, color="0.5", linewidth=0.8, linestyle="--")
        ax.set_xlabel("distance from the boundary (diameters)\ngas < 0 < dense phase")
        ax.set_ylabel(words)
        ax.set_ylim(bottom=0.0)
        tidy(ax)
    return figure


def band(ax: Axes, one: dict[str, Any], colour: str, label: str | None = None) -> None:
    """A mean with its standard error."""
    x, mean, error = (np.array(one[name], dtype=float) for name in ("distance", "mean", "error"))
    ax.plot(x, mean, color=colour, label=label)
    ax.fill_between(x, mean - error, mean + error, color=colour, alpha=0.25, linewidth=0)


def transfer(found: dict[str, Any]) -> Figure:
    """Learned totals beside those without a network, and the interface beside the bulk, of all runs."""
    figure = new_figure(11.0, 4.0)
    left, right = figure.subplots(1, 2)
    noisy = rows_of(found, "0.001")
    place = np.arange(len(noisy))
    for shift, name, label, colour in (
        (-0.18, "total", "learned", 1),
        (0.18, "identity", "without a network", 2),
    ):
        mean, error = (np.array([row["mean"][name][key] for row in noisy]) for key in ("mean", "error"))
        left.bar(
            place + shift, mean, 0.34, yerr=error, capsize=3, color=COLOURS[colour], alpha=0.75, label=label
        )
    left.set_ylabel(r"entropy production a particle ($\gamma$), $\epsilon$ = 0.001")
    left.set_ylim(top=1.2 * left.get_ylim()[1])
    left.legend(frameon=False, ncols=2, loc="upper center")
    ticks(left, noisy)
    every = rows_of(found, "0")
    where = [(row["particles"], row["fraction"]) for row in every]
    for number, noise in enumerate(found["noise"]):
        rows = rows_of(found, noise)
        at = np.array([where.index((row["particles"], row["fraction"])) for row in rows]) + 0.15 * number
        ratios = [row["regions"]["production"]["interface/bulk"] for row in rows]
        mean, error = (np.array([one[key] for one in ratios], dtype=float) for key in ("mean", "error"))
        words = rf"$\epsilon$ = {noise}"
        right.errorbar(at, mean, error, fmt="os"[number], color=COLOURS[number], capsize=3, label=words)
    right.axhline(1.0, color="0.5", linewidth=0.8, linestyle="--")
    right.set_ylabel(r"learned $|v_g|^2$, interface over bulk")
    right.legend(frameon=False)
    ticks(right, every)
    return figure


def rows_of(found: dict[str, Any], noise: str) -> list[dict[str, Any]]:
    """What the networks say of the run they learned from, and of others."""
    one = found["noise"][noise]
    return [
        {"particles": found["particles"], "fraction": mips_runs.FRACTION, **one["unseen"]},
        *one["transfer"],
    ]


def ticks(ax: Axes, rows: list[dict[str, Any]]) -> None:
    """Numbers of particles and packing fractions along the axis."""
    words = [f"{row['particles']}\n{row['fraction']:g}" for row in rows]
    ax.set_xticks(np.arange(len(rows)), words, fontsize="small")
    ax.set_xlabel(r"$N$ and $\phi$")
    tidy(ax)


def training(found: dict[str, Any]) -> Figure:
    """Losses on held-out snapshots, and the entropy of attention."""
    figure = new_figure(11.0, 3.4)
    left, middle, right = figure.subplots(1, 3)
    for ax, (noise, one) in zip((left, middle), found["noise"].items(), strict=True):
        for number, (half, course) in enumerate(one["learning"].items()):
            ax.plot(
                course["step"], course["held_out_loss"], color=COLOURS[number], label=f"{half} half, held out"
            )
            ax.plot(course["step"], course["loss"], color=COLOURS[number], linewidth=0.7, alpha=0.5)
        ax.set_ylabel(rf"loss, $\epsilon$ = {noise}")
        ax.legend(frameon=False, fontsize="small")
    for number, (noise, one) in enumerate(found["noise"].items()):
        course = one["learning"][mips_learning.HALVES[0]]
        for name in sorted(key for key in course if key.startswith("attention")):
            layer = name.rsplit("_", 1)[1]
            right.plot(
                course["step"], course[name], color=COLOURS[number], linestyle=("-", "--", ":", "-.")[int(layer) % 4],
                label=rf"layer {layer}, $\epsilon$ = {noise}",
            )  # fmt: skip
    right.axhline(np.log(1 + found["network"]["neighbours"]), color="0.5", linewidth=0.8)
    right.set_ylabel("entropy of attention (nat)")
    right.legend(frameon=False, fontsize="small")
    for ax in (left, middle, right):
        ax.set_xlabel("step")
        tidy(ax)
    return figure
