"""Presets of active matter do what their summaries say."""

import pytest

from ergodica import estimators as est
from ergodica import sims

RATES = {
    "active-ou": "relaxation_rate",
    "active-brownian": "rotational_diffusion",
    "run-and-tumble": "tumbling_rate",
}
SYSTEMS = (sims.ActiveOU, sims.ActiveBrownian, sims.RunAndTumble)
RUN = {"t_end": 60.0, "snapshots": 31, "warm_up": 60.0, "seed": 1, "threads": 1}


def largest_cluster(one):
    """Mean share of the largest set of particles that touch, of all."""
    return float(est.clusters(one.run(**RUN), radius=2 * one.radius).largest_fraction.mean())


@pytest.mark.parametrize(
    ("cls", "name"),
    [(cls, name) for cls in SYSTEMS for name in cls.presets],
    ids=lambda v: getattr(v, "name", v),
)
def test_the_run_of_a_preset_lasts_some_persistence_times(cls, name):
    """Else it is not steady, and shows its start."""
    assert getattr(cls.preset(name), RATES[cls.name]) * cls.presets[name].t_end >= 4


@pytest.mark.parametrize("cls", SYSTEMS, ids=lambda cls: cls.name)
def test_most_particles_of_two_phases_are_in_one_cluster(cls):
    """Shares of 0.59 to 0.77 over four seeds of each system, 0.01 to 0.04 in the gases."""
    assert largest_cluster(cls.preset("mips", particles=512)) > 0.45


def test_crystallites_are_small_and_many():
    """The largest holds 0.10 to 0.21 of 512 over five seeds, and 0.01 where the propulsion is forgotten at once."""
    assert 0.06 < largest_cluster(sims.ActiveOU.preset("crystallites", particles=512)) < 0.3
