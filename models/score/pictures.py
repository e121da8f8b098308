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


def picture(
    centre: torch.Tensor,
    near: torch.Tensor,
    lengths: Lengths,
    weighted: bool,
    along: torch.Tensor | None = None,
) -> tuple[Picture, Picture | None]:
    """Of sites at `centre`, (rows, degrees), with neighbours at `near`, (rows, neighbours, dimensions).

    A neighbour at r has the weight (1 - (r/R)^4)^2 where `weighted`, with R the distance to the farthest of `near`;
    the last of them is left out: when others become the nearest, the weights of those that come and go are 0, so that
    scores are continuous, with bounded derivatives, and integration by parts holds for them.

    Returns:
        The picture, and its derivatives where sites move `along`, (directions, rows, degrees), each
        (directions, rows, ...).
    """
    dimensions = near.shape[-1]
    kept = near.shape[1] - weighted
    displacement = minimum_image(near - centre[:, None, :dimensions], lengths.period[:dimensions])
    squares = displacement.square().sum(-1)
    logarithms = torch.zeros_like(squares)
    farthest = squares.amax(-1, keepdim=True).clamp_min(1e-30) if weighted else None
    if farthest is not None:
        logarithms = torch.log((1 - (squares / farthest).square()).square().clamp_min(FAINT))
    soft = squares + lengths.spacing.square()
    softened = displacement * torch.rsqrt(soft)[..., None]
    around = _features(displacement / lengths.reach, softened, torch.log(soft / lengths.spacing.square()))
    standard = (centre - lengths.mean) / lengths.spread
    open_axes = ~torch.isfinite(lengths.period)
    place = torch.where(open_axes, standard, 0.0)[:, :dimensions]
    own = inner(centre[:, dimensions:], lengths)
    view = Picture(around[:, :kept], place, own, logarithms[:, :kept])
    if along is None:
        return view, None
    moved = -along[:, :, None, :dimensions].expand(-1, -1, near.shape[1], -1)
    change = 2 * (displacement * moved).sum(-1)
    logarithms_t = torch.zeros_like(change)
    if farthest is not None:
        last = squares.argmax(-1, keepdim=True).expand(*change.shape[:2], 1)
        share = squares / farthest
        share_t = (change - share * change.gather(-1, last)) / farthest
        inside = 1 - share.square()
        steep = -4 * share / torch.where(inside.square() > FAINT, inside, torch.inf)
        logarithms_t = steep * share_t
    relative = change / soft
    softened_t = moved * torch.rsqrt(soft)[..., None] - 0.5 * softened * relative[..., None]
    around_t = _features(moved / lengths.reach, softened_t, relative)
    place_t = torch.where(open_axes, along / lengths.spread, 0.0)[..., :dimensions]
    own_t = _inner_along(centre[:, dimensions:], along[..., dimensions:], lengths)
    return view, Picture(around_t[:, :, :kept], place_t, own_t, logarithms_t[:, :, :kept])


def _features(*parts: torch.Tensor) -> torch.Tensor:
    straight, softened, logarithm = parts
    return torch.cat([straight, softened, logarithm[..., None]], dim=-1)


def inner(values: torch.Tensor, lengths: Lengths) -> torch.Tensor:
    """Features of the degrees beside the positions, (..., 2 inner): sine and cosine where periodic, else one number."""
    own = slice(lengths.mean.shape[0] - values.shape[-1], None)
    circle, rate = _circle(lengths.period[own])
    standard = (values - lengths.mean[own]) / lengths.spread[own]
    angle = values * rate
    return torch.cat(
        [torch.where(circle, torch.sin(angle), standard), torch.where(circle, torch.cos(angle), 0.0)], dim=-1
    )


def _inner_along(values: torch.Tensor, along: torch.Tensor, lengths: Lengths) -> torch.Tensor:
    own = slice(lengths.mean.shape[0] - values.shape[-1], None)
    circle, rate = _circle(lengths.period[own])
    angle, turned = values * rate, along * rate
    return torch.cat(
        [
            torch.where(circle, torch.cos(angle) * turned, along / lengths.spread[own]),
            torch.where(circle, -torch.sin(angle) * turned, 0.0),
        ],
        dim=-1,
    )


def _circle(period: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Which are periodic, and 2 pi/period of these."""
    circle = torch.isfinite(period)
    return circle, 2 * torch.pi / torch.where(circle, period, 1.0)
