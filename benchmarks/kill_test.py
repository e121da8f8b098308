"""Kill a recording run with SIGKILL at random instants and look at what it leaves.

    python benchmarks/kill_test.py --kills 1000

A run records blocks, is finished, reopened and extended. Each life is killed at an instant drawn
uniformly from the time that an undisturbed one takes, or just before one of its file operations; then the
file must open with nothing but true frames, bit for bit, and all that were reported safe. The next life
resumes it and may be killed as well; the last one must end with the same file as an undisturbed run.

Lives are forked from a process that has everything imported and starts no threads, so that one costs
milliseconds.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

FIRST_END, LAST_END = 40, 64
POINTS = 64
CHUNK_BYTES = 4096  # a few frames: chunks are begun, filled and crossed within one life
CHANCE_OF_ANOTHER_KILL = 0.4
OPERATIONS = ("open", "pwrite", "ftruncate", "fsync", "replace", "rename", "unlink", "mkdir", "rmdir")
RESULT = Path(__file__).parent / "results" / "kill_test.json"


def header() -> Any:
    """The run before its first frame."""
    import xarray as xr

    return xr.Dataset(
        {
            "u": (("t", "x"), np.zeros((0, POINTS)), {"units": "1"}),
            "count": (("t",), np.zeros(0, np.int32), {"units": "1"}),
            "potential": (("x",), np.linspace(0.0, 1.0, POINTS), {"units": "1"}),
        },
        {"t": ("t", np.zeros(0), {"units": "1"}), "x": ("x", np.arange(float(POINTS)), {"units": "1"})},
        {"ergodica_schema": 1, "ergodica_config": json.dumps({"end": FIRST_END})},
    )


def frames(first: int, last: int) -> Any:
    """The true frames; none is zero or equal to another, so that a false one cannot hide."""
    import xarray as xr

    number = np.arange(first, last)
    u = np.sin(1.0 + number[:, None] + 1e-3 * np.arange(POINTS)) + 2.0 + number[:, None]
    return xr.Dataset(
        {"u": (("t", "x"), u, {"units": "1"}), "count": (("t",), (number + 7).astype(np.int32))},
        {"t": ("t", number * 0.25)},
    )


def state(last: int) -> dict[str, np.ndarray]:
    """What a resumed run needs; here only to be compared."""
    return {"psi": np.exp(1j * np.arange(5.0) * last), "counter": np.array(last, np.uint64)}


def live(path: str, report: int) -> None:
    """Do what is left of the run, and report each step when it is safe."""
    from ergodica.data.files import Recording, recorded

    def tell(what: str, count: int) -> None:
        os.write(report, f"{what} {count}\n".encode())

    if recorded(path):
        recording = Recording.reopen(path)
    else:
        recording = Recording.create(path, header(), block_frames=5, chunk_bytes=CHUNK_BYTES)
    tell("open", recording.frames)
    for end in (FIRST_END, LAST_END):
        if json.loads(recording.header.attrs["ergodica_config"])["end"] < end:
            recording.close()
            recording = Recording.reopen(path)
            recording.replace_attrs({"ergodica_config": json.dumps({"end": end})})
        while recording.frames < end:
            first = recording.frames
            last = min(end, first + 1 + (7 * first) % 9)
            recording.append(frames(first, last), state(last))
            tell("append", last)
        if json.loads(recording.header.attrs["ergodica_config"])["end"] == end:
            recording.finish().close()
            tell("finish", end)
    recording.close()


def nursery() -> None:
    """Fork lives on request: one JSON line in, one out."""
    import h5netcdf  # noqa: F401
    import numcodecs  # noqa: F401
    import xarray
    import zarr.codecs  # noqa: F401

    import ergodica.data.files
    import ergodica.data.unfinished  # noqa: F401

    # both import much at their first call
    header()
    xarray.backends.list_engines()
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                report = os.open(order["report"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                counter = _die_before(order["operation"])
                live(order["path"], report)
                os.write(report, f"operations {counter[0]}\n".encode())
                status = 0
            except BaseException:
                import traceback

                traceback.print_exc()
            finally:
                os._exit(status)
        began = time.perf_counter()
        if order["delay"] is not None:
            time.sleep(order["delay"])
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"status": status, "seconds": time.perf_counter() - began}), flush=True)


def _die_before(operation: int | None) -> list[int]:
    """Count the file operations of this process and kill it before one of them."""
    counter = [0]

    def counted(function: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            if counter[0] == operation:
                os.kill(os.getpid(), signal.SIGKILL)
            counter[0] += 1
            return function(*args, **options)

        return call

    for name in OPERATIONS:
        setattr(os, name, counted(getattr(os, name)))
    return counter


class Study:
    """Kills and what was found after each.

    Args:
        suffix: `.nc` or `.zarr`.
        folder: an empty one.
        seed: of the instants.
    """

    def __init__(self, suffix: str, folder: Path, seed: int) -> None:
        self.suffix = suffix
        self.folder = folder
        self.random = np.random.default_rng(seed)
        self.found: Counter[str] = Counter()
        self._nursery = subprocess.Popen(
            [sys.executable, __file__, "--nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._runs = 0
        self.reference = self._new_run()
        status, told, seconds = self.life(self.reference)
        assert status == 0, "an undisturbed run fails"
        self.seconds = seconds
        self.operations = told[-1][1]

    def __enter__(self) -> "Study":
        return self

    def __exit__(self, *error: object) -> None:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.close()
        self._nursery.wait()
        self._nursery.stdout.close()

    def random_instants(self, kills: int) -> None:
        """Kill at instants of time until there were so many kills."""
        while self.found["kills"] < kills:
            self._run_with(lambda: {"delay": float(self.random.uniform(0.0, self.seconds))})

    def before_operation(self, operation: int) -> None:
        """Kill one run before a file operation, and perhaps its resumed one before another."""
        numbers = iter([operation])
        self._run_with(lambda: {"operation": next(numbers, int(self.random.integers(self.operations)))})

    def _run_with(self, draw: Any) -> None:
        path = self._new_run()
        safe = -1
        while True:
            status, told, _ = self.life(path, **draw())
            reopened = [count for what, count in told if what == "open"]
            if reopened and safe > reopened[0]:
                raise AssertionError(f"{path}: {safe} frames were safe, {reopened[0]} after it was resumed")
            safe = max([safe, *(count for what, count in told if what != "operations")])
            if status == 0:
                self.found["outlived"] += 1
                break
            assert status == -signal.SIGKILL, f"{path}: a life failed instead of being killed"
            self._count(path, told)
            self.check(path, safe)
            if self.random.random() > CHANCE_OF_ANOTHER_KILL:
                status, told, _ = self.life(path)
                assert status == 0, f"{path}: cannot be resumed"
                assert safe <= told[0][1], (
                    f"{path}: {safe} frames were safe, {told[0][1]} after it was resumed"
                )
                break
        self.check_whole(path)
        _remove(path)

    def life(
        self, path: Path, delay: float | None = None, operation: int | None = None
    ) -> tuple[int, list[tuple[str, int]], float]:
        """Exit status, what was reported and seconds of one life."""
        report = path.with_name("report")
        report.unlink(missing_ok=True)
        order = {"path": str(path), "report": str(report), "delay": delay, "operation": operation}
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(json.dumps(order) + "\n")
        self._nursery.stdin.flush()
        answer = json.loads(self._nursery.stdout.readline())
        lines = report.read_text().splitlines() if report.exists() else []
        told = [(what, int(count)) for what, count in map(str.split, lines)]
        return answer["status"], told, answer["seconds"]

    def check(self, path: Path, safe: int) -> None:
        """After a kill: the file opens and shows true frames only, among them all that were safe."""
        import xarray as xr

        from ergodica.data.files import MissingFile, open

        try:
            with open(path) as ds:
                shown = same_as_truth(ds)
        except MissingFile:
            assert safe < 0, f"{path}: is gone, {safe} frames were safe"
            self.found["before the header"] += 1
            return
        assert shown >= max(safe, 0), f"{path}: {safe} frames were safe, {shown} are shown"
        self.found["frames shown"] += shown
        if path.exists():
            # a plain reader, which knows nothing of us, has to see true frames as well
            plain = xr.open_zarr(path, chunks=None) if path.is_dir() else xr.open_dataset(path)
            with plain:
                assert same_as_truth(plain) >= max(safe, 0), f"{path}: xarray shows less than was safe"

    def check_whole(self, path: Path) -> None:
        """After the last life: the same file as the undisturbed run's, with nothing beside it."""
        from ergodica.data.files import Recording, open

        with open(path) as ds, open(self.reference) as reference:
            assert ds.load().identical(reference.load()), f"{path}: differs from an undisturbed run"
            assert same_as_truth(ds) == LAST_END
        assert not ds.encoding.get("unfinished"), f"{path}: is not finished"
        left = sorted(p.name for p in path.parent.iterdir() if p.name not in (path.name, "report"))
        assert not left, f"{path}: {left} is left beside it"
        kept = Recording.reopen(path).checkpoint
        for name, value in state(LAST_END).items():
            assert kept[name].tobytes() == value.tobytes(), f"{path}: state {name} is not exact"

    def _count(self, path: Path, told: list[tuple[str, int]]) -> None:
        self.found["kills"] += 1
        if self.found["kills"] % 100 == 0:
            print(f"{self.suffix}: {self.found['kills']} kills", file=sys.stderr, flush=True)
        self.found["after " + (told[-1][0] if told else "the start")] += 1
        around = [*path.parent.glob("*.parts/*.writing"), *path.parent.glob("*.parts/*joined*")]
        self.found["during a write"] += bool(around)

    def _new_run(self) -> Path:
        self._runs += 1
        place = self.folder / str(self._runs)
        place.mkdir()
        return place / f"run{self.suffix}"


