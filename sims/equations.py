"""What flows and maps share: a definition from the catalogue or from a user, components, initial points."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import Field, field_serializer, field_validator, model_validator

from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.arrays import CPU
from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.definition import Definition, Kind
from ergodica.sims.parameters import Each
from ergodica.sims.simulation import Concern, Draw, Simulation, State

if TYPE_CHECKING:
    import xarray as xr

USER = "user"
DRIFT_BUDGET = 1e-4  # relative change of the energy above which a figure would show it


class EquationSystem(Simulation):
    """A system given by its equations: fields and methods that `Flow` and `Map` have in common."""

    kind: ClassVar[Kind]
    owned: ClassVar[Mapping[str, str]] = {"parameters": "system"}
    from_file = ("initial",)
    orders: ClassVar[Mapping[str, int]] = {}

    system: str = Field(
        min_length=1, description="name in the catalogue, or a name of your own with `definition_table`"
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="parameters of the system; each a number, or one for each member"
    )
    initial: Any = Field(
        None,
        description="initial point: none for the catalogue's, or values as 1,2,3, from Python by component too; with a "
        "delay the values may be expressions of t, the past before 0",
    )
    spread: float = Field(
        0.0,
        ge=0,
        le=1e300,
        description="standard deviation by which each member's initial point is displaced at random",
    )
    definition_table: dict[str, Any] | None = Field(
        None, description="equations of a system that is not in the catalogue, in the form of its files"
    )
    function: Any = Field(
        None, description="from Python: a function in place of equations, as `from_function` puts it here"
    )

    def __init__(self, *names: Any, **values: Any) -> None:
        if names:
            raise ParameterError(
                f"system: must be given by name, got {str(names[0])[:40]!r} without one; use "
                f"{type(self).__name__}(system={names[0]!r})"
            )
        super().__init__(**values)

    @classmethod
    def from_equations(
        cls,
        equations: Mapping[str, str] | None = None,
        *,
        initial: Mapping[str, float | str] | None = None,
        parameters: Mapping[str, float] | None = None,
        noise: Mapping[str, str | float] | None = None,
        define: Mapping[str, str] | None = None,
        sites: int | None = None,
        hamiltonian: Mapping[str, Any] | None = None,
        name: str = USER,
        **fields: Any,
    ) -> Self:
        """A system of your own, at the speed of the catalogue's.

        `equations` gives each component's expression, `initial` its starting value, `parameters` the names
        that the expressions use with their values; `noise` the amplitude of each component's own noise; `define`
        names for parts of expressions; `sites` how many there are of each component x[i]; `lag(x, tau)` is x a
        parameter tau ago. A Hamiltonian stands in place of equations: `hamiltonian` names `positions`, `momenta` and
        either `kinetic` and `potential` or `energy`. `fields` are any others of the simulation.

        >>> from ergodica import sims
        >>> spring = sims.Flow.from_equations(
        ...     hamiltonian={"positions": ["q"], "momenta": ["p"], "kinetic": "p**2/2", "potential": "q**2/2"},
        ...     initial={"q": 1.0, "p": 0.0},
        ... )
        >>> decay = sims.Flow.from_equations({"x": "-a*x"}, initial={"x": 1.0}, parameters={"a": 2.0})
        """
        from ergodica.sims.dynamics.tables import definition_of

        table = {
            "title": name,
            "equations": dict(equations or {}),
            "initial": dict(initial or {}),
            "parameters": {k: [v, ""] for k, v in (parameters or {}).items()},
        }
        more = {"noise": noise, "define": define, "hamiltonian": hamiltonian}
        more |= {} if sites is None else {"sites": {"n": sites}}
        table |= {key: value for key, value in more.items() if value is not None}
        return cls(system=name, definition_table=definition_of(table, name, cls.kind).table(), **fields)

    @classmethod
    def from_function(
        cls,
        function: Callable[..., Any],
        initial: Mapping[str, float] | Sequence[float],
        parameters: Mapping[str, Any] | None = None,
        *,
        jacobian: Callable[..., Any] | None = None,
        name: str = USER,
        **fields: Any,
    ) -> Self:
        """A system whose right-hand side is a function of your own, plain Python or compiled by numba.

        `function(t, u, p, du)` writes the time derivatives (for a map, the next state) of u (d,) at the parameters p
        into du (d,), all float64 arrays; `initial` gives a value for each component's name, or d values;
        `parameters` name -> value or (value, meaning), in the order of p; `jacobian(t, u, p, J)` fills J (d, d), else
        it is taken by differences; `fields` are any others of the simulation. Plain Python that numba cannot compile
        is refused. A file names the function but does not hold it: `sims.from_dataset(ds, function=function)`.
        """
        from ergodica.sims.dynamics.functions import from_function

        made = from_function(function, initial, parameters, name=name, kind=cls.kind, jacobian=jacobian)
        return cls(system=name, function=made, **fields)

    @field_validator("function", mode="before")
    @classmethod
    def _known_function(cls, value: Any) -> Any:
        from ergodica.sims.dynamics.functions import function_given

        return None if value is None else function_given(value, cls.kind)

    @field_serializer("function")
    def _named_function(self, value: Any) -> Any:
        return None if value is None else value.description()

    @field_validator("initial", mode="before")
    @classmethod
    def _plain_point(cls, value: Any) -> Any:
        if isinstance(value, str):  # as a command line has it
            return [part.strip() for part in value.split(",")]
        return list(value) if isinstance(value, tuple) else value

    @model_validator(mode="after")
    def _resolve(self) -> EquationSystem:
        put = functools.partial(object.__setattr__, self)
        definition = self.definition
        if self.definition_table is None:
            put("system", definition.name)
        elif self.function is not None:
            raise ParameterError(
                "function: must not be given beside definition_table, got both; leave one out"
            )
        given = {name: _number_or_each(name, value) for name, value in self.parameters.items()}
        unknown = sorted(set(given) - set(definition.parameters))
        if unknown:
            raise ParameterError(
                f"parameters: {definition.name} has no {unknown[0]!r}; {nearest(unknown[0], definition.parameters)}"
            )
        complete = {
            name: given.get(name, parameter.value) for name, parameter in definition.parameters.items()
        }
        put("parameters", complete)
        counts = {len(v) for v in complete.values() if isinstance(v, Each)}
        for index in range(min(counts, default=1)):
            definition.values(self._parameters(index))
        if isinstance(complete.get("n"), Each) and definition.sites is not None:
            raise ParameterError("parameters.n: must be one number of sites for all members; run them apart")
        if self.initial is not None:
            put("initial", self._checked_initial(self.initial))
        return self

    @functools.cached_property
    def definition(self) -> Definition:
        """The equations."""
        if self.function is not None:
            given: Definition = self.function
            return given
        if self.definition_table is None:
            return definitions(self.kind)[self.system]
        from ergodica.sims.dynamics.tables import definition_of

        return definition_of(self.definition_table, self.system, self.kind)

    @property
    def parameter_values(self) -> dict[str, float]:
        """The parameters of the first member."""
        return self._parameters(0)

    def _parameters(self, member: int) -> dict[str, float]:
        return {name: v[member] if isinstance(v, Each) else v for name, v in self.parameters.items()}

    def parameter_rows(self, members: int) -> np.ndarray:
        """Parameters of every member in the order of the definition, shape (members, count)."""
        rows = np.tile(self.definition.vector(self._parameters(0)), (members, 1))
        for column, value in enumerate(self.parameters.values()):
            if isinstance(value, Each):
                rows[:, column] = value
        return rows

    @functools.cached_property
    def components(self) -> tuple[str, ...]:
        """Names of the components."""
        return self.definition.components(self._parameters(0))

    def _checked_initial(self, value: Any) -> Any:
        names = self.components
        if hasattr(value, "data_vars"):
            return self.state_of(value)
        if isinstance(value, Mapping):
            unknown = sorted(set(map(str, value)) - set(names))
            if unknown:
                raise ParameterError(
                    f"initial: has no component {unknown[0]!r}; {nearest(unknown[0], names)}"
                )
            value = {str(name): entry for name, entry in value.items()}
            if any(isinstance(entry, str) for entry in value.values()):
                return self._checked_expressions(value)
            point = dict(zip(names, self.definition.initial_point(self._parameters(0)), strict=True)) | value
            value = [point[name] for name in names]
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise ParameterError(
                f"initial: must be numbers, got {type(value).__name__}; give a value by component or an array"
            ) from None
        if array.ndim not in (1, 2) or array.shape[-1] != len(names) or 0 in array.shape:
            raise ParameterError(
                f"initial: must have shape ({len(names)},) or (members, {len(names)}), got {array.shape}; "
                f"the components are {', '.join(names[:8])}"
            )
        if not np.isfinite(array).all():
            raise ParameterError(f"initial: must be finite, got {array[~np.isfinite(array)][0]}; mend it")
        return array

    def _checked_expressions(self, given: dict[str, Any]) -> dict[str, Any]:
        """The initial point or past as expressions, each a finite number at t=0 and a delay before."""
        from ergodica.sims.dynamics.numeric import constant

        for member in range(min(self.member_counts().values(), default=1)):
            values = self._parameters(member)
            lags = [values[lag.delay] for lag in self.definition.lags]
            clocks: list[dict[str, float]] = [{"t": -back} for back in (0.0, *lags)] if lags else [{}]
            for clock in clocks:
                for name, entry in given.items():
                    constant(entry, f"initial.{name}", values | clock)
        return given

    def past(self, rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray] | None:
        """The past of members with the parameters `rows`, from times (members, 1) to points (members, components).

        None where the initial point stands for it.
        """
        if not isinstance(self.initial, dict):
            return None
        from ergodica.sims.dynamics.grammar import parse
        from ergodica.sims.dynamics.numeric import value_of

        texts: dict[str, Any] = self.initial
        known = {name: rows[:, k : k + 1] for k, name in enumerate(self.definition.parameters)}
        start = np.array([self.definition.initial_point(self._parameters(j)) for j in range(len(rows))])

        def points(t: np.ndarray) -> np.ndarray:
            columns = start.copy()
            for k, name in enumerate(self.components):
                entry = texts.get(name, start[:, k : k + 1])
                if isinstance(entry, str):
                    entry = value_of(parse(entry, f"initial.{name}"), known | {"t": t})
                columns[:, k : k + 1] = entry
            return columns

        return points

    def state_of(self, snapshot: xr.Dataset) -> np.ndarray:
        """The state of one snapshot."""
        if "state" not in snapshot or "component" not in snapshot["state"].dims:
            raise ParameterError("initial: must be a snapshot with state(component); use ds.isel(t=-1)")
        state = snapshot["state"]
        if "t" in state.dims:
            raise ParameterError(
                f"initial: must be one snapshot, got {state.sizes['t']}; choose one with ds.isel(t=-1)"
            )
        return self._checked_initial(np.asarray(state.values))

    @classmethod
    def restore(cls, name: str, ds: xr.Dataset) -> Any:
        """The initial points as the file holds them in its static variable `initial_point`."""
        return np.asarray(ds["initial_point"].values)

    def static(self) -> dict[str, tuple[Variable, np.ndarray]]:
        if not isinstance(self.initial, np.ndarray):
            return {}
        dims = ("member", "component") if self.initial.ndim == 2 else ("component",)
        declared = Variable(
            name="initial_point", dims=dims, units="1", long_name="initial point", kind="parameter"
        )
        return {"initial_point": (declared, self.initial)}

    @property
    def label(self) -> str | None:
        return self.definition.name if self.definition_table is None else USER

    @property
    def subject(self) -> str:
        return self.definition.title

    @property
    def sources(self) -> str:
        return "; ".join(filter(None, (self.definition.reference, self.references)))

    def member_parameters(self) -> dict[str, tuple[float, ...]]:
        return {name: value for name, value in self.parameters.items() if isinstance(value, Each)}

    def member_counts(self) -> dict[str, int]:
        counts = super().member_counts()
        if isinstance(self.initial, np.ndarray) and self.initial.ndim == 2:
            counts["initial"] = len(self.initial)
        return counts

    def coordinates(self, record: Sequence[str]) -> tuple[Coordinate, ...]:
        names = self.components
        index = Coordinate(
            name="component",
            dims=("component",),
            values=np.arange(len(names)),
            units="1",
            long_name="index of the component",
        )
        named = Coordinate(
            name="component_name",
            dims=("component",),
            values=np.array(names),
            units="1",
            long_name="name of the component",
        )
        return index, named

    def variables(self, record: Sequence[str]) -> tuple[Variable, ...]:
        state = Variable(name="state", dims=("t", "component"), units="1", long_name="state", kind="states")
        energy = Variable(name="energy", dims=("t",), units="1", long_name="energy", kind="series")
        return (state, energy) if self.conserved else (state,)

    def initial_points(self, draws: Sequence[Draw]) -> np.ndarray:
        """Initial point of every member, shape (members, components)."""
        members = len(draws)
        if isinstance(self.initial, np.ndarray):
            points = np.broadcast_to(self.initial, (members, self.initial.shape[-1])).copy()
        elif (past := self.past(self.parameter_rows(members))) is not None:
            points = past(np.zeros((members, 1)))
        elif self.member_parameters():
            starts = [self.definition.initial_point(self._parameters(j)) for j in range(members)]
            points = np.array(starts, np.float64)
        else:
            points = np.tile(self.definition.initial_point(self._parameters(0)), (members, 1))
        return points + self.spread * Draw.normals_of(draws, points.shape[1]) if self.spread else points

    def initial_state(self, draws: Sequence[Draw]) -> State:
        stepper: Any = self.stepper(1.0, draws=draws, device=CPU, threads=None)
        state: State = stepper.start(self.initial_points(draws))
        return state

    @functools.cached_property
    def period(self) -> float | None:
        """The dominant period of the first member, 6 digits; None for maps, noise and orbits that come to rest."""
        from ergodica.sims.periods import period_of

        values = self._parameters(0)
        points = None if self.initial is None else self.initial_points([Draw(seed=0, member=0)])
        return period_of(self.definition, values, None if points is None else points[0])

    @property
    def usual_run(self) -> Mapping[str, float]:
        if self.kind == "map":
            return {"t_end": 10_000, "snapshots": 10_001}
        try:
            found = self.period is not None
        except ParameterError:  # an orbit that does not stay finite: the run will say where
            found = False
        return {"periods": 50, "points_per_period": 100} if found else {"t_end": 100.0, "snapshots": 5001}

    @property
    def conserved(self) -> tuple[str, ...]:
        return ("energy",) if self.definition.hamiltonian is not None and self.definition.autonomous else ()

    def observe(self, state: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        clock = {"t": state["t"][None]} if "t" in state else {}
        many = self.observe_many({"u": state["u"][None], **clock}, record)
        observed = {name: values[0] for name, values in many.items()}
        if self.conserved:
            from ergodica.sims.energy_scale import energy_scale

            rows = self.parameter_rows(len(state["u"]))
            observed["energy_scale"] = energy_scale(self.definition, state["u"], rows)
        return observed

    def observe_many(self, states: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        u = states["u"]
        if not self.conserved:
            return {"state": u}
        from ergodica.sims.engines.pointwise import numbers

        rows = self.parameter_rows(u.shape[1])
        return {"state": u, "energy": numbers(self.definition, "energy", np.zeros(u.shape[:2]), u, rows)}

    def set_back(self, state: State, stepper: Any, warm_up: float) -> None:
        state.update(stepper.start(state["u"], -warm_up))

    def failures(self, state: State) -> Mapping[int, tuple[float | None, str]]:
        from ergodica.sims.engines.ode.codes import failures

        return failures(state)

    def watch(
        self, first: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray], dt: float | None
    ) -> Iterable[Concern]:
        return self.watch_many(first, {name: values[None] for name, values in now.items()}, dt)

    def watch_many(
        self, first: Mapping[str, np.ndarray], many: Mapping[str, np.ndarray], dt: float | None
    ) -> Iterable[Concern]:
        if "energy" not in many:
            return
        change = np.abs(many["energy"] - first["energy"])
        # the energy may be a small difference of large parts: 0 on a parabola, say
        scale = np.maximum(np.abs(first["energy"]), first.get("energy_scale", 0.0))
        above = np.flatnonzero((change > DRIFT_BUDGET * scale).any(axis=1))
        if not above.size:
            return
        from ergodica.sims.energy_scale import energy_scale

        change, rows = change[above], self.parameter_rows(change.shape[1])
        scale = np.maximum(scale, energy_scale(self.definition, many["state"][above], rows))
        with np.errstate(invalid="ignore"):
            drift = np.nanmax(change / np.maximum(scale, 1e-300), axis=1)
        for worst in drift[drift > DRIFT_BUDGET].tolist():
            yield Concern(
                about="energy",
                size=worst,
                message=f"drifts by {worst:.0e}, above its budget of {DRIFT_BUDGET:g}; {self.finer}",
            )

    @property
    def finer(self) -> str:
        """The remedy of a drift."""
        return "use a smaller step or tolerance"


def _number_or_each(name: str, value: Any) -> float | Each:
    from ergodica.sims.dynamics.numeric import constant

    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        if not value:
            raise ParameterError(f"parameters.{name}: must hold one number a member, got none; give a number")
        return Each(constant(v, f"parameters.{name}") for v in value)
    return constant(value, f"parameters.{name}")
