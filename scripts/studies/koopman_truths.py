"""Koopman models beside spectra and forecasts that are known: measures, writes the results, fills the page.

    python scripts/studies/koopman_truths.py                 everything, some minutes of one core
    python scripts/studies/koopman_truths.py coverage noise  those that are named
    python scripts/studies/koopman_truths.py page            tables and picture from the results

Writes `benchmarks/results/koopman-truths.json`, `docs/models/koopman.md` and `docs/figures/models/koopman-truths.png`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ergodica.scripts.studies import (
    documents,
    figures,
    koopman_lorenz,
    koopman_spectra,
    koopman_tables,
    measured,
)
from ergodica.scripts.studies.koopman_tables import RESULT, Row, results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE = documents.ROOT / "docs" / "models" / "koopman.md"
PICTURE = documents.ROOT / "docs" / "figures" / "models" / "koopman-truths.png"
STUDIES: dict[str, Callable[[], Iterable[Row]]] = {
    "noise": koopman_spectra.noise,
    "duffing": koopman_spectra.duffing,
    "spurious": koopman_spectra.spurious,
    "rollouts": koopman_lorenz.rollouts,
    "coverage": koopman_spectra.coverage,
    "unclosed": koopman_spectra.unclosed,
}


def picture() -> Figure:
    """Errors of both rollouts over the steps, and eigenvalues of the pendulum by their residual."""
    import numpy as np

    from ergodica.data.pictures.canvas import new_figure
    from ergodica.models.koopman import EDMD
    from ergodica.models.koopman.dictionaries import Polynomial

    figure = new_figure(9.0, 4.0)
    left, right = figure.subplots(1, 2)
    rows = [
        one for one in results()["rollouts"] if one["snapshots"] == 10_000 and "degree" in one["dictionary"]
    ]
    for number, one in enumerate(rows):
        steps, colour = np.arange(1, len(one["linear"]) + 1), f"C{number}"
        left.semilogy(
            steps, one["linear"], color=colour, label=one["dictionary"].removeprefix("polynomial, ")
        )
        left.semilogy(steps, one["reencoded"], color=colour, linestyle=":")
    left.set(
        xlabel="steps of 0.01",
        ylabel="error, standard deviations",
        title="Lorenz: linear, and re-encoded (dotted)",
    )
    left.legend(frameon=False)
    model = EDMD(dictionary=Polynomial(degree=5)).fit(koopman_spectra.pendulum(40, 0))
    found = model.residuals(koopman_spectra.pendulum(40, 1))
    dots = right.scatter(
        found.eigenvalue_real,
        found.eigenvalue_imag,
        c=np.log10(found.residual + 1e-16),
        cmap="viridis",
        zorder=3,
    )
    angle = np.linspace(-0.5, 0.5, 100)
    right.plot(np.cos(angle), np.sin(angle), color="0.7")
    right.set(xlabel="real part", ylabel="imaginary part", title="Pendulum, degree 5: residuals")
    figure.colorbar(dots, ax=right, label="log10 of the residual")
    return figure


def page() -> None:
    """Tables and picture from the results."""
    measured.fill(PAGE, koopman_tables.TABLES)
    if "rollouts" in results():
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        figures.save(picture(), PICTURE)


def main(names: list[str]) -> None:
    """Measure what is named, or all, and fill the page."""
    measured.measure(names, STUDIES, RESULT)
    page()


if __name__ == "__main__":
    main(sys.argv[1:])
