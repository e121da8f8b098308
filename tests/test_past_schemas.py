"""A file of every schema number that was ever written still opens and says the same."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from ergodica.data import ERGODICA_SCHEMA, open

FOLDER = Path(__file__).parent / "schemas"
FILES = sorted([*FOLDER.glob("schema-*.nc"), *FOLDER.glob("schema-*.zarr")])


def example():
    spec = importlib.util.spec_from_file_location("make_schema_files", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_schema_number_has_both_formats():
    expected = {f"schema-{n}{suffix}" for n in range(1, ERGODICA_SCHEMA + 1) for suffix in (".nc", ".zarr")}
    assert {path.name for path in FILES} == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_a_past_schema_says_what_was_put_in(path):
    made = example()
    with open(path) as ds:
        np.testing.assert_array_equal(ds.t, made.T)
        np.testing.assert_array_equal(ds.x, made.X)
        assert ds.ergodica.psi.dims == ("member", "t", "x")
        np.testing.assert_array_equal(ds.ergodica.psi, made.wave().swapaxes(0, 1))
        np.testing.assert_array_equal(ds.ergodica["v"], made.state()[..., 1].T)
        np.testing.assert_array_equal(ds.potential, made.X**2)
        assert ds.ergodica.config == made.CONFIG
        assert ds.ergodica.run_arguments["seed"] == 7
        assert ds.ergodica.check() == []
