"""The nonlinear Schroedinger equation in one dimension."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.errors import ParameterError, nearest
from ergodica.sims.engines.composition import SCHEMES
from ergodica.sims.expressions import evaluate
from ergodica.sims.fields import as_field, as_real_field, called
from ergodica.sims.nlse_concerns import SMALLEST, concerns
from ergodica.sims.nlse_presets import PRESETS
from ergodica.sims.nlse_states import STATES, InitialState
from ergodica.sims.parameters import PerMember
from ergodica.sims.registry import register
from ergodica.sims.sampling import fixed_steps
from ergodica.sims.simulation import Concern, Draw, Preset, Simulation, State, Stepper

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.numerics.arrays import Device

ADAPTIVE = "dop853"
MAX_STEPS_PER_SNAPSHOT = 10**9
LARGEST = 1e60  # of |psi|: the fourth power, times wavenumbers and the box, stays a number

Initial = Any  # a name, an expression, a function of x, an array, a snapshot; validated to str or array


@register
class NLSE(Simulation):
    """Nonlinear Schroedinger equation on a periodic line.

    i psi_t + 1/2 psi_xx + g |psi|^2 psi = V(x) psi

    g > 0 focuses (bright solitons), g < 0 defocuses (dark solitons), g = 0 is free. Lengths and times are
    nondimensional. The grid is x_j = -length/2 + j length/points. Conserved: mass int |psi|^2, energy
    int 1/2 |psi_x|^2 - g/2 |psi|^4 + V |psi|^2 and, without a potential, momentum int Im(psi* psi_x).

    A filter P acts on the density, psi_t = i (1/2 psi_xx + g P(|psi|^2) psi - V psi), so that every substep
    stays unitary and reversible; then `filtered_energy`, with |psi|^2 P(|psi|^2) for |psi|^4, is conserved.

    Good values: points=512, length=50, dt=0.01 for a soliton of amplitude 2. For a field that fills the box, such
    as a plane wave, keep dt below 2 length^2 / (pi points^2): beyond it a splitting amplifies the resonant
    wavenumbers k^2 dt = 2 pi n, strang and yoshida-4 at once, the others the later the higher their order.

    Source: Zakharov and Shabat 1972, Sov. Phys. JETP 34, 62; splitting: Weideman and Herbst 1986,
    SIAM J. Numer. Anal. 23, 485.
    """

    name = "nlse"
    title = "Nonlinear Schroedinger equation in one dimension"
    equation = r"i\psi_t + \tfrac12 \psi_{xx} + g|\psi|^2\psi = V(x)\psi"
    references = (
        "Zakharov and Shabat 1972, Sov. Phys. JETP 34, 62; "
        "Weideman and Herbst 1986, SIAM J. Numer. Anal. 23, 485"
    )
    presets: ClassVar[Mapping[str, Preset]] = PRESETS
    default_preset = "soliton"
    orders: ClassVar[Mapping[str, int]] = {name: scheme.order for name, scheme in SCHEMES.items()}
    symmetries = ("time-reversal", "galilean", "translation", "phase")
    optional: ClassVar[Mapping[str, str]] = {
        "density": "density |psi|^2 over x",
        "spectrum": "power |psi_k|^2 of each wavenumber, whose sum is the mass over the length",
        "spectral_tail": "relative amplitude in the outer third of the spectrum",
    }
    devices = ("cpu", "cuda")
    from_file = ("initial", "potential")
    initial_states: ClassVar[Mapping[str, type[InitialState]]] = STATES
    owned: ClassVar[Mapping[str, str]] = {"initial_parameters": "initial"}

    points: int = Field(512, ge=8, le=2**27, description="grid points, even; a power of two is fastest")
    length: float = Field(50.0, gt=0, description="length of the periodic box")
    coupling: PerMember = Field(1.0, description="g: above 0 focusing, below 0 defocusing")
    initial: Initial = Field(
        "soliton",
        description="name of an initial state, an expression in x, or from Python a function or array of psi(x)",
    )
    initial_parameters: dict[str, Any] = Field(
        default_factory=dict,
        description="parameters of the named initial state, such as amplitude or velocity",
    )
    potential: Any = Field(
        None, description="V(x): none, an expression in x, or from Python a function or array"
    )
    scheme: Literal["strang", "yoshida-4", "suzuki-4", "kahan-li-6", "kahan-li-8", "dop853"] = Field(
        "kahan-li-8", description="fixed-step splitting of the order named, or dop853 with adaptive steps"
    )
    dt: float = Field(
        0.01, gt=0, description="largest step of a splitting; the one used divides the snapshots"
    )
    tolerance: float = Field(
        1e-10, ge=1e-14, le=1e-2, description="error allowed in a step of dop853, relative to the field"
    )
    filter: Literal["none", "1/2", "2/3", "exponential"] = Field(
        "none",
        description="low-pass of the density: 1/2 rule (complete for the cubic), 2/3 rule, exponential",
    )
    filter_order: int = Field(36, ge=2, le=200, description="p of exp(-strength (|k|/k_max)^p), even")
    filter_strength: float = Field(36.0, gt=0, le=700, description="strength of the exponential filter")
    precision: Literal["float64", "float32"] = Field(
        "float64", description="stored precision of fields; computing is always in double"
    )

    @field_validator("points", "filter_order")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError(f"must be even, got {value}; use {value - 1} or {value + 1}")
        return value

    @field_validator("initial_parameters", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return dict(value) if isinstance(value, Mapping) else value

    @model_validator(mode="after")
    def _resolve(self) -> NLSE:
        # functions are evaluated once, here: what runs is what the file holds
        put = functools.partial(object.__setattr__, self)
        if self.length / self.points < 1e-150 or self.length > 1e150:
            raise ParameterError(f"length: must lie within 1e150 and points * 1e-150, got {self.length:g}")
        put("initial", self._checked_initial(self.initial))
        put("potential", self._checked_potential(self.potential))
        if self.initial_parameters and not isinstance(self.state_class, type):
            raise ParameterError(
                "initial_parameters: belong to a named initial state, got an initial field of its own; remove them"
            )
        if self.state_class is not None:
            put("initial_parameters", self._named_state.model_dump())
            count = max((len(v) for v in self.member_parameters().values()), default=1)
            for index in range(count):
                if all(len(v) == count for v in self.member_parameters().values()):
                    self._state(index).check(self.length)
                    self._check_sign(index)
                    self._check_carriers(index)
        return self

    # Initial field and potential: names, expressions, functions, arrays, snapshots

    @property
    def state_class(self) -> type[InitialState] | None:
        """The kind of a named initial state; None for a field of the user's own."""
        return STATES.get(self.initial) if isinstance(self.initial, str) else None

    def _state(self, member: int) -> InitialState:
        return self._named_state.for_member(member)

    @functools.cached_property
    def _named_state(self) -> InitialState:
        cls = self.state_class
        assert cls is not None
        return cls(**self.initial_parameters)

    def _coupling(self, member: int) -> float:
        return self.coupling[member] if isinstance(self.coupling, tuple) else self.coupling

    def couplings(self, members: int) -> np.ndarray:
        """g of every member, shape (members,)."""
        return np.full(members, self.coupling) if np.isscalar(self.coupling) else np.array(self.coupling)

    def _check_sign(self, member: int) -> None:
        cls, coupling = self.state_class, self._coupling(member)
        if cls is not None and cls.sign and np.sign(coupling) != cls.sign:
            rule = "above 0" if cls.sign > 0 else "below 0"
            raise ParameterError(
                f"coupling: must be {rule} for the initial state {cls.name!r}, got {coupling:g}; "
                f"use coupling={cls.sign:g} or another initial state"
            )

    def _check_carriers(self, member: int) -> None:
        largest = math.pi * self.points / self.length
        for name, carrier in self._state(member).carriers().items():
            if abs(carrier) >= largest:
                needed = 2 * (math.floor(abs(carrier) * self.length / (2 * math.pi)) + 1)
                raise ParameterError(
                    f"{name}: must be below the largest wavenumber of the grid, {largest:.4g}, in size, got "
                    f"{carrier:g}; use points={needed}"
                )

    def _checked_initial(self, value: Any) -> Any:
        import re

        if isinstance(value, str):
            if value in STATES or value == "from-file":
                if value == "from-file":
                    raise ParameterError("initial: 'from-file' needs its file; use sims.from_dataset(ds)")
                return value
            if re.fullmatch(r"[a-z_-]+", value.strip(), re.IGNORECASE) and value != "x":
                raise ParameterError(f"initial: {value!r} is not known; {nearest(value, STATES)}")
            as_field(evaluate(value, {"x": self.x}, name="initial"), "initial", self.points)
            return value
        if value is None:
            raise ParameterError("initial: must be given, got None; the default is 'soliton'")
        if hasattr(value, "data_vars"):
            value = self.state_of(value)
        return as_field(called(value, self.x, "initial"), "initial", self.points)

    def _checked_potential(self, value: Any) -> Any:
        if value is None or (isinstance(value, str) and value.strip().lower() in ("none", "")):
            return None
        if isinstance(value, str):
            as_real_field(evaluate(value, {"x": self.x}, name="potential"), "potential", self.points)
            return value
        return as_real_field(called(value, self.x, "potential"), "potential", self.points)

    def state_of(self, snapshot: xr.Dataset) -> np.ndarray:
        """The field of one snapshot of an NLSE dataset on the same grid."""
        psi = _psi(snapshot)
        if "t" in psi.dims:
            raise ParameterError(
                f"initial: must be one snapshot, got {psi.sizes['t']}; choose one with ds.isel(t=-1)"
            )
        x = snapshot["x"].values
        if x.shape != self.x.shape or not np.allclose(x, self.x, rtol=0, atol=1e-9 * self.length):
            raise ParameterError(
                f"initial: must lie on this grid of {self.points} points and length {self.length:g}, got "
                f"{x.size} points from {x[0]:g} to {x[-1]:g}; use points={x.size}, "
                f"length={x.size * (x[1] - x[0]) if x.size > 1 else 0:.15g}"
            )
        return np.asarray(psi.values)

    @classmethod
    def restore(cls, name: str, ds: xr.Dataset) -> np.ndarray:
        """Initial field or potential as the file holds it."""
        if name == "potential":
            return np.asarray(ds["potential"].values)
        run = ds.ergodica.run_arguments
        if "t" not in ds.dims or ds.sizes["t"] == 0 or float(ds["t"][0]) != 0 or run["warm_up"]:
            raise ParameterError(
                "initial: is snapshot 0 of the file, got a dataset without it; open the whole file, or give initial"
            )
        if ds["psi_real"].dtype != np.float64:
            raise ParameterError(
                "initial: is stored in float32 and cannot be rebuilt exactly; give initial again, or accept the "
                "rounding with initial=ds.isel(t=0)"
            )
        psi = np.asarray(_psi(ds.isel(t=0)).values)
        return psi[0] if psi.ndim == 2 and (psi == psi[0]).all() else psi

    # What the run loop asks

    @functools.cached_property
    def x(self) -> np.ndarray:
        """Grid, shape (points,)."""
        return _fixed(-self.length / 2 + self.length / self.points * np.arange(self.points))

    @functools.cached_property
    def k(self) -> np.ndarray:
        """Wavenumbers in Fourier order, shape (points,)."""
        return _fixed(2 * np.pi * np.fft.fftfreq(self.points, self.length / self.points))

    @functools.cached_property
    def density_filter(self) -> np.ndarray | None:
        """P of each wavenumber in Fourier order, shape (points,); None without a filter."""
        fraction = np.abs(np.fft.fftfreq(self.points, 0.5))
        match self.filter:
            case "1/2":
                return (fraction < 1 / 2).astype(float)
            case "2/3":
                return (fraction < 2 / 3).astype(float)
            case "exponential":
                return np.exp(-self.filter_strength * fraction**self.filter_order)
        return None

    @functools.cached_property
    def potential_values(self) -> np.ndarray | None:
        """V on the grid, shape (points,)."""
        if isinstance(self.potential, str):
            return as_real_field(evaluate(self.potential, {"x": self.x}), "potential", self.points)
        values: np.ndarray | None = self.potential
        return values

    @property
    def subject(self) -> str:
        return self.title if self.state_class is None else f"{self.title}: {self.initial}"

    @property
    def conserved(self) -> tuple[str, ...]:
        energy = "energy" if self.filter == "none" else "filtered_energy"
        return ("mass", "momentum", energy) if self.potential is None else ("mass", energy)

    def member_parameters(self) -> dict[str, tuple[float, ...]]:
        own: dict[str, tuple[float, ...]] = dict(self.per_member())
        if self.state_class is not None:
            own |= dict(self._named_state.per_member())
        return own

    def member_counts(self) -> dict[str, int]:
        counts = super().member_counts()
        if isinstance(self.initial, np.ndarray) and self.initial.ndim == 2:
            counts["initial"] = len(self.initial)
        return counts

    def coordinates(self, record: Sequence[str]) -> tuple[Coordinate, ...]:
        spacing = {"spacing": self.length / self.points, "period": self.length}
        x = Coordinate(name="x", dims=("x",), values=self.x, units="1", long_name="position", attrs=spacing)
        if "spectrum" not in record:
            return (x,)
        shifted = np.fft.fftshift(self.k)
        return x, Coordinate(name="k", dims=("k",), values=shifted, units="1", long_name="wavenumber")

    def variables(self, record: Sequence[str]) -> tuple[Variable, ...]:
        complex_type = "complex128" if self.precision == "float64" else "complex64"
        stored = [
            Variable(
                name="psi",
                dims=("t", "x"),
                units="1",
                long_name="wave function",
                kind="field",
                dtype=complex_type,
            )
        ]
        names = {
            "mass": "mass, integral of |psi|^2",
            "momentum": "momentum, integral of Im(psi* psi_x)",
            "energy": "energy, integral of |psi_x|^2/2 - g |psi|^4/2 + V |psi|^2",
        }
        if self.filter != "none":
            names["filtered_energy"] = "energy with |psi|^2 P(|psi|^2) in place of |psi|^4"
        if "spectral_tail" in record:
            names["spectral_tail"] = self.optional["spectral_tail"]
        for name, long_name in names.items():
            stored.append(Variable(name=name, dims=("t",), units="1", long_name=long_name, kind="series"))
        for name, dim, kind in (("density", "x", "field"), ("spectrum", "k", "spectrum")):
            if name in record:
                stored.append(
                    Variable(
                        name=name,
                        dims=("t", dim),
                        units="1",
                        long_name=self.optional[name],
                        kind=kind,
                        dtype=self.precision,
                    )
                )
        return tuple(stored)

    def static(self) -> dict[str, tuple[Variable, np.ndarray]]:
        values = self.potential_values
        if values is None:
            return {}
        declared = Variable(
            name="potential", dims=("x",), units="1", long_name="potential V(x)", kind="parameter"
        )
        return {"potential": (declared, values)}

    def initial_state(self, draws: Sequence[Draw]) -> State:
        rows = [self._initial_field(draw, j) for j, draw in enumerate(draws)]
        psi = np.ascontiguousarray(np.array(rows, np.complex128))
        largest = max(float(np.abs(psi.real).max()), float(np.abs(psi.imag).max()))
        if not largest < LARGEST:
            raise ParameterError(
                f"initial: must stay below {LARGEST:g} in size, got {largest:.3g}; its energy would overflow"
            )
        state: State = {"psi": psi}
        if self.scheme == ADAPTIVE:
            state["step"] = np.zeros(len(draws))  # 0 asks for an estimate
        return state

    def _initial_field(self, draw: Draw, member: int) -> np.ndarray:
        if isinstance(self.initial, np.ndarray):
            return self.initial if self.initial.ndim == 1 else self.initial[member]
        if self.state_class is None:
            return as_field(evaluate(self.initial, {"x": self.x}), "initial", self.points)
        return self._scaled(member, 0.0, draw)

    def _scaled(self, member: int, t: float, draw: Draw) -> np.ndarray:
        strength = abs(self._coupling(member)) or 1.0
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large is refused by its size
            psi: np.ndarray = self._state(member).psi(self.x, t, self.length, draw) / math.sqrt(strength)
        return psi

    def exact(self, t: float, *, member: int = 0) -> np.ndarray:
        """The exact field at time t, shape (points,), complex; valid as far as the state's docstring says.

        Raises ParameterError when no exact solution is declared for this initial state and potential, and for a
        time at which the box no longer lets it hold.
        """
        cls = self.state_class
        solved = cls is not None and (cls.exact or (cls.name == "gaussian" and self._coupling(member) == 0))
        if not solved or self.potential is not None or self.filter != "none":
            raise ParameterError(
                f"initial: must be a state with an exact solution, without potential and filter, got {self.initial!r}"
            )
        self._state(member).check_exact(t, self.length)
        return self._scaled(member, t, Draw(seed=0, member=member))

    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        from ergodica.sims.engines.adaptive import AdaptiveStep
        from ergodica.sims.engines.split_step import SplitStep

        shared: dict[str, Any] = {
            "symbol": self.k**2 / 2,
            "coupling": self.couplings(len(draws)),
            "potential": self.potential_values,
            "density_filter": self.density_filter,
            "device": device,
            "threads": threads,
        }
        if self.scheme == ADAPTIVE:
            return AdaptiveStep(**shared, spacing=spacing, rtol=self.tolerance, atol=1e-3 * self.tolerance)
        if spacing / self.dt > MAX_STEPS_PER_SNAPSHOT:
            raise ParameterError(
                f"dt: must leave at most {MAX_STEPS_PER_SNAPSHOT:g} steps between snapshots, got {self.dt:g} "
                f"with snapshots {spacing:g} apart; use a larger dt or more snapshots"
            )
        steps, dt = fixed_steps(spacing, self.dt)
        return SplitStep(**shared, dt=dt, steps_per_snapshot=steps, scheme=self.scheme)

    def observe(self, state: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        from ergodica.numerics.arrays import to_host
        from ergodica.numerics.fft import fft
        from ergodica.sims.engines.invariants import invariants

        psi = to_host(state["psi"])
        members = len(psi)
        values = invariants(
            psi,
            k=self.k,
            dx=self.length / self.points,
            coupling=self.couplings(members),
            potential=self.potential_values,
            density_filter=self.density_filter,
        )
        power = np.abs(fft(psi) / self.points) ** 2
        outer = np.abs(np.fft.fftfreq(self.points, 0.5)) > 2 / 3
        total = power.sum(axis=-1)
        # row by row, so that a member has the same last bit in an ensemble of any size
        tail = np.sqrt((power * outer).sum(axis=-1) / np.where(total > 0, total, 1))
        kinetic = self.length * (power * (self.k**2 / 2)).sum(axis=-1)
        scale = np.maximum(kinetic + np.abs(values["energy"] - kinetic), SMALLEST)
        return {
            **values,
            "mass_scale": np.maximum(values["mass"], SMALLEST),
            "momentum_scale": np.maximum(np.sqrt(2 * values["mass"] * scale), SMALLEST),  # |P|^2 <= 2 M K
            "energy_scale": scale,
            "filtered_energy_scale": scale,
            "psi": psi,
            "density": psi.real**2 + psi.imag**2,
            "spectrum": np.fft.fftshift(power, axes=-1),
            "spectral_tail": tail,
        }

    def scales(self, draws: Sequence[Draw]) -> Mapping[str, np.ndarray]:
        with np.errstate(over="ignore", invalid="ignore"):
            observed = self.observe(self.initial_state(draws), ())
        return {name: observed[f"{name}_scale"] for name in self.conserved}

    def watch(
        self, first: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray], dt: float | None
    ) -> Iterable[Concern]:
        return concerns(self, first, now, dt)


def _psi(ds: xr.Dataset) -> xr.DataArray:
    if "psi_real" not in ds or "psi_imag" not in ds:
        raise ParameterError(
            "initial: must be a snapshot with psi_real and psi_imag, got a dataset without them; "
            "use ds.isel(t=-1) of an NLSE run"
        )
    return ds["psi_real"] + 1j * ds["psi_imag"]


def _fixed(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
