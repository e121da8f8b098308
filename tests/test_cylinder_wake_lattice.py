"""The lattice Boltzmann engine: against plain numpy, closed forms, and budgets of mass and momentum."""

import numpy as np
import plain_lattice
import pytest

from ergodica.sims.engines import lattice, lattice_loops
from ergodica.sims.engines.lattice import Channel, LatticeSteps
from ergodica.sims.engines.lattice_body import circle


def channel(rows, columns, *, even=1.6, odd=1.1, sides="periodic", inflow=(), body=None, members=1):
    return Channel(
        even=np.full(members, even), odd=np.full((members, columns), odd), inflow=np.array(inflow, float),
        relaxation=5e-3, sides=sides, body=body, rows=rows, columns=columns,
    )  # fmt: skip


def advanced(f, made, steps, threads=1):
    state = {"f": np.ascontiguousarray(f, float), "inflow": np.zeros((len(f), 2))}
    LatticeSteps(made, dt=1.0, steps_per_snapshot=1, threads=threads).advance(state, 0, steps)
    return state["f"]


def joined(g):
    """A torus with the two columns beside it that the engine keeps."""
    return np.concatenate([g[..., -1:], g, g[..., :1]], axis=-1)


def noise(rows, columns, seed=0):
    rng = np.random.default_rng(seed)
    u, v, density = 0.05 * rng.normal(size=(3, rows, columns))
    return plain_lattice.equilibrium(density, u, v) + 1e-3 * rng.normal(size=(9, rows, columns))


@pytest.mark.parametrize(("rows", "columns"), [(33, 70), (3, 5), (64, 130)])
def test_steps_are_those_of_plain_numpy(rows, columns):
    g = noise(rows, columns)
    found = advanced(joined(g)[None], channel(rows, columns + 2), 6)[0, ..., 1:-1]
    for _ in range(6):
        g = plain_lattice.step(g, 1.6, 1.1)
    np.testing.assert_allclose(found, g, rtol=0, atol=1e-15)  # six steps of round-off of numbers of size .1


@pytest.mark.parametrize("sides", ["slip", "no-slip"])
def test_walls_are_those_of_a_mirrored_torus(sides):
    rows, columns, turned = 20, 30, [0, 1, 2, 4, 3, 7, 8, 5, 6]
    g = noise(rows, columns)
    if sides == "slip":  # a flow over a slipping wall is half of a flow and its mirror image
        found = advanced(joined(g)[None], channel(rows, columns + 2, sides=sides), 5)[0, ..., 1:-1]
        g = np.concatenate([g, g[turned, ::-1]], axis=1)
        for _ in range(5):
            g = plain_lattice.step(g, 1.6, 1.1)
        np.testing.assert_allclose(found, g[:, :rows], rtol=0, atol=1e-15)
        return
    # a shear flow between walls at rest decays at nu (pi/H)^2, exactly where the product of both times is 3/16
    height, time = 10, 0.2
    shear = np.sin(np.pi * (np.arange(height) + 0.5) / height)[:, None] * np.ones((1, 8))
    made = channel(height, 8, even=1 / (time + 0.5), odd=1 / (3 / 16 / time + 0.5), sides=sides)
    f = advanced(0.01 * plain_lattice.equilibrium(0 * shear, shear, 0 * shear)[None], made, 100)
    before = plain_lattice.moments(f[0])[1]
    after = plain_lattice.moments(advanced(f.copy(), made, 100)[0])[1]
    rate = -np.log(after[5, 4] / before[5, 4]) / 100
    # the lattice's own error of a sine of 20 cells, (pi/H)^2/12
    assert rate == pytest.approx(time / 3 * (np.pi / height) ** 2, rel=0.01)


def test_a_taylor_green_vortex_decays_with_errors_of_second_order():
    errors, sizes, nu = [], [12, 24, 48], 0.05
    for n in sizes:
        k, speed = (
            2 * np.pi / n,
            0.02 * 12 / n,
        )  # slower on a finer grid: errors of compressibility fall alike
        y, x = np.mgrid[:n, :n] * k
        u, v = speed * np.cos(x) * np.sin(y), -speed * np.sin(x) * np.cos(y)
        density = -0.75 * speed**2 * (np.cos(2 * x) + np.cos(2 * y))
        steps = round(0.5 / (2 * nu * k**2))
        time = 3 * nu
        made = channel(n, n + 2, even=1 / (time + 0.5), odd=1 / (3 / 16 / time + 0.5))
        f = advanced(joined(plain_lattice.equilibrium(density, u, v))[None], made, steps)
        found = plain_lattice.moments(f[0, ..., 1:-1])[1]
        errors.append(np.abs(found - u * np.exp(-2 * nu * k**2 * steps)).max() / speed)
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert errors[-1] < 2e-3
    assert (orders > 1.8).all(), f"orders {orders} of {errors}"


