"""A small run with known frames, for the tests of files."""

from pathlib import Path

import numpy as np
import xarray as xr

from ergodica.data.files import Recording

FORMATS = [".nc", ".zarr"]
POINTS = 8


def make_header(members: int | None = None) -> xr.Dataset:
    lead = () if members is None else ("member",)
    size = () if members is None else (members,)
    coords = {
        "t": ("t", np.zeros(0), {"units": "1"}),
        "x": ("x", np.linspace(-1, 1, POINTS), {"units": "1"}),
        "component_name": ("component", np.array(["x", "énergie"])),
    }
    if members is not None:
        coords["member"] = ("member", np.arange(members))
    return xr.Dataset(
        {
            "u": ((*lead, "t", "x"), np.zeros((*size, 0, POINTS)), {"units": "1", "long_name": "field"}),
            "v": ((*lead, "t", "x"), np.zeros((*size, 0, POINTS), np.float32), {"units": "1"}),
            "count": ((*lead, "t"), np.zeros((*size, 0), np.int64), {"units": "1"}),
            "potential": (("x",), np.linspace(0, 1, POINTS), {"units": "1"}),
        },
        coords,
        {"ergodica_schema": 1, "title": "ünïcode", "ergodica_config": "{}"},
    )


def make_frames(header: xr.Dataset, first: int, last: int) -> xr.Dataset:
    number = np.arange(first, last)
    u = np.sin(number[:, None] + np.arange(POINTS)) + number[:, None]
    count = number + 2**60
    if "member" in header.sizes:
        shifts = np.arange(header.sizes["member"])
        u, count = u + 100.0 * shifts[:, None, None], count + shifts[:, None]
    fields = {"u": u, "v": u.astype(np.float32), "count": count}
    return xr.Dataset(
        {name: (header[name].dims, value) for name, value in fields.items()}, {"t": number * 0.5}
    )


def make_state(frames: int) -> dict[str, np.ndarray]:
    return {
        "psi": np.exp(1j * np.arange(3) * frames),
        "single": np.array([frames, np.nan, -0.0], np.complex64),
        "key": np.array([frames, 2**64 - 1], np.uint64),
        "big endian": np.arange(3, dtype=">f8"),
        "time": np.float64(0.1 * frames),
        "none": np.empty((0, 2), bool),
    }


def record(path: Path, ends: tuple[int, ...], members: int | None = None, **options) -> Recording:
    header = make_header(members)
    recording = Recording.create(path, header, block_frames=4, **options)
    for end in ends:
        recording.append(make_frames(header, recording.frames, end), make_state(end))
    return recording


def assert_frames(ds: xr.Dataset, frames: int) -> None:
    truth = make_frames(ds, 0, frames)
    assert ds.sizes["t"] == frames
    for name, variable in truth.variables.items():
        assert ds[name].dims == variable.dims
        assert ds[name].dtype == variable.dtype
        np.testing.assert_array_equal(ds[name], variable)


def assert_same_bits(left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> None:
    assert set(left) == set(right)
    for name, value in right.items():
        held, value = np.asarray(left[name]), np.asarray(value)
        assert (held.dtype, held.shape, held.tobytes()) == (value.dtype, value.shape, value.tobytes()), name
