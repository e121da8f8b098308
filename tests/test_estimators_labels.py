"""Labelled arrays in and out: dimensions, units, dask, plain arrays, and what bad input gets."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.samples import Label, estimate

SPACES = [est.SpatialDensity(), est.SpectralPower(), est.ValueBins(bins=16), est.ValueBins(range=(-9, 9))]
MEASURES = [est.Shannon(), est.Renyi(q=0), est.Renyi(q=1.3), est.Renyi(q=math.inf), est.Tsallis(q=1.01)]


@pytest.fixture
def field():
    rng = np.random.default_rng(7)
    return xr.DataArray(
        rng.normal(size=(3, 40, 67)),
        dims=("member", "t", "x"),
        coords={
            "member": ("member", np.arange(3), {"long_name": "member"}),
            "t": ("t", np.linspace(0, 1, 40), {"units": "s", "long_name": "time"}),
            "x": ("x", np.arange(67) * 0.25, {"units": "m"}),
            "amplitude": ("member", [1.0, 2.0, 3.0], {"units": "1"}),
        },
        attrs={"units": "kg", "long_name": "wrong for an entropy", "ergodica_kind": "field"},
        name="u",
    )


def test_every_other_dimension_is_mapped_and_its_coordinates_kept(field):
    h = est.entropy(field, dim="x", space=est.SpatialDensity())
    assert h.dims == ("member", "t")
    assert set(h.coords) == {"member", "t", "amplitude"}
    for name in h.coords:
        assert h[name].attrs == field[name].attrs
    one = est.entropy(field.isel(member=1, t=5), dim="x", space=est.SpatialDensity())
    assert float(one) == float(h[1, 5])


def test_units_and_method_are_our_own_never_stale(field):
    h = est.entropy(field, dim="x", space=est.SpectralPower(), of=est.Renyi(q=2), base=2)
    assert h.attrs == {
        "units": "bit",
        "long_name": "Renyi entropy of order 2 of the power spectrum",
        "method": "Renyi(q=2.0) of SpectralPower() by PlugIn() along x",
        "ergodica_kind": "series",
    }
    assert h.name == "renyi_entropy"
    assert est.entropy(field, dim="x", space=est.SpectralPower(), normalize=True).units == "1"
    assert est.entropy(field, dim="x", space=est.SpectralPower(), of=est.Tsallis(q=2)).units == "1"
    assert "ergodica_kind" not in est.entropy(field, dim="t", space=est.ValueBins()).attrs
    assert field.attrs["units"] == "kg"


@pytest.mark.parametrize("space", SPACES, ids=repr)
@pytest.mark.parametrize("of", MEASURES, ids=repr)
@pytest.mark.parametrize("kind", ["real", "complex", "float32"])
def test_chunks_memory_layout_and_batch_change_no_bit(field, space, of, kind):
    pytest.importorskip("dask.array")
    if kind == "complex":
        field = field + 1j * field[::-1, ::-1]
    elif kind == "float32":
        field = field.astype(np.float32)
    expected = est.entropy(field, dim="x", space=space, of=of)
    assert expected.dtype == np.float64
    for chunks in ({"member": 1, "t": 7, "x": -1}, {"t": 1}, {"member": 2, "t": 13}):
        lazy = est.entropy(field.chunk(chunks), dim="x", space=space, of=of)
        assert lazy.chunks is not None
        np.testing.assert_array_equal(lazy.compute().values, expected.values)
    transposed = est.entropy(field.transpose("x", "t", "member"), dim="x", space=space, of=of)
    np.testing.assert_array_equal(transposed.transpose("member", "t").values, expected.values)
    np.testing.assert_array_equal(est.entropy(field.values, space=space, of=of), expected.values)
    alone = [est.entropy(row, space=space, of=of) for row in field.values.reshape(-1, 67)]
    np.testing.assert_array_equal(np.reshape(alone, (3, 40)), expected.values)


def test_probabilities_and_complexity_are_lazy_too(field):
    pytest.importorskip("dask.array")
    lazy = field.chunk({"t": 9})
    p = est.probabilities(lazy, dim="x", space=est.ValueBins(bins=5))
    assert p.chunks is not None
    xr.testing.assert_identical(p.compute(), est.probabilities(field, dim="x", space=est.ValueBins(bins=5)))
    c = est.statistical_complexity(lazy, dim="x", space=est.SpectralPower())
    assert c.chunks is not None
    xr.testing.assert_identical(
        c.compute(), est.statistical_complexity(field, dim="x", space=est.SpectralPower())
    )


def test_a_chunked_dimension_is_an_error_with_its_remedy(field):
    pytest.importorskip("dask.array")
    with pytest.raises(
        ValueError, match=r"dim: x must be in one chunk, got 7; rechunk with \.chunk\(\{'x': -1\}\)"
    ):
        est.entropy(field.chunk({"x": 10}), dim="x", space=est.SpatialDensity())


def test_many_rows_are_the_same_as_few():
    rows = np.random.default_rng(0).normal(size=(3000, 33))
    for space in SPACES:
        np.testing.assert_array_equal(
            est.entropy(rows, space=space)[::7], est.entropy(rows[::7], space=space)
        )


def test_a_dimension_without_coordinate_works(field):
    bare = field.drop_vars("x")
    for space in SPACES:
        np.testing.assert_array_equal(
            est.entropy(bare, dim="x", space=space), est.entropy(field, dim="x", space=space)
        )


def test_plain_arrays_give_plain_arrays():
    rows = np.random.default_rng(1).random((4, 9))
    assert isinstance(est.entropy(rows), np.ndarray)
    assert est.entropy(rows).shape == (4,)
    assert est.entropy(rows, dim=0).shape == (9,)
    np.testing.assert_array_equal(est.entropy(rows.T.copy(), dim=0), est.entropy(rows))
    assert isinstance(est.entropy([0.25, 0.75]), float)
    assert est.probabilities(rows, space=est.ValueBins(bins=3)).shape == (4, 3)
    assert est.participation_number(np.ones(7)) == pytest.approx(7)
    assert est.entropy([1, 2, 3]) == est.entropy([1.0, 2.0, 3.0])
    assert est.entropy(np.empty((0, 5))).shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"dim": "y"}, ValueError, r"dim: must be of \('member', 't', 'x'\), each once, got 'y'"),
        ({"dim": None}, ValueError, r"dim: must be named where there are several"),
        ({"dim": ()}, ValueError, r"dim: must be of"),
        ({"dim": ("x", "x")}, ValueError, r"dim: must be of"),
        ({"dim": 2}, TypeError, r"dim: a DataArray has named dimensions"),
        ({"dim": "x", "of": est.Shannon}, TypeError, r"of: must be a measure such as Shannon\(\)"),
        ({"dim": "x", "space": "spectral"}, TypeError, r"space: must be an outcome space"),
        ({"dim": "x", "estimator": None}, TypeError, r"estimator: must be a probability estimator"),
        ({"dim": "x", "base": 1}, ValueError, r"base: must be a finite number above 1, got 1"),
        ({"dim": "x", "base": "bit"}, ValueError, r"base: must be a finite number above 1, got 'bit'"),
        ({"dim": "x", "of": est.Tsallis(q=2), "base": 2}, TypeError, r"Tsallis\(q=2\.0\) is no logarithm"),
        (
            {"dim": "x", "space": est.ValueBins(), "of": est.Renyi(q=2), "estimator": est.MillerMadow()},
            TypeError,
            r"MillerMadow corrects Shannon\(\) only",
        ),
        (
            {"dim": "x", "space": est.SpectralPower(), "estimator": est.MillerMadow()},
            TypeError,
            r"MillerMadow needs counts",
        ),
        (
            {"dim": "x", "space": est.ValueBins(bins=1), "normalize": True},
            ValueError,
            r"normalize: needs at least 2 outcomes, got 1",
        ),
    ],
)
def test_what_cannot_work_is_one_clear_line(field, arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        est.entropy(field, **arguments)
    assert "\n" not in str(caught.value)


def test_other_inputs_that_cannot_work(field):
    with pytest.raises(TypeError, match=r"x: must be one variable, got a Dataset"):
        est.entropy(field.to_dataset(name="u"), dim="x")
    with pytest.raises(TypeError, match=r"dim: a plain array has no names, got 'x'"):
        est.entropy(field.values, dim="x")
    with pytest.raises(ValueError, match=r"dim: must be an axis of an array of shape \(3, 40, 67\), got 3"):
        est.entropy(field.values, dim=3)
    with pytest.raises(ValueError, match=r"dim: x must hold at least one value"):
        est.entropy(field.isel(x=slice(0)), dim="x")
    with pytest.raises(TypeError, match=r"x: must hold numbers"):
        est.entropy(["a", "b"])
    with pytest.raises(ValueError, match=r"dim: must be an axis"):
        est.entropy(3.0)
    with pytest.raises(TypeError, match=r"x: must not be a masked array"):
        est.entropy(np.ma.masked_less([1.0, 2.0], 2.0))
    with pytest.raises(ValueError, match=r"x: must not have a dimension named 'outcome'"):
        est.probabilities(field.rename(t="outcome"), dim="x", space=est.SpatialDensity())
    with pytest.raises(ValueError, match=r"MillerMadow needs whole counts"):
        est.entropy([0.5, 0.5], estimator=est.MillerMadow())


def test_any_real_number_is_a_base():
    for base in (2, 2.0, np.int64(2), np.float32(2)):
        assert est.entropy([1, 1], base=base) == 1


def test_outcomes_of_text_or_stacked_dimensions_are_numbered(field):
    stacked = abs(field).stack(z=("t", "x"))
    assert est.probabilities(stacked, dim="z").outcome.values.tolist() == list(range(40 * 67))
    np.testing.assert_array_equal(est.entropy(stacked, dim="z"), est.entropy(abs(field), dim=("t", "x")))


def test_lanes_have_the_same_numbers_in_any_chunks():
    label = Label(name="number", units="1", long_name="number of the lane", method="as counted")

    def numbers(x):
        return estimate(
            lambda values, number: number + 0 * values[:, 0],
            {"x": x},
            label=label,
            dim=-1 if isinstance(x, np.ndarray) else "t",
            vectors=False,
            numbered=True,
        )

    values = np.random.default_rng(0).random((2, 3, 5))
    values[0, 1, 2] = np.nan  # counted, and NaN
    wanted = [[0, np.nan, 2], [3, 4, 5]]
    np.testing.assert_array_equal(numbers(values), wanted)
    x = xr.DataArray(values, dims=("run", "member", "t"))
    for one in (x, x.chunk(run=1), x.chunk(run=1, member=2)):
        np.testing.assert_array_equal(numbers(one).transpose("run", "member"), wanted)
