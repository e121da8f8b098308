"""Koopman autoencoders: what they learn, keep and refuse, for any dataset."""

import numpy as np
import pytest
import torch
from autoencoder_runs import dataset, linear_run, turning, wave

from ergodica import data, models
from ergodica.data.file_errors import OutputExists
from ergodica.models.koopman import Convolutional, Dense, KoopmanAutoencoder
from ergodica.models.koopman.autoencoder_layers import Widening, convolution, halved
from ergodica.models.koopman.autoencoder_loss import KoopmanLoss, fitted_operator, rolled
from ergodica.numerics.errors import ParameterError

TINY = {"latent": 2, "horizon": 3, "encoder": Dense(width=8, depth=1)}
FEW = {"steps": 6, "batch": 16, "check_every": 3}


def tiny(source, variables=None, training=None, **settings):
    return KoopmanAutoencoder(**{**TINY, **settings}).fit(source, variables, **{**FEW, **(training or {})})


def same(one, other):
    states = one.state(), other.state()
    return states[0].keys() == states[1].keys() and all(
        np.array_equal(states[0][name], states[1][name]) for name in states[0]
    )


def test_gradients_through_the_fitted_operator_are_those_of_finite_differences():
    generator = torch.Generator().manual_seed(0)
    before, after = torch.randn(2, 12, 3, generator=generator, dtype=torch.float64).requires_grad_()

    def rolled(before, after):
        operator = fitted_operator(before, after, 1e-3)
        return (before[:2] @ torch.linalg.matrix_power(operator, 4).mT).sum()

    inputs = [one.detach().clone().requires_grad_() for one in (before, after)]
    assert torch.autograd.gradcheck(rolled, inputs)


@pytest.mark.parametrize("ridge", [0.0, 1e-2])
def test_the_fitted_operator_is_that_of_ridge_regression(ridge):
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=(2, 40, 3))
    added = np.sqrt(ridge * (before**2).sum() / 3) * np.eye(3)
    expected = np.linalg.lstsq(np.vstack([before, added]), np.vstack([after, 0 * added]), rcond=None)[0].T
    found = fitted_operator(torch.from_numpy(before), torch.from_numpy(after), ridge).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("constant", [True, False])
def test_modes_add_up_to_the_snapshots_with_their_mean(constant):
    run = dataset(5.0 + linear_run(turning()))
    model = tiny(run, constant=constant)
    phi = model.eigenfunctions(run).ergodica["eigenfunction"].transpose(..., "mode").values
    made = phi @ model.modes().ergodica["state"].values
    left_out = 0.0 if constant else model.network.mean.numpy()
    np.testing.assert_allclose(made + left_out, run.state.values, atol=1e-6)


@pytest.mark.parametrize("matrix", ["fitted", "trained"])
def test_eigenvalues_of_a_linear_system_do_not_depend_on_what_was_learned(matrix):
    # the state is among the observables and closes on itself; a trained matrix starts at the fit
    training = {"steps": 1, "learning_rate": 1e-12}
    model = tiny(dataset(linear_run(turning())), matrix=matrix, training=training)
    exact = 0.95 * np.exp(0.3j)
    # the ridge of 1e-8 and, where trained, float32
    assert abs(model.spectrum[0] - exact).min() < 1e-5
    assert abs(model.spectrum[0] - 1).min() < 1e-5
    x = linear_run(turning(), seed=1)
    np.testing.assert_allclose(model.linear_steps(x[:, :1], 20), x[:, 1:21], atol=1e-4)


@pytest.mark.parametrize("members", [None, 1, 3, 25])
def test_members_are_trajectories_of_their_own_and_one_alone_will_do(members):
    values = linear_run(turning(), members=members or 1)
    model = tiny(dataset(values if members else values[0]))
    made = model.linear_rollout(dataset(values if members else values[0]), 4)
    assert made.state.shape == ((members, 4, 2) if members else (4, 2))
    assert np.isfinite(made.state).all()


