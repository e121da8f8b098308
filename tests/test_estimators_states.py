"""What `measure` says of states: closed forms of value histograms and spectra, members, large files, pictures."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica import sims
from ergodica.data import from_arrays
from ergodica.scripts.main import run

BINS = 64
SNAPSHOTS = 65_536


def states(values, **names):
    """A dataset of states from an array ([member,] t, component)."""
    dims = ("member", "t", "component")[-values.ndim :]
    return from_arrays(
        {"state": values},
        title="Some states",
        t=np.arange(values.shape[-2]) * 0.1,
        dims={"state": dims},
        kinds={"state": "states"},
        units={"state": "1"},
    )


@pytest.fixture(scope="module")
def logistic():
    """The logistic map at r = 4, three members apart."""
    chosen = sims.Map(system="logistic", parameters={"r": 4.0}, initial=np.array([[0.1], [0.23], [0.71]]))
    return chosen.run(t_end=SNAPSHOTS - 1, snapshots=SNAPSHOTS, members=3)


def shannon(p):
    return -float(np.sum(p * np.log(p)))


def test_values_of_the_logistic_map_have_the_entropy_of_its_invariant_density(logistic):
    found = est.measure(logistic)["amplitude"].to_dataset()
    # the density 1/(pi sqrt(x (1 - x))) has the distribution 2/pi asin sqrt x
    edges = 2 / np.pi * np.arcsin(np.sqrt(np.arange(BINS + 1) / BINS))
    p = np.diff(edges)
    # n independent counts scatter by the deviation of ln p over sqrt n and are too low by (bins - 1)/2n
    spread = math.sqrt(np.sum(p * np.log(p) ** 2) - shannon(p) ** 2) / math.sqrt(SNAPSHOTS)
    assert found.shannon.dims == ("member", "component")
    np.testing.assert_allclose(found.shannon, shannon(p), atol=5 * spread + (BINS - 1) / (2 * SNAPSHOTS))
    np.testing.assert_allclose(found.shannon_normalized, found.shannon / np.log(BINS), rtol=1e-12)


def test_spectrum_of_the_logistic_map_is_that_of_white_noise(logistic):
    found = est.measure(logistic)["spectral"].to_dataset()
    # the map has no correlations: each frequency has a power of exponential distribution, E[x ln x] = 1 - gamma;
    # n/2 of them scatter by some 0.7, neighbours alike under the window
    expected = math.log(SNAPSHOTS) - (1 - np.euler_gamma)
    np.testing.assert_allclose(found.shannon, expected, atol=5 * 0.7 * math.sqrt(2 * 2 / SNAPSHOTS))


def test_a_tone_has_three_lines_of_each_sign_and_the_density_of_a_sine():
    t = np.arange(4096)
    wave = np.stack([5.0 + np.sin(2 * np.pi * 100 * t / 4096), np.cos(2 * np.pi * 321 * t / 4096)], axis=1)
    tree = est.measure(states(wave), base=2)
    # a Hann window gives a line 1 : 1/4 : 1/4 in power, and the mean is taken away before
    lines = np.repeat([2 / 3, 1 / 6, 1 / 6], 2) / 2
    np.testing.assert_allclose(tree["spectral/shannon"], shannon(lines) / np.log(2), rtol=1e-9)
    assert tree["spectral/shannon"].attrs["units"] == "bit"
    assert "Hann" in tree["spectral/shannon"].attrs["method"]


def test_shift_and_scale_of_a_component_change_nothing(logistic):
    alone = logistic.isel(member=0, t=slice(5000))
    moved = alone.assign(state=(alone.state * 2.0**70 - 2.0**69).assign_attrs(alone.state.attrs))
    one, other = est.measure(alone), est.measure(moved)
    # powers of two scale without error; the shift rounds the last bit of values that may lie on an edge
    np.testing.assert_allclose(one["amplitude/shannon"], other["amplitude/shannon"], atol=1e-3)
    np.testing.assert_allclose(one["spectral/shannon"], other["spectral/shannon"], rtol=1e-9)


def test_a_member_is_measured_alone_as_among_others_and_a_stopped_one_is_no_number(logistic):
    some = logistic.isel(t=slice(2000)).load()
    tree = est.measure(some)
    for j in range(3):
        alone = est.measure(some.isel(member=j))
        for name in ("amplitude/shannon", "spectral/complexity_jensen_shannon"):
            np.testing.assert_array_equal(alone[name], tree[name][j])
    stopped = some.copy(deep=True)
    stopped.state[1, 1500:] = np.nan
    broken = est.measure(stopped)
    for group in ("amplitude", "spectral"):
        for name, quantity in broken[group].data_vars.items():
            assert np.isnan(quantity[1]).all()
            np.testing.assert_array_equal(quantity[[0, 2]], tree[group][name][[0, 2]])


def test_a_component_that_does_not_move_has_one_value_and_no_spectrum():
    still = np.column_stack([np.full(500, 0.1), np.random.default_rng(0).normal(size=500)])
    tree = est.measure(states(still))
    assert tree["amplitude/shannon"].values[0] == 0
    assert np.isnan(tree["spectral/shannon"].values[0])
    assert np.isfinite(tree["spectral/shannon"].values[1])


def test_too_few_snapshots_are_refused():
    with pytest.raises(
        ValueError, match=r"state: must have at least 128 snapshots .* got 127; run it longer"
    ):
        est.measure(states(np.zeros((127, 2))))
    with pytest.raises(ValueError, match=r"state: must have at least 128 snapshots .* got 1;"):
        est.measure(states(np.zeros((200, 2))).isel(t=0))


def test_a_file_larger_than_a_block_and_chunks_give_the_same_bits(logistic, tmp_path, monkeypatch):
    from ergodica.estimators import quantities

    some = logistic.isel(t=slice(3000))
    some.to_netcdf(tmp_path / "run.nc")
    whole = est.measure(some)
    monkeypatch.setattr(quantities, "BLOCK_BYTES", some.nbytes // 5)
    with xr.open_dataset(tmp_path / "run.nc") as lazy:
        for name, group in est.measure(lazy).children.items():
            for key, quantity in group.data_vars.items():
                np.testing.assert_array_equal(quantity, whole[name][key])
    chunked = est.measure(some.chunk({"t": 500}))
    np.testing.assert_array_equal(chunked["spectral/shannon"], whole["spectral/shannon"])


def test_the_command_line_measures_a_flow_and_draws_the_result(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert (
        run(["simulate", "flow", "--scheme", "rk4", "--spread", "1", "--members", "3", "-o", "run.nc"]) == 0
    )
    assert run(["measure", "run.nc"]) == 0
    assert "measured: amplitude (10), spectral (10)" in capsys.readouterr().out
    for options in (
        [],
        ["--variable", "amplitude/shannon"],
        ["--variable", "amplitude/shannon", "--member", "2"],
    ):
        assert run(["plot", "run-entropy.nc", "-o", "out.png", "--force", *options]) == 0
    assert (tmp_path / "out.png").stat().st_size > 5000
    assert run(["info", "run-entropy.nc"]) == 0


def test_the_picture_has_a_mark_for_each_component_and_its_name():
    from ergodica.data.pictures import plot

    tree = est.measure(states(np.random.default_rng(1).normal(size=(4, 300, 3))))
    figure = plot(tree)
    assert len(figure.axes) == 6
    shown = plot(tree, variable="amplitude/shannon").axes[0]
    members, middle = shown.lines
    assert members.get_xydata().shape == (12, 2)
    np.testing.assert_allclose(middle.get_ydata(), tree["amplitude/shannon"].median("member"))
    many = est.measure(states(np.random.default_rng(1).normal(size=(300, 30))))
    assert plot(many, variable="amplitude/shannon").axes[0].get_xlabel() == "index of the component"
