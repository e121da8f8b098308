"""What a process that is killed while it writes leaves behind: nothing that stays, and nothing in the way."""

import errno
import fcntl
import os
import signal

import numpy as np
import pytest
import xarray as xr

from ergodica import models
from ergodica.data import write_dataset
from ergodica.data.atomic import replace_file, replacing, reserved
from ergodica.data.pictures.canvas import new_figure, save
from ergodica.models.koopman import EDMD
from ergodica.numerics.errors import ParameterError
from ergodica.scripts import networks, outputs


def killed_at(event, what):
    """A child process that does `what` and dies by SIGKILL just before its first file operation of that kind."""
    child = os.fork()
    if child == 0:
        try:
            import sys

            def hook(name, arguments):
                if name == event:
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(hook)
            what()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def dataset(value):
    return xr.Dataset({"a": ("i", np.full(4, float(value)))})


def drawn(path):
    figure = new_figure(1, 1)
    figure.add_subplot()
    save(figure, path, dpi=20)


@pytest.mark.parametrize("name", ["out.json", "out.nc", "out.zarr", "out.png", "out.svg"])
def test_the_next_writer_of_a_file_leaves_nothing_of_one_that_was_killed(name, tmp_path):
    path = tmp_path / name
    write = {
        ".json": lambda: replace_file(path, b"{}"),
        ".png": lambda: drawn(path),
        ".svg": lambda: drawn(path),
    }.get(path.suffix, lambda: write_dataset(dataset(1), path))
    killed_at("os.rename", write)
    assert not path.exists()
    assert os.listdir(tmp_path) != []
    write()
    assert os.listdir(tmp_path) == [name]


def test_what_a_killed_process_wrote_is_not_within_what_the_next_one_writes(tmp_path):
    path = tmp_path / "out.json"
    killed_at("os.rename", lambda: replace_file(path, b"long content of before"))
    replace_file(path, b"short")
    assert path.read_bytes() == b"short"


def test_two_writers_of_a_file_do_not_share_its_draft(tmp_path):
    path = tmp_path / "out.json"
    with replacing(path) as one:
        one.write(b"one")
        with replacing(path) as other:
            other.write(b"other")
        assert path.read_bytes() == b"other"
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["out.json"]


def test_a_file_system_without_locks_is_written_to(tmp_path, monkeypatch):
    def unknown(*given):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", unknown)
    with reserved(tmp_path / "out.json") as draft:
        assert str(os.getpid()) in draft.name
        assert os.listdir(tmp_path) == []
    replace_file(tmp_path / "out.json", b"{}")
    assert os.listdir(tmp_path) == ["out.json"]


def fitted():
    t = np.arange(60.0)
    run = xr.Dataset({"x": ("t", np.cos(0.3 * t)), "y": ("t", np.sin(0.3 * t))}, {"t": t})
    return EDMD().fit(run, ["x", "y"])


def test_a_model_whose_writer_was_killed_is_none_and_is_in_nobodys_way(tmp_path):
    model, target = fitted(), tmp_path / "net"
    killed_at("os.rename", lambda: models.save(model, target))
    assert not (target / networks.ARCHITECTURE).exists()
    outputs.folder(str(target), markers=networks.MODEL_MARKERS, what="a model", force=False)
    models.save(model, target)
    assert sorted(os.listdir(target)) == ["network.json", "network.safetensors"]


def test_a_network_appears_last_with_the_file_that_describes_it(tmp_path, monkeypatch):
    import ergodica.models.checkpoint as checkpoint

    def killed(path, content):
        if path.name == networks.ARCHITECTURE:
            raise SystemExit
        replace_file(path, content)

    model = fitted()
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "replace_file", killed)
        with pytest.raises(SystemExit):
            models.save(model, tmp_path / "net")
    assert os.listdir(tmp_path / "net") == ["network.safetensors"]
    outputs.folder(str(tmp_path / "net"), markers=networks.MODEL_MARKERS, what="a model", force=False)
    models.save(model, tmp_path / "net")
    models.load(tmp_path / "net")


def test_a_network_is_whole_when_its_writer_is_interrupted(tmp_path, monkeypatch):
    import ergodica.models.checkpoint as checkpoint

    def interrupted(path, content):
        if path.name == networks.WEIGHTS:
            signal.raise_signal(signal.SIGINT)
        replace_file(path, content)

    model = fitted()
    monkeypatch.setattr(checkpoint, "replace_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        models.save(model, tmp_path / "net")
    models.load(tmp_path / "net")


def test_a_folder_of_other_things_is_still_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    (tmp_path / ".lock").touch()
    with pytest.raises(ParameterError, match="holds other things than a model"):
        outputs.folder(str(tmp_path), markers=networks.MODEL_MARKERS, what="a model", force=False)
