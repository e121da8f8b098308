"""What every Koopman model says about a run: one spectrum, its modes and functions, and two rollouts that differ."""

import json
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from koopman_systems import (
    EIGENVALUES,
    as_run,
    disc,
    duffing,
    farthest,
    flow,
    linear_run,
    matrix_of,
    slow_manifold,
)

from ergodica import data, models
from ergodica.models.koopman import EDMD, KoopmanModel
from ergodica.models.koopman.dictionaries import Identity, Polynomial
from ergodica.models.koopman.spectrum import eigendecomposition
from ergodica.models.koopman.windows import pairs_of_windows, windows_of
from ergodica.numerics.errors import ParameterError

TRAINING = {"koopman-autoencoder": {"steps": 3}}
"""Options of models whose training takes long."""
SETTINGS = {"bagged-dmd": {"rank": 2, "trials": 5}}
"""Settings of models whose usual ones take long."""


def turning_waves() -> xr.Dataset:
    """A complex field of two travelling waves that decay, over (t, y, x)."""
    t = 0.5 * np.arange(60)[:, None, None]
    y, x = np.arange(3)[:, None], 2 * np.pi * np.arange(8) / 8
    psi = np.exp((-0.02 + 0.6j) * t + 1j * x) * (1 + 0 * y) + 0.4 * np.exp((-0.05 - 0.9j) * t - 2j * x) * (
        1 + y
    )
    return data.from_arrays(
        {"psi": psi},
        title="waves",
        t=t.ravel(),
        dims={"psi": ("t", "y", "x")},
        units={"psi": "m", "t": "s", "x": "m", "y": "m"},
        coordinates={"x": x, "y": y.ravel().astype(float)},
    )


@pytest.mark.parametrize("part", ["psi_real", "psi_imag"])
def test_one_part_of_a_complex_field_is_a_field_of_its_own(part):
    run = turning_waves()
    model = models.koopman.DMD().fit(run, part)
    modes = model.modes().ergodica[part].values
    phi = model.eigenfunctions(run).ergodica["eigenfunction"].values
    assert abs(np.einsum("tm,myx->tyx", phi, modes) - run[part].values).max() < 1e-12
    assert data.check(model.modes()) == []


@pytest.mark.parametrize(
    ("name", "dim"), [("a", "mode"), ("mode", "x"), ("eigenvalue", "x"), ("a", "eigenvalue")]
)
def test_names_of_modes_and_eigenvalues_are_not_taken_from_the_data(name, dim):
    run = linear_run(matrix_of(EIGENVALUES), 50)
    named = xr.Dataset({name: (("t", dim), run.state.values)}, coords={"t": run.t})
    taken = name if name != "a" else dim
    with pytest.raises(ParameterError, match=f"name '{taken}'.*ds.rename\\({taken}="):
        EDMD(dictionary=Identity()).fit(named, name)
    model = EDMD(dictionary=Identity())
    model.fit(named.rename({taken: "other"}), "other" if name == taken else name)
    assert model.modes().sizes["mode"] == 5


def test_eigenvalues_carry_their_rates_per_unit_of_time():
    run = linear_run(matrix_of(EIGENVALUES), 200).assign_coords(t=0.5 * np.arange(200.0))
    run.t.attrs |= {"units": "s", "long_name": "time"}
    found = EDMD(dictionary=Identity()).fit(run).eigenvalues()
    assert data.check(found) == []
    values = found.ergodica["eigenvalue"].values
    order = np.array([abs(EIGENVALUES - one).argmin() for one in values])
    assert order.tolist() == [0, 1, 2, 3, 4]  # by falling modulus, positive imaginary part first
    truth = np.log(EIGENVALUES) / 0.5
    assert abs(found.ergodica["continuous_eigenvalue"].values - truth).max() < 1e-11
    assert abs(found.growth_rate.values - truth.real).max() < 1e-11
    assert abs(found.frequency.values - truth.imag / (2 * np.pi)).max() < 1e-11
    assert found.frequency.attrs["units"] == found.growth_rate.attrs["units"] == "1/s"


