"""Generated kernels: exact derivatives, canonical equations, kept on disk, one source for CPU and CUDA."""

from __future__ import annotations

import functools
import itertools
import os
import subprocess
import sys
import textwrap

import numpy as np
import processes
import pytest

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.grammar import fold, parse
from ergodica.sims.dynamics.kernels import Kernels, kernels
from ergodica.sims.dynamics.numeric import Numbers
from ergodica.sims.dynamics.tables import definition_of, from_equations

FLOWS, MAPS = definitions("flow"), definitions("map")
CHOSEN = [
    "lorenz63", "double-pendulum", "beer-rnn", "mackey-glass", "lorenz96", "multi-chua", "macarthur",
    "henon-heiles", "circadian-rhythm", "calcium-oscillations", "thomas", "swinging-atwood", "windmi-reduced",
]  # fmt: skip
LATTICES = [
    from_equations(
        {"theta[i]": "omega + K/n*sum(j, sin(theta[j] - theta[i]))"},
        {"K": 2.0},
        {"theta[i]": "noise(i)"},
        sites={"n": 10},
        define={"omega": "-1 + 2*i/(n - 1)"},
        name="kuramoto",
    ),
    from_equations(
        {
            "theta[i]": "sin(3*theta[i]) + K*r*sin(theta[i] - m) + theta[i-1]*theta[i+2]**2",
            "m": "sum(k, theta[k]*theta[k+1]) - m**3 + r",
        },
        {"K": 2.0},
        {"theta[i]": "noise(i)", "m": 0.3},
        sites={"n": 10},
        define={"r": "sqrt(sum(j, cos(theta[j]))**2 + sum(j, sin(theta[j])*m)**2)/n"},
        name="mean-field",
    ),
    from_equations(
        {"x[i]": "-x[i] + sum(j, tanh(x[j]*x[i+1] - y[j-1]))*y[i]", "y[i]": "x[i-1]*y[i+1]*cos(t)"},
        {},
        {"x[i]": "noise(i)", "y[i]": "noise(i + 20)"},
        sites={"n": 6},
        name="every-pair",
    ),
    from_equations(
        {"x[i]": "sum(j, (r - x[i])*x[j]*a) - r*x[i] + exp(-r)"},
        {"a": 0.3},
        {"x[i]": "noise(i)"},
        sites={"n": 5},
        define={"r": "sum(k, x[k]**2)/n"},
        name="sum-of-sums",
    ),
]
# names that mean something in generated code: a definition may use any
WORDS = "a b v0 v1 f0 f1 d0_0 total size moved np kernel h w c k J du p states"
CLASHING = WORDS.split()
AWKWARD = [
    from_equations(
        {"u": "a*v1 - b*u*v1", "v1": "f0*sin(u) + " + " + ".join(f"{name}*u**2" for name in CLASHING if name != "v1")},
        {name: 0.1 + 0.01 * k for k, name in enumerate(CLASHING) if name != "v1"},
        name="awkward",
    ),
    from_equations(
        {"u[i]": "a*v1*u[i-1] - b*u[i]*J + " + " + ".join(f"{name}*u[i]" for name in CLASHING if name != "v1"),
         "v1": "sum(row, u[row]*row*sites) - v1*d"},
        {name: 0.1 + 0.01 * k for k, name in enumerate([*CLASHING, "sites", "d", "lane", "t_"]) if name != "v1"},
        {"u[i]": "noise(i)", "v1": 0.1},
        sites={"n": 4},
        name="awkward-sites",
        define={"unused_": "lane*t_"},
        noise={"v1": "unused_"},
    ),
]  # fmt: skip
SYSTEMS = [*(FLOWS[name] for name in CHOSEN), *LATTICES, *AWKWARD]
T = 0.3
by_name = pytest.mark.parametrize("definition", SYSTEMS, ids=lambda d: d.name)
without_delay = pytest.mark.parametrize(
    "definition", [d for d in SYSTEMS if not d.lags], ids=lambda d: d.name
)


def point(definition, seed=0):
    """A state near the initial point, with lagged components, and the parameters."""
    rng = np.random.default_rng(seed)
    start = definition.initial_point()
    u = start + 0.02 * (1 + np.abs(start)) * rng.normal(size=start.size)
    return np.concatenate([u, u[: len(definition.lags)] * 1.1]), definition.vector()


def field(definition, u, p, t=T):
    du = np.empty(u.size - len(definition.lags))
    kernels(definition).rhs(t, u, p, du)
    return du


