"""Exact simulation of a jump process between six states, one core, against gillespy2 from the package index.

Its fastest solver is C++ that it writes and compiles for the model, before the clock starts; it runs as a process of
its own. Both sides store the last snapshot alone.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable
from typing import Any

import numpy as np
from timing import best

TITLE = "Markov jump process, six states"
PEER = "gillespy2==1.8.3"
PACKAGES = ("ergodica", "numpy", "numba", "gillespy2")
THREADS = 1
ROUNDS = 3

T_END = 1e6  # 2.9e6 events


def rates() -> np.ndarray:
    """The flashing ratchet at V = r = b = 1."""
    position, made = np.arange(3), np.zeros((6, 6))
    made[:3, :3] = np.exp((position[:, None] - position) / 2)
    made[3:, 3:] = made[position, position + 3] = made[position + 3, position] = 1.0
    np.fill_diagonal(made, 0.0)
    return made


def events() -> float:
    """How many happen in the mean: the sum of pi_i w_ij."""
    w = rates()
    balance = np.vstack([(w - np.diag(w.sum(axis=1))).T, np.ones(6)])
    pi = np.linalg.lstsq(balance, np.append(np.zeros(6), 1.0), rcond=None)[0]
    return float(T_END * (pi @ w).sum())


def ours() -> Callable[[], dict[str, float]]:
    """Through `run`, with the last snapshot and with 100,001 of them."""
    from ergodica import sims

    system = sims.JumpProcess(rates=rates(), initial=0)
    for snapshots in (2, 101):
        system.run(t_end=100.0, snapshots=snapshots)
    counted = int(system.run(t_end=T_END, snapshots=2).transitions[-1].sum())

    def run() -> dict[str, float]:
        return {
            f"{snapshots} snapshots": best(lambda n=snapshots: system.run(t_end=T_END, snapshots=n))
            / counted
            * 1e9
            for snapshots in (2, 100_001)
        }

    return run


def peer() -> Callable[[], dict[str, float]]:
    """Its compiled solver."""
    # scons, by which it compiles, is looked for outside the environment
    os.environ["PYTHONPATH"] = sysconfig.get_paths()["purelib"]
    import gillespy2

    model: Any = gillespy2.Model(name="ratchet")
    states = [gillespy2.Species(name=f"s{i}", initial_value=int(i == 0)) for i in range(6)]
    model.add_species(states)
    for (i, j), rate in np.ndenumerate(rates()):
        if rate:
            one = gillespy2.Parameter(name=f"w{i}{j}", expression=float(rate))
            model.add_parameter(one)
            model.add_reaction(
                gillespy2.Reaction(
                    name=f"r{i}{j}", reactants={states[i]: 1}, products={states[j]: 1}, rate=one
                )
            )
    model.timespan(gillespy2.TimeSpan.linspace(t=T_END, num_points=2))
    solver = gillespy2.SSACSolver(model)
    model.run(solver=solver, seed=1)

    def run() -> dict[str, float]:
        return {"2 snapshots": best(lambda: model.run(solver=solver, seed=1)) / events() * 1e9}

    return run


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Nanoseconds an event, the fastest of all rounds, and the other's time over ours."""
    mine, theirs = (min(one["2 snapshots"] for one in side) for side in (ours, peer))
    many = min(one["100001 snapshots"] for one in ours)
    return [
        {
            "job": "6 states, 2.9e6 events, 2 snapshots",
            "ours": f"{mine:.1f} ns an event",
            "against": f"gillespy2, C++: {theirs:.0f} ns",
            "ratio": theirs / mine,
        },
        {
            "job": "6 states, 2.9e6 events, 1e5 snapshots with all counts and times",
            "ours": f"{many:.1f} ns an event",
            "against": "-",
            "ratio": None,
        },
    ]
