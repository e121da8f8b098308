"""Ways to look at a series on a longer scale: block means, all of them, and a low-pass filter."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.errors import ParameterError


@dataclass(frozen=True, kw_only=True)
class ScaleMethod(ABC):
    """A way from a series to one or several series on scale s, of n // s values or one fewer; `multiscale` takes it."""

    fixed_tolerance: ClassVar[bool] = True
    """Whether a tolerance in standard deviations means those of the original on every scale."""

    pooled: ClassVar[bool] = False
    """Whether what estimates are made of is added up over the series of a scale, and not the estimates averaged."""

    @abstractmethod
    def starts(self, scale: int) -> range:
        """Samples at which the series of this scale begin."""

    def length(self, n: int, scale: int, start: int) -> int:
        """Samples of the series on this scale."""
        return (n - start) // scale

    @abstractmethod
    def coarse(self, x: NDArray, scale: int, start: int) -> Array:
        """Series `(..., n)` on this scale, `(..., length)`."""


@dataclass(frozen=True, kw_only=True)
class CoarseGrained(ScaleMethod):
    """Means of consecutive blocks of s samples.

    y_j = 1/s sum_(i < s) x_(js + i), with a tolerance that stays that of the original.

    Good values: scales up to n/1000 for sample entropy, whose spread grows with the scale.

    Source: Costa, Goldberger, Peng 2002, Phys. Rev. Lett. 89, 068102.
    """

    def starts(self, scale: int) -> range:
        """The first sample."""
        return range(1)

    def coarse(self, x: NDArray, scale: int, start: int) -> Array:
        """Block means."""
        return block_means(x, scale, start)


@dataclass(frozen=True, kw_only=True)
class Composite(CoarseGrained):
    """The mean of the estimates of all s series of block means, which begin at the samples 0 to s - 1.

    Less spread than `CoarseGrained` at the same mean; undefined where any of its series is.

    Source: Wu, Wu, Lin, Wang, Lee 2013, Entropy 15, 1069.
    """

    def starts(self, scale: int) -> range:
        """Each of the first s samples."""
        return range(scale)


@dataclass(frozen=True, kw_only=True)
class RefinedComposite(Composite):
    """All s series of block means, matches or probabilities taken together before the logarithm.

    Sample entropy: -ln of sum_k A_k/sum_k B_k, which is defined where any series has matches, and less biased than
    `Composite` where they are few. Entropies of outcomes: of the mean of the probabilities.

    Source: Wu, Wu, Lin, Lee, Peng 2014, Phys. Lett. A 378, 1369; for probabilities Azami et al. 2017, IEEE Trans.
    Biomed. Eng. 64, 2872.
    """

    pooled = True


@dataclass(frozen=True, kw_only=True)
class Refined(ScaleMethod):
    """A low-pass filter, then each s-th sample; a tolerance is that of the filtered series.

    A Butterworth filter whose half-power frequency is that above which each s-th sample would alias, 1/(2s) of the
    sampling rate. It starts at rest at the first value. Block means alias, and lower the variance but not the
    tolerance: this does neither, so white noise has the same entropy on all scales.

    Args:
        order: of the filter.

    Source: Valencia et al. 2009, IEEE Trans. Biomed. Eng. 56, 2202.
    """

    order: int = 6
    fixed_tolerance = False

    def __post_init__(self) -> None:
        if isinstance(self.order, bool) or not isinstance(self.order, int | np.integer) or self.order < 1:
            raise ParameterError(f"order: must be a whole number from 1 on, got {self.order!r}; try order=6")

    def starts(self, scale: int) -> range:
        """The first sample."""
        return range(1)

    def coarse(self, x: NDArray, scale: int, start: int) -> Array:
        """Each s-th sample of the filtered series."""
        number = self.length(x.shape[-1], scale, start)
        if scale == 1:
            return np.asarray(x, dtype=np.float64)
        from scipy.signal import butter, sosfilt, sosfilt_zi

        values = np.ascontiguousarray(x, dtype=np.float64)
        sections = butter(self.order, 1.0 / scale, output="sos")
        rest = sosfilt_zi(sections).reshape(len(sections), *(1,) * (values.ndim - 1), 2)
        first = np.where(np.isfinite(values[..., :1]), values[..., :1], 0.0)
        filtered, _ = sosfilt(sections, values, axis=-1, zi=rest * first)
        # rounding would make a constant look as if it fluctuated
        constant = values.min(axis=-1, keepdims=True) == values.max(axis=-1, keepdims=True)
        return np.where(constant, values[..., :1], filtered[..., : number * scale : scale])


def block_means(x: NDArray, scale: int, start: int) -> Array:
    """Means of blocks of `scale` samples from `start` on, along the last axis, added in their order."""
    number = (x.shape[-1] - start) // scale
    total = np.array(x[..., start : start + number * scale : scale], dtype=np.float64)
    for i in range(1, scale):
        total += x[..., start + i : start + number * scale : scale]
    return total / scale


def checked_scales(scales: object) -> list[int]:
    """The scales, checked.

    Raises:
        ParameterError: no whole numbers from 1 on, or one of them twice.
    """
    found = np.atleast_1d(np.asarray(scales if isinstance(scales, Real) else list(scales)))  # type: ignore[call-overload]
    if found.ndim != 1 or found.dtype.kind not in "iu" or not found.size or found.min() < 1:
        raise ParameterError(f"scales: must be whole numbers from 1 on, got {scales!r}; try range(1, 21)")
    if len(set(found.tolist())) < len(found):
        raise ParameterError(f"scales: must hold each number once, got {scales!r}; try range(1, 21)")
    return [int(one) for one in found]
