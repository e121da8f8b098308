"""Entropies of the spectra of matrices and representations."""

__all__: list[str] = []
