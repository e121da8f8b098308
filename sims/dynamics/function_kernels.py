"""Kernels around a user's own function. Import this module only where a run starts: it imports numba."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.errors import NumbaError
from numba.extending import intrinsic
from numba.np import arrayobj
from numpy import (
    empty,  # by name: of a module, a kernel's hash would take every function named like an attribute
)

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.kernel import Kernel, kernel
from ergodica.sims.dynamics.function_checks import reason_of
from ergodica.sims.dynamics.functions import FunctionDefinition, as_kernel
from ergodica.sims.dynamics.layout import LANES

Array = np.ndarray

STEP = 6.0554544523933395e-06  # cube root of the round-off: the best step of a central difference
_COLUMN = types.Array(types.float64, 1, "A")
_BYTES = 8


def _lane_of(typingctx: Any, block: Any, lane: Any) -> Any:
    """The numbers of one lane of a flat block, with a distance known to the compiler; no copy."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole = context.make_array(signature.args[0])(context, builder, args[0])
        made = context.make_array(_COLUMN)(context, builder)
        size = builder.extract_value(whole.shape, 0)
        populate: Any = arrayobj.populate_array
        populate(
            made,
            data=builder.gep(whole.data, [args[1]]),
            shape=[builder.udiv(size, ir.Constant(size.type, LANES))],
            strides=[ir.Constant(ir.IntType(64), _BYTES * LANES)],
            itemsize=whole.itemsize,
            meminfo=None,
        )
        return made._getvalue()

    return _COLUMN(block, types.int64), generate


lane_of: Any = intrinsic(_lane_of)
_LOOP: dict[str, Any] = {"error_model": "numpy", "nogil": True}


def rhs_lanes(function: Any) -> Kernel:
    """rhs_lanes(t, u, p, du) over the lanes of a block, see `layout`."""
    field = as_kernel(function, forceinline=True)

    @kernel(**_LOOP)
    def rhs_lanes(t: Array, u: Array, p: Array, du: Array) -> None:
        for lane in range(LANES):
            field(t[lane], lane_of(u, lane), lane_of(p, lane), lane_of(du, lane))

    return rhs_lanes


def rk4(function: Any) -> Kernel:
    """rk4(states, parameters, dt, first, count): Runge-Kutta steps of order 4 of blocks of members."""
    field = as_kernel(function, forceinline=True)

    @kernel(**_LOOP)
    def slopes(t: float, u: Array, p: Array, du: Array) -> None:
        for lane in range(LANES):
            field(t, lane_of(u, lane), lane_of(p, lane), lane_of(du, lane))

    slope_of = as_kernel(slopes)

    @kernel(**_LOOP)
    def rk4(states: Array, parameters: Array, dt: float, first: int, count: int) -> None:
        size = states.shape[1]
        k, total, moved = empty(size), empty(size), empty(size)
        for block in range(states.shape[0]):
            u, p = states[block], parameters[block]
            for step in range(first, first + count):
                now = step * dt
                slope_of(now, u, p, k)
                for c in range(size):
                    total[c] = k[c]
                    moved[c] = u[c] + 0.5 * dt * k[c]
                slope_of(now + 0.5 * dt, moved, p, k)
                for c in range(size):
                    total[c] += 2.0 * k[c]
                    moved[c] = u[c] + 0.5 * dt * k[c]
                slope_of(now + 0.5 * dt, moved, p, k)
                for c in range(size):
                    total[c] += 2.0 * k[c]
                    moved[c] = u[c] + dt * k[c]
                slope_of(now + dt, moved, p, k)
                for c in range(size):
                    u[c] += dt / 6.0 * (total[c] + k[c])

    return rk4


def iterate(function: Any) -> Kernel:
    """iterate(states, parameters, dt, first, count): steps of a map for blocks of members."""
    field = as_kernel(function, forceinline=True)

    @kernel(**_LOOP)
    def iterate(states: Array, parameters: Array, dt: float, first: int, count: int) -> None:
        new, lost = empty(states.shape[1]), empty(LANES)
        for block in range(states.shape[0]):
            u, p = states[block], parameters[block]
            for step in range(first, first + count):
                for lane in range(LANES):
                    field(float(step), lane_of(u, lane), lane_of(p, lane), lane_of(new, lane))
                lost[:] = 0.0
                for c in range(0, new.size, LANES):
                    for lane in range(LANES):
                        lost[lane] += u[c + lane] - u[c + lane]
                for lane in range(LANES):  # a state that was infinite once does not come back
                    new[lane] = new[lane] if lost[lane] == 0.0 else lost[lane]
                u[:] = new

    return iterate


def jacobian(function: Any) -> Kernel:
    """jacobian(t, u, p, J) by central differences, right to some 1e-9 of the largest slope."""
    field = as_kernel(function)

    @kernel(**_LOOP)
    def jacobian(t: float, u: Array, p: Array, J: Array) -> None:
        d = u.size
        point, above, below = u.copy(), empty(d), empty(d)
        for b in range(d):
            h = STEP * max(1.0, abs(u[b]))
            point[b] = u[b] + h
            field(t, point, p, above)
            width = point[b]
            point[b] = u[b] - h
            field(t, point, p, below)
            width -= point[b]
            point[b] = u[b]
            for a in range(d):
                J[a, b] = (above[a] - below[a]) / width

    return jacobian


def variational(function: Any, derivative: Any, d: int) -> Kernel:
    """variational(t, u, p, du): d components and tangent vectors, with the Jacobian that `derivative` fills."""
    field, matrix_of = as_kernel(function), as_kernel(derivative)

    @kernel(**_LOOP)
    def variational(t: float, u: Array, p: Array, du: Array) -> None:
        J = empty((d, d))
        field(t, u[:d], p, du[:d])
        matrix_of(t, u[:d], p, J)
        for k in range(d, u.size, d):
            for a in range(d):
                total = 0.0
                for b in range(d):
                    total += J[a, b] * u[k + b]
                du[k + a] = total

    return variational


def divergence(derivative: Any) -> Kernel:
    """divergence(t, u, p): the trace of what `derivative` fills."""
    matrix_of = as_kernel(derivative)

    @kernel(**_LOOP)
    def divergence(t: float, u: Array, p: Array) -> float:
        J = empty((u.size, u.size))
        matrix_of(t, u, p, J)
        total = 0.0
        for a in range(u.size):
            total += J[a, a]
        return total

    return divergence


@functools.lru_cache(maxsize=64)
def _compiled(function: Any) -> Kernel:
    """The function for contiguous arrays, compiled, so that what numba says against it is said in one line."""
    made = as_kernel(function)
    try:
        made.dispatcher.compile((types.float64, *[types.Array(types.float64, 1, "C")] * 3))
    except NumbaError as error:
        raise ParameterError(
            f"function: must be in the part of Python that numba compiles, got: {reason_of(error)}; write it in that"
        ) from None
    return made


def part(definition: FunctionDefinition, name: str) -> Kernel:
    """A kernel of a function's definition by name.

    Raises ParameterError for one that only equations give, and for a function that numba cannot compile.
    """
    function = definition.function
    field = _compiled(function)
    derivative = definition.jacobian or jacobian(function)
    match name:
        case "rhs":
            return field
        case "jacobian":
            return as_kernel(derivative)
        case "variational":
            return variational(function, derivative, definition.size())
        case "divergence":
            return divergence(derivative)
        case "rk4":
            return rk4(function)
        case "iterate":
            return iterate(function)
        case "rhs_lanes":
            return rhs_lanes(function)
    raise ParameterError(
        f"{definition.name}: {name} comes from equations, got a function; give the equations as expressions"
    )
