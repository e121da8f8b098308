"""The dominant period of an orbit, from its power spectrum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ergodica.sims.chaos.orbit import orbit
from ergodica.sims.chaos.subject import Subject
from ergodica.sims.chaos.survey import Survey

Array = np.ndarray

PERIODS, SAMPLES_A_PERIOD = 3200, 32
"""Length of the orbit and spacing of its samples in typical times."""
FEWEST_PIECES, PERIODS_A_PIECE = 4, 100
"""Pieces of an orbit whose spectra are averaged, and the typical times that one has: where the spectrum is broad, an
average over few of them has its peak now here, now there."""
HARMONICS, SHARE, LINE = 24, 0.5, 10.0
"""A fundamental has half of its strongest harmonic's power and stands ten times above what is around it."""
AT_REST = 1e-3
"""An orbit that varies by less, in units of its size in the survey, has come to rest."""
FEWEST_RETURNS, LONGER, ATTEMPTS = 3, 8.0, 4
"""Orbits that return less often are followed for longer, so many times at most."""
UNRESOLVED = 8.0
"""Samples of a period that is no more than the jumps of a relaxation oscillation, whose speed is all in them."""
RELAXED = 60
"""Returns of a relaxation oscillation that are followed."""
SLOWEST = 2
MOST_STEPS, MOST_IMPLICIT_STEPS = 4_000_000, 800_000
"""Steps of an orbit that is followed for its period: some seconds."""
SMOOTHING = 0.05
"""Relative width over which the spectrum is averaged before its peak is sought."""


def dominant_period(chosen: Subject, seen: Survey, *, transient: float) -> float:
    """The period whose octave holds most of the variance of the components; NaN for a map and for a drift.

    Argmax over f of f P(f), P the sum of the power spectra of the components, each over its variance: Welch's
    average of Hann windows, smoothed over five per cent; where that is a harmonic of a line below, that line.
    Components that wind up, such as angles, count by their increments. It does not see slow changes between the
    wings of an attractor. An orbit that comes to rest has the period of its least damped turn, by the eigenvalues of
    the Jacobian; NaN without turns.

    Source: Welch 1967, IEEE Trans. Audio Electroacoust. 15, 70.
    """
    if chosen.is_map:
        return float("nan")
    samples, spacing = sampled(chosen, seen, transient)
    if not chosen.definition.lags and (np.ptp(samples, axis=0) < AT_REST * seen.scale).all():
        return ringing(chosen, samples[-1])
    period = strongest_period(samples, spacing)
    if period > UNRESOLVED * spacing:
        return period
    # a drift, or the jumps of a relaxation oscillation, on whose time the survey has stopped
    wider = followed(chosen, seen, transient, samples)
    return period if wider is None else strongest_period(*wider)


def strongest_period(samples: Array, spacing: float) -> float:
    """The period with most power of samples (n, d); NaN where nothing moves or most is slower than can be seen."""
    frequency, power = spectrum_of(samples, spacing)
    if not power.sum() > 0 or drifts(frequency, power):
        return float("nan")
    return 1.0 / peak(frequency, power)


def followed(chosen: Subject, seen: Survey, transient: float, samples: Array) -> tuple[Array, float] | None:
    """Samples and spacing over many returns, however long they are; None for an orbit that does not return."""
    spacing = seen.time / SAMPLES_A_PERIOD
    for attempt in range(ATTEMPTS):
        count = returns(samples)
        if count >= FEWEST_RETURNS:
            time = len(samples) * spacing / count
            return sampled(chosen, replace(seen, time=time), transient, RELAXED)
        if attempt == ATTEMPTS - 1 or not (np.ptp(samples, axis=0) >= AT_REST * seen.scale).any():
            break
        spacing *= LONGER
        samples = sampled(chosen, replace(seen, time=spacing * SAMPLES_A_PERIOD), transient)[0]
    return None


def returns(samples: Array) -> int:
    """How often the component of (n, d) that turns most often rises from below its middle to above it.

    Below and above by a quarter of its range: spikes and noise between count once.
    """
    low, high = samples.min(0), samples.max(0)
    middle, quarter = (low + high) / 2, (high - low) / 4
    side = np.where(samples > middle + quarter, 1, np.where(samples < middle - quarter, -1, 0))
    rises = [int((np.diff(one[one != 0]) > 0).sum()) for one in side.T]
    return max(rises, default=0)


