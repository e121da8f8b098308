"""Datasets of the processes whose scores are known, in the shapes that score networks read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ergodica import data, sims
from ergodica.scripts.studies.score_linear import HarmonicRing, Linear, Trapped
from ergodica.scripts.studies.score_ring import TwoOnARing

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

RELAXATIONS = 10.0
"""Relaxation times before the first sample of a simulation that does not start from its stationary law."""


def linear(process: Linear, *, samples: int, spacing: float, seed: int, members: int = 1) -> xr.Dataset:
    """Samples of the exact law, `spacing` apart, without an error of any step."""
    simulation = sims.LinearSDE(drift_matrix=process.drift, diffusion_matrix=process.diffusion)
    ds: xr.Dataset = simulation.run(
        t_end=(samples - 1) * spacing,
        snapshots=samples,
        members=members if members > 1 else None,
        record=("drift", "drift_divergence"),
        seed=seed,
    )
    return ds


def trapped(
    one: Trapped, *, samples: int, spacing: float, seed: int, dimensions: int = 2, members: int = 1
) -> xr.Dataset:
    """Exact samples of particles in a trap, as `position` and `propulsion`."""
    parts = dimensions * members
    ds = linear(one.linear, samples=samples, spacing=spacing, seed=seed, members=parts)
    state = ds["state"].values.reshape(members, dimensions, samples, 2) if parts > 1 else None
    assert state is not None or (members == 1 and dimensions == 1)
    if state is None:
        state = ds["state"].values.reshape(1, 1, samples, 2)
    # (members, t, particle, space)
    position, propulsion = (np.moveaxis(state[..., i], 1, -1)[:, :, None, :] for i in (0, 1))
    return particles(ds["t"].values, position, propulsion, -one.A * position, one.A * dimensions, one)


def harmonic_ring(ring: HarmonicRing, *, samples: int, spacing: float, seed: int) -> xr.Dataset:
    """Exact samples of particles joined by springs, on a line without borders."""
    ds = linear(ring.linear, samples=samples, spacing=spacing, seed=seed)
    n = ring.particles
    state = ds["state"].values[None, ..., None]
    forces = (ds["drift"].values[..., :n] - ring.one.v0 * ds["state"].values[..., n:])[None, ..., None]
    stiffness = ring.one.A + 2 * ring.springs
    return particles(ds["t"].values, state[:, :, :n], state[:, :, n:], forces, stiffness, ring.one)


def particles(
    t: Array, position: Array, propulsion: Array, force: Array, stiffness: float, one: Trapped
) -> xr.Dataset:
    """A dataset as of `sims.ActiveOU` from arrays (members, t, particle, space); one member has no axis for it.

    Args:
        t: times.
        position: of particles in open space.
        propulsion: of variance 1 in each component.
        force: on each particle, the drift but for v0 g.
        stiffness: minus the divergence of the force on a particle by its own position.
        one: v0, gamma and eps.
    """
    arrays: dict[str, Any] = {
        "position": position,
        "propulsion": propulsion,
        "drift": one.v0 * propulsion + force,
        "drift_divergence": np.full(position.shape[:-1], -stiffness),
    }
    dims = {name: ("member", "t", "particle", "space")[: values.ndim] for name, values in arrays.items()}
    if len(position) == 1:
        arrays = {name: values[0] for name, values in arrays.items()}
        dims = {name: axes[1:] for name, axes in dims.items()}
    numbers: Mapping[str, float] = {
        "position_diffusion": one.eps,
        "propulsion_diffusion": one.gamma,
        "propulsion_rate": one.gamma,
        "propulsion_speed": one.v0,
    }
    return data.from_arrays(
        {**arrays, **{name: np.array(value) for name, value in numbers.items()}},
        title="Active Ornstein-Uhlenbeck particles",
        t=t,
        dims={**dims, **dict.fromkeys(numbers, ())},
        units=dict.fromkeys([*arrays, *numbers], "1"),
    )


def two_on_a_ring(
    of: TwoOnARing, *, samples: int, members: int, seed: int, spacing: float = 10.0, dt: float = 0.02
) -> xr.Dataset:
    """Relative coordinates (x, g) of pairs of simulated particles, with what score networks ask of components.

    Steps of Heun's scheme, whose error is of second order in dt. The first `RELAXATIONS` times 1/gamma are left out.

    Args:
        of: the process of the relative coordinate; particles have v0/sqrt(2), k/2 and eps/2.
        samples: of each pair.
        members: pairs, each with a path of its own.
        seed: of the paths.
        spacing: of samples.
        dt: step.
    """
    skipped = int(np.ceil(RELAXATIONS / of.gamma / spacing))
    simulation = sims.ActiveOU.preset(
        "ring",
        box=of.length,
        radius=of.contact / 2,
        softness=of.softness,
        speed=of.v0 / 2**0.5,
        stiffness=of.k / 2,
        temperature=of.eps / 2,
        relaxation_rate=of.gamma,
        scheme="heun",
        dt=dt,
    )
    count = skipped + samples
    run = simulation.run(t_end=count * spacing, snapshots=count + 1, members=members, seed=seed)
    run = run.isel(t=slice(skipped + 1, None))
    position, propulsion = run["position"].values[..., 0], run["propulsion"].values[..., 0]
    x = np.mod(position[..., 1] - position[..., 0], of.length)
    g = (propulsion[..., 1] - propulsion[..., 0]) / 2**0.5
    return components(of, run["t"].values, np.stack([x, g], axis=-1))


def components(of: TwoOnARing, t: Array, state: Array) -> xr.Dataset:
    """States (members, t, 2) of the relative coordinate as a dataset."""
    return data.from_arrays(
        {
            "state": state,
            "drift": of.drift(state),
            "drift_divergence": of.slope(state[..., 0]) - of.gamma,
            "diffusion": np.array([of.eps, of.gamma]),
            "period": np.array([of.length, np.inf]),
        },
        title="Relative coordinate of two particles on a ring",
        t=t,
        dims={
            **dict.fromkeys(("state", "drift"), ("member", "t", "component")),
            "drift_divergence": ("member", "t"),
            **dict.fromkeys(("diffusion", "period"), ("component",)),
        },
        units=dict.fromkeys(("state", "drift", "drift_divergence", "diffusion", "period"), "1"),
        coordinates={"component": ["x", "g"]},
    )
