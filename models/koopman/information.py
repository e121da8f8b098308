"""What the latent variables of a network tell of each other, and how many of them are in use.

All are differentiable, in nats, and take batches of torch tensors.
"""

from __future__ import annotations

import math

from ergodica.models.torch_needed import torch

FLOOR = 1e-12
"""Smallest share of the variance whose logarithm is taken."""
SMALL = 1e-30
"""Variance below which there is none."""


def infonce(scores: torch.Tensor) -> torch.Tensor:
    """A lower bound of the mutual information of n pairs, at most ln n.

    I >= ln n + < s_ii - ln sum_j exp(s_ij) >_i

    Args:
        scores: s_ij of the first part of pair i with the second part of pair j, (n, n); the bound is tight, up to
            terms of order exp(I)/n, where s is ln p(b|a)/p(b).

    Source: van den Oord, Li and Vinyals 2018, arXiv 1807.03748, eq. 4 and 5.
    """
    own = scores.diagonal() - torch.logsumexp(scores, dim=1)
    return own.mean() + math.log(len(scores))


def cosine_scores(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    """s_ij = cos(a_i, b_j)/temperature of vectors (n, r) and (m, r): (n, m)."""
    a, b = (torch.nn.functional.normalize(one, dim=-1) for one in (a, b))
    return a @ b.mT / temperature


def gaussian_scores(a: torch.Tensor, b: torch.Tensor, noise: float = 0.0) -> torch.Tensor:
    """s_ij = ln p(b_j|a_i)/p(b_j) of the Gaussian with the mean and covariance of the pairs.

    Args:
        a: (n, p).
        b: (n, q); row i belongs to row i of `a`.
        noise: as in `gaussian_mutual_information`.

    Returns:
        (n, n).
    """
    a, b = a - a.mean(dim=0), b - b.mean(dim=0)
    within_a, within_b, between = _covariances(a, b, noise)
    slope = torch.linalg.solve(within_a, between).mT
    rest = within_b - slope @ between
    expected = a @ slope.mT
    root, root_rest = torch.linalg.cholesky(within_b), torch.linalg.cholesky(rest)
    marginal = torch.linalg.solve_triangular(root, b.mT, upper=False).square().sum(dim=0)
    left, right = (torch.linalg.solve_triangular(root_rest, one.mT, upper=False) for one in (expected, b))
    distance = left.square().sum(dim=0)[:, None] + right.square().sum(dim=0) - 2 * left.mT @ right
    return (marginal - distance) / 2 + _log_size(root) - _log_size(root_rest)


def gaussian_mutual_information(a: torch.Tensor, b: torch.Tensor, noise: float = 0.0) -> torch.Tensor:
    """I(a; b) of Gaussian vectors, by their covariances.

    I = (ln det A + ln det B - ln det [[A, C], [C^T, B]])/2

    Args:
        a: (n, p), with n well above p + q where `noise` is 0.
        b: (n, q).
        noise: variance of independent noise on every component, in units of the mean variance of the components of
            `a` and of `b`. Without it, variables that determine each other have infinite information, and any
            invertible linear map of `a` changes nothing; with it, components well below the noise count for nothing,
            and equal rows, such as one alone, tell nothing.

    Source: Cover and Thomas 2006, Elements of Information Theory, eq. 8.92 with 9.34.
    """
    a, b = a - a.mean(dim=0), b - b.mean(dim=0)
    within_a, within_b, between = _covariances(a, b, noise)
    # the determinant of the whole is that of A times that of what A leaves of B
    left = within_b - between.mT @ torch.linalg.solve(within_a, between)
    return _log_size(torch.linalg.cholesky(within_b)) - _log_size(torch.linalg.cholesky(left))


def von_neumann_entropy(z: torch.Tensor) -> torch.Tensor:
    """S = -tr rho ln rho of rho = C/tr C, with C the covariance of the rows of `z`, (n, r).

    From 0, where all rows lie on a line, to ln r, where all directions have the same variance. Large S means that
    the latent space is in use: it is maximised. Equal rows have no covariance: their S is 0.
    """
    shares = variance_shares(z)
    return -torch.xlogy(shares, shares.clamp_min(FLOOR)).sum()


def effective_rank(z: torch.Tensor) -> torch.Tensor:
    """exp(S) of `von_neumann_entropy`, from 1 to r: how many directions share the variance."""
    return von_neumann_entropy(z).exp()


def variance_shares(z: torch.Tensor) -> torch.Tensor:
    """Eigenvalues of the covariance of the rows of `z`, (n, r), by their sum: (r,)."""
    z = z - z.mean(dim=0)
    covariance = z.mT @ z / len(z)
    # equal rows have none: 0/SMALL then has no gradient that would overflow
    total = covariance.diagonal().sum().clamp_min(SMALL)
    return torch.linalg.eigvalsh(covariance / total).clamp_min(0.0)


def _covariances(
    a: torch.Tensor, b: torch.Tensor, noise: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    within = []
    for one in (a, b):
        made = one.mT @ one / len(one)
        # equal rows have no variance of which noise could be a share
        added = noise * made.diagonal().mean().clamp_min(SMALL)
        within.append(made + added * torch.eye(len(made), dtype=made.dtype, device=made.device))
    return within[0], within[1], a.mT @ b / len(a)


def _log_size(root: torch.Tensor) -> torch.Tensor:
    """Half of ln det A, of the Cholesky factor of A."""
    return root.diagonal().log().sum()
