"""Mean and covariance that score networks start at: exact where samples suffice, said where they do not."""

import numpy as np
import pytest
from linear_scores import covariance_of, exact_sample

from ergodica.models.score.reference import gaussian
from ergodica.numerics.errors import ParameterError

NAMES = ("a", "b", "c")


def test_the_scale_squared_is_the_covariance():
    covariance = covariance_of(3, seed=1)
    found = gaussian(exact_sample(covariance) + np.array([1.0, -20.0, 3.0]), NAMES)
    np.testing.assert_allclose(found.scale @ found.scale, covariance, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.scale @ found.inverse, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(found.scale, found.scale.T, atol=1e-14)
    np.testing.assert_allclose(found.mean, [1.0, -20.0, 3.0], rtol=1e-12)


def test_units_do_not_matter_for_what_is_degenerate():
    units = np.array([1e-7, 1.0, 1e7])
    x = exact_sample(covariance_of(3, seed=2))
    found = gaussian(x * units, NAMES)
    whitened = (x * units) @ found.inverse
    # Squares of numbers 1e7 apart, beside a round-off of 1e-16, leave a part in 100 of the smallest.
    np.testing.assert_allclose(whitened.T @ whitened / len(x), np.eye(3), atol=0.02)


def test_a_coordinate_on_a_circle_has_its_spread_and_no_correlation():
    rng = np.random.default_rng(0)
    even = np.linspace(0.0, 3.0, 1000, endpoint=False)
    narrow = np.mod(rng.normal(scale=0.05, size=1000), 3.0)  # across the border
    found = gaussian(np.stack([even, narrow, rng.normal(size=1000)], 1), NAMES, [3.0, 3.0, np.inf])
    np.testing.assert_array_equal(found.mean[:2], 0.0)
    assert found.scale[0, 0] == pytest.approx(3.0 / np.sqrt(12), rel=1e-12)
    # The standard deviation of 1000 numbers has an error of 2 %; the circular one differs by order (2 pi s/3)^2 = 1 %.
    assert found.scale[1, 1] == pytest.approx(0.05, rel=0.1)
    np.testing.assert_array_equal(found.scale - np.diag(np.diag(found.scale)), 0.0)


def test_few_samples_shrink_correlations_and_say_so():
    rng = np.random.default_rng(3)
    with pytest.warns(UserWarning, match=r"3 samples are few for a covariance of 3 coordinates.*at least 30"):
        found = gaussian(rng.normal(size=(3, 3)), NAMES)
    assert np.linalg.cond(found.scale) < 100  # without shrinking it is singular
    strong = rng.normal(size=(25, 1)) + 0.1 * rng.normal(size=(25, 3))
    with pytest.warns(UserWarning, match="25 samples"):
        found = gaussian(strong, NAMES)
    # Correlations that are there stay by much: the rule takes 2/n of a correlation of 1 for chance, n = 25, and more
    # where a sample has a heavy tail.
    assert (found.scale @ found.scale)[0, 1] > 0.7 * strong[:, 0].std() * strong[:, 1].std()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x: x[:1], "at least 3 samples, got 1"),
        (lambda x: np.where(np.arange(len(x))[:, None] == 4, np.nan, x), r"NaN or infinity in a \(1 of 200"),
        (lambda x: x * [1.0, 0.0, 1.0] + 0.1, "b: must vary, got 0.1"),
        (lambda x: x @ [[1.0, 0, 1.0], [0, 1.0, 0], [0, 0, 0]], "a, c must not be functions"),
    ],
)
def test_data_without_a_density_are_refused_by_the_name_of_the_degree(change, said):
    with pytest.raises(ParameterError, match=said):
        gaussian(change(exact_sample(np.eye(3))), NAMES)
