"""Networks that are rebuilt from their configuration, and the list of them."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, ClassVar, TypeVar

from ergodica.models.described import claimed
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError, nearest

NETWORKS: dict[str, type[Network]] = {}
Kind = TypeVar("Kind", bound="type[Network]")


def register(cls: Kind) -> Kind:
    """Makes a network known by its `name`, so that its checkpoints can be loaded.

    Raises:
        ParameterError: another network has that name.
    """
    kept: Kind = claimed(NETWORKS, cls)
    return kept


def networks() -> dict[str, type[Network]]:
    """Every network by its name: those of ergodica, and those that were registered since."""
    import ergodica.models

    for found in pkgutil.walk_packages(ergodica.models.__path__, "ergodica.models."):
        importlib.import_module(found.name)
    return NETWORKS


class Network(torch.nn.Module):
    """A torch module that says how it was built.

    `config` holds every argument of the constructor as JSON; `Network.rebuilt(name, config)` makes an untrained copy.
    What comes from data (means, scales, periods of a box) lies in buffers, which a checkpoint holds beside the weights.
    Random numbers come to it from the loss: `fit` neither repeats nor resumes what it draws itself, as dropout does.
    `notes` says what it was trained on, in JSON; it lies in the checkpoint too and changes nothing.
    A network may have a method `monitors() -> dict[str, float]`: numbers that `fit` writes beside the losses.
    """

    name: ClassVar[str]

    def __init__(self, **config: Any) -> None:
        super().__init__()
        self.config = config
        self.notes: dict[str, Any] = {}

    @staticmethod
    def rebuilt(name: str, config: dict[str, Any]) -> Network:
        """An untrained network.

        Raises:
            ParameterError: no network has that name, or it takes other arguments.
        """
        known = NETWORKS if name in NETWORKS else networks()
        if name not in known:
            raise ParameterError(
                f"network: {name!r} is not known; import the module that registers it, or {nearest(name, known)}"
            )
        try:
            return known[name](**config)
        except TypeError as error:
            raise ParameterError(
                f"config: does not fit the network {name!r} ({error}); use the version of ergodica that wrote it"
            ) from error

    @property
    def parameter_count(self) -> int:
        """Number of trained parameters."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)
