"""Pictures of spectra, modes, eigenfunctions and pseudospectra show what the datasets hold."""

import numpy as np
import pytest
import xarray as xr
from koopman_systems import EIGENVALUES, as_run, linear_run, matrix_of, slow_manifold
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure

from ergodica import data
from ergodica.data import pictures
from ergodica.models.koopman import DMD, EDMD, VAMP, HankelDMD, OptimisedDMD
from ergodica.models.koopman.dictionaries import Polynomial


def spectrum(values, **others) -> xr.Dataset:
    """Eigenvalues of a step with residuals."""
    values = np.asarray(values, dtype=complex)
    held = {"eigenvalue": values} | others
    return data.from_arrays(
        held,
        title="a spectrum",
        dims=dict.fromkeys(held, ("mode",)),
        units=dict.fromkeys(held, "1"),
        kinds=dict.fromkeys(held, "eigenvalues"),
    )


def scatters(figure: Figure) -> list[list[PathCollection]]:
    return [[one for one in ax.collections if isinstance(one, PathCollection)] for ax in figure.axes]


def test_points_are_eigenvalues_and_spurious_ones_are_hollow():
    z = np.array([0.9 + 0.2j, 0.9 - 0.2j, 0.5, -0.3])
    ds = spectrum(z, residual=np.array([1e-6, 1e-6, 0.3, np.nan]), spurious=np.array([0.0, 0.0, 1.0, 1.0]))
    figure = pictures.figure(ds)
    sound, hollow = scatters(figure)[0]
    assert (sound.get_offsets() @ [1, 1j] == z[:2]).all()
    assert (hollow.get_offsets() @ [1, 1j] == z[2:]).all()
    assert len(hollow.get_facecolor()) == 0
    assert len(sound.get_facecolor()) == 2
    # the small residual and the large one differ in colour; none is as bad as the worst
    edges = hollow.get_edgecolor()
    assert abs(edges[0] - sound.get_edgecolor()[0]).max() > 0.3
    circle = figure.axes[0].lines[0].get_xydata()
    assert abs(np.hypot(*circle.T) - 1).max() < 1e-12
    assert figure.axes[0].get_aspect() == 1.0


def test_one_panel_for_steps_and_one_for_rates_with_their_intervals():
    run = as_run(
        linear_run(matrix_of(EIGENVALUES), 60).state.values
        + 0.05 * np.random.default_rng(0).standard_normal((60, 5)),
        dt=0.5,
        units="s",
    )
    made = OptimisedDMD(rank=5).fit(run).eigenvalues(intervals=40)
    figure = pictures.figure(made)
    rates, plane = (ax for ax in figure.axes if ax.get_xlabel() in ("real part", "growth rate (1/s)"))
    assert rates.get_ylabel() == "angular frequency (1/s)"
    for ax, prefix in ((plane, "eigenvalue"), (rates, None)):
        flat, upright = (one for one in ax.collections if isinstance(one, LineCollection))
        ends = np.array([one[:, 0] for one in flat.get_segments()])
        if prefix:
            truth = made[f"{prefix}_low_real"], made[f"{prefix}_high_real"]
        else:
            truth = made.growth_rate_low, made.growth_rate_high
        assert abs(ends - np.stack([one.values for one in truth], axis=1)).max() < 1e-12
        if not prefix:
            heights = np.array([one[:, 1] for one in upright.get_segments()])
            paired = made.frequency.values != 0
            # the real one has none
            assert paired.sum() == 4
            assert abs(heights[:, 0] - 2 * np.pi * made.frequency_low.values[paired]).max() < 1e-12


def test_rates_that_are_round_off_are_not_zoomed_into():
    run = linear_run(matrix_of(np.exp([0.3j, -0.3j, 1.1j, -1.1j])), 60)
    made = DMD().fit(run).eigenvalues()
    rates = pictures.figure(made).axes[0]
    assert rates.get_xlabel().startswith("growth rate")
    assert abs(made.growth_rate.values).max() < 1e-12
    low, high = rates.get_xlim()
    assert high - low >= 1e-3 * 1.1 * (1 - 1e-9)
    assert low < 0 < high


def test_true_eigenvalues_lie_above_spurious_ones_and_the_rule_is_said():
    model = EDMD(dictionary=Polynomial(degree=2)).fit(slow_manifold())
    drawn = [ax for ax in pictures.figure(model.eigenvalues(epsilon=1e-3)).axes if ax.get_legend()]
    assert len(drawn) == 2
    for ax in drawn:
        sound, hollow = (one for one in ax.collections if isinstance(one, PathCollection))
        assert sound.get_zorder() > hollow.get_zorder()
        assert hollow.get_label() == "residual above 0.001"


