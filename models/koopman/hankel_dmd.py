"""Dynamic mode decomposition of delayed snapshots."""

from __future__ import annotations

from dataclasses import dataclass

from ergodica.models.described import named
from ergodica.models.koopman.dmd import DMD
from ergodica.numerics.errors import whole_number


@named
@dataclass(kw_only=True, eq=False)
class HankelDMD(DMD):
    """DMD of windows of `delays` snapshots: for fewer features than eigenvalues, and for functions of the state.

    (x_n-d+2, ..., x_n+1) = K (x_n-d+1, ..., x_n)

    Exact without noise for a linear system that the features observe, once a window has as many numbers as there are
    eigenvalues. On an ergodic system the eigenvalues tend to those of the Koopman operator as delays and data grow.

    Args:
        delays: snapshots of a window, 1 or more.
        rank: directions of the windows that are kept, at most the numbers of a window, fewer where the data have fewer
            above round-off; None for all of these.

    Good values: `delays` over a period of the slowest oscillation, and `rank` where noise, or single precision, begins.

    Source: Arbabi and Mezic 2017, SIAM J. Appl. Dyn. Syst. 16, 2096.
    """

    name = "hankel-dmd"
    references = "Arbabi and Mezic 2017, SIAM J. Appl. Dyn. Syst. 16, 2096"
    fewer = "a lower rank or fewer delays"
    delays: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        self.lookback = self.delays = whole_number("delays", self.delays, 1)
