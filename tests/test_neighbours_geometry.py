"""The box: wrapping, shortest displacements and centres, with periodic and open axes."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box, as_box, nearest_image, wrapped

BOXES = [Box((2.0,)), Box((3.0, 5.0)), Box((3.0, None)), Box((1.0, np.inf, 7.0)), Box.open(3)]


@pytest.mark.parametrize("box", BOXES)
def test_wrapping_keeps_the_place_and_lands_inside(box: Box) -> None:
    x = np.random.default_rng(0).uniform(-50, 50, (1000, box.dimensions))
    x[:4] = [[0.0], [-0.0], [-1e-20], [1e-300]]
    inside = box.wrap(x)
    for axis, length in enumerate(box.lengths):
        if np.isinf(length):
            assert np.array_equal(inside[:, axis], x[:, axis])
        else:
            assert np.all((inside[:, axis] >= 0) & (inside[:, axis] < length))
            periods = (x - inside)[:, axis] / length
            assert np.allclose(periods, np.rint(periods), atol=1e-14)  # one rounding of a number below 50
    assert np.array_equal(box.wrap(inside), inside)
    kernel_s = [[wrapped(v, p) for v, p in zip(row, box.periods, strict=False)] for row in x]
    assert np.array_equal(kernel_s, inside)


@pytest.mark.parametrize("box", BOXES)
def test_displacements_are_shortest_antisymmetric_and_blind_to_whole_periods(box: Box) -> None:
    rng = np.random.default_rng(1)
    a, b = (box.wrap(rng.uniform(-20, 20, (500, box.dimensions))) for _ in range(2))
    d = box.displacement(a, b)
    assert np.array_equal(d, -box.displacement(b, a))
    shift = np.where(box.periodic, np.nan_to_num(np.array(box.lengths), posinf=0), 0) * rng.integers(
        -9, 9, a.shape
    )
    assert np.allclose(box.displacement(a + shift, b), d, atol=1e-13)  # 9 periods of 7 cost their round-off
    expected = b - a
    for axis, length in enumerate(box.lengths):
        if np.isfinite(length):
            images = (b - a)[:, axis, None] + length * np.arange(-2, 3)
            expected[:, axis] = images[np.arange(500), np.abs(images).argmin(1)]
    assert np.allclose(d, expected, atol=1e-14)
    assert np.allclose(box.distance(a, b), np.linalg.norm(expected, axis=-1), rtol=1e-14)
    assert np.array_equal(
        [[nearest_image(v, p) for v, p in zip(r, box.periods, strict=False)] for r in b - a], d
    )


def test_at_half_a_period_the_displacement_changes_sign_with_its_ends() -> None:
    box = Box((1.0, 4.0))
    assert box.displacement([0.0, 3.0], [0.5, 1.0]).tolist() == [0.5, -2.0]
    assert box.displacement([0.5, 1.0], [0.0, 3.0]).tolist() == [-0.5, 2.0]
    assert (nearest_image(0.5, 1.0), nearest_image(-0.5, 1.0)) == (0.5, -0.5)


def test_the_centroid_of_a_lopsided_group_is_that_of_open_space_wherever_it_is() -> None:
    rng = np.random.default_rng(2)
    group = rng.exponential(0.4, (300, 3))
    group = group[np.all(group < 2.0, axis=1)]  # within half a box of the circular mean
    box, mean = Box((5.0, 6.0, None)), group.mean(0)
    for _ in range(20):
        shift = rng.uniform(-30, 30, 3)
        centre = box.centroid(group + shift)
        assert np.allclose(box.displacement(centre, mean + shift), 0, atol=1e-13)
        assert np.all(box.wrap(centre) == centre)
        circular = box.circular_mean(group + shift)
        assert np.allclose(box.displacement(circular, box.circular_mean(group) + shift), 0, atol=1e-13)
    angle = 2 * np.pi * group[:, 0] / 5
    truth = 5 / (2 * np.pi) * np.angle(np.exp(1j * angle).mean())
    assert box.circular_mean(group)[0] == pytest.approx(truth, rel=1e-13)
    frames = group + rng.uniform(-30, 30, (4, 1, 3))
    assert np.allclose(box.centroid(frames), [box.centroid(frame) for frame in frames], atol=1e-14)


def test_a_box_tells_its_shape() -> None:
    box = Box([2.0, None, 3.0])
    assert (box.dimensions, box.periodic, box.shortest) == (3, (True, False, True), 2.0)
    assert (box.volume, Box.periodic_cube(2.0, 3).volume) == (np.inf, 8.0)
    assert Box([2.0, 3.0]).periods.tolist() == [2.0, 3.0, np.inf]
    assert as_box(2.0, 2) == Box((2.0, 2.0)) == as_box(np.array([2, 2]), 2)
    assert as_box(None, 3) == Box.open(3)
    assert as_box(box, 3) is box


@pytest.mark.parametrize("lengths", [(0.0,), (-1.0, 1.0), (np.nan,), ("far",), (), (1.0,) * 4])
def test_boxes_that_cannot_be_are_refused(lengths: tuple) -> None:
    with pytest.raises(ParameterError, match=r"^box: (lengths must be positive|must have 1 to 3 axes), got"):
        Box(lengths)


def test_positions_of_another_dimension_are_refused() -> None:
    with pytest.raises(
        ParameterError, match=r"^positions: must have 2 components along the last axis, got shape"
    ):
        Box((1.0, 1.0)).wrap(np.zeros((5, 3)))
    with pytest.raises(ParameterError, match=r"^positions: must have shape \(\.\.\., n, 2\), n >= 1"):
        Box((1.0, 1.0)).centroid(np.zeros((0, 2)))
    with pytest.raises(ParameterError, match=r"^box: must have as many axes as the positions, got 2 for 3"):
        as_box((1.0, 1.0), 3)
