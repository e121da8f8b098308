"""Several processes train to the numbers of one."""

import json
import os
import socket
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_networks import Rows, product_rows, tiny_fit

from ergodica import models
from ergodica.models.training.distributed import World
from ergodica.models.training.folder import read

# batches of 15 rows for 2 processes; a process of its own seed must take over the weights of the first
ASKED = {"steps": 30, "batch": 15, "check_every": 10}
SCRIPT = """
import os, sys
import numpy as np
from tiny_networks import tiny_fit, tiny_network
rank = int(os.environ["RANK"])
done = tiny_fit(network=tiny_network(seed=rank), out=sys.argv[1], steps=30, batch=15, check_every=10)
np.save(f"{sys.argv[1]}-{rank}", done.history.to_array())
tiny_fit(steps=1, batch=15)  # one training after another, as an ensemble does
"""


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE")}
    paths = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", **more}


def in_processes(size, folder, work):
    """Runs `work(rank)` in forks of this process that find each other as under torchrun; held-out losses."""
    port, children = free_port(), []
    for rank in range(size):
        child = os.fork()
        if not child:
            code = 1
            try:
                os.environ |= {"RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_RANK": str(rank)}
                os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
                np.save(folder / str(rank), work(rank).history.held_out_loss.dropna("step"))
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)  # nothing of pytest's runs in it
        children.append(child)
    for child in children:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return [np.load(folder / f"{rank}.npy") for rank in range(size)]


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


def test_two_processes_under_torchrun_train_to_the_numbers_of_one(tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT)
    rendezvous = ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    words = ["-m", "torch.distributed.run", "--nproc-per-node=2", *rendezvous]
    done = subprocess.run(
        [sys.executable, *words, str(tmp_path / "train.py"), str(tmp_path / "net")],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    alone = tiny_fit(out=tmp_path / "alone", **ASKED)
    # all must stop at the same loss, so that none waits for the others
    sizes = [read(tmp_path / name).progress["size"] for name in ("net", "alone")]
    assert sizes[0] == pytest.approx(sizes[1], rel=1e-5)
    for rank in range(2):
        shown = np.load(tmp_path / f"net-{rank}.npy")
        np.testing.assert_allclose(shown, alone.history.to_array(), rtol=0, atol=1e-5)
    loaded = models.load(tmp_path / "net")
    for one, other in zip(loaded.parameters(), alone.network.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)


def test_three_processes_go_on_with_what_one_began_and_stop_together(tmp_path):
    x = product_rows().x
    # what is learned is wrong for the held-out data, so that the start stays the best
    asked = ASKED | {"data": Rows(x, 0 * x[:, 0] + 3), "held_out": Rows(x, 0 * x[:, 0] - 3), "patience": 2}
    tiny_fit(out=tmp_path / "net", **(asked | {"steps": 10}))
    asked["steps"] = 200
    losses = in_processes(3, tmp_path, lambda rank: tiny_fit(out=tmp_path / "net", resume=True, **asked))
    lines = [json.loads(line) for line in (tmp_path / "net" / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["step"] == 20
    assert all((one == losses[0]).all() for one in losses)
    assert losses[0].tolist() == [line["held_out_loss"] for line in lines if "held_out_loss" in line]


def test_rows_of_processes_are_each_row_once():
    for batch in range(12):
        for size in range(1, 6):
            rows = [World(rank, size).rows(batch) for rank in range(size)]
            assert [n for r in rows for n in range(batch)[r]] == list(range(batch))
            lengths = [r.stop - r.start for r in rows]
            assert max(lengths) - min(lengths) <= 1
