"""Measured data enter the contract, and whatever is missing is named with its remedy."""

import numpy as np
import pytest
import xarray as xr

from ergodica.data import check, from_arrays

T = np.linspace(0, 1, 5)
UNITS = {"u": "1"}


def test_one_series_needs_only_units():
    ds = from_arrays(
        {"u": np.ones(5)}, title="a", t=T, units={"u": "m s-1", "t": "s"}, long_names={"t": "time"}
    )
    assert ds.u.dims == ("t",)
    assert ds.u.attrs == {"units": "m s-1", "long_name": "u", "ergodica_kind": "series"}
    assert ds.t.attrs == {"units": "s", "long_name": "time"}
    assert check(ds) == []


@pytest.mark.parametrize(
    ("dims", "stored", "kind"),
    [
        (("t", "particle", "space"), ("t", "particle", "space"), "agents"),
        (("space", "particle", "t"), ("t", "particle", "space"), "agents"),
        (("component", "t", "member"), ("member", "t", "component"), "states"),
        (("t", "mode"), ("t", "mode"), "spectrum"),
        (("particle",), ("particle",), "agents"),
        (("member",), ("member",), "parameter"),
    ],
)
def test_any_order_of_axes_becomes_the_contracts_order(dims, stored, kind):
    sizes = {"t": 5, "particle": 4, "space": 2, "component": 3, "member": 2, "mode": 6}
    values = np.random.default_rng(0).normal(size=[sizes[dim] for dim in dims])
    ds = from_arrays({"u": values}, title="a", t=T, dims={"u": dims}, units=UNITS, kinds={"u": kind})
    assert ds.u.dims == stored
    np.testing.assert_array_equal(ds.u.transpose(*dims), values)
    assert check(ds) == []


def test_labelled_arrays_bring_their_words_and_coordinates():
    u = xr.DataArray(
        np.ones((5, 2)),
        dims=("t", "component"),
        coords={"t": ("t", T, {"units": "s"}), "component": ["a", "b"], "day": ("t", np.arange(5)), "run": 7},
        attrs={"units": "K", "long_name": "temperature"},
    )
    ds = from_arrays({"state": u}, title="a")
    assert ds.state.attrs == {"units": "K", "long_name": "temperature", "ergodica_kind": "states"}
    assert ds.t.attrs["units"] == "s"
    assert ds.component_name.values.tolist() == ["a", "b"]
    assert ds.day.dims == ("t",)
    assert ds.ergodica["b"].dims == ("t",)
    assert check(ds) == []


def test_complex_becomes_a_pair_and_lazy_stays_lazy():
    import dask.array

    psi = dask.array.ones((5, 3), dtype=complex, chunks=(1, 3))
    ds = from_arrays(
        {"psi": psi},
        title="a",
        t=T,
        dims={"psi": ("t", "x")},
        units={"psi": "1"},
        coordinates={"x": [1.0, 2.0, 3.0]},
    )
    assert ds.psi_real.chunks is not None
    assert ds.ergodica.psi.dtype == complex
    assert check(ds) == []


def test_truth_values_and_half_precision_become_what_files_hold():
    ds = from_arrays(
        {"u": np.ones(5, bool), "v": np.ones(5, "float16")}, title="a", t=T, units={"u": "1", "v": "1"}
    )
    assert ds.u.dtype == np.int8
    assert ds.v.dtype == np.float32


def test_where_the_data_come_from_is_kept():
    ds = from_arrays(
        {"u": T}, title="a", t=T, units=UNITS, source="video", references="paper", config={"rate": 30}
    )
    assert ds.attrs["source"].startswith("video; ergodica ")
    assert ds.attrs["references"] == "paper"
    assert ds.ergodica.config == {"made_by": "from_arrays", "rate": 30}
    with pytest.raises(ValueError, match="must come from a simulation"):
        _ = ds.ergodica.system


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"arrays": {}}, "arrays: must hold"),
        ({"units": {}}, "u: units must be given"),
        ({"t": None}, "u: dims must name"),
        (
            {"t": None, "dims": {"u": ("t",)}},
            "u: its dimension 't' must have a coordinate, got none; give t=",
        ),
        ({"arrays": {"u": np.ones((5, 2))}}, "u: dims must name each of its 2 axes"),
        (
            {"arrays": {"u": np.ones((5, 2))}, "dims": {"u": ("t", "x")}},
            "u: its dimension 'x' must have a coordinate",
        ),
        ({"arrays": {"u": np.ones((5, 2))}, "dims": {"u": ("t", "t")}}, "u: dims"),
        ({"arrays": {"u": np.ones(4)}, "dims": {"u": ("t",)}}, "u: must have size 5 along 't', got 4"),
        ({"t": T[::-1]}, "t: must increase"),
        ({"t": 5.0}, "u: dims must name"),
        ({"t": np.ones((5, 2)), "dims": {"u": ("t",)}}, "t: must have one axis"),
        ({"arrays": {"u": [[1, 2], [3]]}}, "u: must be an array of numbers, got rows"),
        ({"arrays": {"t": T}, "units": {"t": "1"}}, "t: must be a variable or a coordinate, got both"),
        (
            {
                "arrays": {"u": np.ones((5, 2))},
                "dims": {"u": ("t", "member")},
                "coordinates": {"member": [0.5, 1]},
            },
            "member:",
        ),
        ({"t": T * 0}, "t: values must be finite and strictly monotonic"),
        ({"t": T.astype("datetime64[s]")}, "t: must be numbers, got datetime64"),
        ({"arrays": {"u": np.array(list("abcde"))}}, "u: must be numbers"),
        ({"arrays": {"u": xr.DataArray(T, dims="time")}}, "u: the sampled dimension must be named 't'"),
        ({"arrays": {"my speed": T}, "units": {"my speed": "1"}}, "variable: its name"),
        ({"dims": {"v": ("t",)}}, "dims: must name what is there, got \\['v'\\]"),
        ({"units": {"u": "1", "v": "1"}}, "units: must name what is there"),
        ({"kinds": {"u": "a kind"}}, "u: kind"),
        ({"title": ""}, "title: must be filled"),
        ({"config": {"a": object()}}, "config.a: must be text"),
    ],
)
def test_what_is_missing_is_named(arguments, message):
    good = {"arrays": {"u": np.ones(5)}, "title": "a", "t": T, "units": UNITS}
    with pytest.raises(ValueError, match=message) as caught:
        from_arrays(**{**good, **arguments})
    assert "\n" not in str(caught.value)


