"""Whatever is asked of a school, it swims or ends in our own error of one line."""

import math
import warnings

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ergodica import sims
from ergodica.numerics.errors import ErgodicaError

awkward = st.sampled_from(
    [None, "", "x", "nan", [], {}, (), -1, 0, 1, 2.5, True, 1e308, -1e-320, math.inf, math.nan, b"x", 2**70]
)
number = st.one_of(st.floats(-5, 30), st.floats(), awkward)
per_member = st.one_of(number, st.lists(st.floats(-1, 5), max_size=3))
start = np.stack([np.arange(15.0).reshape(5, 3), np.tile([0.0, 0.6, 0.8], (5, 1))], axis=1)
arrays = st.sampled_from(
    [start, start[:, :, :2], 2 * start, np.zeros((5, 2, 3)), np.full((2, 5, 2, 3), np.nan), np.ones(5)]
)
own = st.sampled_from(
    [np.ones(5), np.arange(15.0).reshape(5, 3), -np.ones((5, 3)), np.ones((2, 5)), "box", 3]
)
fields = {
    "particles": st.one_of(st.integers(1, 30), awkward.filter(lambda v: v != 2**70)),
    "dimensions": st.one_of(st.sampled_from([2, 3]), awkward),
    "box": st.one_of(st.floats(1, 100), number),
    **dict.fromkeys(
        (
            *("repulsion_radius", "orientation_width", "attraction_width", "field_of_view", "speed", "turning_rate"),
            *("noise", "speed_deviation", "zone_deviation", "informed", "preference", "sight", "predator_speed"),
            *("predator_turning_rate", "flight_radius"),
        ),
        per_member,
    ),
    "noise_time": number,
    "speeds": st.one_of(own, awkward),
    "zones": st.one_of(own, awkward),
    "preferred_direction": st.one_of(st.just((1.0, 2.0)), st.just((0, 0, 1)), awkward),
    "predators": st.one_of(st.integers(0, 3), awkward),
    "pursuit": st.one_of(st.sampled_from(["nearest", "centre"]), awkward),
    "predator_initial": st.one_of(st.sampled_from(["outside", start[:1], start[:2], -start[:2]]), awkward),
    "initial": st.one_of(st.sampled_from(["sphere", "box", "from-file"]), arrays, awkward),
    "initial_spacing": number,
    "dt": st.one_of(st.floats(0.01, 1), number.filter(lambda v: not (isinstance(v, float) and 0 < v < 1e-3))),
}  # fmt: skip
run_fields = {
    "members": st.one_of(st.sampled_from([None, 1, 2, 3])),
    "device": st.sampled_from(["cpu", "auto", "gpu", None]),
    "record": st.one_of(st.sampled_from([(), ("unwrapped",), "x"])),
    "threads": st.sampled_from([None, 1, 2, 0]),
}


def some(strategies, most):
    """A dictionary with a few of the keys."""
    return st.lists(st.sampled_from(sorted(strategies)), unique=True, max_size=most).flatmap(
        lambda names: st.fixed_dictionaries({name: strategies[name] for name in names})
    )


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(values=some(fields, 4), run=some(run_fields, 2))
def test_every_school_swims_or_ends_in_our_own_error(values, run):
    values = {"particles": 5, **values}
    refused = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            simulation = sims.Couzin(**values)
            ds = simulation.run(t_end=0.5, snapshots=3, **run)
    except ErgodicaError as error:
        refused = str(error)
    if refused is not None:
        assert "\n" not in refused
        assert len(refused) < 600
        return
    assert np.isfinite(ds.position).all()
    # divided by their length at every step
    assert np.abs(np.linalg.norm(ds.heading, axis=-1) - 1).max() < 1e-6
    if simulation.predators:
        assert np.isfinite(ds.predator_position).all()
    if simulation.box is not None:
        assert ((ds.position >= 0) & (ds.position < simulation.box)).all()
    assert sims.from_dataset(ds) == simulation
