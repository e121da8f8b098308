"""Files, members, precision and bad input of entropy production."""

import numpy as np
import pytest
import torch
import xarray as xr
from exact_scores import LinearScore, linear_dataset, particle_dataset, trapped

from ergodica.data import check, write_dataset
from ergodica.data.pictures import figure
from ergodica.models.score import (
    entropy_production,
    evaluation,
    frames,
    probability_flow,
    production_map,
    radial_production,
)
from ergodica.numerics.errors import ParameterError

EVERYTHING = ("velocity", "score", "production", "fokker_planck_residual", "lower_bound")


def assert_same(found, expected, rtol):
    assert set(found) == set(expected)
    for name, one in expected.data_vars.items():
        scale = np.nanmax(np.abs(one.values)) if np.isfinite(one.values).any() else 1.0
        np.testing.assert_allclose(
            found[name], one, rtol=rtol, atol=rtol * max(scale, 1e-3), err_msg=str(name)
        )


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_file_gives_what_memory_gives(tmp_path, suffix, monkeypatch):
    ds, network = particle_dataset(90, particles=3, members=2)
    expected = entropy_production(network, ds, record=EVERYTHING)
    path = tmp_path / f"run{suffix}"
    write_dataset(ds, path)
    # ten frames of both members at a time: blocks are cut by the reading
    monkeypatch.setattr(frames, "NUMBERS_AT_ONCE", 10 * 2 * 3 * 4)
    found = entropy_production(network, str(path), record=EVERYTHING, batch=7)
    # sums in another order
    assert_same(found, expected, 1e-10)


def test_maps_and_flows_take_files(tmp_path):
    ds, network = particle_dataset(90, particles=3, members=2)
    path = tmp_path / "run.nc"
    write_dataset(ds, path)
    assert_same(production_map(network, path, cells=4), production_map(network, ds, cells=4), 1e-10)
    assert_same(radial_production(network, path, cells=4), radial_production(network, ds, cells=4), 1e-10)
    flows = [probability_flow(network, one, t_end=2.0, dt=0.5, snapshots=3) for one in (path, ds)]
    assert_same(*flows, 1e-10)


