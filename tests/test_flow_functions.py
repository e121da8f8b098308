"""Flows and maps from a function of one's own: against equations, files, the next process."""

import subprocess
import sys
import uuid

import numpy as np
import pytest
from numba import njit

import ergodica
from ergodica import sims
from ergodica.numerics.errors import ParameterError

POINT = {"x": 1.0, "y": 2.0, "z": 20.0}
VALUES = {"sigma": 10.0, "rho": 28.0, "beta": 8 / 3}


def lorenz(t, u, p, du):
    du[0] = p[0] * (u[1] - u[0])
    du[1] = u[0] * (p[1] - u[2]) - u[1]
    du[2] = u[0] * u[1] - p[2] * u[2]


def lorenz_slopes(t, u, p, J):
    J[0, 0], J[0, 1], J[0, 2] = -p[0], p[0], 0.0
    J[1, 0], J[1, 1], J[1, 2] = p[1] - u[2], -1.0, -u[0]
    J[2, 0], J[2, 1], J[2, 2] = u[1], u[0], -p[2]


def parabola(t, u, p, new):
    new[0] = p[0] * u[0] * (1 - u[0])


OWN = sims.Flow.from_function(lorenz, POINT, VALUES)


@pytest.mark.parametrize("scheme", ["auto", "radau", "rk4"])
@pytest.mark.parametrize("function", [lorenz, njit(lorenz)], ids=["plain", "numba"])
def test_a_function_runs_as_the_same_equations(function, scheme):
    options = {"scheme": scheme} | ({} if scheme == "rk4" else {"tolerance": 1e-11})
    own = sims.Flow.from_function(function, POINT, VALUES, **options)
    known = sims.Flow(system="lorenz63", initial=POINT, **options)
    arguments = {"t_end": 2.0, "snapshots": 5, "members": 3, "seed": 1}
    mine, theirs = (one.changed(spread=0.1).run(**arguments) for one in (own, known))
    # round-off, and the error of 1e-11 a step, grow like exp(0.9 t) on values of 40
    np.testing.assert_allclose(mine.state, theirs.state, atol=1e-8)
    assert list(mine.component_name.values) == ["x", "y", "z"]


def test_a_jacobian_of_your_own_is_used():
    exact = sims.Flow.from_function(lorenz, POINT, VALUES, jacobian=lorenz_slopes, scheme="radau")
    ds = exact.run(t_end=1.0, snapshots=3)
    by_differences = OWN.changed(scheme="radau").run(t_end=1.0, snapshots=3)
    np.testing.assert_allclose(
        ds.state, by_differences.state, rtol=1e-7
    )  # ten times the tolerance of 1e-9 a step


def test_a_map_of_your_own_iterates():
    own = sims.Map.from_function(parabola, [0.3], {"r": 3.9})
    known = sims.Map(system="logistic", parameters={"r": 3.9}, initial=[0.3])
    mine, theirs = (one.run(t_end=20, snapshots=21, members=2).state for one in (own, known))
    np.testing.assert_allclose(mine, theirs, atol=1e-10)  # round-off doubles some twenty times


def test_parameters_may_differ_from_member_to_member():
    rho = [0.5, 28.0]
    ds = OWN.changed(parameters={"rho": rho}).run(t_end=1.0, snapshots=3, members=2)
    alone = OWN.changed(parameters={"rho": 0.5}).run(t_end=1.0, snapshots=3)
    np.testing.assert_array_equal(ds.state[0], alone.state)
    np.testing.assert_array_equal(ds.rho, rho)


def test_a_file_names_the_function_and_takes_it_again(tmp_path):
    arguments = {"t_end": 2.0, "snapshots": 5, "warm_up": 1.0}
    out = tmp_path / "own.nc"
    OWN.changed(scheme="rk4").run(t_end=1.0, snapshots=3, warm_up=1.0, out=out).close()
    with OWN.changed(scheme="rk4").run(**arguments, out=out, resume=True) as longer:
        np.testing.assert_array_equal(longer.state, OWN.changed(scheme="rk4").run(**arguments).state)
    with ergodica.open(out) as ds:
        with pytest.raises(
            ParameterError, match=r"function: must be given again, .*lorenz .*sims.from_dataset\(ds, f"
        ):
            sims.from_dataset(ds)
        again = sims.from_dataset(ds, function=lorenz)
        assert again == OWN.changed(scheme="rk4")
        np.testing.assert_array_equal(again.run(**ds.ergodica.run_arguments).state, ds.state)
        with pytest.raises(ParameterError, match=r"function: must be the one that made the file"):
            sims.from_dataset(ds, function=parabola)
    other = sims.Flow.from_function(lorenz_slopes_of_another, POINT, VALUES, scheme="rk4")
    with pytest.raises(ParameterError, match=r"fingerprint: must be as in"):
        other.run(**arguments, out=out, resume=True)


def lorenz_slopes_of_another(t, u, p, du):
    du[:] = -u


