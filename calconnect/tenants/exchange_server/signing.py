"""Signing in as the service account, with Basic or NTLM. The password is read where it is used, and not kept."""

from __future__ import annotations

import base64
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import requests
import requests.auth
import requests.cookies

from calconnect.evidence.redact import Redactor
from calconnect.settings.model import ConnectionSettings
from calconnect.settings.secrets import SecretReference
from calconnect.tenants.exchange_server.ntlm import NtlmHandshake

NTLM = "ntlm"
BASIC = "basic"


def choose_scheme(offered: Sequence[str]) -> str | None:
    """Return the scheme to sign in with: Basic before NTLM; None if neither is offered.

    A refusal of Basic is about the credentials alone, while one of NTLM may come of a device that ends TLS on the way.
    So only the first one tells whether the credentials are good, and whether NTLM may be tried without locking the
    account.
    """
    names = {scheme.lower() for scheme in offered}
    return next((scheme for scheme in (BASIC, NTLM) if scheme in names), None)


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """Who signs in. Holds where the password is, not the password."""

    username: str
    how: str
    """``username``: given in the settings; ``e-mail``: left out there, so the e-mail address is the login."""
    secret: SecretReference
    redactor: Redactor
    """Learns the password before anything else does."""

    @classmethod
    def of(cls, connection: ConnectionSettings, redactor: Redactor) -> ServiceAccount:
        """Return the service account of the connection settings."""
        username, password = connection.service_account_username, connection.service_account_password
        assert password is not None, "a topology with a server has a service account"
        return cls(
            username or connection.service_account_email,
            "username" if username else "e-mail",
            password,
            redactor,
        )

    def password(self) -> str:
        """Read the password.

        Raises:
            SecretNotFound: it is not where the settings say.
        """
        password = self.secret.resolve()
        self.redactor.protect(password, (self.username,))
        return password

    def basic(self) -> str:
        """Return the value of ``Authorization`` for Basic.

        Raises:
            SecretNotFound: there is no password.
        """
        return _basic(self.username, self.password())

    def ntlm(self, host: str, certificate: bytes | None) -> NtlmHandshake:
        """Begin an NTLM handshake with ``host``, whose certificate (DER) is bound in where it is known.

        Raises:
            SecretNotFound: there is no password.
            HandshakeBroken: this machine cannot make the messages.
        """
        return NtlmHandshake(self.username, self.password(), host, certificate)

    def for_requests(self, scheme: str, certificate: Callable[[], bytes | None]) -> requests.auth.AuthBase:
        """Return what signs requests' requests; ``certificate`` answers the server's certificate (DER) once known.

        Raises:
            SecretNotFound: there is no password.
        """
        if scheme == NTLM:
            return _RequestsNtlm(self.username, self.password(), certificate)
        return _RequestsBasic(_basic(self.username, self.password()))

    def for_httpx(self, scheme: str) -> httpx.Auth:
        """Return what signs httpx's requests.

        Raises:
            SecretNotFound: there is no password.
        """
        if scheme == NTLM:
            return _HttpxNtlm(self.username, self.password())
        return _HttpxBasic(_basic(self.username, self.password()))


def _basic(username: str, password: str) -> str:
    """Return the value of ``Authorization``. In UTF-8: https://www.rfc-editor.org/rfc/rfc7617#section-2.1"""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


class _RequestsBasic(requests.auth.AuthBase):
    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


class _RequestsNtlm(requests.auth.AuthBase):
    """Signs in a connection when the server asks for it; a connection that is signed in is not asked again."""

    def __init__(self, username: str, password: str, certificate: Callable[[], bytes | None]) -> None:
        self._username = username
        self._password = password
        self._certificate = certificate

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Connection"] = "Keep-Alive"
        request.register_hook("response", self._answer)  # type: ignore[no-untyped-call]
        return request

    def _answer(self, response: requests.Response, **arguments: Any) -> requests.Response:
        offered = response.headers.get("WWW-Authenticate", "").lower()
        if response.status_code != 401 or "ntlm" not in offered:
            return response
        host = urlsplit(response.url).hostname or ""
        handshake = NtlmHandshake(self._username, self._password, host, self._certificate())
        second = self._send_again(response, handshake.negotiate(), arguments)
        if second.status_code != 401:
            return second
        last = handshake.authenticate([second.headers.get("WWW-Authenticate", "")])
        return second if last is None else self._send_again(second, last, arguments)

    @staticmethod
    def _send_again(response: requests.Response, authorization: str, arguments: dict[str, Any]) -> requests.Response:
        _ = response.content  # read to the end, so that the connection is free for the next message
        response.close()
        request = response.request.copy()
        jar = request._cookies  # type: ignore[attr-defined]
        requests.cookies.extract_cookies_to_jar(jar, response.request, response.raw)  # type: ignore[no-untyped-call]
        request.prepare_cookies(jar)
        request.headers["Authorization"] = authorization
        return response.connection.send(request, **arguments)


class _HttpxBasic(httpx.Auth):
    def __init__(self, value: str) -> None:
        self._value = value

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._value
        yield request


class _HttpxNtlm(httpx.Auth):
    requires_response_body = True  # read to the end, so that the connection is free for the next message

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        response = yield request
        if response.status_code != 401:
            return
        certificate = _peer_certificate(response)
        handshake = NtlmHandshake(self._username, self._password, request.url.host, certificate)
        request.headers["Authorization"] = handshake.negotiate()
        response = yield request
        if response.status_code != 401:
            return
        last = handshake.authenticate(response.headers.get_list("WWW-Authenticate"))
        if last is not None:
            request.headers["Authorization"] = last
            yield request


def _peer_certificate(response: httpx.Response) -> bytes | None:
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("ssl_object") if stream is not None else None
    certificate: bytes | None = connection.getpeercert(True) if connection is not None else None
    return certificate
