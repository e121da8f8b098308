"""Velocities of the probability flow of each particle, and their divergences, for the study `mips_entropy`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.score.process import Process, process_of
from ergodica.models.torch_needed import torch
from ergodica.scripts.studies import mips_space

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from ergodica.models.score import LocalScoreTransformer

    Array = NDArray[np.float64]

AT_ONCE = 2048
"""Particles whose derivatives are in memory at a time."""


@dataclass(frozen=True)
class Fields:
    """Of each particle of some snapshots.

    Attributes:
        position: (snapshots, particles, 2).
        flow: v_g/gamma, (snapshots, particles, 2).
        spread: div_g v_g/gamma, (snapshots, particles); of the first snapshots alone where fewer were asked for.
        production: of the propulsion, |v_g|^2/gamma^2, in units of gamma.
        moving: of the position, |v_x|^2/eps, in units of gamma; NaN for eps = 0, where it is infinite.
        moving_spread: div_x v_x/gamma, as `spread`.
        confinement: -div_x b, in units of gamma, of which the mean is that of `production` for eps = 0.
        identity: (|b|^2/eps + div b)/gamma, of which the mean is that of `production` and `moving` together.
        distance: from the boundary, in diameters, positive in the dense phase.
        region: numbers of `mips_space.REGIONS`, -1 in a system of one phase.
    """

    position: Array
    flow: Array
    spread: Array
    production: Array
    moving: Array
    moving_spread: Array
    confinement: Array
    identity: Array
    distance: Array
    region: NDArray[np.int64]


def fields(network: LocalScoreTransformer, ds: xr.Dataset, *, spreads: int, device: str = "cpu") -> Fields:
    """What a network says of the snapshots of `ds`; divergences of the first `spreads` of them."""
    process = process_of(ds)
    assert process.rate is not None
    gamma, eps = process.rate, float(process.diffusion[0, 0])
    names = [*process.variables, *process.optional]
    raw = {name: np.asarray(ds[name].values, dtype=np.float64) for name in names}
    x = process.states(raw)
    velocity, slopes = _flow(network, process, raw, x, spreads, device)
    drift, divergence = raw["drift"], raw["drift_divergence"]
    noisy = eps if eps > 0 else np.nan
    length = float(process.period[0])
    distance = np.array([mips_space.distance_from_boundary(one, length) for one in raw["position"]])
    return Fields(
        position=raw["position"],
        flow=velocity[..., 2:] / gamma,
        spread=slopes[..., 2:].sum(-1) / gamma,
        production=(velocity[..., 2:] ** 2).sum(-1) / gamma**2,
        moving=(velocity[..., :2] ** 2).sum(-1) / (noisy * gamma),
        moving_spread=slopes[..., :2].sum(-1) / gamma,
        confinement=-divergence / gamma,
        identity=((drift**2).sum(-1) / noisy + divergence) / gamma,
        distance=distance,
        region=mips_space.region_of(distance),
    )


def _flow(
    network: LocalScoreTransformer,
    process: Process,
    raw: dict[str, Array],
    x: Array,
    spreads: int,
    device: str,
) -> tuple[Array, Array]:
    """v = b - D s, and dv_a/dx_a of the first snapshots, both (snapshots, particles, 4)."""
    here = network.of_process(process).to(device).eval()
    noise = np.diagonal(process.diffusion)
    drift, divergence = process.drifts(raw)
    score, slopes = np.empty_like(x), np.empty((min(spreads, len(x)), *x.shape[1:]))
    with torch.no_grad():
        for k, one in enumerate(torch.as_tensor(x, dtype=torch.float32, device=device)):
            for start in range(0, len(one), AT_ONCE):
                part = torch.arange(start, min(start + AT_ONCE, len(one)), device=device)[None]
                context = here.context(one[None], part)
                rows = slice(start, start + part.shape[1])
                if k < spreads:
                    value, slope = here.divergence(one[None], context)
                    slopes[k, rows] = slope[0].cpu().numpy()
                else:
                    value = here(one[None], context)
                score[k, rows] = value[0].cpu().numpy()
    slopes *= -noise
    if here.reference == "equilibrium":
        # what D s of the passive particles takes from the drift is forces and relaxation: motion by v0 g is left
        passive = process.passive(raw)
        return (drift - noise * passive) - noise * score, slopes
    slopes[..., :2] += divergence[: len(slopes), :, None] / 2
    slopes[..., 2:] -= np.asarray(process.rate)
    return drift - noise * score, slopes
