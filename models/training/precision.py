"""How many digits a training computes with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError, nearest


@dataclass(frozen=True)
class Precision:
    """Types of numbers.

    Attributes:
        weights: of weights, data and draws.
        products: of the products under autocast; None for those of the weights.
        tf32: whether products of float32 may be rounded to TF32, on CUDA.
    """

    weights: torch.dtype
    products: torch.dtype | None = None
    tf32: bool = False

    def mixed(self, device: torch.device) -> AbstractContextManager[object]:
        """A block in which products are computed in `products`."""
        if self.products is None:
            return nullcontext()
        return torch.autocast(device.type, dtype=self.products)

    @contextmanager
    def of_products(self) -> Iterator[None]:
        """A block with TF32 where it is asked for; the setting is put back."""
        if not self.tf32:
            yield
            return
        before = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("high")
        try:
            yield
        finally:
            torch.set_float32_matmul_precision(before)


PRECISIONS = {
    "float32": Precision(torch.float32),
    "float64": Precision(torch.float64),
    "tf32": Precision(torch.float32, tf32=True),
    "bfloat16": Precision(torch.float32, torch.bfloat16),
    "float16": Precision(torch.float32, torch.float16),
}


def precision_of(word: str, device: torch.device) -> Precision:
    """The precision of that name.

    Raises:
        ParameterError: there is none, or the device has it not.
    """
    if word not in PRECISIONS:
        raise ParameterError(f"precision: {word!r} is not known; {nearest(word, PRECISIONS)}")
    if word in ("float16", "tf32") and device.type != "cuda":
        raise ParameterError(
            f"precision: {word!r} needs device='cuda', got {str(device)!r}; use 'bfloat16' or 'float32'"
        )
    return PRECISIONS[word]
