"""Where patches begin: every so many snapshots, or where the next value is hard to predict."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
import torch

from ergodica.models.forecast.patches import EntropyPatches, PlainPatches, spaced
from ergodica.models.forecast.token_model import TokenModel
from ergodica.models.forecast.transformer_network import Attention, Layer, TransformerNetwork
from ergodica.numerics.errors import ParameterError

LATE = 4
"""Snapshots after a switch within which a boundary belongs to it: the order of the token model."""


def switching(seed: int, snapshots: int = 2000) -> tuple[np.ndarray, list[int]]:
    """Sines of period 6 and 10 in turn, each for 30 to 60 snapshots from a phase at random, with 2 % of noise."""
    random = np.random.default_rng(seed)
    pieces: list[np.ndarray] = []
    switches, now, count = [], 0, 0
    while count < snapshots:
        period, size = ((6, 0.6), (10, 1.0))[now]
        place = np.arange(int(random.integers(30, 60))) + int(random.integers(period)) + 0.25
        pieces.append(size * np.sin(2 * np.pi * place / period))
        now, count = 1 - now, count + len(place)
        switches.append(count)
    series = np.concatenate(pieces)[:snapshots]
    return series + 0.02 * random.normal(size=snapshots), [n for n in switches if n < snapshots - LATE]


def matched(found: list[int], true: list[int]) -> int:
    """Switches with a boundary of their own."""
    left, hits = list(found), 0
    for switch in true:
        near = [one for one in left if switch <= one <= switch + LATE]
        if near:
            left.remove(near[0])
            hits += 1
    return hits


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_boundaries_fall_on_the_switches_of_a_switching_series(seed: int) -> None:
    learned, _ = switching(0, 500)
    series, true = switching(seed)
    patches = EntropyPatches()
    tokens = patches.tokens(1)
    assert isinstance(tokens, TokenModel)
    tokens.learn(learned[None, :, None])
    starts = patches.starts(torch.from_numpy(np.float32(series))[None, :, None], tokens)[0]
    found = starts.nonzero()[1:, 0].tolist()
    hits = matched(found, true)
    # five seeds gave .82 to .92; a switch that goes on by chance as a learned one did is missed
    assert 2 * hits / (len(found) + len(true)) > 0.8


def test_entropies_are_those_of_a_plain_count() -> None:
    random = np.random.default_rng(0)
    values = random.integers(0, 3, size=(2, 60)).astype(float)
    model = TokenModel(1, 3, 2)
    model.learn(values[..., None])

    def chances(context: tuple[int, ...]) -> np.ndarray:
        counts: Counter[int] = Counter()
        for row, n in itertools.product(values.astype(int), range(60)):
            if n >= len(context) and tuple(row[n - len(context) : n]) == context:
                counts[int(row[n])] += 1
        lower = chances(context[1:]) if context else np.full(3, 1 / 3)
        different = max(len(counts), 1)
        seen = np.array([counts[a] for a in range(3)])
        return np.asarray((seen + different * lower) / (seen.sum() + different))

    made = model.entropies(torch.from_numpy(np.float32(values))[..., None])
    for row, n in itertools.product(range(2), range(60)):
        p = chances(tuple(int(a) for a in values[row, max(0, n - 2) : n]))
        # kept in float32
        assert float(made[row, n]) == pytest.approx(-(p * np.log(p)).sum(), abs=1e-6)


def test_entropies_know_nothing_of_what_comes_later() -> None:
    values = torch.randn(3, 50, 2)
    model = TokenModel(2, 4, 3)
    model.learn(values.double().numpy())
    changed = values.clone()
    changed[:, 30:] = 0
    assert torch.equal(model.entropies(values)[:, :31], model.entropies(changed)[:, :31])


def test_plain_patches_end_with_a_whole_one() -> None:
    starts = PlainPatches(length=4).starts(torch.zeros(2, 10, 1), None)
    assert starts[0].nonzero()[:, 0].tolist() == [0, 2, 6]
    assert torch.equal(starts[0], starts[1])


def test_patches_have_their_least_length() -> None:
    starts = torch.tensor([[True, True, False, True, True, False, True, True]])
    assert spaced(starts, 3)[0].nonzero()[:, 0].tolist() == [0, 3, 6]
    assert torch.equal(spaced(starts, 1), starts)


def test_settings_of_patches_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="order: levels"):
        EntropyPatches(levels=16, order=6)
    with pytest.raises(ParameterError, match="above: must be a share"):
        EntropyPatches(above=1.5)
    with pytest.raises(ParameterError, match="length: "):
        PlainPatches(length=0)


def attended(one: Attention, here: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """Attention of (n, width) to (m, width), head by head."""
    q, (k, v) = one.queries(here), one.others(there).chunk(2, dim=-1)
    made = []
    for a, b, c in zip(*(part.chunk(one.heads, dim=-1) for part in (q, k, v)), strict=True):
        made.append((a @ b.T / a.shape[-1] ** 0.5).softmax(dim=-1) @ c)
    return one.out(torch.cat(made, dim=-1))  # type: ignore[no-any-return]


def test_a_patch_holds_its_own_snapshots_and_the_last_snapshot_reads_the_patches() -> None:
    torch.manual_seed(0)
    network = TransformerNetwork(2, 9, 3, 5, 8, 2, 1).double()
    torch.nn.init.normal_(network.ahead.weight)
    torch.nn.init.normal_(network.linear.weight)
    context = torch.randn(2, 9, 2, dtype=torch.float64)
    starts = torch.zeros(2, 9, dtype=torch.bool)
    pieces = [[(0, 4), (4, 7), (7, 9)], [(0, 1), (1, 9)]]
    for row, own in enumerate(pieces):
        starts[row, [first for first, _ in own]] = True
        points = network.embedding(context[row]) + network.place
        tokens = torch.cat(
            [
                points[a:b].mean(0, keepdim=True)
                + attended(network.pool, points[a:b].mean(0, keepdim=True), points[a:b])
                for a, b in own
            ]
        )
        layer = network.layers[0]
        assert isinstance(layer, Layer)
        tokens = tokens + attended(layer.attention, layer.first(tokens), layer.first(tokens))
        tokens = network.last(tokens + layer.perceptron(layer.second(tokens)))
        known = torch.cat([points[-1], attended(network.read, points[-1:], tokens)[0]])
        change = network.linear((context[row] - context[row, -1]).flatten()) + network.ahead(known)
        made, _ = network(context[row : row + 1], starts[row : row + 1])
        # the same sums in another order
        torch.testing.assert_close(made[0], context[row, -1] + change.view(3, 2), rtol=1e-9, atol=1e-9)
