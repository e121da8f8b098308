"""Pairs of templates that lie within a tolerance of each other, counted exactly.

A template is the values x_i, x_{i + delay}, ..., and a pair matches where all their differences are at most r. Values
are replaced by their ranks and the tolerance by the window of ranks that lie within it, so that a comparison is one of
whole numbers and decides as |x_i - y_j| <= r does in double precision. Templates are cut into strips of the rank of
their first value and sorted by that of their second one in each; third values are compared in vector code. The cost is
that of the pairs that agree in two values, and a few steps for each template and strip.
"""

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.kernel import kernel, prange

Ranks = NDArray[np.int32]
Numbers = NDArray[np.int64]

FIRST, SECOND, NUMBER = 0, 1, 2
"""Rows of the columns of strips."""


@kernel
def prepare(
    x: Array, times: Numbers, reference: Array, reference_times: Numbers, radius: float, windows: Ranks
) -> None:
    """Targets windows[0] to windows[1] - 1 in the order of size are those within `radius` of each value of x."""
    low = high = 0
    n = len(reference)
    for s in range(len(x)):
        at = times[s]
        value = x[at]
        while low < n and value - reference[reference_times[low]] > radius:
            low += 1
        while high < n and reference[reference_times[high]] - value <= radius:
            high += 1
        windows[0, at] = low
        windows[1, at] = high


@kernel
def cut(
    times: Numbers, count: int, delay: int, shift: int, ranks: Ranks, starts: Ranks, columns: Ranks
) -> None:
    """Templates by strip of their first rank, sorted in each by their second one.

    Args:
        times: where the value of each rank is, `(n,)`.
        count: number of templates.
        delay: between their values.
        shift: a strip holds 2**shift ranks.
        ranks: the rank of each value, to be filled, `(n,)`.
        starts: begin of each strip, to be filled, `(strips + 1,)`.
        columns: first and second rank, and number, of each template, to be filled, `(3, n)`.
    """
    for s in range(len(times)):
        ranks[times[s]] = s
    starts[:] = 0
    for i in range(count):
        strip = ranks[i] >> shift
        if strip + 2 < len(starts):
            starts[strip + 2] += 1
    for strip in range(2, len(starts)):
        starts[strip] += starts[strip - 1]
    # starts[strip + 1] is where the next one of the strip goes, and in the end where the next strip begins
    for s in range(len(times)):
        i = times[s] - delay
        if 0 <= i < count:
            strip = ranks[i] >> shift
            at = starts[strip + 1]
            starts[strip + 1] = at + 1
            columns[FIRST, at] = ranks[i]
            columns[SECOND, at] = s
            columns[NUMBER, at] = i


@kernel
def within(values: Ranks, low: int, high: int) -> int:
    """How many values lie from low to high - 1."""
    begin, width = np.uint32(low), np.uint32(high - low)
    found = np.int32(0)
    for j in range(len(values)):
        found = np.int32(found + np.int32(np.uint32(values[j] - begin) < width))
    return int(found)


@kernel
def both_within(
    first: Ranks, low: int, high: int, third: Ranks, third_low: int, third_high: int
) -> tuple[int, int]:
    """How many first values lie in their window, and of how many the third value lies in its own, too."""
    begin, width = np.uint32(low), np.uint32(high - low)
    third_begin, third_width = np.uint32(third_low), np.uint32(third_high - third_low)
    one, both = np.int32(0), np.int32(0)
    for j in range(len(first)):
        near = np.int32(np.uint32(first[j] - begin) < width)
        one = np.int32(one + near)
        both = np.int32(both + (near & np.int32(np.uint32(third[j] - third_begin) < third_width)))
    return int(one), int(both)


@kernel
def all_within(
    firsts: Ranks,
    low: int,
    high: int,
    later: Ranks,
    windows: Ranks,
    at: int,
    order: int,
    delay: int,
    near: Ranks,
) -> tuple[int, int]:
    """How many agree in `order` values, and in one more, of those that agree in their second one.

    Args:
        firsts: their first ranks.
        low, high: window of the first rank.
        later: their third rank and following ones, `(order - 1, n)`.
        windows, at: those of the values at `at`, `at + delay`, ...
        near: room for a mark of each.
    """
    begin, width = np.uint32(low), np.uint32(high - low)
    for c in range(len(firsts)):
        near[c] = np.int32(np.uint32(firsts[c] - begin) < width)
    shorter = longer = np.int32(0)
    for k in range(order - 1):
        begin = np.uint32(windows[0, at + k * delay])
        width = np.uint32(windows[1, at + k * delay] - windows[0, at + k * delay])
        values = later[k]
        shorter, longer = longer, np.int32(0)
        for c in range(len(firsts)):
            mark = np.int32(near[c] & np.int32(np.uint32(values[c] - begin) < width))
            near[c] = mark
            longer = np.int32(longer + mark)
        if longer == 0 and k < order - 2:
            return 0, 0
    return int(shorter), int(longer)


