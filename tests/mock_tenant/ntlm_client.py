"""One keep-alive connection that signs in by NTLM or Negotiate, step by step."""

from __future__ import annotations

import base64
import http.client
import ssl
from typing import Any

import spnego

from calconnect.mock_tenant.server import MockTenant

ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"'
    ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body>'
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>'
    '<t:AlternateId Format="EwsId" Id="x" Mailbox="a@contoso.test"/>'
    "</m:SourceIds></m:ConvertId></s:Body></s:Envelope>"
)


class OneConnection:
    """A connection to a mock tenant."""

    def __init__(self, server: MockTenant) -> None:
        context = ssl.create_default_context(cadata=server.ca_pem.decode())
        self._connection = http.client.HTTPSConnection("localhost", server.port, context=context, timeout=30)

    def post(self, authorization: str = "") -> tuple[int, dict[str, list[str]]]:
        """Post a ConvertId; return the status, and the headers by lower-case name."""
        headers = {"Content-Type": "text/xml"}
        if authorization:
            headers["Authorization"] = authorization
        self._connection.request("POST", "/EWS/Exchange.asmx", ENVELOPE, headers)
        response = self._connection.getresponse()
        response.read()
        found: dict[str, list[str]] = {}
        for name, value in response.getheaders():
            found.setdefault(name.lower(), []).append(value)
        return response.status, found

    def sign_in(
        self, login: str, password: str, *, scheme: str = "NTLM", protocol: str = "ntlm", **options: Any
    ) -> tuple[int, dict[str, list[str]], Any]:
        """Go through a whole sign-in; return the last status and headers, and the client's security context."""
        session: Any = spnego.client(
            login, password, hostname="localhost", service="http", protocol=protocol, **options
        )
        token: bytes | None = session.step()
        status, headers = 0, dict[str, list[str]]()
        for _ in range(6):
            assert token is not None
            status, headers = self.post(f"{scheme} {base64.b64encode(token).decode()}")
            answer = next((one for one in headers.get("www-authenticate", []) if one.startswith(f"{scheme} ")), None)
            if answer is None:
                break
            token = session.step(base64.b64decode(answer.partition(" ")[2]))
            if status == 200:
                break
        return status, headers, session

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
