"""What any function gave, as one array in memory."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr


def one_array(result: Any) -> "xr.DataArray":
    """A DataArray of floats; the variables of a Dataset lie along `quantity`.

    Their units are the attribute `units` where they are all the same, else the coordinate `quantity_units`.

    Raises:
        TypeError: what is neither of the two.
    """
    import xarray as xr

    if isinstance(result, xr.Dataset):
        units = [str(one.attrs.get("units", "1")) for one in result.data_vars.values()]
        alike = {"units": units[0]} if len(set(units)) == 1 else {}
        result = result.to_array("quantity").assign_attrs(alike)
        if not alike:
            result = result.assign_coords(quantity_units=("quantity", units))
    if not isinstance(result, xr.DataArray):
        raise TypeError(f"function: must give a DataArray for DataArrays, got {type(result).__name__}")
    return result.astype(float, keep_attrs=True).compute()
