"""Runs that are shorter than what is learned from them."""

import warnings

import numpy as np
import pytest
from koopman_systems import EIGENVALUES, as_run, linear_run, lorenz, matrix_of
from koopman_systems import flow as orbit

from ergodica.models.koopman import (
    DMD,
    EDMD,
    VAMP,
    BaggedDMD,
    HankelDMD,
    KernelEDMD,
    NystroemEDMD,
    OptimisedDMD,
)
from ergodica.models.koopman.dictionaries import Polynomial

ATTRACTOR = orbit(lorenz, np.array([[1.0, 1.0, 20.0]]), 400, 0.05).state.values[:, 150:]
PAIR = as_run(np.random.default_rng(0).standard_normal((2, 18, 1)))


PAIR_OF_FIVE = PAIR.isel(t=slice(0, 5))


def noise(snapshots: int, features: int, seed: int = 0):
    return as_run(np.random.default_rng(seed).standard_normal((snapshots, features)))


@pytest.mark.parametrize(
    ("model", "run", "words"),
    [
        (
            EDMD(dictionary=Polynomial(degree=5)),
            as_run(ATTRACTOR[:, :60]),
            r"5\d independent .* 59 pairs.*use a smaller dictionary, fewer delays or a larger ridge$",
        ),
        (
            EDMD(delays=5, dictionary=Polynomial(degree=1)),
            noise(15, 1),
            "6 independent .* 10 pairs.*use a smaller dictionary, fewer delays or a larger ridge$",
        ),
        (
            VAMP(dictionary=Polynomial(degree=3)),
            noise(30, 3),
            "20 independent .* 29 pairs.*use a smaller dictionary, fewer delays or a larger ridge$",
        ),
        (DMD(), noise(12, 100), "11 independent .* 11 pairs.*use a lower rank$"),
        (HankelDMD(delays=10), PAIR, "10 independent .* 16 pairs.*use a lower rank or fewer delays$"),
        (KernelEDMD(rank=20), noise(30, 2), "20 independent .* 29 pairs.*use a lower rank$"),
        (NystroemEDMD(rank=20, centres=25), noise(35, 2), "19 independent .* 34 pairs.*use a lower rank$"),
        (
            OptimisedDMD(rank=6),
            noise(12, 3),
            "24 eigenvalues and amplitudes .* 36 numbers in the snapshots.*use a lower rank$",
        ),
        (OptimisedDMD(rank=2), PAIR_OF_FIVE, "6 eigenvalues and amplitudes .* 10 numbers"),
        (BaggedDMD(rank=4, trials=5), noise(12, 1), "8 eigenvalues and amplitudes .* 12 numbers"),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_more_observables_than_the_pairs_can_tell_are_named_with_a_remedy(model, run, words):
    with pytest.warns(UserWarning, match=f"^{model.name}: {words}"):
        model.fit(run)
    # the refits of the intervals are as short, and say nothing
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.eigenvalues(40)


@pytest.mark.parametrize(
    ("model", "run"),
    [
        (EDMD(dictionary=Polynomial(degree=5)), as_run(ATTRACTOR)),
        (EDMD(dictionary=Polynomial(degree=5), ridge=10.0), as_run(ATTRACTOR[:, :60])),
        (DMD(rank=5), noise(12, 100)),
        (HankelDMD(delays=8, rank=5), noise(23, 1)),
        (KernelEDMD(rank=5), noise(30, 2)),
        (EDMD(dictionary=Polynomial(degree=1)), linear_run(matrix_of(EIGENVALUES), 13)),
        (OptimisedDMD(rank=3), noise(12, 3)),
        (OptimisedDMD(rank=2), noise(8, 1)),
    ],
    ids=[
        "more snapshots",
        "ridge",
        "rank",
        "rank of windows",
        "rank of a kernel",
        "two pairs each",
        "rank of exponentials",
        "two each",
    ],
)
def test_the_remedies_help(model, run):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(run)


def test_fields_of_few_directions_are_no_such_case():
    waves = linear_run(matrix_of(EIGENVALUES), 40).state.values @ np.random.default_rng(0).normal(
        size=(5, 300)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DMD().fit(as_run(waves))
        EDMD(dictionary=Polynomial(degree=1)).fit(as_run(waves))
