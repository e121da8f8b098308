"""The stochastic process that a dataset comes from, as score networks see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.score import process_checks
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
        return np.asarray(np.linalg.pinv(self.diffusion, hermitian=True), dtype=np.float64)

    @property
    def silent(self) -> Array:
        """1 - D D^-1, (degrees, degrees): what of a motion goes along directions without noise."""
        return np.asarray(np.eye(len(self.names)) - self.diffusion @ self.inverse)

    @property
    def noiseless(self) -> NDArray[np.bool_]:
        """(degrees,), True where a degree of freedom has no noise."""
        return (self.diffusion == 0).all(axis=0)

    def states(self, raw: Mapping[str, Any]) -> Array:
        """X, (batch, sites, degrees), of variables read from the dataset, each (batch, ...).

        Periodic degrees are moved into [0, period): angles of many turns would lose digits in a network.
        """
        x = self._unwrapped(raw)
        around = np.isfinite(self.period)
        if around.any():
            x = x.copy()
            x[..., around] %= self.period[around].astype(x.dtype)
        return x

    def _unwrapped(self, raw: Mapping[str, Any]) -> Array:
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

    def passive(self, raw: Mapping[str, Any]) -> Array:
        """Score of the same particles without their activity, (batch, sites, degrees).

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
        if self.rate is not None and not np.isclose(self.rate, self.diffusion[-1, -1], rtol=1e-6):
            raise ParameterError(
                "reference: 'equilibrium' needs a propulsion of variance 1, got propulsion_rate "
                f"{self.rate:g} and propulsion_diffusion {self.diffusion[-1, -1]:g}; use 'gaussian'"
            )
        drift, _ = self.drifts(raw)
        space = slice(self.dimensions)
        score = np.zeros_like(drift)
        score[..., space] = drift[..., space] / eps
        if self.rate is None:
            active = np.asarray(raw["heading"]) if "heading" in self.variables else 0.0
            score[..., space] -= self.speed / eps * active
            return score
        propulsion = np.asarray(raw["propulsion"])
        score[..., space] -= self.speed / eps * propulsion
        score[..., self.dimensions :] = -propulsion
        return score


def process_of(ds: xr.Dataset) -> Process:
    """The process that `ds` says it comes from.

    Particles: `position(t, particle, space)`, with `propulsion` or, in the plane, `heading`, and the scalars
    `position_diffusion`, `propulsion_diffusion`, `propulsion_rate`, `propulsion_speed`, `heading_diffusion`; `box`
    where there are borders.
    Components: `state(t, component)` with `diffusion_matrix(component, by_component)` or `diffusion(component)`, and
    `period(component)` where some are angles or lie in a box.
    `drift` and `drift_divergence` beside them for all that needs forces: see `require_drift`.

    Raises:
        ParameterError: variables are missing, the noise is no diffusion, or parameters differ from member to member.
    """
    if "position" in ds:
        found = _of_particles(ds)
    elif "state" in ds:
        found = _of_components(ds)
    else:
        raise ParameterError(
            f"ds: needs position(t, particle, space) or state(t, component), got "
            f"{', '.join(map(str, ds.data_vars)) or 'no variable'}; simulate a system with noise, or name your "
            "variables so with data.from_arrays"
        )
    process_checks.one_density(ds)
    return found


def require_drift(ds: xr.Dataset, process: Process, purpose: str) -> None:
    """Check that the drift of the process lies beside its states.

    Args:
        purpose: what needs it, as "entropy_production", for the message.

    Raises:
        ParameterError: `drift` or `drift_divergence` is missing or has other dims.
    """
    missing = [name for name in process.optional if name not in ds]
    if missing:
        raise ParameterError(
            f"ds: {purpose} needs {' and '.join(process.optional)}, got none of {', '.join(missing)}; simulate with "
            'record=("drift", "drift_divergence"), in the shell --record drift,drift_divergence, or add them with '
            "ds.assign"
        )
    own = ("particle", "space") if process.particles else ("component",)
    process_checks.dims_of(ds, "drift", own)
    process_checks.dims_of(ds, "drift_divergence", own[:-1])


def _of_particles(ds: xr.Dataset) -> Process:
    process_checks.dims_of(ds, "position", ("particle", "space"))
    if "tumbling" in ds:
        raise ParameterError(
            "ds: must come from a diffusion, got run-and-tumble particles, whose headings jump: the probability flow "
            "of a jump is no current along a velocity; use active Brownian particles of the same persistence"
        )
    dimensions = ds.sizes["space"]
    axes = [str(v) for v in ds["space_name"].values] if "space_name" in ds else ["x", "y", "z"][:dimensions]
    names = [f"position_{axis}" for axis in axes]
    diffusion = [process_checks.number(ds, "position_diffusion", least=0.0)] * dimensions
    period = process_checks.lengths(ds, "box", "space").tolist()
    variables, rate, speed = ["position"], None, 0.0
    if "propulsion" in ds:
        process_checks.dims_of(ds, "propulsion", ("particle", "space"))
        rate, speed = (
            process_checks.number(ds, "propulsion_rate"),
            process_checks.number(ds, "propulsion_speed"),
        )
        names += [f"propulsion_{axis}" for axis in axes]
        diffusion += [process_checks.number(ds, "propulsion_diffusion", least=0.0)] * dimensions
        period += [np.inf] * dimensions
        variables.append("propulsion")
    elif "heading" in ds:
        process_checks.dims_of(ds, "heading", ("particle", "space"))
        if dimensions != 2:
            raise ParameterError(
                f"heading: scores of headings are for the plane, got {dimensions} dimensions; use particles with "
                "propulsion, such as sims.ActiveOU"
            )
        speed = process_checks.number(ds, "propulsion_speed")
        names.append("heading_angle")
        diffusion.append(process_checks.number(ds, "heading_diffusion", least=0.0))
        period.append(2 * np.pi)
        variables.append("heading")
    matrix = process_checks.checked_matrix(
        "position_diffusion", np.diag(diffusion), "simulate with a temperature above 0"
    )
    return Process(
        names=tuple(names),
        sites=ds.sizes["particle"],
        period=np.array(period),
        diffusion=matrix,
        variables=tuple(variables),
        optional=("drift", "drift_divergence"),
        particles=True,
        dimensions=dimensions,
        rate=rate,
        speed=speed,
    )


def _of_components(ds: xr.Dataset) -> Process:
    if "component" not in ds["state"].dims:
        raise ParameterError(
            f"state: must have dims (t, component), got ({', '.join(map(str, ds['state'].dims))}); the states of a "
            "jump process have no score: its dataset has entropy_production_rate"
        )
    process_checks.dims_of(ds, "state", ("component",))
    d = ds.sizes["component"]
    names = (
        [str(v) for v in ds["component_name"].values]
        if "component_name" in ds
        else [f"x{i}" for i in range(d)]
    )
    return Process(
        names=tuple(names),
        sites=1,
        period=process_checks.lengths(ds, "period", "component"),
        diffusion=process_checks.diffusion(ds),
        variables=("state",),
        optional=("drift", "drift_divergence"),
        particles=False,
        dimensions=d,
    )
