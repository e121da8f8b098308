"""Other precisions and compilation train to nearly the same numbers."""

import numpy as np
import pytest
import torch
from tiny_networks import SquaredError, TinyNetwork, tiny_fit, tiny_network

from ergodica.models.device import torch_device
from ergodica.models.training.batches import on_device
from ergodica.models.training.distributed import World
from ergodica.models.training.precision import PRECISIONS
from ergodica.models.training.settings import Settings
from ergodica.models.training.step import Stepper
from ergodica.numerics.errors import ParameterError

NO_NOISE = SquaredError(noise=0.0)


def test_double_precision_is_double_throughout():
    seen = []

    def watched(network, batch, draws):
        seen.extend([batch["x"].dtype, draws.normal((1,)).dtype])
        return NO_NOISE(network, batch, draws)

    done = tiny_fit(precision="float64", loss=watched)
    assert set(seen) == {torch.float64}
    assert {p.dtype for p in done.network.parameters()} == {torch.float64}
    # rounding errors of float32, grown over 40 steps of size 1e-2
    assert float(abs(done.history.loss - tiny_fit(loss=NO_NOISE).history.loss).max()) < 1e-5


def test_products_alone_are_of_few_digits_in_mixed_precision():
    seen = set()

    class Watched(TinyNetwork):
        name = "watched_products"

        def forward(self, x):
            made = super().forward(x)
            seen.add(made.dtype)
            return made

    network = Watched()
    network.load_state_dict(tiny_network().state_dict())
    done = tiny_fit(network=network, precision="bfloat16", loss=NO_NOISE)
    assert seen == {torch.bfloat16}
    assert {p.dtype for p in done.network.parameters()} == {torch.float32}
    exact = tiny_fit(loss=NO_NOISE).history
    difference = abs(done.history.loss - exact.loss).max()
    # bfloat16 keeps 8 bits, an error of 2^-9 for each product of size 1
    assert 0 < float(difference) < 0.02 * float(exact.loss.max())


def test_the_scale_of_half_precision_is_found_and_kept(monkeypatch):
    # on a CPU for the test alone, where half precision is slow
    monkeypatch.setattr("ergodica.models.training.step.precision_of", lambda word, device: PRECISIONS[word])
    asked = dict(
        steps=20, batch=16, learning_rate=1e-2, optimizer="adamw", weight_decay=0.0, warm_up=0.05, clip=1.0, ema=0.9,
        check_every=None, patience=None, seed=0, compile=False,
    )  # fmt: skip
    torch.manual_seed(0)
    arrays = {"x": torch.randn(16, 2).numpy(), "y": torch.randn(16).numpy()}
    curves = {}
    for word in ("float16", "float32"):
        settings = Settings(**asked, precision=word)
        stepper = Stepper(tiny_network(), NO_NOISE, settings, torch.device("cpu"), World())
        if word == "float16":
            stepper.scaler.load_state_dict(stepper.scaler.state_dict() | {"scale": 2.0**24})
        rows = []
        for step in range(1, 21):
            rows.append(stepper.update(step, stepper.differentiate(step, arrays)))
        curves[word] = torch.stack(rows)
    skipped = int((~curves["float16"][:, 1].isfinite()).sum())
    # a scale of 2^24 overflows half precision, 65504, and is halved until it does not
    assert 0 < skipped < 20
    assert bool(curves["float16"][-1].isfinite().all())
    # gradients are those before the scale: float16 keeps 11 bits
    first = int(curves["float16"][:, 1].isfinite().nonzero()[0])
    torch.testing.assert_close(curves["float16"][first], curves["float32"][0], rtol=5e-3, atol=0)


def test_what_cannot_be_compiled_trains_without(monkeypatch):
    def refused(call):
        def fails(*given):
            raise RuntimeError("no derivative of that")

        return fails

    monkeypatch.setattr(torch, "compile", refused)
    with pytest.warns(UserWarning, match="torch.compile cannot take this loss and network .RuntimeError."):
        done = tiny_fit(compile=True)
    assert done.history.equals(tiny_fit().history)


def test_whole_numbers_stay_and_arrays_that_torch_cannot_take_are_copied():
    fixed = np.arange(4.0)
    fixed.flags.writeable = False
    arrays = {"kind": np.array([1, 2, 3, 4]), "fixed": fixed, "turned": np.arange(4.0)[::-1]}
    batch = on_device(arrays, slice(1, 3), torch.device("cpu"), torch.float32)
    assert {name: values.dtype for name, values in batch.items()} == {
        "kind": torch.int64,
        "fixed": torch.float32,
        "turned": torch.float32,
    }
    assert {name: values.tolist() for name, values in batch.items()} == {
        "kind": [2, 3],
        "fixed": [1.0, 2.0],
        "turned": [2.0, 1.0],
    }


def test_processes_take_the_gpu_of_their_number(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert [str(torch_device(word)) for word in ("cuda", "auto", "cuda:0", "cpu")] == [
        "cuda:1",
        "cuda:1",
        "cuda:0",
        "cpu",
    ]
    with pytest.raises(ParameterError, match="device: must be available, got 'cuda:2', but torch finds 2"):
        torch_device("cuda:2")


def test_tf32_holds_for_the_block_alone():
    before = torch.get_float32_matmul_precision()
    with PRECISIONS["tf32"].of_products():
        assert torch.get_float32_matmul_precision() == "high"
    assert torch.get_float32_matmul_precision() == before == "highest"