def differences(f, u):
    """Differences of order 4 and step h: an error of h^4 and of round-off/h."""
    columns = []
    for b in range(u.size):
        h = 1e-5 * max(1.0, abs(u[b]))
        shift = np.zeros(u.size)
        shift[b] = h
        columns.append((8 * (f(u + shift) - f(u - shift)) - f(u + 2 * shift) + f(u - 2 * shift)) / (12 * h))
    return np.array(columns).T


def by_numpy(definition, u, t=T):
    """The equations evaluated one by one, as they are written."""
    values: dict = {**definition.values(), "t": np.float64(t)}
    place = 0
    for f in definition.fields:
        sites = int(values["n"]) if f.per_site else 1
        values[f.name] = u[place : place + sites] if f.per_site else u[place]
        place += sites
    algebra = Numbers(
        values, {(lag.component, lag.delay): u[place + k] for k, lag in enumerate(definition.lags)}
    )
    for name, text in definition.define.items():
        algebra.values[name] = functools.partial(fold, parse(text, name))
    out = []
    for f in definition.fields:
        for i in range(int(values["n"]) if f.per_site else 1):
            algebra.values["i"] = np.float64(i)
            out.append(fold(parse(definition.equations[f.key], f.key), algebra))
    return np.array(out)


@pytest.mark.parametrize("definition", [d for d in SYSTEMS if d.equations], ids=lambda d: d.name)
def test_the_right_hand_side_is_what_the_equations_say(definition):
    u, p = point(definition)
    expected = by_numpy(definition, u)
    # terms that cancel leave some round-off of their size
    np.testing.assert_allclose(
        field(definition, u, p), expected, rtol=1e-11, atol=1e-12 * np.abs(expected).max()
    )


@pytest.mark.parametrize("definition", [d for d in SYSTEMS if d.hamiltonian], ids=lambda d: d.name)
def test_hamiltonian_systems_follow_the_canonical_equations(definition):
    u, p = point(definition)
    made = kernels(definition)
    slope = differences(lambda u: np.array([made.energy(T, u, p)]), u)[0]
    half = u.size // 2
    expected = np.concatenate([slope[half:], -slope[:half]])
    du = field(definition, u, p)
    np.testing.assert_allclose(du, expected, atol=1e-7 * np.abs(expected).max())  # of the differences
    parts = np.zeros(u.size)
    made.velocity(T, u, p, parts)
    made.force(T, u, p, parts)
    np.testing.assert_allclose(parts, du, rtol=1e-13)  # shared parts are summed in another order


@by_name
def test_the_jacobian_is_that_of_differences(definition):
    u, p = point(definition)
    J = np.full((u.size - len(definition.lags), u.size), np.nan)
    kernels(definition).jacobian(T, u, p, J)
    numerical = differences(lambda u: field(definition, u, p), u)
    np.testing.assert_allclose(J, numerical, atol=1e-6 * np.abs(J).max())  # of the differences


