"""a*b + c rounded once, in compiled code. Import this module only beside kernels: it imports numba."""

from typing import Any

from numba import types
from numba.extending import intrinsic


def _fused(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), generate


fused: Any = intrinsic(_fused)
