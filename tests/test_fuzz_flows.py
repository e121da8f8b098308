"""Whatever is asked of a flow or a map, it runs or ends in our own error of one line."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ergodica import sims
from ergodica.numerics.errors import ErgodicaError, ParameterError
from ergodica.sims import periods
from ergodica.sims.loop import MemberWarning, ResolutionWarning

awkward = st.sampled_from(
    [None, "", "x", "nan", [], {}, (), -1, 0, 1, 2.5, True, 1e308, -1e-320, math.inf, math.nan, "1/0", b"x", 2**70]
)  # fmt: skip
number = st.one_of(st.floats(-30, 30), awkward)
each = st.one_of(number, st.lists(st.floats(-3, 3), max_size=3))
systems = st.sampled_from(
    ["lorenz63", "Lorenz", "duffing", "henon-heiles", "henon", "logistic", "lorens63", "", None, 3]
)
fields = {
    "system": systems,
    "parameters": st.one_of(
        st.dictionaries(st.sampled_from(["sigma", "rho", "beta", "a", "b", "r", "lam", "no"]), each, max_size=2),
        awkward,
    ),
    "initial": st.one_of(
        st.dictionaries(st.sampled_from(["x", "y", "px", "w"]), number, max_size=2),
        st.lists(st.floats(-3, 3), max_size=4),
        st.sampled_from(["1,2,3", "1,2", "a,b,c", ","]),
        st.sampled_from([np.ones(3), np.ones((2, 3)), np.ones((2, 2)), np.full(3, np.nan), np.array(["x"])]),
        awkward,
    ),
    "spread": number,
    "scheme": st.sampled_from(["auto", "dop853", "rk4", "suzuki-4", "delay", "sra1", "euler", None]),
    "tolerance": st.one_of(st.floats(1e-8, 1e-3), number),
    "dt": st.one_of(st.floats(0.01, 1), number.filter(lambda v: not (isinstance(v, float) and 0 < v < 1e-3))),
    "definition_table": st.one_of(st.just({"equations": {"x": "-x"}, "initial": {"x": 1.0}}), awkward),
    "function": awkward,
    "nonsense": number,
}  # fmt: skip
few = awkward.filter(lambda v: not (isinstance(v, int | float) and v > 10))
run_fields = {
    "t_end": st.one_of(st.floats(0.01, 1), st.integers(1, 9), few),
    "snapshots": st.one_of(st.integers(2, 5), few),
    "periods": st.one_of(st.floats(0.1, 3), few),
    "points_per_period": st.one_of(st.integers(1, 9), few),
    "seed": awkward,
    "members": st.one_of(st.sampled_from([None, 1, 2, 3]), awkward.filter(lambda v: v != 2**70)),
    "device": st.sampled_from(["cpu", "auto", "gpu", "cuda:-1", "", None]),
    "record": st.one_of(st.sampled_from([(), "energy"]), awkward),
    "warm_up": st.one_of(st.just(0.0), st.floats(0, 1), few),
    "threads": st.sampled_from([None, 1, 0, -1, 1000, "2", 1.5]),
}


@pytest.fixture(autouse=True, scope="module")
def known_period():
    """Periods that are not in the table need not be computed here."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(periods, "_computed", lambda *given: 0.5)
        yield


def some(strategies, most):
    """A dictionary with a few of the keys."""
    return st.lists(st.sampled_from(sorted(strategies)), unique=True, max_size=most).flatmap(
        lambda names: st.fixed_dictionaries({name: strategies[name] for name in names})
    )


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from([(sims.Flow, "lorenz63"), (sims.Map, "henon")]),
    values=some(fields, 3),
    run=some(run_fields, 3),
)
def test_every_configuration_runs_or_ends_in_our_own_error(kind, values, run):
    cls, system = kind
    by_time = {} if {"periods", "points_per_period"} & run.keys() else {"t_end": 2.0, "snapshots": 3}
    refused, ds = None, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResolutionWarning)
            warnings.simplefilter("ignore", MemberWarning)
            ds = cls(**{"system": system, **values}).run(**{**by_time, **run})
    except ErgodicaError as error:
        refused = str(error)
    if refused is not None:
        assert "\n" not in refused
        assert len(refused) < 1200  # some name all that there is
        return
    assert ds.sizes["t"] >= 2
    # evenly spaced to the last of 15 digits of the largest time
    assert np.ptp(np.diff(ds.t)) <= 4e-15 * max(1.0, float(ds.t[-1]))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(kind=st.sampled_from([(sims.Flow, "lorenz63"), (sims.Map, "henon")]), values=some(fields, 3))
def test_every_valid_configuration_goes_through_the_file_and_back(kind, values):
    cls, system = kind
    try:
        simulation = cls(**{"system": system, **values})
    except ParameterError:
        return
    from ergodica.data.configuration import from_json, to_json

    stored = from_json(to_json(simulation.config()))
    for name in simulation.from_file:
        if stored[name] == "from-file":
            stored[name] = getattr(simulation, name)
    assert cls(**stored) == simulation
