"""The course of a training as a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

WORDS = {
    "loss": "mean loss of the steps since the line before",
    "held_out_loss": "loss of the averaged network on held-out data",
    "learning_rate": "learning rate",
    "gradient_norm": "mean norm of the gradients before clipping",
}
CLOCK = ("seconds", "samples_per_second")


def history_of(lines: Sequence[Mapping[str, Any]], config: Mapping[str, Any]) -> xr.Dataset:
    """Dataset over `step` with a variable for each number of the lines but those of the clock; NaN where it is not."""
    from ergodica.data.arrays import from_arrays

    names = [*WORDS, *sorted({name for line in lines for name in line} - {*WORDS, *CLOCK, "step"})]
    numbers = {
        n: np.array([np.nan if line.get(n) is None else line[n] for line in lines], float) for n in names
    }
    return from_arrays(
        numbers,
        title="course of a training",
        dims={name: ("step",) for name in names},
        units=dict.fromkeys(names, "1"),
        long_names={name: WORDS.get(name, name.replace("_", " ")) for name in names}
        | {"step": "training step"},
        kinds=dict.fromkeys(names, "training"),
        coordinates={"step": np.array([line["step"] for line in lines], np.int64)},
        config=config,
    )
