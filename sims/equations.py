"""What flows and maps share: a definition from the catalogue or from a user, components, initial points."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.definition import Definition, Kind
from ergodica.sims.parameters import Each
from ergodica.sims.sampling import RunArguments
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

    system: str = Field(description="name in the catalogue, or a name of your own with `definition_table`")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="parameters of the system; each a number, or one for each member"
    )
    initial: Any = Field(
        None,
        description="initial point: none for the catalogue's, or from Python values by component or an array",
    )
    spread: float = Field(
        0.0,
        ge=0,
        description="standard deviation by which each member's initial point is displaced at random",
    )
    definition_table: dict[str, Any] | None = Field(
        None, description="equations of a system that is not in the catalogue, in the form of its files"
    )

    @classmethod
    def from_equations(
        cls,
        equations: Mapping[str, str],
        *,
        initial: Mapping[str, float],
        parameters: Mapping[str, float] | None = None,
        name: str = USER,
        **fields: Any,
    ) -> Self:
        """A system of your own, at the speed of the catalogue's.

        `equations` gives each component's expression, `initial` its starting value, `parameters` the names
        that the expressions use with their values; `fields` are any others of the simulation.

        >>> from ergodica import sims
        >>> decay = sims.Flow.from_equations({"x": "-a*x"}, initial={"x": 1.0}, parameters={"a": 2.0})
        """
        from ergodica.sims.dynamics.tables import definition_of

        table = {
            "title": name,
            "equations": dict(equations),
            "initial": dict(initial),
            "parameters": {k: [v, ""] for k, v in (parameters or {}).items()},
        }
        return cls(system=name, definition_table=definition_of(table, name, cls.kind).table(), **fields)

    @field_validator("initial", mode="before")
    @classmethod
    def _plain_point(cls, value: Any) -> Any:
        return list(value) if isinstance(value, tuple) else value

    @model_validator(mode="after")
    def _resolve(self) -> EquationSystem:
        put = functools.partial(object.__setattr__, self)
        definition = self.definition
        if self.definition_table is None:
            put("system", definition.name)
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
            point = dict(zip(names, self.definition.initial_point(self._parameters(0)), strict=True)) | dict(
                value
            )
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
        elif self.member_parameters():
            starts = [self.definition.initial_point(self._parameters(j)) for j in range(members)]
            points = np.array(starts, np.float64)
        else:
            points = np.tile(self.definition.initial_point(self._parameters(0)), (members, 1))
        return points + self.spread * Draw.normals_of(draws, points.shape[1]) if self.spread else points

    @property
    def conserved(self) -> tuple[str, ...]:
        return ("energy",) if self.definition.hamiltonian is not None and self.definition.autonomous else ()

    def observe(self, state: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        u = state["u"]
        if not self.conserved:
            return {"state": u}
        from ergodica.sims.dynamics.kernels import kernels

        energy = kernels(self.definition).energy
        rows = self._rows(len(u))
        return {
            "state": u,
            "energy": np.array([energy(0.0, point, p) for point, p in zip(u, rows, strict=True)]),
        }

    @functools.lru_cache(maxsize=1)  # noqa: B019 - one ensemble a run
    def _rows(self, members: int) -> np.ndarray:
        return self.parameter_rows(members)

    def check_run(self, asked: RunArguments) -> None:
        if asked.warm_up and not self.definition.autonomous:
            raise ParameterError(
                f"warm_up: must be 0 for {self.definition.name}, whose equations name t, got {asked.warm_up:g}; "
                "start at t=0 and leave out the first snapshots with ds.sel(t=slice(start, None))"
            )

    def failures(self, state: State) -> Mapping[int, tuple[float | None, str]]:
        if "failed" in state:
            from ergodica.sims.engines.ode.codes import failures

            return failures(state)
        lost = np.flatnonzero(~np.isfinite(state["u"]).all(axis=1))
        return {int(member): (None, "the state is no longer finite") for member in lost}

    def watch(
        self, first: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray], dt: float | None
    ) -> Iterable[Concern]:
        if "energy" in now:
            scale = np.maximum(np.abs(first["energy"]), 1e-300)
            drift = np.abs(now["energy"] - first["energy"]) / scale
            worst = float(np.nanmax(drift))
            if worst > DRIFT_BUDGET:
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
