"""Training of score networks on datasets: what follows from the data, what is kept, and what is refused."""

import json
import warnings

import numpy as np
import pytest
import torch
import xarray as xr

from ergodica import data, models
from ergodica.data.file_errors import OutputExists
from ergodica.models.score import (
    Denoising,
    ImplicitScoreMatching,
    LocalScoreTransformer,
    ScoreEnsemble,
    ScoreMLP,
    process_of,
    train,
)
from ergodica.models.score.plan import planned

QUICK = {"steps": 3, "batch": 16, "progress": False, "network_options": {"width": 8}}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def rotating(snapshots=400, members=4, seed=0, **changes):
    """Independent samples of dX = M X dt + sqrt(2) dW, M = -[[1, w], [-w, 1]]: a Gaussian of covariance 1, any w."""
    rng = np.random.default_rng(seed)
    state = rng.normal(size=(members, snapshots, 2))
    drift = state @ -np.array([[1.0, 2.0], [-2.0, 1.0]]).T
    arrays = {
        "state": state,
        "drift": drift,
        "drift_divergence": np.full((members, snapshots), -2.0),
        "diffusion": np.ones(2),
    } | changes
    dims = {
        "state": ("member", "t", "component"),
        "drift": ("member", "t", "component"),
        "drift_divergence": ("member", "t"),
        "diffusion": ("component",),
    }
    return data.from_arrays(
        arrays,
        title="rotating",
        t=np.arange(float(snapshots)),
        dims={name: dims[name] for name in arrays},
        units=dict.fromkeys(arrays, "1"),
        coordinates={"member": np.arange(members)},
    )


def particles(count=3, snapshots=300, dimensions=2, box=None, noise=0.1):
    """Free particles with propulsion: uniform in a box, or Gaussian in open space."""
    rng = np.random.default_rng(1)
    shape = (snapshots, count, dimensions)
    g = rng.normal(size=shape)
    position = rng.normal(size=shape) if box is None else rng.uniform(0, box, size=shape)
    arrays = {
        "position": position,
        "propulsion": g,
        "drift": 0.3 * g,
        "drift_divergence": np.zeros(shape[:2]),
    }
    dims = {name: ("t", "particle", "space")[: one.ndim] for name, one in arrays.items()}
    ds = data.from_arrays(
        arrays, title="free", t=np.arange(float(snapshots)), dims=dims, units=dict.fromkeys(arrays, "1")
    )
    numbers = {"position_diffusion": noise, "propulsion_diffusion": 0.1, "propulsion_rate": 0.1}
    ds = ds.assign(propulsion_speed=0.3, **numbers)
    return ds if box is None else ds.assign(box=("space", np.full(dimensions, box)))


def weights(network):
    return torch.cat([p.detach().reshape(-1) for p in network.parameters()])


def test_the_score_of_a_rotating_gaussian_is_learned_from_nothing():
    """Without a reference the network has to find s = -x; random, untrained, it is off by all of it."""
    network = train(
        rotating(snapshots=2000),
        reference="none",
        network_options={"width": 32},
        steps=300,
        batch=512,
        learning_rate=1e-2,
        ema=0.98,
        progress=False,
    )
    x = torch.as_tensor(np.random.default_rng(7).normal(size=(2000, 1, 2)), dtype=torch.float32)
    with torch.no_grad():
        error = (network(x) + x).square().mean() / x.square().mean()
    # 8,000 samples in 2 components leave about 3 % in the score, measured over 5 seeds at most 5 %
    assert error.sqrt() < 0.08
    production = models.score.entropy_production(network, rotating(seed=9), progress=False)
    # the flow (0, -w; w, 0) x has sigma = 2 w^2 = 8; 1600 states scatter by 8/sqrt(1600) = 0.2
    assert abs(float(production.total) - 8) < 0.8


