"""A training that was stopped, however, goes on to the numbers of one that was not."""

import errno
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from tiny_networks import Rows, SquaredError, product_rows, tiny_fit, tiny_network

from ergodica import models
from ergodica.data.file_errors import DamagedFile, DiskFullError, NewerSchema, OutputBusy, OutputExists
from ergodica.data.lock import Lock
from ergodica.models.training import training
from ergodica.models.training.wholeness import Whole
from ergodica.numerics.errors import ParameterError


class Interrupted(SquaredError):
    """A loss that an interrupt meets at its `at`-th call."""

    def __init__(self, at):
        super().__init__()
        object.__setattr__(self, "calls", 0)
        object.__setattr__(self, "at", at)

    def __call__(self, network, batch, draws):
        object.__setattr__(self, "calls", self.calls + 1)
        if self.calls == self.at:
            signal.raise_signal(signal.SIGINT)
        return super().__call__(network, batch, draws)

    def __repr__(self):
        return repr(SquaredError())


def same(one, other):
    states = one.network.state_dict(), other.network.state_dict()
    return (
        one.history.equals(other.history)
        and (one.best_step, one.ended) == (other.best_step, other.ended)
        and states[0].keys() == states[1].keys()
        and all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    )


@pytest.mark.parametrize(
    ("at", "optimizer"), [(1, "adamw"), (5, "adamw"), (27, "adamw"), (48, "adamw"), (27, "radam")]
)
def test_an_interrupted_training_goes_on_to_the_same_curve(tmp_path, at, optimizer):
    asked = {"check_every": 20, "optimizer": optimizer}  # lines of 2 steps, so that some are cut in two
    with pytest.raises(KeyboardInterrupt) as stopped:
        tiny_fit(out=tmp_path / "net", loss=Interrupted(at), **asked)
    # three batches are checked at steps 0, 20 and 40, and an interrupt within a check waits for its end
    reached = {1: 0, 5: 1, 27: 20, 48: 40}[at]
    assert stopped.value.__notes__ == [f"{reached} of 40 steps are safe; resume=True goes on"]
    assert isinstance(models.load(tmp_path / "net"), models.Network)
    assert same(tiny_fit(out=tmp_path / "net", resume=True, **asked), tiny_fit(**asked))


def test_an_interrupt_within_an_update_waits_for_its_end(tmp_path, monkeypatch):
    from ergodica.models.training.step import Stepper

    update = Stepper.update

    def interrupted(self, step, *given):
        if step == 7:
            signal.raise_signal(signal.SIGINT)
        return update(self, step, *given)

    with monkeypatch.context() as patch:
        patch.setattr(Stepper, "update", interrupted)
        with pytest.raises(KeyboardInterrupt) as stopped:
            tiny_fit(out=tmp_path / "net")
    assert stopped.value.__notes__ == ["7 of 40 steps are safe; resume=True goes on"]
    assert same(tiny_fit(out=tmp_path / "net", resume=True), tiny_fit())


def test_a_second_interrupt_does_not_wait():
    whole, done = Whole(), []

    def interrupted():
        with whole.watching(), whole:
            for word in ("first", "second"):
                signal.raise_signal(signal.SIGINT)
                done.append(word)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (done, whole.broken) == (["first"], True)


def test_a_signal_that_is_delivered_again_waits_too():
    # from an import or a compilation that it came in
    whole, done = Whole(), []

    def interrupted():
        with whole.watching(), whole:
            signal.raise_signal(signal.SIGALRM)
            done.append("the update")

    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert (done, whole.broken) == (["the update"], False)


def test_what_is_half_changed_is_not_written(tmp_path, monkeypatch):
    from ergodica.models.training.step import Stepper

    update = Stepper.update

    def failing(self, step, *given):
        made = update(self, step, *given)
        if step == 7:
            raise RuntimeError("the disk of the data is gone")
        return made

    with monkeypatch.context() as patch:
        patch.setattr(Stepper, "update", failing)
        with pytest.raises(RuntimeError, match="gone"):
            tiny_fit(out=tmp_path / "net")
    assert same(tiny_fit(out=tmp_path / "net", resume=True), tiny_fit())


