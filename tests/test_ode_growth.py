"""Members that grow without end: stopped early, and told from what is large by its unit."""

import numpy as np
import pytest

from ergodica.numerics import kernel
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.engines.ode.codes import DIVERGES
from ergodica.sims.engines.ode.dop853 import Dop853
from ergodica.sims.engines.ode.implicit import Implicit

WIDTH, HEIGHT, WHEN = 1e-4, 1e9, 1.0


@kernel(error_model="numpy")
def pulse(t, u, p, du):
    """u = height / (1 + ((t - when) / width)^2): large and short, as of a laser, and gone again."""
    x = (t - p[2]) / p[1]
    du[0] = -2.0 * p[0] * x / (p[1] * (1.0 + x * x) ** 2)


SCHEMES = {"dop853": (Dop853, {}), "radau": (Implicit, {"stages": 5})}


@pytest.mark.parametrize("spacing", [50.0, 0.01])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_an_orbit_that_turns_ever_faster_as_it_grows_is_stopped_however_it_is_sampled(scheme, spacing):
    # Roessler's equations with a = 0.9 leave the attractor: |u| grows by e each unit of time or so and the frequency
    # as its root, so that t=50 would ask for some 1e10 steps
    rossler = kernels(definitions("flow")["rossler"])
    make, options = SCHEMES[scheme]
    p = np.array([[0.9, 0.2, 5.7], [0.2, 0.2, 5.7]])
    one = make(rhs=rossler.rhs, parameters=p, spacing=spacing, rtol=1e-6, atol=1e-6, **options)
    state = one.start(np.tile([1.0, 1.0, 0.0], (2, 1)))
    one.advance(state, 0, round(50.0 / spacing))
    assert state["failed"].tolist() == [DIVERGES, 0]
    assert 20.0 < state["failed_at"][0] < 35.0
    assert np.isfinite(state["u"]).all(axis=1).tolist() == [False, True]
    assert "the state grew from 1 to " in one.failures(state)[0][1]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_short_pulse_in_large_units_is_no_divergence(scheme):
    make, options = SCHEMES[scheme]
    start = HEIGHT / (1.0 + (WHEN / WIDTH) ** 2)
    assert HEIGHT / start > 1e6  # by far more than what counts as decades
    one = make(
        rhs=pulse, parameters=np.array([[HEIGHT, WIDTH, WHEN]]), spacing=0.05, max_step=0.02, **options
    )
    state = one.start(np.array([[start]]))
    u = one.sample(state, 0, 40)[:, 0, 0]
    t = 0.05 * np.arange(1, 41)
    # the error of a step is 1e-9 of the height, some hundreds of steps
    np.testing.assert_allclose(u, HEIGHT / (1.0 + ((t - WHEN) / WIDTH) ** 2), atol=1e-6 * HEIGHT)
    assert state["failed"].tolist() == [0]