@without_delay
def test_divergence_and_tangent_vectors_follow_the_jacobian(definition):
    u, p = point(definition)
    made, d = kernels(definition), u.size
    J = np.empty((d, d))
    made.jacobian(T, u, p, J)
    scale = np.abs(J).max()
    assert made.divergence(T, u, p) == pytest.approx(np.trace(J), abs=1e-13 * d * scale)
    tangents = np.random.default_rng(3).normal(size=(2, d))
    out = np.empty(3 * d)
    made.variational(T, np.concatenate([u, tangents.ravel()]), p, out)
    np.testing.assert_allclose(out[:d], field(definition, u, p), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(out[d:].reshape(2, d), tangents @ J.T, rtol=0, atol=1e-12 * d * scale)


def vanishes(expression) -> bool:
    """Whether an expression is 0 to 40 digits at points that are nothing special; sympy's own proof takes minutes."""
    import sympy

    rng = np.random.default_rng(4)
    symbols = sorted(expression.free_symbols, key=str)
    for _ in range(3):
        point = {s: sympy.Rational(int(rng.integers(100, 999)), 487) for s in symbols}
        if abs(sympy.N(expression.xreplace(point), 60)) > 1e-40:
            return False
    return True


@pytest.mark.parametrize("name", [n for n in FLOWS if FLOWS[n].hamiltonian and not FLOWS[n].sites])
def test_hamiltonian_flows_conserve_phase_volume_and_energy(name):
    system = Kernels(FLOWS[name]).system
    assert vanishes(system.trace())
    if FLOWS[name].autonomous:
        assert vanishes(
            sum(system.energy.diff(s) * row for s, row in zip(system.state, system.rows, strict=True))
        )


ON_AVERAGE = {"bouali2"}
"""Neither, but without divergence on average over every bounded orbit, which the tests of orbits measure."""


@pytest.mark.parametrize(
    "name",
    [n for n in FLOWS if FLOWS[n].category == "conservative" and not FLOWS[n].sites and n not in ON_AVERAGE],
)
def test_flows_that_are_called_conservative_are(name):
    system = Kernels(FLOWS[name]).system
    assert vanishes(system.trace()) or reversible(system)


def reversible(system) -> bool:
    """Whether changing some signs turns the flow around: the divergence is then 0 on average, as in Nose-Hoover's."""
    for signs in itertools.product((1, -1), repeat=len(system.state)):
        mirror = {s: sign * s for s, sign in zip(system.state, signs, strict=True)}
        turned = zip(system.rows, signs, strict=True)
        if all(vanishes(row.xreplace(mirror) + sign * row) for row, sign in turned):
            return True
    return False


def test_lags_are_read_after_the_state():
    definition = from_equations(
        {"x": "a*lag(y, tau) - x", "y": "lag(x, tau) + lag(y, s)"},
        {"a": 2, "tau": 1.5, "s": 1},
        name="lagged",
    )
    assert [(lag.component, lag.delay) for lag in definition.lags] == [("y", "tau"), ("x", "tau"), ("y", "s")]
    assert definition.category == "delay"
    u = np.array([0.1, 0.2, 3.0, 4.0, 5.0])
    assert np.allclose(field(definition, u, definition.vector()), [2 * 3.0 - 0.1, 4.0 + 5.0])
    with pytest.raises(ParameterError, match="without delay"):
        _ = kernels(definition).variational


def test_noise_amplitudes_are_zero_where_none_is_given():
    definition = from_equations(
        {"x": "-x", "y": "-y"}, {"s": 0.3}, name="noisy", noise={"y": "s*sqrt(1 + x**2)"}
    )
    b = np.full(2, np.nan)
    kernels(definition).noise(0.0, np.array([2.0, 0.0]), definition.vector(), b)
    assert np.allclose(b, [0, 0.3 * np.sqrt(5)])


def test_derivatives_of_functions_with_edges_are_those_of_the_branch_taken():
    definition = from_equations(
        {
            "x": "abs(x) + where(x > y, x**2, sqrt(y)) + minimum(x, 2*y)",
            "y": "mod(x, 3) + sign(y)*floor(x) + x**a",
        },
        {"a": 2.5},
        name="edges",
    )
    for u in ([1.3, 0.4], [0.2, 0.9]):
        J = np.empty((2, 2))
        kernels(definition).jacobian(0.0, np.array(u), definition.vector(), J)
        numerical = differences(lambda u: field(definition, u, definition.vector()), np.array(u))
        np.testing.assert_allclose(J, numerical, atol=1e-8)


def test_a_power_with_a_parameter_as_exponent_has_a_derivative_at_zero():
    definition = from_equations({"x": "x**n"}, {"n": 2.0}, name="hill")
    J = np.empty((1, 1))
    kernels(definition).jacobian(0.0, np.zeros(1), definition.vector(), J)
    assert J[0, 0] == 0


PROGRAM = """
    import json, sys
    import numpy as np
    from ergodica.sims.dynamics.catalogue import definitions
    from ergodica.sims.dynamics.kernels import kernels
    from ergodica.sims.dynamics.layout import blocks_of
    from ergodica.sims.dynamics.tables import from_equations
    user = from_equations({"x": "s*sin(y)", "y": "-x + exp(-y**2)"}, {"s": 1.5}, name="mine")
    counts = {}
    for definition in (definitions("flow")["lorenz63"], user):
        made = kernels(definition)
        u, p = definition.initial_point(), definition.vector()
        made.rhs(0.0, u, p, np.empty(u.size))
        made.jacobian(0.0, u, p, np.empty((u.size, u.size)))
        made.rk4(blocks_of(u[None]), blocks_of(p[None]), 0.01, 0, 1)
        for kernel in (made.rhs, made.jacobian, made.rk4):
            stats = kernel.dispatcher.stats
            counts[f"{definition.name} {kernel.__name__}"] = (
                sum(stats.cache_hits.values()), sum(stats.cache_misses.values())
            )
    print(json.dumps({"counts": counts, "sympy": "sympy" in sys.modules}))
"""


OF_A_USER = PROGRAM.replace('(definitions("flow")["lorenz63"], user)', "(user,)")


def in_a_process(program, **environment):
    return processes.told("-c", textwrap.dedent(program), **environment)


def test_the_next_process_compiles_nothing_and_needs_no_sympy(tmp_path):
    first = in_a_process(PROGRAM, ERGODICA_CACHE_DIR=str(tmp_path))
    second = in_a_process(PROGRAM, ERGODICA_CACHE_DIR=str(tmp_path))
    assert set(map(tuple, first["counts"].values())) == {(0, 1)}
    assert set(map(tuple, second["counts"].values())) == {(1, 0)}
    assert first["sympy"]
    assert not second["sympy"]


def test_without_a_cache_folder_kernels_work_all_the_same(tmp_path):
    (tmp_path / "file").touch()
    program = f"""
    import json, tempfile, warnings
    warnings.simplefilter("ignore")
    tempfile.tempdir = {str(tmp_path / "file")!r}
    """
    program = textwrap.dedent(program) + textwrap.dedent(OF_A_USER)
    counts = in_a_process(program, ERGODICA_CACHE_DIR=str(tmp_path / "file" / "cache"))["counts"]
    assert {hits for hits, _ in counts.values()} == {0}


def test_processes_that_start_at_once_share_a_cache(tmp_path):
    environment = {**os.environ, "ERGODICA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", textwrap.dedent(OF_A_USER)]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[0] != b"" and process.returncode for process in running] == [0, 0, 0]
    assert not list(tmp_path.rglob("*.tmp"))


