"""Exchange Online, over Microsoft Graph and, while it lives, over EWS with application tokens.

``tenant`` answers the questions. ``http`` sends, ``tokens`` signs in, ``session`` asks Graph, ``batch`` and ``paging``
ask much at once and to the end, ``ews`` asks EWS; ``people``, ``organization``, ``calendars``, ``round_trip``,
``what_if`` and ``locating`` hold the probes.
"""

from __future__ import annotations

from calconnect.tenants.exchange_online.tenant import ExchangeOnlineTenant

__all__ = ["ExchangeOnlineTenant"]
