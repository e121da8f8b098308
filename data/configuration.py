"""Configurations as one JSON text: every float comes back bit for bit, and infinities and NaN are named.

JSON has no infinity, NaN or complex number, so these are written as `{"__float__": "inf"}` and
`{"__complex__": [re, im]}`. Tuples and arrays come back as lists, numpy scalars as Python numbers.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

FLOAT = "__float__"
COMPLEX = "__complex__"


def to_json(config: Mapping[str, Any]) -> str:
    """The configuration as one line of ASCII JSON.

    Args:
        config: nested mappings and sequences of text, numbers, truth values and None, with text as keys.

    Raises:
        ValueError: it holds anything else; the message says where.
    """
    return json.dumps(_plain(config, "config"), allow_nan=False)


def from_json(text: str) -> dict[str, Any]:
    """What `to_json` wrote.

    Raises:
        ValueError: the text is not a JSON object.
    """
    try:
        config = json.loads(text, object_hook=_special)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"config: must be JSON, got {str(text)[:60]!r} ({error}); rewrite the attribute"
        ) from None
    if not isinstance(config, dict):
        raise ValueError(f"config: must be a JSON object, got {str(text)[:60]!r}; rewrite the attribute")
    return config


def _plain(value: Any, where: str) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return _plain(value.tolist(), where)
    if value is None or isinstance(value, (str, bool, int)):
        # subclasses such as enumerations lose their class
        return value if value is None or type(value) in (str, bool, int) else _base(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {FLOAT: str(float(value))}
    if isinstance(value, complex):
        return {COMPLEX: [_plain(value.real, where), _plain(value.imag, where)]}
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str) or key in (FLOAT, COMPLEX):
                raise ValueError(f"{where}: keys must be text and not '{FLOAT}', got {key!r}; rename it")
        return {str(key): _plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    raise ValueError(
        f"{where}: must be text, a number, a truth value, None, list or dict, got {type(value).__name__}; "
        "store what it is made from"
    )


def _base(value: str | int) -> str | int:
    return str.__str__(value) if isinstance(value, str) else int(value)


def _special(found: dict[str, Any]) -> Any:
    if set(found) == {FLOAT}:
        return float(found[FLOAT])
    if set(found) == {COMPLEX}:
        return complex(*found[COMPLEX])
    return found
