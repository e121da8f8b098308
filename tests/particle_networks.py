"""Small transformers of scores with random weights, in double precision, for their tests."""

import numpy as np
import torch

from ergodica.models.score.process import Process
from ergodica.models.score.transformer import LocalScoreTransformer

AXES = "xyz"
BOX = 10.0


def process(
    n: int, dimensions: int = 2, *, box: float | None = BOX, propulsion: bool = True, heading: bool = False
) -> Process:
    """Active particles in a periodic box, or in open space."""
    names = [f"position_{axis}" for axis in AXES[:dimensions]]
    period = [np.inf if box is None else box] * dimensions
    if propulsion:
        names += [f"propulsion_{axis}" for axis in AXES[:dimensions]]
        period += [np.inf] * dimensions
    if heading:
        names.append("heading_angle")
        period.append(2 * np.pi)
    return Process(
        names=tuple(names),
        sites=n,
        period=np.array(period),
        diffusion=0.1 * np.eye(len(names)),
        variables=(),
        optional=(),
        particles=True,
        dimensions=dimensions,
    )


def states(of: Process, batch: int = 2, seed: int = 0) -> torch.Tensor:
    """Uniform positions over a box, normal propulsions, (batch, sites, degrees)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(batch, of.sites, len(of.names)))
    x[..., : of.dimensions] = BOX * rng.random((batch, of.sites, of.dimensions))
    return torch.from_numpy(x)


def network(of: Process, seed: int = 0, **options: object) -> LocalScoreTransformer:
    """Prepared on uniform states, with all weights random, in double precision."""
    torch.manual_seed(seed)
    settings = {"neighbours": 6, "width": 16, "layers": 2, "heads": 2, "reference": "none", **options}
    found = LocalScoreTransformer(degrees=of.names, dimensions=of.dimensions, **settings).double()
    found.prepare(states(of, batch=40, seed=1), of)
    with torch.no_grad():
        for weight in found.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return found.eval()
