"""Every system of the catalogue runs with default settings."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.data import check

CASES = [(sims.Flow, name) for name in sims.FLOWS] + [(sims.Map, name) for name in sims.MAPS]
GROUPS = 8
"""Tests that the systems are dealt out to, so that several processes share them."""


@pytest.mark.parametrize("group", range(GROUPS))
def test_every_system_of_the_catalogue_runs_as_it_is(group):
    for kind, name in CASES[group::GROUPS]:
        simulation = kind(system=name)
        driven = bool(simulation.definition.noise)
        ds = simulation.run(t_end=4, snapshots=5, members=2 if driven else None, warm_up=1, seed=1)
        assert check(ds) == [], name
        assert np.isfinite(ds.state).all(), name
        assert np.ptp(np.diff(ds.t)) == 0, name
        if driven:
            assert (ds.state[0, 1:] != ds.state[1, 1:]).any(), name
