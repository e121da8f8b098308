"""Flows driven by white noise: schemes of strong order 1/2, 1 and 3/2."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.engines.ode.fixed import FixedSteps, State

Array = np.ndarray

LANES = 8
PURPOSE = 2  # of the random numbers: the noise of a run
MOST_SUBSTEPS = 2**20
CHECKED = 64  # members whose noise is looked at: what it depends on is the same for all


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """A stochastic scheme; `order` is the strong one for noise that depends on the state, None if it must not."""

    code: int
    order: float | None
    additive_order: float
    calculus: str
    source: str


SCHEMES = {
    "euler-maruyama": Scheme(
        code=0,
        order=0.5,
        additive_order=1.0,
        calculus="Ito",
        source="Maruyama 1955; Kloeden and Platen 1992, 10.2",
    ),
    "heun": Scheme(
        code=1,
        order=1.0,
        additive_order=1.0,
        calculus="Stratonovich",
        source="Rumelin 1982, SIAM J. Numer. Anal. 19, 604",
    ),
    "sra1": Scheme(
        code=2,
        order=None,
        additive_order=1.5,
        calculus="both",
        source="Rossler 2010, SIAM J. Numer. Anal. 48, 922",
    ),
}


class Noisy(FixedSteps):
    """Steps of a stochastic flow whose components have their own Wiener processes.

    du_i = f_i(t, u, p) dt + b_i(t, u, p) dW_i

    `euler-maruyama` solves the Ito equation, `heun` the Stratonovich equation (the same where b does not
    depend on u), `sra1` either where b depends on t alone, to strong order 3/2. The numbers are a function of
    (seed, member's stream, step, component) alone.

    Arguments: `drift(t, u, p, du)`; `noise(t, u, p, b)`; `parameters` (members, number of parameters); `dt`;
    `scheme`; `seed`; `streams` (members,), by default 0, 1, ...; `substeps`: increments that a step is made
    of. Runs with the same dt / substeps follow the same Wiener paths, which is how convergence is measured.

    Good values: sra1 for additive noise, dt a hundredth of the shortest time.

    Source: see `SCHEMES`; Kloeden and Platen 1992, Numerical Solution of Stochastic Differential Equations.
    """

    schemes: ClassVar[Mapping[str, Scheme]] = SCHEMES

    def __init__(
        self,
        *,
        drift: Any,
        noise: Any,
        parameters: Array,
        dt: float,
        steps_per_snapshot: int = 1,
        scheme: str = "euler-maruyama",
        seed: int = 0,
        streams: Array | None = None,
        substeps: int = 1,
        threads: int | None = None,
    ) -> None:
        super().__init__(parameters=parameters, dt=dt, steps_per_snapshot=steps_per_snapshot, threads=threads)
        if scheme not in self.schemes:
            raise ParameterError(
                f"scheme: one of the stochastic schemes, got {scheme!r}; {nearest(scheme, self.schemes)}"
            )
        if not 1 <= substeps <= MOST_SUBSTEPS:
            raise ParameterError(f"substeps: from 1 to {MOST_SUBSTEPS}, got {substeps!r}; use 1")
        if not 0 <= seed < 2**64:
            raise ParameterError(
                f"seed: a whole number from 0 to 2**64 - 1, got {seed!r}; choose one in that range"
            )
        members = len(self.parameters)
        chosen = np.arange(members) if streams is None else np.asarray(streams)
        if chosen.shape != (members,) or ((chosen < 0) | (chosen >= 2**32)).any():
            raise ParameterError(
                f"streams: {members} numbers from 0 to 2**32 - 1, got {streams!r}; give one a member"
            )
        self.drift, self.noise, self.scheme = drift, noise, self.schemes[scheme]
        self.seed, self.streams, self.substeps = int(seed), chosen.astype(np.uint64), int(substeps)
        self.order = self.scheme.additive_order if self.scheme.order is None else self.scheme.order
        self.work_per_step = 32 * self.substeps

    @functools.cached_property
    def _places(self) -> tuple[int, int, int, int]:
        from ergodica.sims.engines.ode.lanes import places

        members = len(self.parameters)
        return *places(self.drift, members, "drift"), *places(self.noise, members, "noise")

    def start(self, u: Array, t: float = 0.0) -> State:
        """The state at time t of a new run; raises ParameterError for noise that the scheme cannot take."""
        state = super().start(u, t)
        if self.scheme.order is None:
            self._refuse_multiplicative(state["u"])
        return state

    def _refuse_multiplicative(self, u: Array) -> None:
        from ergodica.sims.engines.ode.calls import evaluate

        for point, p in zip(u[:CHECKED], self.parameters[:CHECKED], strict=True):
            sizes = np.empty((2, point.size))
            for size, place in zip(sizes, (point, point * 1.01 + 0.01), strict=True):
                evaluate(self._places[2], 0.0, place, p, size)
            if not np.array_equal(sizes[0], sizes[1], equal_nan=True):
                raise ParameterError(
                    "scheme: sra1 is for noise that does not depend on the state, got one that does; use heun "
                    "(Stratonovich) or euler-maruyama (Ito)"
                )

    def steps(self, state: State, first: int, per: int, out: Array, parallel: bool) -> None:
        """Take the steps in place, sampling into `out`."""
        from ergodica.sims.engines.ode.noisy_kernel import Members, Steps, advance

        steps = Steps(
            *self._places,
            seed=np.uint64(self.seed),
            purpose=PURPOSE,
            scheme=self.scheme.code,
            substeps=self.substeps,
            dt=self.dt,
            before=int(state["origin"][0]),
            first=first,
            per=per,
        )
        members = Members(state["u"], self.parameters, self.streams, state["failed"], state["failed_at"], out)
        groups = -(-len(out) // LANES)
        advance(groups, steps, members, parallel=parallel and groups > 1)


class NoisyMap(Noisy):
    """Iterations of a map with noise: u_i(t + 1) = f_i(t, u) + b_i(t, u) xi_i(t), xi independent normal numbers.

    Exact but for round-off. Arguments as for `Noisy`; a step is an iteration.
    """

    schemes: ClassVar[Mapping[str, Scheme]] = {
        "iteration": Scheme(code=3, order=1.0, additive_order=1.0, calculus="Ito", source="exact")
    }

    def __init__(
        self,
        *,
        drift: Any,
        noise: Any,
        parameters: Array,
        steps_per_snapshot: int = 1,
        seed: int = 0,
        streams: Array | None = None,
        threads: int | None = None,
    ) -> None:
        super().__init__(
            drift=drift,
            noise=noise,
            parameters=parameters,
            dt=1.0,
            steps_per_snapshot=steps_per_snapshot,
            scheme="iteration",
            seed=seed,
            streams=streams,
            threads=threads,
        )
