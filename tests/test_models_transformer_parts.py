"""Parts of the local score transformer against the plain formula of each."""

import math

import numpy as np
import pytest
import torch
from particle_networks import network, process, states

from ergodica.models.score import local_neighbours, products
from ergodica.models.score.attention import attended, by_heads
from ergodica.models.score.blocks import Block, LastBlock
from ergodica.models.score.spectral import SpectralWeight, reparametrise


@pytest.mark.parametrize("weighted", [True, False])
def test_attention_is_the_weighted_softmax_with_its_derivatives(weighted):
    torch.manual_seed(0)
    parts = torch.randn(3, 5, 24, dtype=torch.float64, requires_grad=True)
    logarithms = torch.randn(3, 5, dtype=torch.float64, requires_grad=True) if weighted else None
    query, key, own = by_heads(parts, 2)
    logits = torch.exp(query @ key.mT / math.sqrt(4))
    if logarithms is not None:
        logits = logits * logarithms.exp()[:, None, None, :]
    expected = (logits / logits.sum(-1, keepdim=True) @ own).transpose(1, 2).flatten(-2)
    found = attended(parts, 2, logarithms)
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=0)
    inputs = [parts] if logarithms is None else [parts, logarithms]
    out = torch.randn_like(found)
    for mine, theirs in zip(
        torch.autograd.grad(found, inputs, out), torch.autograd.grad(expected, inputs, out), strict=True
    ):
        torch.testing.assert_close(mine, theirs, atol=1e-12, rtol=0)


def test_the_last_layer_is_a_whole_layer_of_which_one_token_is_kept():
    torch.manual_seed(0)
    whole, last = Block(16, 2, 24).double(), LastBlock(16, 2, 24).double()
    shared = {k: v for k, v in whole.state_dict().items() if "query_key_value" not in k}
    weight, bias = whole.query_key_value.weight.detach(), whole.query_key_value.bias.detach()
    shared |= {"query.weight": weight[:16], "key.weight": weight[16:32], "own.weight": weight[32:]}
    shared |= {"query.bias": bias[:16], "own.bias": bias[32:]}  # a bias of keys changes no softmax
    last.load_state_dict(shared)
    value, along = torch.randn(4, 7, 16, dtype=torch.float64), torch.randn(3, 4, 7, 16, dtype=torch.float64)
    logarithms, change = torch.randn(4, 7, dtype=torch.float64), torch.randn(3, 4, 7, dtype=torch.float64)
    expected, expected_along = whole(value, along, logarithms, change)
    found, found_along = last(value, along, logarithms, change)
    torch.testing.assert_close(found, expected[:, :1], atol=1e-12, rtol=0)
    torch.testing.assert_close(found_along, expected_along[:, :, :1], atol=1e-12, rtol=0)


@pytest.mark.parametrize("shape", [(1000, 64, 96), (300, 20, 1000)])
def test_large_products_are_those_of_torch_with_their_derivatives(shape):
    rows, inputs, outputs = shape
    torch.manual_seed(0)
    x, weight = (
        torch.randn(2, rows, inputs, requires_grad=True),
        torch.randn(outputs, inputs, requires_grad=True),
    )
    bias, out = torch.randn(outputs, requires_grad=True), torch.randn(2, rows, outputs)
    exact = (x.double() @ weight.double().T + bias.double()).detach()
    found = products.linear(x, weight, bias)
    # sums of `inputs` products of order 1 in float32
    torch.testing.assert_close(found.double(), exact, atol=1e-6 * inputs, rtol=0)
    plain = torch.nn.functional.linear(x, weight, bias)
    for mine, theirs in zip(
        torch.autograd.grad(found, (x, weight, bias), out),
        torch.autograd.grad(plain, (x, weight, bias), out),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, atol=1e-6 * outputs * rows, rtol=1e-5)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("period", [1.0, np.inf])
