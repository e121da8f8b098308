"""The table of exponents and periods: the exact rules on every row, and values known from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError
from ergodica.sims.chaos import lyapunov_spectrum
from ergodica.sims.chaos.running import kaplan_yorke
from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.dynamics.facts import facts, table
from ergodica.sims.dynamics.tables import from_equations

EVERY = [definition for definitions in (sims.FLOWS, sims.MAPS) for definition in definitions.values()]
ROWS = [(d, d.facts) for d in EVERY if d.facts is not None and d.facts.exponents]
NAMES = [definition.name for definition, _ in ROWS]
ROUNDING = 1e-6
"""Of numbers with seven digits."""
GOLDEN = np.log((3 + np.sqrt(5)) / 2)
SPROTT_DECIMALS = "014 210 163 103 078 117 034 117 012 076 038 061 044 076 049 087 109 062 188"
SPROTT = {
    name: float(f"0.{text}")
    for name, text in zip("abcdefghijklmnopqrs", SPROTT_DECIMALS.split(), strict=True)
}
"""Largest exponents: Sprott 1994, Phys. Rev. E 50, R647, table I; three decimals, the last one uncertain."""
PUBLISHED = [
    # kind, name, leading exponents, uncertainty
    ("flow", "lorenz63", [0.9056, 0.0, -14.5723], 5e-4),
    ("flow", "rossler", [0.071, 0.0, -5.394], 1e-3),
    # Wolf, Swift, Swinney, Vastano 1985, Physica D 16, 285, table 1: .16 and .03 bit, to two digits
    ("flow", "hyper-rossler", [0.16 * np.log(2), 0.03 * np.log(2), 0.0], 4e-3),
    # Karimi and Paul 2010, Chaos 20, 043105
    ("flow", "lorenz96", [1.67], 2e-2),
    ("map", "henon", [0.4192, -1.6232], 2e-4),
    ("map", "arnold-cat", [GOLDEN, -GOLDEN], 0.0),
    ("map", "baker", [np.log(2), -np.log(2)], 0.0),
    ("map", "tent", [np.log(1.9)], 0.0),
    ("map", "gauss", [np.pi**2 / (6 * np.log(2))], 0.0),
    ("map", "kaplan-yorke", [np.log(2), np.log(0.2)], 0.0),
]


def with_rows(test):
    """A test of every row that has exponents."""
    return pytest.mark.parametrize(("definition", "row"), ROWS, ids=NAMES)(test)


def nil(row):
    """Which exponents are zero within four standard errors, or what the length of the run allows."""
    near = np.maximum(4 * np.array(row.standard_errors), 1 / row.t_end)
    return np.abs(row.exponents) <= near


@pytest.mark.parametrize("definition", EVERY, ids=lambda d: d.name)
def test_every_system_has_facts_of_its_present_equations_values_and_initial_point(definition):
    assert definition.facts is not None, "run scripts/studies/exponents.py"
    if definition.noise:
        assert not definition.facts.exponents
        assert definition.facts.period is None
    assert definition.facts.convergence


def test_there_are_no_facts_of_systems_that_are_gone():
    assert set(table("flow")) <= set(sims.FLOWS)
    assert set(table("map")) <= set(sims.MAPS)


@with_rows
def test_a_row_is_whole_and_in_order(definition, row):
    exponents, errors = np.array(row.exponents), np.array(row.standard_errors)
    assert len(exponents) == definition.size() or definition.lags
    assert len(errors) == len(exponents)
    assert (np.diff(exponents) <= 0).all()
    assert (errors > 0).all()
    assert row.converged or any(word in row.convergence for word in ("FAILED", "too short", "transient:"))


@with_rows
def test_the_spectrum_sums_to_the_mean_divergence(definition, row):
    if not definition.lags:
        gap = abs(sum(row.exponents) - row.mean_divergence)
        # what `converged` asks of the integration
        assert gap <= 1.1e-4 * max(np.abs(row.exponents).max(), 1 / (row.period or 1.0))
    if definition.category in ("hamiltonian", "conservative"):
        # Bouali's cycles keep volume on average only, up to ln(volume)/t
        assert abs(row.mean_divergence) <= 4 * np.hypot.reduce(row.standard_errors) + 10 / row.t_end


@with_rows
def test_a_flow_that_is_autonomous_and_does_not_rest_has_a_zero_exponent(definition, row):
    known = "too short" not in row.convergence and "transient:" not in row.convergence
    if known and definition.kind == "flow" and definition.autonomous and "rests" not in row.convergence:
        assert nil(row).any()
    # time is no component of a forced system: d exponents, and none of them is due to be zero
    if definition.category == "forced":
        assert "zero exponent" not in row.convergence


@with_rows
def test_exponents_of_a_hamiltonian_system_come_in_pairs_with_two_zeros(definition, row):
    if definition.hamiltonian is None:
        return
    exponents, errors = np.array(row.exponents), np.array(row.standard_errors)
    assert (np.abs(exponents + exponents[::-1]) <= 4 * np.hypot(errors, errors[::-1]) + ROUNDING).all()
    assert nil(row).sum() >= 2


@with_rows
def test_dimension_and_entropy_follow_from_the_exponents(definition, row):
    exponents, errors = np.array(row.exponents), np.array(row.standard_errors)
    if "too short" in row.convergence or "transient:" in row.convergence:
        assert not row.converged
        assert row.kaplan_yorke_dimension is None
        assert row.kolmogorov_sinai_entropy is None
        return
    clear = np.where(np.abs(exponents) <= 3 * errors, 0.0, exponents)
    assert row.kolmogorov_sinai_entropy == pytest.approx(clear[clear > 0].sum(), rel=1e-5, abs=1e-12)
    dimension = row.kaplan_yorke_dimension
    if dimension is None:
        # volume grows on average up to the last exponent
        assert np.isnan(kaplan_yorke(clear))
    elif dimension < len(exponents):
        assert dimension == pytest.approx(kaplan_yorke(clear), rel=1e-5, abs=1e-12)
    else:
        # volume is kept or grows, as far as the errors tell
        assert clear.sum() >= -3 * np.hypot.reduce(errors) - 1e-4 * np.abs(clear).max() - ROUNDING


@pytest.mark.parametrize("name", ["robertson", "oregonator"])
def test_runs_of_stiff_systems_that_are_too_short_say_so(name):
    row = facts(name, "flow")
    assert not row.converged
    assert row.kaplan_yorke_dimension is None


@pytest.mark.parametrize(("kind", "name", "exact", "uncertain"), PUBLISHED, ids=[p[1] for p in PUBLISHED])
def test_published_values_are_found(kind, name, exact, uncertain):
    row = facts(name, kind)
    found, errors = np.array(row.exponents[: len(exact)]), np.array(row.standard_errors[: len(exact)])
    assert (np.abs(found - exact) <= 4 * errors + uncertain + ROUNDING * np.abs(exact)).all()


def test_sums_that_are_known_exactly():
    assert facts("lorenz63", "flow").mean_divergence == pytest.approx(-41 / 3, rel=ROUNDING)
    assert facts("henon", "map").mean_divergence == pytest.approx(np.log(0.3), rel=ROUNDING)
    assert facts("standard", "map").mean_divergence == pytest.approx(0.0, abs=1e-12)
    assert facts("lorenz63", "flow").kaplan_yorke_dimension == pytest.approx(2.062, abs=1e-3)
    # Karimi and Paul 2010, Chaos 20, 043105
    assert facts("lorenz96", "flow").kaplan_yorke_dimension == pytest.approx(27.1, abs=0.2)


@pytest.mark.parametrize("letter", SPROTT)
def test_the_simple_flows_of_sprott_have_his_exponents(letter):
    row = facts(f"sprott-{letter}", "flow")
    assert abs(row.exponents[0] - SPROTT[letter]) <= 4 * row.standard_errors[0] + 2e-3


FRESH = [
    ("lorenz63", "flow", {"t_end": 2000.0}),
    ("rossler", "flow", {"t_end": 8000.0}),
    ("hyper-rossler", "flow", {"t_end": 4000.0}),
    ("duffing", "flow", {"t_end": 8000.0}),
    ("thomas", "flow", {"t_end": 4000.0}),
    ("double-pendulum", "flow", {"t_end": 3000.0}),
    ("henon", "map", {"t_end": 2**16}),
    ("standard", "map", {"t_end": 2**18}),
]


@pytest.mark.parametrize(("name", "kind", "lengths"), FRESH, ids=[one[0] for one in FRESH])
def test_a_short_run_agrees_with_the_table(name, kind, lengths):
    row = facts(name, kind)
    ds = lyapunov_spectrum(sims.FLOWS[name] if kind == "flow" else sims.MAPS[name], seed=2, **lengths)
    errors = np.hypot(ds.standard_error.values, row.standard_errors)
    # five: orbits of conservative systems stick, which blocks of a short run see too little of
    assert (np.abs(ds.exponent.values - row.exponents) <= 5 * errors).all()
    assert abs(ds.exponent.sum() - ds.mean_divergence) < 1e-6 * np.abs(ds.exponent).max()


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
        changed_table = own | change
        values = {name: value for name, (value, _) in changed_table["parameters"].items()}
        changed: Definition = from_equations(
            changed_table["equations"], values, changed_table["initial"], name="lorenz63"
        )
        assert (changed.facts is not None) == (not change)
