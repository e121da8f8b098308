"""The dataset contract: what is declared is what is stored, and what cannot be stored is refused at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ergodica.data import join_complex
from ergodica.data.configuration import COMPLEX, FLOAT, from_json, to_json
from ergodica.data.provenance import append_history, command_line, make_attrs, source
from ergodica.data.schema import Coordinate, Variable, frames, header

X = Coordinate(name="x", dims=("x",), values=np.linspace(-1, 1, 5), units="1", long_name="position")
PSI = Variable(
    name="psi", dims=("t", "x"), units="1", long_name="wave function", kind="field", dtype="complex128"
)
MASS = Variable(name="mass", dims=("t",), units="kg", long_name="mass", kind="series", dtype="float32")
COUNT = Variable(name="count", dims=("t",), units="1", long_name="transitions", kind="series", dtype="int64")
POTENTIAL = Variable(name="potential", dims=("x",), units="1", long_name="potential", kind="field")


def block_values(rng, *, frame_count, members):
    shape = (frame_count, members, 5)
    return {
        "psi": rng.normal(size=shape) + 1j * rng.normal(size=shape),
        "mass": rng.normal(size=shape[:2]).astype("float32"),
        "count": rng.integers(0, 9, shape[:2]),
    }


@pytest.mark.parametrize("members", [None, 1, 3])
def test_frames_give_back_what_was_put_in(members):
    rng = np.random.default_rng(0)
    values = block_values(rng, frame_count=4, members=members or 1)
    promise = header((PSI, MASS, COUNT), (X,), {"title": "a"}, members=members)
    block = frames(promise, np.arange(4.0), values)
    lead = ("member", "t") if members else ("t",)
    assert block.psi_real.dims == (*lead, "x")
    assert block["count"].dims == lead
    expected = {name: np.swapaxes(one, 0, 1) if members else one[:, 0] for name, one in values.items()}
    np.testing.assert_array_equal(join_complex(block, "psi").values, expected["psi"])
    np.testing.assert_array_equal(block.mass.values, expected["mass"])
    np.testing.assert_array_equal(block["count"].values, expected["count"])
    assert {name: one.dtype for name, one in block.data_vars.items()} == {
        name: one.dtype for name, one in promise.data_vars.items()
    }


@pytest.mark.parametrize("members", [None, 2])
def test_header_promises_names_types_and_words(members):
    potential = np.arange(5.0)
    promise = header(
        (PSI, MASS), (X,), {"title": "a"}, members=members, static={"potential": (POTENTIAL, potential)}
    )
    assert promise.sizes["t"] == 0
    assert promise.t.dtype == np.float64
    assert promise.t.attrs["units"] == "1"
    assert "axis" not in promise.t.attrs
    assert ("member" in promise.dims) == (members is not None)
    np.testing.assert_array_equal(promise.potential, potential)
    for variable in promise.variables.values():
        assert variable.attrs["units"]
        assert variable.attrs["long_name"]
        assert variable.encoding["_FillValue"] is None
    assert {one.attrs["ergodica_kind"] for one in promise.data_vars.values()} == {"field", "series"}
    assert promise.psi_imag.attrs["ergodica_complex"] == "psi"


def test_time_takes_the_words_it_is_given():
    time = Coordinate(name="t", dims=("t",), values=np.empty(0), units="s", long_name="time since release")
    promise = header((MASS,), (time,), {"title": "a"})
    assert promise.t.attrs == {"units": "s", "long_name": "time since release"}
    filled = frames(promise, [0.0, 1.0], {"mass": np.ones((2, 1))})
    assert filled.t.attrs == promise.t.attrs


def test_single_precision_complex_joins_to_single_precision():
    single = Variable(
        name="psi", dims=("t", "x"), units="1", long_name="wave function", kind="field", dtype="complex64"
    )
    promise = header((single,), (X,), {"title": "a"})
    block = frames(promise, [0.0], {"psi": np.ones((1, 1, 5), "complex64")})
    assert block.psi_real.dtype == np.float32
    assert join_complex(block, "psi").dtype == np.complex64
    assert join_complex(block, "psi").attrs["long_name"] == "wave function"


def test_parameters_per_member_are_coordinates():
    rho = Coordinate(name="rho", dims=("member",), values=[1.0, 2.0], units="1", long_name="rho")
    promise = header((MASS,), (), {"title": "a"}, members=2, member_coordinates=(rho,))
    assert promise.rho.dims == ("member",)
    assert frames(promise, [0.0], {"mass": np.ones((1, 2))}).rho.values.tolist() == [1.0, 2.0]


def variable(**changes):
    return Variable(
        **{"name": "u", "dims": ("t",), "units": "1", "long_name": "u", "kind": "series", **changes}
    )


def coordinate(**changes):
    words = {"name": "x", "dims": ("x",), "values": np.arange(3.0), "units": "1", "long_name": "x"}
    return Coordinate(**{**words, **changes})


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: variable(name="1u"), "variable"),
        (lambda: variable(name="u v"), "variable"),
        (lambda: variable(units=""), "u: units"),
        (lambda: variable(long_name=" "), "u: long_name"),
        (lambda: variable(kind=""), "u: kind"),
        (lambda: variable(dims="t"), "u: dims"),
        (lambda: variable(dims=("x", "t")), "u: dims must have 't' first"),
        (lambda: variable(dims=("t", "x", "x")), "u: dims must differ"),
        (lambda: variable(dims=("t", "u")), "u: must not be named like one of its dimensions"),
        (lambda: variable(dtype="bool"), "u: dtype"),
        (lambda: variable(dtype="longest"), "u: dtype"),
        (lambda: coordinate(values=["a", "b", "c"]), "x: must not be text"),
        (lambda: coordinate(values=[0.0, 0.0, 1.0]), "x: values must be finite and strictly monotonic"),
        (lambda: coordinate(values=[0.0, np.nan, 1.0]), "x: values must be finite"),
        (lambda: coordinate(values=np.ones((2, 2))), "x: values must have one axis"),
        (lambda: coordinate(name="y", dims=("x",), values=["a", 1.0, None]), "y: values"),
        (
            lambda: coordinate(dims=("x", "y"), values=np.ones((2, 2))),
            "x: a coordinate named like a dimension",
        ),
        (lambda: coordinate(attrs={"axis": "X"}), "x: attribute 'axis'"),
        (lambda: coordinate(attrs={"periodic": True}), "x: attribute 'periodic'"),
        (lambda: header((variable(), variable()), (), {}), "u: names must be unique"),
        (lambda: header((PSI, variable(name="psi_real")), (X,), {}), "psi_real: names must be unique"),
        (lambda: header((PSI,), (), {}), "psi: dimension 'x'"),
        (lambda: header((POTENTIAL,), (X,), {}), "potential: dims must have 't' first"),
        (lambda: header((), (X,), {}, static={"u": (variable(), [1.0])}), "u: a static variable"),
        (
            lambda: header((), (X,), {}, static={"potential": (POTENTIAL, [1.0])}),
            "potential: values must have shape",
        ),
        (lambda: header((variable(name="x"),), (X,), {}), "x: names must be unique"),
        (lambda: header((variable(name="member"),), (), {}, members=2), "member: names must be unique"),
        (
            lambda: header((), (coordinate(name="x_name", dims=("x",)), coordinate(values=[1.0])), {}),
            "x_name",
        ),
        (lambda: header((), (coordinate(name="rho", dims=("member",)),), {}), "rho: must not have 'member'"),
        (lambda: header((), (), {}, members=0), "members: must be a whole number"),
        (lambda: header((), (), {}, members=True), "members: must be a whole number"),
    ],
)
def test_a_broken_declaration_is_refused_in_one_line(declare, message):
    with pytest.raises(ValueError, match=message) as caught:
        declare()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "value", [None, True, np.True_, {}, {"a": 1}, 1j, [], [[1]], ["a"], 2**63, "a\0b", object()]
)
def test_attributes_that_no_file_holds_are_refused_by_name(value):
    with pytest.raises(ValueError, match="global attributes: attribute 'wrong'"):
        header((MASS,), (), {"title": "a", "wrong": value})


@pytest.mark.parametrize(
    "value", ["", "a", 1, 1.5, np.float32(1), np.int64(2), [1, 2], (1.0,), np.arange(3), np.nan]
)
def test_attributes_that_files_hold_are_taken(value):
    assert header((MASS,), (), {"right": value}).attrs["right"] is value


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "missing"),
        ({"mass": np.ones((2, 1)), "other": np.ones((2, 1))}, "unknown"),
        ({"mass": np.ones(2)}, "mass: frames must have shape"),
        ({"mass": np.ones((2, 3))}, "mass: frames must have shape"),
        ({"mass": np.ones((2, 1), complex)}, "mass: values must be of type"),
    ],
)
def test_frames_other_than_promised_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        frames(header((MASS,), (), {}), [0.0, 1.0], values)


def numbers():
    special = st.sampled_from([np.float64(0.1), np.float32(0.1), np.int16(3), np.bool_(True), -0.0, 5e-324])
    return st.floats() | st.integers() | st.complex_numbers() | special


def configs():
    leaves = st.none() | st.booleans() | st.text() | numbers()
    # the two words for what JSON lacks are refused as keys
    keys = st.text().filter(lambda key: key not in (FLOAT, COMPLEX))
    few = {"max_size": 4}  # what counts is what stands in what
    inside = st.recursive(leaves, lambda inner: st.lists(inner, **few) | st.dictionaries(keys, inner, **few))
    return st.dictionaries(keys, inside, **few)


def exact(value):
    """Values that are equal only when they agree bit for bit, with NaN equal to NaN."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    if isinstance(value, complex):
        return ("complex", repr(value.real), repr(value.imag))
    return (type(value).__name__, repr(value))


