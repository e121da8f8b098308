"""The picture of the page on spectra: what a width sees of clusters, and the modes of two fields.

    python scripts/studies/spectra_figures.py

It goes to `docs/figures/estimators/spectra.png`; the numbers that it shows are printed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ergodica import estimators as est
from ergodica import sims
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.scripts.studies import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CLUSTERS = (1, 3, 6)
POINTS = 240
WIDTHS = np.geomspace(1e-2, 1e4, 61)
FIELDS = {"two solitons": ("two-soliton", 10.0), "integrable turbulence": ("noise", 60.0)}
SHOWN = 40


def clustered(count: int) -> np.ndarray:
    """Normal clusters of width 1, centres 400 apart on a circle."""
    rng = np.random.default_rng(count)
    angle = 2 * np.pi * np.arange(count) / count
    radius = 0.0 if count == 1 else 200 / math.sin(math.pi / count)
    centres = radius * np.stack([np.cos(angle), np.sin(angle)], -1)
    return np.repeat(centres, POINTS // count, axis=0) + rng.normal(size=(POINTS, 2))


def widths(ax: Axes) -> None:
    """Diffusion spectral entropy over the width of the kernel, with plateaus at ln m."""
    for count, colour in zip(CLUSTERS, COLOURS, strict=False):
        x = clustered(count)
        entropy = [float(est.diffusion_spectral_entropy(x, feature_dim=-1, sigma=s)) for s in WIDTHS]
        ax.plot(WIDTHS, entropy, color=colour, label=f"{count} cluster{'s' if count > 1 else ''}")
        ax.axhline(math.log(count), color=colour, lw=0.8, ls=":")
        print(
            f"{count} clusters: {entropy[np.abs(WIDTHS - 40).argmin()]:.3f}, ln {count} = {math.log(count):.3f}"
        )
    ax.axhline(math.log(POINTS), color="0.5", lw=0.8, ls=":")
    ax.annotate(
        f"ln {POINTS}",
        (WIDTHS[-1], math.log(POINTS)),
        (0, -3),
        textcoords="offset points",
        ha="right",
        va="top",
    )
    ax.set(
        xscale="log",
        xlabel="width of the kernel, in widths of a cluster",
        ylabel="diffusion spectral entropy (nat)",
    )
    ax.set_title("Clusters at a distance of 400 (dotted: ln of their number)")
    ax.legend()


def modes(ax: Axes) -> None:
    """Energies of the proper orthogonal modes of a field, with the number of modes that take part."""
    for (label, (preset, t_end)), colour in zip(FIELDS.items(), COLOURS, strict=False):
        field = sims.NLSE.preset(preset).run(t_end=t_end, snapshots=401, seed=1).ergodica.psi
        density = abs(field) ** 2
        p = est.Covariance().spectrum(density.transpose("t", "x").values)
        number = math.exp(est.von_neumann_entropy(density, dim="t", feature_dim="x"))
        ax.plot(
            np.arange(1, SHOWN + 1),
            p[:SHOWN] / p.sum(),
            "o-",
            ms=3,
            color=colour,
            label=f"{label}: {number:.1f} modes",
        )
        print(f"{label}: exp(S) = {number:.2f}")
    ax.set(yscale="log", ylim=(1e-4, 1), xlabel="proper orthogonal mode", ylabel="share of the variance")
    ax.set_title(r"Modes of $|\psi|^2$, and exp of their entropy")
    ax.legend()


def spectra() -> Figure:
    """Both panels."""
    figure = new_figure(10.0, 4.0)
    left, right = figure.subplots(1, 2)
    widths(left)
    modes(right)
    for ax in (left, right):
        tidy(ax)
    return figure


if __name__ == "__main__":
    figures.save(spectra(), figures.FOLDER / "estimators" / "spectra.png")
