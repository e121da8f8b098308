"""Koopman models: eigenvalues, modes and forecasts of a linear operator on observables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ergodica.models.koopman.autoencoder import KoopmanAutoencoder as KoopmanAutoencoder
    from ergodica.models.koopman.autoencoder_parts import Convolutional as Convolutional
    from ergodica.models.koopman.autoencoder_parts import Dense as Dense
    from ergodica.models.koopman.dmd import DMD as DMD
    from ergodica.models.koopman.koopman import KoopmanModel as KoopmanModel

_HOMES = {
    "Convolutional": "autoencoder_parts",
    "DMD": "dmd",
    "Dense": "autoencoder_parts",
    "KoopmanAutoencoder": "autoencoder",
    "KoopmanModel": "koopman",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(f"ergodica.models.koopman.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'ergodica.models.koopman' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(_HOMES)
