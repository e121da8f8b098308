"""Models written as text: `nvar(delays=2, degree=4)`, `edmd(dictionary=polynomial(degree=3))`."""

from __future__ import annotations

import ast
import dataclasses
import re
from typing import Any

from ergodica.models.described import Described, class_named, known
from ergodica.models.model import Model
from ergodica.numerics.errors import ParameterError, nearest

DASH = re.compile(r"""'[^']*'|"[^"]*"|(?<=\w)-(?=[A-Za-z])""")
"""Of a name, which Python would read as a difference; quoted text comes first, as it keeps its own."""
LETTER = "\u02d0"
"""Stands for such a dash while Python reads, to which it is a letter."""
SHELL_WORDS = {"true": True, "false": False, "none": None}
"""What other than Python's own words people type in a shell."""


def model_from_text(text: str, kind: type[Model] = Model) -> Any:
    """The model that a line of text says: a name, with settings by keyword where they are not the usual ones.

    Args:
        text: such as "nvar", "ensemble(of=nvar(delays=3), size=5)" or "edmd(dictionary=radial + identity)"; a name may
            have `_` for `-`.
        kind: what it has to be, `KoopmanModel` or `Forecaster`.

    Raises:
        ParameterError: it cannot be read, or there is no such model or setting.
    """
    try:
        tree = ast.parse(
            DASH.sub(lambda found: found[0] if len(found[0]) > 1 else LETTER, text.strip()), mode="eval"
        ).body
    except SyntaxError as error:
        # a plain name may hold what is no identifier
        if _underscored(text.strip()) in _names(kind):
            tree = ast.Name(_underscored(text.strip()))
        else:
            raise ParameterError(
                f"model: {text!r} cannot be read ({error.msg}); write a name or name(setting=value, ...), such as "
                "'nvar(delays=2, degree=4)'"
            ) from None
    found = _object(tree, kind)
    if not isinstance(found, kind):
        raise ParameterError(f"model: must be one, got {text!r}; {nearest(text, _names(kind))}")
    return found


def text_of(found: Described) -> str:
    """The text that `model_from_text` reads as this object, with the settings that are not the usual ones."""
    usual = {one.name: _usual(one) for one in dataclasses.fields(found)}  # type: ignore[arg-type]
    # as they were given: an attribute may say what a fit chose
    own = {name: vars(found)[name] for name in usual}
    shown = [f"{name}={_said(value)}" for name, value in own.items() if _said(value) != _said(usual[name])]
    return f"{_underscored(found.name)}({', '.join(shown)})" if shown else _underscored(found.name)


def _usual(field: Any) -> Any:
    missing = dataclasses.MISSING
    return field.default if field.default_factory is missing else field.default_factory()


def _said(value: Any) -> str:
    if isinstance(value, Described):
        return text_of(value)
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_said, value))}{',' * (len(value) == 1)})"
    return value if isinstance(value, str) and value.isidentifier() else repr(value)


def _names(kind: type[Described]) -> dict[str, type[Described]]:
    return {_underscored(name): one for name, one in known().items() if issubclass(one, kind)}


def _underscored(name: str) -> str:
    return name.replace("-", "_")


def _class(name: str, kind: type[Described]) -> type[Described]:
    # by its module first: to know all names imports all libraries
    found = class_named(name.replace("_", "-"))
    if found is None or not issubclass(found, kind):
        if found is not None:
            raise ParameterError(
                f"model: must be a {kind.sort}, got {name!r}, a {found.sort}; see ergodica list networks"
            )
        names = _names(kind)
        if name not in names:
            raise ParameterError(f"model: {name!r} is not known; {nearest(name, names)}")
        found = names[name]
    return found


def _object(node: ast.expr, kind: type[Described]) -> Any:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        one, other = _object(node.left, kind), _object(node.right, kind)
        try:
            return one + other
        except TypeError:
            raise ParameterError(
                f"model: {_text(node)} must be a sum of dictionaries, got others; write it without +"
            ) from None
    if isinstance(node, ast.Name):
        node = ast.Call(node, [], [])
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise ParameterError(f"model: must be a name, got {_text(node)}; {nearest('', _names(kind))}")
    name = node.func.id.replace(LETTER, "_")
    cls = _class(name, kind)
    if node.args:
        raise ParameterError(
            f"model: settings of {name} must be given by name, got {_text(node.args[0])}; write "
            f"{_example(cls)}"
        )
    fields = {one.name: str(one.type) for one in dataclasses.fields(cls)}  # type: ignore[arg-type]
    settings = {}
    for one in node.keywords:
        key = str(one.arg)
        if key in settings:
            raise ParameterError(f"{key}: must be given once, got it again for {name}; leave one out")
        if key not in fields:
            raise ParameterError(
                f"{key}: is no setting of {name}; {nearest(key, fields) if fields else 'it has none'}"
            )
        settings[key] = _value(key, one.value, word="str" in fields[key])
    return cls(**settings)


def _text(node: ast.expr) -> str:
    return ast.unparse(node).replace(LETTER, "-")


def _value(name: str, node: ast.expr, *, word: bool) -> Any:
    """What a setting says; where it may be a word, a bare name is one and no object."""
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(name, one, word=word) for one in node.elts)
    if word and isinstance(node, ast.Name):
        return node.id.replace(LETTER, "-")
    if isinstance(node, ast.Name) and node.id in SHELL_WORDS:
        return SHELL_WORDS[node.id]
    if isinstance(node, ast.Call | ast.Name | ast.BinOp):
        return _object(node, Described)
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise ParameterError(
            f"{name}: must be a number, a word or name(setting=value), got {_text(node)}; see ergodica list "
            "networks"
        ) from None


def _example(cls: type[Described]) -> str:
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]
    inside = ", ".join(f"{one.name}=..." for one in fields[:2])
    return f"{_underscored(cls.name)}({inside})"
