"""Vectors of eight float64 in LLVM's own terms, for the inner part of kernels that no compiler vectorises
alone.

A function that builds such code is plain Python: its loops unroll, and +, -, * emit one vector
instruction each (two or four where the processor's vectors are shorter). Import this module only beside
kernels: it imports llvmlite.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

WIDTH = 8
_DOUBLE = ir.DoubleType()
_VECTOR = ir.VectorType(_DOUBLE, WIDTH)
_INT32 = ir.IntType(32)
_INT64 = ir.IntType(64)


class Lanes:
    """Eight float64 held in registers while the code is being built."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder = builder
        self.value = value

    def __add__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fadd(self.value, other.value))

    def __sub__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fsub(self.value, other.value))

    def __mul__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fmul(self.value, other.value))

    def __neg__(self) -> Lanes:
        return Lanes(self.builder, self.builder.fneg(self.value))

    def times_plus(self, factor: Lanes, term: Lanes) -> Lanes:
        """self * factor + term, rounded once: the same bits wherever the code is inlined."""
        module, name = self.builder.module, f"llvm.fma.v{WIDTH}f64"
        signature = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        fma = module.globals.get(name) or ir.Function(module, signature, name)
        return Lanes(self.builder, self.builder.call(fma, [self.value, factor.value, term.value]))

    def scaled(self, factor: float) -> Lanes:
        """self * factor."""
        constant = ir.Constant(_VECTOR, [ir.Constant(_DOUBLE, factor)] * WIDTH)
        return Lanes(self.builder, self.builder.fmul(self.value, constant))

    def picked(self, other: Lanes, positions: Sequence[int]) -> Lanes:
        """Lanes at `positions` of self (0 to 7) followed by other (8 to 15)."""
        mask = ir.Constant(ir.VectorType(_INT32, WIDTH), [ir.Constant(_INT32, p) for p in positions])
        return Lanes(self.builder, self.builder.shuffle_vector(self.value, other.value, mask))


def transposed(rows: Sequence[Lanes]) -> list[Lanes]:
    """The transpose of eight rows of eight lanes, by exchanging blocks of 4, 2 and 1."""
    out = list(rows)
    for block in (4, 2, 1):
        first = [p if not p & block else WIDTH + p - block for p in range(WIDTH)]
        second = [p + block if not p & block else WIDTH + p for p in range(WIDTH)]
        for i in range(WIDTH):
            if not i & block:
                a, b = out[i], out[i + block]
                out[i], out[i + block] = a.picked(b, first), a.picked(b, second)
    return out


class Complex:
    """Eight complex numbers."""

    def __init__(self, re: Lanes, im: Lanes) -> None:
        self.re = re
        self.im = im

    def __add__(self, other: Complex) -> Complex:
        return Complex(self.re + other.re, self.im + other.im)

    def __sub__(self, other: Complex) -> Complex:
        return Complex(self.re - other.re, self.im - other.im)

    def __mul__(self, other: Complex) -> Complex:
        return Complex(
            self.re.times_plus(other.re, -(self.im * other.im)),
            self.re.times_plus(other.im, self.im * other.re),
        )

    def times_conjugate(self, other: Complex) -> Complex:
        """self * conj(other)."""
        return Complex(
            self.re.times_plus(other.re, self.im * other.im),
            self.im.times_plus(other.re, -(self.re * other.im)),
        )


class Pointer:
    """A place in a contiguous float64 array from which vectors are read and to which they are written."""

    def __init__(self, context: Any, builder: Any, array_type: Any, array: Any, start: Any) -> None:
        self.builder = builder
        data = context.make_array(array_type)(context, builder, array).data
        self.address = builder.gep(data, [self._index(start)])

    @staticmethod
    def _index(offset: Any) -> Any:
        return ir.Constant(_INT64, offset) if isinstance(offset, int) else offset

    def _at(self, offset: Any) -> Any:
        place = self.builder.gep(self.address, [self._index(offset)])
        return self.builder.bitcast(place, _VECTOR.as_pointer())

    def load(self, offset: Any) -> Lanes:
        """The eight values from `offset` on."""
        return Lanes(self.builder, self.builder.load(self._at(offset), align=8))

    def store(self, offset: Any, lanes: Lanes) -> None:
        """Write eight values from `offset` on."""
        self.builder.store(lanes.value, self._at(offset), align=8)
