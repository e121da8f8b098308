"""Makes a tile of every flow and map of the catalogue, from our own runs.

    python scripts/studies/gallery.py                what is missing or was made from other equations
    python scripts/studies/gallery.py lorenz63 henon those that are named, again
    python scripts/studies/gallery.py --again        all, in some minutes on two cores

What each tile shows is in `views.py`, how it is drawn in `tiles.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import warnings
from collections.abc import Mapping, Sequence
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica import sims
from ergodica.scripts.studies import documents, tiles
from ergodica.scripts.studies.views import View, view
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.numeric import constant

if TYPE_CHECKING:
    from PIL import Image

    from ergodica.sims.dynamics.definition import Definition

Array = np.ndarray
MADE_FROM = "made_from"
FOLDER = documents.ROOT / "docs" / "figures" / "gallery"
ITERATIONS, DISC = 400_000, 40_000
"""Points of a map in all, and of the disc whose images are shown."""
RADIUS, FAR = 0.08, 1e3
FROM_ABOVE = 25.0
"""Degrees."""
CELLS = 40
TRIED = 6
"""Components among which the pair that fills most is sought."""


def path_of(kind: str, name: str) -> Path:
    """Where the tile of a system lies."""
    return FOLDER / kind / f"{name}.png"


def made_from(definition: Definition) -> str:
    """What decides the shape of a tile: the class, the equations' digest and the parameters, not the starting point."""
    values = " ".join(f"{value:.12g}" for value in definition.values().values())
    words = f"{definition.category} {definition.digest} {values} {view(definition.kind, definition.name)!r}"
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def up_to_date(definition: Definition) -> bool:
    """Whether the tile is there and of the present equations, parameters and view."""
    from PIL import Image

    path = path_of(definition.kind, definition.name)
    if not path.exists():
        return False
    with Image.open(path) as there:
        return bool(there.info.get(MADE_FROM) == made_from(definition))


def draw(definition: Definition) -> Image.Image:
    """The tile of a system."""
    asked = view(definition.kind, definition.name)
    colour = tiles.COLOURS[definition.category]
    draw_it = _draw_map if definition.kind == "map" else _draw_flow
    return draw_it(definition, asked, colour)


def _draw_flow(definition: Definition, asked: View, colour: tuple[int, int, int]) -> Image.Image:
    if definition.noise or definition.lags:
        return _draw_path(definition, asked, colour)
    time = typical_time(definition, asked)
    if asked.sort == "strobe":
        x, y = _views(_run(definition, asked, time, samples=1, starts=_starts(definition, asked)), asked)
        return tiles.dots_tile(tiles.dots(x, y, _box(x, y, asked)), colour)
    if asked.sort == "cloud":
        start = constant_points(definition, asked.starts)[0]
        disc = start + RADIUS * _disc(DISC)
        last = _run(definition, asked, time, samples=1, starts=disc)
        x, y = (one[-1] for one in _views(last, asked))
        around = _views(_run(definition, asked, time, samples=40, periods=10.0), asked)
        box = _box(np.append(x, around[0]), np.append(y, around[1]), asked)
        return tiles.dots_tile(tiles.dots(x, y, box), colour)
    names = _run(definition, asked, time, starts=_starts(definition, asked))
    if asked.sort == "image":
        return tiles.image_tile(_expression(asked.across, names), colour, smooth=True)
    x, y = _views(names, asked)
    return tiles.lines_tile(tiles.ink(x, y, box=_box(x, y, asked)), colour)


def _draw_path(definition: Definition, asked: View, colour: tuple[int, int, int]) -> Image.Image:
    """Noise over time; with a delay the value now against that before."""
    if definition.noise:
        names = _run(definition, asked, constant(asked.period or 0.05, "period"), samples=1, before=0.0)
        x, y = names["t"], _expression(asked.up or definition.components()[0], names)
        return tiles.lines_tile(tiles.ink(x, y, breaks=2.0), colour, one=0.6)
    lag = definition.lags[0]
    delay = definition.values()[lag.delay]
    x = _run(definition, asked, delay)[lag.component]
    return tiles.lines_tile(tiles.ink(x[: -asked.samples], x[asked.samples :]), colour)


