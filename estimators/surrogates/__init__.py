"""Series that share some properties of the data and are random beyond: what a test of a hypothesis compares with."""

from ergodica.estimators.surrogates.amplitude_adjusted import AmplitudeAdjusted
from ergodica.estimators.surrogates.block_shuffle import BlockShuffle
from ergodica.estimators.surrogates.circular_shift import CircularShift
from ergodica.estimators.surrogates.iterated_amplitude_adjusted import IteratedAmplitudeAdjusted
from ergodica.estimators.surrogates.method import SurrogateMethod
from ergodica.estimators.surrogates.phase_randomized import PhaseRandomized
from ergodica.estimators.surrogates.shuffle import Shuffle
from ergodica.estimators.surrogates.surrogate import surrogate
from ergodica.estimators.surrogates.surrogate_test import surrogate_test
from ergodica.estimators.surrogates.time_reversed import TimeReversed

__all__ = [
    "AmplitudeAdjusted",
    "BlockShuffle",
    "CircularShift",
    "IteratedAmplitudeAdjusted",
    "PhaseRandomized",
    "Shuffle",
    "SurrogateMethod",
    "TimeReversed",
    "surrogate",
    "surrogate_test",
]