def test_what_stands_beside_eigenvalues_is_drawn_by_name():
    made = EDMD(dictionary=Polynomial(degree=3)).fit(slow_manifold()).residuals()
    assert len(scatters(pictures.figure(made))[0]) >= 1
    (ax,) = pictures.figure(made, variable="residual").axes
    assert abs(ax.lines[0].get_ydata() - made.residual.values).max() == 0
    assert ax.get_yscale() == "log"


def test_a_spectrum_beside_modes_is_drawn_too_and_eigenvalues_alone_are_their_labels():
    model = EDMD(dictionary=Polynomial(degree=2)).fit(slow_manifold())
    alone = pictures.figure(model.modes())
    assert [ax.get_xlabel() for ax in alone.axes if ax.get_xlabel()] == ["component"]
    both = pictures.figure(
        xr.merge([model.eigenvalues(), model.modes()], compat="override", combine_attrs="override")
    )
    assert {"real part", "growth rate", "component"} <= {ax.get_xlabel().split(" (")[0] for ax in both.axes}


def wave(snapshots: int = 50) -> xr.Dataset:
    t, x = 0.05 * np.arange(snapshots), 2 * np.pi * np.arange(32) / 32
    u = np.cos(x - 1.3 * t[:, None]) + 0.3 * np.exp(-t)[:, None]
    return data.from_arrays(
        {"u": u}, title="a wave", dims={"u": ("t", "x")}, coordinates={"x": x}, t=t, units={"u": "1"}
    )


def test_a_pair_of_modes_is_one_line_turned_to_its_largest():
    (ax,) = pictures.figure(OptimisedDMD(rank=3).fit(wave()).modes()).axes
    names = [one.get_label() for one in ax.lines]
    assert names == ["mode 0: 1 exp(±0.065i)", "mode 2: 0.951"]
    first = ax.lines[0].get_ydata()
    # a cosine of some phase: its mean square is half of its top squared
    assert abs(np.mean(first**2) - 0.5 * max(abs(first)) ** 2) < 0.02 * max(abs(first)) ** 2
    assert np.ptp(ax.lines[1].get_ydata()) < 1e-9


def test_modes_of_a_complex_field_come_in_no_pairs():
    t, x = 0.1 * np.arange(30), 2 * np.pi * np.arange(8) / 8
    psi = np.exp(1j * (x - 2 * t[:, None]))
    run = data.from_arrays(
        {"psi": np.repeat(psi[:, None], 3, axis=1)},
        title="a turn",
        dims={"psi": ("t", "y", "x")},
        coordinates={"x": x, "y": np.arange(3.0)},
        t=t,
        units={"psi": "1"},
    )
    figure = pictures.figure(DMD(rank=2).fit(run).modes())
    maps = [ax for ax in figure.axes if ax.images]
    # e^{-2it} alone
    assert len(maps) == 1
    assert maps[0].get_title(loc="left") in ("mode 0: 1 exp(-0.2i)", "mode 1: 1 exp(-0.2i)")
    assert maps[0].images[0].get_array().shape == (3, 8)


def test_maps_of_modes_say_their_pairs_and_keep_proportions():
    t, x, y = 0.1 * np.arange(30), np.linspace(0, 4 * np.pi, 24), np.linspace(0, 2 * np.pi, 12)
    turns = [np.cos(k * x - (2 + k) * t[:, None]) for k in (1, 2)]
    run = data.from_arrays(
        {"u": (turns[0][:, None] * np.sin(y)[:, None] + turns[1][:, None])},
        title="two waves",
        dims={"u": ("t", "y", "x")},
        coordinates={"x": x, "y": y},
        t=t,
        units={"u": "1"},
    )
    maps = [ax for ax in pictures.figure(DMD().fit(run).modes()).axes if ax.images]
    assert {ax.get_title(loc="left").partition(": ")[2] for ax in maps} == {"1 exp(±0.3i)", "1 exp(±0.4i)"}
    assert all(ax.get_aspect() == 1 for ax in maps)


def test_pictures_of_complex_modes_say_that_they_show_the_real_part():
    made = OptimisedDMD(rank=3).fit(wave()).modes()
    (ax,) = pictures.figure(made).axes
    assert ax.get_ylabel() == "real part of Koopman mode: u"
    figure = Figure()
    flat = made.ergodica["u"].expand_dims(y=2).transpose("mode", "y", "x")
    pictures.picture("modes")(flat, figure.subplots())
    assert figure.axes[1].get_ylabel() == "real part of Koopman mode: u"
    pictures.picture("modes")(flat.real.assign_attrs(flat.attrs), (ax := Figure().subplots()))
    assert ax.figure.axes[1].get_ylabel() == "Koopman mode: u"


