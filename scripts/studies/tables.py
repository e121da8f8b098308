"""Fills every table between markers in the README and the documentation, and the output of their code.

    python scripts/studies/tables.py             all documents
    python scripts/studies/tables.py tutorial.md those that are named

Values come from runs, from the models and from `benchmarks/results`; nothing is typed in. A difference is given
as a bound, the next power of ten above twice what was measured, so that it holds on another machine too.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import estimators as est
from ergodica import sims
from ergodica.scripts import describe
from ergodica.scripts.studies import (
    discrete_tables,
    documents,
    exponents_table,
    forecast_benchmark,
    interval_coverage,
    irreversibility,
    koopman_autoencoder_tables,
    koopman_methods,
    koopman_tables,
    mips_tables,
    predictability_tables,
    reconstruction_tables,
    score_tables,
)

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.sims.simulation import Simulation

MARGIN = 2.0
ROUND_OFF = 1e-12
SNAPSHOTS = 41
README_JOBS = (
    *("soliton", "on 4 thread", "N=2^10,", "N=2^14,", "N=2^18,"),
    *("`Flow.run`, 2 snapshots", "median of", ", 101 samples,", "whole catalogue", "next process"),
    *("a step and particle", "Couzin 3D, a step, in", "corrected, aligned"),
    *(
        "permutation entropy, order 5",
        "sample entropy, n = 50000",
        "Lempel-Ziv complexity, fair bits, n = 100000",
    ),
    *("KSG information, 1+1 components, n=100,000", "Kozachenko-Leonenko entropy, 3 components"),
    *(
        "diffusion spectral",
        "transfer entropy, 1e6 of two symbols, history 1",
        "correlation dimension, order 3, n = 5000",
    ),
    "score transformer of the published size, 2310660 weights",
    *("lattice Boltzmann step, 320 x 801 cells", "32 settings, means"),
)
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


@dataclass(frozen=True)
class Value:
    """A measured number beside the exact one."""

    what: str
    measured: float
    exact: float
    formula: str
    digits: int = 7

    def row(self, margin: float) -> tuple[str, ...]:
        """Cells of a table."""
        exact = f"{self.exact:.{self.digits}f}"
        if self.formula:
            exact = f"{exact} = {self.formula}"
        difference = bound(abs(self.measured - self.exact), margin)
        return self.what, f"{self.measured:.{self.digits}f}", exact, difference


def bound(value: float, margin: float) -> str:
    """The next power of ten above a number.

    >>> bound(3e-9, 1.0), bound(0.0, 1.0)
    ('< 1e-8', '< 1e-12')
    """
    if not value * margin > ROUND_OFF:
        return f"< {ROUND_OFF:.0e}"
    return f"< 1e{math.ceil(math.log10(value * margin)):d}"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


# Measured against exact


@functools.cache
def finished(system: type[Simulation], name: str) -> tuple[Simulation, xr.Dataset]:
    """A preset over its own time, in few snapshots."""
    simulation = system.preset(name)
    return simulation, simulation.run(t_end=system.presets[name].t_end, snapshots=SNAPSHOTS)


def accuracy(margin: float) -> str:
    """The table of the README."""
    values = [*_solitons(), *_instability(), *_peaks(), *_entropies(), *_exponents()]
    head = ("quantity", "measured", "exact", "difference")
    return markdown(head, [value.row(margin) for value in values])


def _solitons() -> Iterator[Value]:
    from ergodica.scripts.demo import collision_shifts
    from ergodica.sims.nlse_states import TwoSoliton

    simulation, ds = finished(sims.NLSE, "two-soliton")
    parameters = simulation.given()["initial_parameters"]
    first, second = TwoSoliton(**parameters).shifts()
    right, left = collision_shifts(ds, parameters)
    formula = "ln(28.25/16.25)/A"
    yield Value("shift of the soliton A=2 by the collision", right, first, formula)
    yield Value("shift of the soliton A=1.5 by the collision", left, -second, f"-{formula}")
    _, ds = finished(sims.NLSE, "soliton")
    for name, exact, formula in (("mass", 4, "2A"), ("momentum", 4, "2Av"), ("energy", -2 / 3, "Av² - A³/3")):
        yield Value(f"{name} of a soliton, A=2, v=1, at t=20", float(ds[name][-1]), exact, formula)


def _instability() -> Iterator[Value]:
    length, mode = 20.0, 4
    k = 2 * math.pi * mode / length
    small = {"mode": mode, "perturbation": 1e-6}
    simulation = sims.NLSE.preset(
        "modulation-instability", points=128, length=length, initial_parameters=small
    )
    ds = simulation.run(t_end=3.0, snapshots=31)
    amplitude = np.abs(np.fft.fft(ds.ergodica.psi.values, axis=-1))[:, mode]
    measured = float(np.polyfit(ds.t, np.log(amplitude), 1)[0])
    exact = k / 2 * math.sqrt(4 - k * k)
    yield Value("growth rate of the modulation instability, k=0.4π", measured, exact, "(k/2) √(4 - k²)")


def _peaks() -> Iterator[Value]:
    for name, word, t, exact, formula in (
        ("bound-state", "peak of the bound state 2 sech x, t=π/4", math.pi / 4, 4.0, ""),
        ("akhmediev", "peak of the Akhmediev breather, c=1/4", 5.0, 1 + math.sqrt(2), "1 + √2"),
    ):
        psi = sims.NLSE.preset(name).run(t_end=t, snapshots=2).ergodica.psi.isel(t=-1)
        yield Value(word, float(abs(psi).max()), exact, formula)


def _entropies() -> Iterator[Value]:
    simulation = sims.NLSE.preset("soliton", initial_parameters={"velocity": 0.0})
    psi = simulation.run(t_end=1.0, snapshots=2).ergodica.psi.isel(t=-1)
    amplitude, log = 2.0, math.log
    dx, dk = simulation.length / simulation.points, 2 * math.pi / simulation.length
    position, wavenumber = est.SpatialDensity(), est.SpectralPower()
    for word, space, measure, exact, formula in (
        (
            "Shannon entropy of position",
            position,
            est.Shannon(),
            2 - log(2 * amplitude * dx),
            "2 - ln(2A dx)",
        ),
        (
            "Shannon entropy of wavenumber",
            wavenumber,
            est.Shannon(),
            2 + log(amplitude / math.pi / dk),
            "2 + ln(A/(π dk))",
        ),
        ("Renyi entropy of order 2", position, est.Renyi(q=2), -log(amplitude * dx / 3), "-ln(A dx/3)"),
        (
            "Renyi entropy of order ∞",
            position,
            est.Renyi(q=math.inf),
            -log(amplitude * dx / 2),
            "-ln(A dx/2)",
        ),
        ("Tsallis entropy of order 2", position, est.Tsallis(q=2), 1 - amplitude * dx / 3, "1 - A dx/3"),
        (
            "Tsallis entropy of order 1/2",
            position,
            est.Tsallis(q=0.5),
            2 * (math.pi / math.sqrt(2 * amplitude * dx) - 1),
            "2π/√(2A dx) - 2",
        ),
    ):
        yield Value(f"{word}", float(est.entropy(psi, dim="x", space=space, of=measure)), exact, formula)
    uncertainty = float(est.entropic_uncertainty(psi, dim="x"))
    yield Value("position + wavenumber entropy, differential", uncertainty, 4 - log(2 * math.pi), "4 - ln 2π")


def _exponents() -> Iterator[Value]:
    # rules that hold for an orbit of any length
    for name, word, exact, formula in (
        ("lorenz63", "sum of the Lyapunov exponents, Lorenz 1963", -41 / 3, "-(σ + 1 + β)"),
        ("henon-heiles", "the same, Henon-Heiles", 0.0, ""),
        ("henon", "the same, Henon map", math.log(0.3), "ln b"),
    ):
        spectrum = sims.lyapunov_spectrum(name, t_end=512.0)
        yield Value(word, float(spectrum.exponent.sum()), exact, formula)
    cat = sims.lyapunov_spectrum("arnold-cat", t_end=512)
    exact = math.log((3 + math.sqrt(5)) / 2)
    yield Value(
        "largest Lyapunov exponent, Arnold's cat map", float(cat.exponent[0]), exact, "ln((3 + √5)/2)"
    )


def benchmarks(margin: float) -> str:
    """All results of timed cases as `benchmarks/table.py` prints them."""
    return _timed()


def speed(margin: float) -> str:
    """The rows of the same table that the README shows, and where they were measured."""
    return _timed(jobs=README_JOBS)


def _timed(**chosen: Any) -> str:
    import runpy

    return str(runpy.run_path(str(documents.ROOT / "benchmarks" / "table.py"))["table"](**chosen))


# What a system is, read from its model


def parameter_rows(rows: list[dict[str, Any]]) -> str:
    """A table of parameters as `describe.parameters` gives them."""
    cells = []
    for row in rows:
        words = describe.facts(row | {"required": True, "per_member": False}, choices=False)
        words = ", ".join(filter(None, (words, ", ".join(f"`{choice}`" for choice in row["choices"]))))
        default = "required" if row["required"] else f"`{describe.shown(row['default'])}`"
        cells.append((f"`{row['name']}`{' †' * row['per_member']}", default, words, row["description"]))
    return markdown(("parameter", "default", "range", "meaning"), cells)


def parameters(system: type[Simulation], margin: float) -> str:
    """All parameters of a system."""
    return parameter_rows(describe.parameters(system))


def catalogue(system: type[Simulation], margin: float) -> str:
    """Definitions of the catalogue by category."""
    found: dict[str, list[str]] = {}
    for name, one in sims.FLOWS.items() if system.name == "flow" else sims.MAPS.items():
        found.setdefault(one.category, []).append(f"`{name}`")
    rows = [(category, str(len(names)), ", ".join(names)) for category, names in sorted(found.items())]
    return markdown(("category", "systems", "names"), rows)


def exponents_of_flows(margin: float) -> str:
    """Computed facts of the flows of the catalogue."""
    head, *rows = exponents_table.flows()
    return markdown(head, rows)


def exponents_of_maps(margin: float) -> str:
    """Computed facts of the maps of the catalogue."""
    head, *rows = exponents_table.maps()
    return markdown(head, rows)


def exponents_in_doubt(margin: float) -> str:
    """Systems whose exponents break a rule."""
    head, *rows = exponents_table.doubtful()
    return markdown(head, rows)


def run_arguments(margin: float) -> str:
    """The arguments of `run` that every system has and every file keeps."""
    from ergodica.sims.sampling import RunArguments

    return parameter_rows(describe.parameters(RunArguments))


def presets(system: type[Simulation], margin: float) -> str:
    """Presets with their time, grid and source."""
    rows = [
        (f"`{name}`", one.summary, f"{one.t_end:.4g}", str(one.snapshots), one.source)
        for name, one in system.presets.items()
    ]
    return markdown(("preset", "what happens", "t_end", "snapshots", "source"), rows)


def gallery(system: type[Simulation], margin: float) -> str:
    """A picture of each preset."""
    folder = f"../figures/{system.name}"
    cells = [
        f'<div markdown="1">\n\n![{one.summary}]({folder}/{name}.png)\n\n`{name}`: {one.summary}\n\n</div>'
        for name, one in system.presets.items()
    ]
    listed = "\n".join(cells)
    return f'<div class="gallery" markdown="1">\n{listed}\n</div>'


def states(system: type[Simulation], margin: float) -> str:
    """Named initial states with their parameters."""
    rows = []
    for one in describe.system(system)["initial_states"]:
        given = ", ".join(f"`{p['name']}={describe.shown(p['default'])}`" for p in one["parameters"])
        rows.append((f"`{one['name']}`", one["summary"], given))
    return markdown(("initial", "field at t = 0", "parameters, with their defaults"), rows)


def optional(system: type[Simulation], margin: float) -> str:
    """Variables that `record` adds."""
    return markdown(("record", "variable"), [(f"`{name}`", text) for name, text in system.optional.items()])


def schemes(system: type[Simulation], margin: float) -> str:
    """Fixed-step schemes of the NLSE with declared and measured orders."""
    from ergodica.sims.engines.composition import SCHEMES

    rows = []
    for name, one in SCHEMES.items():
        rows.append((f"`{name}`", str(one.order), f"{_order(name):.1f}", str(one.stages), one.source))
    return markdown(("scheme", "order", "measured", "transform pairs a step", "source"), rows)


def _order(scheme: str) -> float:
    """Slope of the error over the step, for the soliton of the default preset."""
    coarsest = {2: 0.02, 4: 0.01, 6: 0.015, 8: 0.03}[sims.NLSE.orders[scheme]]
    steps = coarsest / 2.0 ** (np.arange(4) / 2)
    errors = []
    for dt in steps:
        simulation = sims.NLSE.preset("soliton", scheme=scheme, dt=dt)
        psi = simulation.run(t_end=1.0, snapshots=2).ergodica.psi.isel(t=-1).values
        errors.append(np.abs(psi - simulation.exact(1.0)).max())
    return float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


def preset_accuracy(system: type[Simulation], margin: float) -> str:
    """Error against the exact solution and drift of the invariants, the largest over each preset's own time."""
    from ergodica.data.pictures.drift import relative_drift

    rows = []
    for name, declared in system.presets.items():
        simulation, ds = finished(system, name)
        error = (
            bound(field_error(simulation, ds), margin) if declared.error is not None else "no exact solution"
        )
        drifts = [bound(float(relative_drift(ds[i]).max()), margin) for i in simulation.conserved]
        rows.append((f"`{name}`", f"{declared.t_end:.4g}", error, *drifts))
    return markdown(("preset", "until t =", "error of the field", "mass", "momentum", "energy"), rows)


