"""Score networks: grad ln rho of a stationary density, and the entropy production that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ergodica.lazy_names import lazy_names

if TYPE_CHECKING:
    from ergodica.models.score.ensemble import ScoreEnsemble as ScoreEnsemble
    from ergodica.models.score.extrapolation import extrapolate as extrapolate
    from ergodica.models.score.flow import probability_flow as probability_flow
    from ergodica.models.score.losses.denoising import Denoising as Denoising
    from ergodica.models.score.losses.fokker_planck import FokkerPlanckResidual as FokkerPlanckResidual
    from ergodica.models.score.losses.implicit import ImplicitScoreMatching as ImplicitScoreMatching
    from ergodica.models.score.losses.weighted import WeightedSum as WeightedSum
    from ergodica.models.score.maps import production_map as production_map
    from ergodica.models.score.mlp import ScoreMLP as ScoreMLP
    from ergodica.models.score.process import Process as Process
    from ergodica.models.score.process import process_of as process_of
    from ergodica.models.score.production import entropy_production as entropy_production
    from ergodica.models.score.profiles import density_production as density_production
    from ergodica.models.score.profiles import radial_production as radial_production
    from ergodica.models.score.training import train as train
    from ergodica.models.score.transformer import LocalScoreTransformer as LocalScoreTransformer

_HOMES = {
    "Denoising": "losses.denoising",
    "FokkerPlanckResidual": "losses.fokker_planck",
    "ImplicitScoreMatching": "losses.implicit",
    "LocalScoreTransformer": "transformer",
    "Process": "process",
    "ScoreEnsemble": "ensemble",
    "ScoreMLP": "mlp",
    "WeightedSum": "losses.weighted",
    "density_production": "profiles",
    "entropy_production": "production",
    "extrapolate": "extrapolation",
    "probability_flow": "flow",
    "process_of": "process",
    "production_map": "maps",
    "radial_production": "profiles",
    "train": "training",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