def test_a_zero_eigenvalue_decays_infinitely_fast():
    x = np.array([[1.0, 0.0], [0.5, 0.0], [0.25, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    found = EDMD(dictionary=Identity()).fit(as_run(x)).eigenvalues()
    assert found.eigenvalue_real.values[1] == 0
    assert found.growth_rate.values[1] == -np.inf
    assert np.isfinite(found.frequency).all()


@pytest.mark.parametrize(
    "matrix",
    [
        np.diag([0.5, -0.5, 0.5]),
        np.array([[0.0, 1.0], [0.0, 0.0]]),
        np.array([[1.0, 1.0], [0.0, 1.0]]),
        np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1j]]),
        np.zeros((2, 2)),
    ],
    ids=["double", "nilpotent", "defective", "complex", "zero"],
)
def test_left_and_right_vectors_are_eigenvectors_of_any_matrix(matrix):
    values, right, left = eigendecomposition(matrix)
    # a defective matrix has its eigenvectors to the square root of round-off
    assert abs(matrix @ right - right * values).max() < 1e-7
    assert abs(left @ matrix - values[:, None] * left).max() < 1e-7
    assert np.isfinite(left).all()


def test_eigenvalues_of_a_conservative_system_are_in_order_of_frequency():
    turns = np.exp(1j * np.array([0.4, -0.4, 1.3, -1.3, 2.0, -2.0]))
    found = EDMD(dictionary=Identity()).fit(linear_run(matrix_of(turns[[4, 5, 0, 1, 2, 3]]), 300)).spectrum[0]
    assert abs(found - turns).max() < 1e-11


def test_eigenfunctions_evolve_by_their_eigenvalues():
    run = slow_manifold()
    model = EDMD(dictionary=Polynomial(degree=2)).fit(run)
    found = model.eigenfunctions(run)
    assert data.check(found) == []
    phi = found.ergodica["eigenfunction"].values
    assert found.eigenfunction_real.dims == ("member", "t", "mode")
    mean_square = (abs(phi[:, :-1]) ** 2).mean(axis=(0, 1))
    assert abs(mean_square - 1).max() < 1e-10
    exact = model.residuals().residual.values < 1e-10
    steps = phi[:, 1:] - model.spectrum[0] * phi[:, :-1]
    assert abs(steps[..., exact]).max() < 1e-11


def test_modes_add_up_to_the_snapshots():
    run = slow_manifold()
    model = EDMD(dictionary=Polynomial(degree=3)).fit(run)
    phi = model.eigenfunctions(run).ergodica["eigenfunction"].values
    for modes in (model.modes(), model.modes(run)):
        assert data.check(modes) == []
        assert modes.state_real.dims == ("mode", "component")
        made = phi @ modes.ergodica["state"].values
        assert abs(made - run.state.values).max() < 1e-10


def test_modes_of_a_complex_field_have_its_shape_and_join():
    run = turning_waves()
    model = EDMD(dictionary=Identity()).fit(run)
    assert model.operator.shape == (4, 4)
    modes, phi = model.modes(), model.eigenfunctions(run)
    assert data.check(modes) == []
    assert modes.psi_real.dims == ("mode", "y", "x")
    assert modes.psi_real.attrs["units"] == "m"
    made = np.einsum("tj,jyx->tyx", phi.ergodica["eigenfunction"].values, modes.ergodica["psi"].values)
    assert abs(made - run.ergodica["psi"].values).max() < 1e-12
    # turns and decays of the two waves, each with its conjugate
    rates = np.array([-0.02 + 0.6j, -0.02 - 0.6j, -0.05 - 0.9j, -0.05 + 0.9j])
    assert farthest(model.eigenvalues().ergodica["continuous_eigenvalue"].values, rates) < 1e-12


