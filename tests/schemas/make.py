"""Make the small files of the present schema that later versions must still open.

Run once for each new `ERGODICA_SCHEMA`: `python tests/schemas/make.py`. Files that exist are never written
again, since they stand for what an older version wrote.
"""

from pathlib import Path

import numpy as np

from ergodica.data import ERGODICA_SCHEMA, Coordinate, Recording, Variable, frames, header, make_attrs

FOLDER = Path(__file__).parent
T = np.array([0.0, 0.25, 0.5])
X = np.array([-1.0, 0.0, 1.0, 2.0])
CONFIG = {
    "system": "example",
    "parameters": {"coupling": 0.1, "cutoff": float("inf")},
    "run": {
        "t_end": 0.5,
        "snapshots": 3,
        "seed": 7,
        "members": 2,
        "device": "cpu",
        "record": [],
        "warm_up": 0.0,
    },
}


def wave() -> np.ndarray:
    """The complex field of the files, shape `(frame, member, x)`; every value is exact in binary."""
    member = np.arange(2)[:, None]
    return (T[:, None, None] + member) * (X + 0.5j)


def state() -> np.ndarray:
    """The component variable of the files, shape `(frame, member, component)`."""
    return T[:, None, None] - np.arange(2)[:, None] + 2.0 * np.arange(2)


def make(path: Path) -> None:
    """Write one file in two blocks, as a run does."""
    labels = (
        Coordinate(name="x", dims=("x",), values=X, units="1", long_name="position"),
        Coordinate(
            name="component", dims=("component",), values=np.arange(2), units="1", long_name="component"
        ),
        Coordinate(
            name="component_name",
            dims=("component",),
            values=np.array(["u", "v"]),
            units="1",
            long_name="component",
        ),
    )
    psi = Variable(
        name="psi", dims=("t", "x"), units="1", long_name="wave function", kind="field", dtype="complex128"
    )
    states = Variable(
        name="state", dims=("t", "component"), units="1", long_name="state", kind="states", dtype="float32"
    )
    potential = Variable(name="potential", dims=("x",), units="1", long_name="potential", kind="field")
    promise = header(
        (psi, states),
        labels,
        make_attrs(title=f"example of schema {ERGODICA_SCHEMA}", references="none", config=CONFIG),
        members=2,
        static={"potential": (potential, X**2)},
    )
    recording = Recording.create(path, promise, block_frames=2)
    for block in (slice(0, 2), slice(2, 3)):
        values = {"psi": wave()[block], "state": state()[block].astype("float32")}
        recording.append(frames(promise, T[block], values), {"psi": wave()[block][-1]})
    recording.finish().close()


if __name__ == "__main__":
    for suffix in (".nc", ".zarr"):
        path = FOLDER / f"schema-{ERGODICA_SCHEMA}{suffix}"
        if not path.exists():
            make(path)
