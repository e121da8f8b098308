"""What may be asked of a Koopman autoencoder."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ergodica.models.koopman.autoencoder_parts import Convolutional, Dense
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    from ergodica.models.koopman.autoencoder import KoopmanAutoencoder

MATRICES, ESTIMATORS = ("fitted", "trained"), ("infonce", "gaussian")
WEIGHTS = ("reconstruction", "linear", "prediction", "information", "entropy")


def check_settings(model: KoopmanAutoencoder) -> None:
    """Checks the settings, and makes whole numbers of those that are.

    Raises:
        ParameterError: one of them is out of range.
    """
    model.latent = whole_number(
        "latent", model.latent, 1, "use 16, or koopman.DMD() for the state as its own observables"
    )
    for name in ("lookback", "horizon", "neighbours"):
        setattr(model, name, whole_number(name, getattr(model, name), 1))
    if not isinstance(model.encoder, Dense | Convolutional):
        raise ParameterError(
            f"encoder: must be Dense() or Convolutional(), got {model.encoder!r}; use koopman.Dense(width=64)"
        )
    for name, known in (("matrix", MATRICES), ("estimator", ESTIMATORS)):
        if getattr(model, name) not in known:
            raise ParameterError(f"{name}: {getattr(model, name)!r} is not known; use {' or '.join(known)}")
    for name in ("skip", "constant"):
        if not isinstance(getattr(model, name), bool):
            raise ParameterError(f"{name}: must be True or False, got {getattr(model, name)!r}")
    for name in (*WEIGHTS, "ridge", "temperature", "noise"):
        value = getattr(model, name)
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
        above = name in ("temperature", "noise")
        if not (number > 0 if above else number >= 0) or not number < math.inf:
            rule = "above 0" if above else "at least 0"
            usual = type(model).__dataclass_fields__[name].default
            raise ParameterError(f"{name}: must be a finite number {rule}, got {value!r}; use {usual:g}")
    if not model.skip and not (model.reconstruction or model.prediction):
        raise ParameterError(
            "reconstruction: or prediction must be above 0 where skip=False, so that the decoder learns; use 1"
        )
    if model.skip and not (model.linear or model.prediction or model.information or model.entropy):
        raise ParameterError(
            "linear: or prediction, information or entropy must be above 0 where skip=True, so that the encoder "
            "learns: decoding is exact; use 1"
        )
    if model.matrix == "trained" and not (model.linear or model.prediction):
        raise ParameterError(
            "linear: or prediction must be above 0 where matrix='trained', so that the operator learns; use 1, or "
            "matrix='fitted'"
        )
    if model.neighbours > model.horizon:
        raise ParameterError(
            f"neighbours: must be at most the horizon of {model.horizon}, got {model.neighbours}; use fewer, or a "
            "longer horizon"
        )
