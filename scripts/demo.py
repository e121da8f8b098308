"""The main job once: simulations, their entropies, a trained network, figures, an animation, measured beside exact."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.sims.nlse import NLSE

MODES = 4  # periods of the perturbation in the box of the modulation instability


@dataclass(frozen=True)
class Comparison:
    """One measured value beside its closed form."""

    quantity: str
    measured: float
    exact: float
    standard_error: float | None = None

    @property
    def difference(self) -> float:
        """Measured minus exact."""
        return self.measured - self.exact


@dataclass(frozen=True)
class Demo:
    """What the demonstration made."""

    comparisons: list[Comparison]
    files: list[Path]


def collision_shifts(ds: xr.Dataset, parameters: dict[str, float]) -> tuple[float, float]:
    """How far the collision has displaced each soliton at the last snapshot.

    The centre of a soliton is the centre of mass of |psi|^2 on its side of the box.
    """
    t = float(ds.t[-1])
    density = abs(ds.ergodica.psi.isel(t=-1)) ** 2
    free = [parameters[f"position_{j}"] + parameters[f"velocity_{j}"] * t for j in (1, 2)]
    middle = sum(free) / 2
    shifts = []
    for centre in free:
        near = density.where((density.x > middle) == (centre > middle), 0.0)
        shifts.append(float((near * near.x).sum() / near.sum()) - centre)
    return shifts[0], shifts[1]


def growth_rate(ds: xr.Dataset, mode: int) -> float:
    """Exponential rate of one Fourier mode, from the snapshots in which it is between 10 and 100 times its start."""
    amplitude = np.abs(np.fft.fft(ds.ergodica.psi.values, axis=-1))[:, mode]
    linear = (amplitude > 10 * amplitude[0]) & (amplitude < 100 * amplitude[0])
    linear &= np.arange(linear.size) < np.argmax(amplitude)
    return float(np.polyfit(ds.t.values[linear], np.log(amplitude[linear]), 1)[0])


def run_demo(folder: Path, *, report: Callable[[str], None] = print) -> Demo:
    """Run everything into `folder`; existing files there are replaced."""
    from ergodica import estimators, sims
    from ergodica.data.pictures import plot
    from ergodica.data.writing import write_tree
    from ergodica.scripts.demo_models import dynamics
    from ergodica.scripts.demo_network import trapped_particle

    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []

    def keep(name: str) -> Path:
        files.append(folder / name)
        return files[-1]

    comparisons: list[Comparison] = []
    for stem, simulation, measured in (
        ("two-soliton", sims.NLSE.preset("two-soliton"), _collision),
        ("modulation-instability", sims.NLSE.preset("modulation-instability"), _instability),
    ):
        preset = simulation.preset_named(stem)
        report(f"{preset.summary} ...")
        ds = simulation.run(
            t_end=preset.t_end, snapshots=preset.snapshots, out=keep(f"{stem}.nc"), overwrite=True
        )
        comparisons += measured(simulation, ds)
        plot(ds, keep(f"{stem}.png"))
        entropies = estimators.measure(ds)
        write_tree(entropies, keep(f"{stem}-entropies.nc"), overwrite=True)
        plot(entropies, keep(f"{stem}-entropies.png"))
        if stem == "two-soliton":
            report("animation ...")
            plot(ds, keep(f"{stem}.gif"))
    comparisons += _soliton_entropies()
    comparisons += trapped_particle(keep, report)
    comparisons += dynamics(keep, report)
    return Demo(comparisons, files)


def _collision(simulation: NLSE, ds: xr.Dataset) -> Iterator[Comparison]:
    from ergodica.sims.nlse_states import TwoSoliton

    parameters = simulation.initial_parameters
    exact = TwoSoliton(**parameters).shifts()
    first, second = collision_shifts(ds, parameters)
    yield Comparison("collision shift, soliton to the right", first, exact[0])
    yield Comparison("collision shift, soliton to the left", second, -exact[1])


def _instability(simulation: NLSE, ds: xr.Dataset) -> Iterator[Comparison]:
    from ergodica.sims.nlse_states import ModulationInstability

    state = ModulationInstability(**simulation.initial_parameters)
    mode = round(state.wavenumber(simulation.length) * simulation.length / (2 * math.pi))
    yield Comparison(
        "growth rate of the instability", growth_rate(ds, mode), state.growth_rate(simulation.length)
    )


def _soliton_entropies() -> Iterator[Comparison]:
    """Entropies of |psi|^2 of one soliton on the grid of the default preset, spacing dx, box L."""
    from ergodica import estimators as est
    from ergodica import sims

    simulation = sims.NLSE.preset("soliton", initial_parameters={"velocity": 0.0})
    psi = simulation.run(t_end=1.0, snapshots=2).ergodica.psi.isel(t=-1)
    amplitude = simulation.initial_parameters["amplitude"]
    dx, dk = simulation.length / simulation.points, 2 * math.pi / simulation.length
    cases = (
        (
            "Shannon entropy of position",
            est.SpatialDensity(),
            est.Shannon(),
            2 - math.log(2 * amplitude * dx),
        ),
        (
            "Shannon entropy of wavenumber",
            est.SpectralPower(),
            est.Shannon(),
            2 + math.log(amplitude / math.pi) - math.log(dk),
        ),
        ("Renyi entropy of order 2", est.SpatialDensity(), est.Renyi(q=2), -math.log(amplitude * dx / 3)),
        (
            "Renyi entropy of order infinity",
            est.SpatialDensity(),
            est.Renyi(q=math.inf),
            -math.log(amplitude * dx / 2),
        ),
        ("Tsallis entropy of order 2", est.SpatialDensity(), est.Tsallis(q=2), 1 - amplitude * dx / 3),
        (
            "Tsallis entropy of order 1/2",
            est.SpatialDensity(),
            est.Tsallis(q=0.5),
            2 * (math.pi / math.sqrt(2 * amplitude * dx) - 1),
        ),
    )
    for name, space, measure, exact in cases:
        yield Comparison(name, float(est.entropy(psi, dim="x", space=space, of=measure)), exact)


def table(comparisons: list[Comparison]) -> str:
    """The comparisons as lines of text."""
    width = max(len(c.quantity) for c in comparisons)
    lines = [f"{'':{width}}  {'measured':>12}  {'exact':>12}  {'difference':>10}  {'standard error':>14}"]
    for c in comparisons:
        error = f"{c.standard_error:.1e}" if c.standard_error is not None else ""
        row = f"{c.quantity:{width}}  {c.measured:12.7f}  {c.exact:12.7f}  {c.difference:10.1e}  {error:>14}"
        lines.append(row.rstrip())
    return "\n".join(lines)
