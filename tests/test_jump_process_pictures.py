"""Pictures of the kinds that jump processes have: steps, shares of time, counts, events."""

import numpy as np
import pytest
import xarray as xr

from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure


@pytest.fixture
def ax():
    return new_figure(6, 4).add_subplot()


def states(values, members=None):
    values = np.asarray(values) if members is None else np.tile(values, (members, 1))
    dims = ("t",) if members is None else ("member", "t")
    coords = {"t": np.arange(values.shape[-1]) * 0.5}
    return xr.DataArray(values, dims=dims, coords=coords, name="state", attrs={"long_name": "state"})


def test_states_are_steps_until_the_next_snapshot(ax):
    (line,) = pictures.picture("jumps")(states([0, 2, 2, 1]), ax)
    assert line.get_drawstyle() == "steps-post"
    np.testing.assert_array_equal(line.get_ydata(), [0, 2, 2, 1])
    np.testing.assert_array_equal(ax.get_yticks(), [0, 1, 2])


def test_of_a_long_record_the_first_changes_are_drawn_and_the_title_says_so(ax):
    (line,) = pictures.picture("jumps")(states(np.arange(1000) % 20, members=3), ax, member=1)
    assert len(line.get_xdata()) == 61
    assert ax.get_title() == "the first 60 changes seen, member 1 (0 to 2)"
    assert len(ax.get_yticks()) < 20


def test_one_state_alone_is_a_line(ax):
    (line,) = pictures.picture("jumps")(states([3]), ax)
    assert line.get_ydata() == [3]
    ax.figure.canvas.draw()


def test_shares_of_time_add_up_to_one_at_every_snapshot(ax):
    t = np.arange(6.0)
    time = np.outer(t, [0.2, 0.3, 0.5])
    variable = xr.DataArray(
        time,
        dims=("t", "from_state"),
        coords={"t": t, "from_state_name": ("from_state", ["a", "b", "c"])},
        name="dwell_time",
    )
    lines = pictures.picture("occupation")(variable, ax)
    shares = np.array([line.get_ydata() for line in lines])
    assert np.isnan(shares[:, 0]).all()  # nothing has passed at the start
    np.testing.assert_allclose(shares[:, 1:].sum(axis=0), 1.0)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]


def test_shares_of_many_states_and_members_are_some_of_them(ax):
    time = np.ones((9, 4, 30)).cumsum(axis=1)
    variable = xr.DataArray(
        time, dims=("member", "t", "state"), coords={"t": np.arange(4.0)}, name="dwell_time"
    )
    artists = pictures.picture("occupation")(variable, ax)
    assert len(artists) == 12 * 2  # a band and a median each
    assert "the first 12 of 30 states" in ax.get_title()


def test_counts_stand_in_the_row_they_come_from_and_the_column_they_go_to(ax):
    counts = np.array([[[0, 0], [0, 0]], [[0, 7], [3, 0]]])
    image, *numbers = pictures.picture("transitions")(
        xr.DataArray(counts, dims=("t", "from_state", "to_state"), name="transitions"), ax
    )
    shown = np.ma.getdata(image.get_array())
    assert (shown[0, 1], shown[1, 0]) == (7, 3)
    assert {(text.get_text(), text.get_position()) for text in numbers} == {("7", (1, 0)), ("3", (0, 1))}
    bottom, top = ax.get_ylim()
    assert bottom > top


def test_counts_without_any_event_can_be_drawn(ax):
    zeros = xr.DataArray(np.zeros((9, 9), int), dims=("from_state", "to_state"), name="transitions")
    assert len(pictures.picture("transitions")(zeros, ax)) == 1
    ax.figure.canvas.draw()


def test_events_are_those_that_are_there(ax):
    times = xr.DataArray([[-1.0, -1.0], [0.2, 0.7], [1.1, -1.0]], dims=("t", "event"), name="event_time")
    (line,) = pictures.picture("events")(times, ax)
    np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(line.get_ydata(), [0.2, 0.7, 1.1])
    pictures.picture("events")(times.isel(t=[0]), ax)
    ax.figure.canvas.draw()


@pytest.mark.parametrize("kind", ["jumps", "occupation", "transitions", "events"])
def test_what_has_other_dimensions_is_refused_in_one_line(kind, ax):
    wrong = xr.DataArray(np.ones((2, 3, 4, 5)), dims=("t", "a", "b", "c"), name="wrong")
    with pytest.raises(ValueError, match=r"^wrong: .* must have dims \(t.*got .*; (choose|rename)") as caught:
        pictures.picture(kind)(wrong, ax)
    assert "\n" not in str(caught.value)