def test_more_than_one_snapshot_makes_up_for_a_component_that_is_not_seen():
    # x of a rotation obeys x_n+2 = 2 m cos(a) x_n+1 - m^2 x_n: two snapshots close what one cannot
    run = dataset(linear_run(turning()))
    errors = {}
    for lookback in (1, 2):
        # one layer of SiLU is nearly linear at small weights: the past is read off without a training
        model = tiny(run.isel(component=[0]), lookback=lookback, latent=8)
        x = linear_run(turning(), seed=2)[..., :1]
        made = model.reencoded_steps(x[:, :lookback], 5)
        errors[lookback] = abs(made - x[:, lookback : lookback + 5]).max()
    assert errors[2] < 0.3 * errors[1]


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int16"])
def test_any_numbers_and_features_that_do_not_change(skip, dtype):
    values = (100 * linear_run(turning())).astype(dtype)
    values = np.concatenate([values, np.full_like(values[..., :1], 7)], axis=-1)
    model = tiny(dataset(values), skip=skip)
    made = model.linear_steps(values[:, :1].astype(float), 3)
    assert np.isfinite(made).all()
    if skip:
        np.testing.assert_allclose(made[..., 2], 7.0, atol=1e-6)
        np.testing.assert_allclose(
            model.decode(model.lift(values[:, :1].astype(float))), values[:, 0], rtol=1e-12
        )


@pytest.mark.parametrize("size", [(12,), (9,), (8, 14), (9, 20)])
@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("periodic", [False, True])
def test_a_level_of_the_decoder_is_the_adjoint_of_that_of_the_encoder(size, kernel, periodic):
    generator = torch.Generator().manual_seed(0)
    there = convolution(len(size), 3, 4, kernel, 2, periodic).double()
    back = Widening(4, 3, size, kernel, periodic).double()
    back.transposed.weight.data = there.weight.data
    there.bias.data.zero_()
    back.transposed.bias.data.zero_()
    x = torch.randn(2, 3, *size, generator=generator, dtype=torch.float64)
    y = torch.randn(2, 4, *halved(size, 1)[-1], generator=generator, dtype=torch.float64)
    assert back(y).shape == x.shape
    # an odd ring has no grid of every other point: there the decoder keeps the size alone
    if not periodic or all(one % 2 == 0 for one in size):
        with torch.no_grad():
            assert float((there(x) * y).sum()) == pytest.approx(float((x * back(y)).sum()), rel=1e-12)


def test_rollouts_by_doubling_are_powers_of_the_operator():
    # by steps of a number that is no power of two
    z = torch.randn(5, 12, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    operator = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(1)).double())[0]
    expected = [z[:, 0] @ torch.linalg.matrix_power(operator, k).mT for k in range(1, 12)]
    torch.testing.assert_close(rolled(z, operator), torch.stack(expected, dim=1), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("points", "dims"), [((13,), ("t", "x")), ((9, 14), ("t", "y", "x"))], ids=["line", "plane"]
)
@pytest.mark.parametrize("periodic", [False, True])
def test_fields_on_any_grid_are_channels_of_convolutions(points, dims, periodic):
    field = wave(points=points)
    run = dataset(field, dims=dims, name="u").assign(v=lambda ds: ds.u * 0.5)
    encoder = Convolutional(channels=(2, 3), kernel=3, periodic=periodic)
    model = tiny(run, ["u", "v"], skip=False, encoder=encoder, matrix="trained")
    made = model.reencoded_rollout(run, 3)
    assert made.u.shape == made.v.shape == (3, *points)
    assert model.modes().sizes["mode"] == 3
    model = tiny(run, "u", skip=False, encoder=Dense(width=4))
    assert model.linear_rollout(run, 2).u.shape == (2, *points)


