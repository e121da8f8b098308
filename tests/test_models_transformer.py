"""The local score transformer: its symmetries, its neighbours, and that nothing depends on how work is cut."""

import numpy as np
import pytest
import torch
from particle_networks import BOX, network, process, states

from ergodica.models.network import Network
from ergodica.models.score import transformer
from ergodica.numerics.errors import ParameterError

ROUND_OFF = 1e-11  # of double precision through two layers; scores are of order 1

WORLDS = {
    "line": process(12, 1),
    "plane": process(12),
    "space": process(12, 3),
    "open plane": process(12, box=None),
    "passive": process(12, propulsion=False),
    "headings": process(12, propulsion=False, heading=True),
    "fewer than neighbours": process(5),
    "one": process(1, box=None),
}
OF = pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)


@OF
def test_renumbered_particles_have_their_scores_renumbered(world):
    net, x = network(world), states(world)
    order = torch.randperm(world.sites)
    torch.testing.assert_close(net(x[:, order]), net(x)[:, order], atol=ROUND_OFF, rtol=0)


@pytest.mark.parametrize("name", ["line", "plane", "space", "headings", "fewer than neighbours"])
def test_in_a_box_all_may_move_together_and_each_by_a_period(name):
    world = WORLDS[name]
    net, x, d = network(world), states(world), world.dimensions
    moved = x.clone()
    moved[..., :d] += 0.37 * BOX
    moved[:, ::2, 0] -= 3 * BOX
    torch.testing.assert_close(net(moved), net(x), atol=ROUND_OFF, rtol=0)
    moved[..., :d] %= BOX
    torch.testing.assert_close(net(moved), net(x), atol=ROUND_OFF, rtol=0)


def test_a_heading_may_turn_once_around():
    world = WORLDS["headings"]
    net, x = network(world), states(world)
    turned = x.clone()
    turned[:, ::3, -1] += 2 * np.pi
    torch.testing.assert_close(net(turned), net(x), atol=ROUND_OFF, rtol=0)


def test_in_open_space_the_place_matters():
    world = WORLDS["open plane"]
    net, x = network(world), states(world)
    assert (net(x + 1.0) - net(x)).abs().max() > 1e-3


@OF
def test_chosen_sites_have_the_scores_they_have_among_all(world):
    net, x = network(world), states(world)
    sites = torch.stack([torch.randperm(world.sites)[:4].sort().values for _ in x])
    context = net.context(x, sites)
    torch.testing.assert_close(net(x, context), context.chosen(net(x)), atol=ROUND_OFF, rtol=0)


@pytest.mark.parametrize("order", ["nearest", "ring"])
def test_what_lies_beyond_the_neighbours_does_not_matter(order):
    world = process(40, box=None)
    net, x = network(world, order=order), states(world, batch=1)
    found = net.context(x)
    seen = set(found.neighbours[0, 7].tolist()) | {7}
    far = [i for i in range(40) if i not in seen]
    assert far
    moved = x.clone()
    moved[:, far] += 50.0
    torch.testing.assert_close(net(moved)[:, 7], net(x)[:, 7], atol=ROUND_OFF, rtol=0)


def test_a_shift_moves_each_particle_in_its_own_picture_alone():
    world = WORLDS["plane"]
    net, x = network(world), states(world)
    shift = 1e-3 * torch.randn_like(x)
    together = net(x, net.context(x), shift)
    for site in range(3):
        moved = x.clone()
        moved[:, site] += shift[:, site]
        torch.testing.assert_close(net(moved)[:, site], together[:, site], atol=ROUND_OFF, rtol=0)


