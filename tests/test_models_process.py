"""What score networks see of a dataset: degrees of freedom, noise, drift, and the score of passive particles."""

import numpy as np
import pytest
import xarray as xr

from ergodica import data, sims
from ergodica.models.score import process_of
from ergodica.models.score.process import require_drift

RECORD = ("drift", "drift_divergence")
SOFT = {"particles": 3, "pair_force": "softplus", "softness": 7.5, "radius": 1.0, "temperature": 0.2}
FREE = {"particles": 3, "pair_force": "none", "trap": 0.05, "speed": 0.3, "temperature": 0.2}
ACTIVE = {
    "line": sims.ActiveOU(**SOFT, dimensions=1, box=12.0),
    "plane": sims.ActiveOU(**SOFT, trap=0.05),
    "space": sims.ActiveOU(**SOFT, dimensions=3, box=12.0),
    "heading": sims.ActiveBrownian(**SOFT, trap=0.05),
}


def ran(system, **changes):
    return system.run(**{"t_end": 0.4, "snapshots": 3, "members": 2, "seed": 3, "record": RECORD, **changes})


def raw_of(ds, process):
    """Variables as they are read: one leading axis for the snapshots of all members."""
    found = {}
    for name in (*process.variables, *process.optional):
        values = ds[name].values
        found[name] = values.reshape(-1, *values.shape[2 if "member" in ds.dims else 1 :])
    return found


def test_degrees_are_named_and_shaped_as_the_dataset_has_them():
    ds = ran(ACTIVE["space"])
    process = process_of(ds)
    axes = "xyz"
    assert process.names == (*(f"position_{a}" for a in axes), *(f"propulsion_{a}" for a in axes))
    assert (process.sites, process.dimensions, process.particles) == (3, 3, True)
    np.testing.assert_array_equal(process.period, [12.0] * 3 + [np.inf] * 3)
    np.testing.assert_array_equal(process.diffusion, np.diag([0.2] * 3 + [0.1] * 3))
    x = process.states(raw_of(ds, process))
    assert x.shape == (6, 3, 6)
    np.testing.assert_array_equal(x[4, 1, 2], ds.position[1, 1, 1, 2])
    np.testing.assert_array_equal(x[4, 1, 3:], ds.propulsion[1, 1, 1])


def test_headings_are_one_angle_of_period_two_pi():
    ds = ran(ACTIVE["heading"])
    process = process_of(ds)
    assert process.names == ("position_x", "position_y", "heading_angle")
    assert process.period[2] == 2 * np.pi
    angle = process.states(raw_of(ds, process))[..., 2].reshape(ds.heading.shape[:-1])
    np.testing.assert_allclose(np.stack([np.cos(angle), np.sin(angle)], -1), ds.heading, atol=1e-15)


def test_many_turns_and_many_boxes_away_are_the_same_state():
    ds = ran(ACTIVE["space"])
    process = process_of(ds)
    raw = raw_of(ds, process)
    far = {**raw, "position": raw["position"] + 12.0 * np.array([1e5, -1e5, 3.0])}
    # 1e6 in float64 has digits to 1e-10
    np.testing.assert_allclose(process.states(far), process.states(raw), atol=1e-9)
    before = far["position"].copy()
    process.states(far)
    np.testing.assert_array_equal(far["position"], before)
    single = process.states({name: np.float32(values) for name, values in raw.items()})
    assert single.dtype == np.float32


def test_components_keep_their_names_and_the_whole_matrix():
    matrix = [[1.0, 0.4], [0.4, 0.5]]
    ds = sims.LinearSDE(drift_matrix=[[-1.0, -2.0], [1.0, -1.0]], diffusion_matrix=matrix).run(
        t_end=1.0, snapshots=3, record=RECORD
    )
    process = process_of(ds)
    assert (process.names, process.sites, process.particles) == (("x0", "x1"), 1, False)
    np.testing.assert_array_equal(process.diffusion, matrix)
    np.testing.assert_allclose(process.inverse @ matrix, np.eye(2), atol=1e-14)
    b, divergence = process.drifts(raw_of(ds, process))
    np.testing.assert_allclose(b[:, 0], ds.state.values @ np.array(ds.drift_matrix).T)
    np.testing.assert_array_equal(divergence, np.full((3, 1), -2.0))
    with pytest.raises(ValueError, match="'equilibrium' is for particles"):
        process.passive(raw_of(ds, process))


