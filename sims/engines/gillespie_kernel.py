"""The compiled loop of `Gillespie`. Imports numba."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ergodica.numerics import kernel
from ergodica.numerics.logarithms import log
from ergodica.numerics.random import philox4x32
from ergodica.sims.engines.sharing import Each

Array = np.ndarray

_LOW = np.uint64(0xFFFFFFFF)
_FIVE, _SIX, _SIXTEEN, _TWENTY_SIX, _HALF = (np.uint64(k) for k in (5, 6, 16, 26, 32))
_TWO_MINUS_53 = 2.0**-53
BLOCK = 32  # events whose numbers are drawn together, which the compiler makes vector code of


class How(NamedTuple):
    """What members have in common.

    Fields:
        seed, purpose: of the random numbers.
        spacing: time between snapshots.
        first: index of the first interval, at t = first * spacing.
        most: events of a member in a call.
    """

    seed: np.uint64
    purpose: int
    spacing: float
    first: int
    most: int


class Members(NamedTuple):
    """One member a row; see `Gillespie` for the state and `tables` for the tables.

    The outputs have a leading axis of snapshots. `frame`, `at` and `since` say how far a member has come in this
    call: snapshots done, and in the interval the time of the next event and of the last.
    """

    streams: Array
    state: Array
    events: Array
    transitions: Array
    dwell: Array
    threshold: Array
    targets: Array
    waiting: Array
    frame: Array
    at: Array
    since: Array
    states: Array
    all_transitions: Array
    all_dwell: Array
    event_count: Array
    event_time: Array
    event_state: Array


@kernel(_nrt=False, forceinline=True, error_model="numpy")
def two_uniforms(seed: int, stream: int, event: int, purpose: int) -> tuple[float, float]:
    """Two uniforms in [0, 1): `uniform_pair` of the event's first element in a form that becomes vector code."""
    key, when = np.uint64(seed), np.uint64(event)
    fourth = (np.uint64(purpose) << _SIXTEEN) | (when >> _HALF)
    words = philox4x32(np.uint64(0), when & _LOW, np.uint64(stream), fourth, key & _LOW, key >> _HALF)
    u = ((np.uint64(words[0]) >> _FIVE) << _TWENTY_SIX) | (np.uint64(words[1]) >> _SIX)
    v = ((np.uint64(words[2]) >> _FIVE) << _TWENTY_SIX) | (np.uint64(words[3]) >> _SIX)
    # signed numbers are turned into floats by one instruction
    return np.float64(np.int64(u)) * _TWO_MINUS_53, np.float64(np.int64(v)) * _TWO_MINUS_53


@kernel(_nrt=False, error_model="numpy")
def draw(
    seed: int, stream: int, first: int, purpose: int, columns: int, waits: Array, column: Array, part: Array
) -> None:
    """Waiting times of mean 1, columns of the table and the parts within them, of a block of events."""
    for i in range(BLOCK):
        waits[i], part[i] = two_uniforms(seed, stream, np.uint64(first) + np.uint64(i), purpose)
    for i in range(BLOCK):
        waits[i] = -log(1.0 - waits[i])
    for i in range(BLOCK):
        scaled = part[i] * columns
        whole = np.int64(scaled)
        column[i], part[i] = whole, scaled - np.float64(whole)


@kernel(error_model="numpy")
def begin(how: How, streams: Array, waiting: Array, state: Array, left: Array) -> None:
    """The time to the first event of every member."""
    waits, column, part = np.empty(BLOCK), np.empty(BLOCK, np.int64), np.empty(BLOCK)
    for j in range(state.size):
        draw(how.seed, streams[j], 0, how.purpose, 1, waits, column, part)
        left[j] = waits[0] * waiting[j if waiting.shape[0] > 1 else 0, state[j]]


@kernel(error_model="numpy")
def advance_member(place: int, how: How, rows: Members) -> None:
    """Events of one member until its snapshots are done or `most` events have happened."""
    which = place if rows.threshold.shape[0] > 1 else 0
    threshold, targets, waiting = rows.threshold[which], rows.targets[which], rows.waiting[which]
    counts, dwell = rows.transitions[place], rows.dwell[place]
    columns, frames, capacity = threshold.shape[1], rows.states.shape[0], rows.event_time.shape[2]
    waits, column, part = np.empty(BLOCK), np.empty(BLOCK, np.int64), np.empty(BLOCK)
    stream, spacing = rows.streams[place], how.spacing
    s, event, frame = rows.state[place], rows.events[place], rows.frame[place]
    at, since, room = rows.at[place], rows.since[place], how.most
    draw(how.seed, stream, event, how.purpose, columns, waits, column, part)
    used = 0
    while frame < frames:
        # a state that is never left waits an infinite time, or NaN: neither is within the interval
        while at <= spacing and room > 0:
            k = column[used]
            entered = targets[s, k, 0] if part[used] < threshold[s, k] else targets[s, k, 1]
            dwell[s] += at - since
            since = at
            counts[s, entered] += 1
            s = entered
            if capacity:
                number = rows.event_count[frame, place]
                if number < capacity:
                    rows.event_time[frame, place, number] = (how.first + frame) * spacing + at
                    rows.event_state[frame, place, number] = s
                rows.event_count[frame, place] = number + 1
            event += 1
            used += 1
            room -= 1
            if used == BLOCK:
                draw(how.seed, stream, event, how.purpose, columns, waits, column, part)
                used = 0
            at += waits[used] * waiting[s]
        if at <= spacing:
            break
        dwell[s] += spacing - since
        at -= spacing
        since = 0.0
        rows.states[frame, place] = s
        rows.all_transitions[frame, place] = counts
        rows.all_dwell[frame, place] = dwell
        frame += 1
    rows.state[place], rows.events[place], rows.frame[place] = s, event, frame
    rows.at[place], rows.since[place] = at, since


@kernel
def tables(rates: Array, threshold: Array, targets: Array, waiting: Array) -> None:
    """Alias tables of rates (m, n, n): column k of s is `targets[s, k, 0]` up to `threshold[s, k]`, else the next.

    Arguments: `threshold` (m, n, K) and `targets` (m, n, K, 2), K the largest number of ways out of a state;
    `waiting` (m, n), mean time in a state. Source: Vose 1991, IEEE Trans. Softw. Eng. 17, 972.
    """
    members, n, columns = threshold.shape
    small, large = np.empty(columns, np.int64), np.empty(columns, np.int64)
    way, share = np.empty(columns, np.int64), np.empty(columns)
    for m in range(members):
        for s in range(n):
            total, ways = 0.0, 0
            for j in range(n):
                if rates[m, s, j] > 0.0:
                    way[ways], share[ways] = j, rates[m, s, j]
                    total += rates[m, s, j]
                    ways += 1
            waiting[m, s] = 1.0 / total if total > 0.0 else np.inf
            for k in range(ways, columns):
                way[k], share[k] = s, 0.0
            below, above = 0, 0
            for k in range(columns):
                share[k] = share[k] / total * columns if total > 0.0 else 1.0
                threshold[m, s, k], targets[m, s, k, 0], targets[m, s, k, 1] = 1.0, way[k], way[k]
                if share[k] < 1.0:
                    small[below], below = k, below + 1
                else:
                    large[above], above = k, above + 1
            while below > 0 and above > 0:
                below -= 1
                one, other = small[below], large[above - 1]
                threshold[m, s, one], targets[m, s, one, 1] = share[one], way[other]
                share[other] -= 1.0 - share[one]
                if share[other] < 1.0:
                    above -= 1
                    small[below], below = other, below + 1


advance = Each(advance_member)
