"""The size of the pieces in which a variable lies on disk."""

import math
from collections.abc import Sequence

CHUNK_BYTES = 2 * 1024**2
"""Between the request overhead of small pieces and the waste of large ones: 1 to 4 MB reads well everywhere."""


def chunk_shape(
    dims: Sequence[str], shape: Sequence[int], itemsize: int, *, along: str = "t", target: int = CHUNK_BYTES
) -> tuple[int, ...]:
    """The chunk of a variable that grows along one dimension.

    Whole frames, as many as fit into `target` bytes. A frame larger than twice the target is cut along its
    leading dimensions, so that rows of the last one stay together.

    Args:
        dims: names of the dimensions.
        shape: their sizes; the size along `along` does not matter.
        itemsize: bytes a number.
        along: the dimension that grows.
        target: bytes.

    Returns:
        Numbers a chunk, one for each dimension.
    """
    chunk = [1 if dim == along else max(1, size) for dim, size in zip(dims, shape, strict=True)]
    growing = list(dims).index(along)
    for axis in range(len(chunk)):
        excess = math.ceil(math.prod(chunk) * itemsize / (2 * target))
        if axis != growing and excess > 1:
            chunk[axis] = math.ceil(chunk[axis] / min(excess, chunk[axis]))
    chunk[growing] = max(1, target // (math.prod(chunk) * itemsize))
    return tuple(chunk)