CUDA = """
    import json
    import numpy as np
    from numba import cuda
    from ergodica.numerics.kernel import cuda_kernel
    from ergodica.sims.dynamics.catalogue import definitions
    from ergodica.sims.dynamics.kernels import Kernels

    out = {}
    for name in ("lorenz63", "beer-rnn", "duffing", "lorenz96"):
        definition = definitions("flow")[name]
        made = Kernels(definition, portable=True)
        rhs, jacobian = made.rhs, made.jacobian

        @cuda_kernel
        def evaluate(u, p, du, J):
            k = cuda.grid(1)
            if k < u.shape[0]:
                rhs(0.3, u[k], p, du[k])
                jacobian(0.3, u[k], p, J[k])

        start = definition.initial_point({"n": 5} if name == "lorenz96" else None)
        p = definition.vector({"n": 5} if name == "lorenz96" else None)
        u = start + np.linspace(0, 0.1, 3)[:, None]
        du, J = np.zeros_like(u), np.zeros((3, start.size, start.size))
        evaluate[2, 2](u, p, du, J)
        out[name] = [u.tolist(), p.tolist(), du.tolist(), J.tolist()]
    print(json.dumps(out))
"""


def test_the_same_source_runs_on_cuda():
    for name, values in in_a_process(CUDA, NUMBA_ENABLE_CUDASIM="1").items():
        u, p, du, J = map(np.array, values)
        for row, slope, matrix in zip(u, du, J, strict=True):
            # the simulator takes Python's mathematics, which rounds otherwise than ours
            np.testing.assert_allclose(slope, field(FLOWS[name], row, p), rtol=1e-12, atol=1e-13)
            ours = np.empty_like(matrix)
            kernels(FLOWS[name]).jacobian(T, row, p, ours)
            np.testing.assert_allclose(matrix, ours, rtol=1e-12, atol=1e-13)


def test_a_sum_that_does_not_get_out_of_another_is_refused():
    definition = from_equations(
        {"x[i]": "sum(j, sin(r*x[j]))"},
        {},
        {"x[i]": 0.1},
        sites={"n": 5},
        define={"r": "sum(k, x[k])"},
        name="nested",
    )
    with pytest.raises(ParameterError, match=r"nested: .*a sum must not hold another one in a function"):
        _ = kernels(definition).rhs


def test_a_nonseparable_energy_still_gives_equations():
    table = {
        "hamiltonian": {"positions": ["q"], "momenta": ["p"], "energy": "p**2*(1 + q**2)/2"},
        "initial": {"q": 1, "p": 0.5},
    }
    definition = definition_of(table, "geodesic", "flow")
    assert not definition.separable
    assert np.allclose(field(definition, np.array([1.0, 0.5]), definition.vector()), [0.5 * 2, -0.25])