def _draw_map(definition: Definition, asked: View, colour: tuple[int, int, int]) -> Image.Image:
    first = definition.components()[0]
    if definition.noise:
        names = _run(definition, asked, 1.0, samples=1, before=0.0)
        return tiles.lines_tile(tiles.ink(names["t"], names[first], breaks=2.0), colour, one=0.6)
    if asked.sort == "image":
        names = _run(definition, asked, constant(asked.period, "period"), samples=1)
        return tiles.image_tile(_expression(asked.across, names), colour)
    if asked.sort == "cloud":
        disc = definition.initial_point() + RADIUS * _disc(DISC)
        x, y = _views(_run(definition, asked, 1.0, samples=1, starts=disc, before=0.0), asked)
        return tiles.dots_tile(tiles.dots(x, y, (0, 1, 0, 1)), colour)
    starts = _starts(definition, asked)
    length = ITERATIONS / (1 if starts is None else len(starts))
    names = _run(definition, asked, 1.0, samples=1, periods=length, starts=starts)
    if definition.size() > 1:
        x, y = _views(names, asked)
        return tiles.dots_tile(tiles.dots(x, y, _box(x, y, asked)), colour)
    # a map of a line: each value over the one before, and the steps of an orbit between
    values = _expression(asked.across or first, names)
    x, y = values[:-1], values[1:]
    box = tiles.box_of(np.append(x, y), np.append(x, y))
    steps = np.repeat(values[: int(asked.periods) + 1], 2)
    curve = tiles.dots(x, y, box)
    web = tiles.ink(steps[:-1], steps[1:], breaks=2.0, box=box)
    line = 4.0 * np.minimum(curve / np.median(curve[curve > 0]), 1.0)
    return tiles.lines_tile(0.5 * web + line, colour)


def typical_time(definition: Definition, asked: View) -> float:
    """The unit in which the length of a run is given: that of the view, else of a first look at the orbit."""
    if asked.period:
        return constant(asked.period, "period", definition.values())
    from ergodica.sims.chaos.subject import subject
    from ergodica.sims.chaos.survey import survey

    return survey(subject(definition), definition.initial_point()).time


def _run(
    definition: Definition,
    asked: View,
    time: float,
    *,
    samples: int | None = None,
    periods: float | None = None,
    starts: Array | None = None,
    before: float | None = None,
) -> dict[str, Array]:
    """Components over time, `(n,)` or `(n, members)`, with parameters and `t`, by name."""
    system: Any = sims.Map if definition.kind == "map" else sims.Flow
    samples, periods = samples or asked.samples, periods or asked.periods
    # what comes from chosen starts is shown from its beginning
    before = (asked.before if starts is None else 0.0) if before is None else before
    cut = round(before * samples)
    count = round(periods * samples) + cut
    given = {} if starts is None else {"initial": starts}
    ds = system(system=definition.name, **given).run(
        t_end=count * time / samples,
        snapshots=count + 1,
        seed=1,
        members=None if starts is None else len(starts),
    )
    state = ds.state.values[..., cut:, :]
    if starts is not None:
        # an orbit that leaves would set the scale of the others
        state = state[(np.abs(state) < FAR).all(axis=(1, 2))]
    names: dict[str, Array] = {k: np.array(v) for k, v in definition.values().items()}
    named = dict(zip(definition.components(), np.moveaxis(state, -1, 0), strict=True))
    names |= {name: values.T for name, values in named.items()}
    for field in definition.fields:
        if field.per_site:
            names[field.name] = np.stack([v for k, v in named.items() if k.startswith(f"{field.name}[")])
    t = ds.t.values[cut:]
    return names | {"t": t if starts is None else t[:, None]}