@pytest.mark.parametrize(
    ("ds", "network", "reference"),
    [
        (rotating(), ScoreMLP, "gaussian"),
        (particles(count=4), ScoreMLP, "gaussian"),
        (particles(count=5), LocalScoreTransformer, "gaussian"),
        (particles(count=5, box=9.0), LocalScoreTransformer, "equilibrium"),
        (particles(count=5, box=9.0, noise=0.0), LocalScoreTransformer, "gaussian"),
        (particles(count=5, box=9.0).drop_vars("drift"), LocalScoreTransformer, "gaussian"),
        (particles(count=9, box=9.0, dimensions=1), LocalScoreTransformer, "equilibrium"),
    ],
    ids=range(7),
)
def test_network_and_reference_follow_from_the_data(ds, network, reference):
    made = planned(ds).network
    assert (type(made), made.reference) == (network, reference)


def test_a_loss_follows_from_the_network_and_a_residual_is_added():
    assert planned(rotating()).loss == ImplicitScoreMatching()
    assert planned(particles(count=5)).loss.probes == 1
    assert planned(rotating(), residual=0.1).loss.needs_drift
    assert planned(rotating(), loss=Denoising(sigma=0.2)).loss.sigma == 0.2


def test_batch_and_steps_stay_within_bounds_of_the_data():
    few, many = planned(rotating(snapshots=40, members=1)), planned(particles(count=100, box=40.0))
    assert 1 <= few.batch <= len(few.training) // 4
    assert many.batch * 64 == 1024
    assert 500 <= few.steps <= many.steps * 20


@pytest.mark.parametrize("ds", [rotating(), particles(), particles(count=5, box=9.0)], ids=range(3))
def test_a_file_is_learned_from_as_the_dataset_in_memory_is(ds, tmp_path):
    data.write_dataset(ds, tmp_path / "run.nc")
    first, second = (train(source, seed=3, **QUICK) for source in (ds, tmp_path / "run.nc"))
    torch.testing.assert_close(weights(first), weights(second), rtol=0, atol=0)


def test_a_seed_makes_the_network():
    first, again, other = (train(rotating(), seed=seed, **QUICK) for seed in (1, 1, 2))
    torch.testing.assert_close(weights(first), weights(again), rtol=0, atol=0)
    assert not torch.equal(weights(first), weights(other))


def test_the_numbers_drawn_elsewhere_are_left_as_they_are():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    train(rotating(), **QUICK)
    torch.testing.assert_close(torch.rand(3), expected, rtol=0, atol=0)


def test_a_network_of_ones_own_goes_on_from_its_weights_and_units():
    first = train(rotating(), **QUICK)
    moved = rotating(state=np.random.default_rng(3).normal(5.0, 1.0, size=(4, 400, 2)))
    own = {name: value for name, value in QUICK.items() if name != "network_options"}
    second = train(moved, network=first, learning_rate=1e-12, **own)
    torch.testing.assert_close(weights(second), weights(first), rtol=0, atol=1e-9)
    torch.testing.assert_close(second.mean, first.mean)
    with pytest.raises(ValueError, match="network_options: is for a network by name"):
        train(rotating(), network=first, **QUICK)


def test_an_ensemble_is_its_seeds_one_by_one_and_is_resumed(tmp_path):
    both = train(rotating(), ensemble=2, seed=4, out=tmp_path / "both", **QUICK)
    assert isinstance(both, ScoreEnsemble)
    for one, seed in zip(both.networks, (4, 5), strict=True):
        torch.testing.assert_close(weights(one), weights(train(rotating(), seed=seed, **QUICK)))
    loaded = models.load(tmp_path / "both")
    torch.testing.assert_close(weights(loaded), weights(both), rtol=0, atol=0)
    three = train(rotating(), ensemble=3, seed=4, out=tmp_path / "both", resume=True, **QUICK)
    torch.testing.assert_close(weights(three)[: len(weights(both))], weights(both), rtol=0, atol=0)
    assert len(models.load(tmp_path / "both").networks) == 3


