"""Eigenvalues of a Koopman model with rates, residuals and intervals."""

from __future__ import annotations

import math
import warnings
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from ergodica.estimators.units import per_time
from ergodica.models.koopman.labelled import attributes, modes_of, said
from ergodica.models.koopman.residuals import is_spurious
from ergodica.models.koopman.spectrum import continuous
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from ergodica.models.koopman.koopman import KoopmanModel
    from ergodica.models.koopman.labelled import Said
    from ergodica.models.trajectories import Trajectories

    Array = NDArray[np.float64]
    Complex = NDArray[np.complex128]

KIND = "eigenvalues"
ONE_SIGMA = 0.841344746068543
"""Chance that a Gaussian number is below one standard deviation."""
ROUND_OFF = 64 * np.finfo(float).eps
"""Times the number of eigenvalues, what round-off may put between an exact eigenvalue, such as 1, and all refits.

Up to 9 of these 64 were seen for the constant, with 3 to 10 eigenvalues.
"""


def eigenvalue_dataset(
    model: KoopmanModel,
    residual: Array,
    epsilon: float,
    series: Trajectories | None,
    intervals: int | None,
    level: float,
    seed: int,
    block: int | None,
) -> xr.Dataset:
    """See `KoopmanModel.eigenvalues`; `series` is what is resampled."""
    import xarray as xr

    if not (isinstance(level, Real) and 0 < level < 1):
        raise ParameterError(f"level: must be between 0 and 1, got {level!r}; use 0.95")
    seed = whole_number("seed", seed, 0)
    if block is not None:
        block = whole_number("block", block, 1, "use None for a length by rule")
    if intervals is not None:
        least = math.ceil(2 / (1 - level))
        remedy = f"use {5 * least} refits, or None for no intervals"
        intervals = whole_number("intervals", intervals, least, remedy)
    layout = model.fitted_layout
    dt, time = layout.dt, str(layout.time.get("units", "1"))
    coordinates, made = modes_of(model)
    rates = continuous(model.spectrum[0], dt)
    # first, so that the picture begins with the rates: those of a slow system are one point on the unit circle
    made = (
        said(
            "continuous_eigenvalue",
            "logarithm of the eigenvalue over the spacing of the snapshots, principal branch",
            rates,
            KIND,
            units=per_time("1", time),
        )
        | made
    )
    made |= _rates(rates, "", "", time)
    flags = is_spurious(residual, epsilon).astype(np.int8)
    made |= said("residual", "residual of the eigenpair on data (ResDMD)", residual, KIND)
    made |= said("spurious", f"1 where the residual is above {epsilon:g}", flags, KIND)
    if intervals is not None:
        assert series is not None
        refits = model.resampled_eigenvalues(series, intervals, block, seed)
        made |= _intervals(model.spectrum[0], refits, level, dt, time, model.held)
    said_of = {"intervals": intervals, "level": level, "seed": seed, "block": block, "epsilon": epsilon}
    words = attributes(model, "eigenvalues", **said_of)
    if model.held and intervals is not None:
        words["title"] += f", intervals given the {model.held}"
        words["comment"] = (
            f"intervals hold the scatter of the operator given the {model.held}, not the error of the {model.held}"
        )
    return xr.Dataset(made, coordinates, words)


def _rates(rates: Complex, name: str, words: str, time: str) -> Said:
    units = per_time("1", time)
    return said(f"growth_rate{name}", f"growth rate{words}", rates.real, KIND, units=units) | said(
        f"frequency{name}", f"frequency in cycles{words}", rates.imag / (2 * np.pi), KIND, units=units
    )


def _intervals(own: Complex, refits: Complex, level: float, dt: float, time: str, held: str) -> Said:
    """Standard errors, and basic bootstrap intervals: refits scatter around the estimate as it does around the truth.

    A standard error is half of the width that holds 68 % of the refits, so that one that ran away does not rule it.
    Ends are moved outwards by round-off, so that what is exact, such as the 1 of a constant, lies between them.

    Source: Davison and Hinkley 1997, Bootstrap Methods and their Application, 5.2.1.
    """
    rates, changes = continuous(own, dt), _change(own, refits, dt)
    # a real eigenvalue has no error of its imaginary part
    sides = 1 + 1j * (own.imag != 0)
    width = ROUND_OFF * len(own) * np.maximum(abs(own), 1.0)
    relative = np.divide(width, abs(own), out=np.zeros(len(own)), where=own != 0)
    with warnings.catch_warnings():
        # an eigenvalue that no refit has is NaN throughout
        warnings.simplefilter("ignore", RuntimeWarning)
        error = (_quantile(refits, ONE_SIGMA) - _quantile(refits, 1 - ONE_SIGMA)) / 2
        made = said(
            "eigenvalue_standard_error",
            "standard error of the eigenvalue, of its real and its imaginary part",
            error,
            KIND,
        )
        for end, share, way in (("low", (1 + level) / 2, -1), ("high", (1 - level) / 2, 1)):
            words = f", {end} end of its {level:.4g} interval" + (f" given the {held}" if held else "")
            bound = own - _quantile(refits - own, share) + way * width * sides
            rate = rates - _quantile(changes, share) + way * relative / dt * sides
            made |= said(f"eigenvalue_{end}", f"eigenvalue, real and imaginary part each{words}", bound, KIND)
            made |= _rates(rate, f"_{end}", words, time)
    return made


def _change(own: Complex, refits: Complex, dt: float) -> Complex:
    """Differences of the continuous eigenvalues of refits, on the branch that is nearest."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return continuous(refits / own, dt)


def _quantile(values: Complex, share: float) -> Complex:
    """The one that a further refit stays below with the chance `share`, whose rank is share (refits + 1)."""
    real, imaginary = (
        np.nanquantile(part, share, axis=0, method="weibull") for part in (values.real, values.imag)
    )
    return np.asarray(real + 1j * imaginary)
