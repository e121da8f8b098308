"""Covariant Lyapunov vectors: directions that the tangent dynamics carries into each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.sims.chaos.plan import TOLERANCE, Plan, plan
from ergodica.sims.chaos.propagate import STEPS_A_WINDOW, course, refuse_failed, start_frames, start_records
from ergodica.sims.chaos.subject import PURPOSE_BACKWARDS, Subject, refuse_delay, refuse_noise, subject

if TYPE_CHECKING:
    import xarray as xr

Array = np.ndarray

REFERENCES = (
    "Ginelli, Poggi, Turchi, Chate, Livi, Politi 2007, Phys. Rev. Lett. 99, 130601; Ginelli, Chate, Livi, "
    "Politi 2013, J. Phys. A 46, 254005"
)
SAMPLES_A_PERIOD = 16
AT_REST = 1e-6
"""Speed, in sizes of the orbit over its typical time, of a flow at an equilibrium."""


def covariant_vectors(
    system: Any,
    *,
    parameters: Mapping[str, Any] | None = None,
    initial: Any = None,
    t_end: float | None = None,
    samples: int = 1000,
    transient: float | None = None,
    settle: float | None = None,
    rtol: float = TOLERANCE,
    exponents: int | None = None,
    seed: int = 0,
) -> xr.Dataset:
    """Covariant Lyapunov vectors along an orbit, by Ginelli's method.

    M(t, s) v_i(s) = growth v_i(t), growing at the rate l_i forwards and -l_i backwards in time.

    Forwards: M Q_n = Q_{n+1} R_{n+1}. Backwards, from any upper triangular C: C_n = R_{n+1}^-1 C_{n+1},
    columns normalised, v = Q C.

    Args:
        system, parameters, initial, transient, rtol, exponents, seed: as for `lyapunov_spectrum`.
        t_end: time over which vectors are wanted; None for 1000/16 typical times (1000 iterations).
        samples: how many, evenly spaced, the first at 0.
        settle: time beyond t_end in which the backward iteration settles; None for as long as `transient`.

    Returns:
        `vector(t, index, component)`, unit vectors; `local_exponent(t, index)`, their rate of growth up to the
        next sample, whose mean is the exponent; `state(t, component)`; `angle(t)`, the smallest angle between
        the span of the growing vectors and that of the shrinking ones, which hyperbolicity keeps from zero
        (NaN where there are not both). Of an autonomous flow the vector along the velocity is neither; nor, of a
        Hamiltonian one, its partner across the surfaces of energy.

    Raises:
        ParameterError: what cannot work.
        RunError: an orbit that leaves the finite numbers.

    Source: Ginelli et al. 2007, Phys. Rev. Lett. 99, 130601.
    """
    chosen = subject(system, parameters)
    refuse_noise(chosen, "covariant_vectors")
    refuse_delay(chosen, "covariant_vectors")
    if isinstance(samples, bool) or not isinstance(samples, int | np.integer) or samples < 2:
        raise ParameterError(f"samples: a whole number of at least 2, got {samples!r}; use 1000")
    planned = plan(
        chosen,
        t_end=t_end,
        transient=transient,
        dt=None,
        rtol=rtol,
        exponents=exponents,
        members=1,
        seed=seed,
        renormalize=None,
        threads=1,
        initial=initial,
    )
    length = planned.t_end if t_end is not None else (samples - 1) * planned.survey.time / SAMPLES_A_PERIOD
    if chosen.is_map:
        length = float(samples - 1) if t_end is None else float(t_end)
        if length % (samples - 1):
            raise ParameterError(
                f"samples: one less must divide t_end = {length:g} iterations, got {samples}; leave t_end out"
            )
    spacing = length / (samples - 1)
    beyond = planned.transient if settle is None else float(settle)
    if not (np.isfinite(beyond) and beyond >= 0):
        raise ParameterError(f"settle: finite and at least 0, got {settle!r}; leave it out for a fitting one")
    points, frames, uppers = _forwards(planned, samples, spacing, int(np.ceil(beyond / spacing)) + 1)
    vectors, rates = _backwards(frames, uppers, planned.survey.scale, spacing, seed)
    return _dataset(planned, points, vectors, rates, spacing)


def _forwards(planned: Plan, samples: int, spacing: float, beyond: int) -> tuple[Array, Array, Array]:
    """Points (n, d), frames (n, k, d), and R from each sample to the next (n - 1 + beyond, k, k)."""
    from ergodica.sims.chaos.tangent import advance_frames

    chosen, k, d = planned.subject, planned.exponents, planned.subject.size
    record = start_records(planned)
    y, how = start_frames(planned)[0], course(planned, STEPS_A_WINDOW)
    nothing, no_frames = np.empty((0, d)), np.empty((0, k, d))
    points, frames = np.empty((samples, d)), np.empty((samples, k, d))
    uppers = np.empty((samples - 1 + beyond, k, k))

    def carry(start: float, width: float, at: Array, frame: Array, upper: Array) -> None:
        advance_frames(how, start, width, y, chosen.vector, record[0], at, frame, upper)
        refuse_failed(chosen, record)

    if planned.transient > 0:
        carry(0.0, planned.transient, nothing, no_frames, np.empty((1, k, k)))
    points[0], frames[0] = y[:d], y[d:].reshape(k, d)
    carry(planned.transient, spacing, points[1:], frames[1:], uppers[: samples - 1])
    end = planned.transient + (samples - 1) * spacing
    carry(end, spacing, nothing, no_frames, uppers[samples - 1 :])
    return points, frames, uppers


def _backwards(frames: Array, uppers: Array, scale: Array, spacing: float, seed: int) -> tuple[Array, Array]:
    """Vectors (n, k, d) of unit length and their rates of growth to the next sample (n, k)."""
    from scipy.linalg import solve_triangular

    from ergodica.numerics.random import uniforms

    samples, k, _ = frames.shape
    numbers = uniforms(seed, 0, 0, k * k, purpose=PURPOSE_BACKWARDS).reshape(k, k)
    c = np.triu(0.1 + 0.9 * numbers)
    c /= np.linalg.norm(c, axis=0)
    vectors, rates = np.empty_like(frames), np.empty((samples, k))
    for n in range(len(uppers) - 1, -1, -1):
        before = solve_triangular(uppers[n], c)
        shrunk = np.linalg.norm(before, axis=0)
        c = before / shrunk
        if n < samples:
            # (d, k) = Q C
            columns = frames[n].T @ c
            lengths = np.linalg.norm(columns, axis=0)
            vectors[n] = (columns / lengths).T
            # in the units of each component, whose time average is the exponent in any
            rates[n] = -np.log(shrunk) / spacing
    return vectors, rates


def neutral(chosen: Subject, points: Array, vectors: Array, exponents: Array, limit: Array) -> list[int]:
    """Numbers of the vectors that neither grow nor shrink by an exact rule.

    Of an autonomous flow the one along the velocity, since an exponent nearest zero may be another in a short
    run; where an energy is kept, its partner too. None of a flow at rest, slower than `limit` (d,).
    """
    if chosen.is_map or not chosen.definition.autonomous:
        return []
    speed = np.array([chosen.kernels(u, 0.0, chosen.values) for u in points])
    if (np.abs(speed[-1]) < limit).all():
        return []
    length = np.maximum(np.linalg.norm(speed, axis=1), np.finfo(float).tiny)
    along = np.abs(np.einsum("nkd,nd->nk", vectors, speed) / length[:, None])
    flow = int(np.median(along, axis=0).argmax())
    if chosen.definition.hamiltonian is None or len(exponents) < 2:
        return [flow]
    others = np.where(np.arange(len(exponents)) == flow, np.inf, np.abs(exponents))
    return [flow, int(others.argmin())]


def _angles(vectors: Array, exponents: Array, neither: list[int]) -> Array:
    """Smallest angle between the spans of growing and of shrinking vectors at each sample, (n,)."""
    growing, shrinking = exponents > 0, exponents < 0
    if neither:
        # vectors are in the order of their exponents, which a short run gives with the wrong sign
        growing, shrinking = (
            (np.arange(len(exponents)) < min(neither)),
            (np.arange(len(exponents)) > max(neither)),
        )
    if not growing.any() or not shrinking.any():
        return np.full(len(vectors), np.nan)
    a = np.linalg.qr(vectors[:, growing].transpose(0, 2, 1))[0]
    b = np.linalg.qr(vectors[:, shrinking].transpose(0, 2, 1))[0]
    cosine = np.linalg.svd(a.transpose(0, 2, 1) @ b, compute_uv=False)[:, 0]
    return np.arccos(np.minimum(cosine, 1.0))


def _dataset(planned: Plan, points: Array, vectors: Array, rates: Array, spacing: float) -> xr.Dataset:
    from ergodica.data import from_arrays

    chosen, seen = planned.subject, planned.survey
    exponents = rates.mean(0)
    neither = neutral(chosen, points, vectors, exponents, AT_REST * seen.scale / seen.time)
    unit = "iteration" if chosen.is_map else "time"
    return from_arrays(
        {
            "vector": vectors,
            "local_exponent": rates,
            "state": points,
            "angle": _angles(vectors, exponents, neither),
        },
        title=f"Covariant Lyapunov vectors of {chosen.definition.title}",
        t=spacing * np.arange(len(points)),
        dims={
            "vector": ("t", "index", "component"),
            "local_exponent": ("t", "index"),
            "state": ("t", "component"),
            "angle": ("t",),
        },
        units={"vector": "1", "local_exponent": "1", "state": "1", "angle": "rad", "t": "1", "index": "1"},
        long_names={
            "vector": "covariant Lyapunov vector",
            "local_exponent": f"growth of the vector per {unit} up to the next sample",
            "state": "state",
            "angle": "smallest angle between growing and shrinking directions",
            "t": "iterations after the transient" if chosen.is_map else "time after the transient",
            "index": "exponent, the largest first",
        },
        kinds={"vector": "vectors", "local_exponent": "exponents", "state": "states", "angle": "series"},
        coordinates={
            "index": np.arange(1, planned.exponents + 1),
            "component": np.array(chosen.components),
        },
        references="; ".join(filter(None, (chosen.definition.reference, REFERENCES))),
        config={
            **chosen.config(),
            "measure": "covariant_vectors",
            "transient": planned.transient,
            "rtol": planned.rtol,
            "seed": planned.seed,
        },
    )
