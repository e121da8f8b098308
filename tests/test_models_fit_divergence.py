"""A training that goes wrong stops, keeps the best and says when; too little data are warned of with numbers."""

import json
import math

import pytest
import torch
from tiny_networks import Rows, SquaredError, product_rows, tiny_fit, tiny_network

from ergodica import models
from ergodica.models.training.best import Divergence
from ergodica.models.training.step import Stepper
from ergodica.numerics.errors import RunError
from ergodica.scripts.ending import FAILED, verdict
from ergodica.scripts.train_score import refuse_divergence


class From(SquaredError):
    """A loss that is spoilt at some of the steps."""

    def __init__(self, spoilt, factor=math.nan):
        super().__init__()
        object.__setattr__(self, "steps", set(spoilt))
        object.__setattr__(self, "factor", factor)
        object.__setattr__(self, "step", 0)

    def __call__(self, network, batch, draws):
        values = super().__call__(network, batch, draws)
        if values.requires_grad:  # held-out losses do not
            object.__setattr__(self, "step", self.step + 1)
            return values * self.factor if self.step in self.steps else values
        return values


@pytest.mark.parametrize("optimizer", ["adamw", "radam"])
@pytest.mark.parametrize("factor", [math.nan, math.inf])
def test_steps_that_are_not_finite_are_left_out(optimizer, factor):
    with pytest.warns(
        UserWarning, match="3 of 40 steps were left out, since loss or gradient was not finite"
    ):
        done = tiny_fit(loss=From({12, 13, 30}, factor), optimizer=optimizer)
    assert done.ended == "steps"
    assert all(bool(p.isfinite().all()) for p in done.network.parameters())
    held_out = done.history.held_out_loss.dropna("step")
    assert float(held_out[-1]) < float(held_out[0])
    # lines are of one step here
    assert done.history.step[done.history.loss.isnull()].values.tolist() == [0, 12, 13, 30]


