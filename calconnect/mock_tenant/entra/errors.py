"""Errors as Entra's token endpoint words them.

Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes and, for the shape,
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response-1
"""

from __future__ import annotations

from datetime import datetime
from typing import Any


class EntraError(Exception):
    """Something that Entra answers with an AADSTS code. Clients are to match on the number."""

    def __init__(self, number: int, message: str, error: str, status: int = 400) -> None:
        super().__init__(f"AADSTS{number}: {message}")
        self.number = number
        self.message = message
        self.error = error
        """OAuth's word: ``invalid_client``."""
        self.status = status

    def body(self, at: datetime, trace_id: str, correlation_id: str, host: str) -> dict[str, Any]:
        """Return the error object.

        Args:
            at: when it is answered, on the organisation's clock.
            trace_id: the answer's own id.
            correlation_id: the id that the client gave the request; else one of the answer's own.
            host: the host that answers.
        """
        stamp = at.strftime("%Y-%m-%d %H:%M:%SZ")
        description = f"{self} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {stamp}"
        return {
            "error": self.error,
            "error_description": description,
            "error_codes": [self.number],
            "timestamp": stamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": f"https://{host}/error?code={self.number}",
        }


def unknown_tenant(name: str, *, discovering: bool = False) -> EntraError:
    """Return the error for a tenant that does not exist. Discovery has another word for it than the token endpoint."""
    error = "invalid_tenant" if discovering else "invalid_request"
    return EntraError(
        90002,
        f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the "
        "correct cloud. Check with your subscription administrator, this may happen if there are no active "
        "subscriptions for the tenant.",
        error,
    )


def missing_parameter(name: str) -> EntraError:
    """Return the error for a body that lacks a parameter."""
    return EntraError(900144, f"The request body must contain the following parameter: '{name}'.", "invalid_request")


def unknown_application(app_id: str, tenant: str) -> EntraError:
    """Return the error for an application that the tenant does not know."""
    return EntraError(
        700016,
        f"Application with identifier '{app_id}' was not found in the directory '{tenant}'. This can happen if the "
        "application has not been installed by the administrator of the tenant or consented to by any user in the "
        "tenant. You may have sent your authentication request to the wrong tenant.",
        "unauthorized_client",
    )


def disabled_application(app_id: str, name: str) -> EntraError:
    """Return the error for an application whose sign-ins an administrator has switched off."""
    return EntraError(7000112, f"Application '{app_id}'({name}) is disabled.", "unauthorized_client")


def no_credential() -> EntraError:
    """Return the error for a request in which the application does not prove itself."""
    return _client(
        7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
    )


def wrong_secret(app_id: str) -> EntraError:
    """Return the error for a secret that is none of the application's."""
    return _client(
        7000215,
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not "
        f"the client secret ID, for a secret added to app '{app_id}'.",
    )


def expired_secret(app_id: str) -> EntraError:
    """Return the error for a secret that has been the application's, and has expired."""
    return _client(7000222, f"The provided client secret keys for app '{app_id}' are expired.")


def unregistered_certificate(reason: str, app_id: str) -> EntraError:
    """Return the error for an assertion whose certificate or signature is not the application's."""
    return _client(
        700027,
        "The certificate with identifier used to sign the client assertion is not registered on application. "
        f"[Reason - {reason}, app Id '{app_id}']",
    )


def out_of_time(now: datetime, start: datetime, end: datetime) -> EntraError:
    """Return the error for an assertion that is not valid yet, or no longer."""
    return _client(
        700024,
        f"Client assertion is not within its valid time range. Current time: {now.isoformat()}, assertion valid from "
        f"{start.isoformat()}, expiry time of assertion {end.isoformat()}.",
    )


def wrong_assertion_audience(audience: str) -> EntraError:
    """Return the error for an assertion that was made for somebody else."""
    return _client(
        700023, f"Client assertion audience claim does not match Realm issuer. The audience was '{audience}'."
    )


def foreign_assertion(subject: str) -> EntraError:
    """Return the error for an assertion that speaks for another application."""
    return _client(700021, f"Client assertion application identifier '{subject}' doesn't match 'client_id' parameter.")


def malformed_assertion() -> EntraError:
    """Return the error for an assertion that is no signed JWT."""
    return EntraError(50027, "JWT token is invalid or malformed.", "invalid_request")


def no_federated_identity(issuer: str, subject: str, audience: str) -> EntraError:
    """Return the error for an assertion of an identity provider or subject that the application does not trust."""
    return EntraError(
        70021,
        "No matching federated identity record found for presented assertion. Assertion Issuer: "
        f"'{issuer}'. Assertion Subject: '{subject}'. Assertion Audience: '{audience}'.",
        "invalid_request",
    )


def _client(number: int, message: str) -> EntraError:
    return EntraError(number, message, "invalid_client", 401)
