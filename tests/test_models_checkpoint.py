"""Networks come back from the disk as they were, or not at all."""

import json

import pytest
import torch
from tiny_networks import TinyNetwork, tiny_network

from ergodica import models
from ergodica.data.file_errors import DamagedFile, MissingFile, NewerSchema, NotErgodicaFile, OutputExists
from ergodica.models.checkpoint import restore
from ergodica.models.network import NETWORKS, networks, register
from ergodica.numerics.errors import ParameterError


def equal(one, other):
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[n], b[n]) and a[n].dtype == b[n].dtype for n in a)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_a_network_comes_back_to_the_bit(tmp_path, dtype):
    network = tiny_network(width=5).to(dtype)
    network.mean += 0.25
    models.save(network, tmp_path / "net")
    loaded = models.load(tmp_path / "net")
    assert type(loaded) is TinyNetwork
    assert loaded.config == {"width": 5}
    assert not loaded.training
    assert equal(network, loaded)
    x = torch.randn(3, 2, dtype=dtype)
    assert torch.equal(network(x), loaded(x))


def test_tied_weights_stay_tied(tmp_path):
    @register
    class Tied(models.Network):
        name = "tied"

        def __init__(self):
            super().__init__()
            self.first, self.second = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
            self.second.weight = self.first.weight

    try:
        models.save(Tied().double(), tmp_path / "net")
        loaded = models.load(tmp_path / "net")
    finally:
        del NETWORKS["tied"]
    assert loaded.first.weight is loaded.second.weight
    assert loaded.first.weight.dtype == torch.float64


def test_there_is_no_pickle_in_what_is_saved(tmp_path):
    models.save(tiny_network(), tmp_path / "net")
    assert sorted(path.name for path in (tmp_path / "net").iterdir()) == [
        "network.json",
        "network.safetensors",
    ]
    assert json.loads((tmp_path / "net" / "network.json").read_text())["network"] == "tiny"


def test_a_network_is_replaced_only_where_this_is_asked_for(tmp_path):
    models.save(tiny_network(), tmp_path / "net")
    with pytest.raises(OutputExists, match="holds a network; use overwrite=True"):
        models.save(tiny_network(seed=1), tmp_path / "net")
    models.save(tiny_network(seed=1), tmp_path / "net", overwrite=True)
    assert equal(models.load(tmp_path / "net"), tiny_network(seed=1))


@pytest.mark.parametrize("name", ["network.json", "network.safetensors"])
def test_every_changed_bit_and_every_lost_byte_is_seen(tmp_path, name):
    models.save(tiny_network(), tmp_path / "net")
    path = tmp_path / "net" / name
    whole = path.read_bytes()
    said = json.loads((tmp_path / "net" / "network.json").read_text())
    for place in [*range(0, len(whole), 7), len(whole) - 1]:
        changed = bytearray(whole)
        changed[place] ^= 2
        path.write_bytes(changed)
        try:
            loaded = models.load(tmp_path / "net")
        except (DamagedFile, NewerSchema, NotErgodicaFile):
            continue
        # blanks, and what is said for readers alone, may change
        after = json.loads((tmp_path / "net" / "network.json").read_text())
        assert (after["network"], after["config"]) == (said["network"], said["config"])
        assert equal(loaded, tiny_network())
    for length in (0, 5, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile):
            models.load(tmp_path / "net")


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(MissingFile, match=r"network\.json is not there"):
        models.load(tmp_path / "net")
    models.save(tiny_network(), tmp_path / "net")
    (tmp_path / "net" / "network.safetensors").unlink()
    with pytest.raises(MissingFile, match=r"network\.safetensors is not there"):
        models.load(tmp_path / "net")


def test_json_of_something_else_and_of_later_versions_is_refused(tmp_path):
    models.save(tiny_network(), tmp_path / "net")
    path = tmp_path / "net" / "network.json"
    text = path.read_text()
    path.write_text('{"name": "package"}')
    with pytest.raises(NotErgodicaFile, match="describes no network"):
        models.load(tmp_path / "net")
    path.write_text(text.replace('"format": 1', '"format": 2'))
    with pytest.raises(NewerSchema, match="format 2, known are up to 1"):
        models.load(tmp_path / "net")


def test_another_architecture_is_refused(tmp_path, monkeypatch):
    models.save(tiny_network(), tmp_path / "net")
    monkeypatch.setitem(NETWORKS, "tiny", Wider)
    with pytest.raises(
        ParameterError, match=r"'layers\.0\.weight' must have the shape \(8, 2\) .* got \(16, 2\)"
    ):
        models.load(tmp_path / "net")
    monkeypatch.setitem(NETWORKS, "tiny", Deeper)
    with pytest.raises(ParameterError, match=r"'more' is in the network but not in the file"):
        models.load(tmp_path / "net")
    monkeypatch.setitem(NETWORKS, "tiny", Other)
    with pytest.raises(ParameterError, match="config: does not fit the network 'tiny'"):
        models.load(tmp_path / "net")
    monkeypatch.delitem(NETWORKS, "tiny")
    with pytest.raises(ParameterError, match="network: 'tiny' is not known; import the module"):
        models.load(tmp_path / "net")


class Wider(TinyNetwork):
    def __init__(self, *, width):
        super().__init__(width=2 * width)


class Deeper(TinyNetwork):
    def __init__(self, *, width):
        super().__init__(width=width)
        self.more = torch.nn.Parameter(torch.zeros(1))


class Other(TinyNetwork):
    def __init__(self, *, depth):
        super().__init__(width=depth)


def test_a_config_that_is_no_json_is_refused(tmp_path):
    network = tiny_network()
    network.config = {"width": torch.zeros(1)}
    with pytest.raises(ParameterError, match="config: it and the notes of 'tiny' must be JSON"):
        models.save(network, tmp_path / "net")


def test_paths_and_devices_that_cannot_be_are_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError, match="cannot be written"):
        models.save(tiny_network(), tmp_path / "file" / "net")
    models.save(tiny_network(), tmp_path / "net")
    with pytest.raises(ParameterError, match="device: must be one of"):
        models.load(tmp_path / "net", device="gpu")


def test_names_belong_to_one_network():
    with pytest.raises(ParameterError, match=r"name: 'tiny' belongs to tiny_networks\.TinyNetwork already"):

        @register
        class Second(models.Network):
            name = "tiny"


def test_every_network_of_the_package_is_known():
    assert all(issubclass(cls, models.Network) and cls.name == name for name, cls in networks().items())


def test_weights_are_taken_over_in_place():
    network = tiny_network()
    weight = network.layers[0].weight
    restore(network, tiny_network(seed=1).state_dict(), "here")
    assert network.layers[0].weight is weight
    assert equal(network, tiny_network(seed=1))


@pytest.mark.parametrize("network", [None, TinyNetwork, torch.nn.Linear(1, 1)])
def test_what_is_no_network_is_not_saved(tmp_path, network):
    with pytest.raises(ParameterError, match="network: must be a network or a model, got"):
        models.save(network, tmp_path / "net")


@pytest.mark.parametrize("path", [None, 3, "", b"net"])
def test_what_is_no_path_is_refused(path):
    for use in (lambda: models.save(tiny_network(), path), lambda: models.load(path)):
        with pytest.raises(ParameterError, match="path: must be the path of a folder, got"):
            use()
