"""The thin path over EWS: prepared envelopes, one file an operation, for Exchange Server.

``opening`` is where it begins; ``endpoint`` sends, ``probes`` and ``write`` ask.
"""

from __future__ import annotations

from calconnect.tenants.thin.ews.opening import open_ews_path

__all__ = ["open_ews_path"]