def test_too_many_sites_at_once_are_taken_in_parts(monkeypatch):
    ds, network = particle_dataset(30, particles=5, spring=0.2)
    expected = entropy_production(network, ds, record=EVERYTHING)
    monkeypatch.setattr(evaluation, "SITES_AT_ONCE", 2)
    assert_same(entropy_production(network, ds, record=EVERYTHING), expected, 1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_single_precision_is_enough(dtype):
    ds, network = particle_dataset(400, dtype=dtype)
    small = LinearScore(network.degrees, network.precision.numpy()).float()
    found = entropy_production(small, ds)
    exact = entropy_production(network, particle_dataset(400)[0])
    # of the states and scores
    assert float(found.total) == pytest.approx(float(exact.total), rel=1e-5)
    assert found.total.dtype == np.float64


def test_one_member_is_like_none():
    with_member, network = particle_dataset(100, members=1)
    alone = with_member.isel(member=0, drop=True)
    found, expected = entropy_production(network, with_member), entropy_production(network, alone)
    assert float(found.total_by_member[0]) == pytest.approx(float(expected.total))
    assert "total_by_member" not in expected
    assert_same(found.drop_vars(["total_by_member", "total_by_member_standard_error"]), expected, 1e-12)


def test_members_keep_their_own_rates():
    ds, network = particle_dataset(64, members=3)
    found = entropy_production(network, ds, record=("production",))
    each = [entropy_production(network, ds.isel(member=j)) for j in range(3)]
    np.testing.assert_allclose(found.total_by_member, [float(one.total) for one in each])
    assert found.production.dims == ("member", "t", "particle")
    np.testing.assert_allclose(found.production.mean("t")[:, 0], found.total_by_member)
    np.testing.assert_array_equal(found.t, ds.t)
    for j, one in enumerate(each):
        # both from 16 blocks of the member
        assert float(found.total_by_member_standard_error[j]) == pytest.approx(
            float(one.total_standard_error)
        )


def test_many_members_of_few_frames_are_blocks_each():
    ds, network = particle_dataset(2, members=500)
    found = entropy_production(network, ds)
    exact = 2 * 0.6
    assert abs(float(found.total) - exact) < 4.5 * float(found.total_standard_error)
    assert np.isnan(found.total_by_member_standard_error).all()


def test_the_result_keeps_the_contract_and_says_where_it_is_from():
    ds, network = particle_dataset(64, particles=2, members=2)
    found = entropy_production(network, ds.assign_attrs(history="made"), record=EVERYTHING)
    assert not check(found)
    assert found.total.attrs["units"] == "nat per unit of time"
    assert found.total.attrs["ergodica_kind"] == "whole"
    assert "trapped particles" in found.attrs["title"]
    assert "linear-score" in found.attrs["source"]
    assert found.attrs["history"].startswith("made\n")
    assert list(found.degree_name.values[:2]) == ["position_x", "position_y"]
    assert list(found.variable_name.values) == ["position", "propulsion"]
    seconds = ds.assign_coords(t=ds.t.assign_attrs(units="s"))
    assert entropy_production(network, seconds).total.attrs["units"] == "nat/s"


def test_an_equilibrium_reference_comes_with_the_data():
    # the whole score is the reference where nothing is active: the network says 0
    ds, _ = particle_dataset(200, speed=0.0, particles=2)
    names = ["position_x", "position_y", "propulsion_x", "propulsion_y"]
    nothing = LinearScore(names, np.zeros((8, 8)), reference="equilibrium")
    found = entropy_production(nothing, ds, record=EVERYTHING)
    assert abs(found.total) < 1e-20
    assert found.fokker_planck_residual < 1e-12
    # and the bound is what the exact score gives
    covariance = trapped(speed=0.0, particles=2)[2]
    exact = entropy_production(LinearScore(names, np.linalg.inv(covariance)), ds, record=EVERYTHING)
    np.testing.assert_allclose(found.by_variable_lower_bound, exact.by_variable_lower_bound, atol=1e-10)


def test_infinite_rates_can_be_drawn():
    ds, network = particle_dataset(64, temperature=0.0)
    with pytest.warns(UserWarning, match="infinite"):
        found = entropy_production(network, ds)
    assert not check(found)
    figure(found).canvas.draw()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda ds: ds.drop_vars("drift"), 'record=\\("drift", "drift_divergence"\\)'),
        (lambda ds: ds.drop_vars("drift_divergence"), "drift_divergence"),
        (lambda ds: ds.drop_vars("position_diffusion"), "position_diffusion"),
        (lambda ds: ds.drop_vars("position"), "position"),
        (lambda ds: ds.drop_vars("propulsion"), "got a dataset of position_x"),
        (lambda ds: ds.isel(space=[0]), "got a dataset of position_x"),
        (lambda ds: ds.assign(position=ds.position.where(ds.t != 7)), "t=7"),
        (lambda ds: ds.assign(drift=ds.drift.where(ds.t < 30, np.inf)), "drift: must be finite"),
        (lambda ds: ds.isel(t=slice(0, 3)), "blocks"),
    ],
)
def test_datasets_that_lack_something_are_refused(change, message):
    ds, network = particle_dataset(40)
    with pytest.raises(ParameterError, match=message):
        entropy_production(network, change(ds))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"record": ("velocty",)}, "velocity"),
        ({"record": "velocity"}, "record"),
        ({"batch": 0}, "batch"),
        ({"device": "gpu"}, "device"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    ds, network = particle_dataset(20)
    with pytest.raises(ParameterError, match=message):
        entropy_production(network, ds, **options)


def test_what_is_no_score_network_is_refused():
    ds, _ = particle_dataset(20)
    with pytest.raises(ParameterError, match="must be a score network, got Linear"):
        entropy_production(torch.nn.Linear(4, 4), ds)


def test_a_network_of_other_components_is_refused():
    ds, network = linear_dataset(-np.eye(2), np.eye(2), 20)
    other = LinearScore(["a", "b"], np.eye(2))
    with pytest.raises(ParameterError, match="a, b"):
        entropy_production(other, ds)
    assert isinstance(entropy_production(network, ds), xr.Dataset)


def test_a_network_that_gives_no_numbers_is_told():
    ds, network = particle_dataset(20)
    network.precision[0, 0] = torch.nan
    with pytest.raises(ParameterError, match="network: must give finite scores"):
        entropy_production(network, ds)
