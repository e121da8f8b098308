"""Errors of any estimate: jackknife, bootstrap over blocks and members, subsampling."""

from ergodica.estimators.resampling.block_bootstrap import BlockBootstrap
from ergodica.estimators.resampling.block_jackknife import BlockJackknife
from ergodica.estimators.resampling.interval import confidence
from ergodica.estimators.resampling.members import MemberBootstrap
from ergodica.estimators.resampling.method import Resampling, ResamplingWarning
from ergodica.estimators.resampling.subsampling import Subsampling

__all__ = [
    "BlockBootstrap",
    "BlockJackknife",
    "MemberBootstrap",
    "Resampling",
    "ResamplingWarning",
    "Subsampling",
    "confidence",
]