def test_drift_and_passive_score_of_free_particles_in_a_trap_are_their_closed_forms():
    for system, own in ((sims.ActiveOU(**FREE), "propulsion"), (sims.ActiveBrownian(**FREE), "heading")):
        ds = ran(system)
        process = process_of(ds)
        raw = raw_of(ds, process)
        (b, div_b), r = process.drifts(raw), process.passive(raw)
        force = -0.05 * raw["position"]
        np.testing.assert_allclose(b[..., :2], force + 0.3 * raw[own])
        np.testing.assert_allclose(r[..., :2], force / 0.2, atol=1e-14)
        if own == "propulsion":
            np.testing.assert_allclose(b[..., 2:], -0.1 * raw[own])
            np.testing.assert_allclose(r[..., 2:], -raw[own])
            np.testing.assert_allclose(div_b, -2 * (0.05 + 0.1))
        else:
            assert not b[..., 2].any()
            assert not r[..., 2].any()
            np.testing.assert_allclose(div_b, -2 * 0.05)


@pytest.mark.parametrize("name", ACTIVE)
def test_the_reference_has_no_current_where_nothing_is_active(name):
    """At equilibrium b = D s, so with the speed at 0 the drift is D times the passive score, whatever the forces."""
    still = ran(ACTIVE[name].model_copy(update={"speed": 0.0}))
    process = process_of(still)
    raw = raw_of(still, process)
    (b, _), r = process.drifts(raw), process.passive(raw)
    noisy = ~process.noiseless
    np.testing.assert_allclose((r @ process.diffusion)[..., noisy], b[..., noisy], atol=1e-14)


def test_the_divergence_is_that_of_the_drift():
    """Against differences of the drift between states that lie 1e-5 apart in one degree of freedom."""
    start = np.array([[[0.1, 0.2], [0.5, -1.0]], [[1.5, 0.9], [1.0, 0.3]], [[0.2, 2.0], [-0.4, 0.1]]])
    step = 1e-5

    def drifts(shift):
        system = sims.ActiveOU(**SOFT, trap=0.05, initial=start + shift, dt=0.1)
        ds = ran(system, members=None, t_end=0.1, snapshots=2).isel(t=[0])
        process = process_of(ds)
        return process.drifts(raw_of(ds, process))

    _, divergence = drifts(0.0)
    for particle in range(3):
        total = 0.0
        for axis in range(4):
            shift = np.zeros_like(start)
            shift[particle, axis // 2, axis % 2] = step
            (up, _), (down, _) = drifts(shift), drifts(-shift)
            total += (up - down)[0, particle, axis] / (2 * step)
        # differences of numbers of size 1: round-off 1e-11, truncation 1e-10 times a third derivative of about 50
        assert abs(total - divergence[0, particle]) < 1e-7


def with_attributes(**changes):
    """A small dataset from elsewhere; None leaves a variable out."""
    rng = np.random.default_rng(0)
    arrays = {
        "state": rng.normal(size=(4, 2)),
        "drift": rng.normal(size=(4, 2)),
        "drift_divergence": rng.normal(size=4),
        "diffusion": np.array([1.0, 0.0]),
        "period": np.array([6.0, np.inf]),
    } | changes
    dims = {"state": ("t", "component"), "drift": ("t", "component"), "drift_divergence": ("t",)}
    dims |= {name: ("component",) for name in ("diffusion", "period")}
    dims["diffusion_matrix"] = ("component", "by_component")
    given = {name: one for name, one in arrays.items() if one is not None}
    further = {"by_component": [0, 1]} if "diffusion_matrix" in given else {}
    return data.from_arrays(
        given,
        title="made",
        t=np.arange(4.0),
        dims={k: dims[k] for k in given},
        units=dict.fromkeys(given, "1"),
        coordinates=further,
    )


def test_data_from_elsewhere_need_no_simulation():
    process = process_of(with_attributes())
    assert process.names == ("x0", "x1")
    np.testing.assert_array_equal(process.period, [6.0, np.inf])
    np.testing.assert_array_equal(process.noiseless, [False, True])
    np.testing.assert_array_equal(process.inverse, np.diag([1.0, 0.0]))
    require_drift(with_attributes(), process, "this")


def test_one_length_is_that_of_every_side_and_zero_is_no_border():
    ds = ran(sims.Brownian(**SOFT))
    assert (process_of(ds.assign(box=8.0)).period == 8.0).all()
    np.testing.assert_array_equal(process_of(ds.assign(box=("space", [8.0, 0.0]))).period, [8.0, np.inf])
    assert np.isinf(process_of(ds.assign(box=0.0)).period).all()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"diffusion": None}, "needs noise"),
        ({"diffusion": np.zeros(2)}, "noise on some degree"),
        ({"diffusion": np.array([1.0, np.nan])}, "must be finite"),
        ({"diffusion": np.array([1.0, -1.0])}, "no negative eigenvalue"),
        ({"diffusion_matrix": np.array([[1.0, 0.5], [0.0, 1.0]])}, "must be symmetric"),
        ({"period": np.array([np.nan, 0.0])}, "period: must be a length, or 0 or infinite .*nan"),
        ({"period": np.array([-1.0, 0.0])}, "period: must be a length, or 0 or infinite"),
    ],
)
def test_noise_that_is_no_diffusion_is_refused(changes, rule):
    with pytest.raises(ValueError, match=rule):
        process_of(with_attributes(**changes))


