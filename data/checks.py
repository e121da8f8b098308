"""What a dataset lacks to be one of ergodica's: every broken rule with its remedy, not only the first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ergodica.data.attributes import check_attributes, check_name
from ergodica.data.complex_pairs import SUFFIXES, complex_names
from ergodica.data.configuration import from_json
from ergodica.data.declarations import STORED_TYPES
from ergodica.data.schema import ERGODICA_SCHEMA, KIND, MEMBER, TIME

if TYPE_CHECKING:
    import xarray as xr

Severity = Literal["error", "warning"]
Rule = Callable[["xr.Dataset"], "Iterator[Problem]"]
REQUIRED = ("Conventions", "title", "source", "history", "ergodica_schema", "ergodica_config")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One broken rule.

    Args:
        severity: "error" when parts of ergodica rely on the rule, else "warning".
        variable: the variable, coordinate or global attribute.
        rule: what should hold, and what is there.
        remedy: what to do.
    """

    severity: Severity
    variable: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.variable}: {self.rule}; {self.remedy}"


def check(dataset: "xr.Dataset | xr.DataTree") -> list[Problem]:
    """Every rule of the dataset contract that a dataset breaks; values are not read except along dimensions.

    Args:
        dataset: a dataset, or a tree, whose groups are checked each; global attributes only at its root.

    Returns:
        The problems, errors first; empty for a dataset that keeps the contract.
    """
    import xarray as xr

    if isinstance(dataset, xr.DataTree):
        found = list(_global_attributes(dataset.to_dataset()))
        for node in dataset.subtree:
            found += [
                Problem(
                    severity=one.severity,
                    variable=f"{node.path.rstrip('/')}/{one.variable}",
                    rule=one.rule,
                    remedy=one.remedy,
                )
                for rule in RULES
                for one in rule(node.to_dataset(inherit=False))
            ]
    else:
        found = [*_global_attributes(dataset), *(one for rule in RULES for one in rule(dataset))]
    return sorted(found, key=lambda one: one.severity)


def _error(variable: object, rule: str, remedy: str) -> Problem:
    return Problem(severity="error", variable=str(variable), rule=rule, remedy=remedy)


def _warning(variable: object, rule: str, remedy: str) -> Problem:
    return Problem(severity="warning", variable=str(variable), rule=rule, remedy=remedy)


def _global_attributes(dataset: "xr.Dataset") -> Iterator[Problem]:
    attrs = dataset.attrs
    remedy = "make the dataset with data.header or data.from_arrays, or add data.make_attrs(...) to its attrs"
    for name in REQUIRED:
        if name not in attrs:
            yield _error(name, "must be a global attribute, got none", remedy)
    if "CF-1." not in str(attrs.get("Conventions", "CF-1.")):
        yield _error("Conventions", f"must name CF, got {attrs['Conventions']!r}", "write CF-1.11")
    schema = attrs.get("ergodica_schema", ERGODICA_SCHEMA)
    if not isinstance(schema, (int, np.integer)) or not 1 <= schema <= ERGODICA_SCHEMA:
        yield _error(
            "ergodica_schema",
            f"must be 1 to {ERGODICA_SCHEMA}, got {schema!r}",
            "use a newer ergodica to read it",
        )
    if "ergodica_config" in attrs:
        try:
            from_json(attrs["ergodica_config"])
        except ValueError as error:
            yield _error(
                "ergodica_config", str(error).removeprefix("config: "), "write it with data.make_attrs"
            )


def _names_and_attributes(dataset: "xr.Dataset") -> Iterator[Problem]:
    for owner, attrs in [
        ("global attributes", dataset.attrs),
        *((n, v.attrs) for n, v in dataset.variables.items()),
    ]:
        try:
            if owner != "global attributes":
                check_name(owner, "variable")
            check_attributes(attrs, str(owner))
        except ValueError as error:
            rule, _, remedy = str(error).removeprefix(f"{owner}: ").rpartition("; ")
            yield _error(owner, rule, remedy)


