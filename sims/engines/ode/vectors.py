"""Loops over components of eight lanes, written as vector instructions.

Each function here is made from a formula in `Lanes` and runs it for every component of arrays (d, 8): one
compiled loop whatever d is, the same bits in every lane. Import this module only beside kernels: it imports
numba.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ergodica.numerics.lanes import WIDTH, Lanes, Pointer

_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_EIGHTH_ROOT = 0x47ED2349C8D27400  # within 3 % after the division by -8, by trial
SMALLEST_NORMAL = 2.2250738585072014e-308


def _by_name(name: str, *lanes: Lanes) -> Lanes:
    builder = lanes[0].builder
    full, module = f"llvm.{name}.v{WIDTH}f64", builder.module
    signature = ir.FunctionType(_VECTOR, [_VECTOR] * len(lanes))
    function = module.globals.get(full) or ir.Function(module, signature, full)
    return Lanes(builder, builder.call(function, [lane.value for lane in lanes]))


def root(a: Lanes) -> Lanes:
    """Square root."""
    return _by_name("sqrt", a)


def magnitude(a: Lanes) -> Lanes:
    """Absolute value."""
    return _by_name("fabs", a)


def divided(a: Lanes, b: Lanes) -> Lanes:
    """a / b."""
    return Lanes(a.builder, a.builder.fdiv(a.value, b.value))


def larger(a: Lanes, b: Lanes) -> Lanes:
    """The larger of a and b; b where either is NaN."""
    return Lanes(a.builder, a.builder.select(a.builder.fcmp_ordered(">", a.value, b.value), a.value, b.value))


def smaller(a: Lanes, b: Lanes) -> Lanes:
    """The smaller of a and b; b where either is NaN."""
    return Lanes(a.builder, a.builder.select(a.builder.fcmp_ordered("<", a.value, b.value), a.value, b.value))


def inverse_eighth_root(a: Lanes) -> Lanes:
    """a**(-1/8) for a >= 0, right to 1e-4, which is enough for a step.

    inf for 0 and subnormal numbers, NaN for NaN, 0 for inf. Newton's iteration for 1/y**8 = a, begun with the
    exponent divided by -8.
    """
    builder, whole = a.builder, ir.VectorType(ir.IntType(64), WIDTH)

    def every(value: int) -> Any:
        return ir.Constant(whole, [ir.Constant(ir.IntType(64), value)] * WIDTH)

    bits = builder.lshr(builder.bitcast(a.value, whole), every(3))
    y = Lanes(builder, builder.bitcast(builder.sub(every(_EIGHTH_ROOT), bits), _VECTOR))
    for _ in range(2):
        square = y * y
        fourth = square * square
        y = y.scaled(0.125) * (constant(builder, 9.0) - a * (fourth * fourth))
    y = compared(">=", a, constant(builder, SMALLEST_NORMAL)).choose(y, constant(builder, math.inf))
    y = compared("<", a, constant(builder, math.inf)).choose(y, constant(builder, 0.0))
    return compared("==", a, a).choose(y, a)


class Mask:
    """One truth value a lane."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def __and__(self, other: Mask) -> Mask:
        return Mask(self.builder, self.builder.and_(self.value, other.value))

    def __or__(self, other: Mask) -> Mask:
        return Mask(self.builder, self.builder.or_(self.value, other.value))

    def __invert__(self) -> Mask:
        return Mask(self.builder, self.builder.not_(self.value))

    def choose(self, a: Lanes, b: Lanes) -> Lanes:
        """a where true, else b."""
        return Lanes(self.builder, self.builder.select(self.value, a.value, b.value))

    def bits(self) -> Any:
        """The truth values as the bits of an integer."""
        narrow = self.builder.bitcast(self.value, ir.IntType(WIDTH))
        return self.builder.zext(narrow, ir.IntType(64))


def compared(relation: str, a: Lanes, b: Lanes) -> Mask:
    """Where the relation holds; false where either is NaN."""
    return Mask(a.builder, a.builder.fcmp_ordered(relation, a.value, b.value))


def constant(builder: Any, value: float) -> Lanes:
    """The same number in every lane."""
    return Lanes(builder, ir.Constant(_VECTOR, [ir.Constant(ir.DoubleType(), value)] * WIDTH))


def where_positive(condition: Lanes, a: Lanes, b: Lanes) -> Lanes:
    """a where `condition` > 0, else b."""
    return compared(">", condition, constant(a.builder, 0.0)).choose(a, b)