def test_cells_and_distances_find_the_neighbours_of_a_search_through_all(dimensions, period):
    x = torch.from_numpy(np.random.default_rng(1).random((2, 700, dimensions)))
    box = torch.full((dimensions,), period, dtype=x.dtype)
    sites = torch.stack([torch.randperm(700)[:40] for _ in range(2)])
    apart = np.abs(x.numpy()[:, None] - x.numpy()[:, :, None])
    squares = (np.minimum(apart, 1 - apart) if np.isfinite(period) else apart).__pow__(2).sum(-1)
    squares[:, np.arange(700), np.arange(700)] = np.inf
    expected = torch.from_numpy(squares.argsort(-1)[..., :9])
    of_chosen = expected.gather(1, sites[..., None].expand(-1, -1, 9))
    for search in (local_neighbours._from_cells, local_neighbours._from_distances):
        assert torch.equal(search(x, box, 9, None), expected)
        assert torch.equal(search(x, box, 9, sites), of_chosen)


def test_a_particle_is_not_its_own_neighbour_where_many_coincide():
    x = torch.zeros(1, 600, 2, dtype=torch.float64)
    sites = torch.arange(0, 600, 50)[None]
    near = local_neighbours._from_cells(x, torch.full((2,), torch.inf), 8, sites)
    assert near.shape == (1, 12, 8)
    assert not (near == sites[..., None]).any()


@pytest.mark.parametrize("k", [1, 2, 4, 7, 8, 9, 16])
@pytest.mark.parametrize("n", [1, 2, 5, 8, 9])
def test_neighbours_on_a_ring_are_symmetric_or_all(n, k):
    offsets = local_neighbours.ring_offsets(n, k)
    others = {offset % n for offset in offsets}
    assert len(others) == len(offsets)
    assert 0 not in others
    if k >= n - 1:
        assert len(others) == n - 1
    else:
        assert others == {-offset % n for offset in offsets}
        assert len(offsets) == 2 * (k // 2)


def test_a_spectral_layer_has_the_singular_value_it_says():
    torch.manual_seed(0)
    layer = torch.nn.Sequential(torch.nn.Linear(20, 30))
    layer.double()
    reparametrise(layer)
    weight = layer[0].parametrizations.weight
    assert isinstance(weight[0], SpectralWeight)
    with torch.no_grad():
        weight[0].gamma.fill_(1.7)
        weight.original.copy_(torch.randn(30, 20))
    for _ in range(100):  # the power iteration converges while training
        found = layer[0].weight
    assert torch.linalg.matrix_norm(found, 2).item() == pytest.approx(1.7, rel=1e-6)
    layer.eval()
    torch.testing.assert_close(layer[0].weight, found, atol=1e-6, rtol=0)


def test_the_derivative_of_a_spectral_weight_is_that_of_its_formula():
    torch.manual_seed(0)
    weight = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    way = SpectralWeight(weight).double().eval()
    out = torch.randn(6, 4, dtype=torch.float64)
    (found,) = torch.autograd.grad(way(weight), weight, out)
    (exact,) = torch.autograd.grad(weight / torch.linalg.matrix_norm(weight, 2), weight, out)
    torch.testing.assert_close(found, exact, atol=1e-10, rtol=0)


@pytest.mark.parametrize("k", [3, 6])
def test_entropy_of_attention_lies_between_one_token_and_all(k):
    world = process(30)
    net, x = network(world, neighbours=k), states(world)
    # before any batch, too: of the states it was prepared from
    assert network(world).float().monitors().keys() == {"attention_entropy_0", "attention_entropy_1"}
    with torch.no_grad():
        for block in net.blocks:
            for name, weight in block.named_parameters():
                if name.startswith(("query", "key")):
                    weight.zero_()
        net.context(x)
        alike = net.monitors()
    world_ring = process(30, box=None)
    ring = network(world_ring, neighbours=2 * (k // 2), order="ring")
    with torch.no_grad():
        for block in ring.blocks:
            for name, weight in block.named_parameters():
                if name.startswith(("query", "key")):
                    weight.zero_()
    ring.context(states(world_ring))
    for value in ring.monitors().values():  # all weights are 1, and all logits equal
        assert value == pytest.approx(math.log(1 + 2 * (k // 2)), abs=1e-9)
    for value in alike.values():  # weights fall off with distance
        assert 0 < value < math.log(1 + k)


def test_particles_at_one_place_are_refused():
    world = process(30)
    x = states(world)
    x[:, 1::2] = x[:, ::2]
    with pytest.raises(ValueError, match="position: particles must lie apart"):
        network(world).prepare(x, world)
