"""Names of a package that are imported at their first use (PEP 562)."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, homes: Mapping[str, str], modules: Sequence[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package, for `__getattr__, __dir__ = lazy_names(__name__, _HOMES)`.

    A type checker does not look into them: the package imports the same names under `if TYPE_CHECKING`.

    Args:
        package: its name.
        homes: the module within the package that each public name lies in.
        modules: modules of the package that are public themselves.
    """

    def get(name: str) -> Any:
        if name in homes:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        if name in modules:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return get, lambda: sorted([*homes, *modules])
