"""Sums over the zones of Couzin's model, eight candidates at once in vector registers.

Import this module only beside kernels: it imports numba.
"""

from __future__ import annotations

import functools
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ergodica.numerics import Kernel
from ergodica.numerics.cells import Array, Cells, Grid, home_cell, inlined, segment, segments
from ergodica.numerics.lanes import WIDTH, Lanes, Pointer
from ergodica.numerics.near_lanes import splat
from ergodica.numerics.neighbour_kernels import candidates
from ergodica.sims.zones.rule import Sums

SUMS = 10


def _constant(builder: Any, value: float) -> Any:
    return splat(builder, ir.Constant(ir.DoubleType(), value))


def _met(space: bool) -> Any:
    """`met` for eight: (x, y, z, heading, origin, shift, own, zones, visible, j, mask, sums) -> 0.

    Candidates j to j + 7, of which the bits of `mask` are within reach, are added lane by lane to the ten rows of eight
    in `sums`. `heading` is `(3, n + 8)`, `origin`, `shift`, `own` and `zones` (squared radii) are tuples of three.
    """
    axes = 3 if space else 2

    def typing(
        typingctx: Any, x: Any, y: Any, z: Any, heading: Any, origin: Any, shift: Any, own: Any, zones: Any,
        visible: Any, j: Any, mask: Any, sums: Any,
    ) -> Any:  # fmt: skip
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            def lane(value: Any) -> Any:
                return splat(builder, value)

            def part(argument: int, place: int) -> Any:
                return lane(builder.extract_value(args[argument], place))

            zero, one = _constant(builder, 0.0), _constant(builder, 1.0)
            rows = context.make_array(signature.args[3])(context, builder, args[3])
            row = builder.extract_value(rows.shape, 1)
            vector, theirs = [], []
            squared = along = None
            for axis in range(axes):
                there = Pointer(context, builder, signature.args[axis], args[axis], args[9]).load(0)
                difference = (there - Lanes(builder, part(4, axis))) + Lanes(builder, part(5, axis))
                start = builder.add(builder.mul(row, ir.Constant(row.type, axis)), args[9])
                theirs.append(Pointer(context, builder, signature.args[3], args[3], start).load(0))
                vector.append(difference)
                term, way = difference * difference, Lanes(builder, part(6, axis)) * difference
                squared = term if squared is None else squared + term
                along = way if along is None else along + way
            assert squared is not None
            assert along is not None
            chosen = builder.bitcast(
                builder.trunc(args[10], ir.IntType(8)), ir.VectorType(ir.IntType(1), WIDTH)
            )
            apart = builder.and_(chosen, builder.fcmp_ordered(">", squared.value, zero))
            kind, name = squared.value.type, f"llvm.sqrt.v{WIDTH}f64"
            root = builder.module.globals.get(name) or ir.Function(
                builder.module, ir.FunctionType(kind, [kind]), name
            )
            length = builder.call(root, [builder.select(apart, squared.value, one)])
            inverse = builder.select(apart, builder.fdiv(one, length), zero)

            def within(zone: int) -> Any:
                return builder.fcmp_ordered("<=", squared.value, part(7, zone))

            close = builder.and_(chosen, within(0))
            facing = builder.fcmp_ordered(">=", builder.fmul(along.value, inverse), lane(args[8]))
            seen = builder.and_(builder.and_(chosen, facing), builder.not_(close))
            aligned = builder.and_(seen, within(1))
            drawn = builder.and_(builder.and_(seen, builder.not_(aligned)), within(2))
            total = Pointer(context, builder, signature.args[11], args[11], 0)

            def add(place: int, value: Any) -> None:
                total.store(place * WIDTH, total.load(place * WIDTH) + Lanes(builder, value))

            push = Lanes(builder, builder.select(close, builder.fneg(inverse), zero))
            pull = Lanes(builder, builder.select(drawn, inverse, zero))
            add(3, builder.select(close, one, zero))
            for axis in range(axes):
                add(axis, (push * vector[axis]).value)
                add(4 + axis, builder.select(aligned, theirs[axis].value, zero))
                add(7 + axis, (pull * vector[axis]).value)
            return context.get_constant(types.int64, 0)

        triple: Any = types.UniTuple
        three = triple(types.float64, 3)
        floats = (three, three, three, three, types.float64)
        return types.int64(x, y, z, heading, *floats, types.int64, types.int64, sums), generate

    return intrinsic(typing)


@functools.cache
def gathering(*, space: bool) -> Kernel:
    """A kernel that sums `met` over the neighbours of one individual, as `around(met)` does.

    Takes (total, cells, grid, s, heading, (zones, visible, sums)) with `sums` room for 80 numbers. Sums come in another
    order than that of `around`, which depends on the positions alone.
    """
    test, together = candidates(space=space), _met(space)

    @inlined
    def gather(total: Sums, cells: Cells, grid: Grid, s: int, heading: Array, parameters: Any) -> Any:
        zones, visible, sums = parameters
        origin = cells.x[s], cells.y[s], cells.z[s]
        own = heading[0, s], heading[1, s], heading[2, s]
        radii = zones[0, s], zones[1, s], zones[2, s]
        home = home_cell(grid, origin[0], origin[1], origin[2])
        sums[:] = 0.0
        for k in range(segments(grid, home)):
            low, high, shift_x, shift_y, shift_z = segment(grid, home, k)
            shift = shift_x, shift_y, shift_z
            first, last = cells.start[low], cells.start[high]
            while first < last:
                mask = test(cells, grid, origin, shift, s, first, last)
                if mask:
                    together(
                        cells.x,
                        cells.y,
                        cells.z,
                        heading,
                        origin,
                        shift,
                        own,
                        radii,
                        visible,
                        first,
                        mask,
                        sums,
                    )
                first += WIDTH
        return (
            total[0] + row(sums, 0), total[1] + row(sums, 1), total[2] + row(sums, 2), total[3] + row(sums, 3),
            total[4] + row(sums, 4), total[5] + row(sums, 5), total[6] + row(sums, 6), total[7] + row(sums, 7),
            total[8] + row(sums, 8), total[9] + row(sums, 9),
        )  # fmt: skip

    return gather


@inlined
def row(sums: Array, place: int) -> float:
    """The sum of eight numbers, by halves."""
    k = place * WIDTH
    left = (sums[k] + sums[k + 4]) + (sums[k + 2] + sums[k + 6])
    right = (sums[k + 1] + sums[k + 5]) + (sums[k + 3] + sums[k + 7])
    return left + right
