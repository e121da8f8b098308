"""What the two algorithms of Kraskov, Stoegbauer and Grassberger share."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from ergodica.estimators.arrays import Array
from ergodica.estimators.continuous.ksg_counts import check_k, over_varying
from ergodica.estimators.information.estimator import InformationEstimator


@dataclass(frozen=True, kw_only=True)
class NeighbourInformation(InformationEstimator):
    """Information from neighbours in the joint space and counts in those of its parts.

    Args:
        k: neighbours, 1 to n - 1.
        standardize: whether each component is divided by its standard deviation first.
    """

    k: int = 3
    standardize: bool = True

    def __post_init__(self) -> None:
        check_k(self.k)

    def mutual_information(self, x: Array, y: Array) -> Array:
        """I(X; Y) of each lane `(lanes, n, d)`, in nats."""
        return self.multi_information([x, y])

    def multi_information(self, parts: Sequence[Array]) -> Array:
        """sum H(X_i) - H(X_1, ..., X_m) of each lane, in nats."""
        return over_varying(parts, self.k, self.standardize, self.of_varying)

    def fewest_samples(self, *components: int) -> int:
        """k + 1: each sample has k others."""
        return self.k + 1

    @abstractmethod
    def of_varying(self, parts: Sequence[Array]) -> Array:
        """The multi-information of lanes without a constant component, in nats."""
