"""Where the snapshots of a context are cut into patches."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ergodica.models.described import Described, named
from ergodica.models.forecast.settings import is_real
from ergodica.models.forecast.token_model import TokenModel
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError, whole_number


@named
@dataclass(kw_only=True, eq=False)
class PlainPatches(Described):
    """Patches of equal length, the last one complete.

    Args:
        length: snapshots of a patch, 1 or more.
    """

    name = "plain-patches"
    length: int = 10

    def __post_init__(self) -> None:
        whole_number("length", self.length, 1)

    @property
    def shortest(self) -> int:
        """Snapshots of a patch."""
        return self.length

    def tokens(self, features: int) -> None:
        """No token model is needed."""

    def starts(self, context: torch.Tensor, tokens: TokenModel | None) -> torch.Tensor:
        """Which snapshots of a context (rows, snapshots, features) begin a patch, (rows, snapshots)."""
        count = context.shape[1]
        row = (torch.arange(count, device=context.device) - count) % self.length == 0
        row[0] = True
        return row.expand(len(context), -1)

    surprises = starts
    """All that begin."""


@named
@dataclass(kw_only=True, eq=False)
class EntropyPatches(Described):
    """Patches that begin where the next value becomes hard to predict.

    A snapshot begins a patch where H_n, the entropy of its quantised values given those before, is above `above` and
    H_n - H_(n-1) > jump, and the one before that did so is `shortest` snapshots ago; the first snapshot does too, and
    what follows `longest` snapshots without such a surprise. Entropies are high
    where nothing like the last `order` values was seen in the training data, such as at a switch of regimes.

    Args:
        levels: of the quantised values, 2 or more.
        order: values that the next one depends on, 1 or more.
        above: share of ln(levels), from 0 to below 1.
        jump: rise in one snapshot, the same share, from 0 to below 1.
        shortest: snapshots of a patch before one that begins with a surprise, 1 or more.
        longest: snapshots after which a patch is cut in any case, twice `shortest` or more.

    Good values: the defaults, for 2000 snapshots and more: of few of them much is new within a regime too.

    Source: EntroPE, arXiv 2509.26157, section 3; a kernel estimate (`TokenModel`) for its causal transformer.
    """

    name = "entropy-patches"

    levels: int = 8
    order: int = 4
    above: float = 0.8
    jump: float = 0.1
    shortest: int = 5
    longest: int = 10

    def __post_init__(self) -> None:
        for name, least in (("levels", 2), ("order", 1), ("shortest", 1)):
            whole_number(name, getattr(self, name), least)
        whole_number("longest", self.longest, 2 * self.shortest)
        for name, good in (("above", 0.8), ("jump", 0.1)):
            if not is_real(getattr(self, name)) or not 0 <= getattr(self, name) < 1:
                raise ParameterError(
                    f"{name}: must be a share from 0 to below 1, got {getattr(self, name)!r}; use {good}"
                )

    def tokens(self, features: int) -> TokenModel:
        """A token model that has learned nothing."""
        return TokenModel(features, self.levels, self.order)

    def starts(self, context: torch.Tensor, tokens: TokenModel | None) -> torch.Tensor:
        """Which snapshots of a context (rows, snapshots, features) begin a patch, (rows, snapshots)."""
        return cut(self.surprises(context, tokens), self.longest)

    def surprises(self, context: torch.Tensor, tokens: TokenModel | None) -> torch.Tensor:
        """Which snapshots of a context begin a patch by their entropy, and the first one, (rows, snapshots)."""
        assert tokens is not None
        entropies = tokens.entropies(context) / math.log(self.levels)
        rises = torch.zeros_like(entropies, dtype=torch.bool)
        rises[:, 1:] = (entropies[:, 1:] > self.above) & (entropies.diff(dim=1) > self.jump)
        rises[:, 0] = True
        return spaced(rises, self.shortest)


def spaced(starts: torch.Tensor, shortest: int) -> torch.Tensor:
    """`starts` (rows, snapshots) without those that come less than `shortest` snapshots after the one before."""
    kept = torch.zeros_like(starts)
    since = torch.full_like(starts[:, 0], shortest, dtype=torch.long)
    for n in range(starts.shape[1]):
        kept[:, n] = starts[:, n] & (since >= shortest)
        since = torch.where(kept[:, n], 1, since + 1)
    return kept


def cut(starts: torch.Tensor, longest: int) -> torch.Tensor:
    """`starts` (rows, snapshots) and those that come `longest` snapshots after the one before."""
    made = starts.clone()
    since = torch.zeros_like(starts[:, 0], dtype=torch.long)
    for n in range(starts.shape[1]):
        made[:, n] |= since >= longest
        since = torch.where(made[:, n], 1, since + 1)
    return made
