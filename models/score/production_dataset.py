"""Entropy production as a labelled dataset, from the sums of a pass."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.score.block_means import standard_error
from ergodica.models.score.evaluation import Scores
from ergodica.models.score.labels import NO_PICTURE, Labels, labelled, rate_unit
from ergodica.models.score.parity import variable_of
from ergodica.models.score.production_sums import ProductionSums
from ergodica.models.score.production_warnings import (
    SURE,
    warn_of_difference,
    warned_of_drift,
    warned_of_growth,
    warned_of_short_blocks,
)
from ergodica.models.score.residual import grouped, has_infinite_rate

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

RATE = "entropy production rate"


@dataclass(frozen=True)
class Parts:
    """How sums are told apart.

    Attributes:
        sums: of a pass.
        variables: of each degree of freedom.
        driven: (degrees,), where no noise goes along with a motion.
    """

    sums: ProductionSums
    variables: tuple[str, ...]
    driven: NDArray[np.bool_]

    @property
    def infinite(self) -> NDArray[np.bool_]:
        """(variables,), where a rate is infinite."""
        found: NDArray[np.bool_] = grouped(self.driven.astype(float), self.variables) > 0
        return found

    def error(self, blocks: Array, networks: Array | None) -> Array:
        """Of blocks of data and, of values (networks, ...) of an ensemble, of their mean, in quadrature."""
        return (
            standard_error(blocks, self.sums.means.counts)
            if networks is None
            else np.hypot(standard_error(blocks, self.sums.means.counts), seed_error(networks))
        )


def seed_error(networks: Array) -> Array:
    """Error of the mean of networks, along the first axis."""
    found: Array = networks.std(axis=0, ddof=1) / np.sqrt(len(networks))
    return found


def production_dataset(sums: ProductionSums, ds: xr.Dataset, scores: Scores, signs: Array) -> xr.Dataset:
    """The dataset of `entropy_production`."""
    process, members = scores.process, ds.sizes.get("member", 1)
    # a run that relaxes remembers its start throughout, and the identity holds in steady states alone
    resting = not warned_of_growth(sums, process, members) and not warned_of_drift(sums, members)
    known = resting and not warned_of_short_blocks(sums) and len(sums.means.counts) >= SURE
    # by degree: units of one say nothing about another
    driven = has_infinite_rate(sums.means.mean("silent"), sums.means.mean("drift"))
    parts = Parts(sums, variable_of(process), driven)
    made = Labels(rate=rate_unit(ds))
    _add_totals(made, parts, process.sites if process.particles else 0)
    if known and not driven.any():
        beside = ("total", "identity_total", "total_minus_identity_standard_error")
        warn_of_difference(*(float(made.arrays[name]) for name in beside))
    _add_shares(made, parts)
    if "networks" in sums.means:
        _add_without_scatter(made, parts)
    if "member" in ds.dims:
        each, error = sums.each.by_member("production_total")
        words = f"{RATE} of each member"
        made.add("total_by_member", each, error, words, dims=("member",), rate=True, infinite=driven.any())
    if process.particles:
        _add_particles(made, parts)
    _add_residuals(made, sums, scores)
    if "lower_bound" in sums.means:
        _add_of_divergences(made, parts)
    for name, frames in sums.recorded.items():
        made.frames(name, np.concatenate(frames, axis=1), process.particles, "member" in ds.dims)
    if driven.any():
        names = ", ".join(np.array(process.names)[driven])
        made.notes["infinite"] = (
            f"no noise acts on {names}, which move irreversibly: their rates are infinite"
        )
        warnings.warn(
            f"total: is infinite, since no noise acts on {names}; the rates of the other degrees of freedom hold",
            stacklevel=3,
        )
    return labelled(made, ds, scores, signs, tuple(dict.fromkeys(parts.variables)))


def _add_totals(made: Labels, parts: Parts, particles: int) -> None:
    means, infinite = parts.sums.means, bool(parts.driven.any())
    of_blocks, identity = means.means("production_total"), means.means("identity")
    total, other = means.mean("production_total"), means.mean("identity")
    networks = means.mean("networks").sum(axis=-1) if "networks" in means else None
    error = parts.error(of_blocks, networks)
    made.add("total", total, error, RATE, rate=True, infinite=infinite, kind="whole")
    undefined = np.nan if infinite else 1.0
    words = f"standard error of the {RATE}, from"
    made.part(
        "total_block_standard_error", undefined * parts.error(of_blocks, None), f"{words} blocks of data"
    )
    if networks is not None:
        made.part(
            "total_seed_standard_error", undefined * seed_error(networks), f"{words} the ensemble of networks"
        )
    made.add(
        "identity_total",
        other,
        parts.error(identity, None),
        f"{RATE}, without a score",
        rate=True,
        infinite=infinite,
        kind="whole",
    )
    made.add(
        "total_minus_identity",
        total - other,
        parts.error(of_blocks - identity, networks),
        f"{RATE}, less that without a score",
        rate=True,
        infinite=infinite,
        undefined=True,
    )
    if particles:
        words = f"{RATE} per particle"
        made.add(
            "total_per_particle", total / particles, error / particles, words, rate=True, infinite=infinite
        )


def _add_shares(made: Labels, parts: Parts) -> None:
    means = parts.sums.means
    of_blocks, mean = means.means("production"), means.mean("production")
    networks = means.mean("networks") if "networks" in means else None
    made.add(
        "by_degree_of_freedom",
        mean,
        parts.error(of_blocks, networks),
        f"{RATE} of each degree of freedom",
        dims=("degree",),
        rate=True,
        infinite=parts.driven,
    )
    made.add(
        "by_variable",
        grouped(mean, parts.variables),
        parts.error(
            grouped(of_blocks, parts.variables),
            None if networks is None else grouped(networks, parts.variables),
        ),
        f"{RATE} of each variable",
        dims=("variable",),
        rate=True,
        infinite=parts.infinite,
        # the same bars as of the degrees of freedom, or the total once more
        kind=NO_PICTURE if len(set(parts.variables)) in (1, len(parts.variables)) else None,
    )


def _add_without_scatter(made: Labels, parts: Parts) -> None:
    """(K^2 sigma(mean of K scores) - sum_k sigma(score k))/(K(K - 1)) is the mean over pairs of networks."""
    means = parts.sums.means
    count = means.mean("networks").shape[0]

    def of_pairs(together: Array, each: Array, axis: int) -> Array:
        found: Array = (count**2 * together - each.sum(axis=axis)) / (count * (count - 1))
        return found

    of_blocks = of_pairs(means.means("production"), means.means("networks"), 1)
    mean = of_pairs(means.mean("production"), means.mean("networks"), 0)
    words = f"{RATE} without the scatter of networks"
    made.add(
        "total_without_scatter",
        mean.sum(),
        parts.error(of_blocks.sum(axis=-1), None),
        words,
        rate=True,
        infinite=parts.driven.any(),
    )
    made.add(
        "by_variable_without_scatter",
        grouped(mean, parts.variables),
        parts.error(grouped(of_blocks, parts.variables), None),
        f"{words}, of each variable",
        dims=("variable",),
        rate=True,
        infinite=parts.infinite,
    )


def _add_particles(made: Labels, parts: Parts) -> None:
    particles = parts.sums.particles
    mean, of_blocks = particles.mean("production"), particles.means("production")
    networks = particles.mean("networks") if "networks" in particles else None
    made.add(
        "by_particle",
        mean.sum(axis=-1),
        parts.error(of_blocks.sum(axis=-1), None if networks is None else networks.sum(axis=-1)),
        f"{RATE} of each particle",
        dims=("particle",),
        rate=True,
        infinite=parts.infinite.any(),
        # the total once more
        kind=NO_PICTURE if len(mean) == 1 else None,
    )
    made.add(
        "by_particle_and_variable",
        mean,
        parts.error(of_blocks, networks),
        f"{RATE} of each particle and variable",
        dims=("particle", "variable"),
        rate=True,
        infinite=parts.infinite,
    )


def _add_of_divergences(made: Labels, parts: Parts) -> None:
    means = parts.sums.means
    made.add(
        "by_variable_lower_bound",
        grouped(means.mean("lower_bound"), parts.variables),
        parts.error(grouped(means.means("lower_bound"), parts.variables), None),
        f"lower bound of the {RATE} of each variable",
        dims=("variable",),
        rate=True,
        infinite=parts.infinite,
        kind=NO_PICTURE,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        # an even density has no scale: nothing pushes, nothing spreads
        ratio = np.sqrt(means.mean("residual") / means.mean("residual_scale"))
    words = "residual of the Fokker-Planck equation beside its parts"
    made.part("fokker_planck_residual", ratio, words, units="1")
    information = means.mean("information")
    information = np.where(information > 0, information, np.nan)
    share = means.mean("mismatch") / information
    made.add(
        "score_error_squared",
        share,
        parts.error(means.means("mismatch") - share * means.means("information"), None) / np.abs(information),
        "mean square error of the score over the mean square of the score, weighted with D",
    )


def _add_residuals(made: Labels, sums: ProductionSums, scores: Scores) -> None:
    means = sums.means
    # about the mean state: <s> is 0 but for the error, and the scatter is smaller
    middle = means.mean("state")
    each = means.means("product") - means.means("score")[:, :, None] * middle
    periodic = np.isfinite(scores.process.period)
    stein = means.mean("product") - means.mean("score")[:, None] * middle + np.eye(len(middle))
    made.add(
        "stein_residual",
        np.where(periodic, np.nan, stein),
        np.where(periodic, np.nan, standard_error(each, means.counts)),
        "<s_a x_b> + delta_ab, 0 for the exact score",
        dims=("degree", "by_degree"),
    )
    made.add(
        "drift_residual",
        means.mean("power"),
        means.standard_error("power"),
        "<b . s> + <div b>, 0 for the exact score",
        rate=True,
    )
