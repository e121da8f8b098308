"""Tables of what a system is, read from its model, and of what its presets and schemes give."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import sims
from ergodica.scripts import describe
from ergodica.scripts.studies.documents import bound, markdown

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.sims.simulation import Simulation

SNAPSHOTS = 41


@functools.cache
def finished(system: type[Simulation], name: str) -> tuple[Simulation, xr.Dataset]:
    """A preset over its own time, in few snapshots."""
    simulation = system.preset(name)
    return simulation, simulation.run(t_end=system.presets[name].t_end, snapshots=SNAPSHOTS)


def parameter_rows(rows: list[dict[str, Any]]) -> str:
    """A table of parameters as `describe.parameters` gives them."""
    cells = []
    for row in rows:
        words = describe.facts(row | {"required": True, "per_member": False}, choices=False)
        words = ", ".join(filter(None, (words, ", ".join(f"`{choice}`" for choice in row["choices"]))))
        default = "required" if row["required"] else f"`{describe.shown(row['default'])}`"
        cells.append((f"`{row['name']}`{' †' * row['per_member']}", default, words, row["description"]))
    return markdown(("parameter", "default", "range", "meaning"), cells)


def parameters(system: type[Simulation], margin: float) -> str:
    """All parameters of a system."""
    return parameter_rows(describe.parameters(system))


def catalogue(system: type[Simulation], margin: float) -> str:
    """Definitions of the catalogue by category."""
    found: dict[str, list[str]] = {}
    for name, one in sims.FLOWS.items() if system.name == "flow" else sims.MAPS.items():
        found.setdefault(one.category, []).append(f"`{name}`")
    rows = [(category, str(len(names)), ", ".join(names)) for category, names in sorted(found.items())]
    return markdown(("category", "systems", "names"), rows)


def run_arguments(margin: float) -> str:
    """The arguments of `run` that every system has and every file keeps."""
    from ergodica.sims.sampling import RunArguments

    return parameter_rows(describe.parameters(RunArguments))


def presets(system: type[Simulation], margin: float) -> str:
    """Presets with their time, grid and source."""
    rows = [
        (f"`{name}`", one.summary, f"{one.t_end:.4g}", str(one.snapshots), one.source)
        for name, one in system.presets.items()
    ]
    return markdown(("preset", "what happens", "t_end", "snapshots", "source"), rows)


def gallery(system: type[Simulation], margin: float) -> str:
    """A picture of each preset."""
    folder = f"../figures/{system.name}"
    cells = [
        f'<div markdown="1">\n\n![{one.summary}]({folder}/{name}.png)\n\n`{name}`: {one.summary}\n\n</div>'
        for name, one in system.presets.items()
    ]
    listed = "\n".join(cells)
    return f'<div class="gallery" markdown="1">\n{listed}\n</div>'


def states(system: type[Simulation], margin: float) -> str:
    """Named initial states with their parameters."""
    rows = []
    for one in describe.system(system)["initial_states"]:
        given = ", ".join(f"`{p['name']}={describe.shown(p['default'])}`" for p in one["parameters"])
        rows.append((f"`{one['name']}`", one["summary"], given))
    return markdown(("initial", "field at t = 0", "parameters, with their defaults"), rows)


def optional(system: type[Simulation], margin: float) -> str:
    """Variables that `record` adds."""
    return markdown(("record", "variable"), [(f"`{name}`", text) for name, text in system.optional.items()])


def schemes(system: type[Simulation], margin: float) -> str:
    """Fixed-step schemes of the NLSE with declared and measured orders."""
    from ergodica.sims.engines.composition import SCHEMES

    rows = []
    for name, one in SCHEMES.items():
        rows.append((f"`{name}`", str(one.order), f"{_order(name):.1f}", str(one.stages), one.source))
    return markdown(("scheme", "order", "measured", "transform pairs a step", "source"), rows)


def _order(scheme: str) -> float:
    """Slope of the error over the step, for the soliton of the default preset."""
    coarsest = {2: 0.02, 4: 0.01, 6: 0.015, 8: 0.03}[sims.NLSE.orders[scheme]]
    steps = coarsest / 2.0 ** (np.arange(4) / 2)
    errors = []
    for dt in steps:
        simulation = sims.NLSE.preset("soliton", scheme=scheme, dt=dt)
        psi = simulation.run(t_end=1.0, snapshots=2).ergodica.psi.isel(t=-1).values
        errors.append(np.abs(psi - simulation.exact(1.0)).max())
    return float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


def preset_accuracy(system: type[Simulation], margin: float) -> str:
    """Error against the exact solution and drift of the invariants, the largest over each preset's own time."""
    from ergodica.data.pictures.drift import relative_drift

    rows = []
    for name, declared in system.presets.items():
        simulation, ds = finished(system, name)
        error = (
            bound(field_error(simulation, ds), margin) if declared.error is not None else "no exact solution"
        )
        drifts = [bound(float(relative_drift(ds[i]).max()), margin) for i in simulation.conserved]
        rows.append((f"`{name}`", f"{declared.t_end:.4g}", error, *drifts))
    return markdown(("preset", "until t =", "error of the field", "mass", "momentum", "energy"), rows)


def field_error(simulation: Simulation, ds: xr.Dataset) -> float:
    """Largest difference of the first variable from the declared exact solution."""
    variable = ds.ergodica[next(iter(ds.ergodica.kinds))]
    exact: Callable[[float], Any] = getattr(simulation, "exact")  # noqa: B009 - not every system has one
    return max(float(abs(variable.isel(t=i) - exact(float(t))).max()) for i, t in enumerate(ds.t))


def systems(margin: float) -> str:
    """What is registered."""
    rows = [
        (f"[`{name}`](systems/{name}.md)", system.title, f"{len(system.presets)}")
        for name, system in sims.systems().items()
    ]
    return markdown(("name", "system", "presets"), rows)


TABLES = (
    *(systems, run_arguments),
    *(parameters, presets, gallery, catalogue, states, optional, schemes, preset_accuracy),
)
