"""Networks that are rebuilt from their configuration, and the list of them."""

from __future__ import annotations

from typing import Any, ClassVar

from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError, nearest

NETWORKS: dict[str, type[Network]] = {}


def register(cls: type[Any]) -> type[Any]:
    """Makes a network known by its `name`, so that its checkpoints can be loaded."""
    NETWORKS[cls.name] = cls
    return cls


class Network(torch.nn.Module):
    """A torch module that says how it was built.

    `config` holds every argument of the constructor as JSON; `Network.rebuilt(name, config)` makes an untrained copy.
    What comes from data (means, scales, periods of a box) lies in buffers, which a checkpoint holds beside the weights.
    """

    name: ClassVar[str]

    def __init__(self, **config: Any) -> None:
        super().__init__()
        self.config = config

    @staticmethod
    def rebuilt(name: str, config: dict[str, Any]) -> Network:
        """An untrained network.

        Raises:
            ParameterError: no network has that name.
        """
        if name not in NETWORKS:
            raise ParameterError(f"network: {name!r} is not known; {nearest(name, NETWORKS)}")
        return NETWORKS[name](**config)

    @property
    def parameter_count(self) -> int:
        """Number of trained parameters."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)