def test_a_channel_has_the_profile_and_the_pressure_of_poiseuille():
    rows, columns, speed, nu = 12, 60, 0.02, 0.1
    y = np.arange(2 * rows + 1) / (2 * rows)
    profile, time = 6 * speed * y * (1 - y), 3 * nu
    made = channel(
        rows, columns, even=1 / (time + 0.5), odd=1 / (3 / 16 / time + 0.5), sides="no-slip", inflow=profile
    )
    u = profile[1::2, None] * np.ones((1, columns))
    f = advanced(plain_lattice.equilibrium(0 * u, u, 0 * u)[None], made, 6000)
    density, along, across = plain_lattice.moments(f[0])
    middle = slice(20, 40)
    mean = along[:, middle].mean(axis=0)
    # what remains of the start after 6000 steps, and of the ends more than a height away
    np.testing.assert_allclose(mean, speed, rtol=1e-3)
    np.testing.assert_allclose(along[:, middle] / mean, u[:, middle] / u.mean(), rtol=0, atol=1e-3)
    assert np.abs(across[:, middle]).max() < 1e-4 * speed
    slope = np.polyfit(np.arange(20), density[:, middle].mean(axis=0) / 3, 1)[0]
    assert slope == pytest.approx(-12 * nu * speed / rows**2, rel=5e-3)


def test_a_staircase_keeps_mass_and_what_crosses_the_ends_is_all_that_changes_it():
    body = circle(24, 40, x=15.0, y=11.5, radius=4.0, half_way=True)
    g = noise(24, 40) * ~body.solid
    made = channel(24, 40, inflow=np.full(49, 0.05), body=body)
    f = advanced(g[None], made, 1)  # so that the ends are set
    entering = f[0, [1, 5, 7], :, 0].sum() - f[0, [2, 6, 8], :, 1].sum()
    leaving = f[0, [1, 5, 7], :, -2].sum() - f[0, [2, 6, 8], :, -1].sum()
    before = f[0, :, :, 1:-1].sum(axis=0)[~body.solid[:, 1:-1]].sum()
    after = advanced(f, made, 1)[0, :, :, 1:-1].sum(axis=0)[~body.solid[:, 1:-1]].sum()
    assert abs(entering - leaving) > 1e-3
    assert after - before == pytest.approx(entering - leaving, abs=1e-12)  # round-off of sums of 1000 numbers


@pytest.mark.parametrize("half_way", [False, True])
def test_the_force_is_the_momentum_that_the_fluid_loses(half_way):
    body = circle(24, 40, x=15.3, y=11.2, radius=4.3, half_way=half_way)
    g = noise(24, 38)
    f = joined(g)[None] * ~body.solid
    made = channel(24, 40, body=body)
    f = advanced(f, made, 3)
    force = body.force(f[0])

    def momentum(f):
        return np.array([one[:, 1:-1].sum() for one in plain_lattice.moments(f[0])[1:]])

    before = momentum(f)
    after = momentum(advanced(f, made, 1))
    assert np.abs(force).max() > 1e-3
    np.testing.assert_allclose(before - after, force, rtol=0, atol=1e-13)


def test_links_end_on_the_circle():
    x, y, radius = 14.2, 15.1, 6.3
    body = circle(30, 30, x=x, y=y, radius=radius)
    near = np.array(np.unravel_index(body.near, (9, 30, 30)))[[2, 1]].T
    far = np.array(np.unravel_index(body.far, (9, 30, 30)))[[2, 1]].T
    behind = (near != far).any(
        axis=1
    )  # a cell behind takes part where q < 1/2: the weight is 2 q, else 1/(2 q)
    q = np.where(behind, body.near_weight / 2, 0.5 / body.near_weight)
    assert 0.2 < behind.mean() < 0.8
    reach = np.hypot(*(near + q[:, None] * body.directions - [x, y]).T)
    np.testing.assert_allclose(reach, radius, rtol=1e-14)
    np.testing.assert_allclose(body.near_weight + body.far_weight, 1.0, rtol=1e-14)


def test_threads_blocks_and_members_do_not_change_a_bit():
    body = circle(70, 50, x=20.0, y=33.0, radius=5.0)
    f = np.array([noise(70, 50, seed) * ~body.solid for seed in range(3)])
    given = {"inflow": np.full(141, 0.05), "body": body, "sides": "slip", "even": 1.2}
    together = advanced(f.copy(), channel(70, 50, members=3, **given), 5, threads=2)
    alone = advanced(f[1:2].copy(), channel(70, 50, **given), 5)
    assert together[1].tobytes() == alone[0].tobytes()


@pytest.mark.parametrize(
    ("threads", "rows", "shared"), [(None, 40, False), (1, 4000, False), (2, 40, True), (None, 4000, True)]
)
def test_threads_do_not_wait_for_each_other_at_every_step_of_a_small_flow(monkeypatch, threads, rows, shared):
    called = []
    for name in ("steps", "steps_shared"):
        monkeypatch.setattr(lattice_loops, name, lambda *_, name=name: called.append(name))
    assert (rows * 50 >= lattice.FEWEST) == (rows == 4000)
    advanced(np.zeros((1, 9, rows, 50)), channel(rows, 50), 1, threads=threads)
    assert called == ["steps_shared" if shared else "steps"]
