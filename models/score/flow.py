"""The probability flow: states carried along the current of a stationary density."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.score.drift import States, linear_drift, raw_of
from ergodica.models.score.evaluation import Scores
from ergodica.models.score.frames import Stretch, opened, stretches
from ergodica.models.score.labels import NO_PICTURE, Labels, finished, rate_unit, titled
from ergodica.models.score.other_process import warn_of_other_process
from ergodica.models.score.process import Process, process_of, require_drift
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

KEPT = ("box", "period", "diffusion", "diffusion_matrix", "radius", "drift_matrix")
"""Of the dataset, beside what is named after a diffusion, rate or speed, what the flow has too."""


def probability_flow(
    network: Any,
    ds: xr.Dataset | str | os.PathLike[str],
    *,
    t_end: float,
    dt: float,
    snapshots: int = 101,
    drift: States | None = None,
    batch: int | None = None,
    device: str = "cpu",
    progress: bool | None = None,
) -> xr.Dataset:
    """States that follow the velocity of the probability flow, without noise, with the density of the process.

    dX/dt = b(X) - D s(X)

    by the classical Runge-Kutta method of order 4, in double precision. Every frame of `ds`, of each member, is a start
    of its own. In a stationary state the starts keep their density: a check of score and drift in one. Positions are
    wrapped into a periodic box.

    Args:
        network: a score network, or an ensemble, whose mean counts.
        ds: the states to start from, such as `run.isel(t=slice(None, None, 10))`, with `drift` and `drift_divergence`.
        t_end: how long, > 0.
        dt: largest step, > 0; the one used divides the spacing of snapshots.
        snapshots: times, the start among them, >= 2.
        drift: b of states: (rows, components) to the same shape, or of particles (rows, particles, degrees). None
            takes the closed form where the drift is linear but for the propulsion: a trap, a linear system.
        batch: states at once in the network; None takes 4096 sites.
        device: "cpu", "cuda", "cuda:N" or "auto".
        progress: a bar; None shows one on a terminal.

    Returns:
        Dataset with `position` and `propulsion` or `heading`, or `state`, over (member, t, ...): member j is the start
        number j, the frames of a member side by side; and `velocity(member, t, particle, degree)`.

    Raises:
        ParameterError: numbers out of range, a drift that is neither given nor linear, or unlike that of the dataset;
            states that run away.

    Good values: dt of a tenth of the fastest relaxation time.

    Source: Maoutsa, Reich, Opper 2020, Entropy 22, 802; Boffi and Vanden-Eijnden 2023, arXiv 2309.12991.
    """
    from tqdm import tqdm

    _check(t_end, dt, snapshots)
    with opened(ds) as data:
        process = process_of(data)
        require_drift(data, process, "probability_flow")
        scores = Scores(network, process, batch=batch, device=device)
        warn_of_other_process(network, data, stacklevel=2)
        starts = list(stretches(data, process, (*process.variables, *process.optional)))
        field = _field(
            scores, process, linear_drift(data, process) if drift is None else _shaped(drift, process)
        )
        about = data[
            [name for name in data.data_vars if "t" not in data[name].dims or name in process.variables]
        ]
        about = about.isel(t=slice(0, 1)).load()
    members = starts[0].members
    x = np.concatenate([one.framed(one.x) for one in starts], axis=1).reshape(-1, *starts[0].x.shape[1:])
    there = np.concatenate([one.framed(one.drift) for one in starts], axis=1).reshape(x.shape)
    _check_drift(field[0](x), there)
    times = np.linspace(0.0, t_end, snapshots)
    steps = max(1, int(np.ceil((times[1] - times[0]) / dt * (1 - 1e-12))))
    h = (times[1] - times[0]) / steps
    states, velocities = [x], [field[1](x)]
    bar = tqdm(
        total=(snapshots - 1) * steps,
        desc="probability flow",
        unit="step",
        disable=None if progress is None else not progress,
        leave=False,
    )
    # states that run away are told of below
    with bar, np.errstate(over="ignore", invalid="ignore"):
        for t in times[1:]:
            for _ in range(steps):
                x = _stepped(field[1], x, h, process.period)
                bar.update()
            if not np.isfinite(x).all():
                raise ParameterError(
                    f"dt: states run away before t={t:g} with steps of {h:g}; use a smaller dt, or a better network"
                )
            states.append(x)
            velocities.append(field[1](x))
    return _dataset(
        np.stack(states, 1), np.stack(velocities, 1), times, about, scores, {"dt": h, "members": members}
    )


def _check(t_end: float, dt: float, snapshots: int) -> None:
    for name, value in (("t_end", t_end), ("dt", dt)):
        if not (np.isfinite(value) and value > 0):
            raise ParameterError(f"{name}: must be finite and above 0, got {value!r}; use a positive time")
    if isinstance(snapshots, bool) or int(snapshots) != snapshots or snapshots < 2:
        raise ParameterError(f"snapshots: must be a whole number of at least 2, got {snapshots!r}; use 101")


def _check_drift(found: Array, there: Array) -> None:
    if found.shape != there.shape or np.abs(found - there).max() > 1e-5 * np.abs(there).max():
        raise ParameterError(
            f"drift: must give the drift of the dataset at its states, got shape {found.shape} and other values; check "
            "order and parameters"
        )


def _shaped(drift: States, process: Process) -> States:
    """A function of states (rows, sites, degrees) from one that knows no sites of components."""
    if process.particles:
        return lambda x: np.asarray(drift(x), dtype=np.float64)
    return lambda x: np.asarray(drift(x[:, 0]), dtype=np.float64)[:, None]


def _field(scores: Scores, process: Process, drift: States) -> tuple[States, States]:
    """The drift, and the velocity of the flow."""

    def velocity(x: Array) -> Array:
        b = drift(x)
        raw = raw_of(x, b, process)
        score = scores.of(Stretch(0, 1, x, b, raw["drift_divergence"], raw)).mean(axis=0)
        found: Array = b - score @ process.diffusion
        return found

    return drift, velocity


def _stepped(velocity: States, x: Array, h: float, period: Array) -> Array:
    k1 = velocity(x)
    k2 = velocity(x + h / 2 * k1)
    k3 = velocity(x + h / 2 * k2)
    k4 = velocity(x + h * k3)
    moved = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    around = np.isfinite(period)
    moved[..., around] %= period[around]
    return moved


def _dataset(
    x: Array, velocity: Array, times: Array, ds: xr.Dataset, scores: Scores, config: dict[str, Any]
) -> xr.Dataset:
    process = scores.process
    raw = raw_of(x.reshape(-1, *x.shape[2:]), np.zeros((x.shape[0] * x.shape[1], *x.shape[2:])), process)
    made = Labels(rate=rate_unit(ds))
    own = ("particle", "space") if process.particles else ("component",)
    for name in process.variables:
        values = raw[name].reshape(x.shape[0], x.shape[1], *raw[name].shape[1:])
        attrs = ds[name].attrs
        made.part(
            name,
            values,
            str(attrs.get("long_name", name)),
            dims=("member", "t", *own),
            units=str(attrs.get("units", "1")),
            kind=str(attrs.get("ergodica_kind", "agents" if process.particles else "states")),
        )
    made.part(
        "velocity",
        velocity if process.particles else velocity[:, :, 0],
        "velocity of the probability flow",
        dims=("member", "t", *(("particle",) if process.particles else ()), "degree"),
        units="1",
        kind=NO_PICTURE,
    )
    labels = ("particle", "space", "component")
    coordinates: dict[str, Any] = {
        dim: ds[f"{dim}_name"].values if f"{dim}_name" in ds.coords else ds[dim]
        for dim in labels
        if dim in own and (dim in ds.coords or f"{dim}_name" in ds.coords)
    }
    found = finished(
        made,
        ds,
        scores,
        title=titled("Probability flow", ds),
        coordinates={**coordinates, "degree": np.array(process.names)},
        config=config,
        t=times,
    )
    numbers = [
        str(name)
        for name in ds.data_vars
        if "t" not in ds[name].dims
        and "member" not in ds[name].dims
        and (name in KEPT or str(name).endswith(("_diffusion", "_rate", "_speed")))
    ]
    return found.merge(ds[numbers].drop_vars([c for c in ds[numbers].coords if c in found.coords]))
