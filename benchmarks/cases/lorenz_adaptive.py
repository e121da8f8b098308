"""Lorenz, 1000 members to t=100, adaptive steps: ours beside heyoka (batch mode), diffrax and dysts.

Every side starts from the same points and says how far it is from the exact solution at t=10, the median over
some members; at t=100 chaos has left nothing of any of them. So each peer is compared twice: at its own
tolerance, and with ours made so strict that our error is the smaller one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np

TITLE = "Lorenz, 1000 members to t=100, adaptive"
PEERS = {
    "heyoka": "heyoka==7.13.2 numpy",
    "diffrax": "diffrax==0.7.2 jax==0.10.2 numpy",
    "dysts": "dysts==0.96 numba numpy",
}
PACKAGES = ("ergodica", "numpy", "numba", "heyoka", "diffrax", "jax", "jaxlib", "dysts", "scipy")
THREADS = 1
ROUNDS = 3

MEMBERS, T_END, TOLERANCE = 1000, 100.0, 1e-9
SAMPLES = (2, 101, 1001)
CHECKED, T_CHECK = 8, 10.0
LADDER = (1e-9, 1e-10, 1e-11, 3e-12, 1e-12, 1e-13, 1e-14)
"""Tolerances of ours; the loosest that is as right as a peer is compared with it."""
SIGMA, RHO, BETA = 10.0, 28.0, 8.0 / 3.0
REPEATS = 3
DYSTS_T_END = 10.0  # its default setting takes some 1 s a unit of time and member


def starts() -> np.ndarray:
    """Initial points, (members, 3)."""
    j = np.arange(MEMBERS)[:, None]
    return np.array([-9.7869288, -15.03852, 20.533978]) + 0.1 * np.sin(j * np.array([1.0, 2.0, 3.0]))


def exact() -> np.ndarray:
    """The first members at T_CHECK by Taylor series of order 30 in 40 digits."""
    rows = []
    with localcontext() as context:
        context.prec = 40
        sigma, rho, beta = (Decimal(v) for v in (SIGMA, RHO, BETA))
        h, order = Decimal(1) / 32, 30
        for start in starts()[:CHECKED]:
            x, y, z = (Decimal(float(v)) for v in start)
            for _ in range(round(T_CHECK * 32)):
                a, b, c = [x], [y], [z]
                for n in range(order):
                    xz = sum(a[i] * c[n - i] for i in range(n + 1))
                    xy = sum(a[i] * b[n - i] for i in range(n + 1))
                    a_next = sigma * (b[n] - a[n]) / (n + 1)
                    b_next = (rho * a[n] - xz - b[n]) / (n + 1)
                    c_next = (xy - beta * c[n]) / (n + 1)
                    a.append(a_next)
                    b.append(b_next)
                    c.append(c_next)
                x, y, z = (sum(v * h**i for i, v in enumerate(s)) for s in (a, b, c))
            rows.append([float(x), float(y), float(z)])
    return np.array(rows)


def error(points: np.ndarray, truth: np.ndarray) -> float:
    """Median over the members of the largest difference of a component."""
    return float(np.median(np.abs(points[:CHECKED] - truth).max(axis=1)))


def fastest(job: Callable[[], object]) -> float:
    """Seconds, the least of some."""
    times = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        job()
        times.append(time.perf_counter() - begin)
    return min(times)


def ours() -> Callable[[], dict[str, float]]:
    """The public run at every tolerance."""
    from ergodica import sims

    points, truth = starts(), exact()
    ladder = {t: sims.Flow(system="lorenz63", tolerance=t, initial=points) for t in LADDER}

    def run() -> dict[str, float]:
        found = {}
        for tolerance, flow in ladder.items():
            for samples in SAMPLES:
                found[f"{tolerance} {samples}"] = fastest(
                    lambda flow=flow, samples=samples: flow.run(  # type: ignore[misc]
                        t_end=T_END, snapshots=samples, members=MEMBERS
                    )
                )
            last = flow.run(t_end=T_CHECK, snapshots=2, members=MEMBERS).state.values[:, -1]
            found[f"{tolerance} error"] = error(last, truth)
        return found

    run()
    return run


def heyoka() -> Callable[[], dict[str, float]]:
    """Its batch mode, batches one after the other, with the fastest of its settings."""
    import heyoka as hy

    x, y, z = hy.make_vars("x", "y", "z")
    p = hy.par
    equations = [(x, p[0] * (y - x)), (y, x * (p[1] - z) - y), (z, x * y - p[2] * z)]
    points, truth = starts(), exact()

    def solver(width: int, fast_math: bool) -> Callable[[int, float], np.ndarray]:
        count = -(-MEMBERS // width)
        padded = np.vstack([points, np.repeat(points[-1:], count * width - MEMBERS, axis=0)])
        blocks = np.ascontiguousarray(padded.reshape(count, width, 3).transpose(0, 2, 1))
        integrator = hy.taylor_adaptive_batch(
            equations,
            np.zeros((3, width)),
            tol=TOLERANCE,
            pars=np.repeat([[SIGMA], [RHO], [BETA]], width, axis=1),
            fast_math=fast_math,
        )

        def once(samples: int, t_end: float) -> np.ndarray:
            out = np.empty((count, samples, 3, width))
            grid = np.repeat(np.linspace(0.0, t_end, samples)[:, None], width, axis=1)
            for i, block in enumerate(blocks):
                integrator.set_time(0.0)
                integrator.state[:] = block
                if samples == 2:
                    integrator.propagate_until(t_end)
                    out[i, 1] = integrator.state
                else:
                    out[i] = integrator.propagate_grid(grid)[-1]
            return out.transpose(0, 3, 1, 2).reshape(-1, samples, 3)

        return once

    width = hy.recommended_simd_size()
    solvers = [solver(width * many, fast) for many in (1, 2) for fast in (False, True)]
    once = min(solvers, key=lambda one: fastest(lambda: one(2, T_END)))

    def run() -> dict[str, float]:
        found = {
            str(samples): fastest(lambda samples=samples: once(samples, T_END))  # type: ignore[misc]
            for samples in SAMPLES
        }
        return found | {"error": error(once(2, T_CHECK)[:, -1], truth)}

    run()
    return run


def diffrax() -> Callable[[], dict[str, float]]:
    """Dopri8 over vmap, jitted, in float64 on the CPU."""
    import diffrax as dx
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    points, truth = starts(), exact()

    def field(t, u, args):  # type: ignore[no-untyped-def]
        x, y, z = u
        return jnp.stack([SIGMA * (y - x), x * (RHO - z) - y, x * y - BETA * z])

    def solver(samples: int, t_end: float) -> Callable[[np.ndarray], np.ndarray]:
        def one(start):  # type: ignore[no-untyped-def]
            return dx.diffeqsolve(
                dx.ODETerm(field),
                dx.Dopri8(),
                t0=0.0,
                t1=t_end,
                dt0=None,
                y0=start,
                saveat=dx.SaveAt(ts=jnp.linspace(0.0, t_end, samples)),
                stepsize_controller=dx.PIDController(rtol=TOLERANCE, atol=TOLERANCE),
                max_steps=None,
            ).ys

        many = jax.jit(jax.vmap(one))
        return lambda start: np.asarray(many(start).block_until_ready())

    solve, check = solver(101, T_END), solver(2, T_CHECK)

    def run() -> dict[str, float]:
        begin = time.perf_counter()
        solve(points)
        seconds = time.perf_counter() - begin
        return {"101": seconds, "error": error(check(points)[:, -1], truth)}

    check(points)
    solve(points)
    return run


def dysts() -> Callable[[], dict[str, float]]:
    """`make_trajectory`, one member to t=10, with its default setting and with DOP853 at our tolerance."""
    from dysts.flows import Lorenz

    points, truth = starts(), exact()
    samples = 101

    def once(start: np.ndarray, **setting: object) -> np.ndarray:
        model = Lorenz()
        model.ic, model.param_list = start, [BETA, RHO, SIGMA]  # its own beta is 2.667
        # the time of its run is period * n / pts_per_period
        model.period = DYSTS_T_END / samples
        found = model.make_trajectory(samples, pts_per_period=1, **setting)
        return np.asarray(found)

    quick = {"method": "DOP853", "rtol": TOLERANCE, "atol": TOLERANCE}

    def run() -> dict[str, float]:
        begin = time.perf_counter()
        default = once(points[0])
        middle = time.perf_counter()
        rough = [once(start, **quick)[-1] for start in points[:CHECKED]]
        end = time.perf_counter()
        return {
            "default": middle - begin,
            "default error": float(np.abs(default[-1] - truth[0]).max()),
            "quick": (end - middle) / CHECKED,
            "error": error(np.array(rough), truth),
        }

    return run


def rows(**repeats: list[dict[str, float]]) -> list[dict[str, object]]:
    """Smallest times; each peer beside ours at 1e-9, and beside ours at an error as small as its own."""
    best = {side: {key: min(r[key] for r in found) for key in found[0]} for side, found in repeats.items()}
    ours, found = best["ours"], []

    def add(peer: str, what: str, seconds: float, wrong: float, samples: int) -> None:
        equal = next((t for t in LADDER if ours[f"{t} error"] <= wrong), LADDER[-1])
        for tolerance in dict.fromkeys((TOLERANCE, equal)):
            mine = ours[f"{tolerance} {samples}"]
            found.append(
                {
                    "job": f"{TITLE}, {samples} samples, tolerance {tolerance:.0e}",
                    "ours": f"{mine:.3f} s, error at t=10 {ours[f'{tolerance} error']:.1e}",
                    "against": f"{peer}, {what}: {seconds:.3g} s, error {wrong:.1e}",
                    "ratio": seconds / mine,
                }
            )

    for samples in SAMPLES:
        found_by = best["heyoka"]
        add(
            PEERS["heyoka"].split()[0],
            "batch, fastest setting, 1e-9",
            found_by[str(samples)],
            found_by["error"],
            samples,
        )
    add("diffrax==0.7.2", "Dopri8, vmap, 1e-9", best["diffrax"]["101"], best["diffrax"]["error"], 101)
    scale = MEMBERS * T_END / DYSTS_T_END
    dysts = best["dysts"]
    note = f"one member to t={DYSTS_T_END:g}, times {scale:g}"
    add("dysts==0.96", f"default setting, {note}", scale * dysts["default"], dysts["default error"], 101)
    add("dysts==0.96", f"DOP853, 1e-9, {note}", scale * dysts["quick"], dysts["error"], 101)
    return found
