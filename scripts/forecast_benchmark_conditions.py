"""What a forecaster is given in the benchmark: how long a series, how noisy, how much of the state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One way to show a system to a forecaster; what it is scored on is always clean.

    Args:
        name: as on the command line.
        words: what it is.
        periods: of training.
        noise: standard deviation of the noise on what it is given, in that of each component over the training.
        components: how many of the components it sees and forecasts, the first ones; None for all.
    """

    name: str
    words: str
    periods: int = 10
    noise: float = 0.0
    components: int | None = None


PUBLISHED_CONDITION = "clean"

CONDITIONS = {
    one.name: one
    for one in (
        Condition(name="clean", words="10 periods without noise, as published"),
        Condition(name="noise-1", words="10 periods with noise of 1 %", noise=0.01),
        Condition(name="noise-5", words="10 periods with noise of 5 %", noise=0.05),
        Condition(name="one-component", words="10 periods of the first component alone", components=1),
        Condition(name="one-period", words="1 period", periods=1),
        Condition(name="sixty-periods", words="60 periods", periods=60),
    )
}
