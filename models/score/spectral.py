"""Linear layers whose largest singular value is one trained number."""

from __future__ import annotations

from ergodica.models.torch_needed import torch

STEPS = 3
"""Steps of the power iteration in one forward pass of training."""


class SpectralWeight(torch.nn.Module):
    """W -> gamma W / sigma(W), sigma the largest singular value of W, gamma trained.

    The attention of a layer cannot become sharp quickly, because its logits grow with gamma alone: training stays
    stable at learning rates at which plain layers collapse to attention of zero entropy.

    sigma comes from a power iteration that goes on while training and rests otherwise; gamma starts at 1.

    Args:
        weight: (outputs, inputs), for its shape and its start.

    Source: Zhai et al. 2023, "Stabilizing transformer training by preventing attention entropy collapse", eq. 3.
    """

    gamma: torch.Tensor
    right: torch.Tensor

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.gamma = torch.nn.Parameter(weight.new_ones(()))
        start = torch.linalg.svd(weight.detach().double(), full_matrices=False)[2][0]
        self.register_buffer("right", start.to(weight.dtype))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """gamma W / sigma(W), (outputs, inputs)."""
        if self.training:
            with torch.no_grad():
                right = self.right
                for _ in range(STEPS):
                    right = torch.nn.functional.normalize(weight.T @ (weight @ right), dim=0)
                self.right.copy_(right)
        # at the singular vector the derivative of |W v| by W is that of sigma; v is cloned since it changes in place
        sigma = (weight @ self.right.clone()).norm()
        return self.gamma / sigma.clamp_min(1e-12) * weight


def reparametrise(module: torch.nn.Module) -> None:
    """Makes every linear layer below `module` a spectral one."""
    for layer in list(module.modules()):
        if isinstance(layer, torch.nn.Linear):
            torch.nn.utils.parametrize.register_parametrization(
                layer, "weight", SpectralWeight(layer.weight), unsafe=True
            )
