"""Split-step and adaptive steppers: orders, reversibility, invariants, bit-identity, failures."""

import os
import subprocess
import sys

import numpy as np
import pytest

from ergodica.numerics.errors import ParameterError
from ergodica.sims.engines.adaptive import AdaptiveStep, StepFailure
from ergodica.sims.engines.composition import SCHEMES, composition
from ergodica.sims.engines.invariants import invariants
from ergodica.sims.engines.split_step import SplitStep
from ergodica.sims.engines.split_step_arrays import advance_arrays

LENGTH = 24.0


def grid(points: int, length: float = LENGTH) -> tuple[np.ndarray, np.ndarray]:
    x = -length / 2 + length / points * np.arange(points)
    return x, 2 * np.pi * np.fft.fftfreq(points, length / points)


def soliton(x: np.ndarray, t: float, amplitude: float = 1.0, velocity: float = 0.5) -> np.ndarray:
    """A sech(A y) exp(i (v y + (A^2 + v^2) t / 2)), y = x - v t."""
    y = x - velocity * t
    phase = velocity * y + (amplitude**2 + velocity**2) * t / 2
    return amplitude / np.cosh(amplitude * y) * np.exp(1j * phase)


def breathing(points: int, members: int = 1, seed: int = 0) -> np.ndarray:
    """Smooth fields with no symmetry, (members, N)."""
    x, _ = grid(points)
    rng = np.random.default_rng(seed)
    fields = [
        soliton(x, 0, 1.2, 0.3) + 0.3 * np.exp(-((x - a) ** 2) + 1j * b * x)
        for a, b in rng.uniform(-2, 2, (members, 2))
    ]
    return np.array(fields)


def filter_of(k: np.ndarray) -> np.ndarray:
    return np.exp(-36 * (np.abs(k) / np.abs(k).max() * 1.5) ** 8)


def stepper(points: int, t: float, steps: int, members: int = 1, **options) -> SplitStep:
    _, k = grid(points)
    options = {"coupling": np.ones(members), "scheme": "kahan-li-8", "threads": 1} | options
    return SplitStep(symbol=k**2 / 2, dt=t / steps, steps_per_snapshot=steps, **options)


def run(psi: np.ndarray, t: float, steps: int, **options) -> np.ndarray:
    state = {"psi": psi.copy()}
    engine = stepper(psi.shape[1], t, steps, len(psi), **options)
    for first in range(0, steps, engine.slice_steps):
        engine.advance(state, first, min(engine.slice_steps, steps - first))
    return state["psi"]


def run_adaptively(psi: np.ndarray, t: float, rtol: float, intervals: int = 1, **options) -> dict:
    _, k = grid(psi.shape[1])
    state = {"psi": psi.copy(), "step": np.zeros(len(psi))}
    options = {"coupling": np.ones(len(psi)), "atol": 0.0, "threads": 1} | options
    engine = AdaptiveStep(symbol=k**2 / 2, spacing=t / intervals, rtol=rtol, **options)
    for interval in range(intervals):
        engine.advance(state, interval, 1)
    return state


# --- compositions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_weights_satisfy_the_order_conditions(scheme):
    weights = np.array(scheme.weights)
    assert np.array_equal(weights, weights[::-1])
    assert abs(weights.sum() - 1) < 1e-15
    for power in range(3, scheme.order, 2):  # necessary for any symmetric composition of symmetric steps
        assert abs((weights**power).sum()) < 1e-15  # weights are given to 25 digits, kept to 16
    assert abs(sum(scheme.joints) - 1) < 1e-15
    assert scheme.stages == len(weights) == len(scheme.joints) - 1


STEPS = {  # step numbers for which the error over t=1 lies between the pre-asymptotic range and round-off
    "strang": (100, 200, 400),
    "yoshida-4": (60, 120, 240),
    "suzuki-4": (30, 60, 120),
    "kahan-li-6": (30, 45, 60),
    "kahan-li-8": (16, 22, 30),
}


