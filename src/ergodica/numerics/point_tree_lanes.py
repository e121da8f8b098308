"""Distances from a point to eight others, or to eight boxes, in vector registers; those within a limit as a mask.

A norm is 0 (largest component), 1 (Euclid, squared) or 2 (sum of components). Differences are taken directly and
added up axis by axis; a sum of what cannot decrease is rounded to what cannot decrease, so that the bound of a box
is never above the computed distance of a point in it, and the axes end as soon as no lane is within the limit.
Import this module only beside kernels: it imports numba.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic

from ergodica.numerics.lanes import WIDTH, Lanes, Pointer
from ergodica.numerics.near_lanes import splat

cgutils: Any = _cgutils
MAXIMUM, EUCLID, MANHATTAN = 0, 1, 2

_INT8, _INT64 = ir.IntType(8), ir.IntType(64)
_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)


def _larger(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", a, b), a, b)


def _absolute(builder: Any, value: Any) -> Any:
    name = f"llvm.fabs.v{WIDTH}f64"
    module = builder.module
    fabs = module.globals.get(name) or ir.Function(module, ir.FunctionType(_VECTOR, [_VECTOR]), name)
    return builder.call(fabs, [value])


def _added(builder: Any, norm: int, total: Any, gap: Any) -> Any:
    """The distance with one more axis, in which the points are `gap` >= 0 apart."""
    if norm == MAXIMUM:
        return _larger(builder, gap, total)
    return builder.fadd(total, builder.fmul(gap, gap) if norm == EUCLID else gap)


def _mask(builder: Any, relation: str, distance: Any, limit: Any) -> Any:
    return builder.bitcast(builder.fcmp_ordered(relation, distance, limit), _INT8)


def _distances(norm: int, of_boxes: bool, keep: bool, inside: bool) -> Any:
    """The function (places, start, x, axes, limit[, out]) -> mask.

    Args:
        of_boxes: an axis of eight boxes is eight lower sides and eight upper ones; else it is eight coordinates.
        keep: whether the distances are written to `out`, and those at the limit are within.
        inside: whether bits 8 to 15 tell the boxes whose farthest corner is within.
    """
    relation = "<=" if keep else "<"
    stride = 2 * WIDTH if of_boxes else WIDTH

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = Pointer(context, builder, signature.args[0], args[0], args[1])
        own = context.make_array(signature.args[2])(context, builder, args[2]).data
        limit = splat(builder, args[4])
        zero = ir.Constant(_VECTOR, [ir.Constant(ir.DoubleType(), 0.0)] * WIDTH)
        total, most = (cgutils.alloca_once_value(builder, zero) for _ in range(2))
        mask = cgutils.alloca_once_value(builder, ir.Constant(_INT8, 0))
        with cgutils.for_range(builder, args[3]) as loop:
            offset = builder.mul(loop.index, ir.Constant(_INT64, stride))
            at = splat(builder, builder.load(builder.gep(own, [loop.index])))
            low = builder.fsub(pointer.load(offset).value, at)
            if of_boxes:
                upper = pointer.load(builder.add(offset, ir.Constant(_INT64, WIDTH))).value
                high = builder.fsub(at, upper)
                gap = _larger(builder, _larger(builder, low, high), zero)
                if inside:
                    far = _larger(builder, builder.fneg(low), builder.fneg(high))
                    builder.store(_added(builder, norm, builder.load(most), far), most)
            else:
                gap = _absolute(builder, low)
            distance = _added(builder, norm, builder.load(total), gap)
            builder.store(distance, total)
            near = _mask(builder, relation, distance, limit)
            builder.store(near, mask)
            with builder.if_then(builder.icmp_unsigned("==", near, ir.Constant(_INT8, 0))):
                loop.do_break()
        if keep:
            Pointer(context, builder, signature.args[5], args[5], ir.Constant(_INT64, 0)).store(
                0, Lanes(builder, builder.load(total))
            )
        found = builder.zext(builder.load(mask), _INT64)
        if inside:
            whole = builder.zext(_mask(builder, relation, builder.load(most), limit), _INT64)
            whole = builder.and_(whole, found)  # no box is inside that is not near
            found = builder.or_(found, builder.shl(whole, ir.Constant(_INT64, WIDTH)))
        return found

    if keep:

        def typing_out(
            typingctx: Any, places: Any, start: Any, x: Any, axes: Any, limit: Any, out: Any
        ) -> Any:
            return types.int64(places, types.int64, x, types.int64, types.float64, out), generate

        return intrinsic(typing_out)

    def typing(typingctx: Any, places: Any, start: Any, x: Any, axes: Any, limit: Any) -> Any:
        return types.int64(places, types.int64, x, types.int64, types.float64), generate

    return intrinsic(typing)


near_points_maximum: Any = _distances(MAXIMUM, False, True, False)
near_points_euclid: Any = _distances(EUCLID, False, True, False)
near_points_manhattan: Any = _distances(MANHATTAN, False, True, False)
near_boxes_maximum: Any = _distances(MAXIMUM, True, True, False)
near_boxes_euclid: Any = _distances(EUCLID, True, True, False)
near_boxes_manhattan: Any = _distances(MANHATTAN, True, True, False)
points_below_maximum: Any = _distances(MAXIMUM, False, False, False)
points_below_euclid: Any = _distances(EUCLID, False, False, False)
points_below_manhattan: Any = _distances(MANHATTAN, False, False, False)
boxes_below_maximum: Any = _distances(MAXIMUM, True, False, True)
boxes_below_euclid: Any = _distances(EUCLID, True, False, True)
boxes_below_manhattan: Any = _distances(MANHATTAN, True, False, True)
