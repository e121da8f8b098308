"""Pictures of scores: what is drawn where, also where models failed and names are missing."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ergodica.data.pictures import figure
from ergodica.data.pictures.scores import distribution, panels, scores


def table(values, **names):
    values = np.asarray(values, float)
    dims = ("system", "model", "condition", "start", "horizon")[: values.ndim]
    coordinates = {f"{dim}_name": (dim, one) for dim, one in names.items()}
    attrs = {"units": "%", "long_name": "error", "ergodica_kind": "scores"}
    return xr.DataArray(values, dims=dims, coords=coordinates, attrs=attrs, name="error")


def axes():
    return Figure().add_subplot()


def test_rows_and_columns_are_ordered_by_their_medians_and_named():
    ax = axes()
    (mesh,) = scores(
        table([[3.0, 1.0], [9.0, 6.0], [2.0, 0.0]], model=["bad", "good"], system=["a", "b", "c"]), ax
    )
    assert [one.get_text() for one in ax.get_yticklabels()] == ["good", "bad"]
    assert [one.get_text() for one in ax.get_xticklabels()] == ["c", "a", "b"]
    np.testing.assert_array_equal(mesh.get_array().reshape(2, 3), [[0, 1, 6], [2, 3, 9]])


def test_the_last_horizon_and_the_median_over_starts_are_shown():
    values = np.zeros((1, 1, 2, 3, 2))
    values[0, 0, 1, :, 1] = [1.0, 7.0, 2.0]
    (mesh,) = scores(table(values, condition=["clean", "noisy"]), ax := axes(), condition=1)
    assert mesh.get_array().ravel() == [2.0]
    assert ax.get_title() == "noisy"


def test_failures_are_grey_and_their_line_ends_below_one():
    nan = np.nan
    made = table([[1.0, 2.0], [3.0, nan], [4.0, nan], [nan, nan]], model=["a", "b"])
    (mesh,) = scores(made, axes())
    assert mesh.get_array().mask.sum() == 4
    first, second = distribution(made, ax := axes())
    np.testing.assert_allclose(first.get_xdata(), [1, 1, 3, 4])
    np.testing.assert_allclose(first.get_ydata(), [0, 1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(second.get_ydata(), [0, 1 / 3])
    assert [one.get_text() for one in ax.get_legend().get_texts()] == ["a", "b"]


def test_a_start_that_failed_counts_as_the_worst_and_one_that_was_not_tried_does_not_count():
    nan = np.nan
    values = np.array([[[1.0, nan, nan], [2.0, 2.0, 2.0]], [[3.0, 4.0, nan], [9.0, 9.0, 9.0]]])
    failed = np.zeros((2, 2, 1, 3))
    failed[0, 0, 0, 1:] = 1
    made = table(values[:, :, None], model=["a", "b"], system=["u", "v"])
    (mesh,) = scores(made.assign_coords(failed=(made.dims, failed)), ax := axes())
    assert [one.get_text() for one in ax.get_yticklabels()] == ["b", "a"]
    assert [one.get_text() for one in ax.get_xticklabels()] == ["v", "u"]
    # of the two starts of a on v that were tried the mean; two of three on u failed, and so is their median
    assert mesh.get_array().reshape(2, 2).tolist() == [[9.0, 2.0], [3.5, None]]
    # without word of failures, what another model has a score of failed
    (mesh,) = scores(made, axes())
    assert mesh.get_array().reshape(2, 2).tolist() == [[9.0, 2.0], [4.0, None]]


def test_where_larger_is_better_the_best_model_is_first_and_its_line_the_highest():
    made = table([[1.0, 8.0, 0.0], [2.0, 9.0, 0.0], [3.0, 4.0, 7.0]], model=["good", "best", "fails"])
    made.attrs["worst_score"] = 0.0
    scores(made, ax := axes())
    assert [one.get_text() for one in ax.get_yticklabels()] == ["best", "good", "fails"]
    first, second, third = distribution(made, ax := axes())
    np.testing.assert_allclose(first.get_xdata(), [0, 4, 8, 9])
    np.testing.assert_allclose(first.get_ydata(), [1, 2 / 3, 1 / 3, 0])
    assert [one.get_label() for one in (first, second, third)] == ["best", "good", "fails"]
    # two failures are at 0
    np.testing.assert_allclose(third.get_ydata(), [1, 2 / 3, 1 / 3, 0])
    np.testing.assert_allclose(third.get_xdata(), [0, 0, 0, 7])
    assert ax.get_ylabel() == "share of systems above"


def test_scores_over_decades_have_a_logarithmic_axis_that_all_conditions_share():
    made = table(np.geomspace(1e-12, 100, 8).reshape(2, 2, 2))
    seen = []
    for condition in (0, 1):
        distribution(made, ax := axes(), condition=condition)
        assert ax.get_xscale() == "log"
        seen.append(ax.get_xlim())
    assert seen[0] == seen[1] == (1e-3, 100.0)
    distribution(table([[1.0, 2.0]]), ax := axes())
    assert ax.get_xscale() == "linear"


def test_an_overview_has_a_map_and_a_line_for_each_condition():
    made = table(np.random.default_rng(0).random((5, 2, 3)))
    assert [one.shape for one in panels(made)] == ["map", "line", "line", "line"]
    drawn = figure(made.to_dataset())
    drawn.canvas.draw()
    assert len(drawn.axes) == 5  # and the colour bar


def test_nothing_at_all_is_drawn_as_grey_and_other_dims_are_refused():
    empty = table(np.full((3, 2), np.nan))
    scores(empty, axes())
    assert distribution(empty, axes()) == []
    with pytest.raises(ValueError, match="scores must have the dims system and model"):
        scores(xr.DataArray(np.zeros((2, 2)), dims=("x", "y"), name="error"), axes())


def test_a_model_keeps_its_look_where_others_are_added_that_are_better():
    few = table([[3.0, 5.0], [4.0, 6.0]], model=["a", "b"])
    more = table([[3.0, 5.0, 1.0], [4.0, 6.0, 2.0]], model=["a", "b", "best"])
    looks = []
    for made in (few, more):
        lines = distribution(made, axes())
        looks.append({one.get_label(): (one.get_color(), one.get_linestyle()) for one in lines})
    assert list(looks[1]) == ["best", "a", "b"]
    assert looks[0] == {name: looks[1][name] for name in "ab"}
    assert len(set(looks[1].values())) == 3


def test_a_line_along_the_frame_is_drawn_over_it_in_its_full_width():
    # what is as good as can be goes up along the left edge, what is as bad along the right one
    made = table([[0.0, 9.0], [0.0, 9.0], [0.0, 9.0]], model=["best", "worst"])
    drawn = Figure(dpi=100)
    lines = distribution(made, ax := drawn.add_subplot())
    canvas = FigureCanvasAgg(drawn)
    for line, edge in zip(lines, ax.get_xlim(), strict=True):
        line.set_color("red")
        canvas.draw()
        image = np.asarray(canvas.buffer_rgba()).astype(float)
        # beside the ticks
        x, y = ax.transData.transform((edge, 0.6)).round().astype(int)
        row = image[len(image) - y, x - 5 : x + 6]
        # 1.5 points are 2.08 pixels
        assert (row[:, 0] - row[:, 1]).sum() / 255 == pytest.approx(2.08, abs=0.3)
        line.set_visible(False)


def test_a_model_keeps_its_colour_where_another_is_the_best_or_it_is_alone():
    values = np.stack([[[1.0, 5.0], [2.0, 6.0]], [[np.nan, 3.0], [np.nan, 4.0]]], axis=2)
    made = table(values, model=["a", "b"], condition=["clean", "noisy"])
    seen = []
    for condition in (0, 1):
        lines = distribution(made, ax := axes(), condition=condition)
        seen.append({one.get_label(): one.get_color() for one in lines})
        assert [one.get_text() for one in ax.get_legend().get_texts()] == list(seen[-1])
    assert list(seen[0]) == ["a", "b"]
    assert seen[1] == {"b": seen[0]["b"]}
