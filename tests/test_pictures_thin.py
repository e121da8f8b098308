"""Large data: read in parts, and thinned so that extremes stay."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from PIL import Image
from solitons import soliton_run

from ergodica.data import pictures
from ergodica.data.pictures.thin import evenly, thin_line, thin_map


@pytest.fixture
def soliton():
    return soliton_run()


def test_chunked_data_give_the_same_picture(soliton):
    lazy = pictures.figure(soliton.chunk({"t": 5})).axes[0].images[0]
    np.testing.assert_array_equal(lazy.get_array(), pictures.figure(soliton).axes[0].images[0].get_array())


@pytest.mark.parametrize("ending", ["png", "gif"])
def test_a_field_is_never_in_memory_as_a_whole(tmp_path, monkeypatch, ending):
    from ergodica.data import lazy_pair
    from ergodica.data.pictures import thin

    monkeypatch.setattr(thin, "SLAB", 20_000)
    sizes = []
    read = lazy_pair.Pair._read
    monkeypatch.setattr(
        lazy_pair.Pair, "_read", lambda pair, key: sizes.append((values := read(pair, key)).size) or values
    )
    shape = (2000, 100)
    rng = np.random.default_rng(11)
    parts = {f"psi_{part}": (("t", "x"), rng.standard_normal(shape)) for part in ("real", "imag")}
    xr.Dataset(parts, {"t": np.arange(2000.0)}).to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as opened:
        pictures.plot(opened, tmp_path / f"run.{ending}")
        figure = pictures.figure(opened)
    assert max(sizes) <= 20_000
    expected = thin_map(
        xr.DataArray(np.hypot(*(values for _, values in parts.values())), dims=("t", "x")), "t", "x"
    )
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), expected[2], rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_lazy_pair_holds_what_the_joined_one_holds(soliton, dtype):
    from ergodica.data.complex_pairs import join_complex

    single = soliton[["psi_real", "psi_imag"]].astype(dtype)
    for name in single:
        single[name].attrs = soliton[name].attrs
    lazy, joined = (join_complex(single, "psi", lazy=lazy) for lazy in (True, False))
    assert (lazy.dtype, lazy.attrs) == (joined.dtype, joined.attrs)
    xr.testing.assert_identical(
        lazy.isel(t=[1, 5], x=slice(3, 60, 7)), joined.isel(t=[1, 5], x=slice(3, 60, 7))
    )
    xr.testing.assert_identical(lazy.sortby("x", ascending=False), joined.sortby("x", ascending=False))


def test_file_is_drawn_lazily_and_written_whole(soliton, tmp_path):
    soliton.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as opened:
        written = pictures.plot(opened, tmp_path / "run.png")
    with Image.open(written) as image:
        assert image.width > 800
    assert sorted(one.name for one in tmp_path.iterdir()) == ["run.nc", "run.png"]


def test_thinning_a_line_keeps_its_extremes():
    values = np.random.default_rng(6).standard_normal(100_003)
    values[50_000], values[70_000], values[10] = 40.0, -40.0, np.nan
    x, y = thin_line(np.arange(values.size), values)
    assert y.size <= 4001
    assert (np.nanmax(y), np.nanmin(y)) == (40.0, -40.0)
    np.testing.assert_array_equal(y, values[x])
    assert (np.diff(x) >= 0).all()
    assert x[-1] == values.size - 1


@pytest.mark.parametrize("shape", [(1000, 1000), (1001, 997), (7, 20_000)])
def test_thinning_a_map_keeps_each_blocks_strongest_value(shape):
    values = np.random.default_rng(7).standard_normal(shape)
    rows, columns, thinned = thin_map(xr.DataArray(values, dims=("t", "x")), "t", "x", (100, 100))
    tall, wide = -(-shape[0] // 100), -(-shape[1] // 100)
    assert thinned.shape == (-(-shape[0] // tall), -(-shape[1] // wide))
    assert (rows.size, columns.size) == (thinned.shape[0] + 1, thinned.shape[1] + 1)
    block = values[tall : 2 * tall, wide : 2 * wide] if tall < shape[0] else values[:tall, wide : 2 * wide]
    strongest = block.flat[np.abs(block).argmax()]
    assert thinned[1, 1] == strongest
    assert (rows[-1], columns[-1]) == (shape[0] - 0.5, shape[1] - 0.5)


def test_slabs_do_not_change_a_thinned_map(monkeypatch):
    from ergodica.data.pictures import thin

    field = xr.DataArray(np.random.default_rng(8).standard_normal((503, 40)), dims=("t", "x"))
    whole = thin_map(field, "t", "x", (50, 20))
    monkeypatch.setattr(thin, "SLAB", 1000)
    for one, other in zip(whole, thin_map(field, "t", "x", (50, 20)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_evenly_spread_indices_hold_first_and_last():
    chosen = evenly(1001, 150)
    assert (chosen.size, chosen[0], chosen[-1]) == (150, 0, 1000)
    np.testing.assert_array_equal(evenly(3, 150), [0, 1, 2])
