"""Runs of active Ornstein-Uhlenbeck discs that part into two phases, for the study `mips_entropy`.

Parameters of Boffi and Vanden-Eijnden 2023, arXiv 2309.12991, and of their published code: v0 = 0.025, gamma = 1e-4,
k = 1, beta = 7.5, discs of radius 1, N = 4096 at phi = 0.5, no noise on the positions, dt = 0.1. The persistence
length v0/gamma is 125 diameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ergodica import sims
from ergodica.scripts.studies import documents

if TYPE_CHECKING:
    import xarray as xr

FOLDER = documents.ROOT / "runs" / "mips"
SPEED, RATE, STIFFNESS, SOFTNESS, STEP = 0.025, 1e-4, 1.0, 7.5, 0.1
FRACTION, PARTICLES = 0.5, 4096
SIZES = (8192, 16384, 32768)
FRACTIONS = (0.1, 0.25, 0.75, 0.9)
PERSISTENCE = 1 / RATE


@dataclass(frozen=True)
class Run:
    """One simulation.

    Attributes:
        noise: eps of the positions; 0 in the paper.
        warm_up: in persistence times, from a close-packed cluster in a gas of none.
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
    def path(self) -> Path:
        return FOLDER / f"{self.name}.nc"

    def simulate(self, threads: int | None) -> xr.Dataset:
        """The run; what a file of it already holds is not made again."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        simulation = sims.ActiveOU(
            particles=self.particles,
            packing_fraction=self.fraction,
            speed=SPEED,
            relaxation_rate=RATE,
            stiffness=STIFFNESS,
            softness=SOFTNESS,
            temperature=self.noise,
            dt=STEP,
            initial="clustered",
        )
        ds: xr.Dataset = simulation.run(
            t_end=self.length * PERSISTENCE,
            snapshots=self.snapshots,
            warm_up=self.warm_up * PERSISTENCE,
            seed=self.seed,
            record=("drift", "drift_divergence"),
            out=self.path,
            resume=True,
            threads=threads,
            progress=False,
        )
        return ds


def training(noise: float) -> tuple[Run, Run]:
    """The run that networks learn from, and another of other random numbers for what they have not seen."""
    return Run(noise), Run(noise, warm_up=3.0, length=1.0, snapshots=11, seed=2)


def transfer(noise: float) -> list[Run]:
    """Other sizes at phi = 0.5, and other packing fractions at the first size."""
    few = {"warm_up": 2.0, "length": 0.5, "snapshots": 6}
    sizes = [Run(noise, particles=n, **few) for n in SIZES]  # type: ignore[arg-type]
    return sizes + [Run(noise, fraction=phi, **few) for phi in FRACTIONS]  # type: ignore[arg-type]
