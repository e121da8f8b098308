"""Koopman autoencoders in other units: they learn the same, and say it in the units of the data."""

import numpy as np
import pytest
from autoencoder_runs import DIMS, dataset, linear_run, turning, wave

from ergodica import models
from ergodica.models.koopman import Convolutional, Dense, KoopmanAutoencoder
from ergodica.numerics.errors import ParameterError

UNITS = [(1e-200, 0.0), (1e200, 0.0), (1e-8, 0.0), (1.0, 1e6)]


def fitted(values, skip=True, encoder=None, dims=DIMS, **settings):
    model = KoopmanAutoencoder(
        latent=2, horizon=3, skip=skip, encoder=encoder or Dense(width=4, depth=1), **settings
    )
    return model.fit(dataset(values, dims=dims), steps=15, batch=16)


@pytest.mark.parametrize(("unit", "zero"), UNITS)
@pytest.mark.parametrize(
    "settings",
    [{}, {"skip": False, "constant": False}, {"matrix": "trained"}],
    ids=["skip", "decoder", "trained"],
)
def test_what_is_learned_does_not_depend_on_units(unit, zero, settings):
    values = linear_run(turning(), noise=0.1)
    own, other = fitted(values, **settings), fitted(unit * values + zero, **settings)
    # a zero at 1e6 leaves ten digits, and the rounding of float32 may fall otherwise in a few of the values
    assert abs(other.spectrum[0] - own.spectrum[0]).max() < 1e-5
    forecast = (other.linear_steps(unit * values[:, :1] + zero, 4) - zero) / unit
    assert abs(forecast - own.linear_steps(values[:, :1], 4)).max() < 1e-5


def test_features_change_where_dictionaries_say_so():
    values = linear_run(turning(), noise=0.1)
    # eleven digits of the values are the same
    own, other = fitted(values), fitted(1e-5 * values + 1e6)
    assert abs(other.spectrum[0] - own.spectrum[0]).max() < 1e-2
    with pytest.raises(ParameterError, match="must change"):
        fitted(0 * values + 0.1)


def test_a_field_in_other_units_is_the_same_field():
    values = wave(members=2)[:, :, 0]
    settings = {"skip": False, "encoder": Convolutional(channels=(2,)), "dims": ("member", "t", "x")}
    own, other = fitted(values, **settings), fitted(1e-200 * values, **settings)
    assert abs(other.spectrum[0] - own.spectrum[0]).max() < 1e-5


def test_a_model_that_sets_out_from_another_keeps_its_units_and_so_does_a_saved_one(tmp_path):
    values = 1e-200 * linear_run(turning(), noise=0.1) + 0.0
    first = fitted(values)
    second = KoopmanAutoencoder(latent=2, horizon=3, encoder=Dense(width=4, depth=1))
    second.fit(dataset(2 * values), steps=1, batch=16, learning_rate=1e-12, start=first)
    np.testing.assert_array_equal(second.arrays["network.scale"], first.arrays["network.scale"])
    models.save(second, tmp_path / "model")
    again = models.load(tmp_path / "model")
    np.testing.assert_array_equal(again.linear_steps(values[:, :1], 3), second.linear_steps(values[:, :1], 3))