def particles(**changes):
    return ran(sims.ActiveOU(**SOFT, trap=0.05)).assign(**changes)


@pytest.mark.parametrize(
    ("ds", "rule"),
    [
        (lambda: xr.Dataset({"height": ("t", np.zeros(3))}), "got height; simulate"),
        (lambda: xr.Dataset({"state": ("t", np.zeros(3))}), r"state: must have dims \(t, component\)"),
        (lambda: particles().drop_vars("position_diffusion"), "position_diffusion: the dataset has none"),
        (lambda: particles().drop_vars("propulsion_rate"), "propulsion_rate: the dataset has none"),
        (
            lambda: particles(position_diffusion=-1.0),
            "position_diffusion: must be a finite number of 0 or more",
        ),
        (lambda: particles(box=("t", np.ones(3))), "box: must be one length"),
        (lambda: particles().transpose("particle", ...), "position: must have dims"),
        (lambda: ran(sims.RunAndTumble(particles=3, pair_force="none", temperature=0.1)), "headings jump"),
        (lambda: ran(sims.ActiveBrownian(**SOFT, dimensions=3)), "for the plane, got 3 dimensions"),
        (lambda: ran(sims.Brownian(**SOFT | {"temperature": 0.0})), "noise on some degree"),
        (
            lambda: ran(sims.Brownian(**SOFT, trap=[0.1, 0.2])),
            "trap: must be the same for all members, got 0.1",
        ),
        (lambda: ran(sims.Brownian(**SOFT | {"temperature": [0.1, 0.2]})), "position_diffusion: must be one"),
        (lambda: ran(sims.Flow(system="lorenz63"), record=()), "diffusion_matrix: the dataset has none"),
    ],
    ids=range(13),
)
def test_what_is_no_diffusion_of_one_density_is_refused_by_name(ds, rule):
    with pytest.raises(ValueError, match=rule):
        process_of(ds())


def test_the_same_parameters_for_all_members_are_one_density():
    ds = ran(sims.ActiveOU(**SOFT | {"temperature": [0.2, 0.2]}, trap=[0.05, 0.05]))
    assert process_of(ds).diffusion[0, 0] == 0.2


def test_a_missing_drift_names_the_option_that_records_it():
    ds = ran(sims.ActiveOU(**FREE), record=())
    process = process_of(ds)
    with pytest.raises(
        ValueError, match=r'entropy_production needs .* record=\("drift", "drift_divergence"\)'
    ):
        require_drift(ds, process, "entropy_production")


def test_a_reference_that_cannot_be_is_refused_with_the_other_one():
    for ds in (particles(position_diffusion=0.0), particles(propulsion_diffusion=0.4)):
        process = process_of(ds)
        with pytest.raises(ValueError, match="use 'gaussian'"):
            process.passive(raw_of(ds, process))
