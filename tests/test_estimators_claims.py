"""What every estimator says of itself, measured: invariances, known answers, lanes, labels, bases, bad data."""

import inspect
import math

import numpy as np
import pytest
import xarray as xr
from estimator_calls import SYMBOLS, VECTORS, cases, example, labelled

from ergodica.estimators.claims import INVARIANCES

ALL = cases()
every_case = pytest.mark.parametrize("case", ALL, ids=repr)
REAL = [case for case in ALL if not set(case.takes.values()) & {*SYMBOLS, "weights"}]
BASED = [case for case in ALL if case.accepts("base")]
SEEDS = 8


def numbers(result):
    """The values of a result, all variables of a Dataset in a row."""
    if isinstance(result, xr.Dataset):
        parts = [
            np.asarray(one.values, float).ravel()
            for one in result.data_vars.values()
            if one.dtype.kind in "fiub"
        ]
        return np.concatenate(parts)
    return np.asarray(result.values, float)


def transformed(name, arrays, kinds, rng):
    """The arrays after the change that `name` says leaves the estimate alone."""
    if name == "exchange":
        return [arrays[1], arrays[0], *arrays[2:]]
    if name == "order":
        order = rng.permutation(arrays[0].shape[1])
        return [a[:, order] for a in arrays]
    if name == "reversal":
        return [a[:, ::-1] for a in arrays]
    return [_changed(name, a, kind, rng) for a, kind in zip(arrays, kinds, strict=True)]


def _changed(name, a, kind, rng):
    if name == "shift":
        return a + 8.0  # a power of two adds no rounding to numbers of size 1 beyond its own
    if name == "scale":
        return a * 4.0
    if name == "sign":
        return -a
    if name == "monotone":
        return np.exp(a)
    if name == "relabel":
        return np.array([7, -3, 11, 5, 2])[a]
    d = a.shape[-1]
    matrix = np.linalg.qr(rng.normal(size=(d, d)))[0]
    if name == "affine":
        matrix = matrix @ np.diag(1.0 + np.arange(d)) @ np.linalg.qr(rng.normal(size=(d, d)))[0]
    return a @ matrix


def test_there_are_estimators_to_hold_to_their_claims():
    assert len(ALL) > 40
    assert {name for case in ALL for name in case.claims.invariances} == set(INVARIANCES)


@pytest.mark.parametrize(
    ("case", "name"), [(case, name) for case in ALL for name in case.claims.invariances], ids=repr
)
def test_declared_invariances_hold(case, name):
    rng = np.random.default_rng(5)
    arrays = example(case, seed=4)
    before = numbers(case.call(arrays))
    after = numbers(case.call(transformed(name, arrays, list(case.takes.values()), rng)))
    assert np.isfinite(before).any()
    np.testing.assert_allclose(after, before, rtol=0, atol=case.claims.invariances[name])


@pytest.mark.parametrize(
    ("case", "exact"), [(case, exact) for case in ALL for exact in case.claims.exact],
    ids=lambda one: getattr(one, "name", None) or repr(one),
)  # fmt: skip
def test_known_answers_are_met_within_bias_and_spread(case, exact):
    seeds = SEEDS if exact.spread > 0 else 1
    draws = [exact.sample(np.random.default_rng([17, seed])) for seed in range(seeds)]
    lanes = [np.stack(parts) for parts in zip(*draws, strict=True)]
    found = np.asarray(numbers(case.call(lanes, exact.arguments)), float)
    assert found.shape == (seeds,)
    # the mean of eight has a standard error of spread/sqrt(8); four of them leave one failure in 16000
    allowed = exact.bias + 4 * exact.spread / math.sqrt(seeds) + 1e-12 * abs(exact.value)
    assert abs(found.mean() - exact.value) <= allowed
    if (
        seeds > 1
    ):  # the spread is what is claimed, not a cushion: chi-square of 7 lies above .6 in 999 of 1000
        assert found.std(ddof=1) > exact.spread * math.sqrt(0.3 / 7)
        assert found.std(ddof=1) < exact.spread * math.sqrt(29.9 / 7)


@every_case
def test_a_lane_of_nan_or_infinity_is_nan_alone(case):
    arrays = example(case)
    clean = numbers(case.call(arrays))
    for bad in (np.nan, np.inf):
        for index, kind in enumerate(case.takes.values()):
            broken = [a.astype(float) if kind in SYMBOLS else a.copy() for a in arrays]
            broken = [b if i == index else arrays[i] for i, b in enumerate(broken)]
            if kind in SYMBOLS:
                continue  # whole numbers hold neither
            broken[index][1, 100] = bad
            result = case.call(broken)
            variables = result.data_vars.values() if isinstance(result, xr.Dataset) else [result]
            plain = case.call(arrays)
            originals = plain.data_vars.values() if isinstance(plain, xr.Dataset) else [plain]
            for found, before in zip(variables, originals, strict=True):
                if "lane0" not in found.dims or found.dtype.kind not in "f":
                    continue
                assert np.isnan(found.isel(lane0=1).values).all()
                for lane in (0, 2):
                    np.testing.assert_array_equal(
                        found.isel(lane0=lane).values, before.isel(lane0=lane).values
                    )
    assert np.isfinite(clean).any()


