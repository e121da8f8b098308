"""A pair force of one's own: a function of the distance, compiled into the loops like those that are here."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.kernel import Kernel, kernel
from ergodica.sims.particles.pair_force import PairForce

SAMPLES = 400  # distances at which the function is tried
STEP = 1e-3  # of the distance, of the differences that stand for a derivative; their error is STEP^4
NAME = "own"
REMEDY = "use what numba compiles: numbers and the math module, no arrays or objects of its own"


class PairFunction:
    """A central force between two particles, from a function of yours.

    Args:
        function: (r, parameters) -> force, positive where particles repel: a plain function in the subset of Python
            that numba compiles, or one made with numba.njit. `parameters` is an array `(m,)`.
        reach: distance from which on the force is 0, > 0.
        parameters: numbers that the function takes.
        derivative: (r, parameters) -> dF/dr for `drift_divergence`; None takes differences of fourth order.
        stiffness: the largest |dF/dr| that particles meet, for the limit of the time step; None takes the largest from
            half of `reach` on.

    Raises:
        ParameterError: a number out of range, or a function that does not give finite numbers from half of `reach` on.

    >>> def yukawa(r, p):
    ...     return p[0] * math.exp(-r / p[1]) / r
    >>> sims.ActiveBrownian(function=sims.PairFunction(yukawa, reach=3.0, parameters=(10.0, 0.5)), packing_fraction=0.3)

    A file names the function and does not hold it: `sims.from_dataset(ds, function=yukawa)`.
    """

    def __init__(
        self,
        function: Callable[..., float],
        *,
        reach: float,
        parameters: Sequence[float] = (),
        derivative: Callable[..., float] | None = None,
        stiffness: float | None = None,
    ) -> None:
        self.function, self.derivative = function, derivative
        self.reach = _number("reach", reach)
        self.parameters = tuple(_number("parameters", value) for value in parameters)
        if not 0 < self.reach < np.inf:
            raise ParameterError(f"reach: must be positive and finite, got {reach!r}; give a distance")
        largest = self._tried()
        if derivative is not None:
            _check_signature("derivative", _plain(derivative))
        self.stiffness = largest if stiffness is None else _number("stiffness", stiffness)
        if not 0 <= self.stiffness < np.inf:
            raise ParameterError(
                f"stiffness: must be at least 0, got {stiffness!r}; give the largest |dF/dr|"
            )

    def _tried(self) -> float:
        """The largest slope between the distances at which the function is tried."""
        plain = _plain(self.function)
        _check_signature("function", plain)
        r = np.linspace(0.5, 1.0, SAMPLES) * self.reach
        try:
            values = np.array([float(plain(float(one), np.array(self.parameters))) for one in r])
        except Exception as error:  # of the user's own code: anything
            said = " ".join(f"{type(error).__name__}: {error}".split())
            raise ParameterError(
                f"function: must give a number for (r, parameters), got {said}; try it with r={r[0]:g}"
            ) from error
        if not np.isfinite(values).all():
            bad = int(np.argmax(~np.isfinite(values)))
            raise ParameterError(
                f"function: must be finite from half of reach on, got {values[bad]:g} at r={r[bad]:g}; mend it there"
            )
        return float(np.abs(np.diff(values[:-1]) / np.diff(r[:-1])).max())

    @property
    def name(self) -> str:
        """The function's own name."""
        return str(getattr(self.function, "__name__", NAME))

    def as_plain(self) -> dict[str, Any]:
        """What a file says of it."""
        return {
            "name": self.name,
            "reach": self.reach,
            "parameters": list(self.parameters),
            "stiffness": self.stiffness,
        }

    @functools.cached_property
    def force(self) -> PairForce:
        """The force as the engine takes it."""
        return _OwnForce(
            name=NAME,
            functions=self._functions,
            numbers=lambda stiffness, diameter, softness: self.parameters,
            reach=lambda p: self.reach,
            steepest=lambda p, load: self.stiffness,
            nearest=0.5,
        )

    def _functions(self, exp: Any, log: Any) -> tuple[Kernel, Kernel]:
        force = _as_kernel(self.function)
        if self.derivative is not None:
            return force, _as_kernel(self.derivative)

        @kernel(_nrt=False, error_model="numpy")
        def slope(r: float, p: Any) -> float:
            h = STEP * r
            near, far = force(r + h, p) - force(r - h, p), force(r + 2 * h, p) - force(r - 2 * h, p)
            found: float = (8.0 * near - far) / (12.0 * h)
            return found

        return force, slope


