"""Calls of compiled kernels through their addresses, whatever they take.

A loop over steps that calls its parts so is compiled once for all forces, propulsions and dimensions, and so is each
part. A call treats hundreds of particles, so that it costs nothing. Import this module only to run: it imports numba.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from ergodica.sims.engines.ode.calls import _invoke, address

__all__ = ["address_for", "call_4", "call_6", "call_11"]


def _called(place: Any, arguments: tuple[Any, ...]) -> Any:
    """What an intrinsic gives that calls what lies at `place`; 0 when nothing was raised."""
    plain: Any = types.unliteral
    kinds = tuple(plain(argument) for argument in arguments)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _invoke(context, builder, args[0], kinds, args[1:])

    return types.int32(types.int64, *kinds), generate


# numba takes no intrinsic with any number of arguments
def _call_4(typingctx: Any, place: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    return _called(place, (a, b, c, d))


def _call_6(typingctx: Any, place: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any) -> Any:
    return _called(place, (a, b, c, d, e, f))


def _call_11(
    typingctx: Any, place: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any, i: Any, j: Any, k: Any
) -> Any:  # fmt: skip
    return _called(place, (a, b, c, d, e, f, g, h, i, j, k))


call_4: Any = intrinsic(_call_4)
call_6: Any = intrinsic(_call_6)
call_11: Any = intrinsic(_call_11)


def address_for(kernel: Any, *arguments: Any) -> int:
    """Where the machine code of a kernel for arguments like these lies; it must return nothing."""
    import numba

    kind: Any = numba.typeof
    return address(kernel, tuple(kind(argument) for argument in arguments))
