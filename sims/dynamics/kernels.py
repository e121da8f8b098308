"""The compiled kernels of a definition, each generated when it is asked for."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.kernel import Kernel
from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.dynamics.functions import FunctionDefinition
from ergodica.sims.dynamics.modules import module

if TYPE_CHECKING:
    from ergodica.sims.dynamics.symbolic import System

CPU, PORTABLE = "ergodica.numerics.elementary", "ergodica.sims.dynamics.portable"


class Kernels:
    """Kernels of one definition; sympy is imported only where their source is not kept from an earlier process.

    Every kernel takes the time, the state (d,) and the parameters as `Definition.vector` gives them. With
    `portable=True` they call the device's own mathematics library and compile for CUDA (`kernel.on_cuda`).
    """

    def __init__(self, definition: Definition, *, portable: bool = False) -> None:
        self.definition = definition
        self.library = PORTABLE if portable else CPU

    @functools.cached_property
    def system(self) -> System:
        """The expressions."""
        from ergodica.sims.dynamics.symbolic import system_of

        if isinstance(self.definition, FunctionDefinition):
            raise ParameterError(
                f"{self.definition.name}: expressions are known for equations, got a function; give equations"
            )
        return system_of(self.definition)

    def part(self, name: str) -> Kernel:
        """A kernel by name. Raises ParameterError for a system that cannot have it."""
        if isinstance(self.definition, FunctionDefinition):
            from ergodica.sims.dynamics.function_kernels import part

            return part(self.definition, name)
        key = f"{self.definition.digest}-{name}-{'portable' if self.library == PORTABLE else 'cpu'}"
        made: Kernel = getattr(module(key, lambda: self.source(name)), name)
        return made

    def source(self, name: str) -> str:
        """The source of a kernel's module."""
        from ergodica.sims.dynamics.codegen import CUDA_PARTS, source
        from ergodica.sims.dynamics.printer import ELEMENTARY

        text = source(self.system, name)
        names = [word for word in ELEMENTARY if re.search(rf"\b{word}\(", text)]
        lines = ["from ergodica.numerics import kernel"]
        lines += [f"from {self.library} import {', '.join(names)}"] if names else []
        lines += ["from ergodica.sims.dynamics.layout import LANES"] if "LANES" in text else []
        if name in CUDA_PARTS:
            real = "float32" if name.endswith("single") else "float64"
            lines[0] = "from ergodica.numerics import cuda_kernel, kernel"
            lines = [f"from numpy import {real} as real", "", *lines]
        lines = ["import numpy as np", "", *lines] if "np." in text else lines
        return "\n".join(['"""Generated from the equations of a system."""', "", *lines, "", "", text])

    @functools.cached_property
    def rhs(self) -> Kernel:
        """rhs(t, u, p, du): time derivatives of a flow, the next state of a map, into du (d,)."""
        return self.part("rhs")

    @property
    def step(self) -> Kernel:
        """step(t, u, p, new): the next state of a map; another name of `rhs`."""
        return self.rhs

    @functools.cached_property
    def jacobian(self) -> Kernel:
        """jacobian(t, u, p, J): J[a, b] = d f_a / d u_b, shape (d, d + number of lags)."""
        return self.part("jacobian")

    @functools.cached_property
    def variational(self) -> Kernel:
        """variational(t, u, p, du): u holds the state and any number of tangent vectors, (d + k d,)."""
        return self.part("variational")

    @functools.cached_property
    def divergence(self) -> Kernel:
        """divergence(t, u, p): trace of the Jacobian."""
        return self.part("divergence")

    @functools.cached_property
    def noise(self) -> Kernel:
        """noise(t, u, p, b): amplitude of each component's own Wiener process (Ito)."""
        return self.part("noise")

    @functools.cached_property
    def rk4(self) -> Kernel:
        """rk4(states, parameters, dt, first, count): steps of blocks of members, in place; see `layout`."""
        return self.part("rk4")

    @functools.cached_property
    def iterate(self) -> Kernel:
        """iterate(states, parameters, dt, first, count): steps of a map for blocks of members, in place."""
        return self.part("iterate")

    @functools.cached_property
    def rhs_lanes(self) -> Kernel:
        """rhs_lanes(t, u, p, du): the right-hand side of one block; t (LANES,), the others flat, see `layout`."""
        return self.part("rhs_lanes")

    @functools.cached_property
    def dop853(self) -> Kernel | None:
        """dop853(t, u, p, du): a whole step over lanes, see `dop853_lanes`; None where there is none."""
        plain = not isinstance(self.definition, FunctionDefinition) and self.definition.sites is None
        return self.part("dop853") if plain and not self.definition.lags else None

    @functools.cached_property
    def variational_lanes(self) -> Kernel:
        """variational_lanes(t, u, p, du): state and tangent vectors of one block, component after component."""
        return self.part("variational_lanes")

    @functools.cached_property
    def rk4_variational(self) -> Kernel:
        """rk4_variational(states, parameters, dt, first, count): steps of states with their tangent vectors."""
        return self.part("rk4_variational")

    @functools.cached_property
    def energy(self) -> Kernel:
        """energy(t, u, p): the Hamiltonian."""
        return self.part("energy")

    @functools.cached_property
    def velocity(self) -> Kernel:
        """velocity(t, u, p, du): dq/dt into the first half of du."""
        return self.part("velocity")

    @functools.cached_property
    def force(self) -> Kernel:
        """force(t, u, p, du): dp/dt into the second half of du."""
        return self.part("force")

    def __call__(self, u: Any, t: float = 0.0, parameters: Mapping[str, Any] | None = None) -> np.ndarray:
        """The right-hand side at one point, shape (d,)."""
        u = np.ascontiguousarray(u, np.float64)
        du = np.empty(u.size - len(self.definition.lags))
        self.rhs(float(t), u, self.definition.vector(parameters), du)
        return du


@functools.lru_cache(maxsize=512)
def kernels(definition: Definition, *, portable: bool = False) -> Kernels:
    """The kernels of a definition, made once in a process."""
    return Kernels(definition, portable=portable)
