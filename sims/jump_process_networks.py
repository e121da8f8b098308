"""Named networks of states for `JumpProcess`: their rates from a few parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ergodica.sims.named_parameters import Named
from ergodica.sims.simulation import Preset

HODGKIN_HUXLEY = "Hodgkin and Huxley 1952, J. Physiol. 117, 500, eqs. 12 and 13"
SCHNAKENBERG = "Schnakenberg 1976, Rev. Mod. Phys. 48, 571"
AJDARI_PROST = "Ajdari and Prost 1992, C. R. Acad. Sci. Paris II 315, 1635"


@dataclass(frozen=True, kw_only=True)
class Network:
    """States with rates between them.

    Args:
        title, source: in words.
        states: name of each state.
        parameters: by name.
        rates: from the parameters to w (states, states), w[i, j] from i to j; the diagonal is not looked at.
        time_units: unit of time, "1" where there is none.
    """

    title: str
    source: str
    states: tuple[str, ...]
    parameters: Mapping[str, Named]
    rates: Callable[[Mapping[str, float]], np.ndarray]
    time_units: str = "1"


def flashing_ratchet(p: Mapping[str, float]) -> np.ndarray:
    """Three positions with the potential on, w_ij = exp(-V (j - i)/2), and off, w_ij = b; r switches it."""
    position = np.arange(3)
    rates = np.zeros((6, 6))
    rates[:3, :3] = np.exp(-p["V"] * (position - position[:, None]) / 2)
    rates[3:, 3:] = p["b"]
    rates[position, position + 3] = rates[position + 3, position] = p["r"]
    return rates


def three_state_ring(p: Mapping[str, float]) -> np.ndarray:
    """w_ij = k exp((E_i - E_j)/2 +- A/6), + in the sense 0, 1, 2, 0."""
    energy = np.array([0.0, p["energy_1"], p["energy_2"]])
    sense = np.array([[0, 1, -1], [-1, 0, 1], [1, -1, 0]])
    return np.asarray(p["k"] * np.exp((energy[:, None] - energy) / 2 + sense * p["affinity"] / 6))


def potassium_channel(p: Mapping[str, float]) -> np.ndarray:
    """Four equal gates, m of them open: m -> m+1 at (4-m) alpha, m -> m-1 at m beta; in 1/ms."""
    x = (p["voltage"] + 55.0) / 10.0
    alpha = 0.1 * (x / -math.expm1(-x) if x else 1.0)
    beta = 0.125 * math.exp(-(p["voltage"] + 65.0) / 80.0)
    faster = 3.0 ** ((p["temperature"] - 6.3) / 10.0)
    rates = np.zeros((5, 5))
    for m in range(4):
        rates[m, m + 1] = (4 - m) * alpha * faster
        rates[m + 1, m] = (m + 1) * beta * faster
    return rates


NETWORKS: Mapping[str, Network] = {
    "flashing-ratchet": Network(
        title="Flashing ratchet on three positions",
        source=AJDARI_PROST,
        states=("0 on", "1 on", "2 on", "0 off", "1 off", "2 off"),
        parameters={
            "V": Named(1.0, "step of the potential between positions, over the temperature", -250.0, 250.0),
            "r": Named(1.0, "rate of switching the potential on and off", 0.0, 1e100),
            "b": Named(1.0, "rate between positions while the potential is off", 0.0, 1e100),
        },
        rates=flashing_ratchet,
    ),
    "three-state-ring": Network(
        title="Ring of three states",
        source=SCHNAKENBERG,
        states=("0", "1", "2"),
        parameters={
            "affinity": Named(3.0, "A, logarithm of the rates forwards over those backwards", -300.0, 300.0),
            "k": Named(1.0, "rate between states of equal energy at A = 0", 0.0, 1e50, open=True),
            "energy_1": Named(0.0, "energy of state 1 above state 0, over the temperature", -100.0, 100.0),
            "energy_2": Named(0.0, "energy of state 2 above state 0, over the temperature", -100.0, 100.0),
        },
        rates=three_state_ring,
    ),
    "hodgkin-huxley-potassium": Network(
        title="Potassium channel of Hodgkin and Huxley",
        source=HODGKIN_HUXLEY,
        states=("0 open", "1 open", "2 open", "3 open", "4 open"),
        parameters={
            "voltage": Named(-50.0, "potential of the membrane in mV, -65 at rest", -500.0, 500.0),
            "temperature": Named(6.3, "temperature in degrees Celsius; rates triple every 10", -50.0, 100.0),
        },
        rates=potassium_channel,
        time_units="ms",
    ),
}

PRESETS: Mapping[str, Preset] = {
    "flashing-ratchet": Preset(
        summary="a potential that flashes drives a current against no force",
        parameters={"network": "flashing-ratchet", "parameters": {"V": 1.0, "r": 1.0, "b": 1.0}},
        t_end=1000.0,
        snapshots=10_001,
        source=f"{AJDARI_PROST}; entropy production .048541, .179194, .565647 at V = .5, 1, 2",
    ),
    "three-state-ring": Preset(
        summary="a driven ring: entropy production is current times affinity",
        parameters={"network": "three-state-ring", "parameters": {"affinity": 3.0}},
        t_end=1000.0,
        snapshots=10_001,
        source=f"{SCHNAKENBERG}; sigma = 2 k A sinh(A/6)/3 at equal energies",
    ),
    "hodgkin-huxley-potassium": Preset(
        summary="four gates of a channel in equilibrium at a fixed voltage",
        parameters={"network": "hodgkin-huxley-potassium", "parameters": {"voltage": -50.0}},
        t_end=1000.0,
        snapshots=10_001,
        source=f"{HODGKIN_HUXLEY}; open gates are binomial, alpha/(alpha + beta)",
    ),
}
