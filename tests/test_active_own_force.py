"""Pair forces of one's own run through the same loops."""

import math

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError

SOFT = {"particles": 200, "packing_fraction": 0.5, "dt": 2e-3, "temperature": 0.1}
RUN = {"t_end": 0.5, "snapshots": 3, "seed": 3, "threads": 1, "record": ("force", "drift_divergence")}


def spring(r, p):
    overlap = p[1] - r
    return p[0] * (overlap if overlap > 0.0 else 0.0)


def yukawa(r, p):
    return p[0] * math.exp(-r / p[1]) / r


def test_a_harmonic_function_gives_the_harmonic_force_bit_for_bit():
    own = sims.PairFunction(spring, reach=1.0, parameters=(50.0, 1.0))
    assert own.stiffness == pytest.approx(50.0)
    mine = sims.ActiveBrownian(function=own, **SOFT).run(**RUN)
    theirs = sims.ActiveBrownian(stiffness=50.0, **SOFT).run(**RUN)
    for name in ("position", "heading", "force"):
        np.testing.assert_array_equal(mine[name].values, theirs[name].values)


def test_the_divergence_of_a_function_is_right_with_and_without_its_derivative():
    def slope(r, p):
        return -yukawa_plain(r, p) * (1 / p[1] + 1 / r)

    def yukawa_plain(r, p):
        return p[0] * np.exp(-r / p[1]) / r

    start = sims.ActiveBrownian(**SOFT).run(t_end=0.1, snapshots=2, threads=1).isel(t=-1)
    one = sims.ActiveBrownian(
        function=sims.PairFunction(yukawa, reach=3.0, parameters=(2.0, 0.5)), initial=start, **SOFT
    )
    ds = one.run(**RUN).isel(t=0)
    from ergodica.numerics.neighbours import neighbours_within

    found = neighbours_within(ds.position.values, 3.0, one.region)
    p = (2.0, 0.5)
    each = slope(found.distances, p) + yukawa_plain(found.distances, p) / found.distances
    truth = np.bincount(found.owners, each, 200)
    # differences of fourth order with steps of 1e-3
    np.testing.assert_allclose(ds.drift_divergence, truth, rtol=1e-8)


def test_a_file_names_the_function_and_takes_it_again(tmp_path):
    one = sims.ActiveBrownian(function=sims.PairFunction(spring, reach=1.0, parameters=(50.0, 1.0)), **SOFT)
    ds = one.run(t_end=0.1, snapshots=2, threads=1, out=tmp_path / "own.nc")
    with pytest.raises(ParameterError, match="function: the file does not hold 'spring'"):
        sims.from_dataset(ds)
    again = sims.from_dataset(ds, function=spring)
    assert again.config() == one.config()
    np.testing.assert_array_equal(again.run(t_end=0.1, snapshots=2, threads=1).position, ds.position)


def fails(r, p):
    raise RuntimeError("two\nlines")


class Numbers:
    least = 0.0


NUMBERS = Numbers()


def with_an_object(r, p):
    return NUMBERS.least * r


def with_an_array(r, p):
    return (np.ones(2) * r).sum()


def with_an_import(r, p):
    import json

    return 0.0 * len(json.__name__)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"function": with_an_object},
            r"^function: must compile as f\(r, parameters\), got Untyped global name 'NUMBERS'",
        ),
        ({"function": with_an_import}, r"^function: must compile .* opcode \(IMPORT_NAME\)"),
        ({"function": with_an_array}, r"^function: must compile .*; use what numba compiles"),
        ({"function": spring, "derivative": with_an_object}, r"^derivative: must compile .* 'NUMBERS'"),
    ],
)
def test_what_does_not_compile_is_named_with_its_reason(given, words):
    own = sims.PairFunction(**given, reach=1.0, parameters=(1.0, 1.0))
    with pytest.raises(ParameterError, match=words) as caught:
        sims.Brownian(function=own, particles=4, box=4.0).run(t_end=0.01, snapshots=2, threads=1)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_function_stands_alone_unless_it_is_said_to_count():
    own = sims.PairFunction(spring, reach=1.0, parameters=(50.0, 1.0))
    for name, value in (("pair_force", "wca"), ("stiffness", 20.0), ("softness", 9.0)):
        with pytest.raises(ParameterError, match=f"^{name}: must not be given beside function, got .*'own'$"):
            sims.ActiveBrownian(function=own, **{name: value}, **SOFT)
    one = sims.ActiveBrownian.preset("mips", function=own, pair_force="own")  # its stiffness is the preset's
    assert one.pair is own.force


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: sims.PairFunction(spring, reach=0.0, parameters=(1.0, 1.0)), "reach: must be positive"),
        (lambda: sims.PairFunction(spring, reach=1.0), "function: must give a number"),
        (lambda: sims.PairFunction(lambda r, p: math.nan, reach=1.0), "function: must be finite"),
        (lambda: sims.PairFunction(3, reach=1.0), "function: must be a function"),
        (lambda: sims.PairFunction(fails, reach=1.0), "function: must give .* RuntimeError: two lines"),
        (
            lambda: sims.PairFunction(lambda r: r, reach=1.0),
            r"function: must be called as f\(r, parameters\), got f\(r\)",
        ),
        (
            lambda: sims.PairFunction(spring, reach=1.0, parameters=(1.0, 1.0), derivative=lambda r: r),
            "derivative: must be",
        ),
        (lambda: sims.PairFunction(spring, reach="wide"), "reach: must be a number"),
        (lambda: sims.Brownian(function=3), "function: must be a PairFunction"),
        (lambda: sims.Brownian(pair_force="own"), "pair_force: 'own' needs function"),
        (
            lambda: sims.Brownian(
                function=sims.PairFunction(spring, reach=1.0, parameters=(1e4, 1.0)), packing_fraction=0.5
            ),
            "dt: must be at most 3.33e-05",
        ),
        (
            lambda: sims.Brownian(
                function=sims.PairFunction(yukawa, reach=9.0, parameters=(1.0, 1.0)), box=10.0, particles=50
            ),
            "pair_force: must reach at most half",
        ),
    ],
)
def test_functions_that_cannot_work_are_refused(make, words):
    with pytest.raises(ParameterError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)
