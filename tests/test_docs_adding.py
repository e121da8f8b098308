"""The estimator of the guide is a whole one: the generic tests of registered estimators hold for it."""

import pytest
import test_estimators_claims as generic
from estimator_calls import Case

from ergodica.estimators import registry
from ergodica.scripts.studies import documents


@pytest.fixture
def case(monkeypatch):
    registry.estimators()
    monkeypatch.setattr(registry, "_ENTRIES", dict(registry._ENTRIES))
    guide = documents.blocks((documents.ROOT / "docs" / "adding.md").read_text(), "python")
    (block,) = [one for one in guide if "def turning_rate" in one.code]
    documents.run(block.code, {"__name__": "document"}, "adding.md")
    entry = registry.find("turning_rate")
    return Case(entry.name, dict(entry.takes), entry.claims, entry.function, {})


def test_what_it_claims_is_measured(case):
    for name in case.claims.invariances:
        generic.test_declared_invariances_hold(case, name)
    for exact in case.claims.exact:
        generic.test_known_answers_are_met_within_bias_and_spread(case, exact)


def test_lanes_labels_and_bad_data_are_as_everywhere(case):
    for test in (
        generic.test_a_lane_of_nan_or_infinity_is_nan_alone,
        generic.test_lanes_together_are_lanes_one_by_one_bit_for_bit,
        generic.test_chunks_of_dask_change_no_bit_and_stay_lazy,
        generic.test_the_layout_in_memory_changes_nothing,
        generic.test_results_say_what_they_are,
        generic.test_one_sample_is_too_short_and_a_missing_dimension_is_named,
        generic.test_a_constant_lane_gives_no_silent_number,
    ):
        test(case)
