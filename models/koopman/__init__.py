"""Koopman models: eigenvalues, modes and forecasts of a linear operator on observables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ergodica.lazy_names import lazy_names

if TYPE_CHECKING:
    from ergodica.models.koopman import dictionaries as dictionaries
    from ergodica.models.koopman import kernels as kernels
    from ergodica.models.koopman.autoencoder import KoopmanAutoencoder as KoopmanAutoencoder
    from ergodica.models.koopman.autoencoder_parts import Convolutional as Convolutional
    from ergodica.models.koopman.autoencoder_parts import Dense as Dense
    from ergodica.models.koopman.bagged_dmd import BaggedDMD as BaggedDMD
    from ergodica.models.koopman.dmd import DMD as DMD
    from ergodica.models.koopman.edmd import EDMD as EDMD
    from ergodica.models.koopman.hankel_dmd import HankelDMD as HankelDMD
    from ergodica.models.koopman.kernel_edmd import KernelEDMD as KernelEDMD
    from ergodica.models.koopman.koopman import KoopmanModel as KoopmanModel
    from ergodica.models.koopman.nystroem_edmd import NystroemEDMD as NystroemEDMD
    from ergodica.models.koopman.optimised_dmd import OptimisedDMD as OptimisedDMD
    from ergodica.models.koopman.vamp import VAMP as VAMP

_HOMES = {
    "BaggedDMD": "bagged_dmd",
    "Convolutional": "autoencoder_parts",
    "DMD": "dmd",
    "Dense": "autoencoder_parts",
    "EDMD": "edmd",
    "HankelDMD": "hankel_dmd",
    "KernelEDMD": "kernel_edmd",
    "KoopmanAutoencoder": "autoencoder",
    "KoopmanModel": "koopman",
    "NystroemEDMD": "nystroem_edmd",
    "OptimisedDMD": "optimised_dmd",
    "VAMP": "vamp",
}

_MODULES = ("dictionaries", "kernels")

__all__ = sorted([*_HOMES, *_MODULES])

__getattr__, __dir__ = lazy_names(__name__, _HOMES, _MODULES)
