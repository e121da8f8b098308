"""Phrases of Lempel and Ziv 1976, from a suffix tree that grows with the series.

A phrase ends where the longest suffix that occurred before starts after the phrase does. Ukkonen's construction keeps
just this suffix, as its active point, so that one pass over the series finds every phrase in linear time.

Only inner nodes are stored; a leaf is the start of its edge, -1 - start. Children of a node are a row of a table for
few symbols, and are found by a hash of node and first symbol for many.
"""

import numpy as np
from numpy.typing import NDArray

from ergodica.numerics import kernel

FEW_SYMBOLS = 8
"""Up to so many a node's children are a row: 4 (3 + symbols) bytes a node, and there are fewer nodes than samples."""


@kernel
def _slot(
    children: NDArray[np.int32], series: NDArray, nodes: NDArray[np.int32], node: int, symbol: int
) -> int:
    """Where the child of `node` by `symbol` is kept in `children[slot] = (node + 1, child)`, or would be."""
    mask = len(children) - 1
    slot = (node * 2654435761 + symbol * 40503 + (node >> 7) * 97) & mask
    while children[slot, 0] != 0:
        if children[slot, 0] == node + 1:
            child = children[slot, 1]
            first = series[nodes[child, 0]] if child >= 0 else series[-1 - child]
            if first == symbol:
                break
        slot = (slot + 1) & mask
    return slot


@kernel
def phrases_of_1976(
    series: NDArray, symbols: int, nodes: NDArray[np.int32], children: NDArray[np.int32]
) -> int:
    """Number of phrases, the last one complete or not.

    Args:
        series: symbols 0 ... symbols-1, `(n,)`.
        symbols: how many there are.
        nodes: `(n + 1, 3 + symbols)` zeros: start of the edge to it, depth, suffix link, children; `(n + 1, 3)` for
            many symbols.
        children: for many symbols zeros `(slots, 2)`, slots a power of two above 3 n, as there are up to 2 n edges;
            else `(0, 2)`.
    """
    n = len(series)
    hashed = len(children) > 0
    made = 1  # node 0 is the root, which is nobody's child: 0 says that there is none
    at, edge, length, open_suffixes = 0, 0, 0, 0
    phrase, count = 0, 0
    for j in range(n):
        symbol = series[j]
        waiting = 0
        open_suffixes += 1
        while open_suffixes > 0:
            if length == 0:
                edge = j
            first = series[edge]
            slot = 0
            if hashed:
                slot = _slot(children, series, nodes, at, first)
                child = children[slot, 1]
            else:
                child = nodes[at, 3 + first]
            if child == 0:
                if hashed:
                    children[slot, 0] = at + 1
                    children[slot, 1] = -1 - j
                else:
                    nodes[at, 3 + first] = -1 - j
                if waiting > 0:
                    nodes[waiting, 2] = at
                    waiting = 0
            else:
                if child > 0:
                    span = nodes[child, 1] - nodes[at, 1]
                    if length >= span:
                        edge += span
                        length -= span
                        at = child
                        continue
                    start = nodes[child, 0]
                else:
                    start = -1 - child
                if series[start + length] == symbol:
                    length += 1
                    if waiting > 0:
                        nodes[waiting, 2] = at
                    break
                new = made
                made += 1
                nodes[new, 0] = start
                nodes[new, 1] = nodes[at, 1] + length
                if child > 0:
                    nodes[child, 0] = start + length
                else:
                    child = -1 - (start + length)
                if hashed:
                    children[slot, 1] = new
                    other = _slot(children, series, nodes, new, series[start + length])
                    children[other, 0] = new + 1
                    children[other, 1] = child
                    other = _slot(children, series, nodes, new, symbol)
                    children[other, 0] = new + 1
                    children[other, 1] = -1 - j
                else:
                    nodes[at, 3 + first] = new
                    nodes[new, 3 + series[start + length]] = child
                    nodes[new, 3 + symbol] = -1 - j
                if waiting > 0:
                    nodes[waiting, 2] = new
                waiting = new
            open_suffixes -= 1
            if at == 0 and length > 0:
                length -= 1
                edge = j - open_suffixes + 1
            elif at != 0:
                at = nodes[at, 2]
        if j - open_suffixes + 1 > phrase:
            count += 1
            phrase = j + 1
    return count + (phrase < n)


def count_phrases(values: NDArray[np.int64], symbols: int) -> int:
    """Number of phrases of one series of symbols 0 ... symbols-1, the last one complete or not."""
    n = len(values)
    few = symbols <= FEW_SYMBOLS
    series = values.astype(np.uint8 if symbols <= 256 else np.int32)
    nodes = np.zeros((n + 1, 3 + symbols if few else 3), dtype=np.int32)
    slots = 0 if few else 1 << (3 * n).bit_length()
    children = np.zeros((slots, 2), dtype=np.int32)
    return int(phrases_of_1976(series, symbols, nodes, children))
