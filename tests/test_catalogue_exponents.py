"""The table of exponents and periods: what it holds, and the exact rules on every row."""

from __future__ import annotations

import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.dynamics.facts import facts
from ergodica.sims.dynamics.tables import from_equations

EVERY = [definition for definitions in (sims.FLOWS, sims.MAPS) for definition in definitions.values()]
EVERY_NAMED = pytest.mark.parametrize("definition", EVERY, ids=lambda d: d.name)


def test_facts_are_found_by_name_and_by_alias():
    assert facts("lorenz63", "flow") == facts("Lorenz", "flow") == sims.FLOWS["lorenz63"].facts
    with pytest.raises(ParameterError, match="did you mean"):
        facts("lorenz64", "flow")


def test_facts_belong_to_the_equations_and_values_that_they_were_made_from():
    own = sims.FLOWS["lorenz63"].table()
    for change in (
        {},
        {"parameters": own["parameters"] | {"rho": [28.1, ""]}},
        {"equations": own["equations"] | {"z": "x*y - beta*z - 1"}},
        {"initial": own["initial"] | {"z": 21.0}},
    ):
        table = own | change
        values = {name: value for name, (value, _) in table["parameters"].items()}
        changed: Definition = from_equations(table["equations"], values, table["initial"], name="lorenz63")
        assert (changed.facts is not None) == (not change)
