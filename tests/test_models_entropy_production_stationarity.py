"""What is said of runs that do not rest, of networks of other processes, and of totals that are off."""

import json
import warnings

import numpy as np
import pytest
from exact_scores import particle_dataset
from linear_scores import process_of_matrix

from ergodica.models.score import entropy_production, production_map
from ergodica.models.score.block_means import BlockMeans
from ergodica.models.score.other_process import differences
from ergodica.models.score.production_sums import ProductionSums
from ergodica.models.score.stationarity import growth, unbalanced
from ergodica.numerics.errors import ParameterError
from ergodica.scripts.apply import page


def relaxing(rng, members, frames, step, *, start=1.0, rate=1.0):
    """Paths of dx = -rate x dt + sqrt(2 rate) dW with frames `step` apart, exactly; stationary where start is 1."""
    shrink = np.exp(-rate * step)
    x = np.empty((members, frames))
    x[:, 0] = start * rng.normal(size=members)
    noise = np.sqrt(1 - shrink**2) * rng.normal(size=(members, frames))
    for k in range(1, frames):
        x[:, k] = shrink * x[:, k - 1] + noise[:, k]
    return x


def verdict(x, drift, noise=1.0):
    means = BlockMeans(*x.shape, 16)
    rows = {"state": x, "drift_mean": drift, "virial": x * drift}
    means.add(0, {name: one[..., None] for name, one in rows.items()})
    sums = ProductionSums(means=means, particles=means, finer=None, each=means)
    each = growth(sums, process_of_matrix([[noise]]), len(x))
    return each, unbalanced(each, np.array([noise]), np.array([np.sqrt((x**2).mean() * (drift**2).mean())]))


@pytest.mark.parametrize(("members", "frames"), [(1, 64), (6, 50), (24, 20), (100, 21)])
@pytest.mark.parametrize("step", [0.001, 0.03, 1.0])
def test_stationary_runs_are_not_called_otherwise(members, frames, step):
    rng = np.random.default_rng(members)
    # a chance of 1e-6 each; without the correction for skewness one in 200 of 24 slow members is warned of
    for _ in range(40):
        x = relaxing(rng, members, frames, step)
        assert verdict(x, -x)[1] is None


def test_growth_is_half_the_change_of_the_variance():
    x = relaxing(np.random.default_rng(0), 4000, 65, 1 / 64, start=0.2)
    each, found = verdict(x, -x)
    # <x^2> goes from .04 to 1 - .96 exp(-2); 4000 members of relative spread sqrt 2, and frames of 1/64
    assert each.mean() == pytest.approx(0.96 * (1 - np.exp(-2)) / 2, rel=0.05)
    assert found == 0


def test_a_variance_that_shrinks_and_a_walk_with_a_false_drift_are_seen():
    rng = np.random.default_rng(1)
    x = relaxing(rng, 400, 20, 0.05, start=3.0)
    assert verdict(x, -x)[1] == 0
    walk = np.cumsum(np.sqrt(2) * rng.normal(size=(1, 1000)), axis=1)
    assert verdict(walk, -walk)[1] == 0


def test_a_start_far_from_rest_is_warned_of_with_a_remedy():
    ds, network = particle_dataset(40, members=40)
    with pytest.warns(UserWarning, match="variance of position_x that by drift and noise.*warm_up"):
        entropy_production(network, ds.assign(drift=ds.drift + 0.3 * ds.position))


def test_a_total_off_the_identity_is_warned_of():
    ds, network = particle_dataset(2000)
    entropy_production(network, ds)
    network.precision = network.precision * 1.6
    with pytest.warns(
        UserWarning, match="total: must be that without a score.*standard errors away.*train longer"
    ):
        entropy_production(network, ds)


def configuration(**changes):
    parameters = {
        "particles": 1,
        "speed": 0.3,
        "temperature": 0.1,
        "trap": 0.05,
        "box": None,
        "dt": 0.1,
        **changes,
    }
    return {"system": "active-ou", "parameters": parameters, "digests": {}}


def test_other_sizes_are_the_same_process_and_other_rates_are_not():
    own = configuration()
    assert differences(own, configuration(particles=9, box=3.0, dt=0.2)) == []
    assert differences(own, configuration(speed=1.5, temperature=0.5)) == [
        "speed 0.3 and 1.5",
        "temperature 0.1 and 0.5",
    ]
    assert differences(own, {**own, "system": "brownian"}) == ["system active-ou and brownian"]
    assert differences({**own, "digests": {"m": "a"}}, {**own, "digests": {"m": "b"}}) == ["m a and b"]
    assert differences(None, own) == differences(own, {}) == []


def test_a_network_of_another_process_is_named_with_both_values():
    ds, network = particle_dataset(200)
    network.notes = {"config": configuration()}
    ds.attrs["ergodica_config"] = json.dumps(configuration(speed=1.5))
    with pytest.warns(UserWarning, match=r"network: .*speed 0\.3 and 1\.5 \(trained, applied\)"):
        entropy_production(network, ds)
    ds.attrs["ergodica_config"] = json.dumps(configuration(particles=7))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        entropy_production(network, ds)


def test_arguments_of_other_kinds_are_refused_with_a_remedy():
    ds, network = particle_dataset(50)
    with pytest.raises(ParameterError, match=r"entropy_production\(network, ds\)"):
        entropy_production(ds, network)
    with pytest.raises(ParameterError, match="ds: must be a dataset or the path of one, got LinearScore"):
        production_map("run.nc", network)
    with pytest.raises(ParameterError, match=r"degrees: must be a tuple of names, got 3"):
        production_map(network, ds, degrees=3)
    with pytest.raises(ParameterError, match=r"parity: .*'propulsion': 'odd'"):
        entropy_production(network, ds, parity=["odd"])
    with pytest.raises(ParameterError, match=r"blocks: must be at most .* 50, got 1000; .*use blocks=16"):
        entropy_production(network, ds, blocks=1000)


def test_what_was_recorded_is_told_at_a_shell():
    ds, network = particle_dataset(200)
    found = entropy_production(network, ds, record=("lower_bound",))
    told = page(found)
    for words in ("lower bound of the position", "mean square error of the score", "residual of the Fokker"):
        assert words in told
    assert "lower bound" not in page(entropy_production(network, ds))
