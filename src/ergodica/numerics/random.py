"""Counter-based random numbers: Philox4x32-10, the same bits on every device and for every thread count.

A number is a function of (seed, stream, step, index, purpose) alone; there is no state to save or to share.
The 64 bits of the seed are Philox's key. The other four fill its 128-bit counter side by side, so that two
different addresses never meet:

    index // 2   32 bits   element of the sequence: 0 <= index < 2**33, two numbers to a block
    step         48 bits   step, iteration or event of the run: 0 <= step < 2**48
    stream       32 bits   member of the ensemble: 0 <= stream < 2**32
    purpose      16 bits   what the numbers are for (initial state, noise, ...): 0 <= purpose < 2**16

Integers and uniforms are bit-identical on any device. Normals (Box and Muller) agree to the round-off of the
device's log, sqrt and cos. In a kernel nothing checks the ranges: a value outside wraps around.

Source: Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", Proc. SC11,
doi:10.1145/2063384.2063405; Box and Muller 1958, Ann. Math. Stat. 29, 610.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.kernel import kernel, prange

Array: TypeAlias = NDArray[np.float64]
Words: TypeAlias = tuple[np.uint32, np.uint32, np.uint32, np.uint32]

MAX_INDEX = 2**33
MAX_STEP = 2**48
MAX_STREAM = 2**32
MAX_PURPOSE = 2**16

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)  # golden ratio
_WEYL_1 = np.uint64(0xBB67AE85)  # sqrt(3) - 1
_ROUNDS = 10
_ONE = np.uint64(1)
_HIGH_BITS, _MIDDLE_BITS = np.uint64(5), np.uint64(6)  # 27 + 26 bits make a double's 53
_TWO_26 = 67108864.0
_TWO_MINUS_53 = 1.0 / 9007199254740992.0
_TWO_PI = 2.0 * math.pi
_PURPOSE_SHIFT = np.uint64(16)

# one length whatever the thread count, so that every number comes from the same machine instructions
_BLOCK_PAIRS = 2048
_PARALLEL_FROM = 1 << 16  # below it, waking the threads costs more than it saves


# Inlined wherever it is called from: as machine code from the disk it would keep a caller from becoming vector code.
@kernel(_nrt=False, forceinline=True)
def philox4x32(counter0: int, counter1: int, counter2: int, counter3: int, key0: int, key1: int) -> Words:
    """Four random 32-bit words of a 128-bit counter and a 64-bit key, both in 32-bit words, lowest first."""
    x0, x1 = np.uint64(counter0) & _LOW, np.uint64(counter1) & _LOW
    x2, x3 = np.uint64(counter2) & _LOW, np.uint64(counter3) & _LOW
    k0, k1 = np.uint64(key0) & _LOW, np.uint64(key1) & _LOW
    for _ in range(_ROUNDS):
        product0 = _MULTIPLIER_0 * x0
        product1 = _MULTIPLIER_1 * x2
        x0 = (product1 >> _HALF) ^ x1 ^ k0
        x1 = product1 & _LOW
        x2 = (product0 >> _HALF) ^ x3 ^ k1
        x3 = product0 & _LOW
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return np.uint32(x0), np.uint32(x1), np.uint32(x2), np.uint32(x3)


@kernel
def random_words(seed: int, stream: int, step: int, pair: int, purpose: int) -> Words:
    """The four 32-bit words behind elements 2*pair and 2*pair + 1 of a sequence."""
    key, when = np.uint64(seed), np.uint64(step)
    fourth = (np.uint64(purpose) << _PURPOSE_SHIFT) | (when >> _HALF)
    words: Words = philox4x32(
        np.uint64(pair), when & _LOW, np.uint64(stream), fourth, key & _LOW, key >> _HALF
    )
    return words


@kernel
def unit_interval(high: int, low: int) -> float:
    """The multiple of 2**-53 in [0, 1) that two 32-bit words make."""
    whole = np.float64(np.uint64(high) >> _HIGH_BITS) * _TWO_26 + np.float64(np.uint64(low) >> _MIDDLE_BITS)
    return whole * _TWO_MINUS_53


@kernel
def uniform_pair(seed: int, stream: int, step: int, pair: int, purpose: int) -> tuple[float, float]:
    """Elements 2*pair and 2*pair + 1 of a sequence of uniforms in [0, 1), for the price of one."""
    w0, w1, w2, w3 = random_words(seed, stream, step, pair, purpose)
    return unit_interval(w0, w1), unit_interval(w2, w3)


@kernel
def uniform(seed: int, stream: int, step: int, index: int, purpose: int) -> float:
    """Element `index` of a sequence of uniforms in [0, 1), float64."""
    place = np.uint64(index)
    first, second = uniform_pair(seed, stream, step, place >> _ONE, purpose)
    chosen: float = first if place & _ONE == np.uint64(0) else second
    return chosen


@kernel
def normal_pair(seed: int, stream: int, step: int, pair: int, purpose: int) -> tuple[float, float]:
    """Elements 2*pair and 2*pair + 1 of a sequence of standard normals, for the price of one.

    sqrt(-2 log(1 - u)) times cos(2 pi v) and sin(2 pi v); the largest possible is 8.57.
    """
    u, v = uniform_pair(seed, stream, step, pair, purpose)
    radius = math.sqrt(-2.0 * math.log(1.0 - u))
    return radius * math.cos(_TWO_PI * v), radius * math.sin(_TWO_PI * v)


@kernel
def normal(seed: int, stream: int, step: int, index: int, purpose: int) -> float:
    """Element `index` of a sequence of standard normals, float64."""
    place = np.uint64(index)
    u, v = uniform_pair(seed, stream, step, place >> _ONE, purpose)
    radius = math.sqrt(-2.0 * math.log(1.0 - u))
    return radius * (math.cos(_TWO_PI * v) if place & _ONE == np.uint64(0) else math.sin(_TWO_PI * v))


@kernel
def _uniform_block(out: Array, block: int, seed: int, stream: int, step: int, purpose: int) -> None:
    for pair in range(block * _BLOCK_PAIRS, min((block + 1) * _BLOCK_PAIRS, out.shape[0])):
        out[pair, 0], out[pair, 1] = uniform_pair(seed, stream, step, pair, purpose)


@kernel
def _normal_block(out: Array, block: int, seed: int, stream: int, step: int, purpose: int) -> None:
    for pair in range(block * _BLOCK_PAIRS, min((block + 1) * _BLOCK_PAIRS, out.shape[0])):
        out[pair, 0], out[pair, 1] = normal_pair(seed, stream, step, pair, purpose)


@kernel
def _uniforms_serial(out: Array, seed: int, stream: int, step: int, purpose: int) -> None:
    for block in range((out.shape[0] + _BLOCK_PAIRS - 1) // _BLOCK_PAIRS):
        _uniform_block(out, block, seed, stream, step, purpose)


@kernel(parallel=True)
def _uniforms_parallel(out: Array, seed: int, stream: int, step: int, purpose: int) -> None:
    for block in prange((out.shape[0] + _BLOCK_PAIRS - 1) // _BLOCK_PAIRS):
        _uniform_block(out, block, seed, stream, step, purpose)


@kernel
def _normals_serial(out: Array, seed: int, stream: int, step: int, purpose: int) -> None:
    for block in range((out.shape[0] + _BLOCK_PAIRS - 1) // _BLOCK_PAIRS):
        _normal_block(out, block, seed, stream, step, purpose)


@kernel(parallel=True)
def _normals_parallel(out: Array, seed: int, stream: int, step: int, purpose: int) -> None:
    for block in prange((out.shape[0] + _BLOCK_PAIRS - 1) // _BLOCK_PAIRS):
        _normal_block(out, block, seed, stream, step, purpose)


@kernel
def _normals_of_streams(out: Array, streams: Array, seed: int, step: int, purpose: int) -> None:
    for j in range(streams.size):
        _normals_serial(out[j], seed, streams[j], step, purpose)


def _whole(name: str, value: int, limit: int) -> np.uint64:
    if (
        isinstance(value, bool | np.bool_)
        or not isinstance(value, int | np.integer)
        or not 0 <= value < limit
    ):
        raise ParameterError(
            f"{name}: must be a whole number from 0 to {limit - 1}, got {value!r}; choose one in that range"
        )
    return np.uint64(value)


def _address(
    seed: int, stream: int, step: int, purpose: int
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    return (
        _whole("seed", seed, 2**64),
        _whole("stream", stream, MAX_STREAM),
        _whole("step", step, MAX_STEP),
        _whole("purpose", purpose, MAX_PURPOSE),
    )


def _pairs(count: int) -> Array:
    _whole("count", count, MAX_INDEX + 1)
    return np.empty(((int(count) + 1) // 2, 2))


def uniforms(seed: int, stream: int, step: int, count: int, purpose: int = 0) -> Array:
    """`count` uniforms in [0, 1): element i equals `uniform(seed, stream, step, i, purpose)`.

    Args:
        seed: whole number, 0 to 2**64 - 1.
        stream: which sequence of the seed, such as the member of an ensemble; 0 to 2**32 - 1.
        step: when in the run; 0 to 2**48 - 1.
        count: how many, 0 to 2**33. A longer request begins with a shorter one.
        purpose: what they are for, so that the initial state and the noise differ; 0 to 65535.

    Returns:
        float64 array `(count,)`, the same bits for any thread count.

    Raises:
        ParameterError: an argument outside its range.
    """
    out = _pairs(count)
    fill = _uniforms_parallel if count >= _PARALLEL_FROM else _uniforms_serial
    fill(out, *_address(seed, stream, step, purpose))
    return out.reshape(-1)[:count]


def normals(seed: int, stream: int, step: int, count: int, purpose: int = 0) -> Array:
    """`count` standard normals: element i equals `normal(seed, stream, step, i, purpose)`.

    Arguments and errors as for `uniforms`. The same bits for any thread count on one machine; across machines
    they agree to the round-off of log, sqrt, cos and sin.

    Returns:
        float64 array `(count,)`, mean 0, variance 1.
    """
    out = _pairs(count)
    fill = _normals_parallel if count >= _PARALLEL_FROM else _normals_serial
    fill(out, *_address(seed, stream, step, purpose))
    return out.reshape(-1)[:count]


def normals_of_streams(seed: int, streams: Sequence[int], step: int, count: int, purpose: int = 0) -> Array:
    """`normals` of many streams in one call, row j those of `streams[j]`, bit for bit.

    Returns:
        float64 array `(number of streams, count)`.
    """
    members = np.array([_whole("stream", stream, MAX_STREAM) for stream in streams], np.uint64)
    pairs = len(_pairs(count))
    out = np.empty((members.size, pairs, 2))
    key, _, when, what = _address(seed, 0, step, purpose)
    _normals_of_streams(out, members, key, when, what)
    return out.reshape(members.size, 2 * pairs)[:, :count]