class _OwnForce(PairForce):
    """A pair force whose function takes all its numbers as an array."""

    @functools.cached_property
    def addresses(self) -> tuple[int, int]:
        """Where the machine code lies.

        Raises:
            ParameterError: a function that does not compile.
        """
        from numba.core.errors import UnsupportedBytecodeError

        try:
            return super().addresses
        except (ParameterError, UnsupportedBytecodeError) as error:
            for name, one in zip(("function", "derivative"), self.functions(None, None), strict=True):
                _check_compiles(name, one)
            raise ParameterError(
                f"function: must compile, got {_reason(error.__cause__ or error)}; {REMEDY}"
            ) from error

    @functools.cached_property
    def loops(self) -> tuple[Kernel, Kernel]:
        import math

        force, slope = self.functions(None, None)

        @kernel(_nrt=False, error_model="numpy")
        def over_distance(unused: float, squared: Any, parameters: Any, out: Any) -> None:
            for k in range(out.size):
                r = math.sqrt(squared[k])
                out[k] = force(r, parameters) / r if r > 0.0 else 0.0

        @kernel(_nrt=False, error_model="numpy")
        def slopes(unused: float, squared: Any, parameters: Any, out: Any) -> None:
            for k in range(out.size):
                r = math.sqrt(squared[k])
                out[k] = slope(r, parameters) if r > 0.0 else 0.0

        return over_distance, slopes


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name}: must be a number, got {value!r}; give one") from error


def _plain(function: Any) -> Any:
    return getattr(function, "py_func", getattr(function, "function", function))


def _check_signature(name: str, function: Any) -> None:
    if not callable(function):
        raise ParameterError(f"{name}: must be a function f(r, parameters), got {function!r}; give one")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # built in, and says nothing of its arguments
        return
    try:
        signature.bind(1.0, ())
    except TypeError as error:
        raise ParameterError(
            f"{name}: must be called as f(r, parameters), got f{signature}; take these two"
        ) from error


def _check_compiles(name: str, function: Kernel) -> None:
    import numba

    # as in the loops, which have no memory to give
    alone = Kernel(function.function, function.options | {"_nrt": False})
    try:
        alone.dispatcher.compile((numba.float64, numba.types.Array(numba.float64, 1, "C")))
    except Exception as error:  # numba's errors have no common base
        raise ParameterError(
            f"{name}: must compile as f(r, parameters), got {_reason(error)}; {REMEDY}"
        ) from error


def _reason(error: BaseException) -> str:
    """The last line of what numba says went wrong, before it says where."""
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()]
    where = next((k for k, line in enumerate(lines) if line.startswith(("During: ", 'File "'))), len(lines))
    told = [line for line in lines[:where] if line and not line.startswith("raised from ")]
    return told[-1] if told else type(error).__name__


def check_alone(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    """Raise ParameterError where a force by name, or a number of one, stands beside a function.

    `given` are the parameters that were set, `defaults` those of the system. Files and presets set all of theirs:
    pair_force='own' says that the function counts.
    """
    force = given.get("pair_force", NAME)
    if force not in (NAME, defaults["pair_force"]):
        raise ParameterError(
            f"pair_force: must not be given beside function, got {force!r}; leave one out, or use pair_force={NAME!r}"
        )
    for name in ("stiffness", "softness"):
        if "pair_force" not in given and given.get(name, defaults[name]) != defaults[name]:
            raise ParameterError(
                f"{name}: must not be given beside function, got {given[name]!r}; leave it out, put it into the "
                f"function's parameters, or use pair_force={NAME!r}"
            )


def _as_kernel(function: Any) -> Kernel:
    if isinstance(function, Kernel):
        return function
    return Kernel(getattr(function, "py_func", function), {"error_model": "numpy", "forceinline": True})


def given(value: Any) -> PairFunction | None:
    """A `PairFunction` from what a field holds: one, None, or what a file says with the function beside it.

    Raises:
        ParameterError: anything else, or a file's words without the function.
    """
    if value is None or isinstance(value, PairFunction):
        return value
    if isinstance(value, Mapping) and callable(value.get("function")):
        return PairFunction(
            value["function"],
            reach=value["reach"],
            parameters=value["parameters"],
            stiffness=value["stiffness"],
        )
    if isinstance(value, Mapping):
        raise ParameterError(
            f"function: the file does not hold {value.get('name')!r}, got none; use "
            "sims.from_dataset(ds, function=...)"
        )
    raise ParameterError(
        f"function: must be a PairFunction, got {value!r}; use sims.PairFunction(function, reach=...)"
    )
