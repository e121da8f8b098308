"""From where each system of the gallery is looked at, where the two components that fill most do not do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class View:
    """What a tile shows.

    `across` and `up` are expressions in the components, the parameters and `t`; empty for the two components
    whose picture is filled best.
    """

    across: str = ""
    up: str = ""
    sort: str = "orbit"
    """orbit; fan: orbits from several starts; strobe: points once a `period`; image: the components called
    `across` over time; cloud: where a
    disc about the first start, or the system's own, is after this time, of a map also in between."""
    periods: float = 120.0
    """Length, in typical times or in `period`; steps of a map's cobweb; iterations."""
    period: str = ""
    """Expression in the parameters for the time that `periods` counts, and between the points of a strobe."""
    starts: tuple[tuple[float | str, ...], ...] = ()
    """Initial points; else those of `scaled`; else the system's own."""
    scaled: tuple[float, ...] = ()
    """Factors of the system's own initial point."""
    turned: float | None = None
    """Degrees by which the first three components, each over its range, are turned about the third before they
    are seen a little from above."""
    equal: bool = False
    """Whether both axes have one scale."""
    before: float = 60.0
    """Typical times, or iterations, left out before the picture begins."""
    samples: int = 250
    """Points in a typical time."""


Start = tuple[float | str, ...]


def grid(across: tuple[float, float, int], up: tuple[float, float, int]) -> tuple[Start, ...]:
    """Starts at the middles of the cells of a rectangle, each side as (from, to, number)."""
    x, y = ([low + (high - low) * (i + 0.5) / n for i in range(n)] for low, high, n in (across, up))
    return tuple((a, b) for a in x for b in y)


def line(first: tuple[float, ...], last: tuple[float, ...], count: int) -> tuple[Start, ...]:
    """Starts evenly spread from one point to another, both among them."""
    shares = [i / (count - 1) for i in range(count)]
    return tuple(tuple(a + s * (b - a) for a, b in zip(first, last, strict=True)) for s in shares)


