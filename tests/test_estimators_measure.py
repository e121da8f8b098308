"""`measure`: every entropy of a dataset by the kind of its variables, with labels that a file can hold."""

import math
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.data import check, from_arrays

GROUPS = {"spatial", "spectral", "amplitude", "uncertainty"}


@pytest.fixture
def run():
    """Three frames of a moving, breathing wave and a series beside it."""
    x = -20 + 40 / 256 * np.arange(256)
    t = np.linspace(0, 1, 3)
    psi = np.exp(-((x - t[:, np.newaxis]) ** 2) + 1j * x * t[:, np.newaxis])
    return from_arrays(
        {"psi": psi, "mass": np.ones(3)},
        title="A wave",
        t=t,
        dims={"psi": ("t", "x"), "mass": ("t",)},
        coordinates={"x": x},
        kinds={"psi": "field", "mass": "series"},
        units={"psi": "1", "mass": "1"},
        config={"system": "wave", "width": 1.0},
    )


def test_a_complex_field_gives_four_groups_over_time(run):
    tree = est.measure(run)
    assert set(tree.children) == GROUPS
    psi = run.ergodica.psi
    for name, space in (("spatial", est.SpatialDensity()), ("spectral", est.SpectralPower())):
        group = tree[name].to_dataset()
        assert dict(group.sizes) == {"t": 3}
        np.testing.assert_array_equal(group.shannon, est.entropy(psi, dim="x", space=space))
        np.testing.assert_array_equal(
            group.renyi_2_normalized,
            est.entropy(psi, dim="x", space=space, of=est.Renyi(q=2), normalize=True),
        )
        np.testing.assert_array_equal(
            group.complexity_lmc, est.statistical_complexity(psi, dim="x", space=space)
        )
    np.testing.assert_allclose(tree["uncertainty/uncertainty"], est.LOCALIZED_BOUND, atol=1e-9)
    np.testing.assert_allclose(
        tree["uncertainty/position"] + tree["uncertainty/wavenumber"],
        tree["uncertainty/uncertainty"],
        atol=1e-12,
    )


def test_every_quantity_says_what_it_is_and_keeps_the_contract(run):
    tree = est.measure(run, base=2)
    for group in tree.children.values():
        for name, quantity in group.data_vars.items():
            expected = "1" if "tsallis" in name or "normalized" in name or "complexity" in name else "bit"
            assert quantity.units == expected, name
            assert quantity.ergodica_kind == "series"
            assert quantity.long_name
            assert "along x" in quantity.method
            assert quantity.t.attrs == run.t.attrs
    assert [problem for problem in check(tree) if problem.severity == "error"] == []
    assert tree.attrs["title"] == "Entropies of A wave"
    np.testing.assert_allclose(
        tree["spatial/shannon"] * math.log(2), est.measure(run)["spatial/shannon"], rtol=1e-14
    )


def test_the_tree_comes_back_from_a_file_unchanged(run, tmp_path):
    tree = est.measure(run)
    tree.to_netcdf(tmp_path / "entropy.nc")
    with xr.open_datatree(tmp_path / "entropy.nc") as back:
        for name in GROUPS:
            xr.testing.assert_identical(back[name].to_dataset().load(), tree[name].to_dataset())


def test_members_and_their_parameters_pass_through(run):
    ensemble = xr.concat(
        [run, 2 * run], dim="member", data_vars="all", coords="minimal", combine_attrs="override"
    )
    for name in run.data_vars:
        ensemble[name].attrs = run[name].attrs
    ensemble = ensemble.assign_coords(member=[0, 1], width=("member", [1.0, 2.0]))
    group = est.measure(ensemble)["spatial"].to_dataset()
    assert dict(group.sizes) == {"member": 2, "t": 3}
    assert set(group.coords) == {"member", "t", "width"}
    np.testing.assert_array_equal(group.shannon[0], est.measure(run)["spatial/shannon"])


