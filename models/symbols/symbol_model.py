"""Symbolic sequences, learned; entropies of a symbol given those before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from ergodica.models.array_windows import VALUES, ArrayWindows
from ergodica.models.forecast.neural import one_thread
from ergodica.models.symbols.symbol_network import SymbolNetwork
from ergodica.models.torch_needed import torch
from ergodica.models.training.fit import fit
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from ergodica.models.draws import Draws
    from ergodica.models.network import Network

ROWS = 256
BLOCKS = 32
MOST_SYMBOLS = 4096


@dataclass(kw_only=True, eq=False)
class SymbolModel:
    """p(s_n | s_n-1 ... s_n-context), by a `SymbolNetwork`.

    Its mean loss on sequences that it has not seen is an upper bound of H(S_n | S_n-1 ... S_n-k), which falls with k
    to the entropy rate of the process. Unlike counts of words of length k, of which there are exponentially many, a
    network shares what it learns between words, and so reaches long memories from few data.

    Args:
        context: symbols that are looked back at, a power of 2.
        width: channels of the network.

    Attributes:
        network: the trained network; `models.save` and `models.load` keep it.

    Good values: the defaults; context=64 for slow decay. 100,000 symbols of the logistic map at r=4 give ln 2 within a
    few parts in 10,000.

    ```python
    symbols = (orbit.x > 0.5).astype(int)
    model = models.symbols.SymbolModel().fit(symbols.isel(t=slice(0, 90_000)))
    model.entropy_rate(symbols.isel(t=slice(90_000, None)))
    ```

    Source: conditional entropies and their limit: Cover and Thomas 2006, Elements of Information Theory, 4.2.
    """

    context: int = 32
    width: int = 32
    network: SymbolNetwork | None = None

    usual: ClassVar[dict[str, Any]] = {
        "steps": 1000,
        "batch": 32,
        "learning_rate": 3e-3,
        "ema": 0.99,
        "threads": 1,
    }

    def fit(self, symbols: Any, *, alphabet: int | None = None, **training: Any) -> Self:
        """Learns from sequences.

        Args:
            symbols: whole numbers from 0 on, a DataArray over `t`, or (member, t), or an array (t,) or (members, t).
            alphabet: how many symbols there are; None for the largest one and 1.
            training: options of `models.fit`: steps, batch, learning_rate, seed, out, resume, progress, ...

        Returns:
            Itself.

        Raises:
            ParameterError: no whole numbers, or fewer than two windows of twice the context.
        """
        values = sequences(symbols)
        count = int(values.max()) + 1 if alphabet is None else whole_number("alphabet", alphabet, 2)
        windows = ArrayWindows(_known(values, count)[..., None], 2 * self.context)
        options = {**self.usual, **training}
        options["batch"] = min(options["batch"], len(windows))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.get("seed", 0))
            start = SymbolNetwork(symbols=max(count, 2), context=self.context, width=self.width)
        found = fit(start, windows, loss=next_symbol, **options).network
        assert isinstance(found, SymbolNetwork)
        self.network = found
        return self

    def losses(self, symbols: Any) -> NDArray[np.float64]:
        """-ln p of each symbol in nats, (members, windows, 2 context), of windows that share no predicted symbol.

        Within a window the n-th symbol is predicted from n symbols, from `context` on from that many.

        Raises:
            ParameterError: the model was not fitted, or a symbol is new to it.
        """
        if self.network is None:
            raise ParameterError(
                "fit: must be called first, got a SymbolModel that was not fitted; use .fit(symbols)"
            )
        values = _known(sequences(symbols), self.network.symbols)
        length = 2 * self.context
        starts = np.arange(0, values.shape[1] - length + 1, length)
        if not len(starts):
            raise ParameterError(
                f"symbols: must be at least the {length} of a window, got {values.shape[1]}; give longer sequences"
            )
        rows = values[:, starts[:, None] + np.arange(length)].reshape(-1, length)
        made = np.empty(rows.shape)
        device = next(self.network.parameters()).device
        with torch.inference_mode(), one_thread():
            for first in range(0, len(rows), ROWS):
                block = torch.from_numpy(rows[first : first + ROWS]).to(device)
                made[first : first + ROWS] = self.network.log_loss(block).double().cpu().numpy()
        return made.reshape(len(values), len(starts), length)

    def conditional_entropies(self, symbols: Any) -> xr.Dataset:
        """Mean loss by the number of symbols before, `conditional_entropy(lag)` in nats, lag = 0 ... context.

        Each is an upper bound of H(S_n | S_n-1 ... S_n-lag), but for the standard error, of blocks of time.
        """
        import xarray as xr

        from ergodica.data.provenance import make_attrs

        loss = self.losses(symbols)
        # all that have the whole context before them are one lag
        short, full = loss[..., : self.context], loss[..., self.context :].mean(-1, keepdims=True)
        each = np.concatenate([short, full], axis=-1)
        said = {"units": "nat", "ergodica_kind": "profile"}
        error = _errors(each)
        return xr.Dataset(
            {
                "conditional_entropy": (
                    "lag",
                    each.mean((0, 1)),
                    {"long_name": "loss of a symbol given those before it", **said},
                ),
                "conditional_entropy_standard_error": (
                    "lag",
                    error,
                    {"long_name": "standard error of the loss", **said},
                ),
            },
            {"lag": ("lag", np.arange(self.context + 1.0), {"units": "1", "long_name": "symbols before"})},
            make_attrs(
                title="Conditional entropies by a network",
                references="Cover and Thomas 2006, Elements of Information Theory, 4.2",
                config={"model": "symbols", "settings": {"context": self.context, "width": self.width}},
            ),
        )

    def entropy_rate(self, symbols: Any) -> tuple[float, float]:
        """Mean loss with the whole context, in nats a symbol, and its standard error: an upper bound of the rate.

        The error comes from the scatter of windows, and is NaN where there is only one.
        """
        full = self.losses(symbols)[..., self.context :].mean(-1, keepdims=True)
        return float(full.mean()), float(_errors(full)[0])


def next_symbol(network: Network, batch: dict[str, torch.Tensor], draws: Draws) -> torch.Tensor:
    """Mean -ln p of the symbols of each window, (batch,)."""
    assert isinstance(network, SymbolNetwork)
    return network.log_loss(batch[VALUES][..., 0].long()).mean(-1)


def sequences(symbols: Any) -> NDArray[np.int64]:
    """Whole numbers from 0 on, (members, t).

    Raises:
        ParameterError: they are none, or of other dimensions.
    """
    if hasattr(symbols, "dims"):
        if "t" not in symbols.dims or not set(symbols.dims) <= {"member", "t"}:
            raise ParameterError(
                f"symbols: must have the dimensions t, or member and t, got {', '.join(map(str, symbols.dims))}; "
                "select one component"
            )
        symbols = symbols.transpose(..., "t").values
    values = np.atleast_2d(np.asarray(symbols))
    whole = values.ndim == 2 and values.size and values.dtype.kind in "biuf"
    if not whole or (values != np.rint(values)).any() or values.min() < 0 or values.max() >= MOST_SYMBOLS:
        raise ParameterError(
            f"symbols: must be whole numbers from 0 to {MOST_SYMBOLS - 1} over t, got {values.dtype} of the shape "
            f"{values.shape}; code them as 0, 1, ..., such as (x > 0.5).astype(int)"
        )
    return values.astype(np.int64)


def _known(values: NDArray[np.int64], alphabet: int) -> NDArray[np.int64]:
    if values.max() >= alphabet:
        raise ParameterError(
            f"symbols: must be below {alphabet}, the size of the alphabet, got {values.max()}; fit with alphabet="
        )
    return values


def _errors(each: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard errors of means over members and windows, (members, windows, lags), from blocks of time."""
    flat = each.reshape(-1, each.shape[-1])
    count = min(BLOCKS, len(flat))
    if count < 2:
        return np.full(each.shape[-1], np.nan)
    means = np.stack([one.mean(0) for one in np.array_split(flat, count)])
    return np.asarray(means.std(0, ddof=1) / np.sqrt(count))
