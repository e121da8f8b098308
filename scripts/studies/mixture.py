"""Mixtures of experts on families of flows: how many experts are taken, whom they have, how well they forecast.

    python scripts/studies/mixture.py              everything, a minute of one core
    python scripts/studies/mixture.py parameters   what is named: families, parameters
    python scripts/studies/mixture.py page         the tables from the results

Snapshots .02 apart. Purity is the share of members that are of the commonest family of their expert. Writes
`benchmarks/results/mixture.json` and fills `docs/models/reconstruction.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import data, sims
from ergodica.models.forecast import ExpertMixture
from ergodica.scripts.studies import documents, measured
from ergodica.scripts.studies.documents import markdown

if TYPE_CHECKING:
    import xarray as xr

Row = dict[str, Any]
RESULT = documents.ROOT / "benchmarks" / "results" / "mixture.json"
PAGE = documents.ROOT / "docs" / "models" / "reconstruction.md"
DT, TRAINED, LATER, AHEAD, SEEDS, MEMBERS = 0.02, 160, 80, 40, 4, 6
LORENZ, FASTER = ("lorenz63", {"rho": 28.0}), ("lorenz63", {"rho": 35.0})
ROSSLER, SLOWER = ("rossler", {"c": 5.7}), ("rossler", {"c": 4.0})
Family = tuple[str, dict[str, Any]]
FAMILIES: dict[str, tuple[Family, ...]] = {
    "Lorenz and Rössler": (LORENZ, ROSSLER),
    "Lorenz with \\(\\rho=28\\) and 35": (LORENZ, FASTER),
    "Rössler with \\(c=5.7\\) and 4": (ROSSLER, SLOWER),
    "Lorenz alone": (LORENZ,),
}
SETTINGS: tuple[tuple[float, int], ...] = ((0.0, 1), (0.02, 1), (0.02, 4))
"""Noise in shares of the standard deviations of a family, and stride."""


def members_of(family: Family, members: int, seed: int) -> np.ndarray:
    """Runs on the attractor, (members, snapshots, components)."""
    system, parameters = family
    count = TRAINED + LATER
    run = sims.Flow(system=system, parameters=parameters, spread=1.0).run(
        t_end=DT * (count - 1), snapshots=count, members=members, seed=seed, warm_up=50
    )
    return np.asarray(run["state"].transpose("member", "t", "component").values)


def dataset(values: np.ndarray) -> xr.Dataset:
    """Runs as one dataset."""
    made: xr.Dataset = data.from_arrays(
        {"state": values},
        title="families of flows",
        dims={"state": ("member", "t", "component")},
        t=DT * np.arange(values.shape[1]),
        units={"state": "1"},
    )
    return made


def purity(chosen: np.ndarray, labels: np.ndarray) -> float:
    """Share of the members that are of the commonest family of their expert."""
    return float(sum(np.bincount(labels[chosen == one]).max() for one in np.unique(chosen)) / len(labels))


def families() -> Iterator[Row]:
    """Pairs of families, with and without noise."""
    for name, asked in FAMILIES.items():
        labels = np.repeat(np.arange(len(asked)), MEMBERS)
        for noise, stride in SETTINGS:
            row: Row = {"families": name, "noise": noise, "stride": stride, "experts": []}
            row |= {"purity": [], "later": []}
            for seed in range(SEEDS):
                rng = np.random.default_rng(seed)
                parts = [members_of(family, MEMBERS, 10 * seed + k) for k, family in enumerate(asked)]
                seen = [part + noise * part.std(axis=(0, 1)) * rng.normal(size=part.shape) for part in parts]
                values = np.concatenate(seen)
                mixture = ExpertMixture(stride=stride).fit(dataset(values[:, :TRAINED]))
                later = mixture.gate(dataset(values[:, TRAINED:]))
                row["experts"].append(len(mixture.arrays["laws"]))
                row["purity"].append(purity(mixture.arrays["chosen"], labels))
                row["later"].append(purity(later["expert"].values, labels))
            yield row


def parameters() -> Iterator[Row]:
    """Two families whose parameters vary, with numbers of each member."""
    labels = np.repeat([0, 1], 8)
    for contexts in (0, 1, 2):
        row: Row = {"contexts": contexts, "experts": [], "purity": [], "error": []}
        for seed in range(SEEDS):
            asked: tuple[Family, ...] = (
                ("lorenz63", {"rho": np.linspace(25, 40, 8).tolist()}),
                ("rossler", {"c": np.linspace(4, 6, 8).tolist()}),
            )
            parts = [members_of(family, 8, 10 * seed + k) for k, family in enumerate(asked)]
            values = np.concatenate(parts)
            mixture = ExpertMixture(contexts=contexts).fit(dataset(values[:, :TRAINED]))
            made = mixture.forecast(horizon=AHEAD)["state"].transpose("member", "t", "component").values
            spread = np.repeat([part.std(axis=(0, 1)) for part in parts], 8, axis=0)
            off = (made - values[:, TRAINED : TRAINED + AHEAD]) / spread[:, None]
            row["experts"].append(len(mixture.arrays["laws"]))
            row["purity"].append(purity(mixture.arrays["chosen"], labels))
            row["error"].append(float(np.sqrt((off**2).mean())))
        yield row


def mixture_families(margin: float) -> str:
    """Experts and purities; each entry for one seed after the other."""
    rows = [
        (
            one["families"],
            *(f"{one['noise']:.0%}", str(one["stride"])),
            ", ".join(str(count) for count in one["experts"]),
            *(", ".join(f"{value:.2g}" for value in one[name]) for name in ("purity", "later")),
        )
        for one in measured.results_in(RESULT).get("families", [])
    ]
    return markdown(("families", "noise", "stride", "experts", "purity", "purity of later snapshots"), rows)


def mixture_parameters(margin: float) -> str:
    """Experts, purities and errors by the number of contexts; each entry for one seed after the other."""
    rows = [
        (
            str(one["contexts"]),
            ", ".join(str(count) for count in one["experts"]),
            *(", ".join(f"{value:.2g}" for value in one[name]) for name in ("purity", "error")),
        )
        for one in measured.results_in(RESULT).get("parameters", [])
    ]
    return markdown(("contexts", "experts", "purity", f"error over {AHEAD} snapshots"), rows)


TABLES = (mixture_families, mixture_parameters)
STUDIES: dict[str, Callable[[], Iterable[Row]]] = {"families": families, "parameters": parameters}


def main(names: list[str]) -> None:
    """Measure what is named, or all, and fill the page."""
    from ergodica.scripts.studies import reconstruction_tables

    measured.measure(names, STUDIES, RESULT)
    measured.fill(PAGE, (*reconstruction_tables.TABLES, *TABLES))


if __name__ == "__main__":
    main(sys.argv[1:])
