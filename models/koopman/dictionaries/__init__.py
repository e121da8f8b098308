"""Dictionaries of observables, to be added up: `Polynomial(degree=2) + Radial(centres=50)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ergodica.lazy_names import lazy_names

if TYPE_CHECKING:
    from ergodica.models.koopman.dictionaries.dictionary import Dictionary as Dictionary
    from ergodica.models.koopman.dictionaries.dictionary import Sum as Sum
    from ergodica.models.koopman.dictionaries.fourier import Fourier as Fourier
    from ergodica.models.koopman.dictionaries.identity import Identity as Identity
    from ergodica.models.koopman.dictionaries.polynomial import Polynomial as Polynomial
    from ergodica.models.koopman.dictionaries.radial import Radial as Radial
    from ergodica.models.koopman.dictionaries.random_fourier import RandomFourier as RandomFourier

_HOMES = {
    "Dictionary": "dictionary",
    "Fourier": "fourier",
    "Identity": "identity",
    "Polynomial": "polynomial",
    "Radial": "radial",
    "RandomFourier": "random_fourier",
    "Sum": "dictionary",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
