"""What answers before the server gets to see a request: a pre-authenticating proxy, or the notice of maintenance.

A reverse proxy that wants people to sign in at a page of its own (TMG, AD FS Web Application Proxy, load balancers)
sends EWS clients there with 302, or refuses them with IIS's 440, whatever credentials they bring.
"""

from __future__ import annotations

from urllib.parse import quote

from calconnect.mock_tenant.reply import HTML, Reply
from calconnect.mock_tenant.state.server import Proxy
from calconnect.mock_tenant.wire.request import HttpRequest

SIGN_IN_PATH = "/signin/"
_SIGN_IN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1>"
    b'<form method="post"><input name="username"><input name="password" type="password"></form></body></html>'
)
_LOGIN_TIMEOUT = b"<!DOCTYPE html><html><head><title>440 Login Timeout</title></head><body></body></html>"
_UNAVAILABLE = (
    b"<!DOCTYPE html><html><head><title>Service Unavailable</title></head>"
    b"<body><h2>Service Unavailable</h2><p>HTTP Error 503. The service is unavailable.</p></body></html>"
)


def intercept(proxy: Proxy, request: HttpRequest) -> Reply | None:
    """Return what a proxy answers a request with; None: it lets the request through."""
    if proxy is Proxy.SIGN_IN_PAGE:
        wanted = f"https://{request.host}{request.target}"
        target = f"https://{request.host}{SIGN_IN_PATH}?return={quote(wanted, safe='')}"
        return Reply(302, b"", HTML, (("Location", target),))
    return Reply(440, _LOGIN_TIMEOUT, HTML) if proxy is Proxy.LOGIN_TIMEOUT else None


def sign_in_page() -> Reply:
    """Return the page that clients are sent to."""
    return Reply(200, _SIGN_IN_PAGE, HTML)


def unavailable() -> Reply:
    """Return what IIS answers for a service that is stopped or overrun."""
    return Reply(503, _UNAVAILABLE, HTML)
