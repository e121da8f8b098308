"""Parts of networks that forecast, each against its formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ergodica.models.forecast.lstm import LSTM
from ergodica.models.forecast.nbeats import NBeatsNetwork


def test_blocks_explain_what_those_before_left_and_add_to_the_forecast() -> None:
    torch.manual_seed(0)
    network = NBeatsNetwork(2, 5, 3, 8, 2, 3).double()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    context = torch.randn(4, 5, 2, dtype=torch.float64)
    left = context.reshape(4, 10)
    exact = left @ network.linear.weight.T + network.linear.bias
    for block in network.blocks:
        known = left
        for layer in block.hidden:
            known = (known @ layer.weight.T + layer.bias).clamp(min=0)
        exact = exact + known @ block.ahead.weight.T + block.ahead.bias
        left = left - (known @ block.back.weight.T + block.back.bias)
    # the same sums in another order
    torch.testing.assert_close(network(context)[0], exact.reshape(4, 3, 2), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("snapshots", [40, 100])
def test_targets_that_are_held_out_are_not_trained_on_and_none_is_lost(snapshots: int) -> None:
    model = LSTM(lookback=6, ahead=4)
    numbers = np.arange(1.0, snapshots + 1)[None, :, None]
    trained, held_out = model._windows(numbers, 0.1)
    assert held_out is not None
    rows = [next(one.batches(batch=len(one), seed=0))["values"][..., 0] for one in (trained, held_out)]
    seen = set(rows[0].ravel().astype(int))
    targets = set(rows[1][:, model.lookback :].ravel().astype(int))
    assert not seen & targets
    assert seen | targets == set(range(1, snapshots + 1))
