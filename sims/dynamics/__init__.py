"""Dynamical systems given by their equations: definitions, symbolic derivatives, generated kernels."""