def written_before_a_kill(metrics, line, write=training.Metrics.write):
    write(metrics, line)
    if len(metrics.lines) == 15:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_training_goes_on_to_the_same_curve(tmp_path):
    folder, asked = tmp_path / "net", {"steps": 600, "check_every": 50}
    child = os.fork()
    if not child:  # its end is a kill, so that nothing of pytest's runs in it
        try:
            training.SECONDS, training.SHARE_OF_TIME = 0.0, 1e9
            training.Metrics.write = written_before_a_kill
            tiny_fit(out=folder, **asked)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 39')  # as a kill may leave it
    models.load(folder)
    again = tiny_fit(out=folder, resume=True, **asked)
    assert same(again, tiny_fit(**asked))
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == again.history.step.values.tolist()


def test_a_finished_training_is_given_back_as_it_is(tmp_path):
    first = tiny_fit(out=tmp_path / "net")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "net").rglob("*")}
    assert same(tiny_fit(out=tmp_path / "net", resume=True), first)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "net").rglob("*")} == times
    loaded = models.load(tmp_path / "net")
    assert all(
        torch.equal(a, b) for a, b in zip(loaded.parameters(), first.network.parameters(), strict=True)
    )


def test_more_steps_go_on_from_where_it_ended(tmp_path):
    first = tiny_fit(out=tmp_path / "net")
    longer = tiny_fit(out=tmp_path / "net", steps=80, resume=True)
    assert int(longer.history.step[-1]) == 80
    assert longer.history.isel(step=slice(first.history.sizes["step"])).equals(first.history)
    # the rate at step 41 is that of a training of 80 steps
    fresh = tiny_fit(steps=80).history.learning_rate
    assert longer.history.learning_rate.sel(step=slice(41, None)).equals(fresh.sel(step=slice(41, None)))


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"seed": 5}, "seed: must be as in .* got 5 instead of 0; use the same value or another folder"),
        ({"learning_rate": 2e-2}, "learning_rate: must be as"),
        ({"steps": 30}, "steps: must be at least the 40"),
        ({"network": tiny_network(width=9)}, "config: must be as"),
        ({"data": product_rows(300)}, "samples: must be as"),
        ({"data": product_rows(seed=4)}, "data: must be as"),
        ({"loss": SquaredError(noise=0.5)}, "loss: must be as"),
        ({"held_out": product_rows(40, seed=5)}, "samples: must be as"),
    ],
)
def test_other_settings_are_refused_by_name(tmp_path, changed, word):
    tiny_fit(out=tmp_path / "net")
    with pytest.raises(ParameterError, match=word):
        tiny_fit(out=tmp_path / "net", resume=True, **changed)


def test_checks_keep_their_distance_when_steps_are_added(tmp_path):
    # a check of one batch takes place every 4 steps, and in a training of 200 steps every 5
    asked = {"out": tmp_path / "net", "check_every": None, "batch": 64}
    tiny_fit(steps=8, **asked)
    history = tiny_fit(steps=200, resume=True, **asked).history
    assert history.held_out_loss.dropna("step").step.values.tolist() == list(range(0, 201, 4))


def test_other_held_out_data_are_refused(tmp_path):
    asked = {"out": tmp_path / "net", "steps": 1}
    tiny_fit(held_out=product_rows(40, seed=5), **asked)
    with pytest.raises(ParameterError, match="held_out_data: must be as"):
        tiny_fit(held_out=product_rows(40, seed=6), resume=True, **asked)


def test_a_full_disk_is_said_in_one_line_and_what_was_written_goes_on(tmp_path, monkeypatch):
    def full(*given):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    asked = {"held_out": 0, "out": tmp_path / "net"}
    tiny_fit(steps=20, **asked)
    with monkeypatch.context() as patch:
        patch.setattr("ergodica.models.training.folder.replace_file", full)
        patch.setattr(
            "ergodica.models.training.folder.claim", lambda *given, **more: Lock.acquire(tmp_path / "lock")
        )
        with pytest.raises(DiskFullError, match=r"net: no room on the disk .* make room and use resume=True"):
            tiny_fit(resume=True, **asked)
    assert int(tiny_fit(resume=True, **asked).history.step[-1]) == 40


