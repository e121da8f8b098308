"""Addresses of compiled right-hand sides: each is that of its own function, wherever its machine code comes from."""

import os
import subprocess
import sys

MAKER = """
import sys
import numpy as np
from numba import types
from ergodica.numerics import kernel
from ergodica.sims.engines.ode.calls import SCALAR, address, evaluate

def scaled(factor):
    @kernel
    def rhs(t, u, p, du):
        du[0] = factor * u[0]
    return rhs

made = [scaled(float(word)) for word in sys.argv[1:]]
for _ in range(2):
    for rhs in made:
        du = np.empty(1)
        evaluate(address(rhs, SCALAR), 0.0, np.ones(1), np.empty(0), du)
        print(du[0], sum(rhs.dispatcher.stats.cache_hits.values()))
"""


def told(folder, *factors):
    (folder / "maker.py").write_text(MAKER)
    environment = {**os.environ, "ERGODICA_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, str(folder / "maker.py"), *factors]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [tuple(map(float, line.split())) for line in done.stdout.splitlines()]


def test_code_from_disk_never_takes_the_place_of_code_made_in_this_process(tmp_path):
    assert told(tmp_path, "3") == [(3.0, 0.0)] * 2
    # both would be the first function of their name in the process that compiles them
    assert told(tmp_path, "5", "3") == [(5.0, 0.0), (3.0, 1.0)] * 2
