"""ergodica: simulate physical and dynamical systems, measure their entropy, learn their probability flow.

Subpackages load on first use: `ergodica.sims`, `ergodica.data`, `ergodica.estimators`, `ergodica.models`.
`ergodica.open(path)` opens a run, finished or not.
"""

from typing import Any

__version__ = "0.1.0"

_SUBPACKAGES = ("data", "estimators", "models", "numerics", "scripts", "sims")


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _SUBPACKAGES:
        return import_module(f"ergodica.{name}")
    if name == "open":
        return import_module("ergodica.data").open
    raise AttributeError(f"module 'ergodica' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_SUBPACKAGES, "__version__", "open"])
