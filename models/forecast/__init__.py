"""Forecasters: what comes after the last snapshots of a run, by one interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ergodica.lazy_names import lazy_names

if TYPE_CHECKING:
    from ergodica.models.forecast.beside_truth import beside as beside
    from ergodica.models.forecast.boundaries import BoundaryScores as BoundaryScores
    from ergodica.models.forecast.boundaries import boundary_scores as boundary_scores
    from ergodica.models.forecast.conservation import Conserved as Conserved
    from ergodica.models.forecast.echo_state import EchoState as EchoState
    from ergodica.models.forecast.ensemble import Ensemble as Ensemble
    from ergodica.models.forecast.forecaster import Forecaster as Forecaster
    from ergodica.models.forecast.linear import Linear as Linear
    from ergodica.models.forecast.lstm import LSTM as LSTM
    from ergodica.models.forecast.mixture import ExpertMixture as ExpertMixture
    from ergodica.models.forecast.nbeats import NBeats as NBeats
    from ergodica.models.forecast.neural import NeuralForecaster as NeuralForecaster
    from ergodica.models.forecast.neural_kalman import NeuralKalman as NeuralKalman
    from ergodica.models.forecast.neural_ode import NeuralODE as NeuralODE
    from ergodica.models.forecast.nvar import NVAR as NVAR
    from ergodica.models.forecast.patches import EntropyPatches as EntropyPatches
    from ergodica.models.forecast.patches import PlainPatches as PlainPatches
    from ergodica.models.forecast.persistence import Persistence as Persistence
    from ergodica.models.forecast.probconserv import conserved_gaussian as conserved_gaussian
    from ergodica.models.forecast.random_features import RandomFeatures as RandomFeatures
    from ergodica.models.forecast.shallow_plrnn import ShallowPLRNN as ShallowPLRNN
    from ergodica.models.forecast.transformer_forecast import TransformerForecaster as TransformerForecaster

_HOMES = {
    "beside": "beside_truth",
    "BoundaryScores": "boundaries",
    "boundary_scores": "boundaries",
    "ExpertMixture": "mixture",
    "Conserved": "conservation",
    "EchoState": "echo_state",
    "Ensemble": "ensemble",
    "Forecaster": "forecaster",
    "Linear": "linear",
    "NVAR": "nvar",
    "Persistence": "persistence",
    "RandomFeatures": "random_features",
    "conserved_gaussian": "probconserv",
    "ShallowPLRNN": "shallow_plrnn",
    "LSTM": "lstm",
    "NBeats": "nbeats",
    "NeuralForecaster": "neural",
    "NeuralKalman": "neural_kalman",
    "NeuralODE": "neural_ode",
    "EntropyPatches": "patches",
    "PlainPatches": "patches",
    "TransformerForecaster": "transformer_forecast",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