@pytest.mark.parametrize("name", SCHEMES)
def test_observed_order_is_the_declared_one(name):
    psi = breathing(128)
    truth = run(psi, 1.0, 400, scheme="kahan-li-8")
    errors = [np.abs(run(psi, 1.0, n, scheme=name) - truth).max() for n in STEPS[name]]
    slope = -np.polyfit(np.log(STEPS[name]), np.log(errors), 1)[0]
    assert abs(slope - composition(name).order) < 0.35, errors  # the next term adds h^2 of relative size


def test_an_unknown_scheme_names_the_nearest():
    with pytest.raises(ParameterError, match="kahan-li-8"):
        composition("kahan-li8")


# --- split step --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [128, 144, 250, 1024])
def test_a_soliton_is_followed_to_round_off(points):
    x, k = grid(points, 80.0)  # sech(38) is 1e-16
    engine = SplitStep(symbol=k**2 / 2, coupling=np.ones(1), dt=0.01, steps_per_snapshot=200)
    state = {"psi": soliton(x, 0)[None]}
    engine.advance(state, 0, 200)
    # the spectrum of sech ends at exp(-pi k_max / 2), and round-off grows with the number of transforms
    resolved = np.exp(-np.pi * np.abs(k).max() / 2 + 2)
    assert np.abs(state["psi"][0] - soliton(x, 2.0)).max() < 1e-11 + resolved


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("filtered", [False, True])
def test_running_the_conjugate_goes_back(name, filtered):
    psi = breathing(64)
    x, k = grid(64)
    options = {
        "scheme": name,
        "potential": 0.1 * np.cos(x),
        "density_filter": filter_of(k) if filtered else None,
    }
    there = run(psi, 2.0, 40, **options)
    back = run(there.conj(), 2.0, 40, **options).conj()
    assert np.abs(there - psi).max() > 0.1
    assert np.abs(back - psi).max() < 1e-12  # 2 x 40 x 17 substeps, a few 1e-16 each


def test_every_substep_is_unitary_also_with_a_filter():
    psi = breathing(128, members=2)
    x, k = grid(128)
    after = run(psi, 5.0, 50, potential=0.3 * np.sin(x), density_filter=filter_of(k), scheme="strang")
    before, now = (np.abs(f) ** 2 for f in (psi, after))
    assert np.abs(now.sum(1) / before.sum(1) - 1).max() < 1e-13  # 100 substeps, a few 1e-16 each


def test_the_filtered_energy_is_conserved_and_the_plain_one_is_not():
    psi = breathing(128)
    x, k = grid(128)
    options = {"potential": 0.3 * np.cos(x), "density_filter": np.exp(-((k / 2) ** 2))}
    measured = {"k": k, "dx": LENGTH / 128, "coupling": np.ones(1), **options}
    before, after = (invariants(f, **measured) for f in (psi, run(psi, 4.0, 400, **options)))
    assert (
        abs(after["filtered_energy"] - before["filtered_energy"]) < 1e-11
    )  # error of the scheme and round-off
    assert abs(after["mass"] - before["mass"]) < 1e-11
    assert abs(after["energy"] - before["energy"]) > 1e-3


def test_a_member_has_the_same_bits_in_any_ensemble_and_on_any_threads():
    psi = breathing(256, members=5)
    coupling = np.array([1.0, -1.0, 0.5, 0.0, 2.0])
    alone = np.concatenate([run(psi[j : j + 1], 1.0, 20, coupling=coupling[j : j + 1]) for j in range(5)])
    for threads in (1, 2, None):
        assert np.array_equal(alone, run(psi, 1.0, 20, coupling=coupling, threads=threads))


def test_a_slice_depends_on_the_grid_and_the_scheme_alone():
    one, many = stepper(512, 1.0, 10), stepper(512, 3.0, 70, members=50, threads=2)
    assert one.slice_steps == many.slice_steps >= 1
    assert stepper(2**20, 1.0, 10).slice_steps == 1


