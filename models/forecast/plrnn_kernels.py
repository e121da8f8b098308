"""Passes through a clipped shallow piecewise-linear network, a row after the other.

All arrays are of one precision. `A` (latent), `W1` and `W2` (latent, hidden), `h1` (latent), `h2` (hidden): W2 lies
transposed, so that every inner loop runs over hidden units that are neighbours in memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.kernel import kernel

SETTLED, REFINED = 16, 3
"""Iterations for the norm of the first Jacobian of a row, and of each after it, which begins where the last ended."""


@kernel(fastmath={"reassoc", "contract"}, error_model="numpy")
def forward(
    start: Any,
    signals: Any,
    kept: Any,
    taken: Any,
    A: Any,
    W1: Any,
    W2: Any,
    h1: Any,
    h2: Any,
    states: Any,
    drives: Any,
) -> None:
    """Sets states (rows, steps, latent): z = A z~ + W1 (relu(W2^T z~ + h2) - relu(W2^T z~)) + h1.

    z~ = kept z + taken s is the state before with its signal; without signals, (rows, 0, latent), it is z itself.
    What of W2^T z~ has no room in drives, (rows, 1 or steps, hidden), is written over.
    """
    hidden, latent = len(h2), len(A)
    for b in range(len(states)):
        z, ramps = start[b].copy(), np.empty_like(h2)
        for t in range(states.shape[1]):
            made, drive = states[b, t], drives[b, min(t, drives.shape[1] - 1)]
            for h in range(hidden):
                drive[h] = 0
            for j in range(latent):
                row, zj = W2[j], z[j]
                for h in range(hidden):
                    drive[h] += row[h] * zj
            for h in range(hidden):
                u = drive[h]
                s = u + h2[h]
                ramps[h] = (s if s > 0 else 0) - (u if u > 0 else 0)
            for i in range(latent):
                row, total = W1[i], A[i] * z[i] + h1[i]
                for h in range(hidden):
                    total += row[h] * ramps[h]
                made[i] = total
            for i in range(latent):
                z[i] = kept * made[i] + taken * signals[b, t, i] if t < signals.shape[1] else made[i]


@kernel(fastmath={"reassoc", "contract"}, error_model="numpy")
def backward(
    start: Any,
    signals: Any,
    alpha: Any,
    A: Any,
    W1: Any,
    W2: Any,
    h2: Any,
    states: Any,
    drives: Any,
    to_states: Any,
    to_start: Any,
    to_signals: Any,
    to_A: Any,
    to_W1: Any,
    to_W2: Any,
    to_h1: Any,
    to_h2: Any,
) -> None:
    """Gradients of what has the gradients `to_states`; those of weights are added to what is there."""
    rows, steps, latent = states.shape
    hidden = len(h2)
    ramps, slopes = np.empty_like(h2), np.empty_like(h2)
    z, g, back = np.empty_like(A), np.empty_like(A), np.empty_like(A)
    for b in range(rows):
        for i in range(latent):
            back[i] = 0
        for t in range(steps - 1, -1, -1):
            for i in range(latent):
                g[i] = to_states[b, t, i] + (1 - alpha) * back[i]
                to_signals[b, t, i] = alpha * back[i]
                if t == 0:
                    z[i] = start[b, i]
                else:
                    z[i] = (1 - alpha) * states[b, t - 1, i] + alpha * signals[b, t - 1, i]
                to_A[i] += g[i] * z[i]
                to_h1[i] += g[i]
            for h in range(hidden):
                slopes[h] = 0
            for i in range(latent):
                for h in range(hidden):
                    slopes[h] += W1[i, h] * g[i]
            drive = drives[b, t]
            for h in range(hidden):
                u = drive[h]
                s = u + h2[h]
                upper = slopes[h] if s > 0 else 0 * slopes[h]
                lower = slopes[h] if u > 0 else 0 * slopes[h]
                to_h2[h] += upper
                slopes[h] = upper - lower
                ramps[h] = (s if s > 0 else 0) - (u if u > 0 else 0)
            for i in range(latent):
                for h in range(hidden):
                    to_W1[i, h] += g[i] * ramps[h]
            for j in range(latent):
                total = A[j] * 0
                for h in range(hidden):
                    to_W2[j, h] += z[j] * slopes[h]
                    total += W2[j, h] * slopes[h]
                back[j] = A[j] * g[j] + total
        for i in range(latent):
            to_start[b, i] = back[i]


@kernel(fastmath={"reassoc", "contract"}, error_model="numpy")
def log_norms(points: Any, A: Any, W1: Any, W2: Any, h2: Any, logs: Any) -> None:
    """Sets logs (rows, steps): of the spectral norms of the Jacobians at points (rows, steps, latent).

    J = diag(A) + W1 D W2^T, by power iteration on J^T J, which comes from below.
    """
    rows, steps, latent = points.shape
    hidden = len(h2)
    on, through = np.empty_like(h2), np.empty_like(h2)
    v, image = np.empty_like(A), np.empty_like(A)
    for b in range(rows):
        for i in range(latent):
            v[i] = 1
        for t in range(steps):
            for h in range(hidden):
                through[h] = 0
            for j in range(latent):
                for h in range(hidden):
                    through[h] += W2[j, h] * points[b, t, j]
            for h in range(hidden):
                on[h] = (1 if through[h] + h2[h] > 0 else 0) - (1 if through[h] > 0 else 0)
            size = A[0] * 0
            for _ in range(SETTLED if t == 0 else REFINED):
                length = A[0] * 0
                for i in range(latent):
                    length += v[i] * v[i]
                length = np.sqrt(length)
                if length == 0:  # nothing is left of it
                    break
                for h in range(hidden):
                    through[h] = 0
                for j in range(latent):
                    v[j] /= length
                    for h in range(hidden):
                        through[h] += W2[j, h] * v[j]
                for h in range(hidden):
                    through[h] *= on[h]
                size = A[0] * 0
                for i in range(latent):
                    total = A[i] * v[i]
                    for h in range(hidden):
                        total += W1[i, h] * through[h]
                    image[i] = total
                    size += total * total
                size = np.sqrt(size)
                for h in range(hidden):
                    through[h] = 0
                for i in range(latent):
                    for h in range(hidden):
                        through[h] += W1[i, h] * image[i]
                for j in range(latent):
                    total = A[j] * image[j]
                    for h in range(hidden):
                        total += W2[j, h] * on[h] * through[h]
                    v[j] = total
            if not length > 0:
                for i in range(latent):
                    v[i] = 1
            logs[b, t] = np.log(max(size, 1e-30))
