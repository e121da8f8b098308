"""Symmetric compositions: schemes of high order made of Strang steps of chosen lengths.

A Strang step S(h) has order 2 and is its own inverse under h -> -h. The product

    S(w_s h) ... S(w_2 h) S(w_1 h),   w_j = w_{s+1-j},   sum of w = 1,

keeps both and has a higher order when the odd power sums of w and a few commutator terms vanish.
A scheme is data: its weights, its order and where they were published.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ergodica.numerics.errors import ParameterError, nearest

KAHAN_LI = (
    "Kahan and Li 1997, Math. Comp. 66, 1089; Hairer, Lubich, Wanner 2006, Geometric Numerical Integration"
)


@dataclass(frozen=True, kw_only=True)
class Composition:
    """A symmetric composition of Strang steps.

    `weights` are the lengths of the Strang steps in units of the whole step, `order` the order of accuracy.
    """

    name: str
    order: int
    weights: tuple[float, ...]
    source: str

    @property
    def stages(self) -> int:
        """Strang steps in one step: each costs a forward and an inverse transform."""
        return len(self.weights)

    @property
    def joints(self) -> tuple[float, ...]:
        """Weights of the stages + 1 pointwise substeps around and between the parts in k.

        The halves that meet are merged; across two whole steps the last and the first merge as well.
        """
        w = (0.0, *self.weights, 0.0)
        return tuple((left + right) / 2 for left, right in pairwise(w))


def _palindrome(*half: float) -> tuple[float, ...]:
    """The weights w_1 ... w_m ... w_1 from w_1 ... w_m."""
    return half + half[-2::-1]


_YOSHIDA = 1 / (2 - 2 ** (1 / 3))
_SUZUKI = 1 / (4 - 4 ** (1 / 3))

SCHEMES = {
    scheme.name: scheme
    for scheme in (
        Composition(
            name="strang",
            order=2,
            weights=(1.0,),
            source="Strang 1968, SIAM J. Numer. Anal. 5, 506",
        ),
        Composition(
            name="yoshida-4",
            order=4,
            weights=_palindrome(_YOSHIDA, 1 - 2 * _YOSHIDA),
            source="Yoshida 1990, Phys. Lett. A 150, 262",
        ),
        Composition(
            name="suzuki-4",
            order=4,
            weights=_palindrome(_SUZUKI, _SUZUKI, 1 - 4 * _SUZUKI),
            source="Suzuki 1990, Phys. Lett. A 146, 319",
        ),
        Composition(
            name="kahan-li-6",
            order=6,
            weights=_palindrome(
                0.39216144400731413927925056,
                0.33259913678935943859974864,
                -0.70624617255763935980996482,
                0.08221359629355080023149045,
                0.79854399093482996339895035,
            ),
            source=f"{KAHAN_LI}, V.3.2, (3.11)",
        ),
        Composition(
            name="kahan-li-8",
            order=8,
            weights=_palindrome(
                0.13020248308889008087881763,
                0.56116298177510838456196441,
                -0.38947496264484728640807860,
                0.15884190655515560089621075,
                -0.39590389413323757733623154,
                0.18453964097831570709183254,
                0.25837438768632204729397911,
                0.29501172360931029887096624,
                -0.60550853383003451169892108,
            ),
            source=f"{KAHAN_LI}, V.3.2, (3.12)",
        ),
    )
}


def composition(name: str) -> Composition:
    """The scheme of this name; raises `ParameterError` for an unknown one."""
    if name not in SCHEMES:
        raise ParameterError(f"scheme: one of the fixed-step schemes, got {name!r}; {nearest(name, SCHEMES)}")
    return SCHEMES[name]
