"""Which processor torch computes on."""

from __future__ import annotations

import os
import re

from ergodica.models.torch_needed import torch
from ergodica.numerics.arrays import DEVICE_WORDS
from ergodica.numerics.errors import ParameterError


def torch_device(word: str | torch.device = "cpu") -> torch.device:
    """The device that a word names, after asking torch whether it is there.

    Under `torchrun` each process takes the GPU of its number on this machine where the word names none.

    Args:
        word: "cpu", "cuda" (the first GPU), "cuda:N" (GPU number N, from 0), or "auto" (a GPU if one works, else the
            CPU).

    Raises:
        ParameterError: another word, or a GPU that cannot be used.
    """
    match = re.fullmatch(r"cpu|auto|cuda(?::(\d+))?", str(word), flags=re.ASCII)
    if match is None:
        raise ParameterError(
            f"device: must be one of {', '.join(DEVICE_WORDS)} (N from 0), got {word!r}; use 'auto'"
        )
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if str(word) == "cpu" or (str(word) == "auto" and not there):
        return torch.device("cpu")
    index = int(match[1]) if match[1] else int(os.environ.get("LOCAL_RANK", "0"))
    if index >= there:
        reason = f"torch finds {there} of them" if there else "torch finds no working GPU"
        raise ParameterError(
            f"device: must be available, got {str(word)!r}, but {reason}; use 'cpu' or 'auto'"
        )
    return torch.device("cuda", index)
