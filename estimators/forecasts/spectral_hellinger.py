"""Hellinger distance of power spectra."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.forecasts.nrmse import mean_of_changing
from ergodica.estimators.forecasts.pairs import scored
from ergodica.estimators.forecasts.spectra import LEAST, SMOOTHING, check_smoothing, smoothed_spectra
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label


def _tones(rng: np.random.Generator) -> tuple[Array, Array]:
    t = np.arange(256)[:, np.newaxis] / 256
    return np.sin(2 * np.pi * 20 * t), np.sin(2 * np.pi * 20 * t) + np.sin(2 * np.pi * 50 * t)


CLAIMS = Claims(
    needs="paths of 8 times or more, 100,000 for a value to compare",
    cost="O(d n log n)",
    invariances={"shift": 1e-9, "scale": 1e-12, "sign": 1e-12, "exchange": 1e-12, "reversal": 1e-9},
    exact=(
        Exact(name="equal", sample=lambda rng: (one := rng.normal(size=(500, 3)), one), value=0.0),
        Exact(
            name="one tone of two",
            sample=_tones,
            value=float(np.sqrt(1 - np.sqrt(0.5))),
            bias=1e-12,
            arguments={"smoothing": 0},
            source="weights (1, 0) and (1/2, 1/2)",
        ),
    ),
)


@register(family="forecasts", takes={"forecast": "path", "truth": "path"}, claims=CLAIMS)
def spectral_hellinger(
    forecast: Any,
    truth: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    smoothing: float = SMOOTHING,
) -> Any:
    """Hellinger distance between the power spectra of a forecast and of the truth: D_H.

    D = mean over components of sqrt(sum_k (sqrt(p_k) - sqrt(q_k))^2/2)

    p and q are |Fourier transform|^2 at frequencies above 0, smoothed by a Gaussian and divided by their sums: the size
    of a series does not count, only how its power is spread.

    Args:
        forecast, truth: paths, DataArrays or plain arrays of real numbers, as many times of both.
        dim: the dimension of time; every other one is mapped.
        feature_dim: the components; None for scalars.
        smoothing: standard deviation of the Gaussian in bins of frequency, 0 for none.

    Returns:
        DataArray over the other dimensions, or an array, without unit: from 0 (equal spectra) to 1 (no frequency in
        common, or a forecast that came to rest). Components of the truth that do not change are left out, NaN where
        that is all, or a lane holds NaN or infinity.

    Raises:
        TypeError: data that are no real numbers.
        ValueError: fewer than 8 times, or a smoothing that is negative.

    Good values: the defaults with 100,000 samples. It depends on their number: compare values of the same number alone.

    Source: Hess, Monfared, Brenner, Durstewitz 2023, Proc. Mach. Learn. Res. 202, 13017, appendix.
    """
    smoothing = check_smoothing(smoothing)

    def lanes(f: Array, y: Array) -> Array:
        p, q = (_shares(smoothed_spectra(one, smoothing)[0]) for one in (f, y))
        distance = np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum(axis=1) / 2)
        # a forecast that came to rest has no spectrum: half of the sum is missing
        distance = np.where(p.any(axis=1), distance, 1.0)
        return mean_of_changing(np.where(q.any(axis=1), distance, np.nan))

    label = Label(
        name="spectral_hellinger",
        units="1",
        long_name="Hellinger distance of power spectra",
        method=f"spectral_hellinger(smoothing={smoothing:g})",
    )
    return scored(
        lanes, forecast, truth, label=label, dim=dim, feature_dim=feature_dim, ordered=True, least=LEAST
    )


def _shares(power: Array) -> Array:
    whole = power.sum(axis=1, keepdims=True)
    return np.asarray(power / np.where(whole > 0, whole, 1.0))
