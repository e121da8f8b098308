"""The study of all routes: its results are complete, and what it makes of a short run is what the routes give."""

import numpy as np
import pytest

from ergodica import estimators as est
from ergodica import sims
from ergodica.scripts.studies import irreversibility

ROWS = irreversibility.rows()
of_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['process']}-{row['value']}-{row['dt']}")


def test_every_case_of_the_study_is_in_its_results():
    keys = ("system", "process", "parameter", "value", "dt")
    assert [tuple(row[key] for key in keys) for row in ROWS] == [
        tuple(getattr(case, key) for key in keys) for case in irreversibility.cases()
    ]


@of_row
def test_the_exact_rates_of_the_study_are_those_of_the_formulas(row):
    system = sims.system(row["system"]).preset(row["process"], parameters={row["parameter"]: row["value"]})
    if row["system"] == "jump-process":
        exact = est.schnakenberg_rate(system.rate_matrices[0])
    else:
        drift, noise = (one[0] for one in system.matrices)
        exact = est.linear_entropy_production(drift, noise)
    assert row["exact"] == pytest.approx(exact, rel=1e-9, abs=1e-12)


@of_row
def test_routes_without_an_error_of_the_step_hit_and_bounds_stay_below(row):
    """Means of eight records: 4 standard errors, and the bias 2 m/T that the page tells."""
    length = row["samples"] * row["dt"]
    linear = row["system"] == "linear-sde"
    for name, found in row["routes"].items():
        error = 4 * found["spread"] / np.sqrt(row["members"])
        if name == ("linear fit" if linear else "counted transitions"):
            cycles = 1 if linear or row["process"] == "three-state-ring" else 4
            assert abs(found["mean"] - row["exact"]) < error + 2 * cycles / length
        elif name in ("uncertainty bound", "finite-time bound", "short-time fit", "nearest neighbours"):
            assert found["mean"] < row["exact"] + error + 4 / length


def test_a_short_run_has_every_route():
    for case in (
        irreversibility.Case("linear-sde", "rotation", "w", 1.0, 0.1),
        irreversibility.Case("jump-process", "three-state-ring", "affinity", 3.0, 0.1),
    ):
        row = irreversibility.measured(case, samples=500, members=2)
        stored = next(one for one in ROWS if one["process"] == case.process)
        assert list(row["routes"]) == list(stored["routes"])
        without = {name for name, found in row["routes"].items() if not np.isfinite(found["mean"])}
        # few samples of many cells may have no generator
        assert without <= ({"generator fit"} if case.system == "linear-sde" else set())


def test_cells_have_equal_shares():
    ds = sims.LinearSDE.preset("rotation").run(t_end=100.0, snapshots=1601, seed=0)
    shares = np.bincount(irreversibility.cells(ds["state"]).values.ravel(), minlength=16)
    assert len(shares) == irreversibility.CELLS**2
    counted = shares.reshape(4, 4)
    # 1601 samples: quarters of each component to one sample
    assert np.abs(counted.sum(axis=0) - 1601 / 4).max() <= 1
    assert np.abs(counted.sum(axis=1) - 1601 / 4).max() <= 1
