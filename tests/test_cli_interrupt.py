"""A run that ends early from the command line: what is safe, the command that goes on, and that it goes on exactly."""

import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tqdm
import xarray as xr

import ergodica
from ergodica.data import write_dataset
from ergodica.scripts import interrupts as interrupts_module
from ergodica.scripts.ending import INTERRUPTED, TERMINATED, say
from ergodica.scripts.interrupts import Terminated, interrupts
from ergodica.scripts.main import run
from ergodica.sims.engines.split_step import SplitStep

RUN = ["simulate", "nlse", "--preset", "gaussian", "--points", "256", "--length", "40"]
RUN += ["--t-end", "1", "--snapshots", "41"]
NAMES = {signal.SIGINT: "interrupted", signal.SIGTERM: "stopped by SIGTERM"}
CODES = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}


@pytest.fixture(autouse=True)
def heard():
    """SIGINT as on a terminal: what a shell starts in the background ignores it, and so would every child."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def signalled_after(calls, number, monkeypatch):
    """The next run of this process gets a signal during its `calls`-th slice of steps."""
    advance, done = SplitStep.advance, []

    def counted(self, state, first, count):
        done.append(first)
        if len(done) == calls:
            os.kill(os.getpid(), number)
        advance(self, state, first, count)

    monkeypatch.setattr(SplitStep, "advance", counted)


def equal_but_for_history(one, other):
    # the commit in `source` may change between two processes of a test
    blank = {"history": "", "source": ""}
    with ergodica.open(one) as a, ergodica.open(other) as b:
        a, b = (ds.load().drop_encoding().assign_attrs(blank) for ds in (a, b))
        xr.testing.assert_identical(a, b)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("ending", [".nc", ".zarr"])
def test_an_interrupted_run_goes_on_exactly(number, ending, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run([*RUN, "-o", f"whole{ending}"]) == 0
    capsys.readouterr()
    with monkeypatch.context() as patched:
        signalled_after(18, number, patched)
        assert run([*RUN, "-o", f"run{ending}", "--force"]) == CODES[number]
    said = capsys.readouterr()
    first, second = said.err.splitlines()
    assert first == f"ergodica: {NAMES[number]}"
    assert second.startswith(f"ergodica: 18 snapshots of run{ending} are safe; go on with: ergodica simulate")
    with ergodica.open(f"run{ending}") as ds:
        assert ds.sizes["t"] == 18
        assert ds.encoding["unfinished"]

    assert run(["info", f"run{ending}"]) == 0
    assert "not finished" in capsys.readouterr().out
    # a new run of this name is refused, the command that was said goes on
    assert run([*RUN, "-o", f"run{ending}"]) == 2
    assert "--resume goes on with it" in capsys.readouterr().err
    command = shlex.split(second.partition("go on with: ")[2])
    assert command[0] == "ergodica"
    assert command.count("--resume") == 1
    assert "--force" not in command
    assert run(command[1:]) == 0
    equal_but_for_history(f"run{ending}", f"whole{ending}")


def test_a_run_interrupted_twice_goes_on_exactly(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run([*RUN, "-o", "whole.nc"]) == 0
    for calls in (5, 9):
        with monkeypatch.context() as patched:
            signalled_after(calls, signal.SIGINT, patched)
            assert run([*RUN, "-o", "run.nc", "--resume"]) == INTERRUPTED
    assert run([*RUN, "-o", "run.nc", "--resume"]) == 0
    equal_but_for_history("run.nc", "whole.nc")


def test_a_repetition_that_was_interrupted_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run([*RUN, "-o", "whole.nc"]) == 0
    capsys.readouterr()
    with monkeypatch.context() as patched:
        signalled_after(7, signal.SIGINT, patched)
        assert run(["simulate", "--like", "whole.nc", "-o", "a name with spaces.nc"]) == INTERRUPTED
    command = shlex.split(capsys.readouterr().err.partition("go on with: ")[2])
    assert run(command[1:]) == 0
    equal_but_for_history("a name with spaces.nc", "whole.nc")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_process_that_gets_a_signal_ends_as_said(number, tmp_path):
    # far more steps than can be done before the signal
    endless = ["--t-end", "1e6", "--snapshots", "100001", "--preset", "gaussian", "--points", "256"]
    with subprocess.Popen(
        [sys.executable, "-m", "ergodica", "simulate", "nlse", *endless, "-o", "run.nc"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        manifest = tmp_path / "run.nc.parts" / "run.json"
        while not manifest.exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(number)
        try:
            said, errors = process.communicate(timeout=300)
        finally:
            process.kill()
    assert process.returncode == CODES[number]
    assert said == ""
    lines = [line for line in errors.splitlines() if "warning" not in line]
    assert lines[0] == f"ergodica: {NAMES[number]}"
    assert "of run.nc" in lines[1]
    assert lines[1].endswith("--resume")
    with ergodica.open(tmp_path / "run.nc") as ds:
        assert ds.encoding["unfinished"]


def limited():
    """A limit on the size of files stands for a full disk: the same errors from the same calls."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000))


