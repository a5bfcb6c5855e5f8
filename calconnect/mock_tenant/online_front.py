"""The front of Microsoft's cloud: which requests are Entra's, Graph's and Exchange Online's, and what they answer.

Paths decide, so that clients may use the cloud's host names or the mock tenant's own address. Where there is an
Exchange Server half, the mock tenant's own address leads to it for what both have: EWS and Autodiscover.
"""

from __future__ import annotations

import json
import logging

from calconnect.mock_tenant.entra.clouds import LOGIN_HOSTS, Resource, host_name, serves
from calconnect.mock_tenant.entra.endpoint import EntraEndpoint, is_entra_path
from calconnect.mock_tenant.graph.endpoint import GraphEndpoint, is_graph_path
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.online_exchange import OnlineExchangeEndpoint, is_exchange_path
from calconnect.mock_tenant.reply import JSON, Reply, Told
from calconnect.mock_tenant.wire.request import HttpRequest

log = logging.getLogger(__name__)
_BROKEN = json.dumps({"error": {"code": "generalException", "message": "An internal server error occurred."}}).encode()


class OnlineFront:
    """Answers for Entra, Graph and Exchange Online, if the tenant has an Exchange Online half."""

    def __init__(self, live: LiveTenant) -> None:
        self._live = live
        self._entra = EntraEndpoint()
        self._graph = GraphEndpoint(live)
        self._exchange = OnlineExchangeEndpoint(live)

    def answer(self, request: HttpRequest, told: Told, request_id: str) -> Reply | None:
        """Answer a request; None: it is for the Exchange Server half.

        Args:
            request: the request.
            told: filled in for the recorder.
            request_id: the answer's own id.
        """
        organization = self._live.organization
        half = organization.online
        if half is None:
            return None
        host, path = host_name(request.host), request.path
        is_entra = host in LOGIN_HOSTS or is_entra_path(path)
        is_exchange = not is_entra and (
            serves(host) is Resource.EXCHANGE or (half.only and serves(host) is None and is_exchange_path(path))
        )
        if not is_entra and not is_exchange and serves(host) is not Resource.GRAPH and not is_graph_path(path):
            return None
        try:
            with organization.lock:
                if is_entra:
                    return self._entra.answer(request, half, told, request_id)
                endpoint = self._exchange if is_exchange else self._graph
                reply = endpoint.answer(request, organization, half, told, request_id)
                reply.delay_seconds = half.faults.latency_milliseconds / 1000
                return reply
        except Exception:  # the boundary: whatever goes wrong inside, a client gets the cloud's answer for it
            log.exception("%s %s failed", request.method, path)
            told.codes = ("generalException",)
            return Reply(500, _BROKEN, JSON)
