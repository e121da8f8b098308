"""Flow past a cylinder on CUDA through `run`, under numba's simulator: the values and files of the CPU."""

import numpy as np
import pytest
import simulated_cuda

ON_CUDA = """
    import json, sys, warnings
    import numpy as np
    from ergodica import sims
    from ergodica.numerics import arrays
    from ergodica.sims.engines import lattice_cuda
    from ergodica.sims.loop import ResolutionWarning

    lattice_cuda.THREADS = 16  # of a block: those without a cell cost the simulator as much
    arrays._why_no_cuda = lambda index: ""  # the simulator needs no driver
    warnings.simplefilter("ignore", ResolutionWarning)

    few = {"diameter": 6.0, "length": 2.4, "height": 1.8, "upstream": 1.2}
    wakes = {
        "periodic": (sims.CylinderWake(**few, reynolds=[30.0, 40.0]), 2),
        "slip": (sims.CylinderWake(**few, reynolds=40.0, sides="slip", collision="bgk"), None),
        "no-slip": (sims.CylinderWake(**few, reynolds=40.0, sides="no-slip", surface="half-way"), None),
    }
    told = {}
    for name, (wake, members) in wakes.items():
        for device in ("cpu", "cuda"):
            ds = wake.run(t_end=0.03, snapshots=2, members=members, device=device, threads=1, record=["pressure"])
            told[f"{name} {device}"] = {key: ds[key].values.tolist() for key in ds if "t" in ds[key].dims}
    wake, out = wakes["slip"][0], sys.argv[1]
    wake.run(t_end=0.016, snapshots=2, device="cuda", out=out).close()
    more = wake.run(t_end=0.032, snapshots=3, device="cuda", out=out, resume=True)
    whole = wake.run(t_end=0.032, snapshots=3, device="cuda")
    told["resumed"] = all(more[key].equals(whole[key]) for key in whole)
    print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cuda")
    return simulated_cuda.told(ON_CUDA, folder, folder / "run.nc")


@pytest.mark.parametrize("name", ["periodic", "slip", "no-slip"])
def test_a_flow_on_cuda_is_that_of_the_cpu(told, name):
    here, there = told[f"{name} cpu"], told[f"{name} cuda"]
    assert here.keys() == there.keys()
    for key in here:
        # round-off of some steps; a device contracts products and sums
        np.testing.assert_allclose(there[key], here[key], rtol=0, atol=1e-11)
    assert np.abs(np.diff(here["vorticity"], axis=-3)).max() > 0.01


def test_a_run_on_cuda_goes_on_bit_for_bit(told):
    assert told["resumed"]
