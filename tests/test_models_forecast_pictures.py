"""Forecasts are drawn with their bands, and with what came."""

import numpy as np
import pytest

from ergodica import data, estimators, models
from ergodica.data.pictures import figure, kind_of
from ergodica.data.pictures.companions import TRUTH
from ergodica.data.pictures.forecast import forecast, overlay
from ergodica.data.pictures.select import variables
from ergodica.numerics.errors import ParameterError


def run(members=None, components=3):
    rng = np.random.default_rng(1)
    lead = () if members is None else (members,)
    dims = (*(() if members is None else ("member",)), "t", "component")
    return data.from_arrays(
        {"state": rng.normal(size=(*lead, 40, components)).cumsum(axis=-2)},
        title="walk",
        t=0.5 * np.arange(40),
        dims={"state": dims},
        units={"state": "1"},
        coordinates={"component": ["x", "y", "z"][:components]},
    )


def split(ds):
    return ds.isel(t=slice(30)), ds.isel(t=slice(30, None))


def wave():
    x, t = np.linspace(0, 6, 16), np.arange(40.0)
    return data.from_arrays(
        {"psi": np.exp(1j * (x - 0.1 * t[:, None]))},
        title="wave",
        t=t,
        dims={"psi": ("t", "x")},
        units={"psi": "1"},
        coordinates={"x": x},
    )


def made(ds, variables=None, **options):
    known, to_come = split(ds)
    forecaster = models.forecast.Persistence().fit(known, variables)
    return models.forecast.beside(forecaster.forecast(horizon=10, **options), to_come)


@pytest.mark.parametrize("members", [None, 2])
@pytest.mark.parametrize("draws", [None, 7])
def test_what_came_lies_beside_and_is_drawn_with_it(members, draws):
    ds = made(run(members), members=draws)
    assert data.check(ds) == []
    np.testing.assert_array_equal(ds.state_truth.values, split(run(members))[1].state.values)
    drawn = variables(ds)["state"]
    assert kind_of(drawn) == "forecast"
    assert TRUTH in drawn.coords
    axes = figure(ds).axes
    # the orbit in space and three components; the truth has no panel of its own
    assert len(axes) == 4
    words = axes[1].get_legend_handles_labels()[1]
    assert "what came" in words
    assert ("median" in words) is (draws is not None)


@pytest.mark.parametrize(("counted", "styles"), [(True, {"None"}), (False, {"-", "--"})])
def test_nothing_is_drawn_between_the_points_of_a_map(counted, styles):
    walk = run(components=2)
    if counted:
        walk["t"].attrs["long_name"] = "iterations"
    orbit, *components = figure(made(walk, members=7)).axes
    assert orbit.get_legend_handles_labels()[1] == ["what came", "one draw", "its start"]
    assert {line.get_linestyle() for line in orbit.lines[:2]} | {
        line.get_linestyle() for ax in components for line in ax.lines
    } == styles
    # points at the first and the last time lie on the frame, and are whole
    assert {line.get_clip_on() for ax in components for line in ax.lines} == {not counted}


def test_what_came_is_seen_beneath_a_forecast_that_is_right():
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    ds = made(run(components=2))
    ds["state"] = ds.state_truth.assign_attrs(ds.state.attrs)
    canvas = FigureCanvasAgg(Figure())
    came, said, _ = overlay(variables(ds)["state"], ax := canvas.figure.subplots())
    assert [one.get_label() for one in (came, said)] == ["what came", "forecast"]
    ax.set_axis_off()
    ax.get_legend().remove()
    came.set_color("red")
    seen = []
    for there in (True, False):
        said.set_visible(there)
        canvas.draw()
        image = np.asarray(canvas.buffer_rgba()).astype(float)
        seen.append((image[..., 0] - image[..., 2]).clip(0).sum())
    assert seen[0] > 0.4 * seen[1]


def test_the_bands_hold_the_shares_they_say():
    from matplotlib.figure import Figure

    ds = made(run(components=1), members=101)
    ax = Figure().subplots()
    bands = forecast(variables(ds)["state"], ax)[:2]
    values = np.sort(ds.state.values[-1, :, 0])
    for band, share in zip(bands, (0.05, 0.25), strict=True):
        edges = band.get_paths()[0].vertices
        at_end = edges[np.isclose(edges[:, 0], float(ds.t[-1])), 1]
        assert at_end.min() == pytest.approx(values[round(share * 100)])
        assert at_end.max() == pytest.approx(values[round((1 - share) * 100)])


