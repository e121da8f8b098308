"""Pictures of labelled data: one file a kind of variable, chosen by the attribute `ergodica_kind`.

`figure(ds)` is an overview of a whole dataset, `plot(ds, "run.png")` writes one, `animate(ds, "run.gif")` a
moving one; `picture("field")(ds.density, ax)` draws a single variable on given axes. Nothing here uses
pyplot, and matplotlib is imported at the first drawing.
"""

from ergodica.data.pictures.animation import animate
from ergodica.data.pictures.overview import figure, plot
from ergodica.data.pictures.registry import Movie, Panel, Picture, kind_of, kinds, picture, register

__all__ = [
    "Movie",
    "Panel",
    "Picture",
    "animate",
    "figure",
    "kind_of",
    "kinds",
    "picture",
    "plot",
    "register",
]
