"""A run of every registered system that is killed with SIGKILL goes on bit for bit in another process."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest

import ergodica
from ergodica import sims

SNAPSHOTS, SAFE = 9, 4
SMALL = {
    "active-brownian": {"particles": 64},
    "active-ou": {"particles": 64},
    "brownian": {"particles": 64},
    "couzin": {"particles": 30, "predators": 2},
    "run-and-tumble": {"particles": 64},
    "vicsek": {"particles": 100},
}
"""What makes runs short; a system that is not named runs its default preset as it is."""
RUNS = {name: (system.default_preset, SMALL.get(name, {})) for name, system in sims.systems().items()}
LIVES = """
import json, os, signal, sys
import ergodica.data.files, ergodica.sims.loop, numba  # imported once for all lives
from ergodica import sims
from ergodica.sims import plan

Recording = ergodica.data.files.Recording
append, plan.MAX_BLOCK_FRAMES = Recording.append, 2
safe, runs = json.load(sys.stdin)

def last_of(recording, block, checkpoint):
    if recording.frames >= safe:
        os.kill(os.getpid(), signal.SIGKILL)
    append(recording, block, checkpoint)

Recording.append = last_of
for name, (preset, changes, arguments) in runs.items():
    life = os.fork()
    if life == 0:
        try:
            sims.system(name).preset(preset, **changes).run(**arguments)
        finally:
            os._exit(0)
    print(json.dumps([name, os.waitstatus_to_exitcode(os.waitpid(life, 0)[1])]))
"""


def asked(name):
    """Some steps between snapshots, noise, two members and a warm-up."""
    preset = sims.system(name).presets[RUNS[name][0]]
    spacing = preset.t_end / (preset.snapshots - 1)
    return {
        "t_end": spacing * (SNAPSHOTS - 1), "snapshots": SNAPSHOTS, "members": 2, "seed": 6, "warm_up": 2 * spacing
    }  # fmt: skip


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    paths = {name: folder / f"{name}.nc" for name in RUNS}
    runs = {name: (*run, asked(name) | {"out": str(paths[name])}) for name, run in RUNS.items()}
    done = subprocess.run(
        [sys.executable, "-c", LIVES],
        input=json.dumps([SAFE, runs]),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ends = dict(map(json.loads, done.stdout.splitlines()))
    assert ends == dict.fromkeys(RUNS, -signal.SIGKILL), done.stderr
    return paths


@pytest.mark.parametrize("name", RUNS)
def test_a_killed_run_of_every_system_goes_on_bit_for_bit(name, killed):
    preset, changes = RUNS[name]
    system = sims.system(name).preset(preset, **changes)
    whole = system.run(**asked(name))
    with ergodica.open(killed[name]) as left:
        assert left.sizes["t"] == SAFE
        same_bits(left, whole.isel(t=slice(SAFE)))
    with system.run(**asked(name), out=killed[name], resume=True) as more:
        same_bits(more, whole)
    moving = [one for one in whole.data_vars.values() if "t" in one.dims]
    assert any((one.isel(t=-1) != one.isel(t=SAFE - 1)).any() for one in moving), "nothing moves"


def same_bits(one, other):
    assert set(one.variables) == set(other.variables)
    for key in other.variables:
        assert one[key].dims == other[key].dims
        assert np.ascontiguousarray(one[key].values).tobytes() == other[key].values.tobytes(), key
