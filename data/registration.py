"""`ds.ergodica` without paying for xarray: registered at once, or in the moment xarray is first imported."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType


def register_accessor() -> None:
    """Register the accessor now if xarray is loaded, else when it will be; again is harmless."""
    xarray = sys.modules.get("xarray")
    if xarray is not None and hasattr(xarray, "register_dataset_accessor"):
        _register(xarray)
    elif not any(isinstance(finder, AfterXarray) for finder in sys.meta_path):
        sys.meta_path.insert(0, AfterXarray())


def _register(xarray: ModuleType) -> None:
    from ergodica.data.accessor import NAME, ErgodicaAccessor

    # a second registration would warn
    if not hasattr(xarray.Dataset, NAME):
        xarray.register_dataset_accessor(NAME)(ErgodicaAccessor)


class AfterXarray(MetaPathFinder):
    """Finds nothing itself: it lets the others find xarray and registers once that has run."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The usual answer for xarray with the registration behind it; None for all others."""
        if fullname != "xarray":
            return None
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        try:
            spec = find_spec(fullname)
        finally:
            # others ask where xarray is without importing it (torch does), or it is not installed yet
            sys.meta_path.insert(0, self)
        if spec is None or spec.loader is None:
            return spec
        loader, run = spec.loader, spec.loader.exec_module

        def run_and_register(module: ModuleType) -> None:
            del loader.exec_module
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            run(module)
            _register(module)

        # on the loader itself, so that it keeps its class for inspect and pkgutil
        loader.exec_module = run_and_register  # type: ignore[method-assign]
        return spec
