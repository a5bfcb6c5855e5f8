"""Text for a terminal of 80 columns."""

from __future__ import annotations

import textwrap

WIDTH = 80
"""Columns."""


def wrapped(text: str, indent: int = 2, *, label: str = "") -> list[str]:
    """Return a paragraph as lines of at most 80 columns. Words that are longer, such as an address, stay whole.

    Args:
        text: the paragraph; its own line ends are spaces.
        indent: how far it is indented.
        label: what stands in the first line in place of the indentation, as it is: ``level        ``.
    """
    lines = textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=label.ljust(indent),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or ([label.rstrip()] if label else [])
