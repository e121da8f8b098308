"""The dominant period of an orbit, from its power spectrum."""

from __future__ import annotations

import numpy as np

from ergodica.sims.chaos.orbit import orbit
from ergodica.sims.chaos.subject import Subject
from ergodica.sims.chaos.survey import Survey

Array = np.ndarray

PERIODS, SAMPLES_A_PERIOD, SEGMENTS = 400, 32, 4
"""Length of the orbit and spacing of its samples in typical times; pieces of its averaged spectrum."""
HARMONICS, SHARE, LINE = 24, 0.1, 10.0
"""A fundamental has a tenth of its strongest harmonic's power and stands ten times above what is around it."""
SMOOTHING = 0.05
"""Relative width over which the spectrum is averaged before its peak is sought."""


def dominant_period(chosen: Subject, seen: Survey, *, transient: float) -> float:
    """The period whose octave holds most of the variance of the components' rates of change; NaN for a map.

    Argmax over f of f P(f), P the sum of the power spectra of the bounded components, each over its variance:
    Welch's average of Hann windows, smoothed over five per cent; where that is a harmonic of a line below,
    that line. It does not see slow changes between the wings of an attractor.

    Source: Welch 1967, IEEE Trans. Audio Electroacoust. 15, 70.
    """
    if chosen.is_map:
        return float("nan")
    spacing = seen.time / SAMPLES_A_PERIOD
    samples = orbit(
        chosen,
        seen.point,
        spacing=spacing,
        count=PERIODS * SAMPLES_A_PERIOD + 1,
        transient=transient,
        scale=seen.scale,
    )
    frequency, power = spectrum_of(samples[:, chosen.bounded], spacing)
    if not power.sum() > 0:
        return float("nan")
    return 1.0 / peak(frequency, power)


def spectrum_of(samples: Array, spacing: float) -> tuple[Array, Array]:
    """Frequencies and the summed normalised power of series (n, d), zero frequency left out."""
    from scipy.signal import welch

    deviation = samples.std(0)
    moving = deviation > 1e-9 * (np.abs(samples).mean(0) + 1e-300)
    if not moving.any():
        return np.array([1.0]), np.zeros(1)
    scaled = (samples[:, moving] - samples[:, moving].mean(0)) / deviation[moving]
    frequency, power = welch(scaled, 1.0 / spacing, nperseg=2 * len(samples) // (SEGMENTS + 1), axis=0)
    return frequency[1:], power.sum(1)[1:]


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
    # three bins around the top of the line: a Hann window spreads a pure tone over them
    near = slice(max(0, best - 1), best + 2)
    return float((frequency[near] * power[near]).sum() / power[near].sum())


def _top(power: Array, middle: int, width: int) -> int:
    low = max(0, middle - width)
    return low + int(np.argmax(power[low : middle + width + 1]))
