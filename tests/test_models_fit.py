"""The training loop learns, says what it did, and depends on its seed alone."""

import math
import random
import signal

import numpy as np
import pytest
import torch
from tiny_networks import SquaredError, TinyNetwork, product_rows, tiny_fit, tiny_network

from ergodica import data, models
from ergodica.data.writing import write_dataset
from ergodica.models.training.average import Average, decay_of
from ergodica.models.training.best import Best
from ergodica.models.training.gradients import clipped
from ergodica.models.training.schedule import learning_rate


def test_a_network_learns_and_the_best_on_held_out_data_is_given_back():
    before = tiny_network(width=16)
    rows = product_rows(2000)
    done = models.fit(
        before,
        rows,
        loss=SquaredError(noise=0.0),
        steps=600,
        batch=64,
        learning_rate=3e-2,
        ema=0.98,
        threads=1,
    )
    held_out = done.history.held_out_loss.dropna("step")
    _, checked = rows.split(0.1)
    error = torch.mean((done.network(torch.tensor(checked.x).float()) - torch.tensor(checked.y)) ** 2).item()
    # the variance of y is (1 - exp(-2))/2 = .43
    assert held_out[0] > 0.2
    assert error < 0.02
    # the same 200 numbers, added up in another order
    assert error == pytest.approx(float(held_out.min()), rel=1e-5)
    assert done.best_step == int(held_out.idxmin())
    assert done.ended == "steps"
    assert torch.equal(before.layers[0].weight, tiny_network(width=16).layers[0].weight)


def test_the_same_seed_gives_the_same_numbers_and_another_one_others():
    first, again, other = tiny_fit(seed=1), tiny_fit(seed=1), tiny_fit(seed=2)
    assert first.history.equals(again.history)
    for name, tensor in first.network.state_dict().items():
        assert torch.equal(tensor, again.network.state_dict()[name])
    assert not first.history.loss.equals(other.history.loss)


def test_the_history_keeps_the_contract_of_datasets():
    history = tiny_fit().history
    assert data.check(history) == []
    assert {"loss", "held_out_loss", "learning_rate", "gradient_norm"} <= set(history)
    assert history.held_out_loss.dropna("step").step.values.tolist() == [0, 10, 20, 30, 40]
    rates = [learning_rate(s, steps=40, peak=1e-2, warm_up=0.05) for s in range(1, 41)]
    np.testing.assert_allclose(history.learning_rate[1:], rates, rtol=1e-15)


def test_losses_of_the_history_are_those_of_an_own_loop():
    network, rows = tiny_network(), product_rows()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.0)
    shown = tiny_fit(learning_rate=1e-30, held_out=0, check_every=1, steps=3, seed=4).history
    for step, arrays in zip((1, 2, 3), rows.batches(batch=16, seed=4), strict=False):
        optimizer.zero_grad()
        batch = {name: torch.tensor(values, dtype=torch.float32) for name, values in arrays.items()}
        loss = SquaredError()(network, batch, models.draws.Draws(4, step, batch=16)).mean()
        loss.backward()
        norm = math.sqrt(sum(float((p.grad**2).sum()) for p in network.parameters()))
        # float32 sums of 16 rows, and of 33 squares
        assert float(shown.loss.sel(step=step)) == pytest.approx(loss.item(), rel=1e-5)
        assert float(shown.gradient_norm.sel(step=step)) == pytest.approx(norm, rel=1e-5)


def test_warm_up_is_linear_and_the_cosine_ends_at_zero():
    rates = [learning_rate(step, steps=1000, peak=2.0, warm_up=0.1) for step in range(1, 1001)]
    np.testing.assert_allclose(rates[:100], 2.0 * (np.arange(100) + 0.5) / 100, rtol=1e-12)
    s = (np.arange(100, 1000) + 0.5 - 100) / 900
    np.testing.assert_allclose(rates[100:], 1.0 + np.cos(np.pi * s), rtol=1e-9)
    assert rates[-1] < 2e-5
    assert learning_rate(1, steps=1, peak=2.0, warm_up=0.0) == pytest.approx(1.0)


@pytest.mark.parametrize(("decay", "steps"), [(0.9, 60), (0.999, 25), (0.0, 5)])
def test_the_average_is_a_mean_of_the_weights_that_were_there(decay, steps):
    network = torch.nn.Linear(1, 1).double()
    average = Average(network, decay)
    values = np.random.default_rng(0).normal(size=steps)
    for step, value in enumerate(values, 1):
        torch.nn.init.constant_(network.weight, value)
        average.update(step)
    # the share of each step is what it is given, times what all later steps leave of it
    kept = np.array([decay_of(step, decay) for step in range(1, steps + 1)])
    shares = (1 - kept) * np.append(np.cumprod(kept[:0:-1])[::-1], 1.0)
    assert shares.sum() == pytest.approx(1.0)
    assert average.network.weight.item() == pytest.approx(shares @ values, rel=1e-12)


def test_the_average_has_the_buffers_of_now():
    network = torch.nn.BatchNorm1d(2)
    average = Average(network, 0.9)
    for step in (1, 2):
        network(torch.randn(8, 2, generator=torch.Generator().manual_seed(step)))
        average.update(step)
    assert int(average.network.num_batches_tracked) == 2
    assert torch.equal(average.network.running_mean, network.running_mean)


