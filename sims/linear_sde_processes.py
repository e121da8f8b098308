"""Named linear stochastic processes for `LinearSDE`: drift and diffusion matrices from a few parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ergodica.sims.named_parameters import Named
from ergodica.sims.simulation import Preset

FILLIGER = "Filliger and Reimann 2007, Phys. Rev. Lett. 99, 230602"
WEISS = "Weiss 2003, Tellus A 55, 208"
BOFFI = "Boffi and Vanden-Eijnden 2023, arXiv 2309.12991"

Matrices = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Process:
    """dx = M x dt + sqrt(2 D) dW.

    Args:
        title, source: in words.
        components: names of the components of x.
        parameters: by name.
        matrices: from the parameters to M and D, each (d, d).
    """

    title: str
    source: str
    components: tuple[str, ...]
    parameters: Mapping[str, Named]
    matrices: Callable[[Mapping[str, float]], Matrices]


def brownian_gyrator(p: Mapping[str, float]) -> Matrices:
    """Two coordinates in one potential, k (x^2 + y^2)/2 + c x y, each in its own bath."""
    return -np.array([[p["k"], p["c"]], [p["c"], p["k"]]]), np.diag([p["T1"], p["T2"]])


def rotation(p: Mapping[str, float]) -> Matrices:
    """Decay at rate 1 while turning at the rate w."""
    return -np.array([[1.0, p["w"]], [-p["w"], 1.0]]), np.eye(2)


def aoup_in_a_trap(p: Mapping[str, float]) -> Matrices:
    """dx = (v0 g - A x) dt + sqrt(2 eps) dW, dg = -gamma g dt + sqrt(2 gamma) dV."""
    drift = np.array([[-p["A"], p["v0"]], [0.0, -p["gamma"]]])
    return drift, np.diag([p["eps"], p["gamma"]])


LARGE = 1e50
PROCESSES: Mapping[str, Process] = {
    "brownian-gyrator": Process(
        title="Brownian gyrator",
        source=FILLIGER,
        components=("x", "y"),
        parameters={
            "k": Named(1.0, "stiffness of both coordinates", 0.0, LARGE, open=True),
            "c": Named(0.5, "coupling of the coordinates, of a size below k", -LARGE, LARGE),
            "T1": Named(1.0, "temperature of x", 0.0, LARGE),
            "T2": Named(3.0, "temperature of y", 0.0, LARGE),
        },
        matrices=brownian_gyrator,
    ),
    "rotation": Process(
        title="Rotation with noise",
        source=WEISS,
        components=("x", "y"),
        parameters={"w": Named(2.0, "rate of turning, over that of decay", -LARGE, LARGE)},
        matrices=rotation,
    ),
    "aoup-in-a-trap": Process(
        title="Active Ornstein-Uhlenbeck particle in a trap",
        source=BOFFI,
        components=("x", "g"),
        parameters={
            "v0": Named(0.3, "speed of propulsion", 0.0, LARGE),
            "A": Named(0.05, "stiffness of the trap", 0.0, LARGE, open=True),
            "gamma": Named(0.1, "rate at which propulsion relaxes", 0.0, LARGE, open=True),
            "eps": Named(0.1, "diffusion of position", 0.0, LARGE),
        },
        matrices=aoup_in_a_trap,
    ),
}

PRESETS: Mapping[str, Preset] = {
    "brownian-gyrator": Preset(
        summary="two temperatures make a particle turn in its potential",
        parameters={"process": "brownian-gyrator", "parameters": {"T1": 1.0, "T2": 3.0}},
        t_end=100.0,
        snapshots=10_001,
        source=f"{FILLIGER}; sigma = c^2 (T1 - T2)^2/(2 k T1 T2)",
    ),
    "rotation": Preset(
        summary="a stationary law that is isotropic and turns",
        parameters={"process": "rotation", "parameters": {"w": 2.0}},
        t_end=100.0,
        snapshots=10_001,
        source=f"{WEISS}; sigma = 2 w^2",
    ),
    "aoup-in-a-trap": Preset(
        summary="coloured noise pushes a particle in a harmonic trap",
        parameters={"process": "aoup-in-a-trap", "parameters": {"v0": 0.3}},
        t_end=1000.0,
        snapshots=10_001,
        source=f"{BOFFI}; sigma = v0^2 gamma/(eps (A + gamma)), g even",
    ),
}
