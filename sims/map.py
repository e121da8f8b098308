"""Maps given by their equations: the catalogue's and a user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field

from ergodica.numerics.arrays import Device
from ergodica.sims.dynamics.definition import Kind
from ergodica.sims.equations import EquationSystem
from ergodica.sims.registry import register
from ergodica.sims.sampling import whole_steps
from ergodica.sims.simulation import Draw, Preset, Stepper


@register
class Map(EquationSystem):
    """A map u -> f(u), from the catalogue (`sims.MAPS`) or from equations of your own.

    Its dataset has `state(t, component)`, t counts iterations; t_end and the spacing of snapshots are whole.

    Without noise and with `spread` 0 nothing is drawn at random: every `seed` gives the same start and the same run.
    With `spread` above 0 the start is displaced by random numbers of its own for each (seed, member).

    Good values: t_end=snapshots-1 for every iteration.

    Source: each system names its own.
    """

    name = "map"
    title = "Map"
    equation = r"u_{t+1} = f(u_t)"
    references = "Ott 2002, Chaos in Dynamical Systems"
    kind: ClassVar[Kind] = "map"
    time_name = "iterations"
    default_preset = "henon"
    presets: ClassVar[Mapping[str, Preset]] = {
        "henon": Preset(
            summary="stretch and fold in the plane",
            parameters={"system": "henon"},
            t_end=10_000,
            snapshots=10_001,
            source="Henon 1976, Commun. Math. Phys. 50, 69",
        ),
        "logistic": Preset(
            summary="the parabola at r = 4: chaos with an exponent of ln 2",
            parameters={"system": "logistic", "parameters": {"r": 4.0}},
            t_end=10_000,
            snapshots=10_001,
            source="May 1976, Nature 261, 459",
        ),
    }

    system: str = Field(
        "henon",
        min_length=1,
        description="name in the catalogue, or a name of your own with `definition_table`",
    )

    def stepper(
        self, spacing: float, *, draws: Sequence[Draw], device: Device, threads: int | None
    ) -> Stepper:
        steps, rows = whole_steps(spacing), self.parameter_rows(len(draws))
        if self.definition.noise:
            from ergodica.sims.dynamics.kernels import kernels
            from ergodica.sims.engines.ode.noisy import NoisyMap

            made = kernels(self.definition)
            streams = np.array([draw.member for draw in draws])
            return NoisyMap(
                drift=made.rhs,
                noise=made.noise,
                parameters=rows,
                steps_per_snapshot=steps,
                seed=draws[0].seed,
                streams=streams,
                threads=threads,
            )
        from ergodica.sims.engines.lanes_map import LanesMap
        from ergodica.sims.engines.rows import Rows

        engine = LanesMap(
            definition=self.definition, parameters=rows, steps_per_snapshot=steps, threads=threads
        )
        return Rows(engine, rows)