@pytest.mark.parametrize("order", ["nearest", "ring"])
def test_work_is_cut_into_pieces_of_one_size_whatever_the_number_of_particles(order, monkeypatch):
    net = network(process(12), order=order)
    largest: list[int] = []
    net.blocks[0].register_forward_hook(lambda _, inputs, __: largest.append(inputs[0].numel()))
    monkeypatch.setattr(transformer, "CACHED", 4 * 1200)
    for n in (30, 60):
        x = states(process(n))
        largest.clear()
        cut = net(x)
        assert len(largest) > 1
        assert max(largest) <= 1200
        with monkeypatch.context() as whole:
            whole.setattr(transformer, "CACHED", 1 << 40)
            torch.testing.assert_close(cut, net(x), atol=ROUND_OFF, rtol=0)


def test_a_network_starts_at_its_reference():
    world = WORLDS["open plane"]
    net, x = network(world, reference="gaussian"), states(world, batch=300)
    torch.nn.init.zeros_(net.last.weight)
    torch.nn.init.zeros_(net.last.bias)
    flat = states(world, batch=40, seed=1).flatten(0, 1).numpy()
    exact = -(x.numpy() - flat.mean(0)) @ np.linalg.inv(np.cov(flat.T, bias=True))
    torch.testing.assert_close(net(x), torch.from_numpy(exact), atol=1e-9, rtol=0)


def test_a_network_is_rebuilt_from_its_configuration():
    net = network(WORLDS["plane"], spectral=True, order="ring", hidden=24)
    copy = Network.rebuilt(net.name, net.config).double().eval()
    copy.load_state_dict(net.state_dict())
    x = states(WORLDS["plane"])
    torch.testing.assert_close(copy(x), net(x), atol=0, rtol=0)


def test_positions_among_others_are_measured_by_the_spacing():
    world = process(60)
    x = states(world, batch=60)
    net = network(world)
    net.prepare(x, world)
    spread = BOX / np.sqrt(60)  # of a uniform gas the median distance is .47 of this
    assert 0.3 * spread < net.scale[0, 0] < 0.6 * spread
    assert net.scale[2, 2] == pytest.approx(1.0, abs=0.05)  # 3600 normal numbers


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"width": 30, "heads": 4}, "width: must be a multiple of heads, got 30 for 4 heads"),
        ({"neighbours": 0}, "neighbours: must be at least 1, got 0"),
        ({"order": "random"}, "order: must be one of nearest, ring, got 'random'"),
        ({"reference": "zero"}, "reference: must be one of"),
    ],
)
def test_bad_arguments_are_named(options, said):
    with pytest.raises(ParameterError, match=said):
        network(WORLDS["plane"], **options)


def test_dimensions_are_at_most_the_degrees():
    with pytest.raises(
        ParameterError, match="dimensions: must be at most 3 and the number of degrees, 1, got 2"
    ):
        transformer.LocalScoreTransformer(degrees=("position_x",), dimensions=2)


@pytest.mark.parametrize("order", ["nearest", "ring"])
def test_particles_around_another_place_have_the_same_scores(order):
    world = process(12, box=None)
    net, elsewhere = (network(world, reference="gaussian", order=order) for _ in range(2))
    shift = torch.tensor([100.0, -30.0, 5.0, 2.0], dtype=torch.float64)
    elsewhere.prepare(states(world, batch=40, seed=1) + shift, world)
    x = states(world)
    # numbers of 100 have digits to 1e-14, and scales are roots of differences of squares
    torch.testing.assert_close(elsewhere(x + shift), net(x), atol=1e-10, rtol=0)


def test_units_of_length_are_distances_across_borders():
    world = process(8)
    net, x = network(world, neighbours=3), states(world, batch=40, seed=1)
    few = x[np.linspace(0, 39, 32).round().astype(int)][..., :2].numpy()
    apart = few[:, :, None] - few[:, None]
    away = np.sort(np.linalg.norm(apart - BOX * np.round(apart / BOX), axis=-1), axis=-1).reshape(-1, 8)
    for found, column in ((net.spacing, 1), (net.reach, 4)):
        # the lower of the two middle ones, as torch takes it
        assert float(found) == pytest.approx(np.sort(away[:, column])[len(away) // 2 - 1], rel=1e-6)
