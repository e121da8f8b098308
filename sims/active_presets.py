"""Named starting points of active matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ergodica.sims.simulation import Preset

BOFFI = "Boffi and Vanden-Eijnden 2023, arXiv 2309.12991"
CATES = "Tailleur and Cates 2008, Phys. Rev. Lett. 100, 218103"
CHATE = "Gregoire and Chate 2004, Phys. Rev. Lett. 92, 025702"
VICSEK = "Vicsek et al. 1995, Phys. Rev. Lett. 75, 1226"
FILY = "Fily and Marchetti 2012, Phys. Rev. Lett. 108, 235702"


def _preset(summary: str, source: str, t_end: float, snapshots: int = 101, **parameters: Any) -> Preset:
    return Preset(summary=summary, parameters=parameters, t_end=t_end, snapshots=snapshots, source=source)


ORNSTEIN_UHLENBECK: Mapping[str, Preset] = {
    "gas": _preset(
        "a homogeneous gas: the persistence length is below a diameter",
        BOFFI, 50.0, particles=1024, packing_fraction=0.3, relaxation_rate=1.0, dt=0.05,
    ),
    "mips": _preset(
        "motility-induced phase separation at phi=.5 and a persistence length of 25 diameters",
        BOFFI, 400.0, particles=1024, packing_fraction=0.5, pair_force="harmonic", stiffness=100.0, speed=1.0,
        relaxation_rate=0.02, temperature=0.0, dt=2.5e-3,
    ),
    "crystallites": _preset(
        "small clusters that form and dissolve in a gas at phi=.35: the persistence length is 10 diameters",
        BOFFI, 400.0, particles=1024, packing_fraction=0.35, pair_force="harmonic", stiffness=50.0, speed=1.0,
        relaxation_rate=0.05, temperature=0.0, dt=5e-3,
    ),
    "trap": _preset(
        "64 particles in a harmonic trap", BOFFI, 100.0, particles=64, trap=0.05, speed=0.3, dt=0.02
    ),
    "ring": _preset(
        "two particles on a line of length 16 that is closed to a ring",
        BOFFI, 500.0, snapshots=501, particles=2, dimensions=1, box=16.0, speed=0.25 / 2**0.5, stiffness=1.25,
        temperature=0.05, dt=0.02, initial="lattice",
    ),
}  # fmt: skip

BROWNIAN_HEADINGS: Mapping[str, Preset] = {
    "gas": _preset(
        "a homogeneous gas: the persistence length is a diameter",
        FILY, 20.0, particles=1024, packing_fraction=0.3, rotational_diffusion=1.0, dt=2e-3,
    ),
    "mips": _preset(
        "motility-induced phase separation at phi=.5 and a persistence length of 50 diameters",
        FILY, 200.0, particles=1024, packing_fraction=0.5, rotational_diffusion=0.02, stiffness=50.0, dt=5e-3,
    ),
    "trap": _preset(
        "particles in a harmonic trap that they climb along their headings",
        "Pototsky and Stark 2012, EPL 98, 50004",
        50.0, particles=512, pair_force="none", trap=0.5, temperature=0.05, rotational_diffusion=0.2, dt=0.02,
    ),
}  # fmt: skip

TUMBLES: Mapping[str, Preset] = {
    "gas": _preset(
        "a homogeneous gas: runs are a diameter long",
        CATES, 20.0, particles=1024, packing_fraction=0.3, tumbling_rate=1.0, dt=2e-3,
    ),
    "mips": _preset(
        "motility-induced phase separation at phi=.5 with runs of 50 diameters",
        CATES, 200.0, particles=1024, packing_fraction=0.5, tumbling_rate=0.02, stiffness=50.0, dt=5e-3,
    ),
}  # fmt: skip

PASSIVE: Mapping[str, Preset] = {
    "gas": _preset(
        "discs in equilibrium at phi=.3",
        "Ermak and McCammon 1978, J. Chem. Phys. 69, 1352",
        2.0, particles=1024, packing_fraction=0.3, dt=1e-3,
    ),
}  # fmt: skip

FLOCKS: Mapping[str, Preset] = {
    "ordered": _preset(
        "a flock: nearly all in one direction, from random headings", VICSEK, 400.0, noise=0.2
    ),
    "disordered": _preset("no common direction", VICSEK, 400.0, noise=0.8),
    "bands": _preset(
        "dense bands that sweep through a gas, at the onset of order",
        CHATE, 1600.0, particles=7200, box=60.0, noise=0.6, noise_kind="vectorial",
    ),
}  # fmt: skip