def test_a_full_disk_stops_the_run_which_goes_on_when_there_is_room(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    # 601 frames of 16 kB: the blocks of 4 MB fit, the joined file of 10 MB does not
    larger = [{"256": "1024", "41": "601"}.get(word, word) for word in RUN]
    command = [sys.executable, "-m", "ergodica", *larger, "-o", "run.nc"]
    answer = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, preexec_fn=limited, timeout=300
    )
    assert answer.returncode == 1, answer.stderr
    lines = [line for line in answer.stderr.splitlines() if "warning" not in line]
    assert re.match(r"ergodica: error: \S*run.nc: no room on the disk for the joined file", lines[0])
    assert lines[1].startswith(
        "ergodica: 601 snapshots of run.nc are safe; go on with: ergodica simulate nlse"
    )
    assert len(lines) == 2
    resumed = shlex.split(lines[1].partition("go on with: ")[2])
    assert run(resumed[1:]) == 0
    assert run([*larger, "-o", "whole.nc"]) == 0
    equal_but_for_history("run.nc", "whole.nc")


def test_a_picture_and_entropies_on_a_full_disk_fail_without_a_trace(tmp_path, capsys):
    assert run([*RUN, "-o", str(tmp_path / "run.nc")]) == 0

    def smaller():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    for tokens in (["measure", "run.nc", "-o", "entropy.nc"], ["plot", "run.nc", "-o", "run.png"]):
        answer = subprocess.run(
            [sys.executable, "-m", "ergodica", *tokens],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            preexec_fn=smaller,
            # what matplotlib and numba keep for next time would not fit either
            env={**os.environ, "ERGODICA_DEBUG": ""},
            timeout=300,
        )
        lines = [line for line in answer.stderr.splitlines() if line.startswith("ergodica: error")]
        assert answer.returncode == 1, answer.stderr
        assert len(lines) == 1
        assert "Traceback" not in answer.stderr
        assert sorted(os.listdir(tmp_path)) == ["run.nc"]


def test_a_signal_in_a_finalizer_is_not_lost():
    class Finalized:
        def __del__(self):
            # Python drops what a finalizer raises
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0)

    def interrupted():
        with interrupts():
            Finalized()
            time.sleep(60)

    with pytest.raises(Terminated):
        interrupted()


def test_a_signal_in_a_callback_from_llvm_waits_for_its_end():
    # a function that says it is llvmlite's, as those that LLVM calls while it compiles
    names = {"__name__": "llvmlite.binding.executionengine"}
    exec("def callback(send, done):\n    send()\n    done.append(True)\n", names)
    done = []

    def interrupted():
        with interrupts():
            names["callback"](lambda: os.kill(os.getpid(), signal.SIGINT), done)
            time.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done == [True]


def write_with_signals(path, monkeypatch, outlived):
    """A file that HDF5 writes, with a signal in each of its calls to Python, and whether it was outlived."""
    pwrite = os.pwrite

    def signalled(*given):
        outlived.append(False)
        signal.raise_signal(signal.SIGINT)
        outlived[-1] = True
        return pwrite(*given)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", signalled)
        write_dataset(xr.Dataset({"a": ("i", np.arange(1000.0))}), path)


def test_a_signal_in_a_file_that_is_being_written_waits_until_hdf5_has_written(tmp_path, monkeypatch):
    outlived = []

    def interrupted():
        with interrupts():
            write_with_signals(tmp_path / "one.nc", monkeypatch, outlived)
            time.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert outlived
    assert all(outlived)
    # it may arrive between two calls of HDF5, then there is no file, or after the last
    for path in tmp_path.iterdir():
        with xr.open_dataset(path) as ds:
            assert ds.a.values.tolist() == list(range(1000))


