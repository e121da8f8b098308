"""Numbers of the study `mips_entropy`, from the fields of one or two networks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.scripts.studies import mips_space
from ergodica.scripts.studies.mips_space import REGIONS, by_region, mean_and_error, profile

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from ergodica.scripts.studies.mips_fields import Fields

    Array = NDArray[np.float64]

BLOCK, MANY = 3, 4
"""Snapshots that are taken together for errors, where there are enough for so many blocks."""


def blocks(values: Array) -> Array:
    """Means of consecutive snapshots, along the first axis."""
    count = len(values) // BLOCK if len(values) >= MANY * BLOCK else len(values)
    with np.errstate(invalid="ignore"):
        return np.array(
            [
                np.nanmean(one, axis=0) if np.isfinite(one).any() else one[0]
                for one in np.array_split(values, count)
            ]
        )


def told(values: Array) -> dict[str, float | None]:
    """Mean of snapshots and its standard error, from blocks of them."""
    return _both(*mean_and_error(blocks(np.asarray(values, dtype=np.float64))))


def joined(parts: Sequence[Array]) -> Array:
    """Snapshots of several fields, one after another."""
    return np.concatenate(list(parts))


def totals(found: Sequence[Fields]) -> dict[str, Any]:
    """Mean over particles of what networks say and of what needs none, in units of gamma a particle."""
    noisy = bool(np.isfinite(found[0].moving).all())
    names = ["production", "confinement", *(["moving", "identity"] if noisy else [])]
    means = {name: joined([getattr(one, name).mean(axis=1) for one in found]) for name in names}
    result: dict[str, Any] = {"snapshots": len(means["production"])}
    result |= {name: told(values) for name, values in means.items()}
    if noisy:
        whole = means["production"] + means["moving"]
        result |= {"total": told(whole), "total_minus_identity": told(whole - means["identity"])}
    return result


def stepping(ds: xr.Dataset) -> dict[str, Any]:
    """Two means that are the total in the steady state of the exact dynamics: the identity, and the work v0 <g.b>/eps.

    Steps that are too large bear on the first: contacts then seem to produce too.
    """
    gamma, eps = float(ds["propulsion_rate"]), float(ds["position_diffusion"])
    drift, g = ds["drift"].values, ds["propulsion"].values
    identity = (drift**2).sum(-1) / eps + ds["drift_divergence"].values
    work = float(ds["propulsion_speed"]) * (g * drift).sum(-1) / eps
    return {"identity": told(identity.mean(axis=1) / gamma), "work": told(work.mean(axis=1) / gamma)}


def regions(found: Sequence[Fields], name: str) -> dict[str, Any]:
    """A number by region, and the ratios between them, each the mean over blocks with its error."""
    values = blocks(joined([by_region(getattr(one, name), one.region) for one in found]))
    result: dict[str, Any] = {}
    for k, region in enumerate(REGIONS):
        result[region] = _both(*mean_and_error(values[:, k]))
    gas, interface, bulk = values.T
    for words, over in (("interface/bulk", bulk), ("interface/gas", gas)):
        result[words] = _both(*mean_and_error(interface / over))
    return result


def shares(found: Sequence[Fields]) -> dict[str, float]:
    """Of all particles, those in each region."""
    region = np.concatenate([one.region.ravel() for one in found])
    return {name: float((region == k).mean()) for k, name in enumerate(REGIONS)}


def along(found: Sequence[Fields], name: str) -> dict[str, list[float | None]]:
    """A number over the distance from the boundary, with errors."""
    values = blocks(joined([profile(getattr(one, name), one.distance) for one in found]))
    pairs = [mean_and_error(column) for column in values.T]
    middle = (mips_space.PROFILE[1:] + mips_space.PROFILE[:-1]) / 2
    return {
        "distance": [float(one) for one in middle],
        "mean": [_plain(mean) for mean, _ in pairs],
        "error": [_plain(error) for _, error in pairs],
    }


def lower_bound(one: Fields, propulsion: Array, chosen: NDArray[np.bool_] | None = None) -> dict[str, float]:
    """What the exact |v_g|^2/gamma^2 is at least, where the network is wrong too, over the chosen particles.

    With c the learned and c' the exact correction of the score of g, <w c.c'> = -<w (div_g c - g.c)> for weights w
    that depend on positions alone, by parts in g_i; then <w c'^2> >= <w c.c'>^2/<w c^2> by Cauchy and Schwarz.

    Args:
        propulsion: g, (snapshots, particles, 2).
        chosen: which particles of the snapshots with divergences, from positions alone; None is all.

    Returns:
        learned, <|c|^2>; overlap, <c.c'>/<|c|^2>, 1 where the network errs in what it leaves out alone; bound.
    """
    count = len(one.spread)
    w = np.ones_like(one.spread, dtype=bool) if chosen is None else chosen[:count]
    c = -one.flow[:count]
    learned = float((c**2).sum(-1)[w].mean())
    overlap = float((one.spread + (propulsion[:count] * c).sum(-1))[w].mean())
    return {"learned": learned, "overlap": overlap / learned, "bound": overlap**2 / learned}


def agreement(first: Fields, second: Fields) -> dict[str, float]:
    """Correlations over particles of the maps of two networks on the same snapshots, and the reliability of their mean.

    Snapshots are taken one by one and averaged. The reliability, by Spearman and Brown, is 2r/(1+r).
    """
    count = min(len(first.spread), len(second.spread))
    maps = {
        "|v_g|": (np.sqrt(first.production), np.sqrt(second.production)),
        "v_g": (first.flow, second.flow),
        "|v_g|^2": (first.production, second.production),
        "div_g v_g": (first.spread[:count], second.spread[:count]),
    }
    if np.isfinite(first.moving).all():
        maps["|v_x|"] = np.sqrt(first.moving), np.sqrt(second.moving)
        maps["production"] = first.production + first.moving, second.production + second.moving
    found: dict[str, float] = {}
    for name, (a, b) in maps.items():
        r = float(np.mean([np.corrcoef(p.ravel(), q.ravel())[0, 1] for p, q in zip(a, b, strict=True)]))
        found[name] = r
        found[f"{name} reliability"] = 2 * r / (1 + r)
    return found


def _both(mean: float, error: float) -> dict[str, float | None]:
    return {"mean": _plain(mean), "error": _plain(error)}


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
