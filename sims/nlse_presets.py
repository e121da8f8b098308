"""Named starting points of the nonlinear Schroedinger equation, each with what it is checked against."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ergodica.sims.simulation import Preset

ZAKHAROV_SHABAT = "Zakharov and Shabat 1972, Sov. Phys. JETP 34, 62"
AKHMEDIEV_PERIOD = math.pi / math.sqrt(1 - 2 * 0.25)

PRESETS: Mapping[str, Preset] = {
    "soliton": Preset(
        summary="one bright soliton of amplitude 2 that moves at velocity 1",
        parameters={
            "initial": "soliton",
            "initial_parameters": {"amplitude": 2.0, "velocity": 1.0},
            "points": 512,
            "length": 50.0,
            "dt": 0.01,
        },
        t_end=20.0,
        snapshots=201,
        source=ZAKHAROV_SHABAT,
        error=1e-7,
    ),
    "two-soliton": Preset(
        summary="two bright solitons collide and leave displaced",
        parameters={
            "initial": "two-soliton",
            "points": 2048,
            "length": 100.0,
            "dt": 0.01,
        },
        t_end=10.0,
        snapshots=201,
        source=f"{ZAKHAROV_SHABAT}; Gordon 1983, Opt. Lett. 8, 596",
        error=1e-6,
    ),
    "bound-state": Preset(
        summary="2 sech x breathes with period pi/2 and peaks at 4",
        parameters={"initial": "bound-state", "points": 1024, "length": 40.0, "dt": 0.005},
        t_end=math.pi,
        snapshots=201,
        source="Satsuma and Yajima 1974, Prog. Theor. Phys. Suppl. 55, 284",
        error=1e-7,
    ),
    "akhmediev": Preset(
        summary="a plane wave is modulated once, periodically in x, up to 1 + sqrt 2",
        parameters={
            "initial": "akhmediev",
            "initial_parameters": {"c": 0.25, "start": -5.0},
            "points": 256,
            "length": 4 * AKHMEDIEV_PERIOD,
            "dt": 0.003,
        },
        t_end=10.0,
        snapshots=201,
        source="Akhmediev and Korneev 1986, Theor. Math. Phys. 69, 1089",
        error=1e-6,
    ),
    "peregrine": Preset(
        summary="a plane wave peaks once, at three times its amplitude",
        parameters={
            "initial": "peregrine",
            "initial_parameters": {"start": -3.0},
            "points": 2048,
            "length": 200.0,
            "dt": 0.005,
        },
        t_end=6.0,
        snapshots=201,
        source="Peregrine 1983, J. Aust. Math. Soc. B 25, 16",
        error=1e-2,
    ),
    "kuznetsov-ma": Preset(
        summary="a pulse on a plane wave beats in time",
        parameters={
            "initial": "kuznetsov-ma",
            "initial_parameters": {"c": 1.0, "start": -1.0},
            "points": 1024,
            "length": 40.0,
            "dt": 0.0009,
        },
        t_end=4.0,
        snapshots=201,
        source="Kuznetsov 1977, Sov. Phys. Dokl. 22, 507; Ma 1979, Stud. Appl. Math. 60, 43",
        error=1e-6,
    ),
    "modulation-instability": Preset(
        summary="the fastest growing perturbation of a plane wave",
        parameters={
            "initial": "modulation-instability",
            "points": 256,
            "length": 8 * math.pi / math.sqrt(2),
            "dt": 0.003,
        },
        t_end=25.0,
        snapshots=251,
        source="Benjamin and Feir 1967, J. Fluid Mech. 27, 417",
    ),
    "dark-soliton": Preset(
        summary="two dark solitons move apart on a defocusing plane wave",
        parameters={
            "initial": "dark-soliton",
            "initial_parameters": {"velocity": 0.3},
            "coupling": -1.0,
            "points": 512,
            "length": 80.0,
            "dt": 0.005,
        },
        t_end=20.0,
        snapshots=201,
        source="Zakharov and Shabat 1973, Sov. Phys. JETP 37, 823",
        error=1e-7,
    ),
    "noise": Preset(
        summary="a plane wave with weak noise becomes integrable turbulence",
        parameters={"initial": "noise", "points": 2048, "length": 100.0, "dt": 0.0015},
        t_end=50.0,
        snapshots=201,
        source="Agafontsev and Zakharov 2015, Nonlinearity 28, 2791",
    ),
    "gaussian": Preset(
        summary="a Gaussian packet that focuses itself and sheds waves",
        parameters={
            "initial": "gaussian",
            "initial_parameters": {"amplitude": 1.5, "width": 2.0},
            "points": 2048,
            "length": 100.0,
            "dt": 0.01,
        },
        t_end=20.0,
        snapshots=201,
        source="Kivshar and Agrawal 2003, Optical Solitons, chapter 3",
    ),
}
