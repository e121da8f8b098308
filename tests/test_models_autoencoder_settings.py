"""Every setting of a Koopman autoencoder changes what is learned, and a wrong one is refused before the training."""

import dataclasses

import numpy as np
import pytest
import torch
from autoencoder_runs import dataset, linear_run, turning, wave

from ergodica.models.draws import Draws
from ergodica.models.koopman import Convolutional, Dense, KoopmanAutoencoder
from ergodica.models.koopman.autoencoder_loss import KoopmanLoss
from ergodica.models.koopman.autoencoder_network import KoopmanNetwork
from ergodica.models.koopman.information import von_neumann_entropy
from ergodica.numerics.errors import ParameterError

BASE = {
    "latent": 3,
    "horizon": 3,
    "skip": False,
    "encoder": Dense(width=6, depth=1),
    "information": 0.3,
    "entropy": 0.3,
}
OTHER = {
    "latent": 4,
    "lookback": 2,
    "horizon": 4,
    "encoder": Dense(width=7, depth=1),
    "skip": True,
    "constant": False,
    "matrix": "trained",
    "ridge": 0.1,
    "reconstruction": 2.0,
    "linear": 2.0,
    "prediction": 2.0,
    "information": 0.4,
    "entropy": 0.4,
    "estimator": "gaussian",
    "temperature": 0.5,
    "noise": 0.5,
    "neighbours": 2,
}


def learned(run, **settings):
    model = KoopmanAutoencoder(**settings).fit(run, steps=2, batch=32)
    return {name: one.tolist() for name, one in model.state().items()}


@pytest.mark.parametrize("name", [one.name for one in dataclasses.fields(KoopmanAutoencoder)])
def test_every_setting_changes_what_is_learned(name):
    base = {**BASE, "estimator": "gaussian"} if name == "noise" else BASE
    run = dataset(linear_run(turning(), noise=0.2))
    assert learned(run, **base) == learned(run, **base)
    assert learned(run, **base) != learned(run, **{**base, name: OTHER[name]})


@pytest.mark.parametrize("changed", [{"width": 7}, {"depth": 2}])
def test_every_setting_of_perceptrons_is_used(changed):
    run, plain = dataset(linear_run(turning())), {"width": 6, "depth": 1}
    models = [learned(run, **{**BASE, "encoder": Dense(**one)}) for one in (plain, {**plain, **changed})]
    assert models[0] != models[1]


@pytest.mark.parametrize("changed", [{"channels": (3,)}, {"kernel": 5}, {"periodic": True}])
def test_every_setting_of_convolutions_is_used(changed):
    run, plain = dataset(wave(points=(12,)), dims=("t", "x")), {"channels": (2,), "kernel": 3}
    both = [
        learned(run, **{**BASE, "encoder": Convolutional(**one)}) for one in (plain, {**plain, **changed})
    ]
    assert both[0] != both[1]


def tiny_network(lookback, *, latent, width, constant, trained):
    return KoopmanNetwork(
        shape=(2,),
        lookback=lookback,
        latent=latent,
        skip=False,
        constant=constant,
        trained=trained,
        encoder={"is": "dense", "width": width, "depth": 1},
    ).double()


def loss_of(network, values, **weights):
    none = dict.fromkeys(("reconstruction", "linear", "prediction", "information", "entropy"), 0.0)
    rest = {"estimator": "gaussian", "temperature": 1.0, "noise": 0.1, "neighbours": 1, "ridge": 1e-8}
    loss = KoopmanLoss(**{**none, **rest, **weights})
    batch = {"values": torch.from_numpy(values).double()}
    return loss(network, batch, Draws(0, 1, batch=len(values)))


def test_the_loss_is_its_formula_with_information_and_entropy_subtracted():
    values = linear_run(turning(), members=30, snapshots=4, noise=0.3)
    torch.manual_seed(0)
    network = tiny_network(1, latent=3, width=5, constant=False, trained=False)
    x = torch.from_numpy(values)
    with torch.no_grad():
        z = network.lift(x.reshape(-1, 1, 2)).reshape(30, 4, 3).numpy()
        before, after = z[:, :-1].reshape(-1, 3), z[:, 1:].reshape(-1, 3)
        operator = np.linalg.lstsq(before, after, rcond=None)[0]
        rolled = np.stack([z[:, 0] @ np.linalg.matrix_power(operator, k) for k in (1, 2, 3)], axis=1)
        decoded = network.decode(torch.from_numpy(rolled).reshape(-1, 3)).reshape(30, 3, 2).numpy()
        restored = network.decode(torch.from_numpy(z).reshape(-1, 3)).reshape(30, 4, 2).numpy()
        flat = z.reshape(-1, 3)
        spread = flat.var(axis=0).sum()
        expected = {
            "reconstruction": ((restored - values) ** 2).mean(axis=(1, 2)),
            "linear": ((rolled - z[:, 1:]) ** 2).sum(-1).mean(1) / spread,
            "prediction": ((decoded - values[:, 1:]) ** 2).mean(axis=(1, 2)),
            "entropy": -np.full(30, float(von_neumann_entropy(torch.from_numpy(flat)))),
        }
        for name, one in expected.items():
            # the ridge of 1e-8 alone is left out here
            np.testing.assert_allclose(loss_of(network, values, **{name: 2.0}), 2 * one, rtol=1e-5)
        told = [-float(loss_of(network, values, information=1.0, neighbours=n)[0]) for n in (1, 3)]
        assert told[0] > told[1] > 0  # nearer neighbours tell more


