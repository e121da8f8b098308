"""What one site sees of its neighbours, in numbers of order one."""

from __future__ import annotations

from typing import NamedTuple

from ergodica.models.score.local_neighbours import minimum_image
from ergodica.models.torch_needed import torch

FAINT = 1e-12
"""Smallest weight of a neighbour: its logarithm is still finite, and so are its derivatives times the weight."""


class Picture(NamedTuple):
    """Inputs of the tokens of some sites.

    Attributes:
        around: features of the displacements, (rows, neighbours, 2 dimensions + 1).
        place: position of the site itself along open axes, 0 along periodic ones, (rows, dimensions).
        own: features of the site's other degrees, (rows, inner).
        logarithms: of the weights of the neighbours, (rows, neighbours).
    """

    around: torch.Tensor
    place: torch.Tensor
    own: torch.Tensor
    logarithms: torch.Tensor


class Lengths(NamedTuple):
    """What numbers are divided by: see `LocalScoreTransformer`.

    Attributes:
        mean, spread: of the degrees, (degrees,).
        reach: distance to the last neighbour, or that on a ring.
        spacing: distance to the first.
        period: (degrees,).
    """

    mean: torch.Tensor
    spread: torch.Tensor
    reach: torch.Tensor
    spacing: torch.Tensor
    period: torch.Tensor


def picture(centre: torch.Tensor, near: torch.Tensor, lengths: Lengths, weighted: bool) -> Picture:
    """Of sites at `centre`, (rows, degrees), with neighbours at `near`, (rows, neighbours, dimensions).

    A neighbour at r sees the weight (1 - (r/R)^4)^2 where `weighted`, with R the distance to the farthest of `near`,
    which is left out: when others become the nearest, the weights of those that come and go are 0, so that scores are
    continuous, with bounded derivatives, and integration by parts holds for them.
    """
    dimensions = near.shape[-1]
    displacement = minimum_image(near - centre[:, None, :dimensions], lengths.period[:dimensions])
    squares = displacement.square().sum(-1)
    logarithms = torch.zeros_like(squares)
    if weighted:
        inside = 1 - (squares / squares.amax(-1, keepdim=True).clamp_min(1e-30)).square()
        logarithms = torch.log(inside[:, :-1].square().clamp_min(FAINT))
        displacement, squares = displacement[:, :-1], squares[:, :-1]
    soft = squares + lengths.spacing.square()
    around = torch.cat(
        [
            displacement / lengths.reach,
            displacement * torch.rsqrt(soft)[..., None],
            torch.log(soft / lengths.spacing.square())[..., None],
        ],
        dim=-1,
    )
    standard = (centre - lengths.mean) / lengths.spread
    place = torch.where(torch.isfinite(lengths.period), 0.0, standard)[:, :dimensions]
    own = inner(centre[:, dimensions:], lengths)
    return Picture(around, place, own, logarithms)


def inner(values: torch.Tensor, lengths: Lengths) -> torch.Tensor:
    """Features of the degrees beside the positions, (..., 2 inner): sine and cosine where periodic, else one number."""
    count = values.shape[-1]
    own = slice(lengths.mean.shape[0] - count, None)
    period = lengths.period[own]
    circle = torch.isfinite(period)
    angle = values * (2 * torch.pi / torch.where(circle, period, 1.0))
    standard = (values - lengths.mean[own]) / lengths.spread[own]
    return torch.cat(
        [torch.where(circle, torch.sin(angle), standard), torch.where(circle, torch.cos(angle), 0.0)], dim=-1
    )
