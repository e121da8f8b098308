"""Models of symbolic sequences: next-symbol probabilities, entropy rates, scaling laws, prequential codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ergodica.lazy_names import lazy_names

if TYPE_CHECKING:
    from ergodica.models.symbols.prequential import prequential_code as prequential_code
    from ergodica.models.symbols.scaling import scaling_law as scaling_law
    from ergodica.models.symbols.symbol_model import SymbolModel as SymbolModel
    from ergodica.models.symbols.symbol_network import SymbolNetwork as SymbolNetwork

_HOMES = {
    "SymbolModel": "symbol_model",
    "SymbolNetwork": "symbol_network",
    "prequential_code": "prequential",
    "scaling_law": "scaling",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
