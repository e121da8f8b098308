"""Errors of any estimate: bootstrap and jackknife."""

__all__: list[str] = []