@pytest.mark.parametrize("optimizer", ["adamw", "radam"])
def test_a_training_that_stays_not_finite_stops_and_keeps_the_best(tmp_path, optimizer):
    clean = tiny_fit(steps=40, optimizer=optimizer)
    with pytest.warns(
        UserWarning, match=r"stopped, loss or gradient is not finite from step 23 on, last loss nan"
    ):
        done = tiny_fit(loss=From(range(23, 99)), optimizer=optimizer, out=tmp_path / "net")
    assert (done.ended, int(done.history.step[-1])) == ("divergence", 27)
    assert done.best_step == int(clean.history.held_out_loss.sel(step=slice(None, 22)).idxmin())
    known = done.history.sel(step=slice(None, 22))
    assert known.equals(clean.history.sel(step=slice(None, 22)))
    loaded = models.load(tmp_path / "net")
    assert all(torch.equal(a, b) for a, b in zip(loaded.parameters(), done.network.parameters(), strict=True))
    lines = [json.loads(line) for line in (tmp_path / "net" / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["loss"] is None
    again = tiny_fit(loss=From(range(23, 99)), optimizer=optimizer, out=tmp_path / "net", resume=True)
    assert again.ended == "divergence"


def test_a_loss_that_grows_beyond_all_bounds_stops_the_training():
    with pytest.warns(
        UserWarning, match=r"stopped, at step \d+ the loss is .* 1000 times the size .* is kept"
    ):
        done = tiny_fit(learning_rate=1e3, clip=None, steps=200)
    assert done.ended == "divergence"
    assert done.best_step == 0


def test_a_network_that_begins_at_zero_is_watched_after_its_warm_up():
    calls = []

    def of_correction(network, batch, draws):
        calls.append(network)
        values = network(batch["x"]) ** 2 - 2 * network(batch["x"]) * batch["y"]
        return -1e5 * values if len(calls) > 30 else values

    network = tiny_network()
    for parameter in network.layers[2].parameters():
        torch.nn.init.zeros_(parameter)
    with pytest.warns(UserWarning, match=r"stopped, at step 31 the loss is .* 1000 times the size"):
        tiny_fit(network=network, loss=of_correction, held_out=0, warm_up=0.2)


def test_what_is_watched_is_known_after_a_resume(tmp_path):
    with pytest.warns(UserWarning, match="3 of 20 steps were left out"):
        tiny_fit(loss=From({18, 19, 20}), steps=20, out=tmp_path / "gaps")
    with pytest.warns(UserWarning, match="not finite from step 18 on"):
        tiny_fit(loss=From({1, 2}), out=tmp_path / "gaps", resume=True)
    tiny_fit(loss=From(()), steps=20, out=tmp_path / "large")
    with pytest.warns(UserWarning, match=r"at step 21 the loss is .* 1000 times the size"):
        tiny_fit(loss=From({1}, 1e5), out=tmp_path / "large", resume=True)


def test_sizes_are_taken_from_the_first_step_that_is_finite():
    class Twice(From):
        def __call__(self, network, batch, draws):
            return super().__call__(network, batch, draws) * (1e5 if self.step == 9 else 1.0)

    with pytest.warns(UserWarning, match=r"at step \d+ the loss is .* 1000 times the size"):
        tiny_fit(loss=Twice({1}))


def test_without_held_out_data_the_network_of_the_last_good_check_is_kept():
    with pytest.warns(UserWarning, match="not finite from step 23 on"):
        done = tiny_fit(loss=From(range(23, 99)), held_out=0)
    assert done.best_step == 20


def test_steps_in_a_row_are_counted_over_lines():
    seen = Divergence()
    bad, good, asked = [math.nan, 1.0], [0.5, 1.0], {"first": 0.5, "most": 5}
    assert seen.seen(1, [good, bad, bad], **asked) is None
    assert seen.seen(4, [bad, bad], **asked) is None
    assert (seen.row, seen.skipped) == (4, 4)
    assert "from step 2 on" in seen.seen(6, [bad, good], **asked)


def test_a_device_that_is_not_waited_for_leaves_the_same_steps_out(monkeypatch):
    with pytest.warns(UserWarning, match="3 of 40 steps were left out"):
        waited = tiny_fit(loss=From({12, 13, 30}))

    def unwaited(self, *given):
        init(self, *given)
        self.waits = False

    init = Stepper.__init__
    monkeypatch.setattr(Stepper, "__init__", unwaited)
    with pytest.warns(UserWarning, match="3 of 40 steps were left out"):
        done = tiny_fit(loss=From({12, 13, 30}))
    assert done.history.equals(waited.history)
    assert all(
        torch.equal(a, b) for a, b in zip(done.network.parameters(), waited.network.parameters(), strict=True)
    )


def test_too_little_data_are_warned_of_with_numbers():
    few = product_rows(40)
    with pytest.warns(UserWarning, match="36 samples of 2 numbers are few for 321 parameters") as warned:
        tiny_fit(data=few, network=wide(), steps=30)
    assert len(warned) == 1
    tiny_fit(data=product_rows(200), network=wide(), steps=2)


def wide():
    return tiny_network(width=80)


def test_held_out_data_that_are_not_finite_are_refused():
    rows = product_rows()
    rows.x[-1, 0] = math.nan
    training, held_out = Rows(rows.x[:-9], rows.y[:-9]), Rows(rows.x[-9:], rows.y[-9:])
    with pytest.raises(ValueError, match="held_out: x must be finite, got NaN or infinity"):
        tiny_fit(data=training, held_out=held_out)


def test_a_training_that_diverged_fails_at_a_shell_with_what_is_kept(tmp_path):
    with pytest.warns(UserWarning, match="stopped, loss or gradient is not finite from step 23 on"):
        done = tiny_fit(loss=From(range(23, 99)), out=tmp_path / "nets" / "1")
    tiny_fit(steps=2, out=tmp_path / "nets" / "0")
    refuse_divergence(tmp_path / "nets" / "0")
    # of an ensemble the one that diverged is named
    for folder in (tmp_path / "nets", tmp_path / "nets" / "1"):
        with pytest.raises(RunError) as failed:
            refuse_divergence(folder)
        assert str(failed.value) == (
            f"training: {tmp_path / 'nets' / '1'} diverged at step 27 of 40, the network of step {done.best_step} is "
            "kept; use a smaller --learning-rate with --force"
        )
        assert verdict(failed.value)[0] == FAILED
