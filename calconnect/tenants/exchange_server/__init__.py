"""Exchange Server, over EWS: the sync core on the oldest documented path, a service account with impersonation.

``tenant`` answers the questions; ``connection`` finds and signs in; ``ews`` sends requests, ``wire`` and ``soap`` read
answers; ``calendars``, ``directory``, ``round_trip`` and ``autodiscover`` hold the probes.
"""

from __future__ import annotations

from calconnect.tenants.exchange_server.tenant import ExchangeServerTenant

__all__ = ["ExchangeServerTenant"]