@every_case
def test_lanes_together_are_lanes_one_by_one_bit_for_bit(case):
    arrays = example(case)
    together = case.call(arrays)
    options = {"seed": 3} if case.accepts("seed") else {}
    if options:  # a lane's random numbers are those of its number
        again = case.call(arrays, **options)
        xr.testing.assert_identical(again, case.call(arrays, **options))
        return
    for lane in range(3):
        alone = case.call([a[lane : lane + 1] for a in arrays])
        picked = together.isel(lane0=slice(lane, lane + 1))
        np.testing.assert_array_equal(numbers(alone), numbers(picked))


@every_case
def test_chunks_of_dask_change_no_bit_and_stay_lazy(case):
    kinds = list(case.takes.values())
    data = [labelled(a, kind) for a, kind in zip(example(case), kinds, strict=True)]
    lazy = case.of([one.chunk(lane0=1) for one in data])
    xr.testing.assert_identical(lazy.compute(), case.of(data))


@every_case
def test_the_layout_in_memory_changes_nothing(case):
    kinds = list(case.takes.values())
    data = [labelled(a, kind) for a, kind in zip(example(case), kinds, strict=True)]
    turned = [one.transpose(*reversed(one.dims)) for one in data]
    found, wanted = case.of(turned), case.of(data)
    np.testing.assert_array_equal(numbers(found.transpose(*wanted.dims)), numbers(wanted))


@pytest.mark.parametrize("case", BASED, ids=repr)
def test_bits_are_nats_over_ln_2(case):
    arrays = example(case)
    nats, bits = case.call(arrays), case.call(arrays, base=2)
    if isinstance(nats, xr.Dataset):
        pairs = [
            (nats[name], bits[name]) for name in nats.data_vars if nats[name].attrs["units"].startswith("nat")
        ]
    else:
        pairs = [(nats, bits)]
    assert pairs
    for one, other in pairs:
        np.testing.assert_allclose(other.values, one.values / math.log(2), rtol=1e-14)
        assert one.attrs["units"].startswith("nat")
        assert other.attrs["units"].startswith("bit")


@every_case
def test_results_say_what_they_are(case):
    result = case.call(example(case))
    for one in result.data_vars.values() if isinstance(result, xr.Dataset) else [result]:
        assert {"units", "long_name"} <= set(one.attrs), one.name
        assert one.attrs["units"]
        assert one.attrs["long_name"]
        assert str(one.name).isidentifier()
    methods = [
        one.attrs.get("method", "")
        for one in (result.data_vars.values() if isinstance(result, xr.Dataset) else [result])
    ]
    assert any(methods)
    if case.piece is not None:
        assert case.piece.__name__ in methods[0]


@every_case
def test_one_sample_is_too_short_and_a_missing_dimension_is_named(case):
    arrays = example(case)
    kinds = list(case.takes.values())
    short = [labelled(a[:, :1], kind) for a, kind in zip(arrays, kinds, strict=True)]
    # one distribution, or the draws of one time, are enough
    if not {"weights", "draws"} & set(kinds):
        with pytest.raises(ValueError, match=r"\S+: .*; \S+"):
            numbers(case.of(short))
    if case.accepts("dim"):
        data = [labelled(a, kind).rename(t="time") for a, kind in zip(arrays, kinds, strict=True)]
        with pytest.raises(ValueError, match="dim: "):
            case.of(data)


@pytest.mark.parametrize("case", REAL, ids=repr)
def test_a_constant_lane_gives_no_silent_number(case):
    """NaN, an error, or what the estimator says of a constant: 0 or -inf, never a number that looks measured."""
    arrays = [a.copy() for a in example(case)]
    for a in arrays:
        a[1] = 0.7
    try:
        result = case.call(arrays)
    except ValueError as refused:
        if ":" not in str(refused):
            raise
        return
    if "lane0" in getattr(result, "dims", ()) and not isinstance(result, xr.Dataset):
        found = np.asarray(result.isel(lane0=1).values, float)
        assert (np.isnan(found) | np.isinf(found) | np.isclose(found, np.rint(found), atol=1e-12)).all()


@pytest.mark.parametrize("case", REAL, ids=repr)
def test_complex_and_text_are_refused(case):
    kinds = list(case.takes.values())
    data = [labelled(a, kind) for a, kind in zip(example(case), kinds, strict=True)]
    with pytest.raises(TypeError, match=r"\S+: "):
        case.of([one.astype(str) for one in data])


@every_case
def test_docstrings_give_equation_arguments_result_errors_and_source(case):
    text = inspect.getdoc(case.piece or case.function) or ""
    wanted = ("Source:",) if case.piece else ("Args:", "Returns:", "Raises:", "Source:")
    missing = [word for word in wanted if word not in text]
    assert not missing
    assert case.claims.needs
    assert case.claims.cost.startswith("O(")


@pytest.mark.parametrize(
    "case", [c for c in ALL if set(c.takes.values()) <= set(VECTORS) | {"series"}], ids=repr
)
@pytest.mark.parametrize("exponent", [-40, 40])
def test_the_unit_of_the_data_does_not_matter_beyond_its_known_effect(case, exponent):
    """In another unit, 2^40 times larger or smaller, an estimate is finite where it was finite before."""
    arrays = example(case, lanes=1)
    before = numbers(case.call(arrays))
    after = numbers(case.call([a * 2.0**exponent for a in arrays]))
    assert (np.isfinite(before) == np.isfinite(after)).all()
    if "scale" in case.claims.invariances:
        np.testing.assert_allclose(after, before, rtol=0, atol=max(1e-12, case.claims.invariances["scale"]))
