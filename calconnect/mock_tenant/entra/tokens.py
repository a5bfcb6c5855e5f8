"""Access tokens: signed by Entra, read by Graph and by Exchange Online.

Claims of application tokens: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import jwt

from calconnect.mock_tenant.entra.clouds import Resource, resource_of
from calconnect.mock_tenant.entra.keys import signing_key
from calconnect.mock_tenant.entra.permissions import roles_of
from calconnect.mock_tenant.state.online.directory import Application, object_id
from calconnect.mock_tenant.state.online.half import OnlineHalf

SKEW = timedelta(minutes=5)
"""What clocks may differ by: tokens are valid that much before they are issued, and assertions are taken that much
before and after their time."""
_SIGNED_BY_SECRET, _SIGNED_BY_CERTIFICATE = "1", "2"


class TokenFault(Enum):
    """Why a token is not taken."""

    MISSING = "there is none"
    MALFORMED = "it is no signed JWT"
    SIGNATURE = "it is not signed by this Entra"
    EXPIRED = "it has expired"
    AUDIENCE = "it is for another service"
    TENANT = "it is of another tenant, or its application is not known there any more"


class TokenError(Exception):
    """A token that is not taken. Never holds the token."""

    def __init__(self, fault: TokenFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who shows a token, and what it says they may do."""

    application: Application
    roles: frozenset[str]
    """Names of application permissions at the service that it is for."""


def issue_token(
    half: OnlineHalf, application: Application, audience: str, resource: Resource, *, host: str, by_certificate: bool
) -> str:
    """Return an access token for an application, good from now for the tenant's ``token_minutes``.

    Args:
        half: the tenant; its clock counts.
        application: whom it is for.
        audience: the service as the client named it: ``https://graph.microsoft.com``.
        resource: that service.
        host: the host of Entra that the client asked.
        by_certificate: whether the application proved itself by an assertion and not by a secret.
    """
    now, key = half.now(), signing_key()
    start = int((now - SKEW).timestamp())
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{half.tenant_id}/",
        "iat": start,
        "nbf": start,
        "exp": int((now + timedelta(minutes=half.token_minutes)).timestamp()),
        "app_displayname": application.name,
        "appid": application.app_id,
        "appidacr": _SIGNED_BY_CERTIFICATE if by_certificate else _SIGNED_BY_SECRET,
        "idp": f"https://sts.windows.net/{half.tenant_id}/",
        "idtyp": "app",
        "oid": application.id,
        "sub": application.id,
        "tenant_region_scope": "EU",
        "tid": half.tenant_id,
        "uti": object_id("token", f"{application.app_id} {host} {now.isoformat()} {uuid.uuid4()}"),
        "ver": "1.0",
    }
    if roles := roles_of(application, resource, now):
        claims["roles"] = roles
    return jwt.encode(claims, key.private, algorithm="RS256", headers={"kid": key.key_id, "x5t": key.key_id})


def bearer_token(authorization: str | None) -> str:
    """Return what stands behind ``Bearer`` in an ``Authorization`` header; empty: there is no such thing."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def read_token(token: str, resource: Resource, half: OnlineHalf, at: datetime, own_host: str) -> Bearer:
    """Return who shows a token.

    Args:
        token: as it came.
        resource: the service that it has to be for.
        half: the tenant that it has to be of.
        at: the organisation's time.
        own_host: name and port by which the mock tenant was reached.

    Raises:
        TokenError: it is not taken.
    """
    if not token:
        raise TokenError(TokenFault.MISSING)
    try:
        claims = jwt.decode(
            token,
            signing_key().private.public_key(),
            algorithms=["RS256"],
            # Times are held against the organisation's clock below, which PyJWT does not know.
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
        )
    except jwt.InvalidSignatureError:
        raise TokenError(TokenFault.SIGNATURE) from None
    except jwt.InvalidTokenError:
        raise TokenError(TokenFault.MALFORMED) from None
    if at.timestamp() >= claims["exp"]:
        raise TokenError(TokenFault.EXPIRED)
    if resource_of(claims["aud"], own_host) is not resource:
        raise TokenError(TokenFault.AUDIENCE)
    application = half.applications.get(claims["appid"].lower())
    if claims["tid"] != half.tenant_id or application is None:
        raise TokenError(TokenFault.TENANT)
    return Bearer(application, frozenset(claims.get("roles", ())))
