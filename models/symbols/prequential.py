"""Prequential codes: how many nats it takes to learn data while they are read once."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.forecast.neural import one_thread
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.models.network import Network

LAST = 0.1
"""Share of the batches, the last, whose mean loss is that of the trained network."""

BEYOND = 4.0
"""Standard errors above the mean where the last loss is worse than by chance."""


def prequential_code(
    network: Network,
    batches: Iterable[Any],
    loss: Callable[[Any, Any], torch.Tensor],
    *,
    learning_rate: float = 1e-3,
    warm_up: int = 20,
    clip: float = 1.0,
    seed: int = 0,
) -> xr.Dataset:
    """Reads each batch once: coded with the network as it is, then learned from; and what is structure in the code.

    code = sum_i -ln p_i(batch_i),  time-bounded entropy = N l_T,  epiplexity = code - N l_T

    with p_i the network after i batches and l_T its loss at the end. The random part is what an observer of that
    network and that much computation cannot foresee; the second part, the area above the final loss, is what it has
    learned: little where data are simple, little where nothing of them can be foreseen, much where they have structure
    that takes long to learn. Both depend on the observer, so they compare data and are no properties of them.

    Args:
        network: the observer; a copy of it learns, by AdamW.
        batches: each of them is seen once.
        loss: `loss(network, batch)`, -ln p of each symbol or sample in nats, any shape.
        learning_rate: after the warm-up, constant.
        warm_up: batches over which the learning rate grows.
        clip: longest gradient.
        seed: of torch's random numbers within.

    Returns:
        `code_length`, `random_part`, `epiplexity` in nats, `final_loss` in nats a symbol, and the loss of each batch
        over `symbols`, those that were coded up to it.

    Raises:
        ParameterError: there are fewer than 10 batches, a loss is not finite, or a number cannot be.

    Warns where the loss ends above its mean beyond its scatter: nothing was learned, and the epiplexity is negative.

    Source: Finzi et al. 2026, From entropy to epiplexity (arXiv); prequential codes: Dawid 1984, J. R. Stat. Soc. A
    147, 278; Rissanen 1984, IEEE Trans. Inf. Theory 30, 629.
    """
    import xarray as xr

    from ergodica.data.provenance import make_attrs

    for name, value, good in (("learning_rate", learning_rate, 1e-3), ("clip", clip, 1.0)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise ParameterError(f"{name}: must be a positive number, got {value!r}; use {good:g}")
    whole_number("warm_up", warm_up, 0)
    learner = copy.deepcopy(network).train()
    optimizer = torch.optim.AdamW(learner.parameters(), lr=learning_rate, weight_decay=0.0)
    means, counts = [], []
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        for number, batch in enumerate(batches):
            each = loss(learner, batch)
            means.append(float(each.detach().double().mean()))
            if not math.isfinite(means[-1]):
                raise ParameterError(
                    f"loss: must be finite, got {means[-1]} at batch {number}; use a smaller learning_rate, or batches "
                    "without NaN"
                )
            counts.append(each.numel())
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(each.mean())
            torch.nn.utils.clip_grad_norm_(learner.parameters(), clip)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * min(1.0, (number + 1) / max(warm_up, 1))
            optimizer.step()
    if len(means) < 10:
        raise ParameterError(
            f"batches: must be at least 10, got {len(means)}; cut the data into smaller ones"
        )
    mean, count = np.asarray(means), np.asarray(counts, dtype=np.float64)
    last = slice(-max(1, round(LAST * len(mean))), None)
    final = float((mean[last] * count[last]).sum() / count[last].sum())
    code, random = float((mean * count).sum()), final * float(count.sum())
    # differences of neighbours scatter as the losses do, whatever their trend
    scatter = float(np.diff(mean).std()) / math.sqrt(2 * len(mean[last]))
    if final - code / float(count.sum()) > BEYOND * scatter + 1e-9 * abs(final):
        warnings.warn(
            f"loss: ends at {final:.4g}, above its mean of {code / count.sum():.4g}, so that nothing was learned and "
            "the epiplexity is negative; use a smaller learning_rate, or batches in random order",
            stacklevel=2,
        )
    said = {
        "code_length": (code, "length of the prequential code"),
        "random_part": (random, "time-bounded entropy, what stays random"),
        "epiplexity": (code - random, "epiplexity, what is learned"),
        "final_loss": (final, "loss of a symbol at the end"),
    }
    made = {
        name: ((), value, {"units": "nat", "long_name": words, "ergodica_kind": "whole"})
        for name, (value, words) in said.items()
    }
    words = {"units": "nat", "long_name": "loss of a symbol", "ergodica_kind": "profile"}
    return xr.Dataset(
        {**made, "loss": ("symbols", mean, words)},
        {"symbols": ("symbols", np.cumsum(count), {"units": "1", "long_name": "symbols that were coded"})},
        make_attrs(
            title="Prequential code",
            references="Finzi et al. 2026, From entropy to epiplexity; Dawid 1984, J. R. Stat. Soc. A 147, 278",
            config={
                "network": network.name,
                "settings": network.config,
                "learning_rate": learning_rate,
                "warm_up": warm_up,
                "clip": clip,
                "seed": seed,
            },
        ),
    )
