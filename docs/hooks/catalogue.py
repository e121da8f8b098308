"""Entries and pictures of the catalogue's systems, put into their pages when the site is built."""

from __future__ import annotations

from typing import Any


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by mkdocs with the text of a page."""
    from ergodica.scripts.studies.catalogue_pages import filled

    return filled(markdown)
