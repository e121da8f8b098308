"""Every claim that a registered system declares is measured here; a new system needs no new test."""

import json

import numpy as np
import pytest

from ergodica import sims
from ergodica.data import check
from ergodica.numerics.errors import ParameterError

SYSTEMS = sims.systems()
PRESETS = [(system, name) for system in SYSTEMS.values() for name in system.presets]
EXACT = [(system, name) for system, name in PRESETS if system.presets[name].error is not None]
ORDERS = [(system, scheme, order) for system in SYSTEMS.values() for scheme, order in system.orders.items()]

# Relative drift that a fixed step leaves in an invariant: round-off of some 1e4 steps for the quadratic ones that
# every substep keeps, the splitting's error of the energy for the others.
DRIFT = {"mass": 1e-10, "momentum": 1e-8}
OTHER_DRIFT = 1e-6

# Steps at which a scheme of each order is past its first wiggles and not yet at round-off, for the default preset.
COARSEST = {2: 0.02, 4: 0.02, 6: 0.03, 8: 0.03}


def field_error(simulation, ds):
    """Largest difference of the first variable from its declared exact solution over all snapshots."""
    name = simulation.variables(())[0].name
    values = getattr(ds.ergodica, name) if name not in ds else ds[name]
    return max(float(abs(values.isel(t=i) - simulation.exact(float(t))).max()) for i, t in enumerate(ds.t))


@pytest.mark.parametrize(("system", "name"), PRESETS, ids=lambda p: getattr(p, "name", p))
def test_presets_run_without_warning_and_keep_their_invariants(system, name):
    preset = system.presets[name]
    simulation = system.preset(name)
    ds = simulation.run(t_end=preset.t_end, snapshots=min(preset.snapshots, 41))
    assert check(ds) == []
    for invariant in simulation.conserved:
        values = ds[invariant].values
        scale = max(abs(values[0]), abs(ds[simulation.conserved[0]].values[0]))
        drift = np.abs(values - values[0]).max() / scale
        assert drift < DRIFT.get(invariant, OTHER_DRIFT), f"{invariant} drifts by {drift:.1e}"


@pytest.mark.parametrize(("system", "name"), EXACT, ids=lambda p: getattr(p, "name", p))
def test_presets_follow_their_exact_solution(system, name):
    preset = system.presets[name]
    simulation = system.preset(name)
    ds = simulation.run(t_end=preset.t_end, snapshots=min(preset.snapshots, 41))
    assert field_error(simulation, ds) < preset.error


def measured(system):
    """The preset whose exact solution the orders are measured against."""
    solved = [name for name, preset in system.presets.items() if preset.error is not None]
    return system.default_preset if system.default_preset in solved else solved[0]


@pytest.mark.filterwarnings("ignore::ergodica.sims.loop.ResolutionWarning")  # coarse on purpose
@pytest.mark.parametrize(("system", "scheme", "order"), ORDERS, ids=lambda p: str(getattr(p, "name", p)))
def test_schemes_have_their_declared_order(system, scheme, order):
    steps = COARSEST[order] / 2.0 ** (np.arange(4) / 2)
    errors = []
    for dt in steps:
        simulation = system.preset(measured(system), scheme=scheme, dt=dt)
        errors.append(field_error(simulation, simulation.run(t_end=1.0, snapshots=2)))
    observed = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    # steps that are not infinitely small measure the order to a quarter
    assert observed > order - 0.25, f"order {observed:.2f} from errors {errors}"
    assert observed < order + 1.5


@pytest.mark.parametrize(("system", "name"), PRESETS, ids=lambda p: getattr(p, "name", p))
def test_configuration_goes_through_json_and_back(system, name):
    simulation = system.preset(name)
    assert system(**json.loads(json.dumps(simulation.config()))) == simulation


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda s: s.name)
def test_declarations_are_complete(system):
    assert system.title
    assert system.equation
    assert system.references
    assert system.__doc__
    for name, field in system.model_fields.items():
        assert field.description, f"{name} has no description"
    for preset in system.presets.values():
        assert preset.summary
        assert preset.source


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda s: s.name)
def test_unknown_preset_names_the_nearest(system):
    name = next(iter(system.presets))
    with pytest.raises(ParameterError, match=f"did you mean .*'{name}'"):
        system.preset(name + "x")


@pytest.mark.parametrize("name", [3, 0, 1.5, b"soliton", ["soliton"], {}])
@pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda s: s.name)
def test_a_preset_that_is_no_name_is_a_parameter_error(system, name):
    with pytest.raises(
        ParameterError, match=r"preset: must be a name, got .*; (known|did you mean)"
    ) as caught:
        system.preset(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [3, None, ["nlse"], b"nlse"])
def test_a_system_that_is_no_name_is_a_parameter_error(name):
    with pytest.raises(ParameterError, match=r"system: .* is not known; (known|did you mean)"):
        sims.system(name)
