"""The part of the demonstration that forecasts: Koopman eigenvalues beside exact ones, and what comes after a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ergodica.scripts.demo import Comparison

RATES = {"mu": -0.05, "lambda": -1.0, "2 mu": -0.1}
"""Rates of the catalogue's slow manifold, the eigenvalues of its Koopman operator on x, y and x^2."""
TEST = 400


def dynamics(keep: Callable[[str], Path], report: Callable[[str], None]) -> Iterator[Comparison]:
    """Simulate, fit, forecast and draw; `keep` gives the path of a file by its name."""
    if find_spec("torch") is None:
        return
    from ergodica import models, sims
    from ergodica.data import write_dataset
    from ergodica.data.pictures import plot

    report("a Koopman operator on a slow manifold ...")
    slow = sims.Flow(system="slow-manifold", spread=0.5).run(t_end=10.0, snapshots=101, members=20)
    quadratic = models.koopman.dictionaries.Polynomial(degree=2)
    spectrum = models.koopman.EDMD(dictionary=quadratic).fit(slow).eigenvalues()
    write_dataset(spectrum, keep("slow-manifold-spectrum.nc"), overwrite=True)
    plot(spectrum, keep("slow-manifold-spectrum.png"))
    found = spectrum["growth_rate"].values
    for name, exact in RATES.items():
        nearest = found[np.abs(found - exact).argmin()]
        yield Comparison(f"Koopman rate {name} of a slow manifold", float(nearest), exact)
    report("a forecast of the Lorenz system ...")
    run = sims.Flow(system="lorenz63").run(
        periods=14, points_per_period=100, warm_up=10.0, out=keep("lorenz.nc"), overwrite=True
    )
    known, to_come = run.isel(t=slice(None, -TEST)), run.isel(t=slice(-TEST, None))
    forecaster = models.forecast.NVAR(delays=2, degree=4).fit(known)
    models.save(forecaster, keep("lorenz-model"), overwrite=True)
    forecast = models.forecast.beside(forecaster.forecast(horizon=TEST), to_come)
    write_dataset(forecast, keep("lorenz-forecast.nc"), overwrite=True)
    plot(forecast, keep("lorenz-forecast.png"))
