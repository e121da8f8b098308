"""Whatever is asked of a system, it runs or ends in our own error of one line."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ergodica import sims
from ergodica.numerics.errors import ErgodicaError, ParameterError
from ergodica.sims.loop import ResolutionWarning
from ergodica.sims.nlse_states import STATES

NLSE = sims.NLSE

awkward = st.sampled_from(
    [
        None,
        "",
        "x",
        "nan",
        [],
        {},
        (),
        -1,
        0,
        1,
        2.5,
        True,
        1e308,
        -1e-320,
        math.inf,
        math.nan,
        "1/0",
        b"x",
        2**70,
    ]
)
number = st.one_of(st.floats(-10, 10), st.floats(), st.integers(-5, 600), awkward)
per_member = st.one_of(number, st.lists(st.floats(-3, 3), max_size=3))
states = st.sampled_from([*sorted(STATES), "solitn", "2*sech(2*x)", "exp(", "x**x", "1/x", "__import__"])
parameters = st.dictionaries(
    st.sampled_from(
        [
            "amplitude", "velocity", "position", "phase", "c", "start", "background", "mode", "perturbation",
            "width", "strength", "correlation_length", "amplitude_1", "velocity_2", "position_2", "nonsense",
        ]
    ),
    per_member,
    max_size=3,
)  # fmt: skip
fields = {
    "points": st.one_of(st.sampled_from([8, 16, 34, 64, 128]), number),
    "length": st.one_of(st.floats(1, 200), number),
    "coupling": per_member,
    "initial": st.one_of(
        states, awkward, st.just(np.ones(64)), st.just(lambda x: x * 1j), st.just(lambda x: "no")
    ),
    "initial_parameters": st.one_of(parameters, awkward),
    "potential": st.one_of(awkward, st.just("0.1*x**2"), st.just(lambda x: -x), st.just(np.zeros(64))),
    "scheme": st.sampled_from(
        ["strang", "yoshida-4", "suzuki-4", "kahan-li-6", "kahan-li-8", "dop853", "euler", 8]
    ),
    "dt": st.one_of(st.floats(0.01, 1), number.filter(lambda v: not (isinstance(v, float) and 0 < v < 1e-3))),
    "tolerance": st.one_of(st.floats(1e-8, 1e-3), number),
    "filter": st.sampled_from(["none", "1/2", "2/3", "exponential", "3/4", None]),
    "filter_order": number,
    "filter_strength": number,
    "precision": st.sampled_from(["float64", "float32", "float16"]),
    "pointz": number,
}
run_fields = {
    "t_end": st.one_of(st.floats(0.01, 1), number.filter(lambda v: not (isinstance(v, int | float) and v > 10))),
    "snapshots": st.one_of(st.integers(2, 5), number.filter(lambda v: not (isinstance(v, int | float) and v > 10))),
    "seed": number,
    "members": st.one_of(st.sampled_from([None, 1, 2, 3]), awkward.filter(lambda v: v != 2**70)),
    "device": st.sampled_from(["cpu", "auto", "gpu", "cuda:-1", "", None]),
    "record": st.one_of(st.sampled_from([(), "density", ("spectrum", "spectral_tail"), "psi"]), awkward),
    "warm_up": st.one_of(st.just(0.0), st.floats(0, 1), awkward.filter(lambda v: v not in (1e308, 2**70))),
    "threads": st.sampled_from([None, 1, 0, -1, 1000, "2", 1.5]),
}  # fmt: skip


def some(strategies, most):
    """A dictionary with a few of the keys."""
    return st.lists(st.sampled_from(sorted(strategies)), unique=True, max_size=most).flatmap(
        lambda names: st.fixed_dictionaries({name: strategies[name] for name in names})
    )


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(values=some(fields, 4), run=some(run_fields, 2))
def test_every_configuration_runs_or_ends_in_our_own_error(values, run):
    values = {"points": 64, "dt": 0.05, **values}
    run = {"t_end": 0.1, "snapshots": 3, **run}
    refused = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResolutionWarning)
            ds = NLSE(**values).run(**run)
    except ErgodicaError as error:
        refused = str(error)
    if refused is not None:
        assert "\n" not in refused
        assert len(refused) < 600
        return
    assert ds.sizes["t"] == run["snapshots"]
    assert np.isfinite(ds.psi_real).all()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(values=some(fields, 4))
def test_every_valid_configuration_goes_through_the_file_and_back(values):
    try:
        simulation = NLSE(**{"points": 64, "dt": 0.05, **values})
    except ParameterError:
        return
    from ergodica.data.configuration import from_json, to_json

    stored = from_json(to_json(simulation.config()))
    for name in simulation.from_file:
        if stored[name] == "from-file":
            stored[name] = getattr(simulation, name)
    assert NLSE(**stored) == simulation


@pytest.mark.parametrize("name", ["points", "length", "coupling", "dt", "scheme", "filter", "precision"])
def test_an_error_names_its_parameter_and_the_value(name):
    with pytest.raises(ParameterError, match=rf"^{name}: .*got 'nonsense'"):
        NLSE(**{name: "nonsense"})
