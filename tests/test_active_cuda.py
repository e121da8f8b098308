"""Active particles on CUDA through `run`, under numba's simulator: the values, files and errors of the CPU."""

import numpy as np
import pytest
import simulated_cuda

ON_CUDA = """
    import json, math, sys
    import numpy as np
    from ergodica import sims
    from ergodica.numerics import arrays, cuda_cells
    from ergodica.numerics.arrays import resolve_device
    from ergodica.numerics.kernel import CudaKernel
    from ergodica.sims.particles import cuda_extent
    from ergodica.sims.simulation import Draw

    arrays._why_no_cuda = lambda index: ""  # the simulator needs no driver
    cuda_cells.THREADS = cuda_extent.THREADS = 8  # more than one block, and few idle threads to simulate

    launched = []
    plain = CudaKernel.__getitem__

    def counted(self, shape):
        return lambda *args: launched.append(self.function.__name__) or plain(self, shape)(*args)

    CudaKernel.__getitem__ = counted

    def yukawa(r, p):
        return p[0] * math.exp(-r / p[1]) / r

    own = sims.PairFunction(yukawa, reach=2.0, parameters=(2.0, 0.5))
    few = {"particles": 10, "dt": 2e-3}
    systems = {
        "plane": sims.ActiveBrownian(**few, packing_fraction=0.5, speed=10.0),
        "space": sims.ActiveBrownian(**few, packing_fraction=0.1, speed=10.0, dimensions=3, temperature=0.1),
        "softplus": sims.ActiveOU(particles=10, trap=0.5, speed=[2.0, 0.5]),
        "heun": sims.ActiveOU(**few, packing_fraction=0.4, scheme="heun", pair_force="harmonic", temperature=2.0),
        "ring": sims.ActiveOU.preset("ring"),
        "wca": sims.Brownian(particles=10, packing_fraction=0.4, pair_force="wca", stiffness=1.0, dt=1e-4),
        "own": sims.ActiveBrownian(**few, packing_fraction=0.2, function=own, speed=10.0),
        "tumbles": sims.RunAndTumble(**few, packing_fraction=0.4, speed=10.0, tumbling_rate=50.0),
        "tumbles in space": sims.RunAndTumble(**few, trap=1.0, dimensions=3, temperature=0.1, tumbling_rate=50.0),
        "free": sims.ActiveBrownian(particles=10, pair_force="none", trap=0.5, scheme="heun", temperature=0.1, dt=0.05),
        "crowd": sims.Brownian(particles=30, box=2.2, stiffness=1.0, temperature=0.1, dt=0.02),
    }
    told = {}
    for name, system in systems.items():
        given = {"snapshots": 3, "seed": len(name), "members": 2 if name == "softplus" else None}
        for device in ("cpu", "cuda"):
            ds = system.run(t_end=12 * system.dt, **given, device=device, record=["unwrapped"])
            told[f"{name} {device}"] = {key: ds[key].values.tolist() for key in ds if "t" in ds[key].dims}
    system = systems["plane"]
    for seed in (1, 2):
        draws = [Draw(seed=seed, member=3)]
        steppers = {
            name: system.stepper(1.0, draws=draws, device=resolve_device(name), threads=1) for name in ("cpu", "cuda")
        }
        for way in ("cpu cpu cpu", "cpu cuda cpu", "cuda cpu cuda", "cuda cuda cuda"):
            state = system.initial_state(draws)
            for part, name in enumerate(way.split()):
                steppers[name].advance(state, 8 * part, 8)
            told[f"{way} {seed}"] = {key: value.tolist() for key, value in state.items()}
    whole = system.run(t_end=12 * system.dt, snapshots=3, seed=1, device="cuda")
    system.run(t_end=6 * system.dt, snapshots=2, seed=1, device="cuda", out=sys.argv[1]).close()
    given = {"t_end": 12 * system.dt, "snapshots": 3, "seed": 1, "device": "cuda", "out": sys.argv[1]}
    more = system.run(**given, resume=True)
    told["resumed"] = all(more[key].equals(whole[key]) for key in whole)
    del launched[:]
    slow = sims.ActiveBrownian(**few, packing_fraction=0.2, speed=0.1)
    slow.run(t_end=40 * slow.dt, snapshots=2, device="cuda")
    told["launches"], launched[:] = list(launched), []
    systems["free"].run(t_end=40 * systems["free"].dt, snapshots=2, device="cuda")
    told["launches of free ones"] = list(launched)
    start = np.zeros((9, 2, 2))
    start[:, 0] = 1.1 * np.argwhere(np.ones((3, 3)))
    start[4, 1, 0] = 1e308
    for name, force in (("lost", "harmonic"), ("lost alone", "none")):
        lost = sims.ActiveOU(particles=9, box=20.0, pair_force=force, speed=1e6, initial=start, dt=1e-3)
        try:
            with np.errstate(all="ignore"):
                lost.run(t_end=0.02, snapshots=2, device="cuda")
        except Exception as error:
            told[name] = [type(error).__name__, str(error)]
    print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cuda")
    return simulated_cuda.told(ON_CUDA, folder, folder / "run.nc")


NAMES = [
    "plane",
    "space",
    "softplus",
    "heun",
    "ring",
    "wca",
    "own",
    "tumbles",
    "tumbles in space",
    "free",
    "crowd",
]
# round-off of some steps: the simulator gives the very bits, a device may join a product and a sum
ROUND_OFF = {"rtol": 0, "atol": 1e-11}


@pytest.mark.parametrize("name", NAMES)
def test_particles_on_cuda_move_as_on_the_cpu(told, name):
    here, there = told[f"{name} cpu"], told[f"{name} cuda"]
    assert here.keys() == there.keys()
    for key in here:
        np.testing.assert_allclose(there[key], here[key], **ROUND_OFF)
    unwrapped = np.array(here["unwrapped"])
    assert np.abs(np.diff(unwrapped, axis=-3)).max() > 1e-3  # they do move


@pytest.mark.parametrize("name", ["plane", "tumbles", "space"])
def test_particles_went_across_borders(told, name):
    unwrapped, position = (np.array(told[f"{name} cuda"][key]) for key in ("unwrapped", "position"))
    assert np.abs(unwrapped - position).max() > 1


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("way", ["cpu cuda cpu", "cuda cpu cuda", "cuda cuda cuda"])
def test_each_device_goes_on_with_the_state_of_the_other(told, way, seed):
    here, there = told[f"cpu cpu cpu {seed}"], told[f"{way} {seed}"]
    assert here.keys() == there.keys()
    for key in here:
        np.testing.assert_allclose(there[key], here[key], **ROUND_OFF)
    assert here["order"] != [list(range(10))]  # sorted anew on the way


def test_a_run_on_cuda_goes_on_bit_for_bit(told):
    assert told["resumed"]


def test_a_step_is_one_launch(told):
    names = told["launches"]
    assert 40 <= names.count("first") <= 50  # with a few that came after lists had to be made anew
    assert names.count("taken") == names.count("given") == 1
    assert len(names) - names.count("first") < 40


def test_free_particles_take_all_steps_in_one_launch(told):
    assert told["launches of free ones"] == ["taken", "first", "given"]


@pytest.mark.parametrize("name", ["lost", "lost alone"])
def test_a_particle_that_is_lost_on_cuda_is_named(told, name):
    assert told[name][0] == "RunError"
    assert "particle 4 of member 0 is no longer finite" in told[name][1]