@pytest.mark.parametrize("trained", [False, True])
def test_gradients_of_the_whole_loss_are_those_of_finite_differences(trained):
    # nothing is held: neither the fitted operator nor the observables that it is to reach
    values = linear_run(turning(), members=12, snapshots=5, noise=0.3)
    torch.manual_seed(0)
    network = tiny_network(2, latent=2, width=3, constant=True, trained=trained)
    weights = {"reconstruction": 0.5, "linear": 1.0, "prediction": 2.0, "information": 0.3, "entropy": 0.2}

    def loss():
        return loss_of(network, values, **weights, estimator="infonce", neighbours=2).mean()

    loss().backward()
    for one in network.parameters():
        flat, slope, step = one.data.view(-1), one.grad.view(-1), 1e-5
        place = int(slope.abs().argmax())
        ends = []
        for shift in (step, -2 * step):
            flat[place] += shift
            ends.append(float(loss().detach()))
        flat[place] += step
        # errors of central differences: a step squared, and round-off by the step
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(float(slope[place]), rel=1e-4, abs=1e-8)


def test_held_out_windows_begin_where_those_of_the_training_end():
    values = np.arange(40.0)[None, :, None]
    model = KoopmanAutoencoder(lookback=2, horizon=4)
    training, held_out = model._windows(values)
    last = max(float(batch["values"].max()) for batch in training.in_order(batch=8))
    seen = next(iter(held_out.in_order(batch=8)))["values"][0, :, 0]
    # what the first one sees was trained on, what it is judged by was not
    assert seen[1] == last == 35
    assert seen[2] == 36


def test_the_state_among_the_observables_is_decoded_as_it_is():
    network = KoopmanNetwork(
        shape=(2,),
        lookback=3,
        latent=4,
        skip=True,
        constant=True,
        trained=False,
        encoder={"is": "dense", "width": 5, "depth": 1},
    )
    x = torch.randn(7, 3, 2)
    z = network.lift(x)
    assert z.shape == (7, 7)
    assert torch.equal(z[:, 0], torch.ones(7))
    assert torch.equal(network.decode(z), x[:, -1])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"latent": -1}, "latent: must be a whole number"),
        ({"latent": 0}, "latent: must be a whole number of at least 1, got 0; use 16, or koopman.DMD"),
        ({"latent": 0, "skip": False}, "latent: must be a whole number of at least 1, got 0"),
        ({"latent": 2.0}, "latent: must be a whole number"),
        ({"horizon": 0}, "horizon"),
        ({"lookback": 1.5}, "lookback"),
        ({"encoder": "dense"}, "encoder: must be Dense"),
        ({"matrix": "fit"}, "matrix: 'fit' is not known"),
        ({"estimator": "ksg"}, "estimator: 'ksg' is not known"),
        ({"skip": 1}, "skip: must be True or False"),
        ({"entropy": -0.1}, "entropy: must be a finite number at least 0"),
        ({"temperature": 0.0}, "temperature: must be a finite number above 0, got 0.0; use 0.1"),
        ({"ridge": float("nan")}, "ridge"),
        ({"neighbours": 9}, "neighbours: must be at most the horizon"),
        ({"skip": False, "reconstruction": 0.0, "prediction": 0.0}, "so that the decoder learns"),
        ({"linear": 0.0, "prediction": 0.0}, "so that the encoder learns"),
        ({"matrix": "trained", "linear": 0, "prediction": 0, "entropy": 1}, "so that the operator learns"),
        (
            {"matrix": "trained", "skip": False, "linear": 0.0, "prediction": 0.0},
            "so that the operator learns",
        ),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(settings, words):
    with pytest.raises(ParameterError, match=words):
        KoopmanAutoencoder(**settings)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Dense(width=0), "width"),
        (lambda: Convolutional(channels=()), "channels"),
        (lambda: Convolutional(channels=(4, 0)), "channels"),
        (lambda: Convolutional(kernel=4), "kernel: must be odd"),
        (lambda: Convolutional(kernel=1), "kernel: must be a whole number of at least 3"),
    ],
)
def test_encoders_that_cannot_be_are_refused_by_name(build, words):
    with pytest.raises(ParameterError, match=words):
        build()


@pytest.mark.parametrize(
    ("settings", "training", "words"),
    [
        ({"horizon": 40}, {}, "at least the 41 snapshots"),
        ({"encoder": Convolutional(), "skip": False}, {}, "convolutions take fields"),
        ({}, {"step": 3}, "step: is no option of a training"),
        ({}, {"loss": 3}, "loss: is no option of a training"),
        ({}, {"steps": 0}, "steps"),
    ],
)
def test_data_and_options_that_do_not_fit_are_refused(settings, training, words):
    with pytest.raises(ParameterError, match=words):
        KoopmanAutoencoder(**settings).fit(dataset(linear_run(turning())), **training)


def test_runs_that_are_not_finite_and_states_too_large_for_an_operator_are_refused():
    values = linear_run(turning())
    values[0, 3, 0] = np.nan
    with pytest.raises(ParameterError, match="finite"):
        KoopmanAutoencoder().fit(dataset(values))
    with pytest.raises(ParameterError, match="skip=False"):
        KoopmanAutoencoder().fit(dataset(wave(points=(20, 30)), dims=("t", "y", "x")))
    with pytest.raises(ParameterError, match="must change"):
        KoopmanAutoencoder().fit(dataset(np.ones((4, 30, 2))))
    still = np.concatenate([linear_run(turning()), np.ones((6, 30, 1))], axis=-1)
    with pytest.raises(ParameterError, match="ridge: must be above 0"):
        KoopmanAutoencoder(ridge=0.0, latent=1, encoder=Dense(width=4)).fit(dataset(still), steps=2)
    narrow = dataset(wave(points=(4,)), dims=("t", "x"))
    with pytest.raises(ParameterError, match="need a grid of at least"):
        KoopmanAutoencoder(skip=False, encoder=Convolutional(channels=(2, 2, 2), periodic=True)).fit(narrow)
