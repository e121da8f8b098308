"""`ergodica plot`: a picture of a run or of its entropies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ergodica.numerics.errors import ParameterError
from ergodica.scripts.inputs import open_any
from ergodica.scripts.outputs import human, output, size

STILLS = (".png", ".pdf", ".svg", ".jpg", ".webp")
MOVIES = (".gif", ".mp4")


def plot(
    file: Annotated[str, Parameter(help="run or measured entropies to draw")],
    /,
    *,
    out: Annotated[
        str | None,
        Parameter(
            name=("--out", "-o"),
            metavar="FILE",
            help="picture to write: .png, .pdf, .svg, .jpg, .webp, or .gif, .mp4 to animate; default FILE.png",
        ),
    ] = None,
    variable: Annotated[
        str | None, Parameter(metavar="NAME", help="draw this variable alone, such as psi")
    ] = None,
    member: Annotated[int | None, Parameter(help="which member of an ensemble; default the first")] = None,
    components: Annotated[
        str | None,
        Parameter(
            metavar="NAMES", help="two or three components that portraits and sections show, such as x,z"
        ),
    ] = None,
    color: Annotated[
        str | None,
        Parameter(
            metavar="NAME",
            help="colour of agents: heading, speed, density, none, or a variable over (t, particle) or (particle)",
        ),
    ] = None,
    view: Annotated[
        str | None,
        Parameter(
            metavar="DEGREES",
            allow_leading_hyphen=True,
            help="elevation and azimuth from which agents in space are seen, such as 20,45",
        ),
    ] = None,
    turn: Annotated[
        float | None,
        Parameter(
            metavar="DEGREES", help="how far the camera turns in an animation of agents in space, such as 360"
        ),
    ] = None,
    dpi: Annotated[float | None, Parameter(help="dots per inch; default 150, of an animation 100")] = None,
    fps: Annotated[float | None, Parameter(help="frames per second of an animation; default 20")] = None,
    frames: Annotated[int | None, Parameter(help="most frames of an animation; default 150")] = None,
    progress: Annotated[bool | None, Parameter(help="show a progress bar; default on a terminal")] = None,
    force: Annotated[
        bool, Parameter(negative="", show_default=False, help="overwrite the picture when it is there")
    ] = False,
) -> None:
    """Draw a run or its entropies, as a figure or an animation.

    The figure shows each variable by its kind: fields over space and time, agents with their headings,
    the drift of what is conserved, everything else over time. An animation shows one variable.
    """
    movie = {"fps": fps, "frames": frames, "turn": turn, "progress": progress}
    chosen: dict[str, Any] = {name: value for name, value in movie.items() if value is not None}
    with open_any(file) as data:
        target = output(out or str(Path(file).with_suffix(".png")), STILLS + MOVIES, force=force)
        if chosen and target.suffix.lower() not in MOVIES:
            raise ParameterError(
                f"{next(iter(chosen))}: only an animation has it, got {target}; end -o with {' or '.join(MOVIES)}"
            )
        from ergodica.data.pictures import plot as draw

        target.parent.mkdir(parents=True, exist_ok=True)
        if components is not None:
            chosen["components"] = [name.strip() for name in components.split(",")]
        camera = _angles(view)
        draw(data, target, variable=variable, member=member, color=color, view=camera, dpi=dpi, **chosen)
    print(f"{target}: {human(size(target))}")


def _angles(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        elevation, azimuth = (float(one) for one in text.split(","))
    except ValueError:
        raise ParameterError(f"view: must be two angles in degrees, got {text!r}; use 20,45") from None
    return [elevation, azimuth]
