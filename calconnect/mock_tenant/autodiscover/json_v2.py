"""Autodiscover v2: JSON, without sign-in. Exchange 2016 CU3 and later serve it.

``GET /autodiscover/autodiscover.json?Email=…&Protocol=Ews`` or ``…/autodiscover.json/v1.0/<address>?Protocol=Ews``;
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxdiscojson
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

from calconnect.mock_tenant.autodiscover.lookup import Found
from calconnect.mock_tenant.reply import HTML, JSON, Reply

_SUPPORTED = "AutodiscoverV1,Ews"


class JsonLookup(Protocol):
    """One request's view of an organisation, on either side."""

    @property
    def host(self) -> str:
        """The request's ``Host`` header, with its port."""

    @property
    def ews_url(self) -> str:
        """The URL of EWS that clients are told; empty: none is configured."""

    def find(self, address: str) -> Found | None:
        """Return what an address leads to; None: there is no such user."""


def answer_json(lookup: JsonLookup, rest: str, query: Mapping[str, str]) -> Reply:
    """Answer a request.

    Args:
        lookup: the organisation.
        rest: what follows ``autodiscover.json`` in the path.
        query: the query's parameters.
    """
    parameters = {name.lower(): value for name, value in query.items()}
    address = parameters.get("email", "")
    if not address and rest.lower().startswith("/v1.0/"):
        address = unquote(rest[len("/v1.0/") :])
    protocol = parameters.get("protocol", "")
    if not address:
        return _error(400, "MandatoryParameterMissing", "A valid value must be provided for the parameter 'Email'")
    if not protocol:
        return _error(400, "MandatoryParameterMissing", "A valid value must be provided for the parameter 'Protocol'")
    if address.count("@") != 1 or address.startswith("@") or address.endswith("@"):
        return _error(400, "InvalidUserId", f"The user id '{address}' is not a valid e-mail address")
    if protocol.lower() not in _SUPPORTED.lower().split(","):
        return _error(
            400, "InvalidProtocol", f"The protocol value '{protocol}' is invalid. Supported values are '{_SUPPORTED}'"
        )
    return _found(lookup, address, protocol, parameters)


def _found(lookup: JsonLookup, address: str, protocol: str, parameters: Mapping[str, str]) -> Reply:
    found = lookup.find(address)
    if found is None:
        return _error(404, "UserNotFound", "The given user is not found")
    if found.user is None:
        host = urlsplit(found.redirect_url).netloc if found.redirect_url else ""
        if found.redirect_address:
            address = found.redirect_address
            host = f"autodiscover.{address.rpartition('@')[2]}"
        count = parameters.get("redirectcount", "0")
        number = int(count) + 1 if count.isdecimal() else 1
        target = (
            f"https://{host}/autodiscover/autodiscover.json?Email={quote(address)}&Protocol={quote(protocol)}"
            f"&RedirectCount={number}"
        )
        return Reply(302, b"", HTML, (("Location", target),))
    if protocol.lower() == "autodiscoverv1":
        return _json({"Protocol": "AutodiscoverV1", "Url": f"https://{lookup.host}/autodiscover/autodiscover.xml"})
    if not lookup.ews_url:
        return _error(404, "ProtocolNotConfigured", "The protocol has no URL for the given user")
    return _json({"Protocol": "Ews", "Url": lookup.ews_url})


def _json(value: Mapping[str, str], status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode(), JSON)


def _error(status: int, code: str, message: str) -> Reply:
    return _json({"ErrorCode": code, "ErrorMessage": message}, status)
