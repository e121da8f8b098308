"""A network of a few weights, data in memory for it, and its loss: what the tests of training share."""

from dataclasses import dataclass

import numpy as np

from ergodica import models
from ergodica.models.torch_needed import torch


@models.register
class TinyNetwork(models.Network):
    """A perceptron with one hidden layer, from two numbers to one."""

    name = "tiny"

    def __init__(self, *, width: int = 8) -> None:
        super().__init__(width=width)
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(2, width), torch.nn.Tanh(), torch.nn.Linear(width, 1)
        )
        self.register_buffer("mean", torch.zeros(2))

    def forward(self, x):
        return self.layers(x - self.mean)[..., 0]


def tiny_network(*, seed: int = 0, width: int = 8) -> TinyNetwork:
    """The same first weights for the same seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return TinyNetwork(width=width)


@dataclass(frozen=True)
class SquaredError:
    """Of a network that is also shaken a little, so that draws matter."""

    noise: float = 0.01

    def __call__(self, network, batch, draws):
        shaken = batch["x"] + self.noise * draws.normal((2,))
        return (network(shaken) - batch["y"]) ** 2


@dataclass(frozen=True)
class Rows:
    """The least that can be trained on: rows in memory."""

    x: np.ndarray
    y: np.ndarray

    def __len__(self):
        return len(self.x)

    def batches(self, *, batch, seed, start=0):
        number = start
        while True:
            yield self._chosen(np.random.default_rng([seed, number]).integers(len(self), size=batch))
            number += 1

    def sample(self, count):
        return self._chosen(np.linspace(0, len(self) - 1, min(count, len(self))).astype(int))

    def split(self, share):
        border = len(self) - round(share * len(self))
        return Rows(self.x[:border], self.y[:border]), Rows(self.x[border:], self.y[border:])

    def _chosen(self, rows):
        return {"x": self.x[rows], "y": self.y[rows]}


def product_rows(count: int = 400, *, seed: int = 3) -> Rows:
    """y = sin(x0) x1."""
    x = np.random.default_rng(seed).normal(size=(count, 2))
    return Rows(x, np.sin(x[:, 0]) * x[:, 1])


def tiny_fit(**changes):
    """A training of some milliseconds."""
    asked = {
        "steps": 40,
        "batch": 16,
        "learning_rate": 1e-2,
        "ema": 0.9,
        "check_every": 10,
        "threads": 1,
    } | changes
    network = asked.pop("network", None) or tiny_network()
    rows = asked.pop("data", None) or product_rows()
    return models.fit(network, rows, **{"loss": SquaredError()} | asked)
