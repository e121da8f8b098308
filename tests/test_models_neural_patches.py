"""Where patches begin: every so many snapshots, or where the next value is hard to predict."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from forecast_series import series
from scipy.optimize import linear_sum_assignment

from ergodica import data, models
from ergodica.models.forecast import TransformerForecaster, boundary_scores
from ergodica.models.forecast.patches import EntropyPatches, PlainPatches, cut, spaced
from ergodica.models.forecast.token_model import WIDTHS, TokenModel
from ergodica.models.forecast.transformer_network import Attention, Layer, TransformerNetwork
from ergodica.numerics.errors import ParameterError

LATE = 4
"""Snapshots about a switch within which a boundary belongs to it: the order of the token model."""


def switching(seed: int, snapshots: int = 2000) -> tuple[np.ndarray, list[int]]:
    """Sines of period 6 and 10 in turn, each for 30 to 60 snapshots from a phase at random, with 2 % of noise."""
    random = np.random.default_rng(seed)
    pieces: list[np.ndarray] = []
    switches, now, count = [], 0, 0
    while count < snapshots:
        period, size = ((6, 0.6), (10, 1.0))[now]
        place = np.arange(int(random.integers(30, 60))) + period * random.random()
        pieces.append(size * np.sin(2 * np.pi * place / period))
        now, count = 1 - now, count + len(place)
        switches.append(count)
    series = np.concatenate(pieces)[:snapshots]
    return series + 0.02 * random.normal(size=snapshots), [n for n in switches if n < snapshots - LATE]


def of_series(values: np.ndarray) -> xr.Dataset:
    """A dataset of (snapshots,) or (members, snapshots)."""
    return series(values[..., None], dt=0.5)


@functools.cache
def fitted(seed: int) -> TransformerForecaster:
    """A forecaster of a switching series, whose network has learned next to nothing."""
    model = TransformerForecaster(patches=EntropyPatches(), lookback=20, ahead=5, width=8, heads=2, layers=1)
    return model.fit(of_series(switching(seed)[0]), steps=1, progress=False)


@pytest.mark.parametrize("learned", [0, 100])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_boundaries_fall_on_the_switches_of_a_switching_series(learned: int, seed: int) -> None:
    values, true = switching(seed)
    found = fitted(learned).boundaries(of_series(values))
    assert data.check(found) == []
    scores = boundary_scores(found.t.values[found.boundary == 1], 0.5 * np.array(true), 0.5 * LATE)
    # 24 pairs of a learned series and another one gave .95 to 1.0
    assert scores.f1 > 0.9


def test_boundaries_of_members_and_of_a_kept_forecaster_are_the_same(tmp_path: Path) -> None:
    model = fitted(0)
    values = np.stack([switching(seed, 200)[0] for seed in (1, 2)])
    models.save(model, tmp_path / "kept")
    both = models.load(tmp_path / "kept").boundaries(of_series(values))
    assert both.entropy.dims == ("member", "t")
    for number in range(2):
        xr.testing.assert_equal(
            both.isel(member=number, drop=True), model.boundaries(of_series(values[number]))
        )


def test_entropies_are_the_same_on_several_threads_and_beside_other_rows() -> None:
    # a process of its own: once a number of threads was asked for, products are shared out evenly
    code = """
import numpy as np, torch
from ergodica.models.forecast.token_model import TokenModel
random = np.random.default_rng(0)
tokens = TokenModel(1, 8, 4)
tokens.learn(np.sin(np.arange(2000.0) ** 1.01)[None, :, None] + 0.02 * random.normal(size=(1, 2000, 1)))
values = torch.from_numpy(np.float32(random.normal(size=(5, 300, 1))))
together = tokens.entropies(values)
print(torch.get_num_threads(), torch.equal(together, torch.cat([*map(tokens.entropies, values.split(1))])))
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "4", "MKL_NUM_THREADS": "4"}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert said.stdout.decode().split() == ["4", "True"]


def test_plain_patches_have_boundaries_and_no_entropy() -> None:
    model = TransformerForecaster(
        patches=PlainPatches(length=4), lookback=20, ahead=5, width=8, heads=2, layers=1
    )
    values = switching(0, 50)[0]
    found = model.fit(of_series(values), steps=1, progress=False).boundaries(of_series(values))
    assert list(found.data_vars) == ["boundary"]
    assert np.flatnonzero(found.boundary).tolist() == list(range(2, 50, 4))


