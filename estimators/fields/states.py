"""What is measured of the states of flows and maps: which values each component takes, and at which frequencies."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.estimators.fields.quantities import AMPLITUDE_BINS, distribution
from ergodica.estimators.quantities import KIND, register_quantities
from ergodica.estimators.spaces.spectral_power import SpectralPower
from ergodica.estimators.spaces.value_bins import ROUND_OFF, ValueBins

if TYPE_CHECKING:
    import xarray as xr

FEWEST_SNAPSHOTS = 2 * AMPLITUDE_BINS


@register_quantities("states", whole=True)
def state_quantities(
    states: "xr.DataArray", base: float, extent: tuple[float, float]
) -> "dict[str, xr.Dataset]":
    """Entropies, normalized entropies and complexities of each component over the whole run.

    `amplitude` is a histogram of 64 bins between the least and the largest value that a component takes in a
    member: the entropy of its invariant density as far as the run has sampled it, unchanged by shift and scale.
    `spectral` is the share of power at each frequency, both signs counted, of the component less its mean under
    a Hann window, sin^2(pi i/n): without it the ends of a run, which do not meet, would look like noise.

    Args:
        states: over `t` and `component`, with or without `member`.
        base: of the logarithms.
        extent: not used, each component has a range of its own.

    Returns:
        Datasets `amplitude` and `spectral` over `member` and `component`. NaN for a member that has stopped, and
        in `spectral` for a component that does not move.

    Raises:
        ValueError: less than 128 snapshots, two a bin.

    Good values: snapshots over 50 periods of the system, at most some 20 a period for the spectrum: the
    more of them in a period, the more empty frequencies, and the smaller the normalized spectral entropy. Angles
    that wind up are to be wrapped first.
    """
    import xarray as xr

    frames = states.sizes.get("t", 1)
    if frames < FEWEST_SNAPSHOTS:
        raise ValueError(
            f"{states.name}: must have at least {FEWEST_SNAPSHOTS} snapshots to be a distribution over time, "
            f"got {frames}; run it longer or with more snapshots"
        )
    found: dict[str, list[xr.Dataset]] = {"amplitude": [], "spectral": []}
    for index in range(states.sizes["component"]):
        # one at a time, so that a run larger than memory can be measured
        one = states.isel(component=[index])
        one = one.chunk({"t": -1}) if one.chunks is not None else one.load()
        found["amplitude"].append(distribution(one, ["t"], ValueBins(bins=AMPLITUDE_BINS), base))
        found["spectral"].append(distribution(_windowed(one), ["t"], SpectralPower(), base))
    groups = {name: xr.concat(parts, dim="component") for name, parts in found.items()}
    for group in groups.values():
        for quantity in group.data_vars.values():
            quantity.attrs[KIND] = "components"
    for quantity in groups["spectral"].data_vars.values():
        quantity.attrs["method"] += " of the deviation from the mean under a Hann window"
    return groups


def _windowed(one: "xr.DataArray") -> "xr.DataArray":
    import xarray as xr

    frames = one.sizes["t"]
    window = xr.DataArray(np.sin(np.pi * np.arange(frames) / frames) ** 2, dims="t")
    deviation = one - one.mean("t", skipna=False)
    # what remains of a constant is the round-off of its mean
    moves = abs(deviation).max("t") > ROUND_OFF * abs(one).max("t")
    return (deviation * window).where(moves | deviation.isnull(), 0.0)
