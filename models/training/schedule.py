"""The learning rate over a training: linear warm-up, then half a cosine down to zero."""

from __future__ import annotations

import math


def learning_rate(step: int, *, steps: int, peak: float, warm_up: float) -> float:
    """Learning rate of a step.

    eta = peak s/w for s < w, else peak cos^2(pi/2 (s - w)/(1 - w)), with s = (step - 1/2)/steps

    Args:
        step: from 1 to `steps`.
        steps: of the whole training.
        peak: the largest rate.
        warm_up: w, the share of the steps in which the rate grows, from 0 to below 1.

    Source: Loshchilov and Hutter 2017, arXiv:1608.03983, with one cycle.
    """
    position = (step - 0.5) / steps
    if position < warm_up:
        return peak * position / warm_up
    return peak * math.cos(0.5 * math.pi * (position - warm_up) / (1.0 - warm_up)) ** 2
