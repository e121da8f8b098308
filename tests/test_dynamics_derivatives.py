"""Derivatives part by part are those of the expressions written out."""

from __future__ import annotations

import random
from itertools import chain

import pytest
import sympy

from ergodica.sims.dynamics import derivatives as module
from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.dynamics.derivatives import derivatives, size, symbols_in
from ergodica.sims.dynamics.symbolic import system_of
from ergodica.sims.dynamics.tables import from_equations


def nested(depth: int) -> Definition:
    """sin of sin of ..., each name occurring twice in the next."""
    define = {"e0": "x + 0.3*y"}
    define |= {f"e{k + 1}": f"sin(e{k}) + 0.5*e{k}*cos(y*e{k})" for k in range(depth)}
    return from_equations({"x": f"e{depth}", "y": f"x*e{depth} - y"}, define=define)


@pytest.mark.parametrize("depth", [1, 3, 5])
def test_derivatives_part_by_part_are_those_written_out(depth, monkeypatch):
    system = system_of(nested(depth))
    direct = [[row.diff(c) for c in system.state] for row in system.rows]
    monkeypatch.setattr(module, "LARGE", 0)
    chained = derivatives(system.rows, system.state)
    generator = random.Random(depth)
    for _ in range(5):
        point = {s: sympy.Float(generator.uniform(-2, 2), 30) for s in system.state}
        for a, b in zip(chain(*direct), chain(*chained), strict=True):
            # 30 digits, some of which the nesting takes
            assert abs((a - b).subs(point).evalf(30)) < 1e-20 * (1 + abs(a.subs(point)))


def test_deep_definitions_are_differentiated_without_being_written_out():
    system = system_of(nested(11))
    # three times as large at each level; written out, the derivatives would hold minutes of work
    assert size(system.rows[0]) > 3**11
    assert symbols_in(system.rows[0]) == frozenset(system.state)
    matrix = derivatives(system.rows, system.state)
    assert all(e != 0 for row in matrix for e in row)
