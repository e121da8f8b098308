"""The part of the demonstration that learns: entropy production of trapped active particles beside its closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ergodica.scripts.demo import Comparison

if TYPE_CHECKING:
    import xarray as xr

SPEED, TRAP, RATE, NOISE = 0.3, 0.05, 0.1, 0.1
"""v0, A, gamma and eps of arXiv 2309.12991, as in the closed form below."""
MEMBERS, SNAPSHOTS = 800, 101


def exact_rates(dimensions: int = 2) -> tuple[float, float]:
    """Entropy production rate of a particle, and the part of its propulsion, each a sum over the axes of space.

    sigma = v0^2 gamma/(eps (A + gamma)),  sigma_g = gamma v0^2 A/(eps (A + gamma)^2 + v0^2 gamma)
    """
    total = SPEED**2 * RATE / (NOISE * (TRAP + RATE))
    propulsion = RATE * SPEED**2 * TRAP / (NOISE * (TRAP + RATE) ** 2 + SPEED**2 * RATE)
    return dimensions * total, dimensions * propulsion


def trapped_particle(keep: Callable[[str], Path], report: Callable[[str], None]) -> Iterator[Comparison]:
    """Simulate, train, apply and draw; `keep` gives the path of a file by its name."""
    if find_spec("torch") is None:
        report("no network: torch is not installed; pip install 'ergodica[models]'")
        return
    from ergodica import models, sims
    from ergodica.data import write_dataset
    from ergodica.data.pictures import plot

    report("active particles in a trap ...")
    system = sims.ActiveOU(
        particles=1,
        pair_force="none",
        trap=TRAP,
        speed=SPEED,
        relaxation_rate=RATE,
        temperature=NOISE,
        dt=0.2,
        scheme="heun",
    )
    ds = system.run(
        t_end=2000.0,
        snapshots=SNAPSHOTS,
        members=MEMBERS,
        warm_up=200.0,
        record=("drift", "drift_divergence"),
        out=keep("trap.nc"),
        overwrite=True,
    )
    report("a score network learns their probability flow ...")
    # a linear system: from the Gaussian of the data there would be nothing left to learn
    network = models.score.train(ds, reference="none")
    models.save(network, keep("trap-network"), overwrite=True)
    production = models.score.entropy_production(network, ds)
    write_dataset(production, keep("trap-production.nc"), overwrite=True)
    plot(production, keep("trap-production.png"))
    flow = models.score.production_map(network, ds, degrees=("position_x", "propulsion_x"), cells=24)
    flow.attrs["title"] = "Probability current of an active particle in a trap"
    plot(flow, keep("trap-flow.png"), variable="current")
    yield from _rates(production)


def _rates(production: xr.Dataset) -> Iterator[Comparison]:
    total, propulsion = exact_rates()
    parts = production["by_variable"].assign_coords(variable=production["variable_name"].values)
    errors = production["by_variable_standard_error"].assign_coords(
        variable=production["variable_name"].values
    )
    for words, value, error, exact in (
        (
            "entropy production in a trap, learned",
            production["total"],
            production["total_standard_error"],
            total,
        ),
        (
            "  part of the propulsion, learned",
            parts.sel(variable="propulsion"),
            errors.sel(variable="propulsion"),
            propulsion,
        ),
        (
            "  total without a network",
            production["identity_total"],
            production["identity_total_standard_error"],
            total,
        ),
    ):
        yield Comparison(words, float(value), exact, float(error))
