"""Networks on the disk: weights as safetensors, and a JSON that rebuilds what holds them. No pickle."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ergodica.data.atomic import replace_file
from ergodica.data.file_errors import DamagedFile, MissingFile, NewerSchema, NotErgodicaFile, OutputExists
from ergodica.data.overwriting import unusable
from ergodica.models.described import class_named, rebuilt
from ergodica.models.device import torch_device
from ergodica.models.model import Model
from ergodica.models.model_arrays import arrays_of, tensors_of
from ergodica.models.network import NETWORKS, Network
from ergodica.models.tensors import digest, pack, unpack
from ergodica.models.torch_needed import torch
from ergodica.models.training.wholeness import Whole
from ergodica.models.trajectories import Layout
from ergodica.numerics.errors import ParameterError

FORMAT = 1
WEIGHTS, ARCHITECTURE = "network.safetensors", "network.json"


def save(network: Network | Model, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Writes a network to a folder: `network.safetensors` and `network.json`, each replaced in one step.

    Args:
        network: one that is registered; its weights may lie on any device.
        path: folder; made where there is none.
        overwrite: whether a network that is there may be replaced.

    Raises:
        OutputExists: there is a network and `overwrite` is False.
        ParameterError: the path cannot be written, the model was not fitted, or the network's config is no JSON.
    """
    if not isinstance(network, Network | Model):
        raise ParameterError(
            f"network: must be a network or a model, got {type(network).__name__}; give what models.fit, a train or a "
            "model's fit gave"
        )
    folder = _folder(path)
    if isinstance(network, Model):
        network.fitted_layout  # noqa: B018 - raises where nothing was fitted
    if not overwrite and (folder / ARCHITECTURE).exists():
        raise OutputExists(
            f"path: {folder} holds a network; use overwrite=True to replace it, or another folder"
        )
    with unusable(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write(folder, network, tensors_of(network) if isinstance(network, Model) else network.state_dict())


def write(folder: Path, network: Network | Model, state: dict[str, torch.Tensor]) -> None:
    """Writes `state` as the weights of `network`."""
    from ergodica import __version__

    said = {"network": network.name, "config": network.config}
    layout = network.layout.to_json() if isinstance(network, Model) and network.layout is not None else None
    try:
        text = json.dumps(
            {
                "format": FORMAT,
                **said,
                "parameters": network.parameter_count,
                "version": __version__,
                "notes": network.notes,
                **({} if layout is None else {"layout": layout}),
            },
            indent=1,
        )
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"config: it and the notes of {network.name!r} must be JSON ({error}); keep numbers, text and lists in it "
            "and tensors in buffers"
        ) from error
    weights = pack(state, {"format": str(FORMAT), "digest": digest(state, said)})
    whole = Whole()
    with unusable(folder), whole.watching(), whole:
        replace_file(folder / WEIGHTS, weights)
        # what makes it a network, so that it comes last
        replace_file(folder / ARCHITECTURE, f"{text}\n".encode())


def load(path: str | os.PathLike[str], *, device: str | torch.device = "cpu") -> Any:
    """The network or model that `save` or a training wrote to a folder; of a training the best one.

    Args:
        path: the folder.
        device: where it shall compute: "cpu", "cuda", "cuda:N" or "auto".

    Raises:
        MissingFile: there is no network.
        DamagedFile: a file is cut short or was changed.
        NewerSchema: a later version of ergodica wrote it.
        NotErgodicaFile: the JSON is that of something else.
        ParameterError: the network is not known here, or has another architecture than when it was saved.
    """
    folder, where = _folder(path), torch_device(device)
    said, state = _read(folder)
    if said["network"] in NETWORKS or class_named(said["network"]) is None:
        network = Network.rebuilt(said["network"], said["config"])
    else:
        return _model(said, state)
    restore(network, state, str(folder))
    network.notes = dict(said.get("notes") or {})
    return network.to(where).eval()


def _model(said: dict[str, Any], state: dict[str, torch.Tensor]) -> Model:
    model = rebuilt(said["network"], said["config"])
    assert isinstance(model, Model)
    model.notes = dict(said.get("notes") or {})
    if said.get("layout") is not None:
        model.layout = Layout.from_json(said["layout"])
        model.restore(arrays_of(state))
    return model


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    for name in (ARCHITECTURE, WEIGHTS):
        if not (folder / name).is_file():
            raise MissingFile(
                f"path: {folder / name} is not there; save a network with models.save, or train one"
            )
    said = _architecture(folder / ARCHITECTURE)
    state, notes = unpack(folder / WEIGHTS)
    if notes.get("digest") != digest(state, {"network": said["network"], "config": said["config"]}):
        raise DamagedFile(
            f"path: {folder} is damaged: {WEIGHTS} and {ARCHITECTURE} are not as they were written together; copy or "
            "train it again"
        )
    return said, state


def whole(folder: Path) -> bool:
    """Whether the network in a folder is as it was written."""
    try:
        _read(folder)
    except (MissingFile, DamagedFile, NotErgodicaFile):
        return False
    return True


def restore(network: torch.nn.Module, state: dict[str, torch.Tensor], where: str) -> None:
    """Gives `network` these weights and buffers, in the precision that they have.

    Raises:
        ParameterError: names or shapes are those of another architecture.
    """
    own = network.state_dict(keep_vars=True)
    for name in own.keys() ^ state.keys():
        there, missing = ("the file", "the network") if name in state else ("the network", "the file")
        raise ParameterError(
            f"network: {name!r} is in {there} but not in {missing} for {where}; it was written by another "
            "architecture of the same name"
        )
    for name, tensor in own.items():
        if tensor.shape != state[name].shape:
            raise ParameterError(
                f"network: {name!r} must have the shape {tuple(state[name].shape)} of {where}, got "
                f"{tuple(tensor.shape)}; it was written by another architecture of the same name"
            )
        # in place, so that tied weights stay tied
        tensor.data = state[name].to(tensor.device, copy=True)


def _folder(path: object) -> Path:
    if not isinstance(path, str | os.PathLike) or not isinstance(text := os.fspath(path), str) or not text:
        raise ParameterError(f"path: must be the path of a folder, got {path!r}; use 'nets/first'")
    return Path(text)


def _architecture(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_bytes())
    except ValueError as error:
        raise DamagedFile(f"path: {path} is no JSON ({error}); copy or train it again") from error
    if not isinstance(said, dict) or not {"format", "network", "config"} <= said.keys():
        raise NotErgodicaFile(f"path: {path} describes no network; give the folder that models.save wrote")
    if not isinstance(said["format"], int) or said["format"] > FORMAT:
        raise NewerSchema(
            f"path: {path} has format {said['format']!r}, known are up to {FORMAT}; use a newer ergodica to read it"
        )
    return said