@given(configs())
def test_any_configuration_comes_back_exactly(config):
    text = to_json(config)
    assert text.isascii()
    assert "\n" not in text
    assert exact(from_json(text)) == exact(config)


def test_a_configuration_that_json_cannot_hold_is_refused_with_its_place():
    with pytest.raises(ValueError, match=r"config\.a\[1\]\.b: must be text"):
        to_json({"a": [1, {"b": object()}]})
    with pytest.raises(ValueError, match="keys must be text"):
        to_json({1: 2})
    with pytest.raises(ValueError, match="keys must be text and not"):
        to_json({FLOAT: "nan"})
    with pytest.raises(ValueError, match="must be JSON"):
        from_json("{")
    with pytest.raises(ValueError, match="must be a JSON object"):
        from_json("[1]")


def test_arrays_and_tuples_become_lists():
    assert from_json(to_json({"a": np.arange(3), "b": (1, 2)})) == {"a": [0, 1, 2], "b": [1, 2]}


def test_global_attributes_say_where_the_data_come_from():
    attrs = make_attrs(title="a title", references="a paper", config={"seed": 1})
    assert attrs["Conventions"] == "CF-1.11"
    assert attrs["source"].startswith("ergodica ")
    assert attrs["history"].endswith(command_line())
    assert from_json(attrs["ergodica_config"]) == {"seed": 1}
    header((MASS,), (), attrs)
    with pytest.raises(ValueError, match="title"):
        make_attrs(title=" ", references="", config={})


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (["/opt/bin/ergodica", "demo", "a b"], "ergodica demo 'a b'"),
        (["/opt/ergodica/__main__.py", "list"], "python -m ergodica list"),
        (["studies/run.py"], "python studies/run.py"),
        (["-c"], "python -c ..."),
        ([""], "python (interactive)"),
        ([], "python (interactive)"),
    ],
)
def test_history_tells_the_command_as_one_would_type_it(monkeypatch, words, typed):
    monkeypatch.setattr("sys.argv", words)
    assert command_line() == typed


