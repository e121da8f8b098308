"""One pass over a dataset that sums everything entropy production is made of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.score.block_means import FEWEST_BLOCKS, BlockMeans
from ergodica.models.score.evaluation import Scores, passive_spread, require_finite
from ergodica.models.score.frames import Stretch, stretches
from ergodica.models.score.identity import score_free_production
from ergodica.models.score.parity import Split, variable_of
from ergodica.models.score.process import Process
from ergodica.models.score.residual import fokker_planck, grouped, lower_bound, mismatch

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FRAMES_RECORDED = ("velocity", "score", "production")
WITH_DIVERGENCE = ("fokker_planck_residual", "lower_bound")
RECORDED = (*FRAMES_RECORDED, *WITH_DIVERGENCE)
FINER = 64
"""Parts of a block whose means show how long frames remember."""


@dataclass
class ProductionSums:
    """What a pass leaves.

    Attributes:
        means: over blocks of `production` (degrees), `networks` (networks, degrees), `identity`, and more.
        particles: over blocks of `production` and, of an ensemble, `networks` by particle and variable.
        finer: over parts of blocks of `production`; None where members are blocks.
        each: over blocks of each member, as many as of all together, of `production_total`.
        recorded: by frame, each (members, frames, ...).
    """

    means: BlockMeans
    particles: BlockMeans
    finer: BlockMeans | None
    each: BlockMeans
    recorded: dict[str, list[Array]] = field(default_factory=dict)


def production_sums(
    ds: xr.Dataset,
    scores: Scores,
    split: Split,
    *,
    blocks: int,
    record: Collection[str],
    progress: bool | None,
) -> ProductionSums:
    """Sums over all frames, in float64, with one stretch of frames in memory at a time."""
    from tqdm import tqdm

    process = scores.process
    members, frames = ds.sizes.get("member", 1), ds.sizes["t"]
    means = BlockMeans(members, frames, blocks)
    parts = min(FINER * means.per_member, frames) // means.per_member * means.per_member
    found = ProductionSums(
        means=means,
        particles=BlockMeans(members, frames, blocks),
        finer=BlockMeans(members, frames, members * parts) if members < blocks else None,
        each=BlockMeans(members, frames, max(members * min(int(blocks), frames), FEWEST_BLOCKS)),
        recorded={name: [] for name in record if name in FRAMES_RECORDED},
    )
    bar = tqdm(
        total=frames,
        desc="entropy production",
        unit="frame",
        disable=None if progress is None else not progress,
        leave=False,
    )
    with bar:
        for stretch in stretches(ds, process, (*process.variables, *process.optional)):
            _take_in(found, stretch, scores, split, record)
            bar.update(len(stretch.x) // members)
    return found


def _take_in(
    found: ProductionSums, stretch: Stretch, scores: Scores, split: Split, record: Collection[str]
) -> None:
    process = scores.process
    spread = None
    if set(record) & set(WITH_DIVERGENCE):
        all_scores, all_spreads = scores.with_spread(stretch)
        spread = all_spreads.mean(axis=0)
    else:
        all_scores = scores.of(stretch)
    require_finite(all_scores)
    score = all_scores.mean(axis=0)
    drift, divergence = split(stretch)
    velocity = drift - score @ process.diffusion
    produced = velocity * (velocity @ process.inverse)
    silent = drift @ process.silent
    rows: dict[str, Array] = {
        "production": produced.sum(axis=1),
        "production_total": produced.sum(axis=(1, 2)),
        "identity": score_free_production(drift, divergence, process.inverse),
        "power": (stretch.drift * score).sum(axis=(1, 2)) + stretch.divergence.sum(axis=1),
        "score": score.mean(axis=1),
        "state": stretch.x.mean(axis=1),
        "product": np.einsum("nia,nib->nab", score, stretch.x, optimize=True) / process.sites,
        "silent": (silent**2).sum(axis=1),
        "drift": (stretch.drift**2).sum(axis=1),
        "drift_mean": stretch.drift.mean(axis=1),
        "virial": (stretch.drift * stretch.x).mean(axis=1),
        "square": (stretch.x**2).mean(axis=1),
    }
    by_particle: dict[str, Array] = {"production": grouped(produced, variable_of(process))}
    if len(all_scores) > 1:
        each = [drift - one @ process.diffusion for one in all_scores]
        by_network = [v * (v @ process.inverse) for v in each]
        rows["networks"] = np.stack([one.sum(axis=1) for one in by_network], axis=1)
        by_particle["networks"] = np.stack([grouped(p, variable_of(process)) for p in by_network], axis=1)
    if spread is not None:
        residual, scale = fokker_planck(stretch, score, spread, process)
        rows |= {"residual": residual**2, "residual_scale": scale**2}
        rows |= {
            "mismatch": mismatch(stretch, score, spread, process),
            "information": -stretch.divergence.sum(axis=1),
        }
        rows["lower_bound"] = lower_bound(
            drift,
            _divergences(process, stretch, divergence),
            score,
            spread,
            process.inverse,
            process.diffusion,
        )
    framed = {name: stretch.framed(values) for name, values in rows.items()}
    found.means.add(stretch.start, framed)
    found.each.add(stretch.start, {"production_total": framed["production_total"]})
    if found.finer is not None:
        found.finer.add(stretch.start, {"production": framed["production_total"]})
    if process.particles:
        found.particles.add(stretch.start, {name: stretch.framed(one) for name, one in by_particle.items()})
    for name, kept in found.recorded.items():
        values: Any = {"velocity": velocity, "score": score, "production": produced.sum(axis=2)}[name]
        kept.append(stretch.framed(values if process.particles else values[:, 0]))


def _divergences(process: Process, stretch: Stretch, divergence: Array) -> Array:
    """Terms of div b_ir by degree of freedom, as far as they are known: right in the sum over each variable."""
    if process.particles:
        # what is reversible in the drift of particles has no divergence
        return passive_spread(process, stretch).sum(axis=1)
    d = len(process.names)
    irreversible = (stretch.divergence + divergence).sum(axis=1) / 2
    return np.repeat(irreversible[:, None] / d, d, axis=1)
