"""What an attribute may be: what NetCDF and Zarr both store and give back unchanged."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
INTEGER_RANGE = range(-(2**63), 2**63)


def check_name(name: object, role: str) -> None:
    """Refuse a name that CF does not allow: a letter, then letters, digits and underscores.

    Args:
        name: the name to check.
        role: what it names ("variable", "coordinate"), for the message.

    Raises:
        ValueError: the name is not one.
    """
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        raise ValueError(
            f"{role}: its name must be a letter, then letters, digits or underscores, got {name!r}; rename it"
        )


def check_attributes(attributes: Mapping[str, Any], owner: str) -> None:
    """Refuse attributes that cannot be written to a file, before anything is computed.

    Args:
        attributes: names and values: text, real numbers, or flat sequences of real numbers.
        owner: whose attributes they are, for the message.

    Raises:
        ValueError: None, a truth value, a dict, a complex number, text in a list, nested lists,
            or an integer beyond 64 bits.
    """
    for name, value in attributes.items():
        check_name(name, f"{owner}: attribute")
        reason = _refusal(value)
        if reason:
            raise ValueError(
                f"{owner}: attribute '{name}' {reason}, got {value!r}; "
                "leave it out, write it as text, or put it into the config (JSON)"
            )


def _refusal(value: object) -> str | None:
    if isinstance(value, str):
        return "must not contain a null character" if "\0" in value else None
    if value is None:
        return "must not be None"
    if isinstance(value, (bool, np.bool_)):
        return "must not be a truth value"
    if isinstance(value, (float, np.floating)):
        return None
    if isinstance(value, (int, np.integer)):
        return None if int(value) in INTEGER_RANGE else "must fit into 64 bits"
    if isinstance(value, (list, tuple, np.ndarray)):
        numbers = _as_numbers(value)
        if numbers is not None and numbers.ndim <= 1 and numbers.size and numbers.dtype.kind in "iuf":
            return None
        return "must be a flat, filled sequence of real numbers"
    return "must be text, a real number or a flat sequence of real numbers"


def _as_numbers(value: object) -> np.ndarray | None:
    try:
        return np.asarray(value)
    except (ValueError, OverflowError):
        return None
