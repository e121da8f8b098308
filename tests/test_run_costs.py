"""A run that fits neither into memory nor on the disk is refused before anything of its size is made."""

import math
import os
import re
import shutil
from types import SimpleNamespace

import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError
from ergodica.scripts.main import run
from ergodica.sims.costs import disk_bytes, needed_bytes
from ergodica.sims.plan import Plan
from ergodica.sims.sampling import RunArguments

SMALL = {"points": 64, "length": 20.0, "initial": "gaussian", "initial_parameters": {"amplitude": 0.5}}
MOST = 2**31 - 1
UNITS = {"bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


def plan(simulation=None, **asked):
    return Plan(simulation or sims.NLSE(**SMALL), RunArguments(**asked), None)


def free(monkeypatch, room):
    monkeypatch.setattr(
        shutil, "disk_usage", lambda folder: SimpleNamespace(total=10**15, used=0, free=int(room))
    )


@pytest.mark.parametrize("members", [None, 1, 3])
@pytest.mark.parametrize("record", [(), ("density", "spectrum", "spectral_tail")])
def test_the_size_of_a_frame_is_that_of_its_arrays(members, record):
    one = plan(t_end=1, snapshots=3, members=members, record=record)
    header = one.header
    assert one.frame_bytes == sum(
        v.dtype.itemsize * math.prod(v.sizes[d] for d in v.dims if d != "t")
        for v in header.variables.values()
        if "t" in v.dims
    )


@pytest.mark.parametrize("out", [None, "run.nc", "run.zarr"])
def test_an_ensemble_beyond_memory_is_refused_before_it_is_built(out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match=rf"members: must fit into memory, got {MOST} members with"):
        sims.NLSE(**SMALL).run(t_end=1, snapshots=2, members=MOST, out=out)
    assert not list(tmp_path.iterdir())


def test_a_dry_run_refuses_an_ensemble_beyond_memory(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["simulate", "nlse", "--t-end", "1", "--snapshots", "2", "--members", str(MOST), "--dry-run"]
    assert run(words) == 2
    assert "members: must fit into memory" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_run_beyond_the_disk_is_refused_before_its_file_is_made(suffix, tmp_path):
    # 2 TB and more: what the machine of a test has not
    with pytest.raises(
        ParameterError, match=r"snapshots: must fit on the disk of .* TB.*; use fewer"
    ) as error:
        sims.NLSE(**SMALL).run(t_end=1, snapshots=MOST, out=tmp_path / f"deep/run{suffix}")
    assert "precision='float32'" in str(error.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_the_room_on_the_disk_decides_and_what_gives_way_counts(suffix, tmp_path, monkeypatch):
    out = tmp_path / f"run{suffix}"
    asked = {"t_end": 1.0, "snapshots": 201}
    needed = needed_bytes(plan(**asked), out)
    simulation = sims.NLSE(**SMALL)
    free(monkeypatch, needed - 1)
    with pytest.raises(ParameterError, match="must fit on the disk"):
        simulation.run(**asked, out=out)
    free(monkeypatch, needed)
    simulation.run(**asked, out=out).close()
    files = [path for path in (out, *out.rglob("*")) if path.is_file()]
    held = sum(path.stat().st_size for path in files)
    free(monkeypatch, needed - held)
    simulation.run(**asked, out=out, overwrite=True).close()
    free(monkeypatch, needed - held - 1000)
    with pytest.raises(ParameterError, match="must fit on the disk"):
        simulation.run(**asked, out=out, overwrite=True)
    # a refused replacement leaves the earlier run
    assert out.exists()


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_an_extension_needs_room_for_what_is_new(suffix, tmp_path, monkeypatch):
    out = tmp_path / f"run{suffix}"
    simulation = sims.NLSE(**SMALL)
    simulation.run(t_end=1.0, snapshots=101, out=out).close()
    longer = {"t_end": 2.0, "snapshots": 201}
    needed = needed_bytes(plan(**longer), out, done=101)
    assert needed < needed_bytes(plan(**longer), out)
    free(monkeypatch, needed - 1)
    with pytest.raises(ParameterError, match="must fit on the disk"):
        simulation.run(**longer, out=out, resume=True)
    free(monkeypatch, needed)
    simulation.run(**longer, out=out, resume=True).close()


def test_a_file_system_that_tells_no_size_is_not_judged(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(total=0, used=0, free=0))
    sims.NLSE(**SMALL).run(t_end=0.1, snapshots=2, out=tmp_path / "run.nc").close()


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
@pytest.mark.parametrize(
    "asked", [["--members", "16", "--snapshots", "11"], ["--snapshots", "201"], ["--snapshots", "5"]]
)
def test_a_dry_run_tells_the_size_on_disk(suffix, asked, tmp_path, capsys):
    out = str(tmp_path / f"run{suffix}")
    words = ["simulate", "nlse", "--points", "1024", "--t-end", "0.2", *asked, "-o", out]
    assert run([*words, "--dry-run"]) == 0
    number, unit = re.search(r"disk +(?:at most )?([\d.]+) (\w+) in", capsys.readouterr().out).groups()
    said = float(number) * UNITS[unit]
    assert run(words) == 0
    if suffix == ".nc":
        written = os.path.getsize(out)
        # attributes and the trees of chunks come on top, 35 kB for any run; `human` rounds to three digits
        assert 0.99 * said < written < 1.01 * said + 40_000
    else:
        # 20 kB of metadata; smooth fields and padding shrink
        written = sum(
            os.path.getsize(os.path.join(at, one)) for at, _, names in os.walk(out) for one in names
        )
        assert written < 1.01 * said + 40_000


def test_whole_chunks_are_counted_in_netcdf_alone():
    header = plan(sims.NLSE(**(SMALL | {"points": 4096})), t_end=1, snapshots=2, members=16).header
    plain = disk_bytes(header, 11, form=".zarr", state=0)
    assert disk_bytes(header, 11, form=".zarr", state=7) == plain + 7
    # 4 frames of 512 kB a chunk of 2 MiB: 11 frames take 3 chunks
    fields = 11 * 2 * 16 * 4096 * 8
    padded = disk_bytes(header, 11, form=".nc", state=0)
    assert padded - plain == fields * 12 // 11 - fields


@pytest.mark.parametrize("out", ["/proc/x.nc", 3, b"run.nc", "/dev/null/run.zarr", "x" * 300 + ".nc"])
@pytest.mark.parametrize("options", [{}, {"resume": True}, {"overwrite": True}])
def test_an_output_that_cannot_be_is_one_line(out, options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match=r"^out: ") as error:
        sims.NLSE(**SMALL).run(t_end=0.1, snapshots=2, out=out, **options)
    assert "\n" not in str(error.value)


def test_going_on_and_starting_anew_exclude_each_other(tmp_path):
    with pytest.raises(ParameterError, match="resume, overwrite: must not be given together"):
        sims.NLSE(**SMALL).run(t_end=1, snapshots=2, out=tmp_path / "a.nc", resume=True, overwrite=True)
