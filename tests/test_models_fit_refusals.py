"""What cannot work is refused before the first step, in one line that names it."""

import itertools

import pytest
import torch
from tiny_networks import Rows, SquaredError, TinyNetwork, product_rows, tiny_fit, tiny_network

from ergodica import models
from ergodica.models.training.distributed import World
from ergodica.numerics.errors import ParameterError


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"steps": 0}, "steps: must be a whole number of at least 1, got 0"),
        ({"steps": 2.5}, "steps: must be a whole number"),
        ({"batch": True}, "batch: must be a whole number"),
        ({"seed": -1}, "seed: must be a whole number of at least 0"),
        ({"check_every": 0}, "check_every: must be a whole number"),
        ({"patience": 0}, "patience: must be a whole number"),
        ({"learning_rate": 0.0}, "learning_rate: must be a number above 0 and finite, got 0.0; use 1e-3"),
        ({"learning_rate": float("nan")}, "learning_rate: must be a number above 0"),
        ({"weight_decay": -1}, "weight_decay: must be a number at least 0"),
        ({"warm_up": 1.0}, "warm_up: must be a number at least 0 and below 1"),
        ({"ema": 1.0}, "ema: must be a number at least 0 and below 1"),
        ({"clip": 0.0}, "clip: must be a number above 0"),
        ({"optimizer": "adam"}, "optimizer: 'adam' is not known; did you mean 'radam' or 'adamw'"),
        ({"optimizer": ["adamw"]}, r"optimizer: \['adamw'\] is not known"),
        ({"data": 3}, "data: must be data.Windows, or have its len, batches and sample, got int"),
        ({"data": Rows}, "data: must be data.Windows"),
        ({"loss": None}, "loss: must be called as loss(network, batch, draws\\), got None; give a function"),
        ({"loss": SquaredError}, "loss: must be called .* got the class SquaredError"),
        (
            {"batch": 10**6},
            "batch: must be at most the 360 samples that are trained on, got 1000000; use 360",
        ),
        ({"precision": "half"}, "precision: 'half' is not known"),
        ({"precision": "float16"}, "precision: 'float16' needs device='cuda', got 'cpu'; use 'bfloat16'"),
        ({"precision": "tf32"}, "precision: 'tf32' needs device='cuda'"),
        ({"device": "gpu"}, "device: must be one of cpu, cuda, cuda:N, auto"),
        ({"threads": 0}, "threads: must be a whole number of at least 1"),
        ({"held_out": 1.0}, "held_out: must be data, or a share from 0 to below 1, got 1.0"),
        ({"held_out": "last"}, "held_out: must be data with sample"),
        ({"held_out": 0, "patience": 3}, "patience: needs held-out data"),
        ({"network": torch.nn.Linear(2, 1)}, "network: must be a models.Network, got Linear"),
        ({"out": ""}, "out: must be the path of a folder"),
        ({"out": 3}, "out: must be the path of a folder"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_by_name(changed, word):
    with pytest.raises(ParameterError, match=word.replace("(", r"\(")):
        tiny_fit(**changed)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused():
    with pytest.raises(
        ParameterError, match="device: must be available, got 'cuda', but torch finds no working GPU"
    ):
        tiny_fit(device="cuda")


def test_a_network_that_could_not_be_loaded_is_not_written(tmp_path):
    class Unknown(TinyNetwork):
        name = "unknown"

    with pytest.raises(ParameterError, match="'unknown' must be registered to be written"):
        tiny_fit(network=Unknown(), out=tmp_path / "net")
    assert not (tmp_path / "net").exists()


def test_a_configuration_that_is_no_json_is_refused_before_anything_is_written(tmp_path):
    network = tiny_network()
    network.config = {"width": torch.zeros(1)}
    with pytest.raises(ParameterError, match="config: of the network must be JSON"):
        tiny_fit(network=network, out=tmp_path / "net")
    assert not (tmp_path / "net").exists()


@pytest.mark.parametrize(
    ("loss", "word"),
    [
        (
            lambda network, batch, draws: network(batch["x"]).mean(),
            r"loss: must give one value for each of the 16 rows as a tensor, got the shape \(\)",
        ),
        (lambda network, batch, draws: 0.0, "loss: must give one value for .* as a tensor, got float"),
        (lambda network, batch, draws: network(batch["x"]).detach(), "loss: must depend on weights that are"),
    ],
)
def test_a_loss_that_gives_no_row_of_values_with_gradients_is_refused(loss, word):
    with pytest.raises(ParameterError, match=word):
        tiny_fit(loss=loss, held_out=0)


def test_a_network_without_trained_weights_is_refused():
    with pytest.raises(ParameterError, match="let some of the network's parameters require gradients"):
        tiny_fit(network=tiny_network().requires_grad_(False))


def test_a_batch_smaller_than_the_processes_is_refused(monkeypatch):
    monkeypatch.setattr("ergodica.models.training.fit.world_of", lambda device: World(0, 17))
    with pytest.raises(
        ParameterError, match="batch: must be at least the 17 processes that share it, got 16"
    ):
        tiny_fit()


def test_data_that_end_are_refused():
    class Ending(Rows):
        def batches(self, **asked):
            return itertools.islice(super().batches(**asked), 3)

    rows = product_rows()
    with pytest.raises(ParameterError, match="data: batches must not end, got 3"):
        tiny_fit(data=Ending(rows.x, rows.y), held_out=0)


def test_an_interrupt_without_a_folder_comes_through():
    def interrupted(network, batch, draws):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        models.fit(tiny_network(), product_rows(), loss=interrupted, steps=1, batch=2)
