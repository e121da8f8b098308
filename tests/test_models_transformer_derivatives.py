"""Derivatives of the local score transformer: exact, for all kinds of neighbours, and usable in training."""

import itertools

import pytest
import torch
from particle_networks import network, process, states

STEP = 1e-5
# The error of a central difference is STEP^2/6 times a third derivative plus 1e-16/STEP; third derivatives reach some
# thousands where a neighbour is close, since lengths are measured by the spacing.
CLOSE = {"atol": 1e-6, "rtol": 1e-6}

CASES = {
    "line": (process(30, 1), {}),
    "plane": (process(30), {}),
    "space": (process(30, 3), {}),
    "trap": (process(30, box=None), {"reference": "gaussian"}),
    "headings": (process(30, propulsion=False, heading=True), {}),
    "all others": (process(6), {}),
    "ring": (process(9, box=None), {"order": "ring"}),
    "spectral": (process(30), {"spectral": True}),
    "one layer": (process(30), {"layers": 1}),
    "alone": (process(1, box=None), {}),
}
OF = pytest.mark.parametrize(("world", "options"), CASES.values(), ids=CASES)


@OF
def test_divergence_is_that_of_finite_differences(world, options):
    net, x = network(world, **options), states(world)
    context = net.context(x)
    score, found = net.divergence(x, context)
    torch.testing.assert_close(score, net(x, context), atol=1e-11, rtol=0)
    for a in range(len(world.names)):
        shift = torch.zeros_like(x)
        shift[..., a] = STEP
        difference = (net(x, context, shift) - net(x, context, -shift))[..., a] / (2 * STEP)
        torch.testing.assert_close(found[..., a], difference, **CLOSE)


@OF
def test_probes_see_the_derivative_along_them(world, options):
    net, x = network(world, **options), states(world)
    context, probe = net.context(x), torch.randn_like(x)
    score, found = net.divergence(x, context, probe)
    difference = (net(x, context, STEP * probe) - net(x, context, -STEP * probe)) / (2 * STEP)
    torch.testing.assert_close(score, net(x, context), atol=1e-11, rtol=0)
    torch.testing.assert_close(found, probe * difference, **CLOSE)


def test_a_contraction_is_the_trace_between_two_factors():
    world = process(30)
    net, x = network(world), states(world)
    sites = torch.arange(0, 30, 7).expand(2, -1)
    context = net.context(x, sites)
    factor = torch.randn(4, 3, dtype=x.dtype)
    score, found = net.contraction(x, factor, context)
    jacobian = torch.stack(
        [
            (net(x, context, shift) - net(x, context, -shift)) / (2 * STEP)
            for shift in STEP * torch.eye(4, dtype=x.dtype)[:, None, None].expand(4, 2, 5, 4)
        ],
        dim=-1,
    )
    torch.testing.assert_close(score, net(x, context), atol=1e-11, rtol=0)
    trace = torch.einsum("aq,bsac,cq->bs", factor, jacobian, factor)
    torch.testing.assert_close(found, trace, **CLOSE)


@pytest.mark.parametrize("order", ["nearest", "ring"])
def test_weights_have_derivatives_through_scores_and_divergences(order):
    world = process(12)
    net, x = network(world, order=order), states(world)
    context = net.context(x)

    def value():
        score, divergence = net.divergence(x, context)
        return (0.5 * score.square() + divergence).sum() + net(x, context).sin().sum()

    value().backward()
    torch.manual_seed(3)
    for name, weight in net.named_parameters():
        direction = torch.randn_like(weight)
        with torch.no_grad():
            weight.add_(direction, alpha=STEP)
            above = value()
            weight.add_(direction, alpha=-2 * STEP)
            below = value()
            weight.add_(direction, alpha=STEP)
        difference = (above - below) / (2 * STEP)
        # values of some hundreds, of which a difference keeps 1e-16/STEP
        torch.testing.assert_close(
            (weight.grad * direction).sum(), difference, atol=1e-5, rtol=1e-5, msg=name
        )


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_scores_are_continuous_where_neighbours_come_and_go(dimensions):
    world = process(40, dimensions)
    net, x = network(world), states(world, batch=1)
    only = torch.zeros(1, 1, dtype=torch.int64)

    def moved(length: float) -> torch.Tensor:
        found = x.clone()
        found[:, 0, :dimensions] += length
        return found

    def seen(length: float) -> tuple[frozenset[int], int]:
        *near, last = net.context(moved(length), only).neighbours[0, 0].tolist()
        return frozenset(near), last

    lengths = torch.linspace(0, 1, 101).tolist()
    jumps = []
    for low, high in itertools.pairwise(lengths):
        if seen(low) == seen(high):
            continue
        while high - low > 1e-9:
            middle = (low + high) / 2
            low, high = (middle, high) if seen(middle) == seen(low) else (low, middle)
        with torch.no_grad():
            before, after = (net(at, net.context(at, only)) for at in (moved(low), moved(high)))
        jumps.append(float((after - before).norm()))
    assert len(jumps) > 5
    assert max(jumps) < 1e-6  # 1e-9 times a slope of order 1; without the weights the largest are above 0.1