def test_particles_and_components_have_whole_numbers_and_a_single_number_none():
    rng = np.random.default_rng(0)
    of_many = DMD(rank=3).fit(as_run(rng.normal(size=(200, 20)))).modes()
    ticks = pictures.figure(of_many).axes[0].get_xticks()
    assert len(ticks) > 2
    assert (ticks == ticks.round()).all()
    places = xr.DataArray(rng.normal(size=(1, 5, 3)), dims=("mode", "particle", "space"))
    pictures.picture("modes")(places, (ax := Figure().subplots()))
    for ticks in (ax.get_xticks(), ax.get_yticks()):
        assert (ticks == ticks.round()).all()
    alone = HankelDMD(delays=4).fit(wave().isel(x=0, drop=True)).modes()
    (ax,) = pictures.figure(alone).axes
    assert not len(ax.get_xticks())


def test_modes_of_components_are_bars_of_their_moduli():
    made = DMD().fit(linear_run(matrix_of(EIGENVALUES), 60)).modes()
    (ax,) = pictures.figure(made).axes
    assert len(ax.patches) == 3 * 5
    heights = [one.get_height() for one in ax.patches[:5]]
    assert abs(heights - np.hypot(made.state_real, made.state_imag).values[0]).max() < 1e-12


def test_no_two_bars_of_modes_look_alike():
    values = 0.9 - 0.05 * np.arange(10)
    (ax,) = pictures.figure(DMD().fit(linear_run(np.diag(values), 60)).modes()).axes
    looks = {(bars[0].get_facecolor(), bars[0].get_hatch()) for bars in ax.containers}
    assert len(looks) == len(ax.containers) == 10


def test_eigenfunctions_are_lines_over_time():
    run = slow_manifold()
    made = EDMD(dictionary=Polynomial(degree=2)).fit(run).eigenfunctions(run)
    (ax,) = pictures.figure(made, member=3).axes
    assert len(ax.lines) == 5
    assert abs(ax.lines[1].get_ydata() - made.eigenfunction_real.values[3, :, 1]).max() < 1e-12
    assert "member 3" in ax.get_title(loc="right")
    (ax,) = pictures.figure(VAMP(rank=2).fit(run).singular_functions(run)).axes
    assert len(ax.lines) == 2


def test_eigenfunctions_of_a_long_run_are_drawn_for_twenty_periods_of_the_fastest():
    run = linear_run(matrix_of(np.exp([0.1j, -0.1j, 0.5j, -0.5j])), 1000)
    (ax,) = pictures.figure(DMD().fit(run).eigenfunctions(run)).axes
    # 20 periods of 2 pi / 0.5 snapshots
    assert ax.lines[0].get_xdata()[-1] == np.ceil(40 * np.pi / 0.5)
    assert ax.get_title(loc="left").startswith("first 20 periods of mode ")
    (ax,) = pictures.figure(DMD().fit(run).eigenfunctions(run.isel(t=slice(0, 100)))).axes
    assert ax.lines[0].get_xdata()[-1] == 99
    assert not ax.get_title(loc="left")


def test_a_pseudospectrum_is_a_map_with_the_circle():
    model = EDMD(dictionary=Polynomial(degree=2)).fit(slow_manifold())
    made = model.pseudospectrum(np.linspace(-1.2, 1.2, 13), np.linspace(-1, 1, 11))
    figure = pictures.figure(made)
    assert figure.axes[0].images[0].get_array().shape == (11, 13)
    limits = [*figure.axes[0].get_xlim(), *figure.axes[0].get_ylim()]
    assert limits == pytest.approx([-1.3, 1.3, -1.1, 1.1])
    assert len(figure.axes[0].lines) == 1


@pytest.mark.parametrize(("height", "aspect"), [(1.0, 1.0), (0.001, "auto")])
def test_the_circle_in_a_pseudospectrum_is_round_where_it_can_be_seen(height, aspect):
    model = EDMD(dictionary=Polynomial(degree=2)).fit(slow_manifold())
    made = model.pseudospectrum(np.linspace(-1.2, 1.2, 13), np.linspace(0, height, 11))
    assert pictures.figure(made).axes[0].get_aspect() == aspect


def test_what_is_no_spectrum_is_refused():
    ds = spectrum([0.5, 0.4])
    with pytest.raises(ValueError, match="one dimension"):
        pictures.picture("eigenvalues")(xr.DataArray(np.zeros((2, 2), complex), dims=("mode", "x")), None)
    for kind in ("modes", "eigenfunctions", "pseudospectrum"):
        with pytest.raises(ValueError, match=r"mode|two dimensions"):
            pictures.picture(kind)(ds.eigenvalue_real.rename(mode="x"), None)
