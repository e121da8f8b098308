"""`measure` of runs of particles: which groups there are, and that they are the measures of the same names."""

from __future__ import annotations

import numpy as np
import pytest
from particle_sets import independent, run, two_phases

from ergodica import data
from ergodica import estimators as est
from ergodica.data.files import write_tree

DIRECTED = {"order", "school", "neighbours", "motion", "memory"}
PERIODIC = {"spatial", "pairs", "structure"}


def moving(frames, n, box, seed):
    """A run whose steps are small beside the box, with unit headings."""
    rng = np.random.default_rng(seed)
    d = len(box)
    x = (rng.random((1, n, d)) * box + np.cumsum(0.1 * rng.normal(size=(frames, n, d)), axis=0)) % box
    v = rng.normal(size=x.shape)
    return run(x, box, heading=v / np.linalg.norm(v, axis=-1, keepdims=True))


@pytest.mark.parametrize("d", [2, 3])
def test_particles_have_their_groups(d):
    ds = moving(4, 120, np.array([6.0, 7.0, 5.0])[:d], seed=d)
    tree = est.measure(ds)
    assert set(tree.children) == DIRECTED | PERIODIC | ({"hexatic"} if d == 2 else set())
    np.testing.assert_array_equal(tree["order/polarization"], est.polarization(ds))
    np.testing.assert_array_equal(tree["order/rotation"], est.rotation(ds))
    np.testing.assert_array_equal(
        tree["school/oceanic_schooling_index"], est.school_entropies(ds)["oceanic_schooling_index"]
    )
    np.testing.assert_array_equal(tree["structure/structure_factor"], est.structure_factor(ds))
    np.testing.assert_array_equal(
        tree["motion/mean_squared_displacement"], est.mean_squared_displacement(ds).mean_squared_displacement
    )


def test_open_space_and_single_frames_leave_out_what_needs_more():
    ds = moving(4, 120, np.array([6.0, 7.0]), seed=1)
    assert set(est.measure(ds.drop_vars("box")).children) == DIRECTED | {"hexatic"}
    last = est.measure(ds.isel(t=-1))
    assert set(last.children) == (DIRECTED | PERIODIC | {"hexatic"}) - {"motion", "memory"}
    assert last["order/polarization"].dims == ()
    alone = est.measure(ds[["heading"]])
    assert set(alone.children) == {"order", "memory"}


def test_on_a_line_only_motion_is_measured():
    ds = moving(4, 30, np.array([6.0, 7.0]), seed=6).isel(space=[0])
    tree = est.measure(ds)
    assert set(tree.children) == {"motion", "memory"}
    assert np.isfinite(tree["motion/mean_squared_displacement"]).all()


def test_propulsion_stands_for_the_heading():
    ds = moving(3, 50, np.array([6.0, 7.0]), seed=2)
    other = ds.drop_vars("heading").assign(propulsion=2.5 * ds.heading)
    np.testing.assert_allclose(
        est.measure(other)["order/polarization"], est.measure(ds)["order/polarization"]
    )


def test_steps_too_large_and_uneven_times_have_no_displacement():
    ds = run(independent(4, 100, [5.0, 5.0], seed=3), 5.0)
    assert "motion" not in est.measure(ds).children
    slow = moving(4, 100, np.array([5.0, 5.0]), seed=3)
    assert "motion" not in est.measure(slow.assign_coords(t=[0.0, 1.0, 2.0, 5.0])).children


def test_many_particles_tell_their_phases():
    x, liquid, gas = two_phases(48.0, 0.2, 1.2, 0.5, frames=6, seed=4)
    tree = est.measure(run(x, 48.0))
    assert int(tree["phases/phases"]) == 2
    assert abs(float(tree["phases/gas_density"]) - gas) < 0.04
    assert abs(float(tree["phases/liquid_density"]) - liquid) < 0.04


def test_phases_are_those_of_the_second_half():
    late, _, _ = two_phases(48.0, 0.2, 1.2, 0.5, frames=5, seed=4)
    early = independent(5, late.shape[1], [48.0, 48.0], seed=5)
    ds = run(np.concatenate([early, late]), 48.0)
    found = est.measure(ds)["phases"]
    expected = est.coexistence_densities(ds.isel(t=slice(5, None)))
    assert int(found["phases"]) == 2
    for name in ("gas_density", "liquid_density", "gas_error"):
        assert float(found[name]) == float(expected[name])


def test_members_single_particles_and_bad_frames():
    box = np.array([5.0, 5.0])
    x = np.stack([moving(3, 30, box, seed=s).position.values for s in range(2)])
    x[1, 1, 4, 0] = np.nan
    tree = est.measure(run(x, box))
    assert tree["structure/structure_factor"].dims == ("member", "t", "k")
    assert np.isnan(tree["structure/structure_factor"][1, 1]).all()
    alone = est.measure(run(x[0], box))
    np.testing.assert_array_equal(tree["hexatic/global_hexatic"][0], alone["hexatic/global_hexatic"])
    one = est.measure(run(x[0][:, :1], box))
    assert np.isnan(one["pairs/radial_distribution"]).all()
    assert np.isfinite(one["motion/mean_squared_displacement"]).all()


def test_the_picture_of_measures_says_what_they_are_and_keeps_distances_from_cosines():
    from ergodica.data.pictures import figure

    ds = moving(4, 60, np.array([6.0, 7.0]), seed=8).assign_attrs(title="Particles")
    drawn = figure(est.measure(ds))
    assert drawn.get_suptitle() == "Measures of Particles"
    titles = [ax.get_title(where) for ax in drawn.axes for where in ("left", "center", "right")]
    assert "neighbours: distances" in titles
    assert "neighbours: alignment" in titles
    assert "neighbours: neighbours" not in titles


def test_a_panel_does_not_say_its_name_twice():
    import xarray as xr

    from ergodica.data.pictures import figure

    t = np.arange(3.0)
    one = xr.DataArray(t, dims="t", coords={"t": t}, attrs={"units": "1", "long_name": "distance"})
    one.attrs["ergodica_kind"] = "series"
    tree = xr.DataTree.from_dict({"distances": xr.Dataset({"a": one, "b": one + 0 * one})})
    tree["distances/b"].attrs = dict(one.attrs)
    (ax,) = figure(tree).axes
    assert "distances" in [ax.get_title(where) for where in ("left", "center", "right")]


def test_a_run_in_a_file_is_measured_and_drawn(tmp_path, monkeypatch):
    from ergodica.data.pictures import figure
    from ergodica.estimators import quantities

    ds = moving(6, 60, np.array([6.0, 7.0]), seed=5)
    kept = data.from_arrays(
        {name: ds[name] for name in ("position", "heading", "box")},
        title="Particles",
        kinds={"position": "agents", "heading": "agents", "box": "parameter"},
        units={"position": "1", "heading": "1", "box": "1"},
        config={"system": "test"},
    )
    whole = est.measure(kept)
    kept.to_netcdf(tmp_path / "run.nc")
    import xarray as xr

    # pieces of two frames each
    monkeypatch.setattr(quantities, "BLOCK_BYTES", kept.nbytes // 3)
    with xr.open_dataset(tmp_path / "run.nc") as opened:
        pieces = est.measure(opened)
        for node in whole.subtree:
            for name, one in node.data_vars.items():
                np.testing.assert_array_equal(pieces[node.path][name], one)
    write_tree(whole, tmp_path / "measured.nc")
    assert len(figure(xr.open_datatree(tmp_path / "measured.nc").load()).axes) >= 10
