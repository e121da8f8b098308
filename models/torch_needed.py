"""torch, or a clear word where it is not installed."""

from __future__ import annotations

try:
    import torch
except ImportError as error:  # pragma: no cover - the tests have it
    raise ImportError("torch: networks need it; pip install 'ergodica[models]'") from error

__all__ = ["torch"]