def same_as_truth(ds: Any) -> int:
    """The number of frames; an error when one of them, or anything beside them, is not as it was computed."""
    count = int(ds.sizes["t"])
    truth = header().drop_dims("t").assign(frames(0, count))
    for name, variable in truth.variables.items():
        held = ds.variables[name]
        assert held.dims == variable.dims, f"{name}: {held.dims}"
        assert held.dtype == variable.dtype, f"{name}: {held.dtype}"
        assert np.ascontiguousarray(held.values).tobytes() == variable.values.tobytes(), (
            f"{name}: false values"
        )
    return count


def _remove(path: Path) -> None:
    import shutil

    shutil.rmtree(path.parent)


def study(suffix: str, kills: int, seed: int, *, operations: int | None = None) -> dict[str, Any]:
    """Kill one format at random instants and before file operations.

    Args:
        suffix: `.nc` or `.zarr`.
        kills: at instants of time.
        seed: of the instants.
        operations: how many of the file operations are met, spread evenly; all when not given.

    Returns:
        What was found; an AssertionError ends it at the first false frame.
    """
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Study(suffix, Path(folder), seed) as one:
        one.random_instants(kills)
        instants, one.found = one.found, Counter()
        chosen = np.linspace(0, one.operations - 1, operations or one.operations).round().astype(int)
        for operation in chosen:
            one.before_operation(int(operation))
        return {
            "at random instants": dict(instants),
            "before file operations": dict(one.found),
            "file operations of a run": one.operations,
            "milliseconds of a run": round(1e3 * one.seconds),
            "unreadable": 0,
            "false frames": 0,
            "safe frames lost": 0,
            "seconds": round(time.perf_counter() - began, 1),
        }


def main() -> None:
    """Run the study and write its result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=1000, help="at random instants, for each format")
    parser.add_argument(
        "--operations", type=int, help="file operations to kill before, for each format; else all"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--nursery", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.nursery:
        nursery()
        return
    result: dict[str, Any] = {
        "case": "SIGKILL at random instants of recording, joining, reopening and extending a run",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "versions": {
            name: version(name) for name in ("ergodica", "xarray", "h5netcdf", "h5py", "zarr", "numpy")
        },
        "commit": subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
        ).stdout.strip(),
        "seed": asked.seed,
    }
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        studies = {
            suffix: pool.submit(study, suffix, asked.kills, asked.seed, operations=asked.operations)
            for suffix in (".nc", ".zarr")
        }
        for suffix, found in studies.items():
            result[suffix] = found.result()
            print(suffix, json.dumps(result[suffix], indent=2), flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
