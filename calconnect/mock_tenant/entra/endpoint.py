"""Entra as HTTP sees it: discovery, keys, and the token endpoint of the client credentials grant.

Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from calconnect.mock_tenant.entra.clouds import LOGIN_HOSTS, Resource, resource_of
from calconnect.mock_tenant.entra.credentials import check_assertion, check_secret, require_credential
from calconnect.mock_tenant.entra.discovery import find_tenant, instances, keys, openid_configuration
from calconnect.mock_tenant.entra.errors import (
    EntraError,
    disabled_application,
    missing_parameter,
    unknown_application,
)
from calconnect.mock_tenant.entra.tokens import issue_token
from calconnect.mock_tenant.reply import HTML, JSON, Reply, Told
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.wire.request import HttpRequest

_INSTANCES = "/common/discovery/instance"
_PATH = re.compile(
    r"/(?P<tenant>[^/]+)/(?P<what>(?:v2\.0/)?\.well-known/openid-configuration|oauth2/v2\.0/token|discovery/v2\.0/keys)",
    re.IGNORECASE,
)
_HEADERS = (
    ("Cache-Control", "no-store, no-cache"),
    ("Pragma", "no-cache"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("P3P", 'CP="DSP CUR OTPi IND OTRi ONL FIN"'),
)
_DEFAULT = "/.default"


def is_entra_path(path: str) -> bool:
    """Whether a path is one of Entra's."""
    return path.lower() == _INSTANCES or _PATH.fullmatch(path) is not None


class EntraEndpoint:
    """Answers requests to Entra."""

    def answer(self, request: HttpRequest, half: OnlineHalf, told: Told, request_id: str) -> Reply:
        """Answer a request; the organisation's lock is held.

        Args:
            request: the request.
            half: the tenant.
            told: filled in for the recorder; never with a credential.
            request_id: the answer's own id.
        """
        correlation_id = request.headers.get("client-request-id") or request_id
        headers = (*_HEADERS, ("x-ms-request-id", request_id), ("client-request-id", correlation_id))
        try:
            body = self._body(request, half, told)
        except EntraError as error:
            told.codes = (f"AADSTS{error.number}",)
            status, body = error.status, error.body(half.now(), request_id, correlation_id, request.host)
        else:
            if body is None:
                return Reply(404, b"", HTML, headers)
            status = 200
        return Reply(status, json.dumps(body).encode(), JSON, headers)

    def _body(self, request: HttpRequest, half: OnlineHalf, told: Told) -> dict[str, Any] | None:
        """Return what is answered; None: there is nothing at this path."""
        if request.path.lower() == _INSTANCES:
            told.operation = "instance discovery"
            return instances(request.query.get("authorization_endpoint", ""), request.host)
        found = _PATH.fullmatch(request.path)
        if found is None:
            return None
        name, what = found.group("tenant"), found.group("what").lower()
        told.target = name
        if what.endswith("token"):
            told.operation = "token"
            return self._token(request, half, name, told)
        tenant = find_tenant(half, name, discovering=True)
        if what.endswith("keys"):
            told.operation = "keys"
            return keys(tenant, request.host)
        told.operation = "OpenID discovery"
        return openid_configuration(tenant, request.host)

    def _token(self, request: HttpRequest, half: OnlineHalf, tenant_name: str, told: Told) -> dict[str, Any]:
        form = _form(request)
        tenant = find_tenant(half, tenant_name)
        app_id = form.get("client_id", "")
        told.login = app_id
        _check_grant(form)
        application = half.applications.get(app_id.lower())
        if application is None:
            raise unknown_application(app_id, half.name)
        require_credential(form)
        by_certificate = bool(form.get("client_assertion"))
        if by_certificate:
            check_assertion(half, application, form, _audiences(request.host, tenant, half))
        else:
            check_secret(application, form["client_secret"])
        if not application.enabled:
            raise disabled_application(application.app_id, application.name)
        audience, resource = _audience_of(form.get("scope", ""), request.host, half)
        told.account = application.app_id
        seconds = half.token_minutes * 60 - 1
        return {
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": issue_token(
                half, application, audience, resource, host=request.host, by_certificate=by_certificate
            ),
        }


def _form(request: HttpRequest) -> dict[str, str]:
    """Return the parameters of a token request; id and secret may stand in the Authorization header, too."""
    if request.method != "POST":
        raise EntraError(900561, "The endpoint only accepts POST requests.", "invalid_request")
    form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise missing_parameter("client_id") from None
        form.setdefault("client_id", unquote_plus(name))
        form.setdefault("client_secret", unquote_plus(secret))
    return form


def _check_grant(form: Mapping[str, str]) -> None:
    for name in ("grant_type", "client_id", "scope"):
        if not form.get(name):
            raise missing_parameter(name)
    if form["grant_type"] != "client_credentials":
        raise EntraError(
            70003, f"The app requested an unsupported grant type '{form['grant_type']}'.", "unsupported_grant_type"
        )


def _audience_of(scope: str, host: str, half: OnlineHalf) -> tuple[str, Resource]:
    """Return the audience that a scope names, and its service.

    Raises:
        EntraError: 70011 (more than one), 1002012 (no ``/.default``), 500011 (no such service).
    """
    names = scope.split()
    if len(names) != 1:
        raise EntraError(
            70011,
            f"The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid.",
            "invalid_scope",
        )
    name = names[0]
    if not name.lower().endswith(_DEFAULT):
        raise EntraError(
            1002012,
            f"The provided value for scope {name} is not valid. Client credential flows must have a scope value with "
            "/.default suffixed to the resource identifier (application ID URI).",
            "invalid_scope",
        )
    audience = name[: -len(_DEFAULT)]
    # https://outlook.office365.com//.default names the resource with its slash, as older guides write it
    resource = resource_of(audience.rstrip("/"), host)
    if resource is None:
        raise EntraError(
            500011,
            f"The resource principal named {audience} was not found in the tenant named {half.name}. This can happen "
            "if the application has not been installed by the administrator of the tenant or consented to by any user "
            "in the tenant. You might have sent your authentication request to the wrong tenant.",
            "invalid_resource",
        )
    return audience, resource


def _audiences(host: str, tenant: str, half: OnlineHalf) -> frozenset[str]:
    """Return, in lower case, what assertions may be made for: the token endpoint and the issuer, by all their names."""
    hosts = {host.lower()} | LOGIN_HOSTS
    tenants = {tenant.lower()} | {one.name.lower() for one in half.domains if one.verified}
    tails = ("/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "")
    return frozenset(f"https://{one}/{name}{tail}" for one in hosts for name in tenants for tail in tails)
