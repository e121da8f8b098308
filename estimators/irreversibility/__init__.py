"""Irreversibility and entropy production."""

__all__: list[str] = []