def test_longer_gradients_are_brought_to_the_length_and_shorter_ones_stay():
    for clip, factor in ((1.0, 0.2), (7.0, 1.0), (None, 1.0)):
        gradients = [
            torch.tensor([3.0], dtype=torch.float64),
            torch.tensor([[0.0, 4.0]], dtype=torch.float64),
        ]
        assert clipped(gradients, clip).item() == pytest.approx(5.0, rel=1e-12)
        assert gradients[0].item() == pytest.approx(3 * factor, rel=1e-12)
        assert gradients[1].tolist() == [[0.0, pytest.approx(4 * factor, rel=1e-12)]]


def test_a_better_check_ends_the_waiting():
    best, network = Best(), torch.nn.Linear(1, 1)
    for step, loss in enumerate([3.0, 4.0, math.nan, 2.0, 2.0]):
        best.offer(network, step, loss)
    assert (best.step, best.loss, best.waited) == (3, 2.0, 1)


def test_early_on_the_average_grows_with_the_steps():
    # with d = (t-1)/(t+9) the share of step k is proportional to k (k+1) ... (k+8)
    kept = np.array([decay_of(step, 0.9999) for step in range(1, 31)])
    shares = (1 - kept) * np.append(np.cumprod(kept[:0:-1])[::-1], 1.0)
    rising = np.array([math.prod(range(k, k + 9)) for k in range(1, 31)], dtype=float)
    np.testing.assert_allclose(shares, rising / rising.sum(), rtol=1e-12)


def test_training_stops_when_the_held_out_loss_no_longer_falls():
    done = tiny_fit(learning_rate=1e-12, steps=200, patience=3)
    # a rate of 1e-12 changes no float32 weight of size 0.1, so nothing is better than the start
    assert (done.ended, done.best_step, int(done.history.step[-1])) == ("patience", 0, 30)
    held_out = done.history.held_out_loss.dropna("step").values
    assert (held_out == held_out[0]).all()


def test_without_held_out_data_the_last_average_is_given_back():
    done = tiny_fit(held_out=0, steps=20)
    assert (done.best_step, done.ended) == (20, "steps")
    assert done.history.held_out_loss.isnull().all()


def test_held_out_data_of_ones_own_are_taken():
    training, checked = product_rows().split(0.2)
    assert tiny_fit(data=training, held_out=checked).history.equals(tiny_fit(held_out=0.2).history)


@pytest.mark.parametrize("optimizer", ["adamw", "radam"])
def test_weights_decay_but_biases_do_not(optimizer):
    def nothing(network, batch, draws):
        return 0.0 * network(batch["x"])

    rates = [learning_rate(step, steps=40, peak=0.1, warm_up=0.0) for step in range(1, 41)]
    shrunk = math.prod(1 - 0.5 * rate for rate in rates)
    start = tiny_network()
    end = tiny_fit(
        optimizer=optimizer,
        loss=nothing,
        weight_decay=0.5,
        learning_rate=0.1,
        warm_up=0.0,
        ema=0.0,
        held_out=0,
    ).network
    # float32 products of 40 factors
    torch.testing.assert_close(end.layers[0].weight, start.layers[0].weight * shrunk, rtol=1e-5, atol=0)
    assert torch.equal(end.layers[0].bias, start.layers[0].bias)


def test_what_a_network_monitors_stands_in_the_history():
    class Watched(TinyNetwork):
        name = "watched"

        def monitors(self):
            return {"largest_weight": self.layers[0].weight.abs().max().item()}

    history = tiny_fit(network=Watched()).history
    assert history.largest_weight.dropna("step").size == 5


def test_windows_of_a_dataset_train(tmp_path):
    rows = product_rows()
    ds = data.from_arrays(
        {"x": rows.x, "y": rows.y},
        title="pairs",
        t=np.arange(400.0),
        dims={"x": ("t", "component"), "y": ("t",)},
        units={"x": "1", "y": "1"},
    )
    write_dataset(ds, tmp_path / "pairs.zarr")
    memory = tiny_fit(data=data.Windows(ds, ["x", "y"]))
    file = tiny_fit(data=data.Windows(tmp_path / "pairs.zarr", ["x", "y"]))
    assert memory.history.equals(file.history)


def test_threads_are_put_back():
    before = torch.get_num_threads()
    tiny_fit(threads=before + 1, steps=1)
    with pytest.raises(ZeroDivisionError):
        tiny_fit(threads=before + 1, loss=lambda network, batch, draws: 1 / 0)
    assert torch.get_num_threads() == before


def test_random_numbers_and_handlers_of_others_are_left_alone():
    def seen():
        legacy = np.random.get_state()[1].tolist()  # noqa: NPY002 - that of others
        states = torch.get_rng_state().tolist(), legacy, random.getstate()
        return *states, signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    before = seen()
    tiny_fit(steps=2)
    assert seen() == before


def test_without_a_number_the_environment_says_how_many_threads(monkeypatch):
    seen = []

    class Watched(TinyNetwork):
        def forward(self, x):
            seen.append(torch.get_num_threads())
            return super().forward(x)

    before = torch.get_num_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", str(before + 1))
    tiny_fit(network=Watched(width=4), threads=None, steps=1)
    assert set(seen) == {before + 1}