def test_an_ensemble_of_a_network_of_ones_own_starts_at_weights_of_its_own():
    first = train(rotating(), **QUICK)
    before = weights(first).clone()
    own = {name: value for name, value in QUICK.items() if name != "network_options"}
    both = train(rotating(), network=first, ensemble=2, seed=7, learning_rate=1e-12, **own)
    one, other = (weights(each) for each in both.networks)
    assert (one - other).abs().max() > 0.1
    assert (one - before).abs().max() > 0.1
    torch.testing.assert_close(weights(first), before, rtol=0, atol=0)


def test_what_is_in_a_folder_is_not_lost_by_oversight(tmp_path):
    train(rotating(), ensemble=2, out=tmp_path / "a", **QUICK)
    for ensemble in (1, 2):
        with pytest.raises(OutputExists, match="overwrite=True to replace it"):
            train(rotating(), ensemble=ensemble, out=tmp_path / "a", **QUICK)
    train(rotating(), out=tmp_path / "a", overwrite=True, **QUICK)
    assert not (tmp_path / "a" / "0").exists()
    for resume in (False, True):
        with pytest.raises(OutputExists, match="training of one network"):
            train(rotating(), ensemble=2, out=tmp_path / "a", resume=resume, **QUICK)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "letter.txt").touch()
    with pytest.raises(OutputExists, match=r"letter\.txt"):
        train(rotating(), ensemble=2, out=tmp_path / "b", overwrite=True, **QUICK)
    assert (tmp_path / "b" / "letter.txt").exists()


def test_a_checkpoint_says_what_it_was_trained_on(tmp_path):
    train(rotating(), out=tmp_path / "net", **QUICK)
    said = json.loads((tmp_path / "net" / "network.json").read_text())["notes"]
    assert (said["title"], said["degrees"], said["sites"]) == ("rotating", ["x0", "x1"], 1)
    assert (said["snapshots"], said["members"]) == (400, 4)
    assert said["config"]["made_by"] == "from_arrays"
    assert models.load(tmp_path / "net").notes == said


def test_data_without_drift_are_learned_from_unless_it_is_needed():
    ds = rotating().drop_vars(["drift", "drift_divergence"])
    train(ds, **QUICK)
    with pytest.raises(ValueError, match=r'residual needs drift .* record=\("drift", "drift_divergence"\)'):
        train(ds, residual=0.1, **QUICK)
    with pytest.raises(ValueError, match="reference='equilibrium' needs drift"):
        train(particles(box=9.0).drop_vars("drift"), reference="equilibrium", **QUICK)


@pytest.mark.parametrize(
    ("ds", "options", "rule"),
    [
        (xr.Dataset({"height": ("t", np.zeros(9))}), {}, "needs position.* or state"),
        (rotating().drop_vars("diffusion"), {}, "diffusion_matrix: the dataset has none"),
        (rotating(state=np.full((4, 400, 2), np.nan)), {}, "state: .*finite"),
        (rotating(state=np.ones((4, 400, 2))), {}, "x0"),
        (rotating(snapshots=2), {}, "^held_out: no part"),
        (rotating(), {"network": "transfomer"}, "did you mean 'transformer'"),
        (rotating(), {"network": "transformer"}, "is for particles"),
        (rotating(), {"reference": "equilibrium"}, "is for particles"),
        (rotating(), {"reference": "gauss"}, "reference"),
        (rotating(), {"ensemble": 0}, "ensemble: must be a whole number above 0"),
        (
            rotating(),
            {"network_options": {"wdith": 8}},
            "network_options: 'wdith' is not known; did you mean 'width'",
        ),
        (rotating(), {"network_options": {"width": "abc"}}, "network_options: width must be a whole number"),
        (rotating(), {"network_options": {"width": 8.5}}, "network_options: width must be a whole number"),
        (None, {}, "source: must be a Dataset or the path of a file, got NoneType"),
        (np.ones(3), {}, "source: must be a Dataset or the path of a file, got ndarray"),
        (rotating()["state"], {}, "source: must be a Dataset or the path of a file, got DataArray"),
        (
            rotating(),
            {"network": 3},
            "network: must be 'auto', 'mlp', 'transformer' or a ScoreNetwork, got int 3",
        ),
        (rotating(), {"network": ScoreMLP}, "or a ScoreNetwork, got a class"),
        (rotating(), {"loss": "implicit"}, "loss: must be a function of"),
        (rotating(), {"loss": Denoising}, "loss: must be a function of .* got the class Denoising"),
        (rotating(), {"seed": "a"}, "seed: must be a whole number"),
        (rotating(), {"lr": 0.1}, "lr: is no option of train"),
        (rotating(), {"batch": 2.5}, "batch: must be a whole number of at least 1"),
        (rotating(), {"network_options": {"width": 0}}, "width: must be at least 1"),
        (rotating(), {"residual": -1.0}, "residual: must be a weight"),
        (rotating(), {"steps": 0}, "steps: must be a whole number of at least 1"),
        (rotating(), {"batch": 0}, "batch: must be a whole number of at least 1"),
        (rotating(), {"held_out": 1.5}, "held_out: must be a share"),
        (rotating(), {"device": "cuda:77"}, "device"),
    ],
    ids=range(29),
)
def test_what_cannot_be_learned_from_is_refused_by_name(ds, options, rule):
    with pytest.raises(ValueError, match=rule):
        train(ds, **QUICK | options)


