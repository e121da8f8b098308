"""Several laws in one dataset: experts for families of systems, and a gate that tells which one a run obeys."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.declarations import MEMBER, TIME
from ergodica.models.described import named
from ergodica.models.forecast.expert_gate import (
    clustered,
    enough,
    errors_of,
    features_of,
    law_of,
    numbers_of,
    own_laws,
    sums_of,
)
from ergodica.models.forecast.forecaster import BOUND, Forecaster
from ergodica.models.forecast.monomials import Monomials, monomial_count
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from ergodica.models.forecast.expert_gate import Sums

    Array = NDArray[np.float64]

EXPERT = "expert."
DEGREES, MONOMIALS, MOST_MONOMIALS = (3, 2, 1), 120, 1000
HELD_OUT, MOST_EXPERTS, RESIDUALS = 0.2, 8, 1024


@named
@dataclass(kw_only=True, eq=False)
class ExpertMixture(Forecaster):
    """Experts for members of several families, each member given to the one that fits it best.

    x(n + 1) = x(n) + (W_0 + c_1 W_1 + ...)^T f(x(n)),    f all monomials up to a degree

    W belongs to an expert, c to a member. Members are clustered as by k-means, with laws W fitted by least squares in
    place of means, and the error of their increments for the distance. A new run goes to the expert with the smallest
    error over its snapshots, its numbers c by least squares.

    Args:
        experts: 1 or more; None for the least number that forecasts the last fifth of each member as well as more do.
        contexts: numbers c that tell a member from others of its family, such as parameters; 0 for none.
        degree: of the monomials; None for the highest up to 3 that leaves 120 monomials or fewer.
        stride: snapshots over which the gate takes increments; more where those of one step are no larger than noise.
        context: snapshots of a new run that the gate sees at least, more than `stride`.
        expert: a forecaster that is trained on the members of each family and makes the forecasts; None for the laws
            of the gate themselves.

    Good values: contexts=0 where the members of a family differ in their start alone, else the number of parameters
    that vary; expert=ShallowPLRNN() or NVAR() for long forecasts.

    Source: Nzoyem et al. 2025, arXiv 2502.05335, for experts of families and a gate by k-means and least squares; there
    it is learned contexts that are clustered.
    """

    name = "expert-mixture"
    references = "Nzoyem, Stevens, Sahota, Barton, Deakin 2025, arXiv 2502.05335"

    experts: int | None = None
    contexts: int = 0
    degree: int | None = None
    stride: int = 1
    context: int = 20
    expert: Forecaster | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("experts", 1), ("contexts", 0), ("degree", 1), ("stride", 1)):
            if getattr(self, name) is not None:
                whole_number(name, getattr(self, name), least)
        whole_number("context", self.context, self.stride + 1)
        if self.expert is not None and not isinstance(self.expert, Forecaster):
            raise ParameterError(
                f"expert: must be a forecaster, got {type(self.expert).__name__}; use ShallowPLRNN() or None"
            )
        self._parts: list[Forecaster] = []

    @property
    def by_gradients(self) -> bool:
        """Whether the experts train networks."""
        return self.expert is not None and self.expert.by_gradients

    @property
    def lookback(self) -> int:
        """Snapshots that a forecast begins from."""
        asked = self._parts or ([] if self.expert is None else [self.expert])
        return max([self.context, *(one.lookback for one in asked)])

    def _ordered(self, values: Array) -> Array:
        # which member obeys which law is learned
        return values

    def _learn(self, values: Array, **training: Any) -> None:
        members, snapshots, variables = values.shape
        if self.experts is not None and self.experts > members:
            raise ParameterError(
                f"experts: must be at most the {members} members there are, got {self.experts}; use {members}"
            )
        monomials = self._monomials(variables)
        kept = snapshots - max(self.stride + 1, round(HELD_OUT * snapshots))
        if kept <= self.stride:
            raise ParameterError(
                f"ds: must have more than {2 * self.stride + 1} snapshots, got {snapshots}; record more, or use a "
                "smaller stride"
            )
        count = self.experts or enough(
            sums_of(values[:, :kept], monomials, self.stride),
            sums_of(values[:, kept:], monomials, self.stride),
            min(members, MOST_EXPERTS),
            self.contexts,
        )
        sums = sums_of(values, monomials)
        gate, chosen = clustered(sums_of(values, monomials, self.stride), count, self.contexts)
        laws = np.stack([law_of(sums.of(np.flatnonzero(chosen == k)), self.contexts) for k in range(count)])
        self.arrays |= {"gate": gate, "laws": laws, "chosen": chosen}
        own = self._own(sums, chosen)
        known = features_of(values[:, :-1], monomials)
        errors = np.diff(values, axis=1) - np.einsum("mta,mav->mtv", known, own)
        for one in range(count):
            flat = errors[chosen == one].reshape(-1, variables)
            at = np.linspace(0, len(flat) - 1, min(RESIDUALS, len(flat))).astype(int)
            self.arrays[f"residuals{one}"] = flat[at]
        self._parts = []
        if self.expert is not None:
            self._train(self.expert, values, chosen, count, training)

    def _train(
        self,
        expert: Forecaster,
        values: Array,
        chosen: NDArray[np.intp],
        count: int,
        training: dict[str, Any],
    ) -> None:
        layout = self.fitted_layout
        out = training.pop("out", None)
        for one in range(count):
            part, own = copy.deepcopy(expert), self._natural(values[chosen == one])
            coordinates = {TIME: layout.times(0.0, own.shape[1]), MEMBER: np.arange(len(own))}
            ds = layout.dataset(own, (MEMBER, TIME), coordinates, {})
            names = [str(name) for name in layout.template.data_vars]
            folder = {} if out is None else {"out": os.path.join(out, f"expert-{one}")}
            part.fit(ds, names, **training, **folder)
            self._parts.append(part)
        self.notes["parts"] = [part.notes for part in self._parts]

    def gate(self, source: xr.Dataset | str | os.PathLike[str]) -> xr.Dataset:
        """Which expert each member of a run goes to.

        Returns:
            `expert` (member) counts from 0; `error` (member, law): of the increments by each expert, in shares of their
            mean square; `context` (member, number): c.

        Raises:
            ParameterError: the run has other features or another spacing than the training data.
        """
        import xarray as xr

        series = self._series(source)
        values = self._standard(series.values)
        errors, chosen = self._gated(values)
        sums = sums_of(values, self._monomials(values.shape[-1]))
        numbers = np.stack([numbers_of(self.arrays["laws"][k], sums)[m] for m, k in enumerate(chosen)])
        one = {"units": "1"}
        made = xr.Dataset(
            {
                "expert": ((MEMBER,), chosen, {**one, "long_name": "expert with the smallest error"}),
                "error": (
                    (MEMBER, "law"),
                    errors,
                    {**one, "long_name": "share of the increments not explained"},
                ),
                "context": ((MEMBER, "number"), numbers, {**one, "long_name": "numbers of the member"}),
            }
        )
        members = np.arange(len(chosen)) if series.members is None else series.members
        made = made.assign_coords({MEMBER: (MEMBER, members, {**one, "long_name": "ensemble member"})})
        return made.isel({MEMBER: 0}, drop=True) if series.members is None else made

    def _rollout(self, context: Array, steps: int, draws: np.random.Generator | None) -> Array:
        monomials = self._monomials(context.shape[-1])
        _, chosen = self._gated(context)
        made = np.empty((len(context), steps, context.shape[-1]))
        own = self._own(sums_of(context, monomials), chosen)
        for one in np.unique(chosen):
            rows = chosen == one
            if self._parts:
                part = self._parts[one]
                natural = part._standard(self._natural(context[rows]))
                made[rows] = self._standard(part._natural(part._rollout(natural, steps, draws)))
            else:
                noise = self.arrays[f"residuals{one}"] if draws is not None else None
                made[rows] = _iterated(context[rows, -1], own[rows], monomials, steps, noise, draws)
        return made

    def _gated(self, values: Array) -> tuple[Array, NDArray[np.intp]]:
        sums = sums_of(values, self._monomials(values.shape[-1]), self.stride)
        errors = np.stack([errors_of(law, sums) for law in self.arrays["gate"]], axis=1)
        return errors, errors.argmin(axis=1)

    def _own(self, sums: Sums, chosen: NDArray[np.intp]) -> Array:
        made = np.empty(sums.cross.shape)
        for one in np.unique(chosen):
            rows, law = np.flatnonzero(chosen == one), self.arrays["laws"][one]
            made[rows] = own_laws(law, numbers_of(law, sums.of(rows)))
        return made

    def _monomials(self, variables: int) -> Monomials:
        fitting = [one for one in DEGREES if monomial_count(variables, one) <= MONOMIALS]
        degree = self.degree or (fitting[0] if fitting else 1)
        if monomial_count(variables, degree) > MOST_MONOMIALS:
            raise ParameterError(
                f"degree: must leave at most {MOST_MONOMIALS} monomials, got {monomial_count(variables, degree)} of "
                f"degree {degree} in {variables} features; use a smaller degree or fewer variables"
            )
        return Monomials.up_to(variables, degree)

    def state(self) -> dict[str, NDArray[Any]]:
        """What was learned, by name; that of the experts after `expert.N.`."""
        made = super().state()
        for number, part in enumerate(self._parts):
            made |= {f"{EXPERT}{number}.{name}": values for name, values in part.state().items()}
        return made

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Takes what `state` gave."""
        super().restore({name: values for name, values in state.items() if not name.startswith(EXPERT)})
        self._parts = []
        for number, notes in enumerate(self.notes.get("parts", [])):
            assert self.expert is not None
            part, first = copy.deepcopy(self.expert), f"{EXPERT}{number}."
            part.layout, part.notes = self.layout, dict(notes)
            part.restore({n.removeprefix(first): v for n, v in state.items() if n.startswith(first)})
            self._parts.append(part)


def _iterated(
    start: Array,
    laws: Array,
    monomials: Monomials,
    steps: int,
    noise: Array | None,
    draws: np.random.Generator | None,
) -> Array:
    made, x = np.empty((len(start), steps, start.shape[-1])), start.copy()
    limit = 1e3 * BOUND
    for n in range(steps):
        x = x + np.einsum("ma,mav->mv", features_of(x, monomials), laws)
        if noise is not None and draws is not None:
            x += noise[draws.integers(len(noise), size=len(x))]
        # beyond the bound the forecast is held in any case, and powers must not overflow
        x = made[:, n] = np.clip(x, -limit, limit)
    return made