def test_a_large_file_is_measured_in_blocks_with_the_same_result(run, tmp_path, monkeypatch):
    from ergodica.estimators import quantities

    many = xr.concat(
        [run.assign_coords(t=run.t + 2 * j) for j in range(7)],
        dim="t",
        data_vars="minimal",
        combine_attrs="override",
    )
    many.to_netcdf(tmp_path / "run.nc")
    with xr.open_dataset(tmp_path / "run.nc") as lazy:
        whole = est.measure(lazy)
        monkeypatch.setattr(quantities, "BLOCK_BYTES", lazy.nbytes // 5)
        with xr.open_dataset(tmp_path / "run.nc") as again:
            assert len(list(quantities._parts(again))) > 4
            xr.testing.assert_identical(est.measure(again), whole)


def test_dask_datasets_stay_lazy(run):
    pytest.importorskip("dask.array")
    lazy = est.measure(run.chunk({"t": 1}))
    assert lazy["spectral/shannon"].chunks is not None
    np.testing.assert_array_equal(
        lazy["spectral/shannon"].values, est.measure(run)["spectral/shannon"].values
    )


def test_several_fields_have_groups_of_their_own_and_a_plane_two_axes(run):
    rng = np.random.default_rng(0)
    planes = from_arrays(
        {"u": rng.random((2, 8, 12)), "v": rng.random((2, 8, 12))},
        title="Two fields",
        t=[0.0, 1.0],
        dims={"u": ("t", "y", "x"), "v": ("t", "y", "x")},
        kinds={"u": "field", "v": "field"},
        units={"u": "1", "v": "1"},
        coordinates={"x": np.arange(12.0), "y": np.arange(8.0)},
    )
    tree = est.measure(planes)
    assert set(tree.children) == {"u", "v"}
    assert set(tree["v"].children) == GROUPS - {"uncertainty"}
    np.testing.assert_array_equal(
        tree["v/spectral/shannon"], est.entropy(planes.v, dim=("y", "x"), space=est.SpectralPower())
    )


def test_a_single_frame_is_measured_too(run):
    tree = est.measure(run.isel(t=-1))
    assert tree["spatial/shannon"].shape == ()
    assert float(tree["spatial/shannon"]) == float(est.measure(run)["spatial/shannon"][-1])


def test_a_new_kind_registers_its_quantities(run, monkeypatch):
    from ergodica.estimators import quantities

    monkeypatch.setattr(quantities, "_QUANTITIES", dict(quantities._QUANTITIES))

    @est.register_quantities("series")
    def extremes(series, base, extent):
        return {"extremes": xr.Dataset({"largest": series.max()})}

    tree = est.measure(run)
    assert {"field", "series"} <= set(est.measurable_kinds())
    assert float(tree["mass/extremes/largest"]) == 1
    assert set(tree["psi"].children) == GROUPS


def test_nothing_to_measure_is_a_clear_error(run):
    with pytest.raises(
        ValueError,
        match=r"dataset: must hold a variable of kind agents or field or jumps or states, got series",
    ):
        est.measure(run[["mass"]])
    with pytest.raises(ValueError, match=r"got no variable"):
        est.measure(xr.Dataset())
    with pytest.raises(ValueError, match=r"got none; mark one with ds\['name'\]\.attrs"):
        est.measure(xr.Dataset({"u": ("x", np.ones(3))}))
    with pytest.raises(TypeError, match=r"dataset: must be a Dataset, got DataArray"):
        est.measure(run.mass)
    with pytest.raises(ValueError, match=r"base: must be"):
        est.measure(run, base=0.5)


def test_importing_estimators_is_light():
    script = (
        "import sys, ergodica.estimators as est; est.entropy([0.5, 0.5]); "
        "print([m for m in ('torch', 'numba', 'xarray', 'pandas', 'matplotlib', 'scipy', 'dask') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
