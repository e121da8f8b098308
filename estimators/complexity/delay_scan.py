"""Entropy and complexity against the delay of ordinal patterns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.complexity.plane import CLAIMS, complexity_entropy_plane, labelled_series
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import sample_spacing
from ergodica.estimators.spaces.ordinal import OrdinalPatterns
from ergodica.estimators.spaces.ordinal_windows import check_order
from ergodica.estimators.whole import whole

if TYPE_CHECKING:
    import xarray as xr


@register(family="ordinal", takes={"x": "series"}, claims=CLAIMS)
def complexity_delay_scan(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 5,
    delays: Sequence[int] | None = None,
    dt: float | None = None,
) -> "xr.Dataset":
    """Entropy and complexity against the delay of ordinal patterns: where a signal of unknown period is complex.

    (H, C) of `complexity_entropy_plane` at each delay

    Args:
        x, dim: as for `complexity_entropy_plane`.
        order: as for `OrdinalPatterns`.
        delays: whole numbers >= 1; unless told, up to 40 from 1 to the largest that leaves half of the windows.
        dt: time between samples, for the coordinate `pattern_time`; None takes the step of the coordinate where there
            is one.

    Returns:
        Dataset over `delay` and the other dimensions with `entropy` and `complexity`, as `complexity_entropy_plane`
        gives them, and (order - 1) delay dt as the coordinate `pattern_time`.

    Raises:
        TypeError, ValueError: as for `complexity_entropy_plane`; a delay that leaves no window.

    Good values: the delay of the largest complexity, if it makes patterns .3 to .5 of a period.

    Source: Hyman, Daniel, Schaffner 2024, arXiv 2407.11970 (PECCARY).
    """
    import xarray as xr

    check_order(order, 1)
    x, dim = labelled_series(x, dim)
    name = str(x.dims[0] if dim is None else dim)
    if delays is None:
        most = max(1, x.sizes.get(name, 1) // (2 * (order - 1)))
        delays = np.unique(np.geomspace(1, most, 40).astype(int)).tolist()
    chosen = [whole("delays", one, 1, "1 takes neighbouring samples") for one in delays]
    if not chosen:
        raise ValueError("delays: must hold a delay at least, got none; None chooses some")
    points = [
        complexity_entropy_plane(x, dim=dim, space=OrdinalPatterns(order=order, delay=one)) for one in chosen
    ]
    axis = xr.DataArray(
        chosen, dims="delay", name="delay", attrs={"units": "1", "long_name": "delay of ordinal patterns"}
    )
    scan = xr.concat(points, dim=axis, combine_attrs="override")
    for one in scan.data_vars.values():
        one.attrs["method"] = str(one.attrs["method"]).replace(f"delay={chosen[0]},", "delay=<delay>,")
    if dt is not None or name in x.coords:
        step = sample_spacing(x, dim, dt)
        units = str(x.coords[name].attrs.get("units", "1")) if name in x.coords else "1"
        times = (
            "delay",
            (order - 1) * step * np.array(chosen),
            {"units": units, "long_name": "pattern time"},
        )
        scan = scan.assign_coords(pattern_time=times)
    return scan
