"""The parts of a power-of-two Fourier transform that fit in registers, as functions that kernels can call.

Arrays `re`, `im` (N,) are split. The forward transform decimates in frequency and leaves the modes in the
order of `fft_plan.Plan.order`; the backward one takes them in that order. So no reordering is ever done,
and every load and store is a whole vector. Import this module only beside kernels: it imports numba.

Source: Van Loan 1992, Computational Frameworks for the Fast Fourier Transform, sections 1.9 and 2.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ergodica.numerics.lanes import WIDTH, Complex, Pointer, transposed

LEAF = WIDTH * WIDTH
PAIR = 2 * WIDTH  # tables hold eight real parts, then the eight imaginary parts
FORWARD, BACKWARD = -1, 1


def turned(z: Complex, eighths: int) -> Complex:
    """z exp(2 pi i eighths / 8)."""
    match eighths % 8:
        case 0:
            return z
        case 1:
            return Complex((z.re - z.im).scaled(0.5**0.5), (z.re + z.im).scaled(0.5**0.5))
        case 2:
            return Complex(-z.im, z.re)
        case 3:
            return Complex((-(z.re + z.im)).scaled(0.5**0.5), (z.re - z.im).scaled(0.5**0.5))
    return turned(Complex(-z.re, -z.im), eighths - 4)


def dft(z: list[Complex], sign: int) -> list[Complex]:
    """sum_j z_j exp(sign 2 pi i j q / n), q = 0 ... n-1, for n = 1, 2, 4, 8, lane by lane."""
    n = len(z)
    if n == 1:
        return z
    low, high = z[: n // 2], z[n // 2 :]
    even = dft([a + b for a, b in zip(low, high, strict=True)], sign)
    odd = dft(
        [turned(a - b, sign * j * 8 // n) for j, (a, b) in enumerate(zip(low, high, strict=True))], sign
    )
    return [mode for pair in zip(even, odd, strict=True) for mode in pair]


class Row:
    """Complex vectors in split arrays, or in a table of pairs."""

    def __init__(self, re: Pointer, im: Pointer) -> None:
        self.re = re
        self.im = im

    def load(self, offset: Any) -> Complex:
        return Complex(self.re.load(offset), self.im.load(offset))

    def store(self, offset: Any, z: Complex) -> None:
        self.re.store(offset, z.re)
        self.im.store(offset, z.im)


def _table(pointer: Pointer, count: int, first: int = 0) -> list[Complex]:
    """`count` complex vectors of a table of pairs."""
    offsets = [PAIR * q for q in range(first, first + count)]
    return [Complex(pointer.load(o), pointer.load(o + WIDTH)) for o in offsets]


def _transposed(z: list[Complex]) -> list[Complex]:
    parts = zip(transposed([a.re for a in z]), transposed([a.im for a in z]), strict=True)
    return [Complex(re, im) for re, im in parts]


def _butterfly(radix: int, sign: int) -> Any:
    """The function (re, im, start, stride, twiddles, at): one step on the eight columns from `start` on."""

    def typing(typingctx: Any, re: Any, im: Any, start: Any, stride: Any, twiddles: Any, at: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            row = Row(*(Pointer(context, builder, signature.args[i], args[i], args[2]) for i in (0, 1)))
            factors = _table(Pointer(context, builder, signature.args[4], args[4], args[5]), radix - 1)
            offsets = [builder.mul(args[3], ir.Constant(args[3].type, q)) for q in range(radix)]
            z = [row.load(offset) for offset in offsets]
            if sign == FORWARD:
                first, *rest = dft(z, sign)
                z = [first, *(a * w for a, w in zip(rest, factors, strict=True))]
            else:
                first, *rest = z
                z = dft([first, *(a.times_conjugate(w) for a, w in zip(rest, factors, strict=True))], sign)
            for offset, value in zip(offsets, z, strict=True):
                row.store(offset, value)
            return context.get_dummy_value()

        return types.void(re, im, types.int64, types.int64, twiddles, types.int64), generate

    return intrinsic(typing)


def _leaf(middle: Callable[[list[Complex], Pointer], list[Complex]], *, forward: bool, backward: bool) -> Any:
    """The function (re, im, start, twiddles, transfer): transforms of length 64, with `middle` between."""

    def typing(typingctx: Any, re: Any, im: Any, start: Any, twiddles: Any, transfer: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            row = Row(*(Pointer(context, builder, signature.args[i], args[i], args[2]) for i in (0, 1)))
            twiddle = Pointer(context, builder, signature.args[3], args[3], 0)
            place = builder.mul(args[2], ir.Constant(args[2].type, 2))
            z = [row.load(WIDTH * q) for q in range(WIDTH)]
            if forward:
                first, *rest = dft(z, FORWARD)
                factors = _table(twiddle, WIDTH - 1)
                z = [first, *(a * w for a, w in zip(rest, factors, strict=True))]
                z = dft(_transposed(z), FORWARD)
            z = middle(z, Pointer(context, builder, signature.args[4], args[4], place))
            if backward:
                first, *rest = _transposed(dft(z, BACKWARD))
                factors = _table(twiddle, WIDTH - 1)
                z = [first, *(a.times_conjugate(w) for a, w in zip(rest, factors, strict=True))]
                z = dft(z, BACKWARD)
            for q, value in enumerate(z):
                row.store(WIDTH * q, value)
            return context.get_dummy_value()

        return types.void(re, im, types.int64, twiddles, transfer), generate

    return intrinsic(typing)


def _multiplied(z: list[Complex], transfer: Pointer) -> list[Complex]:
    return [a * h for a, h in zip(z, _table(transfer, WIDTH), strict=True)]


def _unchanged(z: list[Complex], transfer: Pointer) -> list[Complex]:
    return z


forward2, forward4, forward8 = (_butterfly(radix, FORWARD) for radix in (2, 4, 8))
backward2, backward4, backward8 = (_butterfly(radix, BACKWARD) for radix in (2, 4, 8))
leaf_forward = _leaf(_unchanged, forward=True, backward=False)
leaf_backward = _leaf(_unchanged, forward=False, backward=True)
leaf_convolve = _leaf(_multiplied, forward=True, backward=True)
