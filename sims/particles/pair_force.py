"""Pair forces: what a force between two particles is, and how compiled loops call it.

A force has a file of its own with two scalar functions, its value and its slope, which serve the CPU and CUDA alike. A
loop over squared distances around each is compiled on its own and called through its address, hundreds of pairs at
once: the step loops are compiled once for all forces, a user's as well, and still run vector code.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ergodica.numerics.errors import ParameterError, nearest
from ergodica.numerics.kernel import Kernel, kernel

SMALLEST = 1e-300  # squared distance in place of 0: the force on coincident particles is 0, not NaN
FILES = ("softplus", "harmonic", "wca")
NAMES = ("none", *FILES)


@dataclass(frozen=True, kw_only=True)
class PairForce:
    """A central force between two particles that depends on their distance r.

    Fields:
        name: word for the command line and the file.
        functions: (exp, log) -> two kernels (r, parameters) -> number: the force, positive where particles repel, and
            its derivative by r, made with these elementary functions; parameters are what `numbers` gives.
        numbers: (stiffness, diameter, softness) -> the parameters.
        reach: parameters -> distance from which on the force is 0, or is taken as 0.
        steepest: (parameters, load) -> largest |slope| where the force is at most `load`.
        hard: whether the force grows without bound, so that particles must not start inside of each other.
        nearest: part of the reach from which on the force can be asked for.
    """

    name: str
    functions: Callable[[Any, Any], tuple[Kernel, Kernel]]
    numbers: Callable[[float, float, float], tuple[float, ...]]
    reach: Callable[[tuple[float, ...]], float]
    steepest: Callable[[tuple[float, ...], float], float]
    hard: bool = False
    nearest: float = 0.0

    @functools.cached_property
    def loops(self) -> tuple[Kernel, Kernel]:
        """Force over r, and slope, of many squared distances: kernels (unused, squared, parameters, out)."""
        from ergodica.numerics.logarithms import exp, log

        force, slope = self.functions(exp, log)

        @kernel(_nrt=False, error_model="numpy")
        def over_distance(unused: float, squared: Any, parameters: Any, out: Any) -> None:
            p = (parameters[0], parameters[1], parameters[2])
            for k in range(out.size):
                s = squared[k] if squared[k] > SMALLEST else SMALLEST
                r = math.sqrt(s)
                out[k] = force(r, p) / r

        @kernel(_nrt=False, error_model="numpy")
        def slopes(unused: float, squared: Any, parameters: Any, out: Any) -> None:
            p = (parameters[0], parameters[1], parameters[2])
            for k in range(out.size):
                s = squared[k] if squared[k] > SMALLEST else SMALLEST
                out[k] = slope(math.sqrt(s), p)

        return over_distance, slopes

    @functools.cached_property
    def addresses(self) -> tuple[int, int]:
        """Where the machine code of `loops` lies; compiled when first asked for."""
        from ergodica.sims.engines.ode.calls import SCALAR, address

        first, second = (address(loop, SCALAR, self.name) for loop in self.loops)
        return first, second


def named(name: str) -> PairForce | None:
    """The force of a name; None for 'none'.

    Raises:
        ParameterError: no force has this name; it says the nearest ones.
    """
    if name == "none":
        return None
    if name not in FILES:
        raise ParameterError(f"pair_force: {name!r} is not known; {nearest(name, NAMES)}")
    from importlib import import_module

    found: PairForce = import_module(f"ergodica.sims.particles.{name}").FORCE
    return found


def value(force: PairForce, r: float, parameters: tuple[float, ...]) -> float:
    """The force at one distance, without compiling."""
    function, _ = force.functions(math.exp, math.log)
    return float(function.in_python(float(r), parameters))
