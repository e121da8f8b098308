"""Entropies of the spectra of matrices and representations: fields, particles, activations of networks alike."""

from ergodica.estimators.spectra.covariance import Covariance, SingularSpectrum
from ergodica.estimators.spectra.diffusion_information import diffusion_spectral_mutual_information
from ergodica.estimators.spectra.kernels import DiffusionOperator, GaussianKernel, UniformDiffusion
from ergodica.estimators.spectra.matrix_entropy import matrix_entropy
from ergodica.estimators.spectra.rank import alpha_req, nuclear_norm_rank, rank_me, truncated_matrix_entropy
from ergodica.estimators.spectra.representation import Representation
from ergodica.estimators.spectra.wrappers import (
    diffusion_spectral_entropy,
    matrix_renyi_entropy,
    von_neumann_entropy,
)

__all__ = [
    "Covariance",
    "DiffusionOperator",
    "GaussianKernel",
    "Representation",
    "SingularSpectrum",
    "UniformDiffusion",
    "alpha_req",
    "diffusion_spectral_entropy",
    "diffusion_spectral_mutual_information",
    "matrix_entropy",
    "matrix_renyi_entropy",
    "nuclear_norm_rank",
    "rank_me",
    "truncated_matrix_entropy",
    "von_neumann_entropy",
]
