"""Products of matrices by the faster of the two libraries in torch."""

from __future__ import annotations

from typing import Any

from ergodica.models.torch_needed import torch

SMALLEST = 1 << 22
"""Multiplications from which oneDNN's larger cost of a call is paid back."""

_HAS_ONEDNN: bool = torch.backends.mkldnn.is_available() and hasattr(  # type: ignore[no-untyped-call]
    torch.ops.mkldnn, "_linear_pointwise"
)


def linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """x W^T + b, as `torch.nn.functional.linear`, which calls MKL.

    MKL keeps to half the vector width on processors that are not Intel's; oneDNN, which torch has too, does not: 2.2
    times as fast on an AMD core with AVX-512. It is taken for large products of float32 on the CPU; what is taken
    depends on shapes alone, so that the same call gives the same numbers.

    Args:
        x: (..., inputs).
        weight: (outputs, inputs).
        bias: (outputs,).
    """
    plain = (
        not _HAS_ONEDNN
        or x.dtype != torch.float32
        or weight.dtype != torch.float32
        or x.device.type != "cpu"
        or x.numel() * len(weight) < SMALLEST
        or min(weight.shape) < 16
        or torch.is_autocast_enabled("cpu")
        or torch.compiler.is_compiling()
    )
    if plain:
        return torch.nn.functional.linear(x, weight, bias)
    return _Linear.apply(x, weight, bias)  # type: ignore[no-untyped-call]


class _Linear(torch.autograd.Function):
    """The same, with the two products of its derivative by the same library."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        ctx.save_for_backward(x, weight)
        return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")

    @staticmethod
    def backward(
        ctx: Any, out: torch.Tensor
    ) -> tuple[torch.Tensor | None, torch.Tensor | None, torch.Tensor | None]:
        x, weight = ctx.saved_tensors
        by_x, by_weight, by_bias = ctx.needs_input_grad
        rows = out.flatten(0, -2)
        return (
            linear(out, weight.T) if by_x else None,
            linear(rows.T, x.flatten(0, -2).T) if by_weight else None,
            rows.sum(0) if by_bias else None,
        )
