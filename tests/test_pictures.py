"""Pictures: the artists carry the data, the words come from the attributes, nothing needs a display."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.drift import relative_drift
from ergodica.data.pictures.field import snapshots
from ergodica.data.pictures.labels import label, noun, short, shorts, stamp
from ergodica.data.pictures.select import conserved
from ergodica.data.pictures.states import portrait
from ergodica.data.pictures.thin import evenly, thin_line, thin_map

T = np.linspace(0.0, 2.0, 21)
X = -8.0 + 16.0 / 64 * np.arange(64)


def variable(values, dims, kind, units="1", long_name="quantity", **attrs):
    return dims, values, {"units": units, "long_name": long_name, "ergodica_kind": kind, **attrs}


@pytest.fixture
def soliton():
    """A moving soliton, A=2 and v=1, with its invariants, in the form of a run."""
    place = X[None, :] - T[:, None]
    psi = 2 / np.cosh(2 * place) * np.exp(1j * (X[None, :] + 1.5 * T[:, None]))
    parts = {
        f"psi_{suffix}": variable(
            values,
            ("t", "x"),
            "field",
            long_name=f"wave function, {part} part",
            ergodica_complex="psi",
            ergodica_complex_part=part,
        )
        for suffix, part, values in (("real", "real", psi.real), ("imag", "imaginary", psi.imag))
    }
    wobble = 1e-12 * np.sin(T)
    coords = {
        "t": ("t", T, {"units": "s", "long_name": "time"}),
        "x": ("x", X, {"units": "1", "long_name": "position"}),
    }
    return xr.Dataset(
        parts
        | {
            "mass": variable(
                4 + wobble, ("t",), "series", long_name="mass, integral", ergodica_conserved="true"
            ),
            "energy": variable(-2 / 3 + 0 * T, ("t",), "series", long_name="energy"),
            "width": variable(1 + T, ("t",), "series", units="m", long_name="width"),
        },
        coords,
        {"title": "One soliton", "ergodica_config": json.dumps({"conserved": ["energy"]})},
    )


@pytest.fixture
def psi(soliton):
    joined = (soliton.psi_real + 1j * soliton.psi_imag).rename("psi")
    joined.attrs = {"units": "1", "long_name": "wave function", "ergodica_kind": "field"}
    return joined


@pytest.fixture
def ax():
    return new_figure(6, 4).add_subplot()


def labels_of(figure):
    return [(one.get_xlabel(), one.get_ylabel()) for one in figure.axes]


# --- fields ---------------------------------------------------------------------------------------------------


def test_image_of_a_complex_field_is_its_magnitude(psi, ax):
    (drawn,) = pictures.picture("field")(psi, ax)
    np.testing.assert_array_equal(drawn.get_array(), np.abs(psi.values))
    assert drawn.get_clim() == (0.0, np.abs(psi.values).max())
    assert drawn.get_cmap().name == "viridis"


def test_cells_of_the_image_are_centred_on_the_grid_points(psi, ax):
    (drawn,) = pictures.picture("field")(psi, ax)
    dx, dt = X[1] - X[0], T[1] - T[0]
    edges = [X[0] - dx / 2, X[-1] + dx / 2, T[0] - dt / 2, T[-1] + dt / 2]
    np.testing.assert_allclose(drawn.get_extent(), edges, rtol=1e-12)  # sums of a few doubles


def test_real_field_of_both_signs_gets_symmetric_diverging_colours(soliton, ax):
    (drawn,) = pictures.picture("field")(soliton.psi_real, ax)
    low, high = drawn.get_clim()
    assert low == -high
    assert drawn.get_cmap().name == "RdBu_r"


def test_labels_come_from_attributes_and_pure_numbers_have_no_unit(psi, ax):
    (drawn,) = pictures.picture("field")(psi, ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("position", "time (s)")
    assert drawn.colorbar.ax.get_ylabel() == r"$|\psi|$"


def test_time_can_run_to_the_right(psi, ax):
    (drawn,) = pictures.picture("field")(psi, ax, horizontal="time")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (s)", "position")
    np.testing.assert_array_equal(drawn.get_array(), np.abs(psi.values).T)


@pytest.mark.parametrize("cut", [3, [3]])
def test_field_at_one_time_is_magnitude_real_and_imaginary_part(psi, ax, cut):
    real, imaginary, magnitude = pictures.picture("field")(psi.isel(t=cut), ax)
    frame = psi.isel(t=3).values
    np.testing.assert_array_equal(real.get_ydata(), frame.real)
    np.testing.assert_array_equal(imaginary.get_ydata(), frame.imag)
    np.testing.assert_array_equal(magnitude.get_ydata(), np.abs(frame))
    assert ax.get_title() == "$t$ = 0.3 s"


def test_uneven_grid_keeps_its_places(psi, ax):
    uneven = psi.assign_coords(x=("x", np.sinh(X / 4), {"units": "m", "long_name": "position"}))
    (drawn,) = pictures.picture("field")(uneven, ax)
    np.testing.assert_array_equal(drawn.get_array(), np.abs(psi.values))
    assert ax.get_xlabel() == "position (m)"


def test_axis_of_time_ends_with_the_run(psi, ax):
    few = psi.isel(t=slice(0, None, 5))
    pictures.picture("field")(few, ax)
    assert ax.get_ylim() == (0.0, 2.0)
    pictures.picture("field")(few, ax, horizontal="time")
    assert ax.get_xlim() == (0.0, 2.0)


@pytest.mark.parametrize(
    ("low", "high", "limits"),
    [(0.6, 1.0, (0.6, 1.0)), (0.4, 1.0, (0.0, 1.0)), (-1.0, -0.6, (-1.0, -0.6)), (1.0, 1.0 + 1e-9, None)],
)
def test_colours_start_with_the_data_far_from_zero_and_say_so(soliton, ax, low, high, limits):
    values = np.linspace(low, high, soliton.psi_real.size).reshape(soliton.psi_real.shape)
    (drawn,) = pictures.picture("field")(soliton.psi_real.copy(data=values), ax)
    limits = limits or (0.0, high)
    assert drawn.get_clim() == limits
    assert ("colours not from 0" in drawn.colorbar.ax.get_ylabel()) == (0.0 not in limits)


def test_missing_values_leave_holes_and_no_warning(psi, ax):
    broken = psi.copy(data=np.where(T[:, None] > 1, np.nan, psi.values))
    (drawn,) = pictures.picture("field")(broken, ax)
    ax.figure.canvas.draw()
    assert np.ma.getmaskarray(np.ma.masked_invalid(drawn.get_array())).sum() == (T > 1).sum() * X.size


def test_snapshots_show_start_highest_peak_and_end(psi, ax):
    peaked = psi * (1 + np.exp(-(((psi.t - 0.7) / 0.1) ** 2)))
    lines = snapshots(peaked.rename("psi"), ax)
    assert [one.get_label() for one in lines] == ["$t$ = 0.0 s", "$t$ = 0.7 s", "$t$ = 2.0 s"]


@pytest.mark.parametrize("data", [np.zeros((21, 64)), np.full((21, 64), 3.0), np.full((21, 64), np.nan)])
def test_constant_or_missing_field_is_drawn_without_warning(soliton, data):
    figure = pictures.figure(soliton.psi_real.copy(data=data))
    figure.canvas.draw()


def test_plane_in_space_keeps_its_proportions(ax):
    values = np.random.default_rng(0).standard_normal((3, 8, 10))
    field = xr.DataArray(values, dims=("t", "y", "x"), name="u", attrs={"ergodica_kind": "field"})
    field = field.assign_coords(t=[0.0, 1.0, 2.0], x=np.arange(10.0), y=np.arange(8.0))
    (drawn,) = pictures.picture("field")(field, ax)
    np.testing.assert_array_equal(drawn.get_array(), values[-1])
    assert ax.get_aspect() == 1.0


# --- series and drift -----------------------------------------------------------------------------------------


def test_line_of_a_series_carries_its_values(soliton, ax):
    (line,) = pictures.picture("series")(soliton.width, ax)
    np.testing.assert_array_equal(line.get_xdata(), T)
    np.testing.assert_array_equal(line.get_ydata(), soliton.width)
    assert ax.get_ylabel() == "width (m)"


def test_ensemble_is_a_band_and_their_median(ax):
    values = np.random.default_rng(1).standard_normal((7, 21))
    values[0, 3] = np.nan
    series = xr.DataArray(values, dims=("member", "t"), coords={"t": T}, name="u")
    band, median = pictures.picture("series")(series, ax)
    assert band.get_xy()[:, 1].max() <= np.nanmax(values)
    np.testing.assert_allclose(median.get_ydata(), np.nanmedian(values, axis=0), rtol=1e-15)
    assert ax.get_title() == "median and 90 % band of 7 members"


def test_further_dimension_gives_a_named_line_for_each_place(ax):
    orders = xr.DataArray(
        np.outer(T, [1.0, 2.0]), dims=("t", "q"), coords={"t": T, "q": [0.5, 2.0]}, name="renyi"
    )
    lines = pictures.picture("series")(orders, ax)
    assert [one.get_label() for one in lines] == ["q = 0.5", "q = 2"]
    np.testing.assert_array_equal(lines[1].get_ydata(), 2 * T)


def test_growth_over_decades_gets_a_logarithmic_axis(ax):
    pictures.picture("series")(xr.DataArray(np.exp(5 * T), dims="t", coords={"t": T}, name="growth"), ax)
    assert ax.get_yscale() == "log"


def test_drift_is_relative_to_the_start_and_zero_there(soliton):
    drift = relative_drift(soliton.mass)
    np.testing.assert_allclose(drift, np.abs(soliton.mass - soliton.mass[0]) / 4, rtol=1e-15)
    assert drift[0] == 0.0
    assert drift.attrs["units"] == "1"


@pytest.mark.parametrize(
    ("start", "scale", "expected"), [(0.0, None, 1e-6), (0.0, 10.0, 1e-7), (2.0, None, 5e-7)]
)
def test_drift_from_zero_is_absolute_or_in_the_scale_given(start, scale, expected):
    drift = relative_drift(xr.DataArray([start, start + 1e-6], dims="t", name="momentum"), scale)
    np.testing.assert_allclose(drift[1], expected, rtol=1e-9)  # start + 1e-6 is rounded to 2e-16


def test_drift_of_each_member_is_in_the_scale_of_the_attribute_or_its_own_start(ax):
    momentum = xr.DataArray([[1e-12, 2e-6], [40.0, 40.0 + 2e-6]], dims=("member", "t"), name="momentum")
    momentum.attrs["ergodica_scale"] = 4.0
    np.testing.assert_allclose(
        relative_drift(momentum)[:, 1], [5e-7, 5e-8], rtol=1e-6
    )  # 40 + 2e-6 is rounded
    pictures.picture("drift")(momentum, ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["momentum"]
    momentum.attrs["ergodica_scale"] = float("nan")
    np.testing.assert_allclose(relative_drift(momentum)[0, 1], 2e-6, rtol=1e-5)  # absolute, from 1e-12


def test_exact_zeros_have_a_place_on_the_drift_axis(soliton, ax):
    (line,) = pictures.picture("drift")(soliton.energy, ax)
    np.testing.assert_array_equal(line.get_ydata(), 0.0)
    low, high = ax.get_ylim()
    assert low == 0.0 < high
    assert np.isfinite(ax.transData.transform(np.column_stack([T, line.get_ydata()]))).all()


def test_drift_is_shown_of_what_attributes_or_config_call_conserved(soliton):
    assert conserved(soliton) == ("mass", "energy")
    broken = soliton.assign_attrs(ergodica_config="not json")
    assert conserved(broken) == ("mass",)


def test_unsigned_integers_do_not_wrap_around_in_the_drift():
    counts = xr.DataArray(np.array([5, 3], dtype=np.uint8), dims="t", name="count")
    np.testing.assert_allclose(relative_drift(counts), [0.0, 0.4])


# --- other kinds ----------------------------------------------------------------------------------------------


def test_spectrum_is_logarithmic_and_sorted_along_k(ax):
    k = np.fft.fftfreq(16)
    power = xr.DataArray(np.exp(-(k**2)), dims="k", coords={"k": k}, name="power")
    power.attrs["ergodica_kind"] = "spectrum"
    (line,) = pictures.picture("spectrum")(power, ax)
    np.testing.assert_array_equal(line.get_xdata(), np.sort(k))
    assert ax.get_yscale() == "log"


def test_spectrum_over_time_leaves_zeros_out(ax):
    power = xr.DataArray(np.ones((3, 4)), dims=("t", "k"), name="power")
    power[1, 2] = 0.0
    (drawn,) = pictures.picture("spectrum")(power, ax)
    ax.figure.canvas.draw()
    assert np.isnan(np.ma.getdata(drawn.get_array())[1, 2]) or np.ma.getmaskarray(drawn.get_array())[1, 2]


@pytest.mark.parametrize("components", [1, 2, 3])
def test_states_are_drawn_as_lines_and_portrait(components):
    names = ["x", "y", "z"][:components]
    states = xr.Dataset(
        {
            "state": variable(
                np.random.default_rng(2).standard_normal((21, components)), ("t", "component"), "states"
            )
        },
        {"t": T, "component_name": ("component", names)},
    )
    figure = pictures.figure(states)
    figure.canvas.draw()
    assert len(figure.axes) == (1 if components == 1 else 2)
    assert (figure.axes[0].name == "3d") == (components == 3)


def test_portrait_is_the_orbit(ax):
    orbit = np.random.default_rng(3).standard_normal((21, 2))
    line, start = portrait(xr.DataArray(orbit, dims=("t", "component"), name="state"), ax)
    np.testing.assert_array_equal(line.get_xydata(), orbit)
    np.testing.assert_array_equal(start.get_xydata(), orbit[:1])


@pytest.mark.parametrize("space", [2, 3])
def test_agents_are_drawn_where_they_are(space):
    positions = np.random.default_rng(4).standard_normal((5, 30, space))
    agents = xr.DataArray(positions, dims=("t", "particle", "space"), name="position")
    agents.attrs["ergodica_kind"] = "agents"
    figure = pictures.figure(agents)
    figure.canvas.draw()
    (scatter,) = figure.axes[0].collections
    if space == 2:
        np.testing.assert_array_equal(scatter.get_offsets(), positions[-1])


def test_plane_is_a_scatter_with_named_axes(ax):
    points = np.random.default_rng(5).random((21, 2))
    plane = xr.DataArray(
        points,
        dims=("t", "axis"),
        coords={"t": T, "axis_name": ("axis", ["entropy", "complexity"])},
        name="point",
    )
    (scatter,) = pictures.picture("plane")(plane, ax)
    np.testing.assert_array_equal(scatter.get_offsets(), points)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("entropy", "complexity")


# --- overview -------------------------------------------------------------------------------------------------


def test_overview_shows_field_drift_and_the_other_series(soliton):
    figure = pictures.figure(soliton)
    figure.canvas.draw()
    expected = ["time (s)", r"$|\psi|$", r"$|\psi|$", "relative drift", "width (m)"]
    assert sorted(text for _, text in labels_of(figure) if text) == sorted(expected)
    assert figure.get_suptitle() == "One soliton"


def test_overview_clips_and_overlaps_no_words(soliton):
    long = "a rather long description of what this quantity is and of how it was measured over the whole box"
    soliton["width"].attrs["long_name"] = long
    figure = pictures.figure(soliton.assign_attrs(title=long + " " + long))
    figure.canvas.draw()
    canvas = figure.bbox
    boxes = [one.get_tightbbox() for one in figure.axes]
    for box in boxes:
        assert box.x0 >= canvas.x0 - 1
        assert box.x1 <= canvas.x1 + 1
        assert box.y0 >= canvas.y0 - 1
        assert box.y1 <= canvas.y1 + 1
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


def test_tree_of_entropies_has_a_panel_for_each_group_and_quantity():
    entropies = xr.Dataset(
        {
            "shannon": variable(3 + T, ("t",), "series", "nat", "Shannon entropy"),
            "renyi": variable(2 + T, ("t",), "series", "nat", "Renyi entropy"),
            "complexity": variable(0.1 + 0.01 * T, ("t",), "series", "1", "complexity"),
        },
        {"t": T},
    )
    tree = xr.DataTree.from_dict(
        {"/space": entropies, "/spectrum": entropies[["shannon"]], "/restart": entropies}
    )
    figure = pictures.figure(tree)
    assert [one.get_title() for one in figure.axes] == [
        "space: entropies",
        "space: complexity",
        "spectrum: entropy",
    ]
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["Shannon", "Renyi"]


def test_pair_without_attributes_is_joined_by_its_names(soliton):
    foreign = xr.Dataset({name: soliton[name].variable for name in ("psi_real", "psi_imag")}, soliton.coords)
    for one in foreign.data_vars.values():
        one.attrs.clear()
    figure = pictures.figure(foreign, variable="psi")
    (image,) = figure.axes[0].images
    np.testing.assert_allclose(image.get_array(), np.hypot(soliton.psi_real, soliton.psi_imag), rtol=1e-15)


def test_member_is_chosen_and_named(soliton):
    ensemble = xr.concat([soliton, soliton * 2], "member", data_vars="all")
    for name in soliton.data_vars:
        ensemble[name].attrs = soliton[name].attrs
    figure = pictures.figure(ensemble, member=1)
    (image,) = figure.axes[0].images
    np.testing.assert_allclose(
        image.get_array(), 2 * np.hypot(soliton.psi_real, soliton.psi_imag), rtol=1e-15
    )
    assert figure.axes[0].get_title() == "member 1 (0 to 1)"
    with pytest.raises(ValueError, match="member: must be between 0 and 1, got 7"):
        pictures.figure(ensemble, member=7)


def test_a_series_of_one_member_is_one_line():
    widths = xr.DataArray(
        np.outer([1.0, 2.0, 3.0], 1 + T), dims=("member", "t"), coords={"t": T}, name="width"
    )
    (ax,) = pictures.figure(widths.to_dataset(), variable="width", member=2).axes
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_ydata(), 3 * (1 + T))
    assert ax.get_title() == "member 2 (0 to 2)"


def test_members_go_by_their_numbers(soliton):
    ensemble = xr.concat([soliton, soliton * 2, soliton * 3], "member", data_vars="all")
    ensemble = ensemble.assign_coords(member=[2, 3, 9])
    figure = pictures.figure(ensemble, variable="psi_real", member=9)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), 3 * soliton.psi_real)
    assert figure.axes[0].get_title() == "member 9 (2 to 9)"
    with pytest.raises(ValueError, match="member: must be one of 2, 3, 9, got 4"):
        pictures.figure(ensemble, member=4)


@pytest.mark.parametrize("ending", ["png", "gif"])
@pytest.mark.parametrize("member", [0, 7, -1, True, 1.5])
def test_a_member_of_what_has_none_is_refused(soliton, tmp_path, ending, member):
    with pytest.raises(ValueError, match="member: must be left out where there are no members"):
        pictures.plot(soliton, tmp_path / f"run.{ending}", member=member)
    ensemble = xr.concat([soliton] * 3, "member", data_vars="all")
    if member != 0:
        with pytest.raises(ValueError, match="member: must be between 0 and 2"):
            pictures.plot(ensemble, tmp_path / f"run.{ending}", member=member)


def test_a_part_of_a_complex_field_is_drawn_under_its_own_name(soliton, tmp_path):
    figure = pictures.figure(soliton, variable="psi_real")
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), soliton.psi_real)
    tree = xr.DataTree.from_dict({"/run": soliton})
    inner = pictures.figure(tree, variable="run/psi_imag")
    np.testing.assert_array_equal(inner.axes[0].images[0].get_array(), soliton.psi_imag)
    assert frames_of(pictures.animate(soliton, tmp_path / "real.gif", variable="psi_real", frames=2)) == 2


def test_a_complex_field_at_one_place_is_lines_over_time(soliton):
    place = soliton.isel(x=10)
    psi = (soliton.psi_real + 1j * soliton.psi_imag).isel(x=10).values
    figure = pictures.figure(place)
    real, imaginary, magnitude = figure.axes[0].lines
    np.testing.assert_array_equal(real.get_ydata(), psi.real)
    np.testing.assert_array_equal(imaginary.get_ydata(), psi.imag)
    np.testing.assert_allclose(magnitude.get_ydata(), np.abs(psi), rtol=1e-15)
    np.testing.assert_array_equal(magnitude.get_xdata(), T)
    assert figure.axes[0].get_xlabel() == "time (s)"


def test_a_field_at_one_place_and_time_is_lines_over_the_members(soliton):
    ensemble = xr.concat([soliton, soliton * 2, soliton * 3], "member", data_vars="all")
    figure = pictures.figure(ensemble.isel(x=10, t=3), variable="psi")
    assert len(figure.axes[0].lines[0].get_ydata()) == 3


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


def test_every_registered_kind_has_a_picture_named_after_it():
    assert {"field", "series", "drift", "spectrum", "plane", "states", "agents"} <= set(pictures.kinds())
    assert all(pictures.picture(kind).kind == kind for kind in pictures.kinds())


def test_new_kind_is_drawn_once_registered(soliton, monkeypatch):
    from ergodica.data.pictures import registry

    monkeypatch.setattr(registry, "_PICTURES", dict(registry._PICTURES))
    pictures.register(pictures.Picture(kind="dots", draw=lambda one, ax: ax.plot(one.values, "o")))
    soliton["width"].attrs["ergodica_kind"] = "dots"
    figure = pictures.figure(soliton, variable="width")
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), soliton.width)


# --- thinning -------------------------------------------------------------------------------------------------


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


# --- words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attrs", "expected"),
    [
        ({"long_name": "time", "units": "1"}, "time"),
        ({"long_name": "time", "units": "s"}, "time (s)"),
        ({}, "u"),
        ({"long_name": "cost in $ or $"}, r"cost in \$ or \$"),
    ],
)
def test_label_is_long_name_and_units(attrs, expected):
    assert label(xr.DataArray(0.0, name="u", attrs=attrs)) == expected


def test_legend_takes_the_words_before_the_comma():
    assert short(xr.DataArray(0.0, name="mass", attrs={"long_name": "mass, integral of |psi|^2"})) == "mass"
    assert short(xr.DataArray(0.0, name="e", attrs={"long_name": "x" * 50})) == "e"


def test_legends_of_several_leave_out_what_all_end_with():
    words = [
        "Shannon entropy of the spatial density",
        "Renyi entropy of order 2 of the spatial density",
    ]
    arrays = [xr.DataArray(0.0, name=f"h_{i}", attrs={"long_name": one}) for i, one in enumerate(words)]
    assert shorts(arrays) == ["Shannon entropy", "Renyi entropy of order 2"]
    assert shorts(arrays, said=True) == ["Shannon", "Renyi, order 2"]
    assert noun(arrays[1]) == "entropy"
    arrays[1].attrs = arrays[0].attrs
    assert shorts(arrays) == ["h 0", "h 1"]


def test_legends_of_entropies_and_complexities_are_short():
    words = {
        "a": "normalized Shannon entropy of the spatial density",
        "b": "normalized Renyi entropy of order inf of the spatial density",
        "c": "Tsallis entropy of order 2 of the spatial density",
        "d": "normalized Tsallis entropy of order 2 of the spatial density",
        "e": "statistical complexity (Lopez-Ruiz, Mancini, Calbet) of the spatial density",
        "f": "statistical complexity (Jensen-Shannon) of the spatial density",
    }
    arrays = [xr.DataArray(0.0, name=name, attrs={"long_name": one}) for name, one in words.items()]
    assert shorts(arrays[:4], said=True) == [
        "Shannon",
        "Renyi, order ∞",
        "Tsallis, order 2 (not normalized)",
        "Tsallis, order 2",
    ]
    assert shorts([*arrays[:2], arrays[3]], said=True) == ["Shannon", "Renyi, order ∞", "Tsallis, order 2"]
    assert shorts(arrays[4:], said=True) == ["Lopez-Ruiz, Mancini, Calbet", "Jensen-Shannon"]
    assert shorts([arrays[0], arrays[4]], said=True) == ["a", "e"]


def test_panels_of_a_group_have_titles_of_their_own():
    entropies = xr.Dataset(
        {
            "shannon": variable(3 + T, ("t",), "series", "nat", "Shannon entropy"),
            "renyi": variable(2 + T, ("t",), "series", "nat", "Renyi entropy of order 2"),
            "one": variable(0.5 + 0.1 * T, ("t",), "series", "1", "normalized Shannon entropy"),
            "two": variable(0.4 + 0.1 * T, ("t",), "series", "1", "Tsallis entropy of order 2"),
            "lmc": variable(1e-9 * 10**T, ("t",), "series", "1", "statistical complexity (Lopez-Ruiz)"),
            "js": variable(
                0.3 * 10 ** (T - 2), ("t",), "series", "1", "statistical complexity (Jensen-Shannon)"
            ),
        },
        {"t": T},
    )
    figure = pictures.figure(xr.DataTree.from_dict({"/space": entropies, "/spectrum": entropies}))
    titles = [one.get_title() for one in figure.axes]
    assert titles[:3] == ["space: entropies", "space: normalized", "space: complexities"]
    assert len(set(titles)) == 6
    figure.canvas.draw()
    # the room for the legend is no room on a logarithmic axis
    assert figure.axes[2].get_yscale() == "log"
    assert figure.axes[2].get_ylim()[1] < 1.0
    legend = figure.axes[2].get_legend().get_window_extent()
    assert not legend.overlaps(figure.axes[2].title.get_window_extent())


def test_a_line_upon_another_is_dashed(ax):
    pair = xr.Dataset(
        {
            "one": variable(1 + T, ("t",), "series", "V", "first"),
            "two": variable(1.001 + T, ("t",), "series", "V", "second"),
            "three": variable(3 - T, ("t",), "series", "V", "third"),
        },
        {"t": T},
    )
    one, two, three = pictures.picture("series")(pair, ax)
    assert (one.get_linestyle(), two.get_linestyle(), three.get_linestyle()) == ("-", "--", "-")


def test_pure_numbers_share_axes_only_when_they_are_of_one_sort():
    quantities = xr.Dataset(
        {
            "shannon": variable(0.5 + 0.1 * T, ("t",), "series", long_name="normalized Shannon entropy"),
            "renyi": variable(0.4 + 0.1 * T, ("t",), "series", long_name="normalized Renyi entropy"),
            "complexity": variable(0.3 + 0.1 * T, ("t",), "series", long_name="statistical complexity"),
            "up": variable(T - 1, ("t",), "series", units="V", long_name="voltage"),
            "far_up": variable(1e6 * (T - 1), ("t",), "series", units="V", long_name="voltage there"),
        },
        {"t": T},
    )
    figure = pictures.figure(quantities)
    assert [text for _, text in labels_of(figure)] == [
        "entropy",
        "statistical complexity",
        "voltage (V)",
        "voltage there (V)",
    ]


@pytest.mark.parametrize("lines", [2, 3, 6, 12])
def test_legend_hides_no_line(lines):
    orders = xr.DataArray(
        1 + 0.001 * np.outer(T, np.arange(lines)),
        dims=("t", "q"),
        coords={"t": T, "q": np.arange(lines)},
        name="u",
        attrs={"ergodica_kind": "series"},
    )
    figure = pictures.figure(orders)
    figure.canvas.draw()
    (ax,) = figure.axes
    box = ax.get_legend().get_window_extent()
    highest = max(ax.transData.transform(one.get_xydata())[:, 1].max() for one in ax.lines)
    assert box.y0 > highest or box.x0 >= ax.bbox.x1 - 1


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0.0, 1.0], ["$t$ = 0", "$t$ = 1"]),
        ([0.0, 0.25, 0.5], ["$t$ = 0.00", "$t$ = 0.25", "$t$ = 0.50"]),
        ([3.125], ["$t$ = 3.125"]),
        ([0.0], ["$t$ = 0"]),
    ],
)
def test_time_stamps_have_the_digits_they_need(times, expected):
    assert stamp(np.array(times)) == expected


def test_time_stamps_of_neighbours_differ():
    times = np.linspace(0, 1, 1000)
    assert len(set(stamp(times))) == 1000


# --- animations -----------------------------------------------------------------------------------------------


def frames_of(path):
    with Image.open(path) as image:
        return image.n_frames


@pytest.mark.parametrize(("frames", "expected"), [(150, 21), (6, 6), (2, 2)])
def test_gif_has_the_frames_asked_for_or_all_there_are(soliton, tmp_path, frames, expected):
    done = []
    path = pictures.animate(
        soliton,
        tmp_path / "run.gif",
        frames=frames,
        fps=25,
        progress=lambda count, total: done.append((count, total)),
    )
    assert frames_of(path) == expected
    assert done == [(count, expected) for count in range(1, expected + 1)]
    with Image.open(path) as image:
        assert image.info["duration"] == 40
        assert image.info["loop"] == 0


def test_gif_moves_and_keeps_its_axes_and_its_white(soliton, tmp_path):
    path = pictures.animate(soliton, tmp_path / "run.gif")
    with Image.open(path) as image:
        first = np.asarray(image.convert("RGB"), dtype=int)
        image.seek(20)
        last = np.asarray(image.convert("RGB"), dtype=int)
    assert (first[2, 2] == 255).all()
    changed = np.abs(first - last).sum(axis=2) > 0
    height = changed.shape[0]
    assert changed[: int(0.85 * height)].any()
    assert not changed[int(0.9 * height) :].any()


def test_ensemble_states_agents_and_spectra_move(soliton, tmp_path):
    rng = np.random.default_rng(9)
    cases = {
        "states": (("t", "component"), (4, 3)),
        "agents": (("member", "t", "particle", "space"), (2, 4, 9, 2)),
        "spectrum": (("t", "k"), (4, 16)),
        "field": (("t", "y", "x"), (4, 8, 9)),
    }
    for kind, (dims, shape) in cases.items():
        one = xr.DataArray(rng.random(shape), dims=dims, name="u", attrs={"ergodica_kind": kind})
        assert frames_of(pictures.plot(one, tmp_path / f"{kind}.gif", fps=10)) == 4


def test_still_data_keep_their_number_of_frames(soliton, tmp_path):
    soliton = soliton.copy(deep=True)
    soliton["psi_real"][:] = 1.0
    soliton["psi_imag"][:] = 0.0
    assert frames_of(pictures.animate(soliton, tmp_path / "still.gif")) == 21


def test_mp4_frames_reach_ffmpeg(soliton, tmp_path, monkeypatch):
    # stands in for ffmpeg: counts the bytes of the raw frames
    program = tmp_path / "ffmpeg"
    program.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "open(sys.argv[-1], 'w').write(str(len(sys.stdin.buffer.read())) + ' ' + ' '.join(sys.argv))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    path = pictures.animate(soliton, tmp_path / "run.mp4", frames=5)
    size, *arguments = path.read_text().split()
    width, height = map(int, arguments[arguments.index("-s") + 1].split("x"))
    assert int(size) == 5 * width * height * 3
    assert sorted(one.name for one in tmp_path.iterdir()) == ["ffmpeg", "run.mp4"]


def test_failing_ffmpeg_is_reported_in_its_words(soliton, tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('Unknown encoder libx264')\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match=r"Unknown encoder libx264.*\.gif"):
        pictures.animate(soliton, tmp_path / "run.mp4", frames=5)
    assert [one.name for one in tmp_path.iterdir()] == ["ffmpeg"]


# --- errors ---------------------------------------------------------------------------------------------------


def test_mp4_without_ffmpeg_names_the_remedy(soliton, tmp_path, monkeypatch):
    monkeypatch.setattr("ergodica.data.pictures.encoders.ffmpeg", lambda: None)
    with pytest.raises(ValueError, match=r"ffmpeg.*\.gif.*ergodica\[video\]"):
        pictures.animate(soliton, tmp_path / "run.mp4")


def test_zero_frames_are_refused(soliton, tmp_path):
    empty = soliton.isel(t=slice(0, 0))
    with pytest.raises(ValueError, match="at least 1 frame over t, got 0; run it first"):
        pictures.figure(empty)
    with pytest.raises(ValueError, match="at least 2 frames over t, got 0"):
        pictures.animate(empty, tmp_path / "run.gif")


def test_one_frame_is_drawn_but_not_animated(soliton, tmp_path):
    one = soliton.isel(t=[0])
    pictures.figure(one).canvas.draw()
    with pytest.raises(ValueError, match=r"at least 2 frames over t, got 1; .*still"):
        pictures.animate(one, tmp_path / "run.gif")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("run.xyz", {}, r"path: must end with one of .*\.gif"),
        ("no/run.png", {}, r"path: must be in a folder that is there"),
        ("run.png", {"variable": "phi"}, r"variable: must be one of the dataset's \(.*psi.*\), got 'phi'"),
        ("run.png", {"fps": 10}, r"fps: only an animation"),
        ("run.gif", {"fps": 0}, r"fps: must be above 0"),
        ("run.gif", {"fps": 60}, r"at most 50 for \.gif, got 60"),
        ("run.gif", {"frames": 1}, r"frames: must be at least 2, got 1"),
        ("run.gif", {"dpi": 1e6}, r"dpi: must be between 20 and 600, got 1e\+06; choose 100"),
        ("run.png", {"dpi": 0}, r"dpi: must be between 20 and 1200, got 0; choose 150"),
        ("run.png", {"dpi": -5}, r"dpi: must be between 20 and 1200, got -5"),
        ("run.png", {"dpi": float("nan")}, r"dpi: must be between 20 and 1200, got nan"),
        ("run.svg", {"dpi": 1e9}, r"dpi: must be between 20 and 1200, got 1e\+09"),
        ("run.gif", {"dpi": float("inf")}, r"dpi: must be between 20 and 600, got inf"),
        ("run.png", {"dpi": "300"}, r"dpi: must be between 20 and 1200, got '300'"),
        ("run.gif", {"variable": "width"}, r"variable: must be a field.*got width"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(soliton, tmp_path, name, options, message):
    with pytest.raises(ValueError, match=message) as caught:
        pictures.plot(soliton, tmp_path / name, **options)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_unknown_kind_names_the_known_ones(soliton):
    soliton["width"].attrs["ergodica_kind"] = "hologram"
    with pytest.raises(ValueError, match=r"agents, .*drift, .*field, .*got 'hologram'"):
        pictures.figure(soliton)


def test_empty_dataset_is_refused():
    with pytest.raises(ValueError, match="must hold a variable that can be drawn"):
        pictures.figure(xr.Dataset())


# --- no global state ------------------------------------------------------------------------------------------


def test_import_is_light_and_drawing_needs_no_pyplot(tmp_path):
    code = (
        "import sys; from ergodica.data import pictures\n"
        "assert not {'matplotlib', 'xarray', 'pandas', 'PIL'} & set(sys.modules), sys.modules.keys()\n"
        "import numpy as np, xarray as xr\n"
        "u = xr.DataArray(np.random.rand(4, 8), dims=('t', 'x'), name='u')\n"
        f"pictures.plot(u, {str(tmp_path / 'u.png')!r}); pictures.animate(u, {str(tmp_path / 'u.gif')!r})\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    assert {one.name for one in Path(tmp_path).iterdir()} == {"u.png", "u.gif"}


def test_figures_are_drawn_in_threads(soliton, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        paths = list(
            pool.map(lambda number: pictures.plot(soliton, tmp_path / f"{number}.png", dpi=50), range(4))
        )
    assert len({path.read_bytes() for path in paths}) == 1


def test_notebooks_can_show_a_figure(soliton):
    assert pictures.figure(soliton)._repr_png_().startswith(b"\x89PNG")
