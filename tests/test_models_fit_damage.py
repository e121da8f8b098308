"""A training whose files are gone or not as they were written is not gone on with, whichever file it is."""

import json

import pytest
import torch
from tiny_networks import SquaredError, tiny_fit

from ergodica import models
from ergodica.data.file_errors import DamagedFile
from ergodica.models.training.metrics import lines_until

ANEW = r"put a copy of it back, or start anew \(overwrite=True, at a shell --force\)"


@pytest.fixture
def net(tmp_path):
    tiny_fit(out=tmp_path / "net")
    return tmp_path / "net"


def half(content):
    return content[: len(content) // 2]


def a_loss_of_another_size(content):
    lines = [json.loads(line) for line in content.splitlines()]
    lines[2]["loss"] *= 1 + 1e-15
    return b"".join(f"{json.dumps(line)}\n".encode() for line in lines)


@pytest.mark.parametrize(
    "change",
    [
        half,
        a_loss_of_another_size,
        lambda content: b"",
        lambda content: b"".join(content.splitlines(True)[1:]),
    ],
)
@pytest.mark.parametrize("steps", [40, 60])
def test_a_curve_that_was_changed_is_refused(net, change, steps):
    path = net / "metrics.jsonl"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DamagedFile, match=rf"metrics\.jsonl is not as it was written with the state; {ANEW}"):
        tiny_fit(out=net, resume=True, steps=steps)


def test_lines_after_the_state_are_made_again(net):
    path, first = net / "metrics.jsonl", (net / "metrics.jsonl").read_bytes()
    path.write_bytes(first + b'{"step": 50, "loss": 1.0}\n{"step": 5')
    longer = tiny_fit(out=net, resume=True, steps=60)
    assert path.read_bytes().startswith(first)
    assert [line["step"] for line in lines_until(path, 60)] == longer.history.step.values.tolist()


@pytest.mark.parametrize("name", ["state.json", "state.safetensors", "metrics.jsonl"])
def test_a_file_that_is_gone_is_said_and_is_not_begun_anew(net, name):
    (net / name).unlink()
    left = {path: path.read_bytes() for path in net.iterdir() if path.is_file()}
    with pytest.raises(DamagedFile, match=rf"{name} is .*{ANEW}"):
        tiny_fit(out=net, resume=True)
    assert {path: path.read_bytes() for path in net.iterdir() if path.is_file()} == left
    assert tiny_fit(out=net, overwrite=True).ended == "steps"


@pytest.mark.parametrize("name", ["network.json", "network.safetensors"])
@pytest.mark.parametrize("change", ["gone", "cut"])
def test_a_lost_network_is_written_again_from_the_state(net, name, change):
    before = models.load(net)
    if change == "gone":
        (net / name).unlink()
    else:
        (net / name).write_bytes(half((net / name).read_bytes()))
    tiny_fit(out=net, resume=True)
    after = models.load(net)
    assert all(map(torch.equal, before.state_dict().values(), after.state_dict().values()))


def test_a_training_that_was_killed_before_its_first_state_begins(net):
    # what it asked for is written first, the network only after a state
    for path in net.iterdir():
        if path.is_file() and path.name != "state.json":
            path.unlink()
    assert int(tiny_fit(out=net, resume=True).history.step[-1]) == 40


def test_a_state_comes_before_the_first_network(tmp_path, monkeypatch):
    def killed(*given):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("ergodica.models.training.training.write_network", killed)
        with pytest.raises(SystemExit):
            tiny_fit(out=tmp_path / "net", loss=SquaredError())
    assert (tmp_path / "net" / "state.safetensors").is_file()
    assert not (tmp_path / "net" / "network.json").exists()
    assert tiny_fit(out=tmp_path / "net", resume=True).history.equals(tiny_fit().history)
