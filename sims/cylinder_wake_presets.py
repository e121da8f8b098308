"""Named starting points of the flow past a cylinder."""

from __future__ import annotations

from collections.abc import Mapping

from ergodica.sims.simulation import Preset

WILLIAMSON = "Williamson 1996, Annu. Rev. Fluid Mech. 28, 477"
SCHAEFER = "Schaefer and Turek 1996, Notes on Numerical Fluid Mechanics 52, 547"

PRESETS: Mapping[str, Preset] = {
    "vortex-street": Preset(
        summary="vortices of alternating sign leave the cylinder, at f D/U of 0.17",
        parameters={
            "reynolds": 100.0, "diameter": 10.0, "length": 32.0, "height": 16.0, "upstream": 8.0, "stride": 2,
        },
        t_end=60.0,
        snapshots=121,
        source=WILLIAMSON,
    ),
    "vortex-street-small": Preset(
        summary="the same on few cells, in a row of cylinders near each other: a run of a second",
        parameters={
            "reynolds": 100.0, "diameter": 10.0, "length": 20.0, "height": 8.0, "upstream": 5.0, "stride": 2,
        },
        t_end=100.0,
        snapshots=201,
        source=WILLIAMSON,
    ),
    "laminar": Preset(
        summary="below Re = 47 two vortices stay behind the cylinder, and the flow becomes steady",
        parameters={
            "reynolds": 40.0, "diameter": 10.0, "length": 20.0, "height": 16.0, "upstream": 8.0, "stride": 2,
        },
        t_end=60.0,
        snapshots=61,
        source=WILLIAMSON,
    ),
    "channel": Preset(
        summary="a cylinder a little below the middle of a channel, a benchmark of solvers",
        parameters={
            "reynolds": 100.0, "diameter": 16.0, "length": 22.0, "height": 4.125, "upstream": 2.0,
            "offset": -0.0625, "sides": "no-slip", "speed": 0.06, "stride": 2,
        },
        t_end=30.0,
        snapshots=121,
        source=SCHAEFER,
    ),
}  # fmt: skip
