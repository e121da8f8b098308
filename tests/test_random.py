"""Philox random numbers: known answers, addresses that never meet, moments, and one result for any thread count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ergodica.numerics import random as numbers
from ergodica.numerics import using_threads
from ergodica.numerics.random import normal, normals, philox4x32, uniform, uniforms
from ergodica.numerics.threads import most_threads

ONES = 0xFFFFFFFF
PI = 0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344
# kat_vectors of Random123 1.14 for philox4x32, 10 rounds: counter, key, result
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (PI, (0xA4093822, 0x299F31D0), (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]
SEEDS = st.integers(0, 2**64 - 1)
STREAMS = st.integers(0, 2**32 - 1)
STEPS = st.integers(0, 2**48 - 1)
PURPOSES = st.integers(0, 2**16 - 1)
N = 400_000


@pytest.mark.parametrize("run", [philox4x32, philox4x32.in_python], ids=["compiled", "python"])
@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_known_answers(run, counter, key, expected) -> None:  # type: ignore[no-untyped-def]
    assert tuple(int(word) for word in run(*counter, *key)) == expected


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS, stream=STREAMS, step=STEPS, purpose=PURPOSES, count=st.integers(0, 9))
def test_a_vector_holds_the_scalars_of_python_bit_for_bit(
    seed: int, stream: int, step: int, purpose: int, count: int
) -> None:
    expected = [uniform.in_python(seed, stream, step, i, purpose) for i in range(count)]
    np.testing.assert_array_equal(uniforms(seed, stream, step, count, purpose), expected)
    # log, sqrt and cos are each within 2 ulp in Python's and in the compiler's library; values are below 9
    expected = [normal.in_python(seed, stream, step, i, purpose) for i in range(count)]
    np.testing.assert_allclose(
        normals(seed, stream, step, count, purpose), expected, rtol=0, atol=4 * 2 * 2**-53 * 9
    )


def test_scalar_and_vector_agree_inside_kernels() -> None:
    address = np.uint64(2**64 - 1), 2**32 - 1, 2**48 - 1
    drawn = uniforms(2**64 - 1, 2**32 - 1, 2**48 - 1, 50, 2**16 - 1)
    assert drawn.tolist() == [uniform(*address, i, 2**16 - 1) for i in range(50)]
    drawn = normals(2**64 - 1, 2**32 - 1, 2**48 - 1, 50, 2**16 - 1)
    assert drawn.tolist() == [normal(*address, i, 2**16 - 1) for i in range(50)]


@pytest.mark.parametrize("count", [0, 1, 4, 5001])
def test_many_streams_at_once_hold_the_bits_of_each(count: int) -> None:
    streams = [0, 3, 2**32 - 1]
    together = numbers.normals_of_streams(2**64 - 1, streams, 7, count, 2)
    assert together.shape == (3, count)
    for stream, row in zip(streams, together, strict=True):
        np.testing.assert_array_equal(row, normals(2**64 - 1, stream, 7, count, 2))
    with pytest.raises(ValueError, match="stream: must be a whole number"):
        numbers.normals_of_streams(0, [0, -1], 0, 1)


@pytest.mark.parametrize("draw", [uniforms, normals])
def test_any_thread_count_gives_the_same_bits(draw) -> None:  # type: ignore[no-untyped-def]
    count = 3 * numbers._PARALLEL_FROM + 1
    runs = []
    for threads in {1, 2, min(4, most_threads()), None}:
        if threads is None or threads <= most_threads():
            with using_threads(threads):
                runs.append(draw(11, 3, 5, count))
    for run in runs[1:]:
        np.testing.assert_array_equal(run, runs[0])


@pytest.mark.parametrize("draw", [uniforms, normals])
def test_a_longer_request_begins_with_a_shorter_one(draw) -> None:  # type: ignore[no-untyped-def]
    """Also across the change from one thread to several."""
    long = draw(1, 2, 3, numbers._PARALLEL_FROM + 5)
    for count in (0, 1, 2, 7, numbers._PARALLEL_FROM - 1, numbers._PARALLEL_FROM):
        short = draw(1, 2, 3, count)
        assert short.shape == (count,)
        assert short.dtype == np.float64
        np.testing.assert_array_equal(short, long[:count])


def _word_of_address(seed: int, stream: int, step: int, pair: int, purpose: int) -> tuple[int, ...]:
    """The counter and key that an address makes, caught at the door of Philox."""
    caught: list[tuple[int, ...]] = []

    def catch(*words: int) -> tuple[int, ...]:
        caught.append(tuple(int(word) for word in words))
        return (0, 0, 0, 0)

    scope = {**numbers.random_words.function.__globals__, "philox4x32": catch}
    type(catch)(numbers.random_words.function.__code__, scope)(seed, stream, step, pair, purpose)
    return caught[0]


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS, stream=STREAMS, step=STEPS, pair=st.integers(0, 2**32 - 1), purpose=PURPOSES)
def test_an_address_can_be_read_back_from_its_counter_and_key(
    seed: int, stream: int, step: int, pair: int, purpose: int
) -> None:
    """So two addresses never share a block: the map to counter and key is one to one, and Philox permutes."""
    words = _word_of_address(seed, stream, step, pair, purpose)
    assert all(0 <= word < 2**32 for word in words)
    c0, c1, c2, c3, k0, k1 = words
    assert (c0, c2, c3 >> 16) == (pair, stream, purpose)
    assert c1 | (c3 & 0xFFFF) << 32 == step
    assert k0 | k1 << 32 == seed


def test_every_part_of_the_address_matters() -> None:
    base = {"seed": 0, "stream": 0, "step": 0, "purpose": 0}
    bits = {"seed": 64, "stream": 32, "step": 48, "purpose": 16}
    seen = {tuple(uniforms(**base, count=4))}
    for name, size in bits.items():
        seen |= {tuple(uniforms(**{**base, name: 1 << bit}, count=4)) for bit in range(size)}
    assert len(seen) == 1 + sum(bits.values())


@pytest.mark.parametrize("seed", [0, 1, 2**63, 2**64 - 1])
def test_moments_of_uniforms(seed: int) -> None:
    """E u^k = 1/(k+1), Var u^k = 1/(2k+1) - 1/(k+1)^2; five standard errors leave 6e-7 to chance."""
    drawn = uniforms(seed, 0, 0, N)
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    for k in range(1, 5):
        spread = np.sqrt((1 / (2 * k + 1) - 1 / (k + 1) ** 2) / N)
        assert abs(np.mean(drawn**k) - 1 / (k + 1)) < 5 * spread
    cells = np.bincount((drawn * 256).astype(int), minlength=256)
    chi_squared = np.sum((cells - N / 256) ** 2) / (N / 256)
    assert abs(chi_squared - 255) < 5 * np.sqrt(2 * 255)


@pytest.mark.parametrize("seed", [0, 1, 2**63, 2**64 - 1])
def test_moments_of_normals(seed: int) -> None:
    """E z^k = 0, 1, 0, 3, 0, 15 with Var z^k = E z^2k - (E z^k)^2; five standard errors."""
    drawn = normals(seed, 0, 0, N)
    moments = {0: 1, 2: 1, 4: 3, 6: 15, 8: 105, 10: 945, 12: 10395}
    for k in range(1, 7):
        expected = moments.get(k, 0)
        spread = np.sqrt((moments[2 * k] - expected**2) / N)
        assert abs(np.mean(drawn**k) - expected) < 5 * spread
    assert np.abs(drawn).max() < 8.58  # sqrt(2 * 53 * log 2), from the smallest 1 - u


def test_streams_steps_purposes_seeds_and_neighbours_are_uncorrelated() -> None:
    """A correlation of independent samples has standard error 1/sqrt(N)."""
    rows = [
        normals(7, 0, 0, N),
        normals(7, 1, 0, N),
        normals(7, 0, 1, N),
        normals(7, 0, 2**32, N),
        normals(7, 0, 0, N, purpose=1),
        normals(8, 0, 0, N),
        normals(7 + 2**32, 0, 0, N),
    ]
    for transform in (np.asarray, np.square):
        correlations = np.corrcoef([transform(row) for row in rows])
        np.fill_diagonal(correlations, 0.0)
        assert np.abs(correlations).max() < 5 / np.sqrt(N)
        for lag in (1, 2, 3):
            values = transform(rows[0])
            assert abs(np.corrcoef(values[:-lag], values[lag:])[0, 1]) < 5 / np.sqrt(N)


def test_across_streams_the_first_numbers_are_uniform() -> None:
    """Member j of an ensemble takes one number each: the sequence over streams is as random as one over index."""
    drawn = np.array([uniforms(3, stream, 0, 1)[0] for stream in range(4000)])
    assert abs(drawn.mean() - 0.5) < 5 * np.sqrt(1 / 12 / drawn.size)
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 5 / np.sqrt(drawn.size)


BAD = {
    "seed": (-1, 2**64, 1.0, True, "0"),
    "stream": (-1, 2**32),
    "step": (-1, 2**48),
    "purpose": (-1, 2**16),
}
BAD["count"] = (-1, 2**33 + 1, 2.5)


@pytest.mark.parametrize("draw", [uniforms, normals])
@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BAD.items() for v in vs])
def test_an_address_out_of_range_is_refused(draw, name: str, value: object) -> None:  # type: ignore[no-untyped-def]
    good = {"seed": 0, "stream": 0, "step": 0, "count": 1, "purpose": 0}
    with pytest.raises(ValueError, match=f"^{name}: must be a whole number from 0 to"):
        draw(**{**good, name: value})
