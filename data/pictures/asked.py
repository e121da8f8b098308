"""What a picture is asked to show: a member, components, colours, a view; given to those kinds that take them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ergodica.data.pictures.crowd_colours import BUILT_IN, numbered, unknown
from ergodica.data.pictures.registry import kind_of, kinds, picture

if TYPE_CHECKING:
    import xarray as xr

OF_ALL_MEMBERS = (
    "series",
    "components",
    "drift",
    "parts",
    "plane",
    "exponents",
    "scaling",
    "profile",
    "power_law",
)
WHERE = {
    "components": "nothing has them",
    "color": "there are no agents",
    "view": "there is nothing in space",
    "turn": "there is nothing in space",
}


@dataclass(frozen=True)
class Asked:
    """A member and the options that were given.

    Args:
        member: number of a member; None is the first.
        options: values by name, none of them None.
        moving: whether it is asked of an animation.
    """

    member: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    moving: bool = False

    def of(self, one: "xr.DataArray") -> dict[str, Any]:
        """What the picture of this kind of variable takes of it."""
        kind = kind_of(one)
        # pictures of all members at once take no member
        found: dict[str, Any] = (
            {"member": self.member} if self.member is not None and kind not in OF_ALL_MEMBERS else {}
        )
        return found | {name: value for name, value in self.options.items() if name in self._taken(one)}

    def check(self, variables: "Iterable[xr.DataArray]") -> None:
        """Refuse what no picture of these variables takes.

        Raises:
            ValueError: an option that nothing has, or a colour that no agents have.
        """
        shown = list(variables)
        for name, value in self.options.items():
            if not any(name in self._taken(one) for one in shown):
                words = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
                them = "them" if name == "components" else "it"
                raise ValueError(
                    f"{name}: must be left out where {WHERE[name]}, got {words}; leave {them} out"
                )
        color = self.options.get("color")
        named = [name for one in shown for name in numbered(one)]
        if color is not None and color not in (*BUILT_IN, *named):
            raise ValueError(unknown(color, named))

    def _taken(self, one: "xr.DataArray") -> tuple[str, ...]:
        kind = kind_of(one)
        # a parameter has no picture
        if kind not in kinds():
            return ()
        drawn = picture(kind)
        return drawn.moves if self.moving else drawn.takes


def asked(member: int | None, *, moving: bool = False, **options: Any) -> Asked:
    """What is asked for, without the options that are None."""
    return Asked(member, {name: value for name, value in options.items() if value is not None}, moving)
