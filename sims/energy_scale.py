"""What a change of a Hamiltonian system's energy is measured against: its largest part."""

from __future__ import annotations

import ast
import functools
from typing import Any

import numpy as np

from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.dynamics.grammar import parse
from ergodica.sims.dynamics.numeric import value_of


def energy_scale(definition: Definition, u: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The largest magnitude of the parts that the energy is a sum of, shape (..., members).

    Kinetic and potential energy where they are given apart, else the terms of the energy's expression.

    Arguments: `u` (..., members, d); `rows` (members, number of parameters). Values that are not finite count as 0.
    """
    values: dict[str, Any] = {name: rows[:, k] for k, name in enumerate(definition.parameters)}
    sites, k = 1, 0
    if definition.sites is not None:
        sites = int(rows[0, list(definition.parameters).index("n")])
        values["n"] = sites
    for field in definition.fields:
        if field.per_site:
            values[field.name] = np.moveaxis(u[..., k : k + sites], -1, 0)
            k += sites
        else:
            values[field.name] = u[..., k]
            k += 1
    for name, text in definition.define.items():
        tree = parse(text, name)
        values[name] = lambda numbers, tree=tree: value_of(tree, numbers.values)
    scale = np.zeros(u.shape[:-1])
    for part in _parts(definition):
        size = np.abs(np.broadcast_to(value_of(part, values), scale.shape))
        scale = np.maximum(scale, np.where(np.isfinite(size), size, 0.0))
    return scale


@functools.lru_cache(maxsize=64)
def _parts(definition: Definition) -> tuple[ast.expr, ...]:
    assert definition.hamiltonian is not None
    if definition.hamiltonian.parts is not None:
        return tuple(parse(text, "hamiltonian") for text in definition.hamiltonian.parts)
    return tuple(_terms(parse(definition.hamiltonian.energy, "hamiltonian.energy")))


def _terms(tree: ast.expr) -> list[ast.expr]:
    """The summands of an expression, signs left out."""
    match tree:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            return [*_terms(left), *_terms(right)]
        case ast.UnaryOp(operand=operand):
            return _terms(operand)
    return [tree]
