"""`ds.ergodica` is there whatever opened the dataset, and knows what xarray does not."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from ergodica.data import Coordinate, Variable, frames, header, make_attrs

RUN = {
    "t_end": 2.0,
    "snapshots": 3,
    "seed": 4,
    "members": None,
    "device": "cpu",
    "record": ["a"],
    "warm_up": 0.0,
}


@pytest.fixture
def wave():
    x = Coordinate(name="x", dims=("x",), values=np.arange(4.0), units="1", long_name="position")
    psi = Variable(
        name="psi", dims=("t", "x"), units="1", long_name="wave function", kind="field", dtype="complex128"
    )
    mass = Variable(name="mass", dims=("t",), units="1", long_name="mass", kind="series")
    attrs = make_attrs(title="a", references="b", config={"system": "nlse", "run": RUN})
    promise = header((psi, mass), (x,), attrs)
    block = frames(promise, [0.0, 1.0, 2.0], {"psi": np.full((3, 1, 4), 1 + 2j), "mass": np.ones((3, 1))})
    return block.assign_attrs(promise.attrs)


@pytest.fixture
def flow():
    number = Coordinate(
        name="component", dims=("component",), values=np.arange(3), units="1", long_name="component"
    )
    names = Coordinate(
        name="component_name", dims=("component",), values=["x", "y", "z"], units="1", long_name="component"
    )
    state = Variable(name="state", dims=("t", "component"), units="1", long_name="state", kind="states")
    drift = Variable(name="drift", dims=("t", "component"), units="1", long_name="drift", kind="states")
    promise = header(
        (state, drift), (number, names), make_attrs(title="a", references="b", config={}), members=2
    )
    values = np.arange(12.0).reshape(2, 2, 3)
    return frames(promise, [0.0, 1.0], {"state": values, "drift": -values})


def test_complex_variables_are_joined_by_name(wave):
    assert (wave.ergodica.psi == 1 + 2j).all()
    assert (wave.ergodica["psi"] == 1 + 2j).all()
    assert wave.ergodica.psi.name == "psi"
    assert wave.ergodica.psi.attrs == {"units": "1", "long_name": "wave function", "ergodica_kind": "field"}
    assert "psi" in dir(wave.ergodica)


def test_lazy_parts_stay_lazy(wave):
    assert wave.chunk(t=1).ergodica.psi.chunks is not None


def test_an_unknown_name_lists_the_complex_variables(wave):
    with pytest.raises(AttributeError, match=r"phi: .*complex variables: psi"):
        _ = wave.ergodica.phi
    with pytest.raises(AttributeError, match="real part is missing"):
        _ = wave.drop_vars("psi_real").ergodica.psi
    assert not hasattr(wave.ergodica, "_repr_html_")


def test_components_are_picked_by_name(flow):
    assert flow.ergodica["y"].dims == ("member", "t")
    assert flow.ergodica["y"].name == "y"
    np.testing.assert_array_equal(flow.ergodica["y"], flow.state.isel(component=1))
    assert flow.state.attrs["long_name"] == "state"
    assert flow.ergodica["drift"].identical(flow["drift"])
    with pytest.raises(KeyError, match="known are state, drift, x, y, z"):
        _ = flow.ergodica["w"]


def test_a_coordinate_is_found_too(wave):
    assert wave.ergodica["x"].identical(wave["x"])


def test_the_run_is_told(wave):
    assert wave.ergodica.system == "nlse"
    assert wave.ergodica.config["run"] == RUN
    assert wave.ergodica.run_arguments == {**RUN, "record": ("a",)}
    assert wave.ergodica.kinds == {"psi": "field", "mass": "series"}
    assert wave.ergodica.check() == []
    assert repr(wave.ergodica) == "<ergodica accessor: psi, mass>"


def test_a_dataset_without_a_run_says_so(flow):
    with pytest.raises(ValueError, match="ergodica_config: the dataset must have"):
        _ = flow.ergodica.config
    bare = flow.assign_attrs(make_attrs(title="a", references="", config={}))
    with pytest.raises(ValueError, match="must come from a simulation"):
        _ = bare.ergodica.system
    with pytest.raises(ValueError, match="must come from a simulation"):
        _ = bare.ergodica.run_arguments


@pytest.mark.parametrize("package", ["data", "sims", "estimators", "models"])
@pytest.mark.parametrize("order", ["package first", "xarray first"])
def test_importing_any_subpackage_registers_and_stays_cheap(package, order, tmp_path):
    path = tmp_path / "a.nc"
    xr.Dataset({"a": ("t", [1.0])}, attrs={"ergodica_config": '{"system": "nlse"}'}).to_netcdf(path)
    ours = f"from ergodica import {package}\n"
    heavy = ("numba", "xarray", "pandas", "matplotlib", "torch", "netCDF4", "zarr")
    cheap = f"import sys\nassert not set(sys.modules) & set({heavy!r})\n"
    imports = ours + cheap + "import xarray\n" if order == "package first" else "import xarray\n" + ours
    use = f"ds = xarray.open_dataset({str(path)!r})\nassert ds.ergodica.system == 'nlse'\n"
    # the hook leaves no trace on the module
    untouched = "import inspect\nassert 'xarray' in inspect.getsource(xarray)\n"
    untouched += "assert 'exec_module' not in vars(xarray.__spec__.loader)\n"
    subprocess.run([sys.executable, "-W", "error", "-c", imports + use + untouched], check=True)


def test_who_only_asks_where_xarray_is_does_not_take_the_registration():
    code = (
        "import ergodica.data, importlib.util\nassert importlib.util.find_spec('xarray')\n"  # torch does so
    )
    code += "import xarray\nassert hasattr(xarray.Dataset, 'ergodica')\n"
    code += "import sys\nassert not any('AfterXarray' in str(finder) for finder in sys.meta_path)\n"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_registering_again_is_harmless(wave):
    from ergodica.data.registration import register_accessor

    register_accessor()
    assert wave.ergodica.system == "nlse"
