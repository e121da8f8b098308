"""Device words: what they mean, that the device is asked, and what an unusable one says."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from ergodica.numerics import Device, namespace, on_device, resolve_device, to_host


class FakeArray:
    """An array on a GPU: host code must ask for its values."""

    __cuda_array_interface__ = {}  # noqa: RUF012

    def get(self) -> np.ndarray:
        return np.arange(3.0)


def _cupy(monkeypatch: pytest.MonkeyPatch, *, gpus: int, broken: bool = False) -> list[int]:
    """A stand-in for cupy with so many GPUs; returns the list of GPUs that were selected."""
    selected: list[int] = []

    class Selected:
        def __init__(self, index: int) -> None:
            self.index = index

        def __enter__(self) -> None:
            selected.append(self.index)

        def __exit__(self, *_: object) -> None:
            selected.append(-1)

    def count() -> int:
        if broken:
            raise RuntimeError("cudaErrorInsufficientDriver\nmore")
        return gpus

    module = ModuleType("cupy")
    module.cuda = SimpleNamespace(  # type: ignore[attr-defined]
        is_available=lambda: gpus > 0, runtime=SimpleNamespace(getDeviceCount=count), Device=Selected
    )
    monkeypatch.setitem(sys.modules, "cupy", module)
    return selected


def test_the_cpu_is_always_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert resolve_device() == resolve_device("cpu") == resolve_device("auto") == Device("cpu")
    assert str(resolve_device("cpu")) == "cpu"
    assert namespace(Device("cpu")) is np
    with on_device(Device("cpu")):
        pass


@pytest.mark.parametrize(("word", "index"), [("cuda", 0), ("cuda:0", 0), ("cuda:1", 1), ("auto", 0)])
def test_a_gpu_that_works_is_used(monkeypatch: pytest.MonkeyPatch, word: str, index: int) -> None:
    selected = _cupy(monkeypatch, gpus=2)
    device = resolve_device(word)
    assert device == Device("cuda", index)
    assert resolve_device(str(device)) == resolve_device(device) == device
    assert namespace(device) is sys.modules["cupy"]
    with on_device(device):
        assert selected == [index]
    assert selected == [index, -1]


@pytest.mark.parametrize(
    ("gpus", "broken", "word", "reason"),
    [
        (0, False, "cuda", "no working GPU"),
        (1, False, "cuda:1", "there is 1, numbered from 0"),
        (2, False, "cuda:7", "there are 2, numbered from 0"),
        (1, True, "cuda", "driver does not answer .RuntimeError: cudaErrorInsufficientDriver"),
    ],
)
def test_an_import_of_cupy_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, gpus: int, broken: bool, word: str, reason: str
) -> None:
    _cupy(monkeypatch, gpus=gpus, broken=broken)
    with pytest.raises(
        ValueError, match=f"^device: must be available, got '{word}', but .*{reason}"
    ) as caught:
        resolve_device(word)
    assert "pip install 'ergodica[gpu]'" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert resolve_device("auto") == Device("cuda" if gpus and not broken else "cpu")


@pytest.mark.parametrize("word", ["cuda", "cuda:0"])
def test_a_missing_cupy_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(ValueError, match=r"cupy cannot be imported.*ergodica\[gpu\]"):
        resolve_device(word)


@pytest.mark.parametrize(
    "word", ["", "gpu", "CPU", "cuda:", "cuda:-1", "cuda:x", "cpu:0", " cpu", "cuda:1\n", None, 0]
)
def test_other_words_are_refused_with_those_allowed(word: object) -> None:
    with pytest.raises(ValueError, match=r"^device: must be one of cpu, cuda, cuda:N, auto"):
        resolve_device(word)  # type: ignore[arg-type]


def test_host_arrays_are_returned_as_they_are_and_others_fetched() -> None:
    array = np.arange(3.0)
    assert to_host(array) is array
    np.testing.assert_array_equal(to_host(FakeArray()), array)
    np.testing.assert_array_equal(to_host([0.0, 1.0, 2.0]), array)
    scalar = to_host(2.5)
    assert scalar.shape == ()
