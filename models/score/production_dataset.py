"""Entropy production as a labelled dataset, from the sums of a pass."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.score.block_means import standard_error
from ergodica.models.score.evaluation import Scores
from ergodica.models.score.labels import Labels, labelled, rate_unit
from ergodica.models.score.parity import variable_of
from ergodica.models.score.production_sums import ProductionSums
from ergodica.models.score.residual import grouped

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SILENT = 1e-10
"""Of a mean square drift: what rounding leaves of the irreversible part where there is none, files being float32."""
FORGOTTEN = 0.25
"""Share of the variance of a mean that blocks may lose to correlations before a warning: 13 % of the error."""


def production_dataset(sums: ProductionSums, ds: xr.Dataset, scores: Scores, signs: Array) -> xr.Dataset:
    """The dataset of `entropy_production`."""
    _warn_of_short_blocks(sums)
    process = scores.process
    means = sums.means
    driven = _driven_without_noise(sums, scores)
    made = Labels(rate=rate_unit(ds))
    variables = variable_of(process)
    groups = tuple(dict.fromkeys(variables))
    infinite = grouped(driven.astype(float), variables) > 0
    sites = process.sites
    count = len(scores.networks)

    def seeds(values: Array) -> Array:
        """Error of the mean of networks, along the first axis."""
        found: Array = (
            values.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.zeros(values.shape[1:])
        )
        return found

    def error(of_blocks: Array, networks: Array | None) -> Array:
        return of_blocks if networks is None else np.hypot(of_blocks, seeds(networks))

    production = means.means("production")
    networks = means.mean("networks") if count > 1 else None
    blocks_error = standard_error(production.sum(axis=-1), means.counts)
    total = float(means.mean("production").sum())
    whole = None if networks is None else networks.sum(axis=-1)
    total_error = error(blocks_error, whole)
    words = "entropy production rate"
    whole_kind = "whole" if np.isfinite(total) and not driven.any() else None
    made.add("total", total, total_error, words, rate=True, infinite=driven.any(), kind=whole_kind)
    made.part(
        "total_block_standard_error", blocks_error, f"standard error of the {words}, from blocks of data"
    )
    if whole is not None:
        made.part(
            "total_seed_standard_error",
            seeds(whole),
            f"standard error of the {words}, from the ensemble of networks",
        )
    identity = means.means("identity")
    made.add(
        "identity_total",
        means.mean("identity"),
        standard_error(identity, means.counts),
        f"{words}, without a score",
        rate=True,
        infinite=driven.any(),
        kind=whole_kind,
    )
    made.add(
        "total_minus_identity",
        total - means.mean("identity"),
        error(standard_error(production.sum(axis=-1) - identity, means.counts), whole),
        f"{words}, less that without a score",
        rate=True,
        infinite=driven.any(),
        undefined=True,
    )
    made.add(
        "by_degree_of_freedom",
        means.mean("production"),
        error(means.standard_error("production"), networks),
        f"{words} of each degree of freedom",
        dims=("degree",),
        rate=True,
        infinite=driven,
    )
    by_variable = grouped(production, variables)
    networks_by_variable = None if networks is None else grouped(networks, variables)
    made.add(
        "by_variable",
        grouped(means.mean("production"), variables),
        error(standard_error(by_variable, means.counts), networks_by_variable),
        f"{words} of each variable",
        dims=("variable",),
        rate=True,
        infinite=infinite,
    )
    if networks is not None and networks_by_variable is not None:
        _add_without_scatter(made, sums, variables, driven, infinite)
    if "member" in ds.dims:
        each, each_error = means.by_member("production_total")
        made.add(
            "total_by_member",
            each,
            each_error,
            f"{words} of each member",
            dims=("member",),
            rate=True,
            infinite=driven.any(),
        )
    if process.particles:
        made.add(
            "total_per_particle",
            total / sites,
            total_error / sites,
            f"{words} per particle",
            rate=True,
            infinite=driven.any(),
        )
        _add_particles(made, sums, error, infinite)
    _add_residuals(made, sums, scores)
    if "lower_bound" in means:
        made.add(
            "by_variable_lower_bound",
            grouped(means.mean("lower_bound"), variables),
            standard_error(grouped(means.means("lower_bound"), variables), means.counts),
            f"lower bound of the {words} of each variable",
            dims=("variable",),
            rate=True,
            infinite=infinite,
        )
        ratio = np.sqrt(means.mean("residual") / means.mean("residual_scale"))
        made.part(
            "fokker_planck_residual",
            ratio,
            "residual of the Fokker-Planck equation beside its parts",
            units="1",
        )
    for name, parts in sums.recorded.items():
        made.frames(name, np.concatenate(parts, axis=1), process.particles, "member" in ds.dims)
    if driven.any():
        names = ", ".join(np.array(process.names)[driven])
        made.notes["infinite"] = (
            f"no noise acts on {names}, which move irreversibly: their rates are infinite"
        )
        warnings.warn(
            f"total: is infinite, since no noise acts on {names}; the rates of the other degrees of freedom hold",
            stacklevel=3,
        )
    return labelled(made, ds, scores, signs, groups)


def _driven_without_noise(sums: ProductionSums, scores: Scores) -> NDArray[np.bool_]:
    """(degrees,), True where an irreversible drift has a part that no noise goes along with."""
    found: NDArray[np.bool_] = sums.means.mean("silent") > SILENT * sums.means.mean("drift").sum()
    return found


def _add_without_scatter(
    made: Labels, sums: ProductionSums, variables: tuple[str, ...], driven: Any, infinite: Any
) -> None:
    """(K^2 sigma(mean of K scores) - sum_k sigma(score k))/(K(K - 1)) is the mean over pairs of networks."""
    means = sums.means
    count = means.mean("networks").shape[0]
    pairs = (count**2 * means.means("production") - means.means("networks").sum(axis=1)) / (
        count * (count - 1)
    )
    middle = (count**2 * means.mean("production") - means.mean("networks").sum(axis=0)) / (
        count * (count - 1)
    )
    words = "entropy production rate without the scatter of networks"
    made.add(
        "total_without_scatter",
        middle.sum(),
        standard_error(pairs.sum(axis=-1), means.counts),
        words,
        rate=True,
        infinite=driven.any(),
    )
    made.add(
        "by_variable_without_scatter",
        grouped(middle, variables),
        standard_error(grouped(pairs, variables), means.counts),
        f"{words}, of each variable",
        dims=("variable",),
        rate=True,
        infinite=infinite,
    )


def _add_particles(made: Labels, sums: ProductionSums, error: Any, infinite: Any) -> None:
    particles = sums.particles
    mean, parts = particles.mean("production"), particles.means("production")
    networks = particles.mean("networks") if "networks" in particles else None
    made.add(
        "by_particle",
        mean.sum(axis=-1),
        error(
            standard_error(parts.sum(axis=-1), particles.counts),
            None if networks is None else networks.sum(-1),
        ),
        "entropy production rate of each particle",
        dims=("particle",),
        rate=True,
        infinite=infinite.any(),
        # a histogram of one
        kind="parameter" if len(mean) == 1 else None,
    )
    made.add(
        "by_particle_and_variable",
        mean,
        error(standard_error(parts, particles.counts), networks),
        "entropy production rate of each particle and variable",
        dims=("particle", "variable"),
        rate=True,
        infinite=infinite,
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


def _warn_of_short_blocks(sums: ProductionSums) -> None:
    if sums.finer is None:
        return
    from ergodica.estimators.resampling.correlation import memory

    parts = sums.finer.per_member
    series = sums.finer.means("production").reshape(-1, parts)
    remembered = float(np.median([memory(one) for one in series])) / parts
    if remembered > FORGOTTEN / sums.means.per_member:
        longest = max(int(FORGOTTEN / remembered), 1) * len(series)
        warnings.warn(
            f"blocks: must be long beside what the frames remember, some {remembered:.1%} of the run, got "
            f"{sums.means.per_member} blocks of it; errors are too small: use blocks={max(longest, 4)} or a longer run",
            stacklevel=4,
        )