def test_one_component_and_complex_fields_are_drawn():
    assert len(figure(made(run(), "y", members=5)).axes) == 1
    ds = made(wave(), members=5)
    assert data.check(ds) == []
    np.testing.assert_allclose(ds.ergodica.psi_truth, split(wave())[1].ergodica.psi)
    # three maps and their colour bars
    assert len(figure(ds).axes) == 6


def test_maps_of_a_forecast_and_of_what_came_have_one_scale_of_colours():
    x, t = np.linspace(0, 6, 16), np.arange(40.0)
    # positive as long as it is known, of both signs and larger in what comes
    values = (2 + np.sin(x)) * np.where(t < 30, 1.0, 30 - t)[:, None]
    ds = data.from_arrays(
        {"u": values},
        title="u",
        t=t,
        dims={"u": ("t", "x")},
        units={"u": "1"},
        coordinates={"x": x},
    )
    drawn = figure(made(ds, members=5))
    images = {ax.get_title(): ax.images[0] for ax in drawn.axes if ax.images}
    forecast_map, came = images["mean of the draws"], images["what came"]
    assert forecast_map.get_clim() == came.get_clim()
    assert forecast_map.get_cmap() == came.get_cmap()
    assert came.get_clim()[1] >= abs(values[30:]).max()


def test_a_picture_says_how_many_of_the_components_it_shows():
    rng = np.random.default_rng(3)
    many = rng.normal(size=(40, 9)).cumsum(axis=0)
    ds = data.from_arrays(
        {"state": many},
        title="walk",
        t=np.arange(40.0),
        dims={"state": ("t", "component")},
        units={"state": "1"},
    )
    titles = [ax.get_title() for ax in figure(made(ds, members=5)).axes]
    assert titles == ["", "the first 4 of 9 components", "", "", ""]


def test_what_lies_over_other_dims_than_components_is_drawn_by_its_places():
    rng = np.random.default_rng(3)
    ds = data.from_arrays(
        {"position": rng.normal(size=(40, 3, 2)).cumsum(axis=0)},
        title="walkers",
        t=np.arange(40.0),
        dims={"position": ("t", "particle", "space")},
        units={"position": "m"},
        kinds={"position": "agents"},
    )
    found = made(ds, members=5)
    axes = figure(found).axes
    assert [ax.get_ylabel() for ax in axes] == [f"position[{i},{j}] (m)" for i in (0, 1) for j in (0, 1)]
    assert axes[0].get_title() == "the first 4 of 6 components"
    (came,) = (line for line in axes[3].lines if line.get_label() == "what came")
    np.testing.assert_array_equal(came.get_ydata(), ds.position[30:, 1, 1])


def test_what_came_lies_beside_by_the_names_of_its_components():
    known, to_come = split(run())
    found = models.forecast.Persistence().fit(known).forecast(horizon=10)
    turned = to_come.isel(component=[2, 0, 1]).assign_coords(component=np.arange(3))
    beside = models.forecast.beside(found, turned)
    np.testing.assert_array_equal(beside.state_truth, to_come.state)
    scores = estimators.forecast_scores(found, turned)
    np.testing.assert_array_equal(scores.nrmse, estimators.forecast_scores(found, to_come).nrmse)
    with pytest.raises(
        ParameterError, match="run: must hold the component of the forecast, x, y, z, got x, y"
    ):
        models.forecast.beside(found, to_come.isel(component=[0, 1]))
    with pytest.raises(ParameterError, match="run: must have snapshots over t, got state over component"):
        models.forecast.beside(found, to_come.isel(t=0))


def test_a_run_of_other_times_or_without_the_variable_is_refused():
    known, to_come = split(run())
    found = models.forecast.Persistence().fit(known).forecast(horizon=10)
    with pytest.raises(ParameterError, match=r"run: must hold the t of the forecast, 15 to 19\.5, got 0"):
        models.forecast.beside(found, known)
    with pytest.raises(ParameterError, match="run: state: must be a variable"):
        models.forecast.beside(found, to_come.drop_vars("state"))