def test_labels_of_members_are_kept():
    u = xr.DataArray(np.ones((2, 5)), dims=("member", "t"), coords={"member": [3, 7], "t": T})
    assert from_arrays({"u": u}, title="a", units=UNITS).member.values.tolist() == [3, 7]
    named = from_arrays({"u": u.assign_coords(member=["red", "blue"])}, title="a", units=UNITS)
    assert named.member.values.tolist() == [0, 1]
    assert named.member_name.values.tolist() == ["red", "blue"]
    assert check(named) == []


def test_masked_values_become_nan():
    u = np.ma.masked_array(np.ones(5), mask=[True, False, False, False, False])
    assert from_arrays({"u": u}, title="a", t=T, units=UNITS).u.isnull().values.tolist() == u.mask.tolist()


def test_contradicting_coordinates_are_refused():
    one = xr.DataArray(T, dims="t", coords={"t": T}, attrs={"units": "1"})
    with pytest.raises(ValueError, match="v: its coordinate 't' must equal that of the others"):
        from_arrays({"u": one, "v": one.assign_coords(t=T + 1)}, title="a")


def bad_time_name(ds):
    return ds.rename(t="time")


def no_units(ds):
    del ds.u.attrs["units"]
    return ds


def no_kind(ds):
    del ds.u.attrs["ergodica_kind"]
    return ds


@pytest.mark.parametrize(
    ("spoil", "variable", "rule"),
    [
        (bad_time_name, "time", "must be named 't'"),
        (no_units, "u", "units"),
        (no_kind, "u", "ergodica_kind"),
        (lambda ds: ds.assign(u=ds.u > 0), "u", "got bool"),
        (lambda ds: ds.assign(u=ds.u * 1j), "u", "real pair"),
        (lambda ds: ds.assign_coords(t=ds.t.astype("float32")), "t", "float64"),
        (lambda ds: ds.isel(t=slice(None, None, -1)), "t", "increasing"),
        (lambda ds: ds.drop_vars("t"), "t", "coordinate"),
        (lambda ds: ds.assign_attrs(odd=None), "global attributes", "odd"),
        (lambda ds: ds.assign_attrs(ergodica_config="{"), "ergodica_config", "JSON"),
        (lambda ds: ds.assign_attrs(ergodica_schema=99), "ergodica_schema", "99"),
        (lambda ds: ds.assign_attrs(Conventions="COARDS"), "Conventions", "COARDS"),
        (lambda ds: ds.assign_attrs(ergodica_schema="1"), "ergodica_schema", "'1'"),
        (lambda ds: ds.drop_vars("psi_imag"), "psi", "imaginary"),
        (lambda ds: ds.assign(psi_imag=ds.psi_imag.astype("float32")), "psi", "agree"),
        (lambda ds: ds.transpose("component", "t", "x"), "state", "dims must begin with"),
        (lambda ds: ds.assign_coords(component=["a", "b"]), "component", "text"),
    ],
)
def test_check_names_each_broken_rule(spoil, variable, rule):
    ds = from_arrays(
        {"u": np.ones(5), "psi": np.ones((5, 2), complex), "state": np.ones((5, 2))},
        title="a",
        t=T,
        dims={"psi": ("t", "x"), "state": ("t", "component")},
        units={"u": "1", "psi": "1", "state": "1"},
        coordinates={"x": [0.0, 1.0]},
    )
    assert check(ds) == []
    found = check(spoil(ds))
    assert any(one.variable == variable and rule in one.rule for one in found), [*map(str, found)]
    assert all(one.remedy and "\n" not in str(one) for one in found)


def test_check_of_a_stranger_says_everything_at_once():
    found = check(xr.Dataset({"a": ("time", [1.0])}))
    assert {one.variable for one in found} >= {"a", "time", "ergodica_config", "Conventions", "title"}


def test_check_reads_trees():
    ds = from_arrays({"u": T}, title="a", t=T, units=UNITS)
    bad = ds.copy()
    bad["u"].attrs = {}
    tree = xr.DataTree.from_dict({"/": xr.Dataset(attrs=ds.attrs), "/good": ds, "/bad": bad})
    assert {one.variable for one in check(tree)} == {"/bad/u"}