FLOWS: dict[str, View] = {
    "aizawa": View(turned=35, periods=250),
    "arnold-beltrami-childress": View(across="mod(x, 2*pi)", up="mod(y, 2*pi)", periods=400),
    "arnold-web": View(across="p1", up="p2", periods=400),
    "atmospheric-regime": View(turned=35),
    "bickley-jet": View(
        sort="fan",
        across="mod(x - c2*u*t, pi*radius)",
        up="y",
        starts=grid((0, 20, 5), (-3.6, 3.6, 6)),
        period="pi*radius/u",
        periods=6,
        samples=4000,
    ),
    "blinking-rotlet": View(sort="cloud", across="x", up="y", period="tau", periods=4, starts=((0.0, 0.35),)),
    "blinking-vortex": View(sort="cloud", across="x", up="y", period="tau", periods=4, starts=((0.0, 0.35),)),
    "bouali2": View(across="x", up="y"),
    "brusselator": View(sort="fan", across="x", up="y", starts=grid((0, 3, 3), (0, 4, 3)), periods=8),
    "coevolving-predator-prey": View(turned=-35, periods=200),
    "damped-pendulum": View(
        sort="fan",
        across="theta",
        up="omega",
        starts=(*line((-9.0, 1.2), (-9.0, 3.2), 6), *line((9.0, -1.2), (9.0, -3.2), 6)),
        period="2*pi/omega0",
        periods=16,
    ),
    "double-gyre": View(
        sort="strobe",
        across="x",
        up="y",
        period="2*pi/omega",
        periods=1200,
        starts=grid((0, 2, 10), (0, 1, 5)),
    ),
    "double-pendulum": View(
        across="l1*sin(th1) + l2*sin(th2)", up="-l1*cos(th1) - l2*cos(th2)", equal=True, periods=160
    ),
    "duffing": View(sort="strobe", across="x", up="y", period="2*pi/omega", periods=60_000),
    "duffing-unforced": View(
        sort="fan", across="x", up="y", starts=grid((-2, 2, 4), (-2, 2, 4)), period="10", periods=8
    ),
    "excitable-cell": View(turned=35),
    "fermi-pasta-ulam-tsingou": View(
        across="q", sort="image", period="pi/sin(pi/n)", samples=1, periods=400, before=0
    ),
    "fitzhugh-nagumo": View(sort="fan", across="v", up="w", starts=grid((-2, 2, 3), (-1, 2, 3)), periods=6),
    "guckenheimer-holmes": View(turned=35, periods=250),
    "harmonic-oscillator": View(
        sort="fan", across="x", up="p", scaled=tuple(i / 8 for i in range(1, 9)), periods=1, equal=True
    ),
    "hastings-powell": View(turned=-35, periods=200),
    "henon-heiles": View(across="x", up="y", periods=300),
    "hindmarsh-rose-1984": View(across="x", up="y", periods=160),
    "hyper-cai": View(across="x", up="z"),
    "hyper-lorenz": View(across="x", up="z"),
    "hyper-lu": View(across="x", up="z"),
    "hyper-pang": View(across="x", up="z"),
    "hyper-qi": View(across="x", up="z", periods=250),
    "hyper-wang": View(across="x", up="z"),
    "hyper-xu": View(across="x", up="z"),
    "hyper-yang-chen": View(across="x", up="z"),
    "interior-squirmer": View(
        sort="cloud", across="x", up="y", period="tau", periods=6, starts=((0.1, 0.3),)
    ),
    "kepler": View(
        sort="fan",
        across="x",
        up="y",
        starts=line((0.4, 0.0, 0.0, 1.1), (0.4, 0.0, 0.0, 2.05), 8),
        period="2*pi/sqrt(mu)",
        periods=3.2,
        samples=1000,
        equal=True,
    ),
    "kuramoto": View(across="sin(theta)", sort="image", periods=30),
    "lid-driven-cavity": View(
        sort="cloud", across="x", up="y", period="tau", periods=14, starts=((3.0, 0.2),)
    ),
    "linear-2d": View(
        sort="fan", across="x", up="y", starts=((1, 0), (0, 1), (-1, 0), (0, -1)), period="2*pi", periods=6
    ),
    "liu-chen": View(across="x", up="y", periods=200),
    "lorenz63": View(across="x", up="z"),
    "lorenz96": View(across="x", sort="image", periods=20),
    "lotka-volterra": View(
        sort="fan",
        across="u",
        up="v",
        starts=line((0.1, 0.1), (0.9, 0.9), 8),
        period="12",
        periods=1,
        samples=1000,
    ),
    "nuclear-quadrupole": View(across="q1", up="q2"),
    "oregonator": View(across="log10(x)", up="log10(z)", periods=12, samples=4000),
    "oscillating-flow": View(
        sort="cloud", across="mod(x, 2*pi)", up="y", period="2*pi/omega", periods=4, starts=((3.1, 1.05),)
    ),
    "pehlivan-wei": View(across="y", up="z"),
    "pendulum": View(
        sort="fan",
        across="mod(theta + pi, 2*pi)",
        up="p",
        starts=(
            *line((0.0, 0.25), (0.0, 1.97), 6),
            *line((-3.14, 0.2), (-3.14, 1.6), 4),
            *line((3.14, -0.2), (3.14, -1.6), 4),
        ),
        period="2*pi",
        periods=2,
    ),
    "pink-noise": View(up="x.sum(0)", periods=600, period="0.2"),
    "ornstein-uhlenbeck": View(periods=600),
    "brownian": View(periods=600),
    "geometric-brownian": View(periods=600),
    "noisy-double-well": View(periods=2000, period="0.2"),
    "plummer": View(across="x", up="y", equal=True),
    "plummer-bar": View(across="x", up="y", equal=True),
    "robertson": View(
        across="log10(t + 1)", up="columns(x, 1e4*y, z)", period="4e5", periods=1, before=0, samples=400_000
    ),
    "slow-manifold": View(
        sort="fan",
        across="x",
        up="y",
        starts=(*line((-1.2, 2.0), (1.2, 2.0), 9), *line((-1.2, -1.0), (1.2, -1.0), 9)),
        period="60",
        periods=1,
        samples=3000,
    ),
    "sprott-more": View(across="x", up="y", periods=200),
    "sprott-torus": View(across="x", up="y"),
    "stick-slip-oscillator": View(across="x", up="v", periods=6),
    "swinging-atwood": View(across="r*sin(theta)", up="-r*cos(theta)", equal=True),
    "three-body-figure-eight": View(across="x1", up="y1", equal=True, periods=3),
    "toda-lattice": View(across="q", sort="image", periods=12),
    "torus": View(turned=30, period="2*pi", periods=5, samples=4000),
    "van-der-pol": View(sort="fan", across="x", up="y", starts=grid((-3, 3, 4), (-3, 3, 4)), periods=4),
    "yu-wang": View(across="y", up="z"),
}
MAPS: dict[str, View] = {
    "arnold-cat": View(sort="cloud", periods=5),
    "baker": View(sort="cloud", periods=5),
    "blinking-vortex-map": View(across="x", up="y", starts=line((-0.95, 0.1), (0.95, 0.0), 40)),
    "bogdanov": View(across="x", up="y", starts=line((0.02, 0.0), (0.7, 0.0), 40), before=0),
    "circle": View(across="mod(theta, 1)", periods=40),
    "coupled-map-lattice": View(across="x", sort="image", periods=96, period="2", samples=1),
    "hopalong": View(across="x", up="y", starts=((0.1, 0.1),)),
    "ar1": View(periods=300),
    "white-noise": View(periods=150),
    "standard": View(
        across="x", up="p", starts=(*line((0.1, 3.1), (6.2, 3.2), 30), *line((3.0, 0.1), (3.2, 6.2), 30))
    ),
}
STANDARD = {"flow": View(), "map": View(periods=40)}


def view(kind: str, name: str) -> View:
    """The view of a system."""
    return {"flow": FLOWS, "map": MAPS}[kind].get(name, STANDARD[kind])
