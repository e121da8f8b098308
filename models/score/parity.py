"""The irreversible part of a drift, by what each degree of freedom does under time reversal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ergodica.models.score.drift import drift_matrix
from ergodica.models.score.frames import Stretch
from ergodica.models.score.process import Process
from ergodica.numerics.errors import ParameterError, nearest

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WORDS = {"even": 1.0, "odd": -1.0}
AGREEMENT = 1e-5
"""Of a drift computed anew with the one in the dataset, beside its size; files may be float32."""

Drift = Callable[["Array"], "Array"]


class Irreversible(NamedTuple):
    """b_ir of rows, (rows, sites, degrees), and div b_ir - div b_rev, (rows, sites)."""

    drift: Array
    divergence: Array


Split = Callable[[Stretch], Irreversible]


def variable_of(process: Process) -> tuple[str, ...]:
    """The variable that each degree of freedom belongs to: position, propulsion, heading, or state."""
    if not process.particles:
        return ("state",) * len(process.names)
    return tuple(name.split("_")[0] for name in process.names)


def parities(parity: str | Mapping[str, str], process: Process) -> Array:
    """1 or -1 for each degree of freedom, (degrees,).

    Raises:
        ParameterError: an unknown name or word, or noise that joins degrees of unlike parity.
    """
    signs = np.ones(len(process.names))
    if isinstance(parity, str):
        if parity != "even":
            raise _unknown(parity, process)
        return signs
    if not isinstance(parity, Mapping):
        raise _unknown(parity, process)
    variables = variable_of(process)
    for name, word in parity.items():
        chosen = np.array([name in both for both in zip(process.names, variables, strict=True)])
        if not chosen.any():
            known = sorted({*process.names, *variables})
            raise ParameterError(f"parity: {name!r} is no degree of freedom here; {nearest(name, known)}")
        if word not in WORDS:
            raise ParameterError(f"parity: must be 'even' or 'odd' for {name}, got {word!r}")
        signs[chosen] = WORDS[word]
    joined = (process.diffusion != 0) & (signs[:, None] != signs)
    if joined.any():
        a, b = np.argwhere(joined)[0]
        raise ParameterError(
            f"parity: noise must not join degrees of unlike parity, got {process.names[a]} and {process.names[b]}; "
            "check the names"
        )
    return signs


def _unknown(parity: object, process: Process) -> ParameterError:
    names = process.names if not process.particles else tuple(dict.fromkeys(variable_of(process)))[1:]
    many = ", ".join(f"{name!r}: 'odd'" for name in names)
    return ParameterError(
        f"parity: must be 'even' for all, or say which are odd by name, got {parity!r}; use "
        + (f"parity={{{many}}}, or some of these" if many else "parity='even'")
    )


def irreversible_part(signs: Array, process: Process, ds: xr.Dataset, drift: Drift | None) -> Split:
    """How to split off the irreversible part of the drift.

    b_ir(X) = (b(X) + E b(E X))/2, b_rev = b - b_ir, with E the diagonal matrix of parities. A heading e that is odd
    turns into -e.

    Args:
        signs: of `parities`.
        ds: its `drift_matrix` is the drift of a linear system.
        drift: b of states (rows, degrees), of a system of components whose drift is not linear.

    Raises:
        ParameterError: the drift of the reversed state is not known.
    """
    if (signs > 0).all():
        return lambda stretch: Irreversible(stretch.drift, stretch.divergence)
    if process.particles:
        return _of_particles(signs, process)
    if drift is not None:
        return _of_function(signs, drift)
    if "drift_matrix" in ds:
        return _of_matrix(signs, drift_matrix(ds))
    raise ParameterError(
        "parity: needs the drift of the reversed state, got a dataset without drift_matrix; give drift=, a function "
        "of states (rows, components)"
    )


def _of_particles(signs: Array, process: Process) -> Split:
    d = process.dimensions
    if (signs[:d] < 0).any():
        raise ParameterError(
            "parity: positions must be even, got odd ones; the dataset has no forces at mirrored places"
        )
    odd = signs[d:] < 0

    def split(stretch: Stretch) -> Irreversible:
        drift = stretch.drift.copy()
        if process.rate is None:
            drift[..., :d] -= process.speed * stretch.raw["heading"]
        else:
            drift[..., :d] -= process.speed * np.where(odd, stretch.raw["propulsion"], 0.0)
        # neither the self-propulsion of positions nor that of a heading has a divergence
        return Irreversible(drift, stretch.divergence)

    return split


def _of_matrix(signs: Array, matrix: Array) -> Split:
    def split(stretch: Stretch) -> Irreversible:
        x, b = stretch.framed(stretch.x[:, 0]), stretch.framed(stretch.drift[:, 0])
        each = np.broadcast_to(matrix, (stretch.members, *matrix.shape[-2:]))
        rest = b - x @ each.transpose(0, 2, 1)
        # far from 0 the rounding of the states is more than that of the drift
        rounding = np.finfo(np.float32).eps * np.abs(x).max() * np.abs(each).sum(axis=-1).max()
        if np.abs(rest - rest[:, :1]).max() > AGREEMENT * np.abs(b).max() + rounding:
            raise ParameterError(
                "drift_matrix: must be the whole drift up to a constant for odd degrees of freedom, got a drift that "
                "is not linear; give drift=, a function of states (rows, components)"
            )
        # exactly 0 where the drift is reversible: no rounding of b, which noiseless degrees would show
        kept = (each + signs[:, None] * each * signs) / 2
        constant = np.where(signs > 0, rest[:, :1], 0.0)
        found = x @ kept.transpose(0, 2, 1) + np.where(
            np.abs(constant) > AGREEMENT * np.abs(b).max(), constant, 0.0
        )
        return Irreversible(found.reshape(-1, 1, len(signs)), stretch.divergence)

    return split


def _of_function(signs: Array, drift: Drift) -> Split:
    def split(stretch: Stretch) -> Irreversible:
        x, b = stretch.x[:, 0], stretch.drift[:, 0]
        again = np.asarray(drift(x), dtype=np.float64)
        if again.shape != b.shape or np.abs(again - b).max() > AGREEMENT * np.abs(b).max():
            raise ParameterError(
                f"drift: must give the drift of the dataset for its states {x.shape}, got shape {again.shape} and "
                "other values; check order and parameters"
            )
        mirrored = x * signs
        # of the fifth digit of a double, times the spread: the error of central differences is of the tenth
        steps = 1e-5 * np.maximum(x.std(axis=0), 1e-300)
        divergence = np.zeros(len(x))
        for a, step in enumerate(steps):
            shift = step * np.eye(len(steps))[a]
            divergence += (drift(mirrored + shift)[:, a] - drift(mirrored - shift)[:, a]) / (2 * step)
        found = (again + signs * drift(mirrored)) / 2
        # div b_ir - div b_rev is div b at the reversed state
        return Irreversible(found[:, None], divergence[:, None])

    return split
