"""Counts that merge over chunks: the same bits as in one piece, for every space whose observations are local."""

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators import merging

LOCAL = [
    est.Symbols(number=7),
    est.Symbols(labels=(0, 1, 2, 3, 4, 5, 6)),
    est.ValueBins(bins=5, range=(-1, 8)),
    est.OrdinalPatterns(order=3, delay=2),
    est.OrdinalPatterns(order=4),
    est.Words(of=est.Symbols(number=7), length=3),
    est.Words(of=est.ValueBins(bins=3, range=(0, 7)), length=2, delay=3),
    est.Words(of=est.OrdinalPatterns(order=2), length=2),
]
WHOLE = [
    est.ValueBins(bins=5),
    est.EqualMassBins(bins=4),
    est.SpectralPower(),
    est.SingularValues(order=3),
    est.Symbols(),
    est.Words(of=est.ValueBins(bins=3), length=2),
]
CHUNKS = [(1, 1, 1, 37), (8,) * 5, (3, 17, 20), (39, 1)]


@pytest.fixture
def series():
    values = np.random.default_rng(0).integers(0, 7, size=(4, 40)).astype(float)
    values[1, 10:30] = 3.0  # pieces of one value, in a row of several
    values[2, 5] = np.nan
    values[3] = 2.0
    return xr.DataArray(values, dims=("member", "t"), coords={"member": ("member", range(4), {"units": "1"})})


@pytest.mark.parametrize("space", LOCAL, ids=repr)
@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
def test_counts_of_pieces_add_up_to_the_same_bits(series, space, chunks, monkeypatch):
    pytest.importorskip("dask.array")
    monkeypatch.setattr(merging, "PIECE", 1)
    lazy = series.chunk({"member": 3, "t": chunks})
    for function in (est.counts, est.probabilities, est.entropy):
        whole = function(series, dim="t", space=space)
        merged = function(lazy, dim="t", space=space)
        assert merged.chunks is not None
        xr.testing.assert_identical(merged.compute(), whole)
    corrected = est.entropy(lazy, dim="t", space=space, estimator=est.ChaoShen())
    np.testing.assert_array_equal(
        corrected, est.entropy(series, dim="t", space=space, estimator=est.ChaoShen())
    )


@pytest.mark.parametrize("most", [1, 9, 40, 2**20])
def test_small_chunks_are_taken_together_without_a_change(series, most, monkeypatch):
    pytest.importorskip("dask.array")
    monkeypatch.setattr(merging, "PIECE", most)
    space = est.Words(of=est.Symbols(number=7), length=3)
    lazy = est.counts(series.chunk({"member": 1, "t": (5, 1, 0, 1, 13, 20)}), dim="t", space=space)
    xr.testing.assert_identical(lazy.compute(), est.counts(series, dim="t", space=space))


@pytest.mark.parametrize("most", [1, 2**20])
def test_fields_in_tiles_add_up_too(most, monkeypatch):
    pytest.importorskip("dask.array")
    monkeypatch.setattr(merging, "PIECE", most)
    field = xr.DataArray(np.random.default_rng(1).normal(size=(3, 12, 15)), dims=("t", "x", "y"))
    space = est.ValueBins(bins=6, range=(-9, 9))
    lazy = field.chunk({"t": 2, "x": 5, "y": (1, 4, 10)})
    for dim in (("x", "y"), ("y", "x"), "x"):
        xr.testing.assert_identical(
            est.counts(lazy, dim=dim, space=space).compute(), est.counts(field, dim=dim, space=space)
        )
    with pytest.raises(ValueError, match="dim: "):
        est.counts(lazy, dim=("x", "y"), space=est.OrdinalPatterns(order=3))


@pytest.mark.parametrize("space", WHOLE, ids=repr)
def test_what_needs_the_whole_row_says_so(series, space):
    pytest.importorskip("dask.array")
    with pytest.raises(ValueError, match=r"dim: t must be in one chunk, got 2; rechunk") as caught:
        est.entropy(series.chunk({"t": 20}), dim="t", space=space)
    if space.merge_remedy:
        assert space.merge_remedy in str(caught.value)


def test_counts_are_counts_with_labels():
    x = xr.DataArray([[-5, 2**60, 2**60 + 1, -5], [3, 3, 3, 3]], dims=("m", "t"))
    n = est.counts(x, dim="t")
    assert n.dims == ("m", "outcome")
    assert n.outcome.values.tolist() == [-5, 3, 2**60, 2**60 + 1]
    assert n.values.tolist() == [[2, 0, 1, 1], [0, 4, 0, 0]]
    assert (n.name, n.units, n.outcome.long_name) == ("counts", "1", "symbol")
    assert est.counts([1, 1, 0], space=est.Symbols(number=3)).tolist() == [1, 2, 0]


def test_counts_of_runs_add_to_an_entropy_of_both():
    x = xr.DataArray(np.random.default_rng(2).integers(0, 5, size=(3, 60)), dims=("run", "t"))
    n = est.counts(x, dim="t", space=est.Symbols(number=5)).sum("run")
    for estimator in (est.PlugIn(), est.Grassberger(), est.NSB()):
        whole = est.entropy(x, dim=("run", "t"), space=est.Symbols(number=5), estimator=estimator)
        assert float(est.entropy(n, dim="outcome", estimator=estimator)) == float(whole)


def test_what_does_not_count_is_refused(series):
    with pytest.raises(TypeError, match=r"space: must count observations, got SpectralPower\(\)"):
        est.counts(series, dim="t", space=est.SpectralPower())
    with pytest.raises(ValueError, match="dimension named 'outcome'"):
        est.counts(series.rename(member="outcome"), dim="t", space=est.ValueBins())
    with pytest.raises(ValueError, match=r"x: must hold a symbol to know what is possible, got none; give"):
        est.counts([np.nan, 1.0][:1])
    pytest.importorskip("dask.array")
    with pytest.raises(TypeError, match=r"space: must have known outcomes for data in chunks.*number="):
        est.counts(series.chunk({"member": 1}), dim="t")
