"""Flow past a cylinder in the plane."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from ergodica.data.schema import Coordinate, Variable
from ergodica.numerics.errors import ParameterError
from ergodica.sims.cylinder_wake_concerns import SHEDDING, SOUND, concerns, digits, strouhal
from ergodica.sims.cylinder_wake_flow import Rescaled, observed, start
from ergodica.sims.cylinder_wake_presets import PRESETS
from ergodica.sims.engines.lattice_body import Body, circle
from ergodica.sims.parameters import PerMember
from ergodica.sims.registry import register
from ergodica.sims.sampling import fixed_steps
from ergodica.sims.simulation import Concern, Draw, Preset, Simulation, State, Stepper

if TYPE_CHECKING:
    from ergodica.numerics.arrays import Device
    from ergodica.sims.engines.lattice import Channel

FASTEST = 0.25  # cells a step, a Mach number of 0.43, above which the flow is no longer incompressible
LEAST_VISCOSITY = {
    "bgk": 2e-3,
    "trt": 5e-3,
}  # in cells^2 a step, below which inflows were seen to be unstable
LARGEST_VISCOSITY = 0.5  # cells^2 a step: slower flows are solved with a smaller speed
MAGIC = 3 / 16  # product of the two relaxation times, less 1/2 each: walls of a channel lie half a cell out
ENTRANCE = 16  # columns over which the collision passes from bgk at the inflow to trt
RETURN = 1.0  # share of the sound's crossing rate at which the inflow returns to its profile
CLEARANCE = 2  # cells between the cylinder and the ends and sides


@register
class CylinderWake(Simulation):
    """Flow past a cylinder in the plane, by the lattice Boltzmann method on D2Q9.

    u_t + (u.grad) u = -grad p + (1/Re) lap u, div u = 0, u = 0 on the circle of diameter 1 around (0, 0)

    Lengths are in diameters D, speeds in the mean speed U of the inflow, times in D/U, pressures in rho U^2,
    vorticities in U/D; Re = U D/nu. `vorticity(t, y, x)`, and the coefficients of `drag(t)` and `lift(t)`, force over
    rho U^2 D/2. Up to Re of about 47 the wake is steady; beyond it sheds vortices at the Strouhal number f D/U.
    Within the cylinder fields are 0.

    Good values: diameter=10 to 20 cells and height=16 for Re=100; speed=0.1. A lower height confines the flow: drag and
    frequency rise.

    Source: He and Luo 1997, J. Stat. Phys. 88, 927; two relaxation times: Ginzburg, Verhaeghe and d'Humieres 2008,
    Commun. Comput. Phys. 3, 427; curved surface: Bouzidi, Firdaouss and Lallemand 2001, Phys. Fluids 13, 3452.
    """

    name = "cylinder-wake"
    title = "Flow past a cylinder"
    equation = r"u_t + (u\cdot\nabla)u = -\nabla p + \tfrac{1}{\mathrm{Re}}\Delta u, \quad \nabla\cdot u = 0"
    references = (
        "He and Luo 1997, J. Stat. Phys. 88, 927; Bouzidi, Firdaouss and Lallemand 2001, Phys. Fluids 13, 3452; "
        "Williamson 1996, Annu. Rev. Fluid Mech. 28, 477"
    )
    presets: ClassVar[Mapping[str, Preset]] = PRESETS
    default_preset = "vortex-street"
    symmetries = ("reflection",)
    optional: ClassVar[Mapping[str, str]] = {
        "velocity_x": "velocity along x",
        "velocity_y": "velocity along y",
        "pressure": "pressure, 0 at the outflow",
    }
    devices = ("cpu", "cuda")
    time_name = "time in diameters over speed"

    reynolds: PerMember = Field(
        100.0, gt=0, le=1e4, description="Re = U D/nu, with the mean speed U of the inflow"
    )
    diameter: float = Field(10.0, ge=6, le=2000, description="cells in a diameter")
    length: float = Field(30.0, gt=0, le=1000, description="length of the channel in diameters")
    height: float = Field(16.0, gt=0, le=1000, description="height of the channel in diameters")
    upstream: float = Field(
        8.0, gt=0, le=1000, description="diameters from the inflow to the middle of the cylinder"
    )
    offset: float = Field(
        0.0,
        ge=-500,
        le=500,
        description="diameters from the middle of the channel up to that of the cylinder",
    )
    sides: Literal["slip", "periodic", "no-slip"] = Field(
        "periodic",
        description="periodic: a row of cylinders; slip: walls without friction; no-slip: walls at rest, with an "
        "inflow that is a parabola",
    )
    surface: Literal["interpolated", "half-way"] = Field(
        "interpolated",
        description="interpolated: the circle where it lies between cells; half-way: a staircase, which keeps mass",
    )
    collision: Literal["trt", "bgk"] = Field(
        "trt",
        description="trt: two relaxation times, as accurate on 10 cells as bgk on 20; bgk: one, stable at a Re larger "
        "by 2.5",
    )
    speed: float = Field(
        0.1,
        gt=0,
        le=FASTEST,
        description="largest U in cells a step, which sets the time step; the one used divides the snapshots",
    )
    perturbation: PerMember = Field(
        0.3,
        ge=-5,
        le=5,
        description="size in U D of the random vortices that the flow starts with behind the cylinder",
    )
    stride: int = Field(1, ge=1, le=1000, description="every so many cells are stored, along x and y")
    precision: Literal["float64", "float32"] = Field(
        "float64", description="stored precision of fields; computing is always in double"
    )

    @model_validator(mode="after")
    def _resolve(self) -> CylinderWake:
        rows, columns = self.shape
        for name, value, low, high, remedy in (
            ("upstream", self.centre[0], 0, columns - 1, "a larger length or another upstream"),
            ("height", self.centre[1], 0, rows - 1, "a larger height or a smaller offset"),
        ):
            room = min(value - low, high - value) - self.diameter / 2
            if room < CLEARANCE:
                raise ParameterError(
                    f"{name}: must leave {CLEARANCE} cells between the cylinder and the ends and sides, got "
                    f"{room:.3g}; use {remedy}"
                )
        if self.stride > min(rows, columns) // 2:
            raise ParameterError(
                f"stride: must leave two cells along each axis, got {self.stride} for {rows} x {columns}; use "
                f"stride={min(rows, columns) // 2}"
            )
        each = self.reynolds if isinstance(self.reynolds, tuple) else (self.reynolds,)
        self._check_viscosity(self.speed * self.diameter / max(each), max(each))
        largest = self.speed * self.diameter / min(each)
        if largest > LARGEST_VISCOSITY:
            raise ParameterError(
                f"speed: must keep the viscosity speed diameter/reynolds below {LARGEST_VISCOSITY:g} cells^2 a step, "
                f"got {largest:.3g}; use speed={digits(LARGEST_VISCOSITY * min(each) / self.diameter)}"
            )
        return self

    def _check_viscosity(self, viscosity: float, reynolds: float) -> None:
        least = LEAST_VISCOSITY[self.collision]
        if viscosity < least:
            raise ParameterError(
                f"diameter: must keep the viscosity speed diameter/reynolds above {least:g} cells^2 a step (relaxation "
                f"time above {0.5 + 3 * least:g}), got {viscosity:.2g} at Re={reynolds:g} with {self.collision}; use "
                f"diameter={math.ceil(1.01 * least * reynolds / self.speed)}"
            )

    # The grid

    @functools.cached_property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells; walls lie half a cell beyond the rows, the outflow on the last column."""
        return round(self.height * self.diameter), round(self.length * self.diameter) + 1

    @functools.cached_property
    def centre(self) -> tuple[float, float]:
        """Middle of the cylinder in cells, x and y."""
        return self.upstream * self.diameter, (self.shape[0] - 1) / 2 + self.offset * self.diameter

    @functools.cached_property
    def body(self) -> Body:
        """The cylinder on the grid."""
        rows, columns = self.shape
        x, y = self.centre
        half = self.surface == "half-way"
        return circle(rows, columns, x=x, y=y, radius=self.diameter / 2, half_way=half)

    @functools.cached_property
    def profile(self) -> np.ndarray:
        """Speed of the inflow in U at the sides and middles of rows, from below, (2 rows + 1,)."""
        halves = 2 * self.shape[0]
        if self.sides != "no-slip":
            return np.ones(halves + 1)
        y = np.arange(halves + 1) / halves
        return 6 * y * (1 - y)

    @functools.cached_property
    def stream(self) -> np.ndarray:
        """Stream function of the inflow in U D, 0 at the height of the cylinder, (rows,)."""
        rows = self.shape[0]
        y, middle = (np.arange(rows) + 0.5) / rows, (self.centre[1] + 0.5) / rows
        if self.sides == "no-slip":
            y, middle = (3 - 2 * y) * y**2, (3 - 2 * middle) * middle**2
        scaled: np.ndarray = (y - middle) * rows / self.diameter
        return scaled

    @property
    def x(self) -> np.ndarray:
        """Stored places along x in diameters from the middle of the cylinder."""
        return (np.arange(self.shape[1])[:: self.stride] - self.centre[0]) / self.diameter

    @property
    def y(self) -> np.ndarray:
        """Stored places along y in diameters from the middle of the cylinder."""
        return (np.arange(self.shape[0])[:: self.stride] - self.centre[1]) / self.diameter

    # What the run loop asks

    @property
    def period(self) -> float | None:
        """D/(U St) of a free cylinder that sheds vortices; None for one that does not, and between walls at rest."""
        re = self.reynolds[0] if isinstance(self.reynolds, tuple) else self.reynolds
        return None if self.sides == "no-slip" or re <= SHEDDING else 1 / strouhal(re)

    def coordinates(self, record: Sequence[str]) -> tuple[Coordinate, ...]:
        spacing: dict[str, float] = {"spacing": self.stride / self.diameter}
        return tuple(
            Coordinate(
                name=name,
                dims=(name,),
                values=values,
                units="1",
                long_name=f"{name} in diameters",
                attrs=spacing,
            )
            for name, values in (("y", self.y), ("x", self.x))
        )

    def variables(self, record: Sequence[str]) -> tuple[Variable, ...]:
        fields = [("vorticity", "vorticity")]
        fields += [(name, words) for name, words in self.optional.items() if name in record]
        return (
            *(
                Variable(
                    name=name,
                    dims=("t", "y", "x"),
                    units="1",
                    long_name=words,
                    kind="field",
                    dtype=self.precision,
                )
                for name, words in fields
            ),
            *(
                Variable(name=name, dims=("t",), units="1", long_name=f"{name} coefficient", kind="series")
                for name in ("drag", "lift")
            ),
        )

    def static(self) -> dict[str, tuple[Variable, np.ndarray]]:
        words = "1 within the cylinder, 0 in the fluid"
        declared = Variable(
            name="solid", dims=("y", "x"), units="1", long_name=words, kind="parameter", dtype="int8"
        )
        return {"solid": (declared, self.body.solid[:: self.stride, :: self.stride].astype(np.int8))}

    def initial_state(self, draws: Sequence[Draw]) -> State:
        flows = [
            start(self, draw.normals(4), self.for_member(j).perturbation) for j, draw in enumerate(draws)
        ]
        return {
            "f": np.array(flows),
            "inflow": np.zeros((len(draws), 2)),
            "speed": np.full(len(draws), self.speed),
        }

    def channel(self, speed: float, members: int) -> Channel:
        """The flow in cells and steps, for a speed U of the inflow in cells a step."""
        from ergodica.sims.engines.lattice import Channel

        rows, columns = self.shape
        reynolds = np.array([self.for_member(j).reynolds for j in range(members)])
        time = 3 * speed * self.diameter / reynolds  # relaxation time less 1/2
        even = 1 / (time + 0.5)
        # the product of both times less 1/2 each: that of bgk at the inflow, which is not stable with another
        share = np.clip((np.arange(columns) - 4) / ENTRANCE, 0, 1) * (self.collision == "trt")
        odd = 1 / (time[:, None] * (MAGIC / time[:, None] ** 2) ** share + 0.5)
        return Channel(
            even=even,
            odd=odd,
            inflow=speed * self.profile,
            relaxation=RETURN * SOUND / columns,
            sides=self.sides,
            body=self.body,
            rows=rows,
            columns=columns,
        )

    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        from ergodica.sims.engines.lattice import LatticeSteps

        steps, dt = fixed_steps(spacing, self.speed / self.diameter)
        speed = dt * self.diameter
        reynolds = max(self.for_member(j).reynolds for j in range(len(draws)))
        if speed * self.diameter / reynolds < LEAST_VISCOSITY[self.collision]:
            raise ParameterError(
                f"snapshots: must lie at least {self.speed / self.diameter:.3g} apart for this diameter and speed, got "
                f"{spacing:.3g}; use fewer snapshots"
            )
        channel = self.channel(speed, len(draws))
        if device.kind == "cuda":
            from ergodica.sims.engines.lattice_cuda import LatticeOnCuda

            return Rescaled(LatticeOnCuda(channel, dt=dt, steps_per_snapshot=steps, device=device), speed)
        return Rescaled(LatticeSteps(channel, dt=dt, steps_per_snapshot=steps, threads=threads), speed)

    def observe(self, state: State, record: Sequence[str]) -> dict[str, np.ndarray]:
        each = [
            observed(self, f, float(speed), record)
            for f, speed in zip(state["f"], state["speed"], strict=True)
        ]
        return {name: np.array([one[name] for one in each]) for name in each[0]}

    def watch(
        self, first: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray], dt: float | None
    ) -> Iterable[Concern]:
        return concerns(self, first, now)