@pytest.mark.parametrize("filtered", [False, True])
@pytest.mark.parametrize("points", [60, 128])
def test_the_array_path_agrees_with_the_compiled_one(points, filtered):
    psi = breathing(points, members=3)
    x, k = grid(points)
    coupling = np.array([1.0, -0.5, 0.0])
    options = {
        "coupling": coupling,
        "potential": 0.2 * x**2 / LENGTH,
        "density_filter": filter_of(k) if filtered else None,
    }
    compiled = run(psi, 1.0, 10, **options)
    arrays = psi.copy()
    engine = stepper(points, 1.0, 10, 3, **options)
    engine._advance_arrays(np, arrays, 10)
    assert np.abs(arrays - compiled).max() < 1e-12  # 10 x 17 substeps of two libraries, a few 1e-16 each
    assert advance_arrays.__doc__


@pytest.mark.parametrize("points", [7, 9, 6, 0])
def test_odd_and_tiny_grids_are_refused(points):
    with pytest.raises(ParameterError, match="points: an even number"):
        SplitStep(symbol=np.zeros(points), coupling=np.ones(1), dt=0.1, steps_per_snapshot=1)


@pytest.mark.parametrize("name", ["potential", "density_filter"])
def test_fields_of_another_length_are_refused(name):
    with pytest.raises(ParameterError, match=f"{name}: shape"):
        stepper(16, 1.0, 1, **{name: np.zeros(8)})


# --- adaptive ----------------------------------------------------------------------------------------------


def test_the_adaptive_error_follows_the_tolerance():
    psi = breathing(128)
    truth = run(psi, 2.0, 800)
    tolerances = np.array([1e-6, 1e-8, 1e-10, 1e-12])
    errors = [np.abs(run_adaptively(psi, 2.0, rtol)["psi"] - truth).max() for rtol in tolerances]
    assert np.all(
        errors < 100 * tolerances + 1e-11
    )  # some 100 steps add up; the truth has 1e-12 of round-off
    slope = np.polyfit(np.log(tolerances[:3]), np.log(errors[:3]), 1)[0]
    assert 0.7 < slope < 1.4  # proportional, with the spread of accepted errors between steps


@pytest.mark.parametrize("filtered", [False, True])
def test_adaptive_and_split_step_solve_the_same_equation(filtered):
    psi = breathing(100, members=2)
    x, k = grid(100)
    options = {
        "coupling": np.array([1.0, -0.7]),
        "potential": 0.5 * np.cos(x),
        "density_filter": filter_of(k) if filtered else None,
    }
    split = run(psi, 1.0, 300, **options)
    assert np.abs(run_adaptively(psi, 1.0, 1e-12, **options)["psi"] - split).max() < 1e-10


def test_adaptive_members_are_independent_of_each_other_and_of_threads():
    psi = breathing(64, members=4)
    alone = [run_adaptively(psi[j : j + 1], 1.0, 1e-8) for j in range(4)]
    for threads in (1, 2):
        together = run_adaptively(psi, 1.0, 1e-8, threads=threads)
        assert np.array_equal(together["psi"], np.concatenate([a["psi"] for a in alone]))
        assert np.array_equal(together["step"], np.concatenate([a["step"] for a in alone]))


def test_an_adaptive_run_continues_from_its_state_with_the_same_bits():
    psi = breathing(64)
    whole = run_adaptively(psi, 2.0, 1e-8, intervals=10)
    half = run_adaptively(psi, 1.0, 1e-8, intervals=5)
    _, k = grid(64)
    engine = AdaptiveStep(symbol=k**2 / 2, coupling=np.ones(1), spacing=0.2, rtol=1e-8, atol=0.0, threads=1)
    engine.advance(half, 5, 5)
    assert np.array_equal(whole["psi"], half["psi"])
    assert np.array_equal(whole["step"], half["step"])


def test_an_interval_may_take_several_calls():
    """Long intervals are cut so that Ctrl-C is heard; the cuts cost round-off only."""
    psi = breathing(64, members=2)
    whole = run_adaptively(psi, 2.0, 1e-10)
    _, k = grid(64)
    engine = AdaptiveStep(symbol=k**2 / 2, coupling=np.ones(2), spacing=2.0, rtol=1e-10, atol=0.0, threads=1)
    assert engine.steps_a_call > 1000
    engine.steps_a_call = 3
    state = {"psi": psi.copy(), "step": np.zeros(2)}
    engine.advance(state, 0, 1)
    assert np.abs(state["psi"] - whole["psi"]).max() < 1e-12  # some 30 pairs of transforms more


