"""Linear stochastic processes, sampled exactly."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field, model_validator

from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.arrays import Device
from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.linear_sde_processes import PRESETS, PROCESSES
from ergodica.sims.linear_sde_start import STATIONARY, checked_point, point_of
from ergodica.sims.named_parameters import complete, members_of, of_member
from ergodica.sims.parameters import Each
from ergodica.sims.registry import register
from ergodica.sims.simulation import Draw, Preset, Simulation, State, Stepper

if TYPE_CHECKING:
    import xarray as xr

USER = "user"
OWN = ("drift_matrix", "diffusion_matrix")


@register
class LinearSDE(Simulation):
    """A linear stochastic process of d components, sampled from its exact transition law at any spacing.

    dx = M x dt + sqrt(2 D) dW

    x(t+h) = e^(M h) x(t) + xi, Cov xi = int_0^h e^(M s) 2 D e^(M^T s) ds: no step, no error of one. A process by name,
    or `drift_matrix` M and `diffusion_matrix` D of your own. Its dataset has `state(t, component)` and the exact
    `drift_matrix` and `diffusion_matrix`; of a stable M also the stationary `covariance` C, M C + C M^T + 2 D = 0, and
    `entropy_production_rate`, tr(D^-1 K C K^T) with K = M + D C^-1 and all components even under time reversal.

    Good values: the spacing that an estimator needs; start from the stationary law, which needs no warm-up.

    Source: Gardiner 2009, Stochastic Methods, 4.5.6; Van Loan 1978, IEEE Trans. Autom. Control 23, 395; entropy
    production: Godreche and Luck 2019, J. Phys. A 52, 035002.
    """

    name = "linear-sde"
    title = "Linear stochastic process"
    equation = r"\dot x = M x + \sqrt{2D}\,\eta"
    references = "Gardiner 2009, Stochastic Methods, 4.5.6; Godreche and Luck 2019, J. Phys. A 52, 035002"
    presets: ClassVar[Mapping[str, Preset]] = PRESETS
    default_preset = "brownian-gyrator"
    owned: ClassVar[Mapping[str, str]] = {"parameters": "process"}
    optional: ClassVar[Mapping[str, str]] = {
        "drift": "M x, deterministic velocity at each snapshot",
        "drift_divergence": "divergence of the drift, the trace of M",
    }
    from_file = (*OWN, "initial")

    process: str = Field(
        "brownian-gyrator",
        min_length=1,
        description="name of a process, or a name of your own with `drift_matrix`",
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="parameters of the process; each a number, or one for each member"
    )
    drift_matrix: Any = Field(
        None,
        description="M of your own in place of a process, as text -1,0.5; -0.5,-1; from Python also (members, d, d)",
    )
    diffusion_matrix: Any = Field(
        None, description="D of your own, symmetric without negative eigenvalues; none for the identity"
    )
    component_names: tuple[str, ...] | None = Field(
        None, description="names of the components of your own process; none for x0, x1, ..."
    )
    initial: Any = Field(
        STATIONARY,
        description="stationary: drawn from the stationary law; or a point as 1,2; from Python also (members, d), "
        "values by component, or a snapshot",
    )

    @classmethod
    def merged(cls, base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        """`base` with `changes`, where drift_matrix of one's own and a process by name take each other's place."""
        values = super().merged(base, changes)
        if changes.get("drift_matrix") is not None:
            values["parameters"] = changes.get("parameters", {})
        elif "process" in changes:
            values |= {
                name: changes.get(name) for name in ("drift_matrix", "diffusion_matrix", "component_names")
            }
        return values

    @model_validator(mode="after")
    def _resolve(self) -> LinearSDE:
        put = functools.partial(object.__setattr__, self)
        if self.drift_matrix is None:
            if self.process not in PROCESSES:
                raise ParameterError(
                    f"process: {self.process!r} is not known; {nearest(self.process, PROCESSES)}; drift_matrix makes "
                    "your own"
                )
            for name in ("diffusion_matrix", "component_names"):
                if getattr(self, name) is not None:
                    raise ParameterError(
                        f"{name}: is for a drift_matrix of your own, got one with {self.process}; leave it out"
                    )
            put("parameters", complete(self.process, self.parameters, PROCESSES[self.process].parameters))
            members_of(self.parameters)
        else:
            self._resolve_own(put)
        put("initial", checked_point(self.initial, self.components))
        if isinstance(self.initial, str):
            from ergodica.sims.engines.linear_law import growth

            if (fastest := growth(self.matrices[0])) >= 0:
                raise ParameterError(
                    "drift_matrix: must have eigenvalues of negative real part (beyond round-off) to start from a "
                    f"stationary law, got {fastest:g}; give a start, such as "
                    f"initial={[0] * min(len(self.components), 8)}"
                )
        return self

    def _resolve_own(self, put: Any) -> None:
        from ergodica.sims.engines.linear_law import checked_diffusion, checked_matrix

        put("drift_matrix", checked_matrix("drift_matrix", self.drift_matrix))
        d = self.drift_matrix.shape[-1]
        given = np.eye(d) if self.diffusion_matrix is None else self.diffusion_matrix
        put("diffusion_matrix", checked_diffusion("diffusion_matrix", given))
        shapes = self.drift_matrix.shape, self.diffusion_matrix.shape
        if shapes[1][-1] != d or len({shape[0] for shape in shapes if len(shape) == 3}) > 1:
            raise ParameterError(
                f"diffusion_matrix: must fit a drift_matrix of shape {shapes[0]}, got {shapes[1]}; give ({d}, {d})"
            )
        if len(shapes[0]) != len(shapes[1]):
            for name in OWN:
                put(name, np.broadcast_to(getattr(self, name), max(shapes, key=len)).copy())
        if self.parameters:
            raise ParameterError(
                f"parameters: are for a process by name, got {', '.join(map(str, self.parameters))} with a "
                "drift_matrix; leave one out"
            )
        put("process", USER if self.process in PROCESSES else self.process)
        names = self.component_names
        if names is not None and not len(set(names)) == len(names) == d:
            raise ParameterError(
                f"component_names: must be {d} different names, got {len(names)}: {', '.join(names)[:60]}; name each"
            )

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the components."""
        if self.drift_matrix is None:
            return PROCESSES[self.process].components
        return self.component_names or tuple(f"x{i}" for i in range(self.drift_matrix.shape[-1]))

    @functools.cached_property
    def matrices(self) -> tuple[np.ndarray, np.ndarray]:
        """M and D, each (1, d, d) where all members share them, else (members, d, d)."""
        if self.drift_matrix is None:
            made = PROCESSES[self.process].matrices
            each = [made(of_member(self.parameters, j)) for j in range(members_of(self.parameters))]
            return np.array([drift for drift, _ in each]), np.array([diffusion for _, diffusion in each])
        drift, diffusion = (
            one if one.ndim == 3 else one[None] for one in (self.drift_matrix, self.diffusion_matrix)
        )
        return drift, diffusion

    @functools.cached_property
    def exact_covariance(self) -> np.ndarray | None:
        """The stationary covariance, (1 or members, d, d); None where M is not stable."""
        from ergodica.sims.engines.linear_law import growth, stationary_covariance

        return None if growth(self.matrices[0]) >= 0 else stationary_covariance(*self.matrices)

    @property
    def label(self) -> str | None:
        return self.process

    @property
    def subject(self) -> str:
        return PROCESSES[self.process].title if self.process in PROCESSES else self.title

    @property
    def sources(self) -> str:
        named = (PROCESSES[self.process].source,) if self.process in PROCESSES else ()
        return "; ".join((*named, self.references))

    @property
    def _each(self) -> bool:
        """Whether the matrices differ from member to member."""
        own = [getattr(self, name) for name in OWN]
        return bool(self.member_parameters()) or any(isinstance(m, np.ndarray) and m.ndim == 3 for m in own)

    def member_parameters(self) -> dict[str, tuple[float, ...]]:
        return {name: value for name, value in self.parameters.items() if isinstance(value, Each)}

    def member_counts(self) -> dict[str, int]:
        counts = super().member_counts()
        for name, dims in (*((name, 3) for name in OWN), ("initial", 2)):
            value = getattr(self, name)
            if isinstance(value, np.ndarray) and value.ndim == dims:
                counts[name] = len(value)
        return counts

    def coordinates(self, record: Sequence[str]) -> tuple[Coordinate, ...]:
        found, names = [], np.array(self.components)
        for dim, words in (("component", "component"), ("by_component", "component that a matrix acts on")):
            number = Coordinate(
                name=dim,
                dims=(dim,),
                values=np.arange(len(names)),
                units="1",
                long_name=f"index of the {words}",
            )
            found += [
                number,
                Coordinate(
                    name=f"{dim}_name", dims=(dim,), values=names, units="1", long_name=f"name of the {words}"
                ),
            ]
        return tuple(found)

    def variables(self, record: Sequence[str]) -> tuple[Variable, ...]:
        stored = [
            Variable(name="state", dims=("t", "component"), units="1", long_name="state", kind="states")
        ]
        if "drift" in record:
            stored.append(
                Variable(
                    name="drift", dims=("t", "component"), units="1", long_name="drift M x", kind="states"
                )
            )
        if "drift_divergence" in record:
            words = "divergence of the drift"
            stored.append(
                Variable(name="drift_divergence", dims=("t",), units="1", long_name=words, kind="series")
            )
        return tuple(stored)

    def static(self) -> dict[str, tuple[Variable, np.ndarray]]:
        from ergodica.sims.engines.linear_law import entropy_production_rate

        drift, diffusion = self.matrices
        pair = ("component", "by_component")
        parts: list[tuple[str, tuple[str, ...], str, np.ndarray]] = [
            ("drift_matrix", pair, "M of the drift M x", drift),
            ("diffusion_matrix", pair, "D of the noise sqrt(2 D) dW", diffusion),
        ]
        if self.exact_covariance is not None:
            sigma = entropy_production_rate(drift, diffusion, self.exact_covariance)
            sigma = np.where(diffusion.any(axis=(1, 2)), sigma, 0.0)  # without noise all ends at rest
            parts += [
                ("covariance", pair, "stationary covariance", self.exact_covariance),
                ("entropy_production_rate", (), "exact entropy production rate in nat per time", sigma),
            ]
        found = {}
        for name, dims, words, values in parts:
            dims = ("member", *dims) if self._each else dims
            declared = Variable(name=name, dims=dims, units="1", long_name=words, kind="parameter")
            found[name] = declared, np.asarray(values if self._each else values[0])
        if isinstance(self.initial, np.ndarray):
            dims = ("member", "component") if self.initial.ndim == 2 else ("component",)
            declared = Variable(
                name="initial_point", dims=dims, units="1", long_name="initial point", kind="parameter"
            )
            found["initial_point"] = declared, self.initial
        return found

    @classmethod
    def restore(cls, name: str, ds: xr.Dataset) -> Any:
        return np.asarray(ds[name if name in OWN else "initial_point"].values)

    def state_of(self, snapshot: xr.Dataset) -> np.ndarray:
        """The point of one snapshot, with or without members."""
        return point_of(snapshot)

    def initial_state(self, draws: Sequence[Draw]) -> State:
        if isinstance(self.initial, np.ndarray):
            return {"x": np.broadcast_to(self.initial, (len(draws), len(self.components))).copy()}
        from ergodica.sims.engines.linear_law import factor

        assert self.exact_covariance is not None
        lower = factor(self.exact_covariance)
        return {"x": applied(lower, Draw.normals_of(draws, len(self.components)))}

    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        from ergodica.sims.engines.linear import LinearSteps
        from ergodica.sims.engines.linear_law import factor, transition

        propagator, covariance = transition(*self.matrices, spacing)
        if not (np.isfinite(propagator).all() and np.isfinite(covariance).all()):
            raise ParameterError(
                f"drift_matrix: must not grow beyond all numbers between two snapshots, got a spacing of {spacing:g}; "
                "use more snapshots or a smaller t_end"
            )
        return LinearSteps(
            propagator=propagator,
            factor=factor(covariance),
            seed=draws[0].seed,
            streams=[draw.member for draw in draws],
            threads=threads,
        )

    def observe(self, state: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        many = self.observe_many({"x": state["x"][None]}, record)
        return {name: values[0] for name, values in many.items()}

    def observe_many(self, states: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        x, (drift, _) = states["x"], self.matrices
        values = {"state": x}
        if "drift" in record:
            values["drift"] = applied(drift, x)
        if "drift_divergence" in record:
            values["drift_divergence"] = np.broadcast_to(np.einsum("mii->m", drift), x.shape[:2]).copy()
        return values


def applied(matrices: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Matrices (1 or members, d, d) times x (..., members, d), summed in one order for any number of members."""
    total = np.zeros(x.shape)
    for j in range(x.shape[-1]):
        total += matrices[:, :, j] * x[..., j : j + 1]
    return total
