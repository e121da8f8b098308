"""Datasets become vectors over time and datasets again, and nothing is lost or guessed on the way."""

import json

import numpy as np
import pytest
import xarray as xr

from ergodica import data
from ergodica.models.forecast import Linear
from ergodica.models.trajectories import Layout, trajectories_of
from ergodica.numerics.errors import ParameterError


def run(members=None, snapshots=6, components=2, dt=0.1):
    rng = np.random.default_rng(0)
    lead = () if members is None else (members,)
    dims = (*(() if members is None else ("member",)), "t", "component")
    return data.from_arrays(
        {"state": rng.normal(size=(*lead, snapshots, components))},
        title="noise",
        t=3.0 + dt * np.arange(snapshots),
        dims={"state": dims},
        units={"state": "1"},
        coordinates={"component": ["x", "y"][:components]},
    )


def wave(snapshots=5):
    x, t = np.arange(4.0), np.arange(float(snapshots))
    psi = np.exp(1j * (x - t[:, None]))
    return data.from_arrays(
        {"psi": psi, "mass": (abs(psi) ** 2).sum(-1)},
        title="wave",
        t=t,
        dims={"psi": ("t", "x"), "mass": ("t",)},
        units={"psi": "1", "mass": "1"},
        coordinates={"x": x},
    )


@pytest.mark.parametrize("members", [None, 1, 3])
def test_vectors_and_back_is_the_identity(members):
    ds = run(members)
    series = trajectories_of(ds)
    assert series.values.shape == (members or 1, 6, 2)
    assert series.layout.dt == pytest.approx(0.1, rel=1e-12)
    assert series.layout.feature_names == ["x", "y"]
    dims = ("member", "t") if members else ("t",)
    values = series.values if members else series.values[0]
    back = series.layout.dataset(values, dims, {d: ds[d] for d in dims}, ds.attrs)
    xr.testing.assert_identical(back.state, ds.state)


def test_a_complex_field_is_its_two_parts_and_the_state_is_taken_before_sums_of_it():
    series = trajectories_of(wave())
    assert series.layout.features == 8
    assert series.layout.feature_names[0] == "psi_real[0]"
    assert series.layout.feature_names[-1] == "psi_imag[3]"
    np.testing.assert_array_equal(series.values, trajectories_of(wave(), "psi").values)
    made = series.layout.dataset(series.values[0], ("t",), {"t": wave().t}, {})
    np.testing.assert_array_equal(made.ergodica.psi, wave().ergodica.psi)


def test_components_and_variables_are_observed_by_name():
    ds = run(2)
    assert trajectories_of(ds, ["y"]).values.shape == (2, 6, 1)
    np.testing.assert_array_equal(trajectories_of(ds, "y").values[..., 0], ds.state[..., 1])
    assert trajectories_of(wave(), ["mass", "psi"]).layout.features == 9


def test_the_layout_survives_json():
    for ds in (run(2), wave()):
        layout = trajectories_of(ds).layout
        again = Layout.from_json(json.loads(json.dumps(layout.to_json())))
        xr.testing.assert_identical(again.template, layout.template)
        assert (again.dt, again.time) == (layout.dt, layout.time)


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_a_file_is_read_as_the_dataset_it_holds(tmp_path, suffix):
    data.write_dataset(run(2), tmp_path / f"run.{suffix}")
    np.testing.assert_array_equal(
        trajectories_of(tmp_path / f"run.{suffix}").values, trajectories_of(run(2)).values
    )


def test_values_become_float64_whatever_they_were():
    ds = run()
    for dtype in (np.float32, np.int32):
        series = trajectories_of(ds.assign(state=(ds.state * 10).astype(dtype).assign_attrs(ds.state.attrs)))
        assert series.values.dtype == np.float64


def draws(count=5):
    known = run(snapshots=30)
    return Linear(lags=1, ridge=1e-6).fit(known).forecast(horizon=4, members=count)


@pytest.mark.parametrize("variables", [None, "state"])
def test_draws_of_a_forecast_are_no_features(variables):
    with pytest.raises(
        ParameterError, match=r"^state: must be one run, got 5 draws .* along realization; take"
    ):
        trajectories_of(draws(), variables)


@pytest.mark.parametrize(
    "taken",
    [
        lambda ds: ds.mean("realization", keep_attrs=True),
        lambda ds: ds.isel(realization=0),
        lambda ds: ds.isel(realization=0, drop=True),
    ],
)
def test_one_run_of_draws_is_learned_from(taken):
    ds = taken(draws())
    found = trajectories_of(ds)
    np.testing.assert_array_equal(found.values[0], ds.state)
    assert found.layout.feature_names == ["x", "y"]


def uneven():
    ds = run()
    return ds.assign_coords(t=("t", ds.t.values**2, ds.t.attrs))


