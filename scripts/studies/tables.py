"""Fills every table between markers in the README and the documentation, and the output of their code.

    python scripts/studies/tables.py             all documents
    python scripts/studies/tables.py tutorial.md those that are named

Values come from runs, from the models and from `benchmarks/results`; nothing is typed in. A difference is given
as a bound, the next power of ten above twice what was measured, so that it holds on another machine too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from ergodica import sims
from ergodica.numerics.errors import ParameterError, nearest
from ergodica.scripts.studies import (
    accuracy_table,
    cylinder_wake,
    discrete_tables,
    documents,
    exponents_table,
    forecast_benchmark,
    forecast_networks_tables,
    forecast_samples,
    forecasters_tables,
    interval_coverage,
    irreversibility,
    koopman_autoencoder_tables,
    koopman_methods,
    koopman_tables,
    mips_tables,
    mixture,
    predictability_tables,
    reconstruction_tables,
    score_tables,
    speed_tables,
    system_tables,
)

MADE_BY = (
    *(accuracy_table, system_tables, exponents_table, speed_tables),
    *(interval_coverage, discrete_tables, irreversibility, cylinder_wake),
    *(score_tables, mips_tables, koopman_tables, koopman_methods, koopman_autoencoder_tables),
    *(forecasters_tables, forecast_networks_tables, forecast_samples, forecast_benchmark),
    *(mixture, predictability_tables, reconstruction_tables),
)
"""Each names its tables in `TABLES`: functions of the margin, those of a system of the system before it."""
MARGIN = 2.0
MEASURED = {
    "accuracy": ("measured", "difference"),
    "schemes": ("measured",),
    "preset_accuracy": ("error of the field", "mass", "momentum", "energy"),
}
"""Columns that a run gives, by table; all other columns are as the models and the results have them."""
EXECUTED = (
    "README.md",
    *(
        f"docs/{name}.md"
        for name in (
            "tutorial",
            "adding",
            "chaos",
            "estimators",
            "models/forecast",
            "models/forecast-networks",
            "models/koopman",
            "models/koopman-autoencoder",
            "models/koopman-methods",
            "models/predictability",
            "models/reconstruction",
            "models/score",
            "models/training",
        )
    ),
)
"""Documents whose Python code is run, top to bottom; what it prints follows each block that prints."""


def fresh(name: str, margin: float = 1.0) -> str:
    """A table by the name in its marker: `accuracy`, or `nlse/parameters` for one of a system."""
    system, _, table = name.rpartition("/")
    makers: dict[str, Callable[..., str]] = {one.__name__: one for study in MADE_BY for one in study.TABLES}
    return makers[table](sims.system(system), margin) if system else makers[table](margin)


def main(names: list[str]) -> None:
    """Rewrite the documents of these names, all of them when there are none."""
    known = {path.name for path in documents.documents()}
    for name in names:
        if name not in known:
            raise ParameterError(f"document: {name!r} is not known; {nearest(name, known)}")
    texts = {path: path.read_text() for path in documents.documents() if not names or path.name in names}
    made = {
        path: documents.with_tables(text, {name: fresh(name, MARGIN) for name in documents.tables(text)})
        for path, text in texts.items()
    }
    # after the tables: the code of a page may register what should not stand in them
    for path in made:
        if str(path.relative_to(documents.ROOT)) in EXECUTED:
            made[path] = _run_in_a_folder_of_its_own(made[path], path.name)
    for path, text in made.items():
        if text != texts[path]:
            path.write_text(text)
            print(path.relative_to(documents.ROOT))


def _run_in_a_folder_of_its_own(text: str, where: str) -> str:
    import contextlib
    import tempfile

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return documents.with_outputs(text, where)


if __name__ == "__main__":
    main(sys.argv[1:])
