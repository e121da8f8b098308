"""Initial states of the nonlinear Schroedinger equation, each with its exact solution where there is one.

All are written for the unit coupling (g = 1 focusing, g = -1 defocusing); a field psi of coupling g is
phi / sqrt(|g|) with phi a field of unit coupling. Positions are taken in a periodic box centred on 0.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import ClassVar

import numpy as np
from pydantic import Field

from ergodica.numerics.errors import ParameterError
from ergodica.sims.parameters import Parameters, PerMember
from ergodica.sims.simulation import Draw

STATES: dict[str, type[InitialState]] = {}
NEARLY_EQUAL = 1e-3  # the two-soliton formula loses the square of its inverse in digits
WIDTHS = 5.0  # of distance to the end of the box or to the other soliton: overlaps below e^-5
MAX_ARGUMENT = 300.0  # of a hyperbolic function: beyond it the field is below 1e-130, and cosh would overflow


def wrap(x: np.ndarray | float, length: float) -> np.ndarray:
    """Position in the periodic box [-length/2, length/2)."""
    return (np.asarray(x) + length / 2) % length - length / 2


def sech(x: np.ndarray) -> np.ndarray:
    """1 / cosh(x), zero where cosh would overflow."""
    return 1 / np.cosh(np.clip(x, -MAX_ARGUMENT, MAX_ARGUMENT))


class InitialState(Parameters):
    """A named initial field with its parameters."""

    name: ClassVar[str]
    sign: ClassVar[int] = 0
    """Sign of the coupling under which `psi` is exact: 1 focusing, -1 defocusing, 0 for none in particular."""
    exact: ClassVar[bool] = False
    """Whether `psi` holds at every time, up to what its docstring says of the box."""

    def __init_subclass__(cls) -> None:
        if "name" in vars(cls):
            STATES[cls.name] = cls

    localized: ClassVar[bool] = False
    """Whether the field decays towards the ends of the box."""

    def check(self, length: float) -> None:
        """Raise ParameterError when the state does not fit into the box."""

    def check_exact(self, t: float, length: float) -> None:
        """Raise ParameterError at a time at which `psi` no longer holds in this box."""

    def carriers(self) -> dict[str, float]:
        """Wavenumbers about which the field is centred, by the parameter that sets each."""
        return {}

    @abstractmethod
    def psi(self, x: np.ndarray, t: float, length: float, draw: Draw) -> np.ndarray:
        """Field of unit coupling at time t, shape of `x`, complex."""


class Soliton(InitialState):
    """One bright soliton: A sech(A (x - x0 - v t)) exp(i (v (x - x0) + (A^2 - v^2) t / 2 + phase)).

    Exact on the line; in a box its tails, exp(-A length/2), meet.

    Source: Zakharov and Shabat 1972, Sov. Phys. JETP 34, 62.
    """

    name = "soliton"
    sign = 1
    exact = True
    localized = True
    amplitude: PerMember = Field(2.0, gt=0, description="amplitude A, also the inverse width")
    velocity: PerMember = Field(0.0, description="velocity v")
    position: PerMember = Field(0.0, description="centre x0 at t=0")
    phase: PerMember = Field(0.0, description="phase at the centre at t=0, in radians")

    def carriers(self) -> dict[str, float]:
        return {"velocity": self.velocity}

    def psi(self, x: np.ndarray, t: float, length: float, draw: Draw) -> np.ndarray:
        a, v = self.amplitude, self.velocity
        xi = wrap(x - self.position - v * t, length)
        return a * sech(a * xi) * np.exp(1j * (v * (xi + v * t) + (a * a - v * v) * t / 2 + self.phase))


class TwoSoliton(InitialState):
    """Two bright solitons that collide, exact until one of them meets the end of the box.

    psi = u_1 + u_2 with sum_k M_jk u_k = 1, M_jk = (1/gamma_j + conj(gamma_k)) / (lambda_j + conj(lambda_k)),
    gamma_j = exp(lambda_j (x - x_j) + i lambda_j^2 t / 2), lambda_j = A_j + i v_j. The x_j are set so that
    the centres stand at `position_1` and `position_2` at t=0 while the solitons are far apart. The collision
    shifts soliton j by (1/A_j) ln{[(v1-v2)^2 + (A1+A2)^2] / [(v1-v2)^2 + (A1-A2)^2]}.

    Exact on the line, so up to tails of exp(-A distance) to the end of the box.

    Source: Gordon 1983, Opt. Lett. 8, 596, eqs. 3-6; shift: Zakharov and Shabat 1972.
    """

    name = "two-soliton"
    sign = 1
    exact = True
    localized = True
    amplitude_1: PerMember = Field(2.0, gt=0, description="amplitude of the first soliton")
    velocity_1: PerMember = Field(2.0, description="velocity of the first soliton")
    position_1: PerMember = Field(-10.0, description="centre of the first soliton at t=0")
    amplitude_2: PerMember = Field(1.5, gt=0, description="amplitude of the second soliton")
    velocity_2: PerMember = Field(-2.0, description="velocity of the second soliton")
    position_2: PerMember = Field(10.0, description="centre of the second soliton at t=0")

    def check(self, length: float) -> None:
        apart = math.hypot(self.amplitude_1 - self.amplitude_2, self.velocity_1 - self.velocity_2)
        if apart < NEARLY_EQUAL * (self.amplitude_1 + self.amplitude_2):
            raise ParameterError(
                f"velocity_2: must differ from velocity_1, or the amplitudes must, by {NEARLY_EQUAL:g} of the sum of "
                f"the amplitudes, got {self.velocity_2:g} and {self.velocity_1:g}; the formula cancels between nearly "
                "equal solitons"
            )

    def check_exact(self, t: float, length: float) -> None:
        shifts = self.shifts()
        for j, shift in ((1, shifts[0]), (2, shifts[1])):
            amplitude = getattr(self, f"amplitude_{j}")
            centre = getattr(self, f"position_{j}") + getattr(self, f"velocity_{j}") * t
            if abs(centre) + shift + WIDTHS / amplitude > length / 2:
                raise ParameterError(
                    f"t: must be before soliton {j} meets the end of the box for the exact solution, got {t:g}; "
                    "use a larger length"
                )

    def carriers(self) -> dict[str, float]:
        return {"velocity_1": self.velocity_1, "velocity_2": self.velocity_2}

    def shifts(self) -> tuple[float, float]:
        """Size of the displacement of each soliton by the collision."""
        a, b, v = self.amplitude_1, self.amplitude_2, self.velocity_1 - self.velocity_2
        log = np.log((v * v + (a + b) ** 2) / (v * v + (a - b) ** 2))
        return log / a, log / b

    def psi(self, x: np.ndarray, t: float, length: float, draw: Draw) -> np.ndarray:
        amplitude = np.array([self.amplitude_1, self.amplitude_2])
        velocity = np.array([self.velocity_1, self.velocity_2])
        position = np.array([self.position_1, self.position_2])
        left = np.where(position == position.min(), 1.0, -1.0)
        lam = amplitude + 1j * velocity
        centre = position + left * np.array(self.shifts()) / 2
        # gamma_j = exp(r_j + i phase_j); row and column j of M are scaled by exp(-|r_j|): nothing overflows
        exponent = lam[:, None] * (x - centre[:, None]) + 0.5j * lam[:, None] ** 2 * t
        r = np.clip(exponent.real, -MAX_ARGUMENT, MAX_ARGUMENT)
        turn = np.exp(-1j * exponent.imag)
        scale = np.exp(-np.abs(r))
        inverse, conjugate = np.exp(-r) * turn, np.exp(r) * turn
        m = (inverse[:, None] + conjugate[None, :]) / (lam[:, None] + lam.conj()[None, :])[..., None]
        m = m * scale[:, None] * scale[None, :]
        determinant = m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]
        first = (m[1, 1] * scale[0] - m[0, 1] * scale[1]) * scale[0]
        second = (m[0, 0] * scale[1] - m[1, 0] * scale[0]) * scale[1]
        return (first + second) / determinant


class BoundState(InitialState):
    """The two-soliton bound state 2 A sech(A x), which breathes with period pi / (2 A^2) and peaks at 4 A.

    psi = 4 A e^{i T/2} (cosh 3X + 3 e^{4iT} cosh X) / (cosh 4X + 4 cosh 2X + 3 cos 4T), X = A x, T = A^2 t.

    Exact on the line; in a box its tails, exp(-A length/2), meet.

    Source: Satsuma and Yajima 1974, Prog. Theor. Phys. Suppl. 55, 284.
    """

    name = "bound-state"
    sign = 1
    exact = True
    localized = True
    amplitude: PerMember = Field(1.0, gt=0, description="A of 2 A sech(A x)")

    def psi(self, x: np.ndarray, t: float, length: float, draw: Draw) -> np.ndarray:
        a = self.amplitude
        big, s = np.abs(a * wrap(x, length)), a * a * t
        # numerator and denominator times 2 exp(-4X), so that nothing overflows
        numerator = (
            np.exp(-big) + np.exp(-7 * big) + 3 * np.exp(4j * s) * (np.exp(-3 * big) + np.exp(-5 * big))
        )
        denominator = (
            1
            + np.exp(-8 * big)
            + 4 * (np.exp(-2 * big) + np.exp(-6 * big))
            + 6 * np.cos(4 * s) * np.exp(-4 * big)
        )
        return 4 * a * np.exp(0.5j * s) * numerator / denominator


class Breather(InitialState):
    """Shared by the three breathers on a plane wave: Akhmediev (c < 1/2), Peregrine (1/2), Kuznetsov-Ma (> 1/2)."""

    background: PerMember = Field(1.0, gt=0, description="amplitude a of the plane wave")
    start: PerMember = Field(-3.0, description="time of the initial field, in 1/a^2; the peak is at 0")

    def psi(self, x: np.ndarray, t: float, length: float, draw: Draw) -> np.ndarray:
        a = self.background
        return a * self.unit(a * wrap(x, length), a * a * t + self.start)

    @abstractmethod
    def unit(self, x: np.ndarray, t: float) -> np.ndarray:
        """The breather on a unit background."""


def _breather(c: float, x: np.ndarray, t: float) -> np.ndarray:
    """e^{it} [1 + (2(1-2c) cosh bt + i b sinh bt) / (sqrt(2c) cos wx - cosh bt)], on either side of c = 1/2."""
    w = 2 * np.sqrt(complex(1 - 2 * c))
    b = np.sqrt(complex(8 * c * (1 - 2 * c)))
    # for c > 1/2, w and b are imaginary: cos wx grows in x, so numerator and denominator are divided by its size
    size = np.abs((w * x).imag)
    shrink = np.exp(-size)
    cosine = (np.exp(1j * w * x - size) + np.exp(-1j * w * x - size)) / 2
    numerator = (2 * (1 - 2 * c) * np.cosh(b * t) + 1j * b * np.sinh(b * t)) * shrink
    return np.exp(1j * t) * (1 + numerator / (np.sqrt(2 * c) * cosine - np.cosh(b * t) * shrink))


class Akhmediev(Breather):
    """Akhmediev breather: a plane wave that is modulated once, periodic in x, peak a (1 + 2 sqrt(2c)).

    Exact when the box holds a whole number of its periods pi / (a sqrt(1 - 2c)).

    Source: Akhmediev and Korneev 1986, Theor. Math. Phys. 69, 1089.
    """

    name = "akhmediev"
    sign = 1
    exact = True
    c: PerMember = Field(0.25, description="breather parameter, 0 < c < 1/2")

    def period(self) -> float:
        """Distance of the maxima."""
        return float(np.pi / (self.background * np.sqrt(1 - 2 * self.c)))

    def check(self, length: float) -> None:
        super().check(length)
        if not 0 < self.c < 0.5:
            raise ParameterError(
                f"c: must lie between 0 and 1/2 for akhmediev, got {self.c:g}; use kuznetsov-ma"
            )
        _whole_periods(length, self.period(), "akhmediev")

    def unit(self, x: np.ndarray, t: float) -> np.ndarray:
        return _breather(self.c, x, t)


class KuznetsovMa(Breather):
    """Kuznetsov-Ma breather: a localized pulse on a plane wave, periodic in t, peak a (1 + 2 sqrt(2c)).

    Exact on the line; in a box its tails, exp(-a sqrt(2c-1) length), meet.

    Source: Kuznetsov 1977, Sov. Phys. Dokl. 22, 507; Ma 1979, Stud. Appl. Math. 60, 43.
    """

    name = "kuznetsov-ma"
    sign = 1
    exact = True
    c: PerMember = Field(1.0, description="breather parameter, above 1/2")
    start: PerMember = Field(-0.5, description="time of the initial field, in 1/a^2; a peak is at 0")

    def period(self) -> float:
        """Time between peaks."""
        return float(2 * np.pi / np.sqrt(8 * self.c * (2 * self.c - 1))) / self.background**2

    def check(self, length: float) -> None:
        super().check(length)
        if not self.c > 0.5:
            raise ParameterError(f"c: must be above 1/2 for kuznetsov-ma, got {self.c:g}; use akhmediev")

    def unit(self, x: np.ndarray, t: float) -> np.ndarray:
        return _breather(self.c, x, t)


class Peregrine(Breather):
    """Peregrine soliton: a plane wave that peaks once, at 3 a: e^{it} [1 - 4 (1 + 2it) / (1 + 4x^2 + 4t^2)].

    Its tails fall like 1/x^2 only, and the plane wave amplifies what is missing beyond the box: take a long one.

    Source: Peregrine 1983, J. Aust. Math. Soc. B 25, 16.
    """

    name = "peregrine"
    sign = 1
    exact = True

    def unit(self, x: np.ndarray, t: float) -> np.ndarray:
        return np.exp(1j * t) * (1 - 4 * (1 + 2j * t) / (1 + 4 * x * x + 4 * t * t))


class ModulationInstability(InitialState):
    """A plane wave with a small cosine along the linear eigenvector: a [1 + eps (1 + 2i sigma/k^2) cos kx].

    It grows as exp(sigma t) with sigma = (k/2) sqrt(4 a^2 - k^2) while it is small, and is neutral for k >= 2a.

    Source: Benjamin and Feir 1967, J. Fluid Mech. 27, 417; Bespalov and Talanov 1966, JETP Lett. 3, 307.
    """

    name = "modulation-instability"
    sign = 1
    background: PerMember = Field(1.0, gt=0, description="amplitude a of the plane wave")
    perturbation: PerMember = Field(1e-5, description="relative size eps of the perturbation")
    mode: int = Field(0, ge=0, description="periods in the box; 0 takes the fastest growing one")

    def wavenumber(self, length: float) -> float:
        """k of the perturbation."""
        fastest = max(1, round(np.sqrt(2) * self.background * length / (2 * np.pi)))
        return 2 * np.pi / length * (self.mode or fastest)

    def growth_rate(self, length: float) -> float:
        """sigma, zero for a stable wavenumber."""
        k = self.wavenumber(length)
        return float(k / 2 * np.sqrt(max(0.0, 4 * self.background**2 - k * k)))

    def psi(self, x: np.ndarray, t: float, length: float, draw: Draw) -> np.ndarray:
        k = self.wavenumber(length)
        direction = 1 + 2j * self.growth_rate(length) / k**2
        return self.background * (1 + self.perturbation * direction * np.cos(k * x))


class DarkSoliton(InitialState):
    """Two dark solitons that move apart at speed v on a defocusing background, so that the field is periodic.

        psi = a e^{-i a^2 t} [B tanh(aB(x - x1 - avt)) + i v] [-B tanh(aB(x - x2 + avt)) + i v]

    with B^2 = 1 - v^2, x1 = length/4, x2 = -length/4. Exact up to their overlap, exp(-a B length), while both stay
    apart.

    Source: Zakharov and Shabat 1973, Sov. Phys. JETP 37, 823.
    """

    name = "dark-soliton"
    sign = -1
    exact = True
    background: PerMember = Field(1.0, gt=0, description="amplitude a of the plane wave")
    velocity: PerMember = Field(0.0, description="velocity over the speed of sound, -1 < v < 1; 0 is black")

    def check(self, length: float) -> None:
        if not -1 < self.velocity < 1:
            raise ParameterError(
                f"velocity: must lie between -1 and 1, the speed of sound, got {self.velocity:g}; slow it down"
            )

    def check_exact(self, t: float, length: float) -> None:
        width = 1 / (self.background * math.sqrt(1 - self.velocity**2))
        centre = abs(length / 4 + self.background * self.velocity * t)
        if min(centre, length / 2 - centre) < WIDTHS * width:
            raise ParameterError(
                f"t: must be before the dark solitons meet for the exact solution, got {t:g}; use a larger length"
            )

    def psi(self, x: np.ndarray, t: float, length: float, draw: Draw) -> np.ndarray:
        a, v = self.background, self.velocity
        depth = np.sqrt(1 - v * v)
        moved = length / 4 + a * v * t
        rising = depth * np.tanh(a * depth * (x - moved)) + 1j * v
        falling = -depth * np.tanh(a * depth * (x + moved)) + 1j * v
        return a * np.exp(-1j * a * a * t) * rising * falling


class Gaussian(InitialState):
    """A Gaussian packet A exp(-(x-x0)^2 / (2 w^2)) exp(i v (x - x0)).

    With coupling 0 it spreads exactly: A (1 + it/w^2)^(-1/2) exp(-(xi)^2 / (2 w^2 (1 + it/w^2))) with
    xi = x - x0 - v t and the phase v (x - x0) - v^2 t / 2.
    """

    name = "gaussian"
    localized = True
    amplitude: PerMember = Field(1.0, gt=0, description="largest |psi|")
    width: PerMember = Field(2.0, gt=0, description="standard deviation w of psi")
    velocity: PerMember = Field(0.0, description="velocity v")
    position: PerMember = Field(0.0, description="centre x0")

    def check_exact(self, t: float, length: float) -> None:
        if WIDTHS * self.width * math.hypot(1, t / self.width**2) > length / 2:
            raise ParameterError(
                f"t: must be before the packet fills the box for the exact solution, got {t:g}; use a larger length"
            )

    def carriers(self) -> dict[str, float]:
        return {"velocity": self.velocity}

    def psi(self, x: np.ndarray, t: float, length: float, draw: Draw) -> np.ndarray:
        spread = 1 + 1j * t / self.width**2
        v = self.velocity
        xi = wrap(x - self.position - v * t, length)
        envelope = np.exp(-(xi**2) / (2 * self.width**2 * spread)) / np.sqrt(spread)
        return self.amplitude * envelope * np.exp(1j * (v * xi + v * v * t / 2))


class Noise(InitialState):
    """A plane wave with complex Gaussian noise of one correlation length, the start of integrable turbulence.

    psi = a + s eta(x), <|eta|^2> = 1, with the Gaussian spectrum exp(-(k l)^2 / 2).

    Source: Agafontsev and Zakharov 2015, Nonlinearity 28, 2791.
    """

    name = "noise"
    background: PerMember = Field(1.0, description="amplitude a of the plane wave")
    strength: PerMember = Field(0.01, gt=0, description="root mean square s of the noise")
    correlation_length: PerMember = Field(1.0, gt=0, description="l of the noise")

    def psi(self, x: np.ndarray, t: float, length: float, draw: Draw) -> np.ndarray:
        points = x.size
        numbers = draw.normals(2 * points).reshape(points, 2)
        # the mode of wavenumber index m takes pair 2|m| or 2|m|-1, so a finer grid continues the same field
        index = np.rint(np.fft.fftfreq(points, 1 / points)).astype(int)
        pair = np.where(index >= 0, 2 * index, -2 * index - 1)
        pair[points // 2] = points - 1
        k = 2 * np.pi * index / length
        shape = np.exp(-((k * self.correlation_length) ** 2) / 4)
        modes = shape * (numbers[pair, 0] + 1j * numbers[pair, 1]) / np.sqrt(2 * np.sum(shape**2))
        # modes are those of a field on [0, length); the grid starts at -length/2
        modes = modes * np.exp(1j * k * x[0])
        return self.background + self.strength * np.fft.ifft(modes) * points


def _whole_periods(length: float, period: float, name: str) -> None:
    count = max(1, round(length / period))
    if abs(length - count * period) > 1e-9 * length:
        raise ParameterError(
            f"length: must be a whole number of the {period:.15g} of {name}, got {length:.15g}; "
            f"use length={count * period:.15g}"
        )