def test_complex_fields_are_two_channels():
    x, t = np.linspace(0, 2 * np.pi, 12, endpoint=False), np.arange(20.0)
    run = data.from_arrays(
        {"psi": np.exp(1j * (x - 0.2 * t[:, None]))},
        title="wave",
        t=t,
        dims={"psi": ("t", "x")},
        units={"psi": "1"},
        coordinates={"x": x},
    )
    model = tiny(run, skip=False, encoder=Convolutional(channels=(3,), periodic=True))
    assert model.network.encoder.shape == (2, 12)
    assert {"psi_real", "psi_imag"} <= set(model.linear_rollout(run, 2).data_vars)


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("matrix", ["fitted", "trained"])
def test_what_was_saved_is_what_is_loaded(tmp_path, skip, matrix):
    run = dataset(linear_run(turning()))
    model = tiny(run, skip=skip, matrix=matrix)
    models.save(model, tmp_path / "net")
    loaded = models.load(tmp_path / "net")
    assert isinstance(loaded, KoopmanAutoencoder)
    assert loaded.config == model.config
    assert same(model, loaded)
    windows = linear_run(turning(), seed=4)[:, :1]
    np.testing.assert_array_equal(loaded.reencoded_steps(windows, 4), model.reencoded_steps(windows, 4))


@pytest.mark.parametrize("settings", [{}, {"skip": False, "matrix": "trained"}])
def test_an_interrupted_training_goes_on_bit_for_bit(tmp_path, monkeypatch, settings):
    run = dataset(linear_run(turning(), noise=0.1))
    asked = {"information": 0.1, "entropy": 0.1, **settings}
    training = {"steps": 12, "out": tmp_path / "net"}
    whole = tiny(run, training={"steps": 12}, **asked)
    plain, calls = KoopmanLoss.__call__, []

    def interrupted(*args):
        calls.append(1)
        if len(calls) == 9:
            raise KeyboardInterrupt
        return plain(*args)

    monkeypatch.setattr(KoopmanLoss, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tiny(run, training=training, **asked)
    assert not (tmp_path / "net" / "network.json").exists()
    again = tiny(run, training={**training, "resume": True}, **asked)
    assert same(whole, again)
    assert same(whole, models.load(tmp_path / "net"))


def test_what_is_in_a_folder_is_not_lost(tmp_path):
    run = dataset(linear_run(turning()))
    first = tiny(run, training={"out": tmp_path / "net"})
    with pytest.raises(OutputExists, match="resume=True"):
        tiny(run, training={"out": tmp_path / "net"})
    with pytest.raises(ParameterError, match="loss"):
        tiny(run, training={"out": tmp_path / "net", "resume": True}, entropy=0.1)
    assert same(first, models.load(tmp_path / "net"))
    other = tiny(run, training={"out": tmp_path / "net", "overwrite": True, "seed": 5})
    assert same(other, models.load(tmp_path / "net"))


def test_same_seed_same_model_and_intervals_keep_the_network():
    run = dataset(linear_run(turning(), members=40, noise=0.1))
    model, again, other = (tiny(run, training={"seed": seed}) for seed in (0, 0, 1))
    assert same(model, again)
    assert not same(model, other)
    refitted = model.refitted(model.trained_on)
    np.testing.assert_array_equal(refitted.operator, model.operator)
    found = model.eigenvalues(intervals=200)
    assert (found.growth_rate_low <= found.growth_rate_high).all()
    # the network's own error is in none of the refits
    for words in (found.title, found.comment, found.growth_rate_low.long_name):
        assert "given the observables" in words
    assert not {"comment"} & set(model.eigenvalues().attrs)
    with pytest.raises(ParameterError, match="matrix='fitted'"):
        tiny(run, matrix="trained").eigenvalues(intervals=200)


def test_a_training_may_set_out_from_another_model():
    run = dataset(linear_run(turning(), noise=0.1))
    first = tiny(run)
    still = {"steps": 1, "learning_rate": 1e-12}
    for matrix in ("fitted", "trained"):
        second = tiny(run, horizon=5, matrix=matrix, training={**still, "start": first})
        # trained matrices are held in float32
        np.testing.assert_allclose(second.operator, first.operator, atol=1e-6)
    with pytest.raises(ParameterError, match="start"):
        tiny(run, latent=5, training={"start": first})
