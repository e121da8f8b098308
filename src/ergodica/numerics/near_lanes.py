"""Which of eight particles in a row are within a radius: one test in vector registers, as a mask of bits.

The arithmetic is that of the scalar loops, operation by operation, so that both give the same answer to the bit.
Import this module only beside kernels: it imports numba.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ergodica.numerics.lanes import WIDTH, Lanes, Pointer

_INT8, _INT32, _INT64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)


def splat(builder: Any, value: Any, width: int = WIDTH) -> Any:
    """A vector that holds `value` in every lane."""
    vector = ir.VectorType(value.type, width)
    empty = ir.Constant(vector, None)
    first = builder.insert_element(empty, value, ir.Constant(_INT32, 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(_INT32, width), [0] * width))


def _near(axes: int) -> Any:
    """The function (x, y, z, origin, shift, limit, j, left): particles j to j + 7, of which `left` are meant.

    `origin` and `shift` are tuples of three. Up to eight values beyond the end of the arrays are read, not used.
    """

    def typing(
        typingctx: Any, x: Any, y: Any, z: Any, origin: Any, shift: Any, limit: Any, j: Any, left: Any
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            squared = None
            for axis in range(axes):
                pointer = Pointer(context, builder, signature.args[axis], args[axis], args[6])
                at = Lanes(builder, splat(builder, builder.extract_value(args[3], axis)))
                moved = Lanes(builder, splat(builder, builder.extract_value(args[4], axis)))
                difference = (pointer.load(0) - at) + moved
                term = difference * difference
                squared = term if squared is None else squared + term
            assert squared is not None
            within = builder.fcmp_ordered("<=", squared.value, splat(builder, args[5]))
            lanes = ir.Constant(ir.VectorType(_INT64, WIDTH), list(range(WIDTH)))
            meant = builder.icmp_signed("<", lanes, splat(builder, args[7]))
            mask = builder.bitcast(builder.and_(within, meant), _INT8)
            return builder.zext(mask, _INT64)

        triple: Any = types.UniTuple
        three = triple(types.float64, 3)
        return types.int64(x, y, z, three, three, types.float64, types.int64, types.int64), generate

    return intrinsic(typing)


def _compared(width: int, relation: str, element: Any) -> Any:
    """The function (array, j, value): which of `width` elements from place j on stand in a relation to `value`."""

    def typing(typingctx: Any, array: Any, j: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            value = splat(builder, args[2], width)
            place = builder.bitcast(builder.gep(data, [args[1]]), value.type.as_pointer())
            compare = builder.fcmp_ordered if element == types.float64 else builder.icmp_signed
            mask = compare(relation, builder.load(place, align=4), value)
            return builder.zext(builder.bitcast(mask, ir.IntType(width)), _INT64)

        return types.int64(array, types.int64, element), generate

    return intrinsic(typing)


def _ones(typingctx: Any, mask: Any) -> Any:
    """The number of bits that are set."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.int64), generate


def _lowest(typingctx: Any, mask: Any) -> Any:
    """The place of the lowest bit that is set, of a mask that is not zero."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


near_in_plane: Any = _near(2)
near_in_space: Any = _near(3)
above: Any = _compared(8, ">", types.int32)
below: Any = _compared(16, "<", types.int32)
nearer: Any = _compared(8, "<", types.float64)
as_near: Any = _compared(8, "==", types.float64)
ones: Any = intrinsic(_ones)
lowest: Any = intrinsic(_lowest)
