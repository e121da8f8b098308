"""Files keep the CF conventions, as an independent checker sees it."""

import numpy as np
import pytest
import xarray as xr

from ergodica.data import (
    Coordinate,
    Recording,
    Variable,
    check,
    frames,
    from_arrays,
    header,
    make_attrs,
    open,
    write_dataset,
)

FIELD = Variable(
    name="psi", dims=("t", "x"), units="1", long_name="wave function", kind="field", dtype="complex128"
)
SERIES = Variable(name="mass", dims=("t",), units="kg", long_name="mass", kind="series", dtype="float32")
STATE = Variable(name="state", dims=("t", "component"), units="1", long_name="state", kind="states")
COUNT = Variable(name="count", dims=("t",), units="1", long_name="transitions", kind="series", dtype="int64")
BOX = Variable(name="box", dims=("space",), units="1", long_name="length of the box", kind="parameter")


def label(name, values, dims=None):
    return Coordinate(name=name, dims=dims or (name,), values=np.asarray(values), units="1", long_name=name)


def simulated(members):
    labels = (
        label("x", np.linspace(-1, 1, 4)),
        label("component", np.arange(2)),
        label("component_name", ["u", "v"], ("component",)),
        label("space", np.arange(2)),
    )
    per_member = (label("rho", np.linspace(1, 2, members), ("member",)),) if members else ()
    promise = header(
        (FIELD, SERIES, STATE, COUNT),
        labels,
        make_attrs(title="a wave", references="a paper", config={"seed": 1, "dt": float("inf")}),
        members=members,
        static={"box": (BOX, np.ones(2))},
        member_coordinates=per_member,
    )
    lead = (3, members or 1)
    values = {
        "psi": np.ones((*lead, 4), complex),
        "mass": np.ones(lead, "float32"),
        "state": np.ones((*lead, 2)),
        "count": np.ones(lead, int),
    }
    return frames(promise, [0.0, 0.5, 1.0], values).assign(box=promise.box).assign_attrs(promise.attrs)


def measured():
    return from_arrays(
        {"position": np.ones((3, 2, 2)), "speed": np.ones(3)},
        title="two fish",
        t=[0.0, 1.0, 2.0],
        dims={"position": ("t", "particle", "space")},
        units={"position": "m", "speed": "m s-1", "t": "s"},
        source="tracked video",
    )


@pytest.fixture(params=["one run", "ensemble", "measured"])
def dataset(request):
    return {"one run": lambda: simulated(None), "ensemble": lambda: simulated(3), "measured": measured}[
        request.param
    ]()


def plain(dataset, path):
    dataset.to_netcdf(path)


def written(dataset, path):
    write_dataset(dataset, path)


def recorded(dataset, path):
    recording = Recording.create(path, dataset.isel(t=slice(0)), block_frames=2)
    sampled = [name for name, one in dataset.data_vars.items() if "t" in one.dims]
    for start in (0, 2):
        recording.append(dataset[sampled].isel(t=slice(start, start + 2)), {"state": np.ones(2)})
    recording.finish().close()


@pytest.mark.parametrize("write", [plain, written, recorded])
def test_the_compliance_checker_finds_nothing(dataset, write, tmp_path, capsys):
    from compliance_checker.runner import CheckSuite, ComplianceChecker

    path = tmp_path / "run.nc"
    write(dataset, path)
    CheckSuite.load_all_available_checkers()
    passed, crashed = ComplianceChecker.run_checker(str(path), ["cf:1.11"], 0, "strict")
    report = capsys.readouterr().out
    assert not crashed, report
    assert passed, report
    assert "All tests passed!" in report


def test_our_own_check_finds_nothing(dataset):
    assert check(dataset) == []


@pytest.mark.parametrize("write", [written, recorded])
@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_our_own_check_finds_nothing_in_the_file(dataset, write, suffix, tmp_path):
    path = tmp_path / f"run{suffix}"
    write(dataset, path)
    with open(path) as ds:
        assert check(ds) == []
        xr.testing.assert_identical(ds.load(), dataset)
