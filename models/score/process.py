"""The stochastic process that a dataset comes from, as score networks see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Process:
    """dX = b(X) dt + sqrt(2 D) dW, with X of `sites` times `names`, and D the same for each site.

    Attributes:
        names: degrees of freedom of one site, such as position_x, position_y, propulsion_x, propulsion_y.
        sites: particles; 1 for a system of components.
        period: (degrees,), length of the box; inf where there are no borders.
        diffusion: D, (degrees, degrees), symmetric.
        variables: what is read from the dataset for a batch of states.
        optional: what is read besides where drifts are asked for.
        particles: whether sites are particles.
        rate: gamma of the drift -gamma g of the propulsion; None without one.
        speed: v0, by which the propulsion moves the positions.
        dimensions: of space; the number of components where there are no particles.
    """

    names: tuple[str, ...]
    sites: int
    period: Array
    diffusion: Array
    variables: tuple[str, ...]
    optional: tuple[str, ...]
    particles: bool
    dimensions: int
    rate: float | None = None
    speed: float = 0.0

    @property
    def inverse(self) -> Array:
        """D^-1 on the degrees that have noise, 0 on the others, (degrees, degrees)."""
        return np.linalg.pinv(self.diffusion, hermitian=True)

    @property
    def noiseless(self) -> NDArray[np.bool_]:
        """(degrees,), True where a degree of freedom has no noise."""
        return ~self.diffusion.any(axis=0)

    def states(self, raw: Mapping[str, Any]) -> Array:
        """X, (batch, sites, degrees), of variables read from the dataset, each (batch, ...)."""
        if not self.particles:
            return np.asarray(raw["state"])[:, None, :]
        parts = [np.asarray(raw["position"])]
        if "propulsion" in self.variables:
            parts.append(np.asarray(raw["propulsion"]))
        if "heading" in self.variables:
            heading = np.asarray(raw["heading"])
            parts.append(np.arctan2(heading[..., 1], heading[..., 0])[..., None])
        return np.concatenate(parts, axis=-1)

    def drifts(self, raw: Mapping[str, Any]) -> tuple[Array, Array]:
        """b, (batch, sites, degrees), and its divergence by the degrees of each site, (batch, sites)."""
        drift, divergence = np.asarray(raw["drift"]), np.asarray(raw["drift_divergence"])
        if not self.particles:
            return drift[:, None, :], divergence[:, None]
        if self.rate is not None:
            drift = np.concatenate([drift, -self.rate * np.asarray(raw["propulsion"])], axis=-1)
            divergence = divergence - self.rate * self.dimensions
        elif "heading" in self.variables:
            drift = np.concatenate([drift, np.zeros((*drift.shape[:-1], 1))], axis=-1)
        return drift, divergence

    def passive(self, raw: Mapping[str, Any]) -> tuple[Array, Array]:
        """Score of the same particles without their activity, and its divergence, shaped as by `drifts`.

        F/eps by the positions, with F the forces; -g by a propulsion of variance 1; 0 by a heading.

        Raises:
            ParameterError: there are no particles, or positions have no noise.
        """
        if not self.particles:
            raise ParameterError(
                "reference: 'equilibrium' is for particles, got a system of components; use 'gaussian' or 'none'"
            )
        eps = self.diffusion[0, 0]
        if eps == 0:
            raise ParameterError(
                "reference: 'equilibrium' needs noise on the positions, got position_diffusion 0; use 'gaussian'"
            )
        drift, divergence = self.drifts(raw)
        space = slice(self.dimensions)
        score = np.zeros_like(drift)
        score[..., space] = drift[..., space] / eps
        if self.rate is None:
            active = np.asarray(raw["heading"]) if "heading" in self.variables else 0.0
            score[..., space] -= self.speed / eps * active
            return score, divergence / eps
        propulsion = np.asarray(raw["propulsion"])
        score[..., space] -= self.speed / eps * propulsion
        score[..., self.dimensions :] = -propulsion
        return score, (divergence + self.rate * self.dimensions) / eps - self.dimensions


def process_of(ds: xr.Dataset) -> Process:
    """The process that `ds` says it comes from.

    Particles: `position(t, particle, space)`, with `propulsion` or, in the plane, `heading`, and the scalars
    `position_diffusion`, `propulsion_diffusion`, `propulsion_rate`, `propulsion_speed`, `heading_diffusion`.
    Components: `state(t, component)` with `diffusion_matrix(component, by_component)` or `diffusion(component)`, and
    `period(component)` where some are angles or lie in a box. `drift` and `drift_divergence` beside them for all that
    needs forces.

    Raises:
        ParameterError: variables are missing, or parameters differ from member to member.
    """
    if "position" in ds:
        return _of_particles(ds)
    if "state" in ds:
        return _of_components(ds)
    raise ParameterError(
        f"ds: needs position(t, particle, space) or state(t, component), got {', '.join(map(str, ds.data_vars))}; "
        "record a system with noise, or name your variables so with data.from_arrays"
    )


def _number(ds: xr.Dataset, name: str) -> float:
    if name not in ds:
        raise ParameterError(
            f"{name}: the dataset has none, the noise and drift of the process are needed; add it with "
            f"ds.assign({name}=...)"
        )
    if ds[name].ndim:
        raise ParameterError(
            f"{name}: must be one number, got one for each member; choose one with ds.isel(member=0)"
        )
    return float(ds[name])


def _of_particles(ds: xr.Dataset) -> Process:
    axes = (
        [str(v) for v in ds["space_name"].values]
        if "space_name" in ds
        else ["x", "y", "z"][: ds.sizes["space"]]
    )
    names = [f"position_{axis}" for axis in axes]
    diffusion = [_number(ds, "position_diffusion")] * len(axes)
    box = np.asarray(ds["box"].values, dtype=float) if "box" in ds else np.full(len(axes), np.inf)
    period = np.where(np.isfinite(box) & (box > 0), box, np.inf).tolist()
    variables, rate, speed = ["position"], None, 0.0
    if "propulsion" in ds:
        rate, speed = _number(ds, "propulsion_rate"), _number(ds, "propulsion_speed")
        names += [f"propulsion_{axis}" for axis in axes]
        diffusion += [_number(ds, "propulsion_diffusion")] * len(axes)
        period += [np.inf] * len(axes)
        variables.append("propulsion")
    elif "heading" in ds:
        if len(axes) != 2:
            raise ParameterError(
                f"heading: scores of headings are for the plane, got {len(axes)} dimensions; use propulsion"
            )
        speed = _number(ds, "propulsion_speed")
        names.append("heading_angle")
        diffusion.append(_number(ds, "heading_diffusion"))
        period.append(2 * np.pi)
        variables.append("heading")
    return Process(
        names=tuple(names),
        sites=ds.sizes["particle"],
        period=np.array(period),
        diffusion=np.diag(diffusion),
        variables=tuple(variables),
        optional=("drift", "drift_divergence"),
        particles=True,
        dimensions=len(axes),
        rate=rate,
        speed=speed,
    )


def _of_components(ds: xr.Dataset) -> Process:
    d = ds.sizes["component"]
    names = (
        [str(v) for v in ds["component_name"].values]
        if "component_name" in ds
        else [f"x{i}" for i in range(d)]
    )
    name = "diffusion_matrix" if "diffusion_matrix" in ds else "diffusion"
    if name not in ds:
        raise ParameterError(
            "diffusion_matrix: the dataset has none, nor diffusion(component); the noise of the process is needed; add "
            "it with ds.assign(diffusion=('component', [...]))"
        )
    if "member" in ds[name].dims:
        raise ParameterError(f"{name}: differs from member to member; choose one with ds.isel(member=0)")
    values = np.asarray(ds[name].values, dtype=float)
    period = np.asarray(ds["period"].values, dtype=float) if "period" in ds else np.full(d, np.inf)
    return Process(
        names=tuple(names),
        sites=1,
        period=np.where(np.isfinite(period) & (period > 0), period, np.inf),
        diffusion=values if values.ndim == 2 else np.diag(values),
        variables=("state",),
        optional=("drift", "drift_divergence"),
        particles=False,
        dimensions=d,
    )
