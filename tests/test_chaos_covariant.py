"""Covariant vectors: eigenvectors where there are some, the flow's own direction, and covariance itself."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica.data import check
from ergodica.numerics.errors import ParameterError
from ergodica.sims.chaos import covariant_vectors, lyapunov_spectrum
from ergodica.sims.chaos.covariant import neutral
from ergodica.sims.chaos.subject import subject


def parallel(a, b):
    """1 - |cos| of the angle between rows."""
    cosine = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    return 1 - np.abs(cosine)


def test_a_linear_map_has_its_eigenvectors():
    ds = covariant_vectors("arnold-cat", samples=50)
    golden = (1 + np.sqrt(5)) / 2
    jacobian = np.empty((2, 2))
    chosen = subject("arnold-cat")
    chosen.kernels.jacobian(0.0, ds.state.values[0], chosen.vector, jacobian)
    growth, vectors = np.linalg.eig(jacobian)
    for index, one in enumerate(np.argsort(-np.abs(growth))):
        assert parallel(ds.vector.values[:, index], vectors[:, one]).max() < 1e-14
    assert np.allclose(ds.local_exponent, [2 * np.log(golden), -2 * np.log(golden)], atol=1e-12)
    # the matrix is symmetric
    assert np.allclose(ds.angle, np.pi / 2)


@pytest.mark.parametrize("name", ["henon", "ikeda"])
def test_the_jacobian_of_a_map_carries_vectors_into_each_other(name):
    ds = covariant_vectors(name, samples=300, seed=2)
    chosen, u, v = subject(name), ds.state.values, ds.vector.values
    jacobian = np.empty((2, 2))
    for n in range(299):
        chosen.kernels.jacobian(float(n), u[n], chosen.vector, jacobian)
        # a vector near the other's direction is carried less exactly; 1 - cos is the square of an angle
        assert parallel(v[n] @ jacobian.T, v[n + 1]).max() < 1e-12
    assert np.allclose(np.linalg.norm(v, axis=-1), 1.0)


def velocity(name, ds):
    chosen = subject(name)
    return np.array([chosen.kernels(u, 0.0, chosen.values) for u in ds.state.values])


@pytest.mark.parametrize("name", ["lorenz63", "rossler"])
def test_the_second_vector_of_a_chaotic_flow_is_its_velocity(name):
    ds = covariant_vectors(name, samples=400)
    assert parallel(ds.vector.values[:, 1], velocity(name, ds)).max() < 1e-9


def test_rates_of_growth_average_to_the_exponents():
    ds = covariant_vectors("lorenz63", t_end=400.0, samples=4001)
    known = lyapunov_spectrum("lorenz63", t_end=400.0)
    assert (np.abs(ds.local_exponent.mean("t") - known.exponent) < 5 * known.standard_error).all()
    # Lorenz is singularly hyperbolic: the strongly shrinking direction stays away from the others
    assert ds.angle.min() > 0.01


def test_the_vectors_do_not_depend_on_where_the_iteration_starts():
    # a map, whose orbit does not depend on the tangent vectors through the steps
    one, two = (covariant_vectors("henon", samples=100, seed=seed) for seed in (1, 2))
    assert parallel(one.vector.values, two.vector.values).max() < 1e-10


def test_only_the_direction_of_the_flow_is_left_out_of_the_angle():
    # exponents of .003 and -2.8: the growth of this attractor is a thousandth of its contraction
    ds = covariant_vectors("glycolytic-oscillation", samples=100)
    assert np.isfinite(ds.angle).all()
    v = ds.vector.values
    growing = 0 if parallel(v[:, 1], velocity("glycolytic-oscillation", ds)).max() < 1e-6 else 1
    assert np.allclose(np.cos(ds.angle), np.abs((v[:, growing] * v[:, 2]).sum(-1)), atol=1e-12)


def test_what_vanishes_by_an_exact_rule_depends_on_the_system():
    vectors, points = np.tile(np.eye(4)[[3, 2, 1, 0]], (3, 1, 1)), np.tile([0.0, 0.1, 0.0, 0.5], (3, 1))
    exponents, limit = np.array([0.09, 0.01, -0.02, -0.09]), np.full(4, 1e-6)
    # the velocity (0, .5, 0, -.09) is nearest the third vector, its partner is the other small one
    assert neutral(subject("henon-heiles"), points, vectors, exponents, limit) == [2, 1]
    assert neutral(subject("henon-heiles"), 0 * points, vectors, exponents, limit) == []
    assert neutral(subject("henon"), points[:, :2], vectors, exponents, limit) == []
    assert neutral(subject("duffing"), points[:, :2], vectors, exponents, limit) == []


def test_the_dataset_keeps_the_contract():
    ds = covariant_vectors("henon", samples=20, exponents=1)
    assert not list(check(ds))
    assert ds.vector.dims == ("t", "index", "component")
    assert np.isnan(ds.angle).all()


@pytest.mark.parametrize(
    ("system", "arguments", "words"),
    [
        ("mackey-glass", {}, "whose state is a function over its delay"),
        ("brownian", {}, "driven by noise"),
        ("henon", {"samples": 1}, "samples: a whole number of at least 2"),
        ("henon", {"samples": 8, "t_end": 10}, "one less must divide t_end = 10"),
        ("henon", {"settle": -1.0}, "settle: finite and at least 0"),
    ],
)
def test_what_cannot_work_is_refused(system, arguments, words):
    with pytest.raises(ParameterError, match=words):
        covariant_vectors(system, **arguments)
