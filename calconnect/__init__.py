"""calconnect: proves that an organisation's calendars are ready for a bulk calendar connection."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