class Place(Pointer):
    """The place at an address in memory."""

    def __init__(self, builder: Any, address: Any) -> None:
        self.builder = builder
        self.address = builder.inttoptr(address, ir.DoubleType().as_pointer())


class Block:
    """An array whose last axis is the eight lanes: `block[i]` are the lanes of component c of its i-th row."""

    def __init__(self, builder: Any, address: Any, stride: Any, at: Any) -> None:
        self.place, self.builder, self.stride, self.at = Place(builder, address), builder, stride, at

    def _place(self, row: int) -> Any:
        skipped = self.builder.mul(self.stride, ir.Constant(self.stride.type, row))
        return self.builder.add(self.at, skipped)

    def __getitem__(self, row: int) -> Lanes:
        return self.place.load(self._place(row))

    def __setitem__(self, row: int, lanes: Lanes) -> None:
        self.place.store(self._place(row), lanes)


Formula = Callable[..., Any]
alloca: Any = cgutils.alloca_once


def over_components(formula: Formula, *, arrays: int, lanes: int, sums: int = 0, wide: bool = False) -> Any:
    """The function (arrays..., lanes..., d) that runs `formula` for each component; all but d are addresses.

    `formula` takes a `Block` for each array, (rows, d, 8) or (d, 8), and a `Block` for each vector of lanes,
    (rows, 8), the same for all components. The first `sums` of the latter are written after the loop: the
    formula returns what is added to each.

    A `wide` one is a function (arrays..., lanes..., groups, d) for rows of 8 groups lanes: the groups do not wait
    for each other's arithmetic.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        components, eight = args[-1], ir.Constant(args[-1].type, WIDTH)
        groups = args[-2] if wide else ir.Constant(components.type, 1)
        given = args[:-2] if wide else args[:-1]
        width = builder.mul(groups, eight)
        stride = builder.mul(components, width)
        totals = [alloca(builder, _VECTOR) for _ in range(sums)]
        with cgutils.for_range(builder, groups) as group:
            first = builder.mul(group.index, eight)
            shared = [Block(builder, address, width, first) for address in given[arrays:]]
            for total in totals:
                builder.store(ir.Constant(_VECTOR, [ir.Constant(ir.DoubleType(), 0.0)] * WIDTH), total)
            with cgutils.for_range(builder, components) as loop:
                at = builder.add(builder.mul(loop.index, width), first)
                added = formula(*(Block(builder, address, stride, at) for address in given[:arrays]), *shared)
                for total, lane in zip(totals, added or (), strict=True):
                    builder.store(builder.fadd(builder.load(total), lane.value), total)
            for block, total in zip(shared, totals, strict=False):
                block[0] = Lanes(builder, builder.load(total))
        return context.get_dummy_value()

    def typing(typingctx: Any, *arguments: Any) -> Any:
        return types.void(*[types.int64] * (arrays + lanes + wide + 1)), generate

    # numba wants a name for each argument
    names = ["typingctx", *(f"array_{i}" for i in range(arrays)), *(f"lanes_{i}" for i in range(lanes))]
    return intrinsic(_named(typing, [*names, *(["groups"] if wide else []), "d"]))


def over_rows(formula: Formula) -> Any:
    """The function (address, groups, group) that runs `formula` once on eight lanes of rows of 8 groups lanes.

    The rows lie at the address; returns the formula's integer.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        eight = ir.Constant(args[1].type, WIDTH)
        width, first = builder.mul(args[1], eight), builder.mul(args[2], eight)
        return formula(Block(builder, args[0], width, first))

    def typing(typingctx: Any, address: Any, groups: Any, group: Any) -> Any:
        return types.int64(*[types.int64] * 3), generate

    return intrinsic(typing)


def _named(typing: Any, names: Sequence[str]) -> Any:
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    vars(typing)["__signature__"] = inspect.Signature(parameters)
    return typing


def weighted(rows: Block, weights: Sequence[float]) -> Lanes:
    """sum_j weights[j] rows[j], zero weights left out."""
    used = [(j, float(w)) for j, w in enumerate(weights) if w != 0.0]
    builder = rows.builder
    chains: list[Lanes] = []
    for place, (j, w) in enumerate(used):  # two sums side by side: each addition waits for the one before
        if place < 2:
            chains.append(rows[j].scaled(w))
        else:
            chains[place % 2] = rows[j].times_plus(constant(builder, w), chains[place % 2])
    return chains[0] + chains[1] if len(chains) == 2 else chains[0]
