"""Schools on CUDA through `run`, under numba's simulator: the values and files of the CPU."""

import numpy as np
import pytest
import simulated_cuda

ON_CUDA = """
    import json, sys
    import numpy as np
    from ergodica import sims
    from ergodica.numerics import arrays

    arrays._why_no_cuda = lambda index: ""  # the simulator needs no driver

    few = {"particles": 12, "noise": 0.3, "turning_rate": 900.0}
    school = sims.Couzin(**few, orientation_width=[1.0, 3.0], zone_deviation=0.2)
    schools = {
        "open": (school, 2),
        "periodic": (sims.Couzin(**few, box=10.0, initial="box", attraction_width=1.5), None),
        "plane": (sims.Couzin(**few, dimensions=2, informed=0.5, speeds=np.linspace(0.0, 4.0, 12)), None),
        "hunted": (sims.Couzin(**few, predators=2, pursuit="centre", flight_radius=20.0), None),
        "tied": (sims.Couzin(**few, box=35.0, initial="box", predators=1), None),
    }
    told = {}
    for name, (simulation, members) in schools.items():
        for device in ("cpu", "cuda"):
            ds = simulation.run(
                t_end=0.2, snapshots=2, members=members, seed=1, device=device, record=["unwrapped"]
            )
            told[f"{name} {device}"] = {key: ds[key].values.tolist() for key in ds if "t" in ds[key].dims}
    simulation, out = schools["hunted"][0], sys.argv[1]
    simulation.run(t_end=0.1, snapshots=2, seed=1, device="cuda", out=out).close()
    more = simulation.run(t_end=0.2, snapshots=3, seed=1, device="cuda", out=out, resume=True)
    whole = simulation.run(t_end=0.2, snapshots=3, seed=1, device="cuda")
    told["resumed"] = all(more[key].equals(whole[key]) for key in whole)
    start = np.zeros((2, 2, 3))
    start[:, 1, 0], start[1, 0, 0] = 1.0, 1.7e308
    try:
        lost = sims.Couzin(particles=2, initial=start, speed=1e9, noise=0.0, dt=1e299, turning_rate=1.0)
        lost.run(t_end=2e299, snapshots=2, device="cuda")
    except Exception as error:
        told["lost"] = [type(error).__name__, str(error)]
    print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cuda")
    return simulated_cuda.told(ON_CUDA, folder, folder / "run.nc")


@pytest.mark.parametrize("name", ["open", "periodic", "plane", "hunted", "tied"])
def test_a_school_on_cuda_swims_as_on_the_cpu(told, name):
    here, there = told[f"{name} cpu"], told[f"{name} cuda"]
    assert here.keys() == there.keys()
    for key in here:
        # round-off of two steps, in which a sum of unit vectors that nearly cancel may lose some digits
        np.testing.assert_allclose(there[key], here[key], rtol=0, atol=1e-11)
    assert np.abs(np.diff(here["heading"], axis=-3)).max() > 0.1  # they do turn


def test_a_run_on_cuda_goes_on_bit_for_bit(told):
    assert told["resumed"]


def test_a_particle_that_is_lost_on_cuda_is_named(told):
    assert told["lost"][0] == "RunError"
    assert "particle 1 of member 0 is no longer finite" in told["lost"][1]
