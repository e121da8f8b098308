"""A transformer over patches of a context, plain ones or ones that begin where the series surprises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ergodica.models.array_windows import VALUES, ArrayWindows
from ergodica.models.described import named
from ergodica.models.forecast.boundaries import boundaries_over_time
from ergodica.models.forecast.gaussian_head import by_pieces, surprise
from ergodica.models.forecast.left_to_fit import LeftToFit, refuse_wide, windows_for
from ergodica.models.forecast.neural import NeuralForecaster, noisy, not_negative
from ergodica.models.forecast.patches import EntropyPatches, PlainPatches
from ergodica.models.forecast.token_model import TokenModel
from ergodica.models.forecast.transformer_network import TransformerNetwork
from ergodica.models.torch_needed import torch
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    import os

    import xarray as xr
    from numpy.typing import NDArray

    from ergodica.models.draws import Draws

TOKENS = "tokens."


@named
@dataclass(kw_only=True, eq=False)
class TransformerForecaster(NeuralForecaster):
    """Forecasts `ahead` snapshots at once from patches of the `lookback` ones before, then goes on from its own.

    loss = mean |error| over the forecast

    Args:
        patches: `PlainPatches()` of equal length, or `EntropyPatches()`, which begin where the next value becomes
            hard to predict.
        lookback: snapshots of the context, 1 or more; None for 100, or a quarter of the snapshots where these are few.
        ahead: snapshots of one forecast, 1 or more; None for 50, or a quarter of the snapshots too.
        width: of the embedding, a multiple of `heads`.
        heads: of attention, 1 or more.
        layers: among patches, 1 or more.
        noise: standard deviation of what is added to the context in training, in standard deviations of the data.

    Good values: the defaults for 1000 snapshots, 100 a period.

    Source: Nie et al. 2023, arXiv 2211.14730, for patches; EntroPE, arXiv 2509.26157, for entropy.
    """

    name = "patch-transformer"
    references = "Nie et al. 2023, arXiv 2211.14730; EntroPE, arXiv 2509.26157"
    usual: ClassVar[dict[str, Any]] = {
        "steps": 400,
        "batch": 64,
        "learning_rate": 2e-3,
        "ema": 0.98,
    }
    held_out: ClassVar[float] = 0.0

    patches: PlainPatches | EntropyPatches = field(default_factory=PlainPatches)
    lookback: LeftToFit = LeftToFit()  # noqa: RUF009 - shared on purpose
    ahead: LeftToFit = LeftToFit()  # noqa: RUF009 - shared on purpose
    width: int = 32
    heads: int = 4
    layers: int = 2
    noise: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("lookback", "ahead", "width", "heads", "layers"):
            if vars(self)[name] is not None:
                whole_number(name, getattr(self, name), 1)
        if not isinstance(self.patches, PlainPatches | EntropyPatches):
            raise ParameterError(
                f"patches: must be PlainPatches() or EntropyPatches(), got {self.patches!r}; use one of them"
            )
        if self.width % self.heads:
            raise ParameterError(
                f"width: must be a multiple of the {self.heads} heads, got {self.width}; use "
                f"{self.heads * max(1, round(self.width / self.heads))}"
            )
        not_negative("noise", self.noise)
        self.tokens: TokenModel | None = None

    def _choices(self, snapshots: int) -> dict[str, int]:
        return windows_for(snapshots)

    @property
    def window(self) -> int:
        """Snapshots of a training window."""
        return self.lookback + self.ahead

    def _build(self, features: int) -> TransformerNetwork:
        refuse_wide(features, self.lookback, self.ahead)
        most = -(-self.lookback // self.patches.shortest) + 1
        return TransformerNetwork(
            features, self.lookback, self.ahead, most, self.width, self.heads, self.layers
        )

    def _learn(self, values: NDArray[np.float64], **training: Any) -> None:
        self.tokens = self.patches.tokens(values.shape[-1])
        if self.tokens is not None:
            self.tokens.learn(values)
        super()._learn(values, **training)

    def boundaries(self, source: xr.Dataset | str | os.PathLike[str]) -> xr.Dataset:
        """Where patches of a run begin.

        Args:
            source: a run like the training data, of `lookback` snapshots or more; all of it is one context.

        Returns:
            `boundary(t)`, 1 where a patch begins, but for the one of the first snapshot, and 0 elsewhere; of
            `EntropyPatches` those that begin by their entropy, and `entropy(t)` of the quantised values given those
            before, from 0 to ln(levels) nats, the mean over the features. Both over `member` where the run has members.

        Raises:
            ParameterError: nothing was fitted, or the run has other features or another spacing, or is too short.
        """
        series = self._series(source)
        context = torch.from_numpy(np.float32(self._standard(series.values)))
        tokens = None if self.tokens is None else self.tokens.to("cpu")
        begins = self.patches.surprises(context, tokens).numpy().copy()
        begins[:, 0] = False
        entropies = None if tokens is None else tokens.entropies(context).double().numpy()
        return boundaries_over_time(series, begins, entropies, {"model": self.name, "settings": self.config})

    def state(self) -> dict[str, NDArray[Any]]:
        """What was learned, by name; the token model after `tokens.`."""
        known = {} if self.tokens is None else self.tokens.state_dict()
        return {**super().state(), **{f"{TOKENS}{n}": t.cpu().numpy() for n, t in known.items()}}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Takes what `state` gave."""
        super().restore({n: v for n, v in state.items() if not n.startswith(TOKENS)})
        known = {
            n.removeprefix(TOKENS): torch.from_numpy(np.array(v))
            for n, v in state.items()
            if n.startswith(TOKENS)
        }
        self.tokens = self.patches.tokens(self.fitted_layout.features)
        if self.tokens is not None and known:
            self.tokens.restore(known)

    def _windows(self, values: NDArray[np.float64], share: float) -> tuple[ArrayWindows, ArrayWindows | None]:
        if self.tokens is not None:
            # a last feature says where patches begin, so that it is found once and not in each step of the training
            begins = self.patches.starts(torch.from_numpy(np.float32(values)), self.tokens)
            values = np.concatenate([values, begins.numpy()[..., None]], axis=-1)
        return super()._windows(values, share)

    def _forecast(
        self, network: TransformerNetwork, context: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        tokens = None if self.tokens is None else self.tokens.to(context.device)
        made: tuple[torch.Tensor, torch.Tensor] = network(context, self.patches.starts(context, tokens))
        return made

    def _loss(
        self, network: TransformerNetwork, batch: dict[str, torch.Tensor], draws: Draws
    ) -> torch.Tensor:
        values = batch[VALUES]
        if self.tokens is None:
            begins = self.patches.starts(values[:, : self.lookback], None)
        else:
            begins, values = values[:, : self.lookback, -1] > 0, values[..., :-1]
            begins[:, 0] = True
        forecast, width = network(noisy(values[:, : self.lookback], self.noise, draws), begins)
        errors = values[:, self.lookback :] - forecast
        return errors.abs().mean((1, 2)) + surprise(errors, width).mean((1, 2))

    def _continue(
        self,
        network: TransformerNetwork,
        context: torch.Tensor,
        steps: int,
        generator: torch.Generator | None,
    ) -> torch.Tensor:
        return by_pieces(
            lambda known: self._forecast(network, known), context, steps, self.arrays["largest"], generator
        )