def _words(dataset: "xr.Dataset") -> Iterator[Problem]:
    for name, variable in dataset.variables.items():
        needed = ["long_name"]
        if variable.dtype.kind not in "OUST":
            needed.append("units")
        if name in dataset.data_vars:
            needed.append(KIND)
        for attribute in needed:
            text = variable.attrs.get(attribute)
            if not isinstance(text, str) or not text.strip():
                remedy = f"set ds[{str(name)!r}].attrs[{attribute!r}]"
                if attribute == "units":
                    remedy += ' ("1" for a pure number)'
                yield _error(name, f"{attribute} must be filled text, got {text!r}", remedy)


def _types(dataset: "xr.Dataset") -> Iterator[Problem]:
    for name, variable in dataset.variables.items():
        kind, text = variable.dtype.kind, variable.dtype.name
        if kind == "c":
            yield _error(name, f"must be stored as a real pair, got {text}", "use data.from_arrays")
        elif kind in "OUST" and name not in dataset.coords:
            yield _error(
                name, f"must be numbers, got {text}", "make it a coordinate beside a dimension's own"
            )
        elif kind not in "OUST" and text not in STORED_TYPES:
            yield _error(name, f"must be an integer, float32 or float64, got {text}", "convert it")


def _dimensions(dataset: "xr.Dataset") -> Iterator[Problem]:
    for dim in dataset.dims:
        if dim == "time":
            yield _error(dim, "the sampled dimension must be named 't', got 'time'", "ds.rename(time='t')")
        elif dim not in dataset.coords:
            yield _error(dim, "must have a coordinate, got none", f"ds.assign_coords({dim}=...)")
        elif dataset[dim].dtype.kind in "OUST":
            yield _error(dim, "must not be text", f"number it and keep the text as {dim}_name({dim})")
        elif dataset[dim].dtype.kind in "iuf":
            yield from _monotonic(str(dim), dataset[dim].values)
    for name, variable in dataset.variables.items():
        wanted = [dim for dim in (MEMBER, TIME) if dim in variable.dims]
        if list(variable.dims[: len(wanted)]) != wanted:
            order = ", ".join([*(repr(dim) for dim in wanted), "..."])
            yield _error(
                name, f"dims must begin with {wanted}, got {variable.dims}", f"ds.transpose({order})"
            )


def _monotonic(dim: str, values: np.ndarray) -> Iterator[Problem]:
    steps = np.diff(values.astype(np.float64))
    one_way = (steps > 0).all() or ((steps < 0).all() and dim != TIME)
    if not np.isfinite(values).all() or not one_way:
        rule = "increasing" if dim == TIME else "monotonic"
        yield _error(dim, f"values must be finite and strictly {rule}", "sort them and drop repetitions")


def _time(dataset: "xr.Dataset") -> Iterator[Problem]:
    if TIME not in dataset.coords:
        return
    time = dataset[TIME]
    if time.dtype != np.float64:
        yield _error(
            TIME, f"must be float64, got {time.dtype}", "ds.assign_coords(t=...) in double precision"
        )
    if "axis" in time.attrs:
        yield _error(TIME, "must not have the attribute 'axis'", "delete it: it is for a calendar's time")
    if time.dims == (TIME,) and time.size == 0:
        yield _warning(
            TIME, "should hold frames, got none", "the run ended before its first block: resume it"
        )


def _pairs(dataset: "xr.Dataset") -> Iterator[Problem]:
    for name, parts in complex_names(dataset.data_vars).items():
        if set(parts) != set(SUFFIXES):
            missing = ", ".join(sorted(set(SUFFIXES) - set(parts)))
            yield _error(
                name, f"must have a real and an imaginary part, missing is {missing}", "keep both parts"
            )
            continue
        real, imaginary = dataset[parts["real"]], dataset[parts["imaginary"]]
        same = real.dims == imaginary.dims and real.dtype == imaginary.dtype
        if not same or any(real.attrs.get(key) != imaginary.attrs.get(key) for key in ("units", KIND)):
            yield _error(name, "both parts must agree in dims, type, units and kind", "make them alike")


def _fill_values(dataset: "xr.Dataset") -> Iterator[Problem]:
    for name in dataset.coords:
        if dataset[name].encoding.get("_FillValue") is not None:
            yield _warning(
                name, "a coordinate should have no _FillValue", "write it with encoding _FillValue=None"
            )


RULES: tuple[Rule, ...] = (_names_and_attributes, _words, _types, _dimensions, _time, _pairs, _fill_values)
