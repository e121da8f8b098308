"""Kernel-density entropy with what tells whether to believe it."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.continuous.kernel_density import KernelDensity
from ergodica.estimators.labelled import Dim, core_axes, is_labelled
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.units import base_unit

if TYPE_CHECKING:
    import xarray as xr

PARTS = {
    "differential_entropy": "differential entropy",
    "effective_kernels": "mean number of kernels that make the density at a sample",
    "condensed_share": "share of samples at which fewer than 5 kernels make the density",
    "bandwidth": "width of the kernels, in standard deviations of the data",
}
"""Variables of the result, and their long names."""


@register(
    family="continuous",
    takes={"x": "samples"},
    claims=Claims(
        needs="values of a continuum, more samples than components; NaN where the covariance is singular",
        cost="O(n^2 d)",
        invariances={"shift": 1e-10, "sign": 1e-11, "rotation": 1e-9, "order": 1e-9},
    ),
)
def kernel_density_entropy(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    bandwidth: float | str = "silverman",
    form: str = "leave-one-out",
    base: float = math.e,
) -> "xr.Dataset":
    """Entropy of a kernel density, with the number of kernels that make it.

    h = -(1/n) sum_i ln f(x_i),   kernels at sample i: (sum_j w_ij)^2 / sum_j w_ij^2

    Args:
        x: samples, DataArray or plain array of real numbers; dimensions of a plain array are called dim_0, dim_1, ...
        dim: dimension, or dimensions, of the samples; every other one is mapped.
        feature_dim: components of a vector; None for scalars.
        bandwidth: "silverman", "scott", "leave-one-out" (largest likelihood of what is left out), or a number, in
            standard deviations of the data.
        form: "leave-one-out", or "resubstitution" with the sample's own kernel.
        base: of the logarithm, > 1.

    Returns:
        Dataset over the other dimensions: `differential_entropy`, `effective_kernels` (mean over samples, 1 to n - 1),
        `condensed_share` (of samples with fewer than 5) and `bandwidth`. NaN where a lane holds NaN or infinity, or has
        a singular covariance.

    Raises:
        TypeError: integers, or data that are no numbers.
        ValueError: too few samples, an unknown rule, exact copies with bandwidth="leave-one-out".

    Good values: believe it where `condensed_share` is below .1.

    Source: as for `KernelDensity`.
    """
    import xarray as xr

    estimator = KernelDensity(bandwidth=bandwidth, form=form)  # type: ignore[arg-type]
    per_unit, units = base_unit(base)
    if not is_labelled(x):
        import numpy as np

        x = np.asarray(x)
        if x.ndim:
            features = None if feature_dim is None else core_axes(x, feature_dim)[0].position
            left = [axis for axis in range(x.ndim) if axis != features]
            samples = left[-1] if dim is None and left else core_axes(x, dim)[0].position
            x, dim = xr.DataArray(x), f"dim_{samples}"
            feature_dim = None if features is None else f"dim_{features}"
    components = 1 if feature_dim is None else math.prod(axis.size for axis in core_axes(x, feature_dim))

    def lanes(values: Array) -> Array:
        found = estimator.diagnostics(values)
        found[:, 0] /= per_unit
        return found

    method = repr(estimator)
    label = Label(name="kernel_density", units="1", long_name="kernel density", method=method)
    found = estimate(
        lanes,
        {"x": x},
        label=label,
        dim=dim,
        feature_dim=feature_dim,
        least=estimator.fewest_samples(components),
        outputs={"part": len(PARTS)},
    )
    variables = {}
    for number, (name, words) in enumerate(PARTS.items()):
        attributes = {"units": units if number == 0 else "1", "long_name": words, "method": method}
        variables[name] = found.isel(part=number).rename(name).assign_attrs(attributes)
    return xr.Dataset(variables)