def test_both_rollouts_of_a_linear_system_are_its_future():
    x = linear_run(matrix_of(EIGENVALUES), 260).state.values
    model = EDMD(dictionary=Identity()).fit(as_run(x[:200]))
    for made, name in (
        (model.linear_rollout(as_run(x[:200]), 60), "linear"),
        (model.reencoded_rollout(as_run(x[:200]), 60), "re-encoded"),
    ):
        assert data.check(made) == []
        assert made.attrs["rollout"] == name
        assert made.state.dims == ("t", "component")
        assert made.t.values[[0, -1]].tolist() == [200.0, 259.0]
        assert abs(made.state.values - x[200:]).max() < 1e-11


def test_rollouts_of_a_dictionary_that_is_not_invariant_differ():
    run = flow(duffing, disc((0.0, 0.0), 1.5, 30), 12, 0.2)
    # observables of degree one are the features and 1: the next features are all that there is to lift anew
    for degree, alike in ((1, True), (4, False)):
        model = EDMD(dictionary=Polynomial(degree=degree)).fit(run)
        linear, reencoded = model.linear_rollout(run, 8), model.reencoded_rollout(run, 8)
        assert linear.state.dims == ("member", "t", "component")
        difference = abs(linear.state - reencoded.state).max(["member", "component"]).values
        assert difference[0] < 1e-12  # one step is the same
        assert (difference[-1] < 1e-12) == alike
        assert (difference[-1] > 1e-2) != alike


def test_a_rollout_with_delays_begins_from_the_last_snapshots():
    x = linear_run(matrix_of(EIGENVALUES), 230).state.values[:, :1]
    model = EDMD(dictionary=Identity(), delays=5).fit(as_run(x[:200]))
    for made in (
        model.linear_rollout(as_run(x[195:200]), 30),
        model.reencoded_rollout(as_run(x[195:200]), 30),
    ):
        assert abs(made.state.values - x[200:]).max() < 1e-8
    with pytest.raises(ParameterError, match="at least 5 snapshots"):
        model.linear_rollout(as_run(x[:4]), 3)


def test_a_rollout_that_overflows_is_nan_from_there_on_and_says_so():
    x = 0.5 * 1.05 ** np.arange(30)
    model = EDMD(dictionary=Polynomial(degree=2)).fit(as_run(np.stack([x, x**3], axis=1)))
    model.arrays["operator"] = 1e100 * model.arrays["operator"]
    run = as_run(np.ones((2, 2, 2)))
    for roll in (model.linear_rollout, model.reencoded_rollout):
        with pytest.warns(UserWarning, match="2 of 2 overflowed"):
            made = roll(run, 9).state.values
        assert np.isfinite(made[:, 0]).all()
        assert np.isnan(made[:, -1]).all()


def test_windows_are_views_and_pairs_come_once():
    values = np.arange(2 * 23 * 1.0).reshape(2, 23, 1)
    windows = windows_of(values, 4)
    assert windows.shape == (2, 20, 4, 1)
    assert np.shares_memory(windows, values)
    assert (windows[1, 3, :, 0] == values[1, 3:7, 0]).all()
    pairs = [(a[0, 0], b[0, 0]) for block in pairs_of_windows(values, 4, 5) for a, b in pairwise(block)]
    brute = [(values[m, i, 0], values[m, i + 1, 0]) for m in range(2) for i in range(19)]
    assert pairs == brute


def koopman_models() -> list[type[KoopmanModel]]:
    everything = [getattr(models.koopman, name) for name in models.koopman.__all__]
    return [
        one
        for one in everything
        if isinstance(one, type) and issubclass(one, KoopmanModel) and one is not KoopmanModel
    ]