def test_a_command_that_is_no_text_is_still_told(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/bin/ergodica", "\udcff", "x" * 5000])
    assert len(command_line().encode()) < 2100


def test_the_source_is_found_without_git(monkeypatch):
    monkeypatch.setenv("PATH", "")
    source.cache_clear()
    try:
        assert source().startswith("ergodica ")
    finally:
        source.cache_clear()


def test_history_grows_by_a_line_and_leaves_the_old_dataset_alone():
    first = header((MASS,), (), make_attrs(title="a", references="", config={}))
    second = append_history(first, "measured")
    assert second.attrs["history"].startswith(first.attrs["history"] + "\n")
    assert second.attrs["history"].endswith(": measured")
    assert "measured" not in first.attrs["history"]


@pytest.mark.parametrize("dtype", [object, np.str_, np.dtypes.StringDType()])
def test_names_of_components_are_plain_text_whatever_they_were(dtype):
    names = np.array(["u", "long name"], dtype=dtype)
    label = Coordinate(name="component_name", dims=("component",), values=names, units="1", long_name="name")
    assert label.values.dtype == np.dtype("<U9")
    number = Coordinate(
        name="component", dims=("component",), values=np.arange(2), units="1", long_name="number"
    )
    assert "units" not in header((), (number, label), {}).component_name.attrs


@pytest.mark.parametrize(
    ("dtype", "value"),
    [("int32", np.int64(2**40 + 5)), ("uint8", np.uint16(300)), ("float32", np.float64(1e39))],
    ids=str,
)
def test_values_that_do_not_fit_into_the_declared_type_are_refused(dtype, value):
    made = header(
        [Variable(name="u", dims=("t",), units="1", long_name="u", kind="series", dtype=dtype)], (), {}
    )
    with pytest.raises(ValueError, match=f"u: values must fit into {dtype}"):
        frames(made, [0.0], {"u": np.array([[value]])})
