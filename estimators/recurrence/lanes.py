"""From plain arrays to names, and from a row of numbers a lane to a dataset."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.labelled import Dim, core_axes, is_labelled
from ergodica.estimators.samples import Label, LaneFunction, estimate

if TYPE_CHECKING:
    import xarray as xr

SAMPLES, COMPONENTS, QUANTITY = "sample", "component", "quantity"


def named(x: Any, dim: Dim, feature_dim: Any) -> tuple[Any, Dim, Any]:
    """`x` with names of dimensions, that of the samples and that of the components; labelled data as they are."""
    if is_labelled(x):
        return x, dim, feature_dim
    import xarray as xr

    if np.ma.isMaskedArray(x):
        raise TypeError("x: must not be a masked array, whose mask would be lost; use .filled(np.nan)")
    values = np.asarray(x)
    if values.ndim == 0:
        raise ValueError("x: must have an axis of samples, got a single number")
    names = [f"lane{i}" for i in range(values.ndim)]
    if feature_dim is None:
        names[core_axes(values, dim)[0].position] = SAMPLES
    else:
        features = core_axes(values, feature_dim)[0].position
        others = [axis for axis in range(values.ndim) if axis != features]
        samples = (others[-1] if others else features) if dim is None else core_axes(values, dim)[0].position
        if samples == features:
            raise ValueError(f"dim: must be another axis than feature_dim, got {features} for both")
        names[samples], names[features] = SAMPLES, COMPONENTS
    leading = iter(range(values.ndim))
    names = [f"lane{next(leading)}" if name.startswith("lane") else name for name in names]
    return xr.DataArray(values, dims=names), SAMPLES, None if feature_dim is None else COMPONENTS


def table(
    function: LaneFunction,
    x: Any,
    labels: Mapping[str, Label],
    **options: Any,
) -> "xr.Dataset":
    """`function` over lanes, which gives one number for each label, as a dataset of them."""
    import xarray as xr

    overall = Label(
        name=QUANTITY, units="1", long_name="quantities", method=next(iter(labels.values())).method
    )
    found = estimate(function, {"x": x}, label=overall, outputs={QUANTITY: len(labels)}, **options)
    result = xr.Dataset()
    for number, (name, label) in enumerate(labels.items()):
        one = found.isel({QUANTITY: number}, drop=True)
        one.name = label.name
        one.attrs = {"units": label.units, "long_name": label.long_name, "method": label.method}
        result[name] = one
    return result
