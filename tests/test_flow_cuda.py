"""Flows on CUDA through `run`, under numba's simulator: the values, warnings and files of the CPU."""

import numpy as np
import pytest
import simulated_cuda

ON_CUDA = """
    import json, sys, warnings
    import numpy as np
    from ergodica import sims
    from ergodica.numerics import arrays

    arrays._why_no_cuda = lambda index: ""  # the simulator needs no driver

    def pendulum(t, u, p, du):
        du[0] = u[1]
        du[1] = p[0] * np.cos(t) - np.sin(u[0])

    square = sims.Flow.from_equations({"x": "a*x**2"}, initial={"x": 1.0}, parameters={"a": 1.0})
    flows = {
        "forced": sims.Flow(system="duffing", spread=0.1),
        "sites": sims.Flow(system="lorenz96", parameters={"n": 5}),
        "function": sims.Flow.from_function(pendulum, {"angle": 1.0, "rate": 0.0}, {"force": 0.3}),
        "lost": square.changed(parameters={"a": [1000.0, -1.0, 1.0]}),
    }
    told = {}
    for name, flow in flows.items():
        for device in ("cpu", "cuda"):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                ds = flow.changed(scheme="rk4").run(
                    t_end=0.1, snapshots=3, members=3, seed=1, warm_up=0.05, device=device
                )
            said = [str(w.message) for w in caught if "member" in str(w.message)]
            told[f"{name} {device}"] = [ds.state.values.tolist(), said, json.loads(ds.ergodica_config)["device"]]
    flow, out = flows["forced"].changed(scheme="rk4"), sys.argv[1]
    flow.run(t_end=0.05, snapshots=2, members=3, seed=1, warm_up=0.05, device="cuda", out=out).close()
    ds = flow.run(t_end=0.1, snapshots=3, members=3, seed=1, warm_up=0.05, device="cuda", out=out, resume=True)
    told["resumed"] = ds.state.values.tolist()
    print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cuda")
    return simulated_cuda.told(ON_CUDA, folder, folder / "run.nc")


@pytest.mark.parametrize("name", ["forced", "sites", "function", "lost"])
def test_a_run_on_cuda_gives_the_values_and_warnings_of_the_cpu(told, name):
    (here, said_here, device_here), (there, said_there, device_there) = (
        told[f"{name} cpu"],
        told[f"{name} cuda"],
    )
    # round-off of sixty steps
    np.testing.assert_allclose(there, here, rtol=1e-11, atol=1e-12)
    assert said_there == said_here
    assert (device_here, device_there) == ("cpu", "cuda:0")


def test_a_member_that_is_lost_on_cuda_is_masked(told):
    state, said, _ = told["lost cuda"]
    assert np.isnan(state[0]).all()
    assert np.isfinite(state[1:]).all()
    assert "member 0 stopped" in said[0]


def test_a_run_on_cuda_goes_on_bit_for_bit(told):
    np.testing.assert_array_equal(told["resumed"], told["forced cuda"][0])
