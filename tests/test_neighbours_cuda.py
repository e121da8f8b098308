"""The same scalar kernels on CUDA, under the simulator, which acts at import: in a process of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import simulated_cuda

from ergodica.numerics.cells import SLOTS
from ergodica.numerics.neighbours import count_within, neighbours_within, sorted_into_cells

PROGRAM = """
import json, sys
import numpy as np
from numba import cuda
from ergodica.numerics import cuda_cells, cuda_kernel, kernel
from ergodica.numerics.cells import empty_cells, grid_of, SLOTS
from ergodica.numerics.cuda_cells import cells_on_device, fill_cells_on_device
from ergodica.numerics.geometry import Box
from ergodica.numerics.sweeps import around_portable

cuda_cells.THREADS = 8  # more than one block, and few idle threads to simulate

@kernel
def tally(total, i, j, dx, dy, dz, squared, particles, parameters):
    return total[0] + 1.0, total[1] + dx, total[2] + dy, total[3] + dz

sums = around_portable(tally, space=True)

@cuda_kernel
def run(cells, out):
    s = cuda.grid(1)
    if s < cells.slot.size:
        total = sums((0.0, 0.0, 0.0, 0.0), cells, grid_of(cells), s, (), ())
        for c in range(4):
            out[cells.order[s], c] = total[c]

answers = []
for lengths, spread in (([1.0, 1.0], 1), ([1.0, None, 1.2], 1), ([None] * 3, 1), ([None] * 3, 1e9), ([1e9] * 3, 1e9)):
    x = np.random.default_rng(0).random((60, len(lengths)))
    x[0] *= spread
    box = Box(lengths)
    cells = cells_on_device(empty_cells(len(x)))
    places = cuda.to_device(x)
    fill_cells_on_device(cells, places, 0.3, box, (x.min(0), x.max(0)))
    out = cuda.to_device(np.zeros((60, 4)))
    run[8, 8](cells, out)
    slots = int(cells.whole.copy_to_host()[SLOTS])
    fields = [cells.x, cells.y, cells.z, cells.order]
    answers.append({
        "x": x.tolist(), "box": lengths, "out": out.copy_to_host().tolist(), "slots": slots,
        "fields": [f.copy_to_host()[:60].tolist() for f in fields],
        "start": cells.start.copy_to_host()[: slots + 1].tolist(),
    })
print(json.dumps(answers))
"""


def test_cells_and_sums_on_cuda_are_those_of_the_cpu(tmp_path: Path) -> None:
    for answer in simulated_cuda.told(PROGRAM, tmp_path):
        x, box, n = np.array(answer["x"]), answer["box"], 60
        cells = sorted_into_cells(x, 0.3, box)
        assert answer["slots"] == cells.whole[SLOTS]
        assert answer["start"] == cells.start[: answer["slots"] + 1].tolist()
        assert answer["fields"] == [field[:n].tolist() for field in cells[:4]]
        out = np.array(answer["out"])
        assert out[:, 0].tolist() == count_within(x, 0.3, box).tolist()
        found = neighbours_within(x, 0.3, box)
        vectors = np.zeros((n, 3))
        np.add.at(vectors[:, : x.shape[1]], found.owners, found.displacements)
        assert np.allclose(out[:, 1:], vectors, atol=1e-14)  # sums of up to 60 numbers below 0.3
