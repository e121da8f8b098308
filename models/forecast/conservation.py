"""Forecasts that keep what the system conserves."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.described import named, rebuilt
from ergodica.models.forecast.forecaster import BOUND, Forecaster
from ergodica.models.forecast.nvar import NVAR
from ergodica.models.forecast.quantities import check_names, evaluated, names_in, read, slots
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ITERATIONS = 60
EXACT = 1e-14
"""Residual, by the size of the quantity over the training data, at which the iteration ends."""
MET = 1e-12
VARYING = 0.05
"""Spread of a quantity along the trajectories, by the one it had if the features did not depend on each other, above
which it is not conserved."""
ROWS = 4096
OF = "of."


@named
@dataclass(kw_only=True, eq=False)
class Conserved(Forecaster):
    """The forecasts of another forecaster, moved onto the states with the conserved values of the context.

    x' = x - g^T (g g^T)^-1 (h(x) - h_0) in standard units, g = dh/dx, until h(x') = h_0: Newton's iteration, of which
    one step is the ProbConserv update where h is linear; a step that goes too far is halved. h_0 is the mean of h over
    the last `lookback` snapshots, so that noise of the observation averages out. Each draw is moved by itself; where h
    is linear and the draws are Gaussian of equal variances that samples the conditioned Gaussian.

    A warning says where a quantity is not conserved by the data, or cannot be met by a forecast.

    Args:
        of: the forecaster.
        quantities: texts in the names of components, or of whole variables with `sum`.

    Good values: quantities=("v**2/2 - cos(x)",) for a pendulum, ("sum(psi_real**2 + psi_imag**2)",) for the mass of a
    wave function, ("sum(u)",) for a budget.

    Source: Hansen et al. 2023, Learning physical models that can respect conservation laws, arXiv 2302.11002; for
    nonlinear laws the projection of Hairer, Lubich and Wanner, Geometric Numerical Integration, IV.4.
    """

    of: Forecaster = field(default_factory=NVAR)
    quantities: tuple[str, ...] = ()

    name = "conserved"
    references = "Hansen et al. 2023, arXiv 2302.11002"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.of, Forecaster):
            raise ParameterError(f"of: must be a forecaster, got {self.of!r}; use of=NVAR()")
        if isinstance(self.quantities, str):
            self.quantities = (self.quantities,)
        if not self.quantities or not all(isinstance(one, str) for one in self.quantities):
            raise ParameterError(
                f"quantities: must be expressions, got {self.quantities!r}; use quantities=('x**2 + v**2',)"
            )
        self.quantities = tuple(self.quantities)
        for text in self.quantities:
            if not names_in(read(text)):
                raise ParameterError(
                    f"quantities: must depend on the state, got {text!r}; name a component or a variable in it"
                )
        self.part = self.of

    @property
    def lookback(self) -> int:
        """Snapshots that the forecaster begins from."""
        return self.part.lookback

    @property
    def by_gradients(self) -> bool:
        """Whether the forecaster trains a network."""
        return self.of.by_gradients

    def _learn(self, values: Array, **training: Any) -> None:
        for text in self.quantities:
            check_names(read(text), self.fitted_layout)
        self.arrays["size"] = self._measure(values)
        part = rebuilt(self.of.name, self.of.config)
        assert isinstance(part, Forecaster)
        self.part, d = part, values.shape[-1]
        part.layout, part.arrays = self.layout, {"mean": np.zeros(d), "scale": np.ones(d)}
        part._learn(values, **training)
        self.notes["part"] = part.notes

    def _settings(self) -> dict[str, Any]:
        return {"of": self.part.settled()}

    def _measure(self, values: Array) -> Array:
        """Size of each quantity over the data; warns where it varies."""
        natural = self._natural(values)
        members, snapshots, d = natural.shape
        with np.errstate(all="ignore"):
            own = self._quantities(natural.reshape(-1, d)).reshape(members, snapshots, -1)
            mixed = self._quantities(np.random.default_rng(0).permuted(natural.reshape(-1, d), axis=0))
        for at, text in enumerate(self.quantities):
            if not np.isfinite(own[..., at]).all():
                raise ParameterError(
                    f"quantities: {text!r} must be a finite number for every snapshot, got NaN or infinity; write one "
                    "that is defined over all of the data"
                )
        # by chance a state may lie where the quantity is not defined
        mixed = mixed[np.isfinite(mixed).all(axis=1)]
        mixed = mixed if len(mixed) else own.reshape(-1, own.shape[-1])
        along = np.sqrt(own.var(axis=1).mean(axis=0))
        for text, spread, by_chance in zip(self.quantities, along, mixed.std(axis=0), strict=True):
            if spread > VARYING * by_chance:
                warnings.warn(
                    f"conserved: {text} varies by {spread:.2g} along the data, {spread / by_chance:.0%} of what "
                    "independent features would give; it may not be conserved",
                    stacklevel=5,
                )
        size = np.maximum(abs(own).max(axis=(0, 1)), abs(mixed).max(axis=0))
        return np.where(size > 0, size, 1.0)

    def _quantities(self, natural: Array) -> Array:
        """h(x) of states (rows, features), (rows, quantities)."""
        places = slots(self.fitted_layout)
        return np.stack([self._one(read(text), natural, places, np) for text in self.quantities], axis=1)

    @staticmethod
    def _one(tree: Any, values: Any, places: Any, functions: Any) -> Any:
        try:
            found = evaluated(tree, values, places, functions)
        except (ArithmeticError, ValueError) as error:
            raise ParameterError(
                f"quantities: a number in {ast.unparse(tree)!r} is not defined ({error}); write another"
            ) from None
        if found.ndim != 1:
            raise ParameterError(
                "quantities: must be one number for a state, got an array; put sum(...) around what lies in space"
            )
        return found

    def _slopes(self, natural: Array) -> tuple[Array, Array]:
        """h(x) and dh/dx, (rows, quantities) and (rows, quantities, features)."""
        from ergodica.models.torch_needed import torch

        places, found, slopes = slots(self.fitted_layout), [], []
        for text in self.quantities:
            values = torch.from_numpy(natural.copy()).requires_grad_(True)
            one = self._one(read(text), values, places, torch)
            (slope,) = torch.autograd.grad(one.sum(), values)
            found.append(one.detach().numpy().copy())
            slopes.append(slope.numpy())
        return np.stack(found, axis=1), np.stack(slopes, axis=1)

    def _rollout(self, context: Array, steps: int, draws: np.random.Generator | None) -> Array:
        made = self.part._rollout(context, steps, draws)
        last = self._natural(context[:, -self.lookback :])
        rows, length, d = last.shape
        kept = self._quantities(last.reshape(-1, d)).reshape(rows, length, -1).mean(axis=1)
        flat, wanted = made.reshape(-1, d).copy(), np.repeat(kept, steps, axis=0)
        # what has diverged is held by the base
        sound: NDArray[np.bool_] = np.asarray((abs(flat) <= BOUND).all(axis=1))
        unmet = 0
        for first in range(0, len(flat), ROWS):
            own = np.flatnonzero(sound[first : first + ROWS]) + first
            if len(own):
                flat[own], failed = self._moved(flat[own], wanted[own])
                unmet += failed
        if unmet:
            warnings.warn(
                f"conserved: {unmet} of {len(flat)} states could not be moved to the conserved values and are left",
                stacklevel=5,
            )
        return flat.reshape(made.shape)

    def _moved(self, states: Array, wanted: Array) -> tuple[Array, int]:
        """States with the wanted values, (rows, features), and how many could not be moved."""
        size, scale = self.arrays["size"], self.arrays["scale"]
        found, least, at = states.copy(), np.full(len(states), np.inf), np.arange(len(states))
        moving, step, share = states, np.zeros_like(states), np.ones(len(states))
        with np.errstate(all="ignore"):
            for _ in range(ITERATIONS):
                value, slope = self._slopes(self._natural(moving))
                residual, slope = (value - wanted[at]) / size, slope / size[:, None]
                error = np.nan_to_num(abs(residual).max(axis=1), nan=np.inf)
                better = (error < least[at]) & np.isfinite(slope).all(axis=(1, 2))
                new = at[better]
                found[new], least[new] = moving[better], error[better]
                inner = slope[better] * scale
                # by the steepness of each, so that a quantity with a large constant in it counts as others do
                steep = np.linalg.norm(inner, axis=2, keepdims=True)
                inner, missed = (
                    np.where(steep > 0, one / steep, 0.0) for one in (inner, residual[better][..., None])
                )
                gram = np.linalg.pinv(inner @ inner.transpose(0, 2, 1), rcond=1e-12, hermitian=True)
                change = (gram @ missed)[..., 0]
                step[new] = (inner * change[..., None]).sum(axis=1)
                # a step that went too far is halved; below MET it is round-off that stops the descent
                share[at] = np.where(better, 1.0, share[at] / 2)
                at = at[np.where(better, error > EXACT, (least[at] > MET) & np.isfinite(least[at]))]
                if not len(at):
                    break
                moving = found[at] - share[at, None] * step[at]
        failed = least > MET
        found[failed] = states[failed]
        return found, int(failed.sum())

    def state(self) -> dict[str, NDArray[Any]]:
        """What was learned, by name; of the forecaster after `of.`."""
        return {**super().state(), **{OF + name: one for name, one in self.part.state().items()}}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Takes what `state` gave; the forecaster is built anew."""
        part = rebuilt(self.of.name, self.of.config)
        assert isinstance(part, Forecaster)
        part.layout, part.notes = self.layout, self.notes["part"]
        part.restore({n.removeprefix(OF): one for n, one in state.items() if n.startswith(OF)})
        self.part = part
        super().restore({name: one for name, one in state.items() if not name.startswith(OF)})