def test_a_signal_in_a_file_that_is_being_written_leaves_none_in_a_notebook(tmp_path, monkeypatch):
    # outside a command the signal is raised where it arrives, which HDF5 must not see
    with pytest.raises(KeyboardInterrupt):
        write_with_signals(tmp_path / "one.nc", monkeypatch, [])
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("times", "left"), [(1, ["one.zarr"]), (2, [])])
def test_a_signal_in_a_store_that_is_being_made_waits_for_its_end_but_not_a_second(
    times, left, tmp_path, monkeypatch
):
    to_zarr = xr.Dataset.to_zarr

    def signalled(*given, **more):
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)
        return to_zarr(*given, **more)

    def interrupted():
        with interrupts():
            write_dataset(xr.Dataset({"a": ("i", np.arange(1000.0))}), tmp_path / "one.zarr")
            time.sleep(60)

    monkeypatch.setattr(xr.Dataset, "to_zarr", signalled)
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path) == left


def imported_that_sends(number, times, tmp_path, monkeypatch):
    """A module that sends itself signals and then sleeps, if they let it."""
    source = f"import os, time\nfor _ in range({times}):\n    os.kill(os.getpid(), {int(number)})\n    time.sleep(0)\n"
    source += "finished = True\n"
    (tmp_path / "sends_signals.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sends_signals", raising=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_in_an_import_waits_for_its_end(number, tmp_path, monkeypatch):
    imported_that_sends(number, 1, tmp_path, monkeypatch)

    def interrupted():
        with interrupts():
            import sends_signals  # noqa: F401

            time.sleep(60)

    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted()
    assert sys.modules["sends_signals"].finished
    assert isinstance(caught.value, Terminated) == (number == signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_second_signal_does_not_wait_for_the_end_of_an_import(number, tmp_path, monkeypatch):
    imported_that_sends(number, 2, tmp_path, monkeypatch)
    child = os.fork()
    if child == 0:
        try:
            with interrupts():
                import sends_signals  # noqa: F401
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -number


def test_an_error_that_a_library_made_of_an_interrupt_is_the_interrupt():
    def interrupted():
        with interrupts():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(60)
            except BaseException:
                error = ImportError("failed to import")
                error.add_note("18 snapshots are safe")
                raise error from None

    with pytest.raises(Terminated, match="18 snapshots are safe") as caught:
        interrupted()
    assert isinstance(caught.value.__cause__, ImportError)


def test_an_interrupt_at_the_end_of_the_interpreter_says_nothing():
    source = "import atexit, os, signal, sys, time; from ergodica.__main__ import main; "
    source += "atexit.register(lambda: (os.kill(os.getpid(), signal.SIGINT), time.sleep(60))); "
    source += "sys.argv = ['ergodica', '--version']; main()"
    answer = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=300)
    assert answer.returncode == -signal.SIGINT, answer.stderr
    assert answer.stdout == f"{ergodica.__version__}\n"
    assert answer.stderr == ""


def test_an_interrupt_before_the_command_begins_says_nothing():
    source = "import os, signal, sys, time; from ergodica.__main__ import main\n"
    source += "class Sends:\n    def find_spec(self, name, *rest):\n        if name == 'cyclopts':\n"
    source += "            os.kill(os.getpid(), signal.SIGINT); time.sleep(60)\n"
    source += "sys.meta_path.insert(0, Sends()); sys.argv = ['ergodica', '--version']; main()"
    answer = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=300)
    assert (answer.returncode, answer.stdout, answer.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_that_still_waits_at_the_end_is_not_lost(number, tmp_path, monkeypatch):
    imported_that_sends(number, 1, tmp_path, monkeypatch)
    monkeypatch.setattr(interrupts_module, "LATER", 60.0)

    def interrupted():
        with interrupts():
            import sends_signals  # noqa: F401

    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted()
    assert isinstance(caught.value, Terminated) == (number == signal.SIGTERM)


def test_an_error_that_follows_no_signal_stays_as_it_is():
    with pytest.raises(ImportError), interrupts():
        raise ImportError("failed to import")


def test_a_progress_bar_that_an_interrupt_left_half_built_hides_nothing(monkeypatch, capsys):
    half_built = tqdm.tqdm.__new__(tqdm.tqdm)
    # what the tests of other commands may hold alive is not deleted here
    monkeypatch.setattr(tqdm.tqdm, "_instances", [half_built])
    with pytest.raises(AttributeError):
        half_built.clear()
    say("interrupted")
    assert capsys.readouterr().err == "ergodica: interrupted\n"
    half_built.__del__()


def test_signals_are_again_what_they_were_after_a_command():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    hook = sys.unraisablehook
    assert run(["list"]) == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)] == before
    assert sys.unraisablehook is hook


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
