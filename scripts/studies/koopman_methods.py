"""Table and picture of the page on Koopman models without dictionaries, from `benchmarks/results/koopman_noisy.json`.

python benchmarks/run.py koopman_noisy
python scripts/studies/koopman_methods.py
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ergodica.scripts.studies import documents, figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RESULT = documents.ROOT / "benchmarks" / "results" / "koopman_noisy.json"
PAGE = documents.ROOT / "docs" / "models" / "koopman-methods.md"
PICTURE = documents.ROOT / "docs" / "figures" / "models" / "koopman-methods.png"


def koopman_noisy(margin: float) -> str:
    """Errors of the eigenvalues of 60 noisy snapshots beside BOPDMD and the bound."""
    from ergodica.scripts.studies.tables import markdown

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


TABLES = (koopman_noisy,)


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