def field_error(simulation: Simulation, ds: xr.Dataset) -> float:
    """Largest difference of the first variable from the declared exact solution."""
    variable = ds.ergodica[next(iter(ds.ergodica.kinds))]
    exact: Callable[[float], Any] = getattr(simulation, "exact")  # noqa: B009 - not every system has one
    return max(float(abs(variable.isel(t=i) - exact(float(t))).max()) for i, t in enumerate(ds.t))


def systems(margin: float) -> str:
    """What is registered."""
    rows = [
        (f"[`{name}`](systems/{name}.md)", system.title, f"{len(system.presets)}")
        for name, system in sims.systems().items()
    ]
    return markdown(("name", "system", "presets"), rows)


def fresh(name: str, margin: float = 1.0) -> str:
    """A table by the name in its marker: `accuracy`, or `nlse/parameters` for one of a system."""
    system, _, table = name.rpartition("/")
    makers: dict[str, Callable[..., str]] = {
        one.__name__: one
        for one in (
            *(accuracy, benchmarks, speed, systems, run_arguments),
            *(exponents_of_flows, exponents_of_maps, exponents_in_doubt),
            *(interval_coverage.coverage_of_intervals, interval_coverage.coverage_by_blocks),
            *(discrete_tables.discrete_pairs, discrete_tables.discrete_accuracy),
            *(irreversibility.irreversibility_rates, irreversibility.irreversibility_series),
            *score_tables.TABLES,
            *koopman_autoencoder_tables.TABLES,
            *koopman_methods.TABLES,
            *koopman_tables.TABLES,
            *mips_tables.TABLES,
            *predictability_tables.TABLES,
            *reconstruction_tables.TABLES,
            *forecast_benchmark.TABLES,
            *(parameters, presets, gallery, catalogue, states, optional, schemes, preset_accuracy),
        )
    }
    return makers[table](sims.system(system), margin) if system else makers[table](margin)


def main(names: list[str]) -> None:
    """Rewrite the documents of these names, all of them when there are none."""
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
