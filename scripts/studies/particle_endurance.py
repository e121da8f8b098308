"""A billion particle-steps while two phases form: none is lost, none leaves the box.

    python scripts/studies/particle_endurance.py            some minutes on one core
    python scripts/studies/particle_endurance.py run.nc     keeps the run too

writes `benchmarks/results/particle_endurance.json`.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import sims
from ergodica.scripts.studies import documents

if TYPE_CHECKING:
    import xarray as xr

PARTICLES, STEPS, DT, SNAPSHOTS = 4096, 250_000, 2e-3, 251
RESULT = documents.ROOT / "benchmarks" / "results" / "particle_endurance.json"
ROUND_OFF = 1e-9  # of a length in the box


def endured(ds: xr.Dataset) -> dict[str, Any]:
    """What became of the particles of a run that recorded `unwrapped`.

    Returns:
        How many values are not finite, how many positions lie outside [0, L), how many differ from the unwrapped ones
        by other than whole boxes, the largest deviation of a heading from unit length, and the longest way of a
        particle from one snapshot to the next, over the time between them.
    """
    length = ds["box"].values
    x, u, h = (ds[name].values for name in ("position", "unwrapped", "heading"))
    turns = (u - x) / length
    ways = np.linalg.norm(np.diff(u, axis=0), axis=-1) / np.diff(ds["t"].values)[:, None]
    return {
        "not_finite": int(sum(np.count_nonzero(~np.isfinite(one)) for one in (x, u, h))),
        "outside": int(np.count_nonzero((x < 0) | (x >= length))),
        "lost": int(np.count_nonzero(np.abs(turns - np.rint(turns)) > ROUND_OFF)),
        "heading_error": float(np.abs(np.linalg.norm(h, axis=-1) - 1).max()),
        "largest_speed": float(ways.max()),
    }


def main(keep: str | None) -> None:
    """Run, check, write."""
    simulation = sims.ActiveBrownian.preset("mips", particles=PARTICLES, dt=DT)
    simulation.run(t_end=DT, snapshots=2, threads=1)  # compiles
    wall, cpu = perf_counter(), process_time()
    ds = simulation.run(t_end=STEPS * DT, snapshots=SNAPSHOTS, seed=0, record=("unwrapped",), threads=1)
    wall, cpu = perf_counter() - wall, process_time() - cpu
    count = PARTICLES * STEPS
    row = {
        "study": "particle_endurance",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "system": "active-brownian/mips",
        "particles": PARTICLES,
        "steps": STEPS,
        "particle_steps": count,
        "wall_ns": wall / count * 1e9,
        "cpu_ns": cpu / count * 1e9,
        "threads": 1,
        **endured(ds),
    }
    RESULT.write_text(json.dumps(row, indent=1) + "\n")
    if keep:
        ds.to_netcdf(keep)
    print(json.dumps(row, indent=1))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
