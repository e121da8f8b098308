"""What is measured of a jump process: where it stays, and how much entropy its transitions produce."""

from typing import TYPE_CHECKING

from ergodica.estimators.entropy import entropy
from ergodica.estimators.irreversibility.counted import schnakenberg
from ergodica.estimators.quantities import register_quantities

if TYPE_CHECKING:
    import xarray as xr

NEEDED = ("transitions", "dwell_time")


@register_quantities("jumps", whole=True, together="jumps")
def jump_quantities(
    dataset: "xr.Dataset", base: float, extent: tuple[float, float]
) -> "dict[str, xr.Dataset]":
    """Entropy of the occupation and entropy production of the whole run, from its counts and dwell times.

    Args:
        dataset: with `transitions(t, from_state, to_state)` and `dwell_time(t, from_state)` since the start.
        base: of the logarithms.
        extent: not used.

    Returns:
        Dataset `jumps` over `member`: `occupation`, the Shannon entropy of the share of time in each state;
        `entropy_production` as counted, and `entropy_production_corrected`, less the bias of few transitions, both
        in nats per unit time. NaN where a transition was seen and its reverse was not.

    Raises:
        ValueError: a dataset without the counts.
    """
    import xarray as xr

    missing = [name for name in NEEDED if name not in dataset]
    if missing:
        raise ValueError(
            f"dataset: must hold {' and '.join(NEEDED)} to measure jumps, got none of {', '.join(missing)}; for states "
            "alone use est.entropy_production(ds.state, estimator=est.Schnakenberg())"
        )
    counts, times = (dataset[name].isel(t=-1, drop=True) for name in NEEDED)
    found = {
        "occupation": entropy(times, dim="from_state", base=base),
        "entropy_production": schnakenberg(counts, times, base=base),
        "entropy_production_corrected": schnakenberg(counts, times, base=base, correct=True),
    }
    return {"jumps": xr.Dataset(found)}