@pytest.mark.parametrize("seed", range(5))
def test_hits_are_the_most_pairs_within_the_margin(seed: int) -> None:
    random = np.random.default_rng(seed)
    found, true = random.integers(0, 60, 15), np.sort(random.choice(60, 12, replace=False))
    near = abs(found[:, None] - true) <= 3
    rows, columns = linear_sum_assignment(near, maximize=True)
    hits = near[rows, columns].sum()
    scores = boundary_scores(found, true, 3)
    assert scores == pytest.approx((hits / 15, hits / 12, 2 * hits / 27))


def test_scores_of_nothing_and_what_is_no_boundary() -> None:
    assert boundary_scores([], [], 1).f1 == 1
    assert boundary_scores([], [3], 1)[1:] == (0, 0)
    assert boundary_scores([3], [], 1).f1 == 0
    with pytest.raises(ParameterError, match="margin: must be a number of at least 0, got -1"):
        boundary_scores([1], [1], -1)
    with pytest.raises(ParameterError, match="true: must be finite numbers"):
        boundary_scores([1], [np.nan], 1)


def test_entropies_are_those_of_a_sum_over_all_windows() -> None:
    random = np.random.default_rng(0)
    values, order, levels = random.normal(size=(2, 30)), 2, 3
    model = TokenModel(1, levels, order)
    model.learn(values[..., None])
    low, high = values.min(), values.max()
    edges = [low + (high - low) * k / levels for k in range(1, levels)]

    def token(value: float) -> int:
        return sum(value > edge for edge in edges)

    every = [(row, n) for row in range(2) for n in range(order, 30)]

    def chances(window: np.ndarray, width: float, left_out: int | None = None) -> np.ndarray:
        counts = np.full(levels, 1 / levels)
        for i, (row, n) in enumerate(every):
            if left_out is None or abs(i - left_out) >= order:
                distance = ((window - values[row, n - order : n]) ** 2).sum()
                counts[token(values[row, n])] += np.exp(-distance / (2 * width**2))
        return np.asarray(counts / counts.sum())

    widths = values.std() * np.array(WIDTHS)
    likely = [
        np.mean(
            [
                np.log(chances(values[row, n - order : n], width, i)[token(values[row, n])])
                for i, (row, n) in enumerate(every)
            ]
        )
        for width in widths
    ]
    width = widths[np.argmax(likely)]
    assert float(model.width[0]) == pytest.approx(width)
    other = random.normal(size=10)
    made = model.entropies(torch.from_numpy(np.float32(other))[None, :, None])[0]
    assert made[:order].tolist() == pytest.approx([np.log(levels)] * order)
    for n in range(order, 10):
        p = chances(other[n - order : n], width)
        # distances are of float32
        assert float(made[n]) == pytest.approx(-(p * np.log(p)).sum(), abs=1e-4)


def test_what_is_shorter_than_a_window_or_constant_is_as_uncertain_as_can_be_or_not_at_all() -> None:
    model = TokenModel(1, 4, 5)
    model.learn(np.zeros((1, 3, 1)))
    assert model.entropies(torch.zeros(1, 8, 1)).tolist() == [pytest.approx([np.log(4)] * 8)]
    model.learn(np.zeros((1, 3000, 1)))
    # of some 2048 equal windows, all with one token after it
    assert float(model.entropies(torch.zeros(1, 8, 1))[0, -1]) < 0.01


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


def test_patches_without_surprises_are_cut_at_their_longest() -> None:
    starts = torch.zeros(1, 11, dtype=torch.bool)
    starts[0, [0, 7]] = True
    assert cut(starts, 3)[0].nonzero()[:, 0].tolist() == [0, 3, 6, 7, 10]
    patches, tokens = EntropyPatches(shortest=2, longest=4), TokenModel(1, 8, 4)
    made = patches.starts(torch.zeros(1, 10, 1), tokens)
    assert made[0].nonzero()[:, 0].tolist() == [0, 4, 8]
    assert patches.surprises(torch.zeros(1, 10, 1), tokens).sum() == 1


def test_settings_of_patches_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="above: must be a share"):
        EntropyPatches(above=1.5)
    for wrong in ("0.8", True, float("nan"), None):
        with pytest.raises(ParameterError, match="jump: must be a share"):
            EntropyPatches(jump=wrong)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="longest: "):
        EntropyPatches(longest=9)
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
