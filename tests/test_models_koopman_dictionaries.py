"""Dictionaries hold the observables that they name, and no others."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from koopman_systems import farthest, flow, pendulum, slow_manifold

from ergodica.models.described import named, rebuilt
from ergodica.models.koopman import EDMD
from ergodica.models.koopman.dictionaries import (
    Dictionary,
    Fourier,
    Identity,
    Polynomial,
    Radial,
    RandomFourier,
    Sum,
)
from ergodica.numerics.errors import ParameterError

POINTS = np.random.default_rng(0).normal(3.0, 2.0, (300, 3))


def values_of(dictionary: Dictionary, points: np.ndarray = POINTS) -> np.ndarray:
    return dictionary.observables(points, dictionary.learn(points))


@pytest.mark.parametrize(("features", "degree"), [(1, 0), (1, 4), (2, 5), (3, 3), (5, 2)])
@pytest.mark.parametrize("basis", ["chebyshev", "hermite", "monomial"])
def test_polynomials_span_all_monomials_up_to_their_total_degree(features, degree, basis):
    rng = np.random.default_rng(1)
    points = rng.uniform(-1, 1, (400, features))
    psi = values_of(Polynomial(degree=degree, basis=basis), points)
    exponents = [k for k in np.ndindex(*([degree + 1] * features)) if sum(k) <= degree]
    brute = np.stack([(points ** np.array(k)).prod(axis=1) for k in exponents], axis=1)
    assert psi.shape == brute.shape == (400, math.comb(features + degree, degree))
    coefficients = np.linalg.lstsq(psi, brute, rcond=None)[0]
    assert abs(psi @ coefficients - brute).max() < 1e-11
    assert np.linalg.matrix_rank(psi) == len(exponents)


def test_chebyshev_and_hermite_are_those_of_numpy():
    points = np.random.default_rng(2).uniform(-2, 5, (50, 1))
    learned = Polynomial(degree=5).learn(points)
    u = (points[:, 0] - learned["centre"]) / learned["scale"]
    assert abs(u).max() == pytest.approx(1)
    found = Polynomial(degree=5).observables(points, learned)
    assert abs(found - np.polynomial.chebyshev.chebvander(u, 5)).max() < 1e-13
    hermite = Polynomial(degree=5, basis="hermite")
    u = (points[:, 0] - points.mean()) / points.std()
    norms = np.sqrt([math.factorial(k) for k in range(6)])
    truth = np.polynomial.hermite_e.hermevander(u, 5) / norms
    assert abs(values_of(hermite, points) - truth).max() < 1e-12


def test_thin_plates_and_gaussians_are_functions_of_the_distance():
    u = (POINTS - POINTS.mean(axis=0)) / POINTS.std(axis=0)
    for kind in ("thin-plate", "gaussian"):
        one = Radial(centres=7, kind=kind, width=0.9)
        learned = one.learn(POINTS)
        r = np.linalg.norm(u[:, None] - learned["centres"], axis=2)
        truth = r**2 * np.log(r) if kind == "thin-plate" else np.exp(-(r**2) / (2 * 0.9**2))
        found = one.observables(POINTS, learned)
        assert abs(found[:, 4:] - truth).max() < 1e-12
        assert (found[:, 0] == 1).all()
        assert abs(found[:, 1:4] - u).max() < 1e-14


def test_a_thin_plate_is_zero_at_its_centre():
    one = Radial(centres=2)
    points = np.array([[0.0], [1.0]])
    assert (values_of(one, points)[:, 2:].diagonal() == 0).all()


def test_centres_lie_where_the_data_are():
    rng = np.random.default_rng(3)
    clusters = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    points = clusters[rng.integers(3, size=5000)] + 0.01 * rng.standard_normal((5000, 2))
    one = Radial(centres=30)
    learned = one.learn(points)
    centres = learned["centres"] * learned["scale"] + learned["centre"]
    distance = np.linalg.norm(centres[:, None] - clusters, axis=2)
    # five spreads of a cluster, and each cluster has some
    assert distance.min(axis=1).max() < 0.07
    assert set(distance.argmin(axis=1)) == {0, 1, 2}


def test_few_distinct_points_give_few_centres():
    assert len(Radial(centres=50).learn(np.repeat(POINTS[:4], 10, axis=0))["centres"]) == 4
    assert len(Radial(centres=3, kind="gaussian").learn(np.ones((9, 2)))["centres"]) == 1
    far = np.concatenate([POINTS, [[1e6, 0.0, 0.0]]])  # most clusters have no point
    assert 1 < len(Radial(centres=50).learn(far)["centres"]) <= 50


def test_a_lattice_of_waves_has_each_wave_once():
    one = Fourier(order=3, period=2 * math.pi)
    waves = one.learn(POINTS[:, :2])["waves"]
    brute = [k for k in np.ndindex(7, 7) if 0 < abs(k[0] - 3) + abs(k[1] - 3) <= 3]
    assert len(waves) == len(brute) / 2
    both = {tuple(one) for one in np.concatenate([waves, -waves]).round(9).tolist()}
    assert both == {(float(a - 3), float(b - 3)) for a, b in brute}
    psi = values_of(one, POINTS[:, :2])
    shifted = one.observables(POINTS[:, :2] + 2 * math.pi, one.learn(POINTS[:, :2]))
    assert abs(psi - shifted).max() < 1e-12


def test_random_waves_span_a_gaussian_kernel():
    # E cos(w.x+b) cos(w.y+b) = exp(-|x-y|^2/2)/2; 4000 waves leave an error of 1/sqrt(8 * 4000) = .006, times five
    points = np.random.default_rng(4).standard_normal((30, 2))
    one = RandomFourier(features=4000)
    learned = one.learn(points)
    waves = one.observables(points, learned)[:, 3:]
    u = (points - points.mean(axis=0)) / points.std(axis=0)
    kernel = np.exp(-(np.linalg.norm(u[:, None] - u, axis=2) ** 2) / 2) / 2
    assert abs(waves @ waves.T / 4000 - kernel).max() < 0.03


def test_sums_stand_side_by_side_and_are_rebuilt_from_their_settings():
    both = Identity() + Polynomial(degree=2) + Radial(centres=5)
    assert isinstance(both, Sum)
    assert len(both.parts) == 3
    psi = values_of(both)
    separate = [values_of(one) for one in both.parts]
    assert (psi == np.concatenate(separate, axis=1)).all()
    again = rebuilt(both.name, both.config)
    assert isinstance(again, Sum)
    assert (values_of(again) == psi).all()


@named
@dataclass(kw_only=True, eq=False)
class PendulumEnergy(Dictionary):
    """1, the momentum squared and harmonics of the angle."""

    name: ClassVar[str] = "test-pendulum-energy"
    harmonics: int = 1

    def observables(self, points, learned):
        angle, momentum = points.T
        waves = [np.cos(k * angle) for k in range(self.harmonics + 1)]
        return np.stack([*waves, momentum**2], axis=1)


def test_a_dictionary_of_ones_own_finds_what_it_was_made_for():
    rng = np.random.default_rng(5)
    run = flow(pendulum, rng.uniform(-1.5, 1.5, (20, 2)), 40, 0.1)
    model = EDMD(dictionary=PendulumEnergy()).fit(run)
    found = model.eigenvalues()
    # the constant and the energy: both kept for ever, so that 1 is an eigenvalue twice
    assert farthest(found.eigenvalue_real.values[:2], np.array([1.0])) < 1e-8
    assert found.spurious.values.tolist() == [0, 0, 1]


def test_a_dictionary_that_is_not_finite_is_refused():
    @named
    @dataclass(kw_only=True, eq=False)
    class Logarithms(Dictionary):
        name: ClassVar[str] = "test-logarithms"

        def observables(self, points, learned):
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.log(points)

    with pytest.raises(ParameterError, match="'test-logarithms' is not"):
        EDMD(dictionary=Logarithms()).fit(slow_manifold())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Polynomial(degree=-1), "degree: must be a whole number"),
        (lambda: Polynomial(basis="hermit"), "did you mean 'hermite'"),
        (lambda: Radial(centres=0), "centres: must be a whole number"),
        (lambda: Radial(kind="gauss"), "did you mean 'gaussian'"),
        (lambda: Radial(width=0.0), "width: must be above 0"),
        (lambda: Radial(centres=10**6), "at most 5000 observables"),
        (lambda: Fourier(order=0), "order: must be a whole number"),
        (lambda: Fourier(period=-1.0), "period: must be above 0"),
        (lambda: Fourier(period=(1.0, 2.0)).learn(POINTS), "one for each of the 3 features"),
        (lambda: Fourier(order=9).learn(np.ones((5, 9))), "lower the order 9 of 9 features"),
        (lambda: RandomFourier(scale=math.inf), "scale: must be above 0"),
        (lambda: RandomFourier(features=0), "features: must be a whole number"),
        (lambda: Sum(parts=()), "parts: must be dictionaries"),
    ],
)
def test_settings_that_cannot_work_are_refused(make, words):
    with pytest.raises(ParameterError, match=words):
        make()
