"""Frequency, drag and lift of the flow past a cylinder, by cells and box, beside published ones.

    python scripts/studies/cylinder_wake.py               everything, some minutes of one core
    python scripts/studies/cylinder_wake.py steady street those that are named: steady, street, channel

Writes `benchmarks/results/cylinder-wake-accuracy.json`; `tables.py cylinder-wake.md` fills the page.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import sims
from ergodica.scripts.studies import documents, measured
from ergodica.scripts.studies.documents import markdown
from ergodica.scripts.studies.measured import Row

if TYPE_CHECKING:
    import xarray as xr

RESULT = documents.ROOT / "benchmarks" / "results" / "cylinder-wake-accuracy.json"
CHANNEL: dict[str, Any] = {"height": 4.1, "offset": -0.05, "upstream": 2.0, "sides": "no-slip"}
STEADY: dict[str, Any] = CHANNEL | {"reynolds": 20.0, "length": 8.0, "speed": 0.05, "perturbation": 0.0}
STREETS: tuple[dict[str, Any], ...] = (
    {},
    {"diameter": 14.0},
    {"diameter": 20.0},
    {"speed": 0.05},
    {"height": 8.0},
    {"height": 32.0, "speed": 0.05},
    {"upstream": 16.0, "length": 38.0},
    {"height": 32.0, "upstream": 16.0, "length": 38.0, "speed": 0.05},
    {"length": 60.0},
    {"surface": "half-way"},
    {"diameter": 7.0},
)
STREET: dict[str, Any] = {
    "diameter": 10.0,
    "length": 30.0,
    "height": 16.0,
    "upstream": 8.0,
    "speed": 0.1,
    "surface": "interpolated",
}
CHANNELS = ((30.0, 0.1, 12.0), (20.0, 0.06, 12.0), (20.0, 0.03, 12.0), (30.0, 0.03, 12.0), (20.0, 0.03, 22.0))
"""Cells in a diameter, speed and length."""
PUBLISHED = ("published", "", "", ".295 to .305", "", "3.22 to 3.24", "", "", ".99 to 1.01")


def steady() -> Iterator[Row]:
    """Drag and lift of a steady flow, and how much they change over the last ten units of time."""
    for diameter, collision in itertools.product((10.0, 20.0, 40.0), ("trt", "bgk")):
        given = {"diameter": diameter, "collision": collision}
        wake = sims.CylinderWake(**STEADY, **given, stride=16)
        ds = wake.run(t_end=60.0, snapshots=61, seed=0, threads=1)
        last = {name: ds[name].values[50:] for name in ("drag", "lift")}
        yield (
            given
            | {name: float(values[-1]) for name, values in last.items()}
            | {f"{name}_change": float(np.ptp(values)) for name, values in last.items()}
        )


def street() -> Iterator[Row]:
    """A vortex street at Re = 100 over some ten periods."""
    for changed in STREETS:
        given = STREET | changed
        wake = sims.CylinderWake(**given, stride=16)
        yield given | _shed(wake.run(t_end=60.0, snapshots=1201, warm_up=60.0, seed=0, threads=1))


def channel() -> Iterator[Row]:
    """The same in a channel."""
    for diameter, speed, length in CHANNELS:
        given = {"diameter": diameter, "speed": speed, "length": length}
        wake = sims.CylinderWake(**CHANNEL, **given, stride=16)
        ds = wake.run(t_end=12.0, snapshots=401, warm_up=25.0, seed=0, threads=1)
        shed = _shed(ds)
        yield given | shed | _swing(ds, shed["strouhal"])


def _shed(ds: xr.Dataset) -> Row:
    """Frequency from the rises of the lift through its mean, means and extremes."""
    t, drag, lift = ds.t.values, ds.drag.values, ds.lift.values
    centred = lift - lift.mean()
    (rises,) = np.nonzero((centred[:-1] < 0) & (centred[1:] >= 0))
    crossings = t[rises] + np.diff(t)[rises] * centred[rises] / (centred[rises] - centred[rises + 1])
    return {
        "strouhal": float((len(crossings) - 1) / (crossings[-1] - crossings[0])),
        "drag": float(drag.mean()),
        "drag_largest": float(drag.max()),
        "lift_up": float(lift.max()),
        "lift_down": float(-lift.min()),
    }


def _swing(ds: xr.Dataset, frequency: float) -> Row:
    """Amplitudes of the drag at twice the frequency of shedding, and of its largest peak beyond four times it."""
    t, drag = ds.t.values, ds.drag.values
    frequencies = np.arange(2 * frequency, 8.0, 0.01)
    window = np.hanning(len(t))
    weighed = (drag - drag.mean()) * window * 2 / window.sum()
    amplitudes = np.abs(np.exp(-2j * np.pi * np.outer(frequencies, t)) @ weighed)
    peak = int(np.argmax(np.where(frequencies > 4.5 * frequency, amplitudes, 0)))
    return {
        "drag_swing": float(amplitudes[0]),
        "sound": float(frequencies[peak]),
        "sound_swing": float(amplitudes[peak]),
    }


# Tables


def wake_steady(margin: float) -> str:
    """Drag and lift in a channel by cells."""
    rows = {(row["diameter"], row["collision"]): row for row in measured.results_in(RESULT)["steady"]}
    lines = [
        (
            f"{diameter:g}",
            *(f"{rows[diameter, collision]['drag']:.3f}" for collision in ("trt", "bgk")),
            *(_short(rows[diameter, collision]["lift"], 4) for collision in ("trt", "bgk")),
        )
        for diameter in dict.fromkeys(diameter for diameter, _ in rows)
    ]
    return markdown(
        ("cells in a diameter", "drag, `trt`", "drag, `bgk`", "lift, `trt`", "lift, `bgk`"), lines
    )


def wake_street(margin: float) -> str:
    """Frequency, drag and lift of the street by cells and box."""
    head = ("cells in a diameter", "height", "upstream", "length", "speed", "Strouhal number", "drag")
    lines = [
        (
            f"{row['diameter']:g}" + (", half-way" if row["surface"] == "half-way" else ""),
            *(f"{row[name]:g}" for name in ("height", "upstream", "length")),
            f"{row['speed']:g}".lstrip("0"),
            _short(row["strouhal"], 4),
            f"{row['drag']:.3f}",
            _short(max(row["lift_up"], row["lift_down"]), 3),
        )
        for row in measured.results_in(RESULT)["street"]
    ]
    return markdown((*head, "lift, largest"), lines)


def wake_channel(margin: float) -> str:
    """The same in a channel, with the sound in the drag."""
    head = ("cells in a diameter", "speed", "length", "Strouhal number", "drag, mean", "drag, largest")
    swing = (
        "drag, amplitude at twice the frequency",
        "drag, amplitude of the sound",
        "lift, largest, up and down",
    )
    lines = [
        (
            f"{row['diameter']:g}",
            _short(row["speed"], 2).rstrip("0"),
            f"{row['length']:g}",
            _short(row["strouhal"], 3),
            f"{row['drag']:.2f}",
            f"{row['drag_largest']:.2f}",
            _short(row["drag_swing"], 3),
            f"{_short(row['sound_swing'], 3)} at {row['sound']:.2f}",
            f"{_short(row['lift_up'], 2)}, {_short(row['lift_down'], 2)}",
        )
        for row in measured.results_in(RESULT)["channel"]
    ]
    return markdown((*head, *swing), [PUBLISHED, *lines])


def _short(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".lstrip("0")


TABLES = (wake_steady, wake_street, wake_channel)
STUDIES: dict[str, Callable[[], Iterable[Row]]] = {"steady": steady, "street": street, "channel": channel}


def main(names: list[str]) -> None:
    """Measure what is named, or all."""
    measured.measure(names, STUDIES, RESULT)


if __name__ == "__main__":
    main(sys.argv[1:])