def test_a_network_for_other_degrees_of_freedom_is_refused():
    network = train(rotating(), **QUICK)
    own = {name: value for name, value in QUICK.items() if name != "network_options"}
    with pytest.raises(ValueError, match="was made for x0, x1, got a dataset of position_x"):
        train(particles(count=1), network=network, **own)
    with pytest.raises(ValueError, match="was made for x0, x1, got a dataset of position_x"):
        models.score.entropy_production(network, particles(count=1), progress=False)


def test_too_few_data_for_the_parameters_are_said_with_both_numbers():
    with pytest.warns(UserWarning, match=r"data: 35 samples of 2 numbers are few for \d+ parameters"):
        train(rotating(snapshots=40, members=1), **QUICK)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(rotating(), **QUICK)
    assert process_of(rotating()).sites == 1


def test_where_the_start_is_exact_it_is_kept_in_place_of_a_close_fit(tmp_path):
    # The Gaussian of the start is the density itself; the lowest of 40 checks on few data is lower by chance.
    options = {
        "steps": 60,
        "batch": 100,
        "learning_rate": 3e-3,
        "progress": False,
        "network_options": {"width": 8},
    }
    few = rotating(snapshots=60, seed=1)
    network = train(few, out=tmp_path / "net", **options)
    assert "chance" in network.notes["kept"]
    start = planned(few, network_options={"width": 8}).network
    torch.testing.assert_close(weights(network), weights(start), rtol=0, atol=0)
    torch.testing.assert_close(weights(models.load(tmp_path / "net")), weights(network), rtol=0, atol=0)
    resumed = train(few, out=tmp_path / "net", resume=True, **options)
    torch.testing.assert_close(weights(resumed), weights(network), rtol=0, atol=0)


def test_what_is_learned_beyond_chance_is_kept():
    # Two narrow peaks at -1 and 1, far from a Gaussian of their variance.
    rng = np.random.default_rng(0)
    state = rng.choice([-1.0, 1.0], size=(4, 400, 2)) + 0.2 * rng.normal(size=(4, 400, 2))
    ds, options = rotating(state=state), QUICK | {"steps": 60, "batch": 256, "learning_rate": 1e-2}
    network, plan = train(ds, **options), planned(ds, network_options={"width": 8})
    assert not torch.equal(weights(network), weights(plan.network))
    assert "kept" not in network.notes


def test_a_function_will_do_for_a_loss_and_a_batch_is_at_most_the_data():
    def plain(network, batch, draws):
        return network(batch["x"]).square().sum((1, 2))

    plan = planned(rotating(), loss=plain)
    assert plan.loss is plain
    with pytest.warns(UserWarning, match="batch: 1000000 is more than the .* snapshots"):
        large = planned(rotating(), batch=1_000_000)
    assert large.batch == len(large.training)