def test_a_field_at_rest_takes_one_step_an_interval():
    state = run_adaptively(np.zeros((1, 16), complex), 3.0, 1e-9)
    assert not state["psi"].any()
    assert state["step"][0] >= 3.0


def test_adaptive_failures_name_member_time_and_remedy():
    psi = breathing(64, members=2)
    with pytest.raises(StepFailure, match=r"3 steps did not reach .* member 0 at t=.*larger rtol"):
        run_adaptively(psi, 100.0, 1e-10, max_steps=3)
    psi[1, 3] = np.nan
    before = psi[1].copy()
    with pytest.raises(StepFailure, match="not finite in member 1 at t=0 "):
        run_adaptively(psi, 1.0, 1e-6)
    assert np.array_equal(psi[1], before, equal_nan=True)
    with pytest.raises(StepFailure, match=r"the step fell to .* larger rtol"):
        run_adaptively(breathing(64), 1.0, 1e-60)


@pytest.mark.parametrize("tolerances", [{"rtol": -1.0}, {"rtol": float("nan")}, {"rtol": 0.0, "atol": 0.0}])
def test_tolerances_that_cannot_work_are_refused(tolerances):
    with pytest.raises(ParameterError, match="rtol:"):
        AdaptiveStep(symbol=np.zeros(8), coupling=np.ones(1), spacing=1.0, **tolerances)


# --- invariants --------------------------------------------------------------------------------------------


def test_invariants_of_a_soliton_are_the_closed_forms():
    x, k = grid(512, 50.0)
    amplitude, velocity = np.array([2.0, 1.0]), np.array([1.0, -0.5])
    psi = np.array([soliton(x, 0, a, v) for a, v in zip(amplitude, velocity, strict=True)])
    potential = np.full(512, 0.7)
    measured = invariants(psi, k=k, dx=50 / 512, coupling=np.ones(2), potential=potential)
    mass = 2 * amplitude
    # spectral sums of sech profiles: round-off of some 500 terms
    assert measured["mass"] == pytest.approx(mass, abs=1e-12)
    assert measured["momentum"] == pytest.approx(mass * velocity, abs=1e-12)
    energy = amplitude * velocity**2 - amplitude**3 / 3 + 0.7 * mass
    assert measured["energy"] == pytest.approx(energy, abs=1e-12)


def test_the_nyquist_mode_carries_no_momentum():
    x, k = grid(16)
    psi = np.cos(np.pi * np.arange(16))[None] + 0j
    assert invariants(psi, k=k, dx=LENGTH / 16, coupling=np.ones(1))["momentum"] == pytest.approx(
        0.0, abs=1e-13
    )
    assert x.size == 16


# --- guards ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("psi", [np.zeros((2, 16), complex), np.zeros((1, 32), complex), np.zeros((1, 16))])
def test_a_state_of_another_shape_or_type_is_refused(psi):
    with pytest.raises(ParameterError, match="psi: contiguous complex128 of shape"):
        stepper(16, 1.0, 1).advance({"psi": psi}, 0, 1)


CACHED = """
import os
import subprocess
import sys

import numpy as np
from ergodica.sims.engines.split_step import SplitStep
from ergodica.sims.engines.split_step_kernel import advance_member
engine = SplitStep(symbol=np.ones(128), coupling=np.ones(1), dt=0.1, steps_per_snapshot=1)
engine.advance({"psi": np.ones((1, 128), complex)}, 0, 1)
stats = advance_member.dispatcher.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def test_the_next_process_compiles_nothing(tmp_path):
    """Vector code and library transforms inside a kernel must not keep it from the cache on disk."""
    environment = {**os.environ, "ERGODICA_CACHE_DIR": str(tmp_path)}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", CACHED], env=environment, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert outputs == [["0", "1"], ["1", "0"]]
