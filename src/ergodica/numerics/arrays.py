"""Where arrays live: the device words, and the array namespace (numpy or cupy) that goes with each."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ergodica.numerics.errors import ParameterError

DEVICE_WORDS = ("cpu", "cuda", "cuda:N", "auto")


@dataclass(frozen=True)
class Device:
    """A processor that is there: `kind` is "cpu" or "cuda", `index` the number of the GPU (0 for the CPU)."""

    kind: Literal["cpu", "cuda"]
    index: int = 0

    def __str__(self) -> str:
        return "cpu" if self.kind == "cpu" else f"cuda:{self.index}"


CPU = Device("cpu")


def _why_no_cuda(index: int) -> str:
    """Why GPU number `index` cannot be used; empty when it can."""
    try:
        import cupy
    except Exception as error:  # a cupy for another CUDA version fails in its own ways
        return f"cupy cannot be imported ({type(error).__name__}: {error})".splitlines()[0]
    try:
        # an import proves nothing: cupy also imports where there is no GPU
        if not cupy.cuda.is_available():
            return "cupy finds no working GPU and driver"
        count = int(cupy.cuda.runtime.getDeviceCount())
    except Exception as error:
        return f"the CUDA driver does not answer ({type(error).__name__}: {error})".splitlines()[0]
    return "" if index < count else f"there {'is' if count == 1 else 'are'} {count}, numbered from 0"


def resolve_device(word: str | Device = "cpu") -> Device:
    """The device that a word names, after asking whether it works.

    Args:
        word: "cpu", "cuda" (the first GPU), "cuda:N" (GPU number N, from 0), or "auto" (a GPU if one works,
            else the CPU). A `Device` is checked likewise.

    Raises:
        ParameterError: another word, or a GPU that cannot be used; the message names reason and remedy.
    """
    match = re.fullmatch(r"cpu|auto|cuda(?::(\d+))?", str(word), flags=re.ASCII)
    if match is None:
        raise ParameterError(
            f"device: must be one of {', '.join(DEVICE_WORDS)} (N from 0), got {word!r}; use 'auto'"
        )
    if str(word) == "cpu":
        return CPU
    index = int(match[1] or 0)
    reason = _why_no_cuda(index)
    if not reason:
        return Device("cuda", index)
    if str(word) == "auto":
        return CPU
    raise ParameterError(
        f"device: must be available, got {str(word)!r}, but {reason}; use 'cpu' or 'auto', "
        "or on a machine with an NVIDIA GPU: pip install 'ergodica[gpu]'"
    )


def namespace(device: Device) -> Any:
    """The module that makes arrays on a device: numpy, or cupy for the GPU that `on_device` selected."""
    if device.kind == "cpu":
        return np
    import cupy

    return cupy


def on_device(device: Device) -> contextlib.AbstractContextManager[Any]:
    """A block in which new cupy arrays and launches go to `device`."""
    if device.kind == "cpu":
        return contextlib.nullcontext()
    import cupy

    selected: contextlib.AbstractContextManager[Any] = cupy.cuda.Device(device.index)
    return selected


def to_host(array: Any) -> np.ndarray:
    """A numpy array with the values of `array`, which lives on the CPU (no copy) or on a GPU."""
    for name in ("get", "copy_to_host"):  # cupy's and numba's word for it
        if hasattr(array, "__cuda_array_interface__") and hasattr(array, name):
            return np.asarray(getattr(array, name)())
    return np.asarray(array)