def _starts(definition: Definition, asked: View) -> Array | None:
    """The initial points of a view: as listed, or the system's own scaled; None for its own alone."""
    if asked.starts:
        return constant_points(definition, asked.starts)
    if asked.scaled:
        return np.array([s * definition.initial_point() for s in asked.scaled])
    return None


def constant_points(definition: Definition, points: Sequence[Sequence[float | str]]) -> Array:
    """Points given by numbers or expressions in the parameters, shape `(n, d)`."""
    return np.array([[constant(v, "start", definition.values()) for v in one] for one in points])


def _views(names: Mapping[str, Array], asked: View) -> tuple[Array, Array]:
    if asked.across:
        x, y = _expression(asked.across, names), _expression(asked.up, names)
        return np.broadcast_arrays(x[:, None] if x.ndim < y.ndim else x, y)  # type: ignore[return-value]
    found = [v for k, v in names.items() if k != "t" and np.ndim(v) >= 1 and "[" not in k][:TRIED]
    found = [v for v in found if np.ptp(v) > 0]
    if asked.turned is None:
        return max(combinations(found, 2), key=lambda pair: filled(*pair))
    x, y, z = ((one - one.mean()) / np.ptp(one) for one in found[:3])
    turn, above = np.radians([asked.turned, FROM_ABOVE])
    depth = x * np.sin(turn) + y * np.cos(turn)
    return x * np.cos(turn) - y * np.sin(turn), z * np.cos(above) + depth * np.sin(above)


def _expression(text: str, names: Mapping[str, Array]) -> Array:
    functions: dict[str, Any] = {
        k: getattr(np, k) for k in ("sin", "cos", "mod", "log", "log10", "sqrt", "pi", "arctan2")
    }
    functions["columns"] = lambda *parts: np.stack(parts, axis=-1)
    return np.asarray(eval(text, {"__builtins__": {}}, {**functions, **names}))


def filled(x: Array, y: Array) -> float:
    """How evenly an orbit's picture covers its square: the entropy of its cells."""
    count, _, _ = np.histogram2d(x.ravel(), y.ravel(), bins=CELLS)
    share = count[count > 0] / count.sum()
    return float(-(share * np.log(share)).sum())


def _box(x: Array, y: Array, asked: View) -> tuple[float, float, float, float]:
    return tiles.box_of(x, y, equal=asked.equal)


def _disc(count: int) -> Array:
    """Points spread evenly over the unit disc."""
    n = np.arange(count) + 0.5
    radius, angle = np.sqrt(n / count), np.pi * (1 + np.sqrt(5)) * n
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def main() -> None:
    """Make what is missing."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("names", nargs="*", help="systems to draw again; none for what is missing")
    parser.add_argument("--again", action="store_true", help="draw all")
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    every = [(kind, name) for kind in ("flow", "map") for name in definitions(kind)]
    todo = [
        (kind, name)
        for kind, name in every
        if name in arguments.names
        or arguments.again
        or (not arguments.names and not up_to_date(definitions(kind)[name]))
    ]
    os.environ["NUMBA_NUM_THREADS"] = "1"
    with get_context("spawn").Pool(arguments.cores, maxtasksperchild=16) as pool:
        for count, (name, said) in enumerate(pool.imap_unordered(attempt, todo), 1):
            print(f"[{count}/{len(todo)}] {name}: {said}", flush=True)


def attempt(asked: tuple[str, str]) -> tuple[str, str]:
    """Draw one; its name with the size of the file, or with the error in words."""
    kind, name = asked
    # a tile shows what there is, a member that stopped included
    warnings.simplefilter("ignore")
    try:
        definition = definitions(kind)[name]
        content = tiles.png(draw(definition), {MADE_FROM: made_from(definition)})
    except Exception as error:
        return name, f"{type(error).__name__}: {error}"
    target = path_of(kind, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return name, f"{len(content)} bytes"


if __name__ == "__main__":
    main()
