"""What a notebook shows: HTML, or text where HTML cannot be shown."""

from __future__ import annotations

from collections.abc import Sequence


class Shown:
    """Something to look at: HTML, or text where HTML cannot be shown."""

    def __init__(self, html: str, text: str) -> None:
        """Hold both forms."""
        self._html = html
        self._text = text

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> dict[str, str]:
        bundle = {"text/html": self._html, "text/plain": self._text}
        return {
            kind: value
            for kind, value in bundle.items()
            if (include is None or kind in include) and (exclude is None or kind not in exclude)
        }

    def _repr_html_(self) -> str:
        return self._html

    def __repr__(self) -> str:
        return self._text
