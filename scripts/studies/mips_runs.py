"""Runs of active Ornstein-Uhlenbeck discs that part into two phases, for the study `mips_entropy`.

Parameters of Boffi and Vanden-Eijnden 2023, arXiv 2309.12991, and of their published code: v0 = 0.025, gamma = 1e-4,
k = 1, beta = 7.5, discs of radius 1, N = 4096 at phi = 0.5, no noise on the positions, dt = 0.1. The persistence
length v0/gamma is 125 diameters.

With noise on the positions this step is too coarse: a contact of stiffness H that is stepped by Euler and Maruyama
seems to produce H^2 dt/2, as much as all of the rest. Each snapshot is then refined, by steps of weak order two, for
longer than contacts take to relax.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import ergodica
from ergodica import sims
from ergodica.scripts.studies import documents

if TYPE_CHECKING:
    import xarray as xr

FOLDER = documents.ROOT / "runs" / "mips"
SPEED, RATE, STIFFNESS, SOFTNESS, STEP = 0.025, 1e-4, 1.0, 7.5, 0.1
FINE_STEP, FINE_TIME = 0.025, 20.0
PART = 25
"""Snapshots that are refined and stored together."""
FRACTION, PARTICLES = 0.5, 4096
SIZES = (8192, 16384, 32768)
FRACTIONS = (0.1, 0.25, 0.75, 0.9)
PERSISTENCE = 1 / RATE
CROWDED = 0.7
"""From this packing fraction on a round close-packed cluster of all particles is wider than the box."""
RECORD = ("drift", "drift_divergence")


@dataclass(frozen=True)
class Run:
    """One simulation.

    Attributes:
        noise: eps of the positions; 0 in the paper.
        warm_up: in persistence times.
        length: in persistence times.
    """

    noise: float
    particles: int = PARTICLES
    fraction: float = FRACTION
    warm_up: float = 3.0
    length: float = 8.0
    snapshots: int = 401
    seed: int = 1

    @property
    def name(self) -> str:
        """Of its file."""
        return f"eps{self.noise:g}_n{self.particles}_phi{self.fraction:g}_seed{self.seed}"

    @property
    def initial(self) -> str:
        """A cluster in the middle, where it fits into the box."""
        return "clustered" if self.fraction < CROWDED else "random"

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.nc"

    def simulate(self, threads: int | None) -> xr.Dataset:
        """The run; what a file of it already holds is not made again."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        ds: xr.Dataset = self.system(dt=STEP, initial=self.initial).run(
            t_end=self.length * PERSISTENCE,
            snapshots=self.snapshots,
            warm_up=self.warm_up * PERSISTENCE,
            seed=self.seed,
            record=RECORD,
            out=self.path,
            resume=True,
            threads=threads,
            progress=False,
        )
        return self.refined(ds, threads) if self.noise > 0 else ds

    def system(self, **options: Any) -> sims.ActiveOU:
        """The particles."""
        return sims.ActiveOU(
            particles=self.particles,
            packing_fraction=self.fraction,
            speed=SPEED,
            relaxation_rate=RATE,
            stiffness=STIFFNESS,
            softness=SOFTNESS,
            temperature=self.noise,
            **options,
        )

    def refined(self, ds: xr.Dataset, threads: int | None) -> xr.Dataset:
        """Snapshots of `ds`, each a fine run later."""
        import xarray as xr

        parts = []
        for start in range(0, ds.sizes["t"], PART):
            path = FOLDER / f"{self.name}_fine_{start}.nc"
            if not path.exists():
                part = ds.isel(t=slice(start, start + PART)).load()
                unfinished = path.with_suffix(".unfinished")
                self._refined(part, start, threads).to_netcdf(unfinished)
                unfinished.rename(path)
            parts.append(ergodica.open(path).load())
        joined: xr.Dataset = xr.concat(parts, dim="t", data_vars="minimal", combine_attrs="override")
        return joined

    def _refined(self, part: xr.Dataset, start: int, threads: int | None) -> xr.Dataset:
        found = part.copy(deep=True)
        for k in range(part.sizes["t"]):
            one = part.isel(t=k)
            states = np.stack([one["position"].values, one["propulsion"].values], axis=1)
            fine = self.system(dt=FINE_STEP, scheme="heun", initial=states).run(
                t_end=FINE_TIME,
                snapshots=2,
                seed=(self.seed + 1) * 1000 + start + k,
                record=RECORD,
                threads=threads,
            )
            for name in ("position", "propulsion", *RECORD):
                found[name][k] = fine[name].values[-1]
        return found


def training(noise: float) -> tuple[Run, Run]:
    """The run that networks learn from, and another of other random numbers for what they have not seen."""
    return Run(noise), Run(noise, warm_up=3.0, length=1.0, snapshots=11, seed=2)


def transfer(noise: float) -> list[Run]:
    """Other sizes at phi = 0.5, and other packing fractions at the first size; with noise some of them."""
    few = {"warm_up": 2.0, "length": 0.5, "snapshots": 6}
    fractions = FRACTIONS if noise == 0 else (0.25, 0.75)
    sizes = [Run(noise, particles=n, **few) for n in (SIZES if noise == 0 else SIZES[:2])]  # type: ignore[arg-type]
    return sizes + [Run(noise, fraction=phi, **few) for phi in fractions]  # type: ignore[arg-type]
