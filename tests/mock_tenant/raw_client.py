"""A raw EWS client: it sends what a test writes, and shows what came back. TLS is verified."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import httpx
from lxml import etree

from tests.mock_tenant.schema import assert_valid

NS = {
    "s": "http://schemas.xmlsoap.org/soap/envelope/",
    "m": "http://schemas.microsoft.com/exchange/services/2006/messages",
    "t": "http://schemas.microsoft.com/exchange/services/2006/types",
    "e": "http://schemas.microsoft.com/exchange/services/2006/errors",
}
_NAMESPACES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items() if prefix != "e")
Auth = tuple[str, str] | None


@dataclass(frozen=True)
class Answer:
    """What came back."""

    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.response.content)

    @property
    def body(self) -> etree._Element:
        """The body's element: the response, or the fault."""
        body = self.root.find("s:Body", NS)
        assert body is not None
        return body[0]

    @property
    def codes(self) -> list[str]:
        """All response codes: those of the response messages, or the fault's."""
        return [
            element.text or "" for element in self.root.iter(f"{{{NS['m']}}}ResponseCode", f"{{{NS['e']}}}ResponseCode")
        ]

    def all(self, path: str) -> list[etree._Element]:
        """Return what an XPath finds, with the prefixes s, m, t, e."""
        found = self.root.xpath(path, namespaces=NS)
        assert isinstance(found, list)
        return [element for element in found if isinstance(element, etree._Element)]

    def one(self, path: str) -> etree._Element:
        """Return the only thing that an XPath finds."""
        (found,) = self.all(path)
        return found

    def text(self, path: str) -> str:
        """Return the text of the only thing that an XPath finds."""
        return self.one(path).text or ""


class RawClient:
    """Posts SOAP bodies to a mock tenant."""

    def __init__(self, ews_url: str, ca_pem: bytes, auth: Auth) -> None:
        self.ews_url = ews_url
        self.auth = auth
        self.context = ssl.create_default_context(cadata=ca_pem.decode())
        self.http = httpx.Client(verify=self.context, trust_env=False, timeout=30)

    def __call__(
        self,
        body: str,
        *,
        impersonate: str = "",
        auth: Auth | str = "default",
        version: str = "Exchange2016",
        header: str = "",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a SOAP body (prefixes m and t are bound) and hold the answer against the schema.

        Args:
            body: the operation's element.
            impersonate: an address, sent as ``PrimarySmtpAddress``.
            auth: login and password; "default": the client's own; None: none.
            version: RequestServerVersion; empty: no such header.
            header: more SOAP header blocks.
            headers: more HTTP headers.
        """
        blocks = f'<t:RequestServerVersion Version="{version}"/>' if version else ""
        if impersonate:
            blocks += (
                "<t:ExchangeImpersonation><t:ConnectingSID>"
                f"<t:PrimarySmtpAddress>{impersonate}</t:PrimarySmtpAddress>"
                "</t:ConnectingSID></t:ExchangeImpersonation>"
            )
        envelope = (
            f'<?xml version="1.0" encoding="utf-8"?><s:Envelope {_NAMESPACES}>'
            f"<s:Header>{blocks}{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
        )
        return self.post(envelope.encode(), auth=auth, headers=headers)

    def post(self, content: bytes, *, auth: Auth | str = "default", headers: dict[str, str] | None = None) -> Answer:
        """Send these very bytes."""
        chosen = self.auth if isinstance(auth, str) else auth
        response = self.http.post(
            self.ews_url,
            content=content,
            auth=httpx.BasicAuth(*chosen) if chosen else httpx.Auth(),
            headers={"Content-Type": "text/xml; charset=utf-8"} | (headers or {}),
        )
        if response.headers.get("Content-Type", "").startswith("text/xml"):
            assert_valid(response.content)
        return Answer(response)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()
