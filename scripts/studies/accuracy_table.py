"""The table of numbers that runs and estimators give beside the exact ones."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ergodica import estimators as est
from ergodica import sims
from ergodica.scripts.studies.documents import bound, markdown
from ergodica.scripts.studies.system_tables import finished


@dataclass(frozen=True)
class Value:
    """A measured number beside the exact one."""

    what: str
    measured: float
    exact: float
    formula: str
    digits: int = 7

    def row(self, margin: float) -> tuple[str, ...]:
        """Cells of a table."""
        exact = f"{self.exact:.{self.digits}f}"
        if self.formula:
            exact = f"{exact} = {self.formula}"
        difference = bound(abs(self.measured - self.exact), margin)
        return self.what, f"{self.measured:.{self.digits}f}", exact, difference


def accuracy(margin: float) -> str:
    """The table of the README."""
    values = [*_solitons(), *_instability(), *_peaks(), *_entropies(), *_exponents()]
    head = ("quantity", "measured", "exact", "difference")
    return markdown(head, [value.row(margin) for value in values])


def _solitons() -> Iterator[Value]:
    from ergodica.scripts.demo import collision_shifts
    from ergodica.sims.nlse_states import TwoSoliton

    simulation, ds = finished(sims.NLSE, "two-soliton")
    parameters = simulation.given()["initial_parameters"]
    first, second = TwoSoliton(**parameters).shifts()
    right, left = collision_shifts(ds, parameters)
    formula = "ln(28.25/16.25)/A"
    yield Value("shift of the soliton A=2 by the collision", right, first, formula)
    yield Value("shift of the soliton A=1.5 by the collision", left, -second, f"-{formula}")
    _, ds = finished(sims.NLSE, "soliton")
    for name, exact, formula in (("mass", 4, "2A"), ("momentum", 4, "2Av"), ("energy", -2 / 3, "Av² - A³/3")):
        yield Value(f"{name} of a soliton, A=2, v=1, at t=20", float(ds[name][-1]), exact, formula)


def _instability() -> Iterator[Value]:
    length, mode = 20.0, 4
    k = 2 * math.pi * mode / length
    small = {"mode": mode, "perturbation": 1e-6}
    simulation = sims.NLSE.preset(
        "modulation-instability", points=128, length=length, initial_parameters=small
    )
    ds = simulation.run(t_end=3.0, snapshots=31)
    amplitude = np.abs(np.fft.fft(ds.ergodica.psi.values, axis=-1))[:, mode]
    measured = float(np.polyfit(ds.t, np.log(amplitude), 1)[0])
    exact = k / 2 * math.sqrt(4 - k * k)
    yield Value("growth rate of the modulation instability, k=0.4π", measured, exact, "(k/2) √(4 - k²)")


def _peaks() -> Iterator[Value]:
    for name, word, t, exact, formula in (
        ("bound-state", "peak of the bound state 2 sech x, t=π/4", math.pi / 4, 4.0, ""),
        ("akhmediev", "peak of the Akhmediev breather, c=1/4", 5.0, 1 + math.sqrt(2), "1 + √2"),
    ):
        psi = sims.NLSE.preset(name).run(t_end=t, snapshots=2).ergodica.psi.isel(t=-1)
        yield Value(word, float(abs(psi).max()), exact, formula)


def _entropies() -> Iterator[Value]:
    simulation = sims.NLSE.preset("soliton", initial_parameters={"velocity": 0.0})
    psi = simulation.run(t_end=1.0, snapshots=2).ergodica.psi.isel(t=-1)
    amplitude, log = 2.0, math.log
    dx, dk = simulation.length / simulation.points, 2 * math.pi / simulation.length
    position, wavenumber = est.SpatialDensity(), est.SpectralPower()
    for word, space, measure, exact, formula in (
        (
            "Shannon entropy of position",
            position,
            est.Shannon(),
            2 - log(2 * amplitude * dx),
            "2 - ln(2A dx)",
        ),
        (
            "Shannon entropy of wavenumber",
            wavenumber,
            est.Shannon(),
            2 + log(amplitude / math.pi / dk),
            "2 + ln(A/(π dk))",
        ),
        ("Renyi entropy of order 2", position, est.Renyi(q=2), -log(amplitude * dx / 3), "-ln(A dx/3)"),
        (
            "Renyi entropy of order ∞",
            position,
            est.Renyi(q=math.inf),
            -log(amplitude * dx / 2),
            "-ln(A dx/2)",
        ),
        ("Tsallis entropy of order 2", position, est.Tsallis(q=2), 1 - amplitude * dx / 3, "1 - A dx/3"),
        (
            "Tsallis entropy of order 1/2",
            position,
            est.Tsallis(q=0.5),
            2 * (math.pi / math.sqrt(2 * amplitude * dx) - 1),
            "2π/√(2A dx) - 2",
        ),
    ):
        yield Value(f"{word}", float(est.entropy(psi, dim="x", space=space, of=measure)), exact, formula)
    uncertainty = float(est.entropic_uncertainty(psi, dim="x"))
    yield Value("position + wavenumber entropy, differential", uncertainty, 4 - log(2 * math.pi), "4 - ln 2π")


def _exponents() -> Iterator[Value]:
    # rules that hold for an orbit of any length
    for name, word, exact, formula in (
        ("lorenz63", "sum of the Lyapunov exponents, Lorenz 1963", -41 / 3, "-(σ + 1 + β)"),
        ("henon-heiles", "the same, Henon-Heiles", 0.0, ""),
        ("henon", "the same, Henon map", math.log(0.3), "ln b"),
    ):
        spectrum = sims.lyapunov_spectrum(name, t_end=512.0)
        yield Value(word, float(spectrum.exponent.sum()), exact, formula)
    cat = sims.lyapunov_spectrum("arnold-cat", t_end=512)
    exact = math.log((3 + math.sqrt(5)) / 2)
    yield Value(
        "largest Lyapunov exponent, Arnold's cat map", float(cat.exponent[0]), exact, "ln((3 + √5)/2)"
    )


TABLES = (accuracy,)
