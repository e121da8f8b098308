"""A moving soliton for the tests of pictures, in the form of a run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr
from PIL import Image

T = np.linspace(0.0, 2.0, 21)
X = -8.0 + 16.0 / 64 * np.arange(64)


def variable(values, dims, kind, units="1", long_name="quantity", **attrs) -> tuple:
    return dims, values, {"units": units, "long_name": long_name, "ergodica_kind": kind, **attrs}


def soliton_run() -> xr.Dataset:
    """A moving soliton, A=2 and v=1, with its invariants, in the form of a run."""
    place = X[None, :] - T[:, None]
    psi = 2 / np.cosh(2 * place) * np.exp(1j * (X[None, :] + 1.5 * T[:, None]))
    parts = {
        f"psi_{suffix}": variable(
            values,
            ("t", "x"),
            "field",
            long_name=f"wave function, {part} part",
            ergodica_complex="psi",
            ergodica_complex_part=part,
        )
        for suffix, part, values in (("real", "real", psi.real), ("imag", "imaginary", psi.imag))
    }
    wobble = 1e-12 * np.sin(T)
    coords = {
        "t": ("t", T, {"units": "s", "long_name": "time"}),
        "x": ("x", X, {"units": "1", "long_name": "position"}),
    }
    return xr.Dataset(
        parts
        | {
            "mass": variable(
                4 + wobble, ("t",), "series", long_name="mass, integral", ergodica_conserved="true"
            ),
            "energy": variable(-2 / 3 + 0 * T, ("t",), "series", long_name="energy"),
            "width": variable(1 + T, ("t",), "series", units="m", long_name="width"),
        },
        coords,
        {"title": "One soliton", "ergodica_config": json.dumps({"conserved": ["energy"]})},
    )


def wave_function(soliton: xr.Dataset) -> xr.DataArray:
    joined = (soliton.psi_real + 1j * soliton.psi_imag).rename("psi")
    joined.attrs = {"units": "1", "long_name": "wave function", "ergodica_kind": "field"}
    return joined


def frames_of(path: Path) -> int:
    with Image.open(path) as image:
        return image.n_frames
