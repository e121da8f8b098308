"""A causal convolutional network of symbolic sequences."""

from __future__ import annotations

from ergodica.models.network import Network, register
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError, whole_number

functional = torch.nn.functional


@register
class SymbolNetwork(Network):
    """Probabilities of each symbol given the `context` symbols before it.

    Gated convolutions of two taps, h <- h + P tanh(A h) sigmoid(B h), whose spacing doubles from layer to layer, so
    that log2(context) of them see all of it. What is before the first symbol is a symbol of its own: the n-th of a
    window is predicted from n symbols, up to `context`.

    Args:
        symbols: size of the alphabet, 2 or more; symbols are 0 ... symbols - 1.
        context: symbols that are looked back at, a power of 2.
        width: channels.

    Source: van den Oord et al. 2016, WaveNet, arXiv 1609.03499.
    """

    name = "symbol-network"

    def __init__(self, *, symbols: int, context: int = 32, width: int = 32) -> None:
        whole_number("symbols", symbols, 2)
        whole_number("width", width, 1)
        layers = whole_number("context", context, 2).bit_length() - 1
        if 1 << layers != context:
            raise ParameterError(f"context: must be a power of 2, got {context}; use {1 << layers}")
        super().__init__(symbols=symbols, context=context, width=width)
        self.symbols, self.context = symbols, context
        self.embedding = torch.nn.Embedding(symbols + 1, width)
        self.gates = torch.nn.ModuleList(
            torch.nn.Conv1d(width, 2 * width, 2, dilation=1 << layer) for layer in range(layers)
        )
        self.mixers = torch.nn.ModuleList(torch.nn.Conv1d(width, width, 1) for _ in range(layers))
        self.head = torch.nn.Sequential(
            torch.nn.Linear(width, width), torch.nn.SiLU(), torch.nn.Linear(width, symbols)
        )

    def forward(self, symbols: torch.Tensor) -> torch.Tensor:
        """Logits of each symbol of windows given those before it: (batch, length, alphabet) of (batch, length)."""
        # the symbol itself is not seen, and what was before the window is the symbol number `symbols`
        before = functional.pad(symbols[:, :-1], (self.context, 0), value=self.symbols)
        h = self.embedding(before).transpose(1, 2)
        for gate, mixer in zip(self.gates, self.mixers, strict=True):
            a, b = gate(h).chunk(2, dim=1)
            h = h[..., -a.shape[-1] :] + mixer(a.tanh() * b.sigmoid())
        return self.head(h[..., -symbols.shape[1] :].transpose(1, 2))

    def log_loss(self, symbols: torch.Tensor) -> torch.Tensor:
        """-ln p of each symbol given those before it, in nats, (batch, length)."""
        logits = self(symbols)
        return functional.cross_entropy(logits.transpose(1, 2), symbols, reduction="none")