@kernel
def count_strip(
    strip: int,
    shift: int,
    order: int,
    delay: int,
    once: bool,
    windows: Ranks,
    starts: Ranks,
    columns: Ranks,
    target_starts: Ranks,
    target_columns: Ranks,
    later: Ranks,
    found: Ranks,
) -> None:
    """Matches of the templates of a strip: `found[0]` in `order` values, `found[1]` in one more.

    Args:
        strip: its number.
        shift, order, delay: as for `count_matches`.
        once: whether a pair is counted at its template of lower rank alone, and none with itself.
        windows: ranks within reach of each value, `(2, n)`.
        starts, columns: of the strips of the templates.
        target_starts, target_columns: of what they are compared with.
        later: their third rank and following ones; for order 1 how many have a first rank up to each.
        found: to be filled at the numbers of the templates.
    """
    begin, end = starts[strip], starts[strip + 1]
    least, most = windows.shape[1], 0
    near = np.empty((1 << shift) if order > 2 else 1, np.int32)
    for q in range(begin, end):
        i = columns[NUMBER, q]
        found[0, i] = found[1, i] = 0
        least = min(least, columns[FIRST, q] if once else windows[0, i])
        most = max(most, windows[1, i])
    for target in range(least >> shift, ((most - 1) >> shift) + 1):
        base, top = target << shift, (target + 1) << shift
        low = high = target_starts[target]
        last = target_starts[target + 1]
        seconds = target_columns[SECOND]
        for q in range(begin, end):
            i = columns[NUMBER, q]
            first_low = columns[FIRST, q] + 1 if once else windows[0, i]
            first_high = windows[1, i]
            if first_high <= base or first_low >= top:
                continue
            second_low, second_high = windows[0, i + delay], windows[1, i + delay]
            while low < last and seconds[low] < second_low:
                low += 1
            while high < last and seconds[high] < second_high:
                high += 1
            firsts = target_columns[FIRST, low:high]
            if order > 2:
                two, three = all_within(
                    firsts,
                    first_low,
                    first_high,
                    later[:, low:high],
                    windows,
                    i + 2 * delay,
                    order,
                    delay,
                    near,
                )
            else:
                third_low, third_high = 0, 0
                if order == 2:
                    third_low, third_high = windows[0, i + 2 * delay], windows[1, i + 2 * delay]
                if first_low <= base and first_high >= top:
                    two = high - low
                    three = within(later[0, low:high], third_low, third_high) if order == 2 else 0
                else:
                    two, three = both_within(
                        firsts, first_low, first_high, later[0, low:high], third_low, third_high
                    )
            found[0, i] += two
            found[1, i] += three
    if order == 1:  # what matched in two values matched in one more than one
        upto = later[0]
        for q in range(begin, end):
            i = columns[NUMBER, q]
            low = columns[FIRST, q] + 1 if once else windows[0, i]
            high = windows[1, i]
            found[1, i] = found[0, i]
            found[0, i] = (upto[high - 1] if high > 0 else 0) - (upto[low - 1] if low > 0 else 0)


@kernel(parallel=True)
def count_matches(
    x: Array,
    times: Numbers,
    y: Array,
    target_times: Numbers,
    radius: Array,
    order: int,
    delay: int,
    shift: int,
    once: bool,
    found: Ranks,
) -> None:
    """Matches of each template of x among those of y, all of `order + 1` values.

    Args:
        x, y: lanes, `(lanes, n)`.
        times, target_times: what sorts each lane.
        radius: tolerance of each lane.
        order: values of the shorter templates, 1 or more.
        delay: samples between values.
        shift: a strip holds 2**shift ranks.
        once: count each pair of templates of one series once; y is x.
        found: matches in `order` values and in `order + 1`, to be filled, `(lanes, 2, n)`.
    """
    lanes, n = x.shape
    count = n - order * delay
    pieces = ((n - 1) >> shift) + 1
    windows = np.empty((lanes, 2, n), np.int32)
    ranks = np.empty((lanes, n), np.int32)
    starts = np.empty((lanes, pieces + 1), np.int32)
    columns = np.empty((lanes, 3, n), np.int32)
    own = 1 if once else lanes
    own_ranks = np.empty((own, n), np.int32)
    own_starts = np.empty((own, pieces + 1), np.int32)
    own_columns = np.empty((own, 3, n), np.int32)
    later = np.empty((lanes, max(1, order - 1), n), np.int32)
    for lane in prange(lanes):
        prepare(x[lane], times[lane], y[lane], target_times[lane], radius[lane], windows[lane])
        cut(target_times[lane], count, delay, shift, ranks[lane], starts[lane], columns[lane])
        if not once:
            cut(times[lane], count, delay, shift, own_ranks[lane], own_starts[lane], own_columns[lane])
        if order == 1:  # of rank s and below
            templates = 0
            for s in range(n):
                templates += target_times[lane, s] < count
                later[lane, 0, s] = templates
        for k in range(order - 1):
            for q in range(count):
                later[lane, k, q] = ranks[lane, columns[lane, NUMBER, q] + (k + 2) * delay]
    for task in prange(lanes * pieces):
        lane = task // pieces
        strip = task % pieces
        count_strip(
            strip,
            shift,
            order,
            delay,
            once,
            windows[lane],
            starts[lane] if once else own_starts[lane],
            columns[lane] if once else own_columns[lane],
            starts[lane],
            columns[lane],
            later[lane],
            found[lane],
        )
