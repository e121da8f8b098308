"""Koopman autoencoders beside spectra and forecasts that are known: measures, writes the results, fills the page.

    python scripts/studies/koopman_autoencoder.py          everything, about forty minutes of one core
    python scripts/studies/koopman_autoencoder.py rank     those that are named
    python scripts/studies/koopman_autoencoder.py page     tables and picture from the results

Writes `benchmarks/results/koopman-autoencoder.json`, `docs/models/koopman-autoencoder.md` and
`docs/figures/models/koopman-autoencoder.png`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import data, sims
from ergodica.models.koopman import Convolutional, Dense, KoopmanAutoencoder, KoopmanModel
from ergodica.scripts.studies import documents, figures, koopman_autoencoder_tables, measured
from ergodica.scripts.studies.koopman_autoencoder_tables import RESULT, Row, results

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

PAGE = documents.ROOT / "docs" / "models" / "koopman-autoencoder.md"
PICTURE = documents.ROOT / "docs" / "figures" / "models" / "koopman-autoencoder.png"
SEEDS, FOCUS_SEEDS = (0, 1, 2), (0, 1, 2, 3, 4)
MU, LAM = -0.05, -1.0
DELTA, FOCUS = 0.5, -0.25 + 1.3919j
CORRELATIONS = np.array([0.99, 0.4, 0.35, 0.3, 0.25, 0.2])
DUFFING = ((81, 32, 1.0), (101, 40, 3.0), (151, 40, 1.0))
"""Snapshots of a run, learned observables, weight of the latent error."""
LAG = 10
"""Steps at once, one unit of time: at pi frequencies are folded."""
OSCILLATING = 0.5
"""Angular frequency above which a pair is said to oscillate."""
FIELDS = Convolutional(channels=(16, 32))
ENTROPY_WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


def flow(system: str, starts: Array, dt: float, snapshots: int, **parameters: float) -> xr.Dataset:
    """A run from each of the starts, (members, components)."""
    run = sims.Flow(system=system, parameters=parameters, initial=starts, tolerance=1e-10)
    made: xr.Dataset = run.run(t_end=dt * (snapshots - 1), snapshots=snapshots, members=len(starts))
    return made


def box(seed: int, members: int, half: float) -> Array:
    """Starts spread evenly over a square about 0."""
    return np.random.default_rng(seed).uniform(-half, half, (members, 2))


def errors(model: KoopmanModel, truth: Array, spread: Array, steps: int) -> dict[str, list[float | None]]:
    """Root mean square over starts and components, in `spread`, after 1 ... `steps` steps of both rollouts.

    None where a start diverged.
    """
    windows = truth[:, : model.lookback]
    after = truth[:, model.lookback : model.lookback + steps]
    made = {"linear": model.linear_steps(windows, steps), "reencoded": model.reencoded_steps(windows, steps)}
    found = {name: np.sqrt((((one - after) / spread) ** 2).mean(axis=(0, 2))) for name, one in made.items()}
    return {name: [float(e) if np.isfinite(e) else None for e in one] for name, one in found.items()}


def slow_manifold() -> Iterator[Row]:
    """Rates mu, lam and 2 mu from one learned observable: 60 starts in [-1, 1]^2, 61 snapshots .1 apart."""
    train = flow("slow-manifold", box(0, 60, 1.0), 0.1, 61, mu=MU, lam=LAM)
    test = flow("slow-manifold", box(1, 100, 1.0), 0.1, 51, mu=MU, lam=LAM).state.values
    for seed in SEEDS:
        began = time.process_time()
        model = KoopmanAutoencoder(latent=1, horizon=40, linear=10.0, encoder=Dense(width=32, depth=2))
        model.fit(train, steps=2000, learning_rate=1e-2, seed=seed)
        rates = np.log(model.spectrum[0]) / 0.1
        found = {
            name: float(rates[abs(rates - exact).argmin()].real)
            for name, exact in (("mu", MU), ("lam", LAM), ("2 mu", 2 * MU))
        }
        spread = test.reshape(-1, 2).std(axis=0)
        yield {
            "seed": seed,
            "seconds": time.process_time() - began,
            **found,
            **errors(model, test, spread, 50),
        }


def duffing() -> Iterator[Row]:
    """Both wells at once: 2000 starts in [-2, 2]^2, snapshots .1 apart; 400 other starts, 50 steps."""
    from ergodica.models.koopman import EDMD
    from ergodica.models.koopman.dictionaries import Polynomial, Radial, RandomFourier

    test = flow("duffing-unforced", box(1, 400, 2.0), 0.1, 51, delta=DELTA).state.values
    spread = test.reshape(-1, 2).std(axis=0)
    for snapshots, latent, weight in DUFFING:
        train = flow("duffing-unforced", box(0, 2000, 2.0), 0.1, snapshots, delta=DELTA)
        models: list[tuple[str, int | None, Callable[[], KoopmanModel]]] = [
            ("polynomial, degree 9", None, lambda: EDMD(dictionary=Polynomial(degree=9))),
            ("200 thin plates", None, lambda: EDMD(dictionary=Radial(centres=200))),
            ("200 random waves", None, lambda: EDMD(dictionary=RandomFourier(features=200))),
        ]
        for seed in SEEDS:
            model = KoopmanAutoencoder(
                latent=latent, linear=weight, horizon=50, encoder=Dense(width=64, depth=3)
            )
            models.append(("autoencoder", seed, lambda model=model: model))  # type: ignore[misc]
        for name, number, make in models:
            began = time.process_time()
            options: dict[str, Any] = {}
            if number is not None:
                options = {"steps": 6000, "batch": 64, "learning_rate": 1e-2, "seed": number}
            fitted = make().fit(train, **options)
            rates = np.log(fitted.spectrum[0]) / 0.1
            focus = rates[abs(rates - FOCUS).argmin()]
            yield {
                "model": name,
                "snapshots": snapshots,
                "linear_weight": None if number is None else weight,
                "observables": len(fitted.operator),
                "seed": number,
                "seconds": time.process_time() - began,
                "focus": [float(focus.real), float(focus.imag)],
                "focus_error": float(abs(focus - FOCUS) / abs(FOCUS)),
                **errors(fitted, test, spread, 50),
            }


def slow_pair(model: KoopmanModel) -> complex:
    """Of the two slowest oscillating pairs the rate of the one whose mode carries more of the state."""
    eigenvalues, right, _ = model.spectrum
    rates = np.log(eigenvalues) / model.fitted_layout.dt
    pairs = np.flatnonzero(rates.imag > OSCILLATING)
    slowest = pairs[np.argsort(-rates.real[pairs])[:2]]
    # eigenfunctions have a mean square of 1, and the state is decoded from the observables 1 and 2
    return complex(rates[slowest[np.linalg.norm(right[1:3, slowest], axis=0).argmax()]])


def focus() -> Iterator[Row]:
    """The data of `duffing` at 101 snapshots, by longer windows: the focus over one step and over ten at once."""
    test = flow("duffing-unforced", box(1, 400, 2.0), 0.1, 51, delta=DELTA).state.values
    train = flow("duffing-unforced", box(0, 2000, 2.0), 0.1, 101, delta=DELTA)
    for seed in FOCUS_SEEDS:
        began = time.process_time()
        model = KoopmanAutoencoder(latent=40, linear=10.0, horizon=80, encoder=Dense(width=64, depth=3))
        model.fit(train, steps=6000, batch=48, learning_rate=1e-2, seed=seed)
        seconds = time.process_time() - began
        own = slow_pair(model)
        made = model.lagged_eigenvalues(LAG)
        rates = made.growth_rate.values + 1j * made.continuous_eigenvalue_imag.values
        found = {"one_step": own, "lagged": complex(rates[abs(rates - own).argmin()])}
        yield {
            "seed": seed,
            "observables": len(model.operator),
            "seconds": seconds,
            "lag": LAG,
            **{name: [one.real, one.imag] for name, one in found.items()},
            **{f"{name}_error": abs(one - FOCUS) / abs(FOCUS) for name, one in found.items()},
            **errors(model, test, test.reshape(-1, 2).std(axis=0), 50),
        }


def orbits(seed: int, members: int, snapshots: int) -> Array:
    """On the Lorenz attractor, .1 apart, after a warm-up of 10: (members, snapshots, 3)."""
    starts = np.random.default_rng(seed).normal(size=(members, 3)) * 8 + [0, 0, 25]
    run = sims.Flow(system="lorenz63", initial=starts, tolerance=1e-10)
    made = run.run(t_end=0.1 * (snapshots - 1), snapshots=snapshots, members=members, warm_up=10.0)
    return np.asarray(made.state.values)


def lorenz_dictionaries() -> Iterator[Row]:
    """Fixed dictionaries on the data of `lorenz`."""
    from ergodica.models.koopman import EDMD
    from ergodica.models.koopman.dictionaries import Polynomial, RandomFourier

    train, test = orbits(0, 40, 501), orbits(1, 200, 501)
    spread = train.reshape(-1, 3).std(axis=0)
    for name, dictionary in (
        *((f"polynomial, degree {degree}", Polynomial(degree=degree)) for degree in (6, 9)),
        ("200 random waves", RandomFourier(features=200)),
    ):
        began = time.process_time()
        model = EDMD(dictionary=dictionary).fit(as_run(train, 0.1))
        seconds = time.process_time() - began
        made = errors(model, test, spread, 50)
        yield {"dictionary": name, "observables": len(model.operator), "seconds": seconds, **made}


def lorenz() -> Iterator[Row]:
    """The attractor in steps of .1: 40 runs of 501 snapshots; 200 other starts for errors and statistics."""
    from ergodica import estimators as est

    train, test, other = orbits(0, 40, 501), orbits(1, 200, 501), orbits(2, 200, 500)
    spread = train.reshape(-1, 3).std(axis=0)
    truth = test[:, 1:].reshape(-1, 3)

    def divergence(found: Array) -> float:
        return float(est.state_space_divergence(found.reshape(-1, 3), truth, dim=0, feature_dim=1))

    for seed in SEEDS:
        began = time.process_time()
        model = KoopmanAutoencoder(
            latent=128, horizon=1, linear=0.0, ridge=1e-10, encoder=Dense(width=128, depth=2)
        )
        model.fit(as_run(train, 0.1), steps=4000, batch=512, learning_rate=1e-2, seed=seed)
        seconds = time.process_time() - began
        long = {
            "linear": model.linear_steps(test[:, :1], 500),
            "reencoded": model.reencoded_steps(test[:, :1], 500),
        }
        found = np.sqrt((((long["reencoded"][:, :50] - test[:, 1:51]) / spread) ** 2).mean(axis=2))
        yield {
            "seed": seed,
            "seconds": seconds,
            "median_reencoded": np.median(found, axis=0).tolist(),
            "divergence": {name: divergence(one) for name, one in long.items()},
            "divergence_of_another_orbit": divergence(other),
            **errors(model, test, spread, 50),
        }


def as_run(values: Array, dt: float) -> xr.Dataset:
    """A dataset of arrays (member, t, component) or (t, component)."""
    dims = ("member", "t", "component")[3 - values.ndim :]
    return data.from_arrays(
        {"state": values},
        title="a run",
        t=dt * np.arange(values.shape[-2]),
        dims={"state": dims},
        units={"state": "1"},
    )


def shedding(stride: int = 4) -> tuple[xr.Dataset, Array, Array]:
    """Vorticity behind a cylinder at Re = 100: the first half of a run; windows of the second; their spread.

    A stride of 4 keeps every fourth point of the grid of the simulation along each direction.
    """
    small = sims.CylinderWake.preset("vortex-street-small", stride=stride, collision="bgk")
    run = small.run(t_end=200.0, snapshots=401, warm_up=60.0, seed=1)
    test = run.vorticity.values[200:].reshape(201, -1)
    windows = np.lib.stride_tricks.sliding_window_view(test, 51, axis=0).transpose(0, 2, 1)[::5]
    return run.isel(t=slice(0, 200)), windows, np.sqrt(((test - test.mean(axis=0)) ** 2).mean())


def wake() -> Iterator[Row]:
    """A wake that sheds vortices, from the vorticity on a coarse grid."""
    yield from wakes(4, "perceptrons", Dense(width=64, depth=1), steps=2000, batch=16, learning_rate=5e-3)
    yield from wakes(4, "convolutions", FIELDS, steps=1500, batch=8, learning_rate=1e-2)


def finer_wake() -> Iterator[Row]:
    """The same on a grid of four times as many points."""
    yield from wakes(2, "convolutions", FIELDS, steps=1500, batch=8, learning_rate=1e-2)


def wakes(stride: int, name: str, encoder: Dense | Convolutional, **training: Any) -> Iterator[Row]:
    """Rows of all seeds."""
    train, windows, spread = shedding(stride)
    for seed in SEEDS:
        began = time.process_time()
        model = KoopmanAutoencoder(
            latent=16, horizon=10, skip=False, entropy=0.01, information=0.01, encoder=encoder
        )
        model.fit(train, "vorticity", seed=seed, **training)
        turns = np.angle(model.spectrum[0]) / (2 * np.pi * 0.5)
        yield {
            "encoder": name,
            "seed": seed,
            "points": list(train.vorticity.shape[1:]),
            "seconds": time.process_time() - began,
            "strouhal": float(turns[abs(turns - 0.17).argmin()]),
            **errors(model, windows, spread, 50),
        }


def terms() -> Iterator[Row]:
    """The wake by perceptrons, with and without the terms of information."""
    import torch

    from ergodica.models.koopman.information import effective_rank

    train, windows, spread = shedding()
    for information, entropy in ((0.0, 0.0), (0.01, 0.0), (0.01, 0.01), (0.0, 0.01)):
        for seed in SEEDS[:2]:
            model = KoopmanAutoencoder(
                latent=16,
                horizon=10,
                skip=False,
                entropy=entropy,
                information=information,
                encoder=Dense(width=64, depth=1),
            )
            model.fit(train, "vorticity", steps=1000, batch=16, learning_rate=5e-3, seed=seed)
            z = model.lift(windows[:, 0][:, None])[:, 1:]
            yield {
                "information": information,
                "entropy": entropy,
                "seed": seed,
                "rank": float(effective_rank(torch.from_numpy(z))),
                **errors(model, windows, spread, 50),
            }


def rank() -> Iterator[Row]:
    """Effective rank of six latent variables of one slow and five fast Gaussian series, by the weights."""
    import torch

    from ergodica.models.koopman.information import effective_rank

    rng = np.random.default_rng(0)
    x = np.empty((2000, 6))
    x[0] = rng.normal(size=6)
    for n in range(1, len(x)):
        x[n] = CORRELATIONS * x[n - 1] + np.sqrt(1 - CORRELATIONS**2) * rng.normal(size=6)
    x = x @ np.linalg.qr(rng.normal(size=(6, 6)))[0]
    for estimator in ("infonce", "gaussian"):
        cases = [(0.0, 0.0)] + [(1.0, weight) for weight in ENTROPY_WEIGHTS]
        for information, entropy in cases:
            for seed in SEEDS:
                model = KoopmanAutoencoder(
                    skip=False,
                    constant=False,
                    latent=6,
                    horizon=1,
                    encoder=Dense(width=24, depth=1),
                    reconstruction=0.003,
                    linear=0.0,
                    prediction=0.0,
                    estimator=estimator,
                    temperature=1.0,
                    noise=0.1,
                    information=information,
                    entropy=entropy,
                )
                model.fit(as_run(x, 1.0), steps=400, batch=128, learning_rate=1e-2, seed=seed)
                found = float(effective_rank(torch.from_numpy(model.lift(x[:, None]))))
                yield {
                    "estimator": estimator,
                    "information": information,
                    "entropy": entropy,
                    "seed": seed,
                    "rank": found,
                }


STUDIES: dict[str, Callable[[], Iterable[Row]]] = {
    "rank": rank,
    "slow_manifold": slow_manifold,
    "duffing": duffing,
    "focus": focus,
    "lorenz": lorenz,
    "lorenz_dictionaries": lorenz_dictionaries,
    "wake": wake,
    "finer_wake": finer_wake,
    "terms": terms,
}


def page() -> None:
    """Tables and picture from the results."""
    measured.fill(PAGE, koopman_autoencoder_tables.TABLES)
    if "rank" in results():
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        figures.save(koopman_autoencoder_tables.picture(), PICTURE)


def main(names: list[str]) -> None:
    """Measures what is named, all without names, and fills the page."""
    measured.measure(names, STUDIES, RESULT)
    page()


if __name__ == "__main__":
    main(sys.argv[1:])
