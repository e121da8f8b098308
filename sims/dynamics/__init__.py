"""Dynamical systems given by their equations: definitions, symbolic derivatives, generated kernels."""

from typing import Any


def __getattr__(name: str) -> Any:
    from ergodica.sims.dynamics.catalogue import definitions

    if name == "FLOWS":
        return definitions("flow")
    if name == "MAPS":
        return definitions("map")
    raise AttributeError(f"module 'ergodica.sims.dynamics' has no attribute {name!r}")