def test_a_function_is_for_datasets_of_functions_only():
    ds = sims.Flow(system="lorenz63").run(t_end=0.1, snapshots=2)
    with pytest.raises(ParameterError, match=r"function: is for a dataset of a system made from a function"):
        sims.from_dataset(ds, function=lorenz)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: sims.Flow.from_function(lambda u: u, [1.0]), r"function: must take \(t, u, p, du\)"),
        (lambda: sims.Flow.from_function(3, [1.0]), r"function: must be a Python or numba function"),
        (
            lambda: sims.Flow(system="lorenz63", function=lorenz),
            r"function: must come from .*use from_function",
        ),
        (lambda: OWN.changed(scheme="kahan-li-8").run(t_end=1, snapshots=2), r"scheme: kahan-li-8 needs"),
        (lambda: OWN.changed(parameters={"rh": 1.0}), r"has no 'rh'; did you mean.*'rho'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(make, said):
    with pytest.raises(ParameterError, match=said) as caught:
        make()
    assert "\n" not in str(caught.value)


def forgets(t, u, p, du):
    du[0] = u[1]


def adds(t, u, p, du):
    du[0] = u[1]
    du[1] += -u[0]


def beyond(t, u, p, du):
    du[0], du[1], du[2] = u[1], -u[0], 0.0


def reads_beyond(t, u, p, du):
    du[0], du[1] = u[1], -p[1] * u[0]


def divides(t, u, p, du):
    du[0], du[1] = 1.0 / u[1], 0.0


def half_of_slopes(t, u, p, J):
    J[0, 1], J[1, 0] = 1.0, -1.0


@pytest.mark.parametrize(
    ("function", "options", "said"),
    [
        (forgets, {}, r"function: must write each number .*none for \[1\]"),
        (njit(adds), {}, r"function: must write each number .*none for \[1\]"),
        (beyond, {}, r"function: must keep to 2 components and 1 parameters, got an index 2"),
        (reads_beyond, {}, r"function: must keep to 2 components and 1 parameters, got an index 1"),
        (divides, {"jacobian": half_of_slopes}, r"jacobian: must write each number .*none for \[0, 0\]"),
    ],
)
def test_a_function_that_leaves_its_arrays_wrong_is_refused(function, options, said):
    with pytest.raises(ParameterError, match=said) as caught:
        sims.Flow.from_function(function, [1.0, 0.0], {"k": 4.0}, **options)
    assert "\n" not in str(caught.value)


def test_a_division_by_zero_at_the_start_is_no_fault_of_the_function():
    assert sims.Flow.from_function(divides, [1.0, 0.0]).components == ("x0", "x1")


def of_names(t, u, p, du):
    du[0] = unknown_name  # noqa: F821


def of_generators(t, u, p, du):
    du[0] = sum({k: v for k, v in [("a", u[0])]}.values(), start=type("Made", (), {}).x)


@pytest.mark.parametrize("function", [of_names, of_generators])
@pytest.mark.parametrize("scheme", ["auto", "rk4"])
def test_what_numba_cannot_compile_is_refused_in_one_line_with_its_reason(function, scheme):
    with pytest.raises(
        ParameterError, match=r"function: must be in the part of Python that numba compiles, got: \w+"
    ) as caught:
        sims.Flow.from_function(function, [1.0], scheme=scheme).run(t_end=1.0, snapshots=2)
    assert "\n" not in str(caught.value)


SCRIPT = """
import numpy as np
from ergodica import sims
from ergodica.numerics.kernel import Kernel

def growth(t, u, p, du):
    for k in range(u.size):
        du[k] = p[0]*u[k]*(1 - u[k]) + 1e-300*OWN*u[k]

made = []
before = Kernel._make
Kernel._make = lambda self: made.append(before(self)) or made[-1]
flows = [sims.Flow.from_equations({"x": "r*x*(1 - x) + 1e-300*OWN*x"}, initial={"x": 0.1}, parameters={"r": 1.0})]
flows += [sims.Flow.from_function(growth, {"x": 0.1}, {"r": 1.0}, scheme=s) for s in ("auto", "rk4")]
for flow in flows:
    print(float(flow.run(t_end=2.0, snapshots=3, members=2).state[-1, -1, 0]))
print(sum(sum(one.stats.cache_misses.values()) for one in made))
"""


def test_the_next_process_compiles_nothing(tmp_path):
    # a number that no other run has makes the flows new; the integrators may come from the cache that all tests share
    (tmp_path / "own.py").write_text(SCRIPT.replace("OWN", str(uuid.uuid4().int % 10**15)))
    told = [
        subprocess.run(
            [sys.executable, str(tmp_path / "own.py")],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for _ in range(2)
    ]
    exact = 1 / (1 + 9 * np.exp(-2))
    for values in told:
        np.testing.assert_allclose([float(v) for v in values[:3]], exact, rtol=1e-8)  # the default tolerance
    assert int(told[0][-1]) > 0
    assert int(told[1][-1]) == 0