@pytest.mark.parametrize("kind", koopman_models(), ids=lambda one: one.name)
def test_every_model_is_the_same_after_it_was_saved(kind, tmp_path):
    run = linear_run(matrix_of(EIGENVALUES[:2]), 400 if kind.name in TRAINING else 90)
    model = kind(**SETTINGS.get(kind.name, {})).fit(run, **TRAINING.get(kind.name, {}))
    models.save(model, tmp_path / "model")
    again = models.load(tmp_path / "model")
    assert type(again) is kind
    assert json.dumps(again.config) == json.dumps(model.config)
    assert (again.spectrum[0] == model.spectrum[0]).all()
    assert model.eigenvalues().equals(again.eigenvalues())
    for made in (
        again.eigenvalues(),
        again.modes(run),
        again.eigenfunctions(run),
        again.linear_rollout(run, 3),
        again.reencoded_rollout(run, 3),
    ):
        assert data.check(made) == []
    for name in ("linear_rollout", "reencoded_rollout"):
        # arrays from a file lie otherwise in memory, and are summed in another order
        xr.testing.assert_allclose(getattr(model, name)(run, 3), getattr(again, name)(run, 3), rtol=1e-10)
    with pytest.raises(ParameterError, match="read from a file"):
        again.eigenvalues(40)


def test_a_model_that_was_not_fitted_says_so():
    for ask in (
        lambda one: one.eigenvalues(),
        lambda one: one.modes(),
        lambda one: one.residuals(),
        lambda one: one.linear_rollout(slow_manifold(), 3),
        lambda one: one.spectrum,
    ):
        with pytest.raises(ParameterError, match="fit: must be called first"):
            ask(EDMD())


def test_options_of_a_training_are_refused_before_the_data_are_read():
    for model in (EDMD(), models.koopman.OptimisedDMD(), models.koopman.VAMP()):
        with pytest.raises(
            ParameterError,
            match=f"steps: is for models that are trained by gradients, got 5 with {model.name}",
        ):
            model.fit("nowhere.nc", steps=5)


def test_a_class_is_found_by_its_name_without_the_modules_of_others():
    code = (
        "import sys; from ergodica.models.described import class_named; "
        "print(class_named('edmd').__name__, class_named('random-fourier').__name__, "
        "[m for m in sys.modules if 'torch' in m or 'models.forecast.' in m or m == 'numba'])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.split() == ["EDMD", "RandomFourier", "[]"]


class Broken(EDMD):
    """A fit that gives what is not finite, or stops half way."""

    stops = False

    def _learn(self, series):
        super()._learn(series)
        self.arrays["operator"] = np.full((1, 1), np.nan)
        if self.stops:
            raise KeyboardInterrupt


@pytest.mark.parametrize("stops", [False, True])
def test_a_fit_that_failed_leaves_no_model_behind(stops):
    model = Broken()
    model.stops = stops
    with pytest.raises(KeyboardInterrupt if stops else ParameterError):
        model.fit(slow_manifold())
    with pytest.raises(ParameterError, match="fit: must be called first"):
        model.eigenvalues()


@pytest.mark.parametrize("epsilon", [-1, True, "small", float("nan")])
def test_an_epsilon_that_is_no_size_is_refused(epsilon):
    model = EDMD().fit(slow_manifold())
    for call in (model.eigenvalues, model.residuals):
        with pytest.raises(ParameterError, match="epsilon: must be 0 or more"):
            call(epsilon=epsilon)


def test_other_runs_and_horizons_are_refused():
    model = EDMD().fit(slow_manifold())
    with pytest.raises(ParameterError, match=r"snapshots 0\.1 apart"):
        model.linear_rollout(slow_manifold(dt=0.2), 3)
    with pytest.raises(ParameterError, match="features that the model was fitted to"):
        model.eigenfunctions(as_run(np.ones((5, 3)), 0.1))
    for horizon in (0, 1.5, True):
        with pytest.raises(ParameterError, match="horizon: must be a whole number"):
            model.reencoded_rollout(slow_manifold(), horizon)
