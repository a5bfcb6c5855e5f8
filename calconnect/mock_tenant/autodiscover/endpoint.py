"""``/autodiscover/…`` as HTTP sees it: SOAP, POX and JSON, and the ways in which a tenant's Autodiscover misbehaves."""

from __future__ import annotations

from calconnect.mock_tenant.autodiscover.facts import AutodiscoverFacts, AutodiscoverMode
from calconnect.mock_tenant.autodiscover.json_v2 import answer_json
from calconnect.mock_tenant.autodiscover.lookup import Lookup
from calconnect.mock_tenant.autodiscover.pox import answer_pox
from calconnect.mock_tenant.autodiscover.soap import answer_soap
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.reply import HTML, Reply, Told
from calconnect.mock_tenant.state.server import Generation, knows
from calconnect.mock_tenant.wire.request import HttpRequest

_SOAP_PATH = "/autodiscover/autodiscover.svc"
_POX_PATH = "/autodiscover/autodiscover.xml"
_JSON_PATH = "/autodiscover/autodiscover.json"
_SERVICES = {_SOAP_PATH: "soap", _POX_PATH: "pox"}
_SINCE = {"soap": Generation.EXCHANGE_2010, "json": Generation.EXCHANGE_2016}
"""https://learn.microsoft.com/exchange/client-developer/exchange-web-services/autodiscover-for-exchange"""
_PAGE = b"<!DOCTYPE html><html><head><title>Service</title></head><body><p>Autodiscover</p></body></html>"
_NOT_FOUND = b"<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head><body></body></html>"
ENDPOINTS_OFFERED = (("X-SOAP-Enabled", "True"),)
"""Sent with every answer of the POX path, 401 too: clients (EWS Managed API, AutodiscoverService.cs) read from it that
the SOAP service is there."""


class AutodiscoverEndpoint:
    """Answers requests to the Autodiscover virtual directory."""

    def __init__(self, live: LiveTenant) -> None:
        self._live = live

    def without_sign_in(self, request: HttpRequest, path: str) -> Reply | None:
        """Answer what needs no sign-in: the JSON service, and paths that are not there. None: sign in first.

        Args:
            request: the request.
            path: its path in lower case.
        """
        facts = self._live.autodiscover
        is_json = path.startswith(_JSON_PATH)
        service = "json" if is_json else _SERVICES.get(path)
        if facts.mode is AutodiscoverMode.MISSING or service is None or service in self._without(facts):
            return Reply(404, _NOT_FOUND, HTML)
        if not is_json:
            return None
        organization = self._live.organization
        with organization.lock:
            return answer_json(self._lookup(request, facts), request.path[len(_JSON_PATH) :], request.query)

    def answer(self, request: HttpRequest, path: str, told: Told) -> Reply:
        """Answer a signed-in request."""
        is_soap = path == _SOAP_PATH
        data = request.body if request.method == "POST" else b""
        if is_soap and request.method != "POST":
            return Reply(200, _PAGE, HTML)
        organization = self._live.organization
        lookup = self._lookup(request, self._live.autodiscover)
        with organization.lock:
            return answer_soap(lookup, data, told) if is_soap else answer_pox(lookup, data, told)

    def _without(self, facts: AutodiscoverFacts) -> frozenset[str]:
        """Return the services that are not there: taken away, or later than the server."""
        version = self._live.organization.server.version
        return facts.without | {service for service, since in _SINCE.items() if not knows(version, since)}

    def _lookup(self, request: HttpRequest, facts: AutodiscoverFacts) -> Lookup:
        return Lookup(self._live.organization, facts, request.host, request.target)
