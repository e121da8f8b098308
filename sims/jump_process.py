"""Markov jump processes between finitely many states."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field, model_validator

from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.arrays import CPU, Device
from ergodica.numerics.errors import ParameterError, RunError, nearest
from ergodica.sims.jump_process_networks import NETWORKS, PRESETS
from ergodica.sims.jump_process_start import STATIONARY, checked_initial, state_of, states_at_start
from ergodica.sims.named_parameters import complete, members_of, of_member
from ergodica.sims.parameters import Each
from ergodica.sims.registry import register
from ergodica.sims.sampling import MOST_NUMBERED, RunArguments
from ergodica.sims.simulation import Draw, Preset, Simulation, State, Stepper

if TYPE_CHECKING:
    import xarray as xr

USER = "user"
SIGMAS = 9  # of a Poisson number: above them in one of 1e14 intervals, where the run ends with an error


@register
class JumpProcess(Simulation):
    """A Markov process that jumps between n states at given rates, simulated exactly, event by event.

    dp_j/dt = sum_i (p_i w_ij - p_j w_ji),  w_ij the rate from i to j

    A network by name, or `rates` of your own. Its dataset has the state at each snapshot, `state(t)`, and since t=0
    the number of `transitions(t, from_state, to_state)` and the `dwell_time(t, from_state)`, so that
    `ds.transitions / ds.dwell_time` estimates `rates`; also the exact `rates`, `stationary_distribution` and
    `entropy_production_rate`, which is sum_{i<j} (J_ij - J_ji) ln(J_ij/J_ji), J_ij = pi_i w_ij. With
    `record="events"` it has every event. Conserved: probability.

    Good values: t_end of a thousand mean dwell times; the spacing of snapshots changes neither path nor counts.

    Source: Gillespie 1977, J. Phys. Chem. 81, 2340; Schnakenberg 1976, Rev. Mod. Phys. 48, 571.
    """

    name = "jump-process"
    title = "Markov jump process"
    equation = r"\dot p_j = \sum_i (p_i w_{ij} - p_j w_{ji})"
    references = "Gillespie 1977, J. Phys. Chem. 81, 2340; Schnakenberg 1976, Rev. Mod. Phys. 48, 571"
    presets: ClassVar[Mapping[str, Preset]] = PRESETS
    default_preset = "flashing-ratchet"
    owned: ClassVar[Mapping[str, str]] = {"parameters": "network"}
    optional: ClassVar[Mapping[str, str]] = {
        "events": "time of every event and the state that it leads to, `event_count(t)` of them since the snapshot "
        "before, in `event_time(t, event)` and `event_state(t, event)`; -1 where there is none"
    }
    from_file = ("rates", "initial")

    network: str = Field(
        "flashing-ratchet", min_length=1, description="name of a network, or a name of your own with `rates`"
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="parameters of the network; each a number, or one for each member"
    )
    rates: Any = Field(
        None,
        description="rates of your own in place of a network: rates[i, j] from state i to j, the diagonal 0; as text "
        "0,1; 2,0; from Python also (members, n, n)",
    )
    state_names: tuple[str, ...] | None = Field(
        None, description="names of the states of your own rates; none for 0, 1, ..."
    )
    initial: Any = Field(
        STATIONARY,
        description="stationary: drawn from the stationary distribution; or the name or number of a state; from "
        "Python one for each member, or a snapshot",
    )
    events_per_snapshot: int = Field(
        0, ge=0, le=2**24, description="room for events between two snapshots, needed by record events"
    )

    @classmethod
    def merged(cls, base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        """`base` with `changes`, where rates of one's own and a network by name take each other's place."""
        values = super().merged(base, changes)
        if changes.get("rates") is not None:
            values["parameters"] = changes.get("parameters", {})
        elif "network" in changes:
            values |= {name: changes.get(name) for name in ("rates", "state_names")}
        return values

    @model_validator(mode="after")
    def _resolve(self) -> JumpProcess:
        put = functools.partial(object.__setattr__, self)
        if self.rates is None:
            if self.network not in NETWORKS:
                raise ParameterError(
                    f"network: {self.network!r} is not known; {nearest(self.network, NETWORKS)}; rates make your own"
                )
            if self.state_names is not None:
                raise ParameterError(
                    f"state_names: are for rates of your own, got {len(self.state_names)} with {self.network}; leave "
                    "them out"
                )
            put("parameters", complete(self.network, self.parameters, NETWORKS[self.network].parameters))
            members_of(self.parameters)
        else:
            self._resolve_own_rates(put)
        put("initial", checked_initial(self.initial, self.states))
        if isinstance(self.initial, str) and self.exact_distribution is None:
            raise ParameterError(
                "rates: must lead from every state to one set of states that is never left, for the stationary "
                "distribution to be unique, got several such sets; give the initial state, such as initial=0"
            )
        return self

    def _resolve_own_rates(self, put: Any) -> None:
        from ergodica.sims.engines.jump_rates import checked_rates

        if isinstance(self.rates, str) and self.rates == "from-file":
            raise ParameterError("rates: 'from-file' needs its file; use sims.from_dataset(ds)")
        put("rates", checked_rates(self.rates))
        if self.parameters:
            raise ParameterError(
                f"parameters: are for a network by name, got {', '.join(map(str, self.parameters))} with rates; leave "
                "one out"
            )
        put("network", USER if self.network in NETWORKS else self.network)
        n, names = self.rates.shape[-1], self.state_names
        if names is not None and not len(set(names)) == len(names) == n:
            raise ParameterError(
                f"state_names: must be {n} different names, got {len(names)}: {', '.join(names)[:60]}; name each state"
            )

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the states."""
        if self.rates is None:
            return NETWORKS[self.network].states
        return self.state_names or tuple(map(str, range(self.rates.shape[-1])))

    @functools.cached_property
    def rate_matrices(self) -> np.ndarray:
        """Rates with a diagonal of 0, (1, n, n) where all members share them, else (members, n, n)."""
        from ergodica.sims.engines.jump_rates import checked_rates

        if self.rates is not None:
            return np.asarray(self.rates if self.rates.ndim == 3 else self.rates[None])
        made = NETWORKS[self.network].rates
        each = np.array([made(of_member(self.parameters, j)) for j in range(members_of(self.parameters))])
        np.einsum("...ii->...i", each)[...] = 0.0
        return checked_rates(each)

    @functools.cached_property
    def exact_distribution(self) -> np.ndarray | None:
        """The stationary distribution, (1 or members, n); None where it is not unique."""
        from ergodica.sims.engines.jump_rates import stationary_distribution

        return stationary_distribution(self.rate_matrices)

    @property
    def label(self) -> str | None:
        return self.network

    @property
    def subject(self) -> str:
        return NETWORKS[self.network].title if self.network in NETWORKS else self.title

    @property
    def sources(self) -> str:
        named = (NETWORKS[self.network].source,) if self.network in NETWORKS else ()
        return "; ".join((*named, self.references))

    @property
    def time_units(self) -> str:  # type: ignore[override]
        """Unit of time of the network."""
        return NETWORKS[self.network].time_units if self.network in NETWORKS else "1"

    def member_parameters(self) -> dict[str, tuple[float, ...]]:
        return {name: value for name, value in self.parameters.items() if isinstance(value, Each)}

    def member_counts(self) -> dict[str, int]:
        counts = super().member_counts()
        if self.rates is not None and self.rates.ndim == 3:
            counts["rates"] = len(self.rates)
        if isinstance(self.initial, np.ndarray):
            counts["initial"] = len(self.initial)
        return counts

    def coordinates(self, record: Sequence[str]) -> tuple[Coordinate, ...]:
        names, found = self.states, []
        for dim, words in (
            ("from_state", "state before a transition"),
            ("to_state", "state after a transition"),
        ):
            number = Coordinate(
                name=dim,
                dims=(dim,),
                values=np.arange(len(names)),
                units="1",
                long_name=f"number of the {words}",
            )
            name = Coordinate(
                name=f"{dim}_name",
                dims=(dim,),
                values=np.array(names),
                units="1",
                long_name=f"name of the {words}",
            )
            found += [number, name]
        if "events" in record:
            places = np.arange(self.events_per_snapshot)
            words = "number of the event since the snapshot before"
            found.append(Coordinate(name="event", dims=("event",), values=places, units="1", long_name=words))
        return tuple(found)

    def variables(self, record: Sequence[str]) -> tuple[Variable, ...]:
        def of(
            name: str, words: str, kind: str, *dims: str, units: str = "1", dtype: str = "int64"
        ) -> Variable:
            return Variable(
                name=name, dims=("t", *dims), units=units, long_name=words, kind=kind, dtype=dtype
            )

        unit, pair = self.time_units, ("from_state", "to_state")
        stored = [
            of("state", "state", "jumps"),
            of("transitions", "transitions since t=0", "transitions", *pair),
            of(
                "dwell_time",
                "time in the state since t=0",
                "occupation",
                pair[0],
                units=unit,
                dtype="float64",
            ),
        ]
        if "events" in record:
            stored += [
                of("event_count", "events since the snapshot before", "series"),
                of("event_time", "time of the event", "events", "event", units=unit, dtype="float64"),
                of("event_state", "state after the event", "events", "event"),
            ]
        return tuple(stored)

    def static(self) -> dict[str, tuple[Variable, np.ndarray]]:
        from ergodica.sims.engines.jump_rates import entropy_production_rate

        rates, pi = self.rate_matrices, self.exact_distribution
        unit = "1" if self.time_units == "1" else f"1/{self.time_units}"
        parts: list[tuple[str, tuple[str, ...], str, str, np.ndarray]]
        parts = [("rates", ("from_state", "to_state"), "rate of the transition", unit, rates)]
        if pi is not None:
            sigma = entropy_production_rate(rates, pi)
            parts += [
                ("stationary_distribution", ("from_state",), "stationary probability of the state", "1", pi),
                ("entropy_production_rate", (), "exact entropy production rate in nat per time", unit, sigma),
            ]
        each = len(rates) > 1 or (self.rates is not None and self.rates.ndim == 3)
        found = {}
        for name, dims, words, units, values in parts:
            dims = ("member", *dims) if each else dims
            declared = Variable(name=name, dims=dims, units=units, long_name=words, kind="parameter")
            found[name] = declared, np.asarray(values if each else values[0])
        if isinstance(self.initial, np.ndarray):
            declared = Variable(
                name="initial_state",
                dims=("member",),
                units="1",
                long_name="initial state",
                kind="parameter",
                dtype="int64",
            )
            found["initial_state"] = declared, self.initial
        return found

    @classmethod
    def restore(cls, name: str, ds: xr.Dataset) -> Any:
        return np.asarray(ds["rates" if name == "rates" else "initial_state"].values)

    def state_of(self, snapshot: xr.Dataset) -> int | np.ndarray:
        """The state of one snapshot, with or without members."""
        return state_of(snapshot)

    def check_run(self, asked: RunArguments) -> None:
        leaving = self.rate_matrices.sum(axis=-1)
        pi = self.exact_distribution
        usual = leaving.max(axis=-1) if pi is None else (leaving * pi).sum(axis=-1)
        longest = max(asked.spacing, asked.warm_up)
        if (events := float(usual.max()) * longest) > MOST_NUMBERED:
            raise ParameterError(
                f"t_end: must leave at most {MOST_NUMBERED:g} events between snapshots, got {events:.3g} in the mean; "
                "use a smaller t_end"
            )
        if "events" not in asked.record:
            return
        mean = float(leaving.max()) * asked.spacing
        needed = math.ceil(mean + SIGMAS * math.sqrt(mean) + SIGMAS)
        if self.events_per_snapshot < needed:
            raise ParameterError(
                f"events_per_snapshot: must be at least {needed} for up to {mean:.3g} events between snapshots in the "
                f"mean, got {self.events_per_snapshot}; use events_per_snapshot={needed} or more snapshots"
            )

    def initial_state(self, draws: Sequence[Draw]) -> State:
        stepper: Any = self.stepper(1.0, draws=draws, device=CPU, threads=None)
        started: State = stepper.start(states_at_start(self.initial, self.exact_distribution, draws))
        return started

    def restarted(self, state: State, draws: Sequence[Draw]) -> State:
        none = {name: np.zeros_like(state[name]) for name in ("transitions", "dwell_time", "event_count")}
        none |= {name: np.full_like(state[name], -1) for name in ("event_time", "event_state")}
        return state | none

    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        from ergodica.sims.engines.gillespie import Gillespie

        return Gillespie(
            rates=self.rate_matrices,
            spacing=spacing,
            seed=draws[0].seed,
            streams=[draw.member for draw in draws],
            capacity=self.events_per_snapshot,
            threads=threads,
        )

    def observe(self, state: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        many = self.observe_many({name: values[None] for name, values in state.items()}, record)
        return {name: values[0] for name, values in many.items()}

    def observe_many(self, states: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        names = ["state", "transitions", "dwell_time"]
        if "events" in record:
            names += ["event_count", "event_time", "event_state"]
            most = int(states["event_count"].max())
            if most > self.events_per_snapshot:
                raise RunError(
                    f"events_per_snapshot: must hold all events between two snapshots, got {most} with room for "
                    f"{self.events_per_snapshot}; use events_per_snapshot={2 * most}"
                )
        return {name: states[name] for name in names}
