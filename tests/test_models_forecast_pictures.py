"""Forecasts are drawn with their bands, and with what came."""

import numpy as np
import pytest

from ergodica import data, models
from ergodica.data.pictures import figure, kind_of
from ergodica.data.pictures.companions import TRUTH
from ergodica.data.pictures.forecast import forecast
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


def test_a_run_of_other_times_or_without_the_variable_is_refused():
    known, to_come = split(run())
    found = models.forecast.Persistence().fit(known).forecast(horizon=10)
    with pytest.raises(ParameterError, match=r"run: must hold the times of the forecast, 15 to 19\.5, got 0"):
        models.forecast.beside(found, known)
    with pytest.raises(ParameterError, match="run: state: must be a variable"):
        models.forecast.beside(found, to_come.drop_vars("state"))