@pytest.mark.parametrize(
    ("ds", "variables", "message"),
    [
        (run().isel(t=slice(1)), None, "must have at least 2 snapshots, got 1"),
        (
            run().where(run().t > 3.05),
            None,
            r"NaN or infinity at 1 of 6 times, first at t = 3; .* ds\.isel\(t=slice\(1, None\)\)$",
        ),
        (
            run().where(run().t < 3.35),
            None,
            r"at 2 of 6 times, first at t = 3\.4; .* ds\.isel\(t=slice\(4\)\)$",
        ),
        (run() * np.nan, "state", "at 6 of 6 times, first at t = 3; choose times without$"),
        (uneven(), None, "t: must be evenly spaced, got steps from"),
        (
            run().isel(t=slice(None, None, -1)),
            None,
            r"t: must increase, got steps from -0\.1 to -0\.1; use ds\.sortby",
        ),
        (run().assign_coords(t=np.full(6, 2.0)), None, "t: must increase, got steps from 0 to 0; use"),
        (
            run().assign_coords(t=np.datetime64("2026-01-01", "ns") + np.arange(6)),
            None,
            r"t: must be numbers, got datetime64\[ns\]; subtract the first",
        ),
        (run(), "z", "variables: z: must be a variable or a component"),
        (run(), [], "variables: must name at least one variable"),
        (run().isel(t=0), None, "must have snapshots over t"),
        (3, None, "must be a Dataset or the path of a run, got int"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_by_name(ds, variables, message):
    with pytest.raises(ParameterError, match=message):
        trajectories_of(ds, variables)


def labelled(coordinates=None, dims=("t", "component"), shape=(6, 3), name="state"):
    return data.from_arrays(
        {name: np.random.default_rng(2).normal(size=shape)},
        title="noise",
        t=np.arange(float(shape[0])),
        dims={name: dims},
        units={name: "1"},
        coordinates=coordinates or {},
    )


def plane():
    x, y = np.linspace(0.0, 1.0, 4), np.linspace(2.0, 3.0, 4)
    return labelled({"x": x, "y": y}, ("t", "y", "x"), (6, 4, 4), "u")


@pytest.mark.parametrize(
    ("ds", "other"),
    [
        (labelled({"component": ["x", "y", "z"]}), lambda ds: ds.isel(component=[2, 0, 1])),
        (labelled(), lambda ds: ds.isel(component=[1, 2, 0])),
        (plane(), lambda ds: ds.isel(x=slice(None, None, -1))),
        (plane(), lambda ds: ds.transpose("t", "x", "y")),
        (plane(), lambda ds: ds.assign_coords(x=ds.x.values + 1e-9)),
        # named anew, so that the numbers say nothing
        (
            labelled({"component": ["x", "y", "z"]}),
            lambda ds: ds.isel(component=[2, 0, 1]).assign_coords(component=np.arange(3)),
        ),
    ],
    ids=range(6),
)
def test_components_and_places_are_taken_by_their_labels_as_in_the_training(ds, other):
    series = trajectories_of(ds)
    again = trajectories_of(other(ds), like=series.layout)
    np.testing.assert_array_equal(again.values, series.values)


@pytest.mark.parametrize(
    ("ds", "other", "message"),
    [
        (
            labelled({"component": ["x", "y", "z"]}),
            labelled({"component": ["x", "y", "w"]}),
            "state: must have the component that the model was fitted to, x, y, z, got x, y, w",
        ),
        (
            labelled(),
            labelled().assign_coords(component=[0, 1, 3]),
            "must have the component that the model was fitted to, 0 to 2, got 0 to 3",
        ),
        (plane(), plane().assign_coords(x=np.linspace(0, 2, 4)), "u: must have the x .* 0 to 1, got 0 to 2"),
        (plane(), plane().isel(x=slice(3)), "must have the features that the model was fitted to"),
        (labelled(), labelled({"component": ["x", "y", "z"]}), "must have the features .* got x, y, z"),
    ],
    ids=range(5),
)
def test_other_components_and_places_are_refused(ds, other, message):
    with pytest.raises(ParameterError, match=message):
        trajectories_of(other, like=trajectories_of(ds).layout)


def test_another_spacing_or_other_features_are_refused():
    layout = trajectories_of(run()).layout
    with pytest.raises(
        ParameterError, match=r"must have snapshots 0\.1 apart, as the model was fitted to, got 0\.2"
    ):
        layout.refuse_other(trajectories_of(run(dt=0.2)).layout)
    with pytest.raises(
        ParameterError, match=r"must have the features that the model was fitted to, x, y \(2\), got"
    ):
        layout.refuse_other(trajectories_of(wave()).layout)


def test_several_components_are_named_one_by_one():
    ds = data.from_arrays(
        {"state": np.arange(12.0).reshape(4, 3)},
        title="a run",
        t=np.arange(4.0),
        dims={"state": ("t", "component")},
        units={"state": "1"},
        coordinates={"component": ["x", "y", "z"]},
    )
    series = trajectories_of(ds, ["x", "z"])
    np.testing.assert_array_equal(series.values[0], ds["state"].values[:, [0, 2]])
    assert series.layout.feature_names == ["x", "z"]


def test_variables_are_names():
    for wrong in (3, [3], ["state", None]):
        with pytest.raises(ParameterError, match="variables: must be names"):
            trajectories_of(run(), wrong)
