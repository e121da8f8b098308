"""Losses whose minimum is the score."""