def ringing(chosen: Subject, point: Array) -> float:
    """Period of the least damped turn about an equilibrium (d,); NaN where nothing turns."""
    j = np.empty((chosen.size, chosen.size))
    chosen.kernels.jacobian(0.0, point, chosen.vector, j)
    values = np.linalg.eigvals(j)
    turning = values[np.abs(values.imag) > 1e-9 * np.abs(values)]
    return float(2.0 * np.pi / abs(turning[np.argmax(turning.real)].imag)) if turning.size else float("nan")


def sampled(chosen: Subject, seen: Survey, transient: float, periods: int = PERIODS) -> tuple[Array, float]:
    """An orbit of some typical times, with increments in place of what winds up; and the spacing of its samples."""
    spacing = seen.time / SAMPLES_A_PERIOD
    samples = orbit(
        chosen,
        seen.point,
        spacing=spacing,
        count=periods * SAMPLES_A_PERIOD + 2,
        transient=transient,
        scale=seen.scale,
        most_steps=MOST_IMPLICIT_STEPS if chosen.definition.stiff else MOST_STEPS,
        began=seen.end,
    )
    return np.where(chosen.bounded, samples[1:], np.diff(samples, axis=0)), spacing


def spectrum_of(samples: Array, spacing: float) -> tuple[Array, Array]:
    """Frequencies and the summed normalised power of series (n, d), zero frequency left out."""
    from scipy.signal import welch

    deviation = samples.std(0)
    moving = deviation > 1e-9 * (np.abs(samples).mean(0) + 1e-300)
    if not moving.any():
        return np.array([1.0]), np.zeros(1)
    scaled = (samples[:, moving] - samples[:, moving].mean(0)) / deviation[moving]
    pieces = max(FEWEST_PIECES, len(samples) // (PERIODS_A_PIECE * SAMPLES_A_PERIOD))
    frequency, power = welch(scaled, 1.0 / spacing, nperseg=2 * len(samples) // (pieces + 1), axis=0)
    return frequency[1:], power.sum(1)[1:]


def drifts(frequency: Array, power: Array) -> bool:
    """Whether the slowest bins hold most power an octave: a drift, or a period that is too long to be seen."""
    return bool(np.argmax(frequency * power) < SLOWEST)


def peak(frequency: Array, power: Array) -> float:
    """The frequency with most power an octave, or the fundamental of which it is a harmonic; refined to its line."""
    octave = frequency * power
    width = np.maximum(1, (SMOOTHING * np.arange(1, len(power) + 1) / 2).astype(int))
    total = np.concatenate([[0.0], np.cumsum(octave)])
    low = np.maximum(0, np.arange(len(power)) - width)
    high = np.minimum(len(power), np.arange(len(power)) + width + 1)
    middle = int(np.argmax((total[high] - total[low]) / (high - low)))
    best = _top(power, middle, int(width[middle]))
    strongest = best
    # a train of spikes has harmonics as strong as its fundamental
    for harmonic in range(2, HARMONICS + 1):
        expected = (strongest + 1) / harmonic - 1
        if expected < 3:
            break
        found = _top(power, round(expected), max(1, round(0.02 * expected)))
        around = power[max(0, int(0.6 * expected)) : int(1.4 * expected) + 2]
        if power[found] > SHARE * power[strongest] and power[found] > LINE * np.median(around):
            best = found
    return between_bins(power, best) * frequency[0]


def between_bins(power: Array, top: int) -> float:
    """Where the line at bin `top` stands, in bins from zero frequency, which is left out of `power`.

    A Hann window gives the amplitudes of a tone at top + x as 2 - x and 1 + x, 0 <= x <= 1/2.

    Source: Grandke 1983, IEEE Trans. Instrum. Meas. 32, 350.
    """
    if not 0 < top < len(power) - 1:
        return top + 1.0
    side = 1 if power[top + 1] >= power[top - 1] else -1
    ratio = float(np.sqrt(power[top + side] / power[top]))
    return top + 1.0 + side * max(0.0, (2.0 * ratio - 1.0) / (1.0 + ratio))


def _top(power: Array, middle: int, width: int) -> int:
    low = max(0, middle - width)
    return low + int(np.argmax(power[low : middle + width + 1]))