def test_a_training_in_a_thread_is_that_of_the_main_one():
    with ThreadPoolExecutor(1) as pool:
        assert same(pool.submit(tiny_fit, steps=2).result(), tiny_fit(steps=2))


def test_a_folder_is_replaced_only_where_this_is_asked_for(tmp_path):
    first = tiny_fit(out=tmp_path / "net")
    (tmp_path / "net" / "notes.txt").write_text("mine")
    with pytest.raises(OutputExists, match="holds a training; use resume=True"):
        tiny_fit(out=tmp_path / "net")
    other = tiny_fit(out=tmp_path / "net", seed=1, overwrite=True)
    assert not same(first, other)
    assert same(tiny_fit(out=tmp_path / "net", seed=1, resume=True), other)
    assert (tmp_path / "net" / "notes.txt").read_text() == "mine"


def test_a_folder_of_anything_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(OutputExists, match=r"without a network, with thesis\.tex"):
        tiny_fit(out=tmp_path, overwrite=True)
    with pytest.raises(OutputExists, match="is no folder"):
        tiny_fit(out=tmp_path / "thesis.tex", overwrite=True)
    with pytest.raises(ParameterError, match="cannot be written"):
        tiny_fit(out=tmp_path / "thesis.tex" / "net")
    models.save(tiny_network(), tmp_path / "net")
    with pytest.raises(OutputExists, match="holds a network"):
        tiny_fit(out=tmp_path / "net", resume=True)


def test_tuples_in_a_configuration_are_the_lists_of_the_file(tmp_path):
    network = tiny_network()
    network.config = {"width": 8, "sizes": (1, 2)}
    first = tiny_fit(network=network, out=tmp_path / "net")
    assert same(tiny_fit(network=network, out=tmp_path / "net", resume=True), first)


def test_two_processes_do_not_write_one_folder(tmp_path):
    folder = tmp_path / "speed0.3"
    tiny_fit(out=folder, steps=1)
    code = "import sys, pathlib, time; from ergodica.data.lock import Lock; "
    code += "held = Lock.acquire(pathlib.Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    path = folder / ".lock"
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(OutputBusy, match=r"speed0\.3 is being written by process"):
        tiny_fit(out=folder, steps=2, resume=True)
    holder.kill()
    holder.communicate()
    Lock.acquire(path).release()


@pytest.mark.parametrize("name", ["state.safetensors", "state.json"])
def test_a_damaged_state_is_refused(tmp_path, name):
    tiny_fit(out=tmp_path / "net")
    path = tmp_path / "net" / name
    content = bytearray(path.read_bytes())
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedFile, match=name):
        tiny_fit(out=tmp_path / "net", resume=True)
    if name == "state.safetensors":
        content[-20] ^= 1
        path.write_bytes(content)
        with pytest.raises(DamagedFile, match=name):
            tiny_fit(out=tmp_path / "net", resume=True)


def test_a_later_format_is_refused(tmp_path):
    tiny_fit(out=tmp_path / "net")
    path = tmp_path / "net" / "state.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 99'))
    with pytest.raises(NewerSchema, match="format 99, known are up to 1"):
        tiny_fit(out=tmp_path / "net", resume=True)


def test_checkpoints_are_written_on_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SECONDS", 0.0)
    monkeypatch.setattr(training, "SHARE_OF_TIME", 1e9)
    seen = []

    class Looking(Rows):
        def batches(self, **asked):
            for batch in super().batches(**asked):
                path = tmp_path / "net" / "state.safetensors"
                seen.append(path.stat().st_mtime_ns)
                yield batch

        def split(self, share):
            training_rows, held_out = super().split(share)
            return Looking(training_rows.x, training_rows.y), held_out

    rows = product_rows()
    plain = Rows(rows.x, rows.y)
    tiny_fit(out=tmp_path / "net", data=plain, steps=1)
    tiny_fit(out=tmp_path / "net", data=Looking(rows.x, rows.y), steps=8, resume=True)
    assert len(set(seen)) >= 7
