"""Tables and picture of the page on Koopman models without dictionaries, from results of a benchmark and a study.

python benchmarks/run.py koopman_noisy
python scripts/studies/koopman_estimates.py
python scripts/studies/koopman_methods.py
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ergodica.scripts.studies import documents, figures, measured
from ergodica.scripts.studies.documents import markdown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RESULT = documents.ROOT / "benchmarks" / "results" / "koopman_noisy.json"
ESTIMATES = documents.ROOT / "benchmarks" / "results" / "koopman-estimates.json"
PAGE = documents.ROOT / "docs" / "models" / "koopman-methods.md"
PICTURE = documents.ROOT / "docs" / "figures" / "models" / "koopman-methods.png"


def koopman_noisy(margin: float) -> str:
    """Errors of the eigenvalues of 60 noisy snapshots beside BOPDMD and the bound."""
    found = json.loads(RESULT.read_text())["repeats"] if RESULT.exists() else {"ours": [{}], "peer": [{}]}
    ours, peer = found["ours"][0], found["peer"][0]
    rows = []
    for key in (one.removesuffix(", bound") for one in ours if one.endswith(", bound")):
        spectrum, features, noise = key.split(", ")
        errors = (
            f"{side[f'{key}, {way}, {what}']:.4f}"
            for what in ("median", "mean")
            for side, way in ((ours, "ours"), (peer, "default"), (peer, "fair"))
        )
        rows.append((spectrum, features, f"{float(noise):.0%}", f"{ours[f'{key}, bound']:.4f}", *errors))
    head = ("eigenvalues", "features", "noise", "bound", "median: `OptimisedDMD`", "BOPDMD", "constrained")
    return markdown((*head, "mean: `OptimisedDMD`", "BOPDMD ", "constrained "), rows)


def koopman_bound(margin: float) -> str:
    """Root mean square errors of the eigenvalues over the bound."""
    rows = [
        (
            *(str(one["features"]), f"{one['noise']:.0%}", str(one["seeds"])),
            # of a conjugate pair one
            *(f"{one['ratios'][k]:.2f} ± {one['standard_errors'][k]:.2f}" for k in (0, 2, 4)),
        )
        for one in _estimates("bound")
    ]
    head = ("features", "noise", "seeds", "\\(.99e^{\\pm.3i}\\)", "\\(.95e^{\\pm1.1i}\\)", ".8")
    return markdown(head, rows)


def koopman_minima(margin: float) -> str:
    """Shares of the seeds that end in a wrong minimum."""
    rows = [
        (
            *(one["spectrum"], str(one["features"]), f"{one['noise']:.0%}", str(one["seeds"])),
            *(f"{one[way]:.0%}" for way in ("without", "with")),
        )
        for one in _estimates("minima")
    ]
    head = ("eigenvalues", "features", "noise", "seeds", "wrong without exchanges", "wrong with them")
    return markdown(head, rows)


def koopman_bagging(margin: float) -> str:
    """Median errors of bagging over those of the single fit."""
    ratios = {(one["features"], one["noise"]): f"{one['ratio']:.2f}" for one in _estimates("bagging")}
    noises = sorted({noise for _, noise in ratios})
    rows = [
        (str(features), *(ratios[features, noise] for noise in noises))
        for features in sorted({features for features, _ in ratios})
    ]
    return markdown(("features", *(f"noise {noise:.0%}" for noise in noises)), rows)


def koopman_intervals(margin: float) -> str:
    """Coverage of intervals of .95, and standard errors by the spread over seeds, of one eigenvalue of each pair."""
    rows = [
        (
            *(one["model"], str(one["features"]), f"{one['noise']:.0%}"),
            *(
                f"{100 * one['held'][k]:.1f} ({one['standard_errors'][k] / one['spreads'][k]:.2f})"
                for k in (0, 2, 4)
            ),
        )
        for one in _estimates("intervals")
    ]
    return markdown(
        ("model", "features", "noise", "\\(.99e^{\\pm.3i}\\)", "\\(.95e^{\\pm1.1i}\\)", ".8"), rows
    )


def koopman_kernels(margin: float) -> str:
    """Relative errors of growth rates with kernels."""
    words = {"pair": "\\(-.2\\pm2i\\)", "mu": "\\(\\mu\\)", "2 mu": "\\(2\\mu\\)", "lambda": "\\(\\lambda\\)"}
    settings = {"narrow": "a width of two median distances"}
    rows = [
        (
            one["system"],
            str(settings.get(one["settings"], one["settings"])),
            str(one["draws"]),
            ", ".join(f"{word}: {100 * one[name]:.2g} %" for name, word in words.items() if name in one),
        )
        for one in _estimates("kernels")
    ]
    return markdown(("run", "settings", "draws", "relative error"), rows)


def _estimates(study: str) -> list[measured.Row]:
    return measured.results_in(ESTIMATES).get(study, [])


TABLES = (koopman_noisy, koopman_bound, koopman_minima, koopman_bagging, koopman_intervals, koopman_kernels)


def picture() -> Figure:
    """Eigenvalues of 60 snapshots of five features with 10 % noise: of each step, and of the run as a whole."""
    import numpy as np

    from ergodica import data
    from ergodica.data.pictures import picture
    from ergodica.data.pictures.canvas import new_figure
    from ergodica.data.pictures.select import variables
    from ergodica.models.koopman import HankelDMD, OptimisedDMD

    truth = np.array(
        [0.99 * np.exp(0.3j), 0.99 * np.exp(-0.3j), 0.95 * np.exp(1.1j), 0.95 * np.exp(-1.1j), 0.8]
    )
    rng = np.random.default_rng(3)
    modes = rng.normal(size=(5, 5)) + 1j * rng.normal(size=(5, 5))
    modes[[1, 3]], modes[4] = modes[[0, 2]].conj(), modes[4].real
    clean = (truth ** np.arange(60)[:, None] @ modes).real
    noisy = clean + 0.1 * clean.std() * rng.normal(size=clean.shape)
    ds = data.from_arrays(
        {"state": noisy},
        title="noisy oscillations",
        dims={"state": ("t", "component")},
        t=np.arange(60.0),
        units={"state": "1"},
    )
    figure = new_figure(9.6, 4.4)
    for ax, model in zip(
        figure.subplots(1, 2), (HankelDMD(delays=3, rank=9), OptimisedDMD(rank=5)), strict=True
    ):
        spectrum = model.fit(ds).eigenvalues(
            intervals=200, epsilon=0.3 if isinstance(model, HankelDMD) else 3.0
        )
        picture("eigenvalues")(variables(spectrum)["eigenvalue"], ax)
        ax.plot(truth.real, truth.imag, "x", color="black", markersize=9, zorder=4)
        ax.set_title(type(model).__name__, loc="left", fontsize="medium", pad=20)
    return figure


def main() -> None:
    """Fills the page."""
    text = PAGE.read_text()
    PAGE.write_text(documents.with_tables(text, {one.__name__: one(1.0) for one in TABLES}))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    figures.save(picture(), PICTURE)


if __name__ == "__main__":
    main()
